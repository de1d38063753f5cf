"""Render the HTML pages of reports from their templates. Needs matplotlib and jinja2 (extra ``report``)."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mnist_mlp.errors import ConfigError


def check_requirements() -> None:
    """Raise ``ConfigError`` unless the packages that a report needs are installed."""
    missing = [name for name in ("matplotlib", "jinja2") if find_spec(name) is None]
    if missing:
        why = f"{' and '.join(missing)} not installed"
        raise ConfigError("report needs more packages", why=why, fix="pip install 'mnist-mlp[report]'")


def render_template(template: str, /, **values: Any) -> str:
    """Return the page of a template; values are escaped, and one that is missing is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent, encoding="utf-8")
    options: dict[str, Any] = {"trim_blocks": True, "lstrip_blocks": True}
    page: str = (
        Environment(loader=loader, autoescape=True, undefined=StrictUndefined, **options)
        .get_template(template)
        .render(values)
    )
    return page
