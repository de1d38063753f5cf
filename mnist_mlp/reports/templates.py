"""Render the HTML pages of reports from their templates. Needs matplotlib and jinja2 (extra ``report``)."""

from base64 import b64encode
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mnist_mlp.errors import ConfigError
from mnist_mlp.formatting import percent

if TYPE_CHECKING:
    from markupsafe import Markup

HERE = Path(__file__).parent


class Card(NamedTuple):
    """A chart on a page, with its heading and its caption."""

    heading: str
    chart: "Markup"
    caption: str = ""


def check_requirements() -> None:
    """Raise ``ConfigError`` unless the packages that a report needs are installed."""
    missing = [name for name in ("matplotlib", "jinja2") if find_spec(name) is None]
    if missing:
        why = f"{' and '.join(missing)} not installed"
        raise ConfigError("report needs more packages", why=why, fix="pip install 'mnist-mlp[report]'")


def render_template(template: str, /, **values: Any) -> str:
    """Return the page of a template; values are escaped, and one that is missing is an error.

    Templates have the filter ``percent``. The page runs one script, fold.js, which its Content-Security-Policy knows by
    its SHA-256.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    loader = FileSystemLoader(HERE, encoding="utf-8")
    options: dict[str, Any] = {"trim_blocks": True, "lstrip_blocks": True}
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, **options)
    environment.filters["percent"] = percent
    script = (HERE / "fold.js").read_text(encoding="utf-8")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    environment.globals |= {"script": Markup(script), "script_digest": f"sha256-{digest}"}
    page: str = environment.get_template(template).render(values)
    return page
