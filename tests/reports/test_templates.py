import pytest
from jinja2 import UndefinedError

from mnist_mlp.reports.templates import render_template


def test_values_are_escaped_and_a_missing_one_is_an_error() -> None:
    page = render_template("comparison.html.j2", keys=["<b>"], rows=[], curves=[])
    assert '<th scope="col">&lt;b&gt;</th>' in page
    assert "--first: #1a66b8" in page, "the style is in the page"
    with pytest.raises(UndefinedError, match="rows"):
        render_template("comparison.html.j2")
