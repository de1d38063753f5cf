"""The report in a browser: in dark mode, and on paper."""

from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from mnist_mlp.reports.run_report import write_report
from tests.browser import show


@pytest.fixture(scope="module")
def report(hasty: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(str(hasty), tmp_path_factory.mktemp("report") / "report.html")


def styles(browser: Chrome, selector: str, name: str) -> set[str]:
    """Return the values of a CSS property of the elements."""
    script = "return [...document.querySelectorAll(arguments[0])].map(e => getComputedStyle(e)[arguments[1]])"
    return set(browser.execute_script(script, selector, name))


@pytest.mark.parametrize(("scheme", "mistakes"), [("light", "none"), ("dark", "invert(1)")])
def test_mistakes_are_light_ink_in_dark_mode(browser: Chrome, report: Path, scheme: str, mistakes: str) -> None:
    show(browser, report, prefers_color_scheme=scheme)
    assert styles(browser, ".mistakes img", "filter") == {mistakes}
    assert styles(browser, ".tiles img", "filter") == {"none"}, "their colours have a meaning"


def test_paper_keeps_the_colours_and_shows_all_that_is_folded_or_scrolled(browser: Chrome, report: Path) -> None:
    show(browser, report)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    assert styles(browser, ".confusion td", "printColorAdjust") == {"exact"}
    assert styles(browser, ".scroll, pre", "overflowX") == {"visible"}
    visible = "return [...document.querySelectorAll('details table, details pre')].map(e => e.checkVisibility())"
    assert browser.execute_script(visible) == 3 * [True], "metrics, config, environment"


def test_no_picture_waits_for_the_reader_to_scroll(browser: Chrome, report: Path) -> None:
    show(browser, report)
    assert browser.execute_script("return [...document.images].every(i => i.complete && i.loading != 'lazy')")
