"""The page as people use it, in a real browser; and that it reads what Python reads."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from mnist_mlp import Picture, prepare
from mnist_mlp.data.dataset import Dataset
from mnist_mlp.export.html import to_html
from mnist_mlp.inference.rejection import reason_to_reject
from mnist_mlp.models import Model
from mnist_mlp.pictures import features_of
from tests.browser import adjust, complaints, show
from tests.evaluation.networks import network
from tests.export.conftest import DOWN, UP, WAIT, Action, Page, value_of
from tests.export.drawings import DRAWINGS, Point, Stroke
from tests.pictures.drawing import encoded, on_paper, photograph
from tests.pictures.test_stroke_features import number

SEVEN, THREE = DRAWINGS[7][0], DRAWINGS[3][0]


def answer(picture: Picture, outputs: NDArray[np.floating]) -> str:
    return "?" if reason_to_reject(picture) else guess(outputs)


def guess(outputs: NDArray[np.floating]) -> str:
    """Return the digit, or two digits if the second probability is at least a quarter of the first."""
    second, best = np.argsort(outputs)[-2:]
    return f"{best} or {second}?" if outputs[second] >= outputs[best] / 4 else f"{best}"


@pytest.mark.slow
def test_100_test_digits_get_pythons_answers(page: Page, pretrained: Model, mnist: Dataset) -> None:
    X = mnist.test.X[:100]
    outputs = pretrained.predict(X)
    read = page.open_all([encoded(pixels.reshape(28, 28)) for pixels in X])
    for i, (digit, answers, seen) in enumerate(read):
        np.testing.assert_array_equal(seen.ravel(), X[i], err_msg=f"picture {i}")
        np.testing.assert_allclose(answers, outputs[i], atol=1e-4, err_msg=f"picture {i}")
        assert digit == answer(Picture(seen, (), features_of(seen)), outputs[i])
    assert len(read) == 100


@pytest.mark.slow
def test_20_drawings_get_pythons_answers(page: Page, pretrained: Model) -> None:
    adjust(page.browser, prefers_reduced_motion="reduce")  # bars that slide cost a frame each time
    right = 0
    for digit, variant in product(DRAWINGS, range(2)):
        page.draw(DRAWINGS[digit][variant])
        picture = prepare(page.png("paper"))
        pixels = picture.pixels
        expected = pretrained.predict(pixels.reshape(1, -1))[0]
        read = page.state
        np.testing.assert_array_equal(read.seen, pixels, err_msg=f"{digit}, variant {variant}")
        np.testing.assert_allclose(read.answers, expected, atol=1e-4, err_msg=f"{digit}, variant {variant}")
        assert read.digit == answer(picture, expected)
        right += read.digit == str(digit)
        page.click("clear")
    assert right >= 19


def test_thin_pale_and_small_strokes_are_normalised_as_in_python(page: Page) -> None:
    pictures = []
    for side, right, bottom, level in ((28, 19, 23, 255), (28, 19, 23, 140), (28, 17, 19, 255), (150, 100, 130, 255)):
        seven = Image.new("L", (side, side))
        ImageDraw.Draw(seven).line([(side // 3, side // 6), (right, side // 6), (side // 2, bottom)], fill=level)
        pictures.append(encoded(seven))
    for picture, read in zip(pictures, page.open_all(pictures), strict=True):
        expected = prepare(picture)
        assert expected.steps
        np.testing.assert_array_equal(read.seen, expected.pixels)


TWO_ONES = [[(0.3, 0.2), (0.3, 0.8)], [(0.7, 0.2), (0.7, 0.8)]]
COLUMN = [[(0.5, 0.1), (0.5, 0.4)], [(0.35, 0.6), (0.65, 0.6), (0.5, 0.9)]]
EXPONENT = [[(0.2, 0.3), (0.45, 0.3), (0.3, 0.8)], [(0.6, 0.15), (0.6, 0.4)]]
SCRIBBLE = [[(0.1 + 0.8 * (i % 2), 0.1 + 0.05 * i) for i in range(17)]]


@pytest.mark.parametrize(
    "strokes", [TWO_ONES, COLUMN, EXPONENT, SCRIBBLE], ids=["11", "1 above 7", "7 to the power of 1", "scribble"]
)
def test_what_python_rejects_is_rejected_for_the_same_reason(page: Page, strokes: list[Stroke]) -> None:
    page.draw(strokes)
    picture = prepare(page.png("paper"))
    reason, guess = reason_to_reject(picture), int(page.state.answers.argmax())
    assert reason is not None
    assert page.digit == "?"
    assert page.text("status") == f"Unsure: {reason} (best guess: {guess})."


def test_smaller_and_touching_digits_are_counted_as_in_python(page: Page) -> None:
    touching = number((7, 110, 100, 40), (2, 110, 100, 190))
    end = int(np.flatnonzero((touching < 40).any(axis=0)).max())
    pictures = [encoded(picture) for picture in (number((5, 150, 100, 40), (8, 50, 60, 170)), touching[:, :end])]
    for picture, (digit, *_) in zip(pictures, page.open_all(pictures), strict=True):
        assert prepare(picture).features.separate == 1
        assert digit == "?"


def ellipse(rx: float, ry: float) -> Stroke:
    angles = np.linspace(0, 2 * np.pi, 33)
    return [(0.5 + rx * float(np.sin(angle)), 0.5 - ry * float(np.cos(angle))) for angle in angles]


SMALL_SEVEN: Stroke = [(0.35, 0.3), (0.65, 0.3), (0.45, 0.7)]
ENCLOSED: dict[str, list[Stroke]] = {
    "box": [[(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9), (0.1, 0.1)], SMALL_SEVEN],
    "circle": [ellipse(0.42, 0.42), SMALL_SEVEN],
    "zero": [ellipse(0.25, 0.42), [(0.5, 0.38), (0.5, 0.62)]],
}


@pytest.mark.parametrize("strokes", ENCLOSED.values(), ids=ENCLOSED)
def test_frames_are_told_from_digits_as_in_python(page: Page, strokes: list[Stroke]) -> None:
    page.draw(strokes)
    np.testing.assert_array_equal(page.state.seen, prepare(page.png("paper")).pixels)


def test_a_network_that_does_not_reject_has_a_page_that_does_not(browser: Chrome, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(to_html(network(n_in=784, hidden="[8]")))
    show(browser, tmp_path / "page.html")
    page = Page(browser, tmp_path / "page.html")
    page.draw(TWO_ONES)
    assert page.digit != "?"


def test_a_person_draws_clears_and_draws_again(page: Page) -> None:
    assert (page.digit, len(page.state.answers)) == ("?", 0)
    assert page.text("needs") == ""
    page.draw(SEVEN)
    assert page.digit == "7"
    assert page.text("status").startswith("Read as 7 (")
    assert page.text("layers").startswith("Hidden layer 1: ")
    page.click("clear")
    assert (page.digit, len(page.state.answers), page.ink) == ("?", 0, 0)
    page.draw(THREE)
    assert page.digit == "3"


@pytest.mark.parametrize("kind", ["touch", "pen"])
def test_fingers_and_pens_draw_too(page: Page, kind: str) -> None:
    page.draw(SEVEN, kind)
    assert page.digit == "7"
    assert page.run("return scrollY") == 0, "the finger draws, it does not scroll"


def test_a_second_finger_draws_nothing_and_stops_nothing(page: Page) -> None:
    start, *others = SEVEN[0]
    first: list[Point | Action] = [start, DOWN, WAIT, WAIT, *others, WAIT, UP]
    second: list[Point | Action] = [WAIT, WAIT, (0.1, 0.9), DOWN, *((0.9, 0.9) for _ in others), UP, WAIT]
    page.point(first, second, kind="touch")
    assert page.digit == "7"
    assert page.canvas("paper")[300:].min() == 255, "there is only the first finger's stroke"


def test_a_stroke_may_leave_the_paper_and_ends_where_the_button_is_let_go(page: Page) -> None:
    page.point([(0.5, 0.2), DOWN, (0.5, 0.5), (1.3, 0.5), (1.3, 0.8), UP])
    ink = page.ink
    assert ink > 0.03
    page.point([(0.2, 0.8), (0.8, 0.8)])
    assert page.ink == ink, "no button is down"
    page.draw(SEVEN)
    assert page.ink > ink, "and it goes on drawing"


def test_another_button_draws_nothing(page: Page) -> None:
    page.point([(0.3, 0.3), DOWN | {"button": 1}, (0.6, 0.6), UP | {"button": 1}])
    assert page.ink == 0


def test_a_click_is_a_dot(page: Page) -> None:
    page.draw([[(0.5, 0.5)]])
    assert 0.002 < page.ink < 0.005  # a disc of 21 pixels on 336x336


@pytest.mark.parametrize("key", ["c", "C", Keys.ESCAPE])
def test_a_key_clears_also_after_the_pen_was_chosen(page: Page, key: str) -> None:
    page.draw(SEVEN)
    page.run("document.getElementById('pen').focus()")
    page.press(key)
    assert (page.ink, page.digit) == (0, "?")


def test_copying_does_not_clear(page: Page) -> None:
    page.draw(SEVEN)
    ActionChains(page.browser).key_down(Keys.CONTROL).send_keys("c").key_up(Keys.CONTROL).perform()
    assert page.ink > 0


def test_everything_can_be_reached_with_the_keyboard_and_shows_it(page: Page) -> None:
    show(page.browser, page.path)
    reached = []
    for _ in range(4 + 10 + 3):
        page.press(Keys.TAB)
        reached.append(
            page.run("return ((e) => e.id || e.className || e.ariaLabel || e.tagName)(document.activeElement)")
        )
        assert page.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    examples = [f"Start from the digit {digit}" for digit in range(10)]
    assert reached == ["clear", "undo", "open", "pen", *examples, "units", "off", "SUMMARY"]
    page.run("scrollTo(0, 0)")
    page.draw(SEVEN)
    page.run("document.getElementById('clear').focus()")
    page.press(Keys.ENTER)
    assert page.ink == 0


def test_pictures_are_read_however_they_come(page: Page, mnist: Dataset, tmp_path: Path) -> None:
    digit = mnist.test.X[0].reshape(28, 28)
    for name, picture in {
        "drawing.png": Image.fromarray(on_paper(digit)),
        "photograph.jpg": Image.fromarray(photograph(digit)),
        "negative.bmp": Image.fromarray(255 - digit),
        "small.gif": Image.fromarray(digit),
        "clear.png": Image.merge("LA", (Image.new("L", (28, 28), 255), Image.fromarray(digit))),
    }.items():
        picture.save(tmp_path / name)
        page.open(tmp_path / name)
        assert page.text("status").startswith(f"{name}: read as 7 ("), name
    page.draw(THREE)
    assert page.digit == "3", "a stroke takes a new sheet"


def test_what_is_no_picture_is_said(page: Page, tmp_path: Path) -> None:
    page.draw(SEVEN)
    for name, content in {"notes.txt": b"seven", "broken.png": b"\x89PNG\r\n\x1a\n", "empty.png": b""}.items():
        (tmp_path / name).write_bytes(content)
        page.open(tmp_path / name)
        assert page.text("status") == f"{name}: not a picture that this browser can read."
        assert page.digit == "7", "the drawing is still there"
    Image.new("L", (40, 30), 200).save(tmp_path / "blank.png")
    page.open(tmp_path / "blank.png")
    assert page.text("status") == "blank.png: nothing is drawn there."
    assert page.digit == "?"


@pytest.mark.parametrize(("event", "carrier"), [("drop", "dataTransfer"), ("paste", "clipboardData")])
def test_pictures_may_be_dropped_and_pasted(page: Page, mnist: Dataset, event: str, carrier: str) -> None:
    page.draw(THREE)
    page.run(
        """const [event, carrier, address] = arguments;
        const bytes = Uint8Array.from(atob(address.split(",")[1]), (character) => character.charCodeAt(0));
        const carried = new DataTransfer();
        carried.items.add(new File([bytes], "carried.png", {type: "image/png"}));
        document.getElementById("clear").click();
        const happened = new Event(event, {bubbles: true, cancelable: true});
        document.body.dispatchEvent(Object.assign(happened, {[carrier]: carried}));""",
        event,
        carrier,
        page.run("return document.getElementById('paper').toDataURL()"),
    )
    page.until(lambda: page.text("status").startswith("carried.png: read as 3 ("))


def test_of_two_pictures_the_one_that_was_opened_last_stays(page: Page) -> None:
    page.browser.get(page.path.as_uri())
    page.draw(SEVEN)
    page.browser.execute_async_script(
        """const [address, done] = arguments;
        const bytes = Uint8Array.from(atob(address.split(",")[1]), (character) => character.charCodeAt(0));
        const decode = createImageBitmap;
        let release;
        const held = new Promise((resolve) => { release = resolve; });
        window.createImageBitmap = async (file, options) => {
          if (file.name === "first.png") await held;
          return decode(file, options);
        };
        for (const name of ["first.png", "second.png"]) {
          const carried = new DataTransfer();
          carried.items.add(new File([bytes], name, {type: "image/png"}));
          document.body.dispatchEvent(Object.assign(new Event("drop", {bubbles: true}), {dataTransfer: carried}));
        }
        const status = document.getElementById("status");
        new MutationObserver(() => {
          if (!status.textContent.startsWith("second.png")) return;
          release();
          setTimeout(() => decode(new Blob([bytes])).then(() => requestAnimationFrame(() => done())));
        }).observe(status, {childList: true});""",
        page.run("return document.getElementById('paper').toDataURL()"),
    )
    assert page.text("status").startswith("second.png: read as 7 (")


def has_negative(model: Model) -> bool:
    return any(name in ("tanh", "identity") for name in model.mlp.activation_names)


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        ["network.activation=tanh"],
        ["network.activation=sigmoid", "loss=binary_cross_entropy"],
        ["network.activation=softplus", "loss=squared_error", "network.dtype=float32"],
        ["network.activation=identity", "network.bias=false", "loss=residual_sum_of_squares"],
        ["network.activation=relu", "network.output=tanh", "loss=squared_error"],
        ["network.activation=[softplus, tanh]", "network.output=softmax", "loss=squared_error"],
    ],
)
@pytest.mark.parametrize("hidden", ["[]", "[300, 7]"])
def test_every_kind_of_network_answers_as_in_python(
    browser: Chrome, mnist: Dataset, tmp_path: Path, settings: list[str], hidden: str
) -> None:
    if hidden == "[]" and "[" in settings[0]:
        settings = ["network.activation=[]", *settings[1:]]  # one for each hidden layer
    model = network(*settings, n_in=784, hidden=hidden, classes=12, temperature=2.5)
    model.mlp.theta *= 0.2
    (tmp_path / "page.html").write_bytes(to_html(model))
    Image.fromarray(mnist.test.X[1].reshape(28, 28)).save(tmp_path / "two.png")
    show(browser, tmp_path / "page.html")
    page = Page(browser, tmp_path / "page.html")
    page.open(tmp_path / "two.png")
    expected = model.predict(mnist.test.X[1:2])[0]
    np.testing.assert_allclose(page.state.answers, expected, atol=1e-4)
    assert page.digit == (guess(expected) if model.loss.gives_probabilities else str(expected.argmax()))
    assert ("%" in page.text("answers")) == model.loss.gives_probabilities
    assert ("first 256 are shown" in page.text("layers")) == (hidden != "[]")
    assert browser.find_element("id", "inside").is_displayed() == (hidden != "[]")
    assert browser.find_element("id", "hollow").is_displayed() == (hidden != "[]" and has_negative(model))
    page.click_in("arithmetic", "summary")
    page.until(lambda: bool(page.rows("sum")))
    z, output = model.logits(mnist.test.X[1:2])[0], page.run("return document.getElementById('output').value")
    assert output == str(expected.argmax())
    value = z if model.loss.output.name == "softmax" else expected
    assert value_of(page.rows("sum")[-1][-1]) == pytest.approx(float(value[int(output)]), abs=2e-4)


@pytest.mark.parametrize(("width", "columns"), [(360, 1), (390, 1), (768, 2), (1280, 2)])
def test_it_fits_narrow_and_wide_windows(page: Page, width: int, columns: int) -> None:
    adjust(page.browser, width, 740)
    page.draw(SEVEN)
    assert page.digit == "7"
    assert page.run("return document.documentElement.scrollWidth <= innerWidth")
    lefts = page.run(
        "return [...document.querySelectorAll('#paper, .answers')].map((part) => part.getBoundingClientRect().left)"
    )
    assert len(set(lefts)) == columns
    assert page.run("return document.getElementById('paper').getBoundingClientRect().bottom <= innerHeight")


def test_a_phone_shows_paper_and_answer_at_the_same_time(page: Page) -> None:
    adjust(page.browser, 390, 664)  # what is visible of a page on a phone of 390x844
    bottom = "return document.getElementById(arguments[0]).getBoundingClientRect().bottom"
    paper, digit, pen = (page.run(bottom, name) for name in ("paper", "digit", "pen"))
    assert paper < digit < 664 < pen


@pytest.mark.parametrize("fault", ["no script", "no Array.at"])
def test_a_browser_that_cannot_run_it_says_so(browser: Chrome, pretrained_page: Path, fault: str) -> None:
    old = browser.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument",
        {"source": "delete Array.prototype.at" if fault == "no Array.at" else ""},
    )
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": fault == "no script"})
    try:
        show(browser, pretrained_page)
    finally:
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", old)
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    page = Page(browser, pretrained_page)
    page.until(lambda: "JavaScript, and a browser from 2022" in page.text("needs"))
    assert not browser.find_element("tag name", "main").is_displayed()
    browser.get("about:blank")  # so that no other test uses this page
    complaints(browser)


def test_it_knows_the_dark_and_reads_the_same_there(page: Page) -> None:
    light = page.run("return getComputedStyle(document.body).backgroundColor")
    page.draw(SEVEN)
    answers = page.state.answers
    page.click("clear")
    adjust(page.browser, prefers_color_scheme="dark")
    assert page.run("return getComputedStyle(document.body).backgroundColor") != light
    page.draw(SEVEN)
    np.testing.assert_array_equal(page.state.answers, answers)


def test_nothing_moves_for_those_who_want_no_motion(page: Page) -> None:
    moves = "return getComputedStyle(document.querySelector('.bar')).transitionDuration"
    assert page.run(moves) != "0s"
    adjust(page.browser, prefers_reduced_motion="reduce")
    assert page.run(moves) == "0s"


def test_the_answer_is_told_without_colour_and_to_those_who_do_not_see(page: Page) -> None:
    page.draw(SEVEN)
    weights = page.run(
        "return [...document.querySelectorAll('#answers li')].map((row) => getComputedStyle(row).fontWeight)"
    )
    assert [weight == "700" for weight in weights] == [digit == 7 for digit in range(10)]
    assert page.run("return document.getElementById('status').getAttribute('role')") == "status"
    unnamed = page.run(
        "return [...document.querySelectorAll('canvas, button:not([hidden])')].filter("
        "(e) => !e.ariaHidden && !e.ariaLabel && !e.innerText && !e.getAttribute('aria-labelledby')).length"
    )
    assert unnamed == 0


def test_the_browser_lets_nothing_out(browser: Chrome, pretrained_page: Path) -> None:
    show(browser, pretrained_page)
    directive = browser.execute_async_script(
        """const done = arguments[0];
        document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
        fetch("http://127.0.0.1:9/").catch(() => null);"""
    )
    assert directive == "connect-src"
    assert "Content Security Policy" in complaints(browser)[0]
