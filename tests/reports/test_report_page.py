"""The report in a browser: on a desktop, a phone and paper, light and dark."""

from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from mnist_mlp import load_config, new_state, save_checkpoint
from mnist_mlp.reports.run_report import write_report
from tests.browser import accessibility_faults, complaints, show


@pytest.fixture(scope="module")
def report(hasty: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(str(hasty), tmp_path_factory.mktemp("report") / "report.html")


def styles(browser: Chrome, selector: str, name: str) -> set[str]:
    """Return the values of a CSS property of the elements."""
    script = "return [...document.querySelectorAll(arguments[0])].map(e => getComputedStyle(e)[arguments[1]])"
    return set(browser.execute_script(script, selector, name))


def emulate(browser: Chrome, media: str, scheme: str = "light") -> None:
    """Show the page as on a medium, "screen" or "print", for a person who prefers a colour scheme."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


@pytest.mark.parametrize(("scheme", "mistakes"), [("light", "none"), ("dark", "invert(1)")])
def test_mistakes_are_light_ink_in_dark_mode(browser: Chrome, report: Path, scheme: str, mistakes: str) -> None:
    show(browser, report, prefers_color_scheme=scheme)
    assert styles(browser, ".mistakes img", "filter") == {mistakes}
    assert styles(browser, ".tiles img", "filter") == {"none"}, "their colours have a meaning"


def test_paper_keeps_the_colours_and_shows_all_that_is_folded_or_scrolled(browser: Chrome, report: Path) -> None:
    show(browser, report)
    emulate(browser, "print")
    assert styles(browser, ".confusion td", "printColorAdjust") == {"exact"}
    assert styles(browser, "body", "backgroundColor") == {"rgb(255, 255, 255)"}, "paper is not tinted"
    assert styles(browser, ".scroll", "overflowX") == {"visible"}
    assert styles(browser, ".scroll table", "breakInside") == {"avoid"}
    hidden = "return [...document.querySelectorAll('table, img, .chart')].filter(e => !e.checkVisibility()).length"
    assert browser.execute_script(hidden) == 0
    emulate(browser, "screen")
    assert browser.execute_script(hidden) == 2, "the tables of epochs and of all settings are folded"


def test_paper_is_light_in_dark_mode(browser: Chrome, report: Path) -> None:
    show(browser, report)
    emulate(browser, "screen", "dark")
    assert styles(browser, "body, .chart", "color") == {"rgb(231, 233, 236)"}
    emulate(browser, "print", "dark")
    assert styles(browser, "body, .chart", "color") == {"rgb(28, 29, 31)"}
    assert styles(browser, ".mistakes img", "filter") == {"none"}


def test_charts_are_in_two_columns_on_a4(browser: Chrome, report: Path) -> None:
    show(browser, report, 717, 1000)  # pixels of A4 within the margins that Chromium prints
    emulate(browser, "print")
    tops = "return [...document.querySelectorAll('#learning-curves .chart')].map(e => e.getBoundingClientRect().top)"
    first, second, third = browser.execute_script(tops)
    assert first == second < third
    assert styles(browser, ".chart", "width") == {"304px"}, "no card is narrower"


def test_a_phone_folds_the_sections_and_the_contents_open_them(browser: Chrome, report: Path) -> None:
    show(browser, report, 390, 800)
    opened = "return [...document.querySelectorAll('.section')].map(s => s.open)"
    assert browser.execute_script(opened) == 10 * [False]
    browser.find_element("link text", "Calibration").click()
    assert browser.execute_script(opened) == [i == 3 for i in range(10)]
    browser.execute_script("document.querySelector('nav').addEventListener('click', e => e.preventDefault())")
    browser.find_element("link text", "Confusion matrix").click()
    assert browser.execute_script(opened) == [i in (1, 3) for i in range(10)], "also in browsers that do not open them"
    assert complaints(browser) == []
    show(browser, report, 768, 800)
    assert browser.execute_script(opened) == 10 * [True]


def unfolded(browser: Chrome, report: Path, width: int, **media: str) -> None:
    """Show the report with everything open."""
    show(browser, report, width, 800, **media)
    browser.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")


def test_a_phone_shows_legible_tables_and_four_mistakes_in_a_row(browser: Chrome, report: Path) -> None:
    unfolded(browser, report, 390)
    root = "const root = document.documentElement; return root.scrollWidth - root.clientWidth"
    assert browser.execute_script(root) == 0, "only tables are scrolled"
    loose = "return [...document.querySelectorAll('table:not(.settings)')].filter(t => !t.closest('.scroll')).length"
    assert browser.execute_script(loose) == 0, "names of classes may make any table wide"
    assert float(styles(browser, ".confusion", "fontSize").pop().removesuffix("px")) >= 12
    assert float(styles(browser, ".mistakes li", "fontSize").pop().removesuffix("px")) >= 12
    assert len(styles(browser, ".mistakes", "gridTemplateColumns").pop().split()) == 4
    script = (
        "return [...document.querySelectorAll('.confusion td')].every(cell => cell.scrollWidth <= cell.clientWidth)"
    )
    assert browser.execute_script(script), "no number is wider than its cell"


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_charts_have_one_type_size_and_nothing_leaves_the_right_empty(
    browser: Chrome, report: Path, width: int
) -> None:
    unfolded(browser, report, width)
    rectangles = "return [...document.querySelectorAll(arguments[0])].map(e => e.getBoundingClientRect().toJSON())"
    type_sizes = """return [...document.querySelectorAll('.chart text')].map(text => {
      const {a, b} = text.getScreenCTM();
      return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b);
    })"""
    (size,) = {round(size, 1) for size in browser.execute_script(type_sizes)}
    assert size >= 12
    (main,) = browser.execute_script(rectangles, "main")
    blocks = browser.execute_script(rectangles, ".section table, .mistakes, .tiles, .facts")
    left = [block for block in blocks if block["left"] < main["left"] + main["width"] / 2]
    assert all(block["width"] >= 0.45 * main["width"] for block in left), "another one, or nothing, is beside it"


@pytest.mark.slow
def test_tables_of_many_classes_and_of_long_names_fit_a_desktop(
    browser: Chrome, tiny_data: Path, tmp_path: Path
) -> None:
    names = f"{'long' * 12},{','.join('BCDEFGHIJKLMNOPQRSTUVWXYZ')}"
    for n in (10, 26):
        few = ",".join(names.split(",")[:n])
        state = new_state(load_config(None, [f"data.names={few}", "network.hidden=[3]"]), n_in=784)
        save_checkpoint(state, tmp_path / "many.st")
        show(browser, write_report(tmp_path / "many.st", data=tiny_data), 1280)
        scrolled = "return [...document.querySelectorAll('.scroll')].map(s => s.scrollWidth - s.clientWidth)"
        assert max(browser.execute_script(scrolled)) == 0


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_no_accessibility_fault(browser: Chrome, report: Path, width: int, scheme: str) -> None:
    unfolded(browser, report, width, prefers_color_scheme=scheme)
    assert accessibility_faults(browser) == []


def test_the_page_has_at_most_3_megabytes(report: Path) -> None:
    assert report.stat().st_size < 3_000_000


def test_no_picture_waits_for_the_reader_to_scroll(browser: Chrome, report: Path) -> None:
    show(browser, report)
    assert browser.execute_script("return [...document.images].every(i => i.complete && i.loading != 'lazy')")
