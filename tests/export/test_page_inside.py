"""What the page shows of its network: units, weights, arithmetic; and how a drawing is begun and taken back."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from mnist_mlp import prepare
from mnist_mlp.data.dataset import Dataset
from mnist_mlp.export.about import About
from mnist_mlp.export.html import to_html
from mnist_mlp.inference.rejection import reason_to_reject
from mnist_mlp.models import Model
from tests.browser import accessibility_faults, adjust, show
from tests.evaluation.networks import network
from tests.export.conftest import Page, value_of
from tests.export.drawings import DRAWINGS, Stroke, two_hundred
from tests.export.test_scripts import without
from tests.pictures.drawing import encoded

SEVEN, THREE = DRAWINGS[7][0], DRAWINGS[3][0]
TWO_ONES: list[Stroke] = [[(0.3, 0.2), (0.3, 0.8)], [(0.7, 0.2), (0.7, 0.8)]]


@pytest.fixture
def fresh(page: Page) -> Page:
    """The page as it is after loading."""
    page.browser.get(page.path.as_uri())
    return page


@pytest.mark.slow
def test_200_drawings_get_pythons_decisions(page: Page, pretrained: Model) -> None:
    drawings = two_hundred()
    for i, (drawing, read) in enumerate(zip(drawings, page.open_all([*map(encoded, drawings)]), strict=True)):
        picture = prepare(drawing)
        assert (read.digit == "?") == (reason_to_reject(picture) is not None), f"drawing {i}"
        if read.digit != "?":
            assert read.digit[0] == str(pretrained.predict(picture.pixels)[0].argmax()), f"drawing {i}"


def test_the_strongest_unit_is_chosen_until_a_person_chooses(fresh: Page, pretrained: Model) -> None:
    for strokes in (SEVEN, THREE):
        fresh.click("clear")
        fresh.draw(strokes)
        z = pretrained.mlp.forward(fresh.state.seen.reshape(1, -1) / np.float32(255)).z[0][0]
        assert fresh.text("unit-title") == f"Unit {z.argmax()} of hidden layer 1"
    fresh.click("unit-0-5")
    fresh.draw(SEVEN)
    assert fresh.text("unit-title") == "Unit 5 of hidden layer 1"


def test_a_unit_shows_its_weights_and_its_activation(page: Page, pretrained: Model) -> None:
    page.draw(SEVEN)
    page.click("unit-0-17")
    hidden, output = pretrained.mlp.layers
    assert hidden.b is not None
    z = pretrained.mlp.forward(page.state.seen.reshape(1, -1) / np.float32(255)).z[0][0]
    assert page.text("unit-words").replace("\N{MINUS SIGN}", "-") == (
        f"Weighted sum of its inputs plus its bias ({hidden.b[17]:.3f}): {z[17]:.3f}. "
        f"Activation: relu of this, {max(z[17], 0):.3f}."
    )
    assert f"{(z > 0).sum()} of 128 units fire" in page.text("layers")
    with Image.open(BytesIO(page.png("weights"))) as picture:
        red, _, blue = np.asarray(picture.convert("RGB")).astype(int).transpose(2, 0, 1)
    assert np.corrcoef((red - blue).ravel(), hidden.W[:, 17])[0, 1] > 0.9
    limit = np.quantile(np.abs(hidden.W[:, 17]), 0.99)
    assert value_of(page.text("most")) == -value_of(page.text("least")) == pytest.approx(limit, abs=0.005)
    shown = page.run("return [...document.querySelectorAll('#outgoing data')].map((weight) => weight.value)")
    np.testing.assert_allclose([float(weight) for weight in shown], output.W[17], rtol=1e-5)


def test_units_fill_their_rows(page: Page) -> None:
    tops = page.run("return [...document.querySelectorAll('.units i')].map((cell) => cell.offsetTop)")
    assert len(tops) == 128
    assert {tops.count(top) for top in tops} == {16}


def test_a_unit_that_is_switched_off_changes_the_answer_to_pythons(fresh: Page, pretrained: Model) -> None:
    fresh.draw(SEVEN)
    before = fresh.state
    chosen = int(fresh.text("unit-title").split()[1])
    fresh.click("off")
    expected = without(pretrained, before.seen, [chosen])
    assert np.abs(expected - before.answers).max() > 1e-6
    np.testing.assert_allclose(fresh.state.answers, expected, atol=1e-6)
    assert fresh.text("count-off") == "1 unit switched off."
    assert "because the unit is switched off" in fresh.text("unit-words")
    fresh.run("document.querySelector('.units').focus()")
    fresh.press(Keys.ARROW_RIGHT, "x")
    expected = without(pretrained, before.seen, [chosen, chosen + 1])
    np.testing.assert_allclose(fresh.state.answers, expected, atol=1e-6)
    fresh.press("x")
    np.testing.assert_allclose(fresh.state.answers, without(pretrained, before.seen, [chosen]), atol=1e-6)
    fresh.click("all-on")
    np.testing.assert_array_equal(fresh.state.answers, before.answers)


def test_x_switches_the_chosen_unit_wherever_the_focus_is(fresh: Page) -> None:
    fresh.draw(SEVEN)
    for focus, expected in (("blur()", "1 unit switched off."), ("focus()", "")):
        fresh.run(f"document.getElementById('off').{focus}")
        fresh.press("x")
        assert fresh.text("count-off") == expected


def test_enough_units_off_change_the_digit(fresh: Page, pretrained: Model) -> None:
    fresh.draw(SEVEN)
    seen = fresh.state.seen
    a = pretrained.mlp.forward(seen.reshape(1, -1) / np.float32(255)).a[1][0]
    units = np.argsort(-a * pretrained.mlp.layers[1].W[:, 7])[:12].tolist()
    for unit in units:
        fresh.run("document.getElementById(arguments[0]).click()", f"unit-0-{unit}")
        fresh.run("document.getElementById('off').click()")
    expected = without(pretrained, seen, units)
    assert expected.argmax() != 7
    np.testing.assert_allclose(fresh.state.answers, expected, atol=1e-6)
    assert fresh.digit[0] == str(expected.argmax())
    assert fresh.text("status").startswith(f"Read as {expected.argmax()}")


def test_arrow_keys_choose_units(fresh: Page) -> None:
    fresh.click("unit-0-0")
    fresh.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    assert fresh.text("unit-title") == "Unit 18 of hidden layer 1"
    fresh.press(Keys.ARROW_UP, Keys.ARROW_LEFT)
    assert fresh.text("unit-title") == "Unit 1 of hidden layer 1"
    active = "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))"
    assert fresh.run(f"return [{active}.ariaLabel.split(',')[0], {active}.ariaSelected]") == ["unit 1", "true"]


def test_the_arithmetic_of_an_output_adds_up(fresh: Page, pretrained: Model) -> None:
    fresh.draw(SEVEN)
    fresh.click_in("arithmetic", "summary")
    fresh.until(lambda: bool(fresh.rows("sum")))
    layer = pretrained.mlp.layers[1]
    assert layer.b is not None
    activations = pretrained.mlp.forward(fresh.state.seen.reshape(1, -1) / np.float32(255)).a[1][0]
    for c in (7, 2):
        fresh.run(
            "const choice = document.getElementById('output'); choice.value = arguments[0];"
            "choice.dispatchEvent(new Event('change'))",
            c,
        )
        products = fresh.rows("products")
        assert len(products) == (activations > 0).sum()
        total = 0.0
        for name, a, weight, product, so_far in products:
            unit = int(name.split()[1])
            total += float(activations[unit] * layer.W[unit, c])
            assert value_of(a) == pytest.approx(activations[unit], abs=1e-4)
            assert value_of(weight) == pytest.approx(layer.W[unit, c], abs=1e-4)
            assert value_of(product) == pytest.approx(activations[unit] * layer.W[unit, c], abs=1e-4)
            assert value_of(so_far) == pytest.approx(total, abs=2e-4)
        z = total + float(layer.b[c])
        expected = [total, layer.b[c], z, pretrained.temperature, z / pretrained.temperature]
        assert [value_of(value) for _, value in fresh.rows("sum")] == pytest.approx(expected, abs=2e-4)
        *shares, (_, _, _, whole) = fresh.rows("shares")
        answers = fresh.state.answers
        assert [value_of(share) for *_, share in shares] == pytest.approx(answers.tolist(), abs=1e-4)
        assert whole == "1.0000"


def test_everything_can_be_undone(page: Page) -> None:
    page.draw(SEVEN)
    page.draw([[(0.3, 0.5), (0.7, 0.5)]])
    crossed = page.canvas("paper")
    page.click("clear")
    page.draw(THREE)
    page.press(Keys.ESCAPE)
    assert page.digit == "?"
    for expected in ("3", "?"):
        ActionChains(page.browser).key_down(Keys.CONTROL).send_keys("z").key_up(Keys.CONTROL).perform()
        assert page.digit == expected
    page.click("undo")
    np.testing.assert_array_equal(page.canvas("paper"), crossed)
    page.click("undo")
    assert page.digit == "7"
    page.click("undo")
    assert page.ink == 0


def test_there_is_nothing_to_undo_at_first(fresh: Page) -> None:
    fresh.click("clear")
    assert fresh.run("return document.getElementById('undo').ariaDisabled") == "true"
    fresh.click("undo")
    assert (fresh.ink, fresh.digit) == (0, "?")


def test_the_pen_can_be_wider(fresh: Page) -> None:
    fresh.draw([[(0.2, 0.5), (0.8, 0.5)]])
    ink = fresh.ink
    fresh.click("clear")
    fresh.run("document.getElementById('pen').value = 42")
    fresh.draw([[(0.2, 0.5), (0.8, 0.5)]])
    assert fresh.ink == pytest.approx(2 * ink, rel=0.1)


def test_examples_are_test_digits_that_can_be_changed(page: Page, mnist: Dataset) -> None:
    X, y = mnist.test.X, mnist.test.y
    for digit in range(10):
        page.run("document.querySelectorAll('#examples button')[arguments[0]].click()", digit)
        np.testing.assert_array_equal(page.state.seen.ravel(), X[np.argmax(y == digit)])
        assert page.text("status").startswith(f"Test digit {digit}: ")
    page.run("document.querySelectorAll('#examples button')[1].click()")
    assert page.digit == "1"
    ink = page.ink
    page.draw([[(0.2, 0.2), (0.65, 0.2)]])
    assert page.ink > ink, "the stroke is added"
    np.testing.assert_array_equal(page.state.seen, prepare(page.png("paper")).pixels)
    page.click("undo")
    np.testing.assert_array_equal(page.state.seen.ravel(), X[np.argmax(y == 1)])


def test_name_accuracy_and_keys_are_told(page: Page) -> None:
    header = page.browser.find_element("css selector", "header").text
    assert "A network (pretrained) of 784-128-10 units" in header
    assert "It reads 99.07 % of MNIST's 10,000 test digits correctly." in header
    keys = page.run("return [...document.querySelectorAll('kbd')].map((key) => key.textContent)")
    assert {"C", "Ctrl Z", "←", "X"} <= set(keys)


def test_several_digits_are_called_so(page: Page) -> None:
    page.draw(TWO_ONES)
    assert (page.digit, page.text("sure")) == ("?", "several digits")


@pytest.mark.parametrize("classes", [2, 3])
def test_bars_of_few_classes_stay_together(browser: Chrome, tmp_path: Path, classes: int) -> None:
    (tmp_path / "page.html").write_bytes(to_html(network(n_in=784, hidden="[11]", classes=classes)))
    show(browser, tmp_path / "page.html")
    tops = Page(browser, tmp_path / "page.html").run(
        "return [...document.querySelectorAll('#answers li')].map((row) => row.getBoundingClientRect().top)"
    )
    assert len(tops) == classes
    assert max(np.diff(tops)) < 45


def test_units_of_every_layer_are_shown_and_switched(browser: Chrome, tmp_path: Path) -> None:
    model = network("network.activation=[tanh, relu]", n_in=784, hidden="[24, 7]", classes=4)
    model.mlp.theta *= 0.2
    (tmp_path / "page.html").write_bytes(to_html(model))
    show(browser, tmp_path / "page.html")
    page = Page(browser, tmp_path / "page.html")
    assert not browser.find_element("id", "start").is_displayed(), "MNIST's digits are not this network's"
    page.draw(SEVEN)
    page.click("unit-0-3")
    assert browser.find_element("id", "outgoing-picture").is_displayed()
    limit = np.quantile(np.abs(model.mlp.layers[1].W[3]), 0.99)
    assert page.text("outgoing-words").endswith(f"to the next hidden layer (\N{MINUS SIGN}{limit:.2f} to {limit:.2f})")
    page.click("off")
    page.click("unit-1-2")
    assert page.text("incoming-words") == "Input weights, from the units of hidden layer 1"
    assert page.run("return [weights.width, weights.height]") == [6, 4]
    page.click("off")
    np.testing.assert_allclose(page.state.answers, without(model, page.state.seen, [3], [2]), atol=1e-6)
    assert page.text("count-off") == "2 units switched off."


def test_bars_and_units_remain_in_colours_that_the_system_forces(page: Page) -> None:
    page.draw(SEVEN)
    colour = "return getComputedStyle(document.querySelector(arguments[0]), arguments[1]).backgroundColor"
    painted = {".top .bar": None, ".units i": "::before", "#outgoing .positive": None}
    usual = {selector: page.run(colour, selector, part) for selector, part in painted.items()}
    adjust(page.browser, forced_colors="active")
    assert {selector: page.run(colour, selector, part) for selector, part in painted.items()} == usual


NAMES = ("what?", "Donaudampfschifffahrtsgesellschaft in Wien", "7", "<b>")


def test_any_names_of_classes_fit_and_are_said_in_full(browser: Chrome, tmp_path: Path) -> None:
    model = network(n_in=784, hidden="[4]", classes=4)
    model.mlp.theta[:] = 0
    assert model.mlp.layers[1].b is not None
    model.mlp.layers[1].b[:] = 9, 0, 0, 0
    (tmp_path / "page.html").write_bytes(to_html(model, about=About(names=NAMES)))
    show(browser, tmp_path / "page.html", width=390)
    page = Page(browser, tmp_path / "page.html")
    page.draw(SEVEN)
    assert page.digit == "what?"
    assert page.text("status").startswith("Read as what? (")
    page.click_in("arithmetic", "summary")
    page.until(lambda: bool(page.rows("shares")))
    assert [row[0] for row in page.rows("shares")][:4] == list(NAMES)
    assert page.text("zeros") == "4 units with the value 0 add nothing. The largest products are first."
    assert too_wide(page) == []


def too_wide(page: Page) -> list[WebElement]:
    """The page, a table or a choice, if what is in it is wider."""
    parts = "[...document.querySelectorAll('html, #softmax .scroll, select')]"
    found: list[WebElement] = page.run(f"return {parts}.filter((part) => part.scrollWidth > part.clientWidth)")
    return found


def test_a_close_call_of_many_classes_fits_a_small_phone(browser: Chrome, tmp_path: Path) -> None:
    model = network(n_in=784, hidden="[]", classes=100)
    model.mlp.theta[:] = 0
    assert model.mlp.layers[0].b is not None
    model.mlp.layers[0].b[88:90] = 9
    (tmp_path / "page.html").write_bytes(to_html(model))
    show(browser, tmp_path / "page.html", width=320)
    page = Page(browser, tmp_path / "page.html")
    page.draw(SEVEN)
    assert page.digit == "88 or 89?"
    assert too_wide(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_fault(fresh: Page, scheme: str, width: int) -> None:
    adjust(fresh.browser, width, prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
    assert accessibility_faults(fresh.browser) == []
    fresh.draw(SEVEN)
    fresh.run("document.getElementById('arithmetic').open = true; document.getElementById('off').click()")
    assert accessibility_faults(fresh.browser) == []


def test_paper_shows_no_controls_and_keeps_colours(page: Page) -> None:
    page.draw(SEVEN)
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    try:
        assert not page.browser.find_element("id", "clear").is_displayed()
        assert page.run("return getComputedStyle(document.querySelector('.bar')).printColorAdjust") == "exact"
    finally:
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
