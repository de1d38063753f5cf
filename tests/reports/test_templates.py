import pytest
from jinja2 import UndefinedError

from mnist_mlp.reports.templates import render_template


def test_values_are_escaped_and_a_missing_one_is_an_error() -> None:
    values = dict.fromkeys(("title", "heading", "subtitle", "base"), "<b>") | dict.fromkeys(
        ("results", "legend", "curves", "settings", "runs"), ()
    )
    page = render_template("comparison.html.j2", **values)
    assert "<h1>&lt;b&gt;</h1>" in page
    assert "--first: #1a66b8" in page, "the style is in the page"
    del values["heading"]
    with pytest.raises(UndefinedError, match="heading"):
        render_template("comparison.html.j2", **values)
