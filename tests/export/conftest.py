"""The page in a browser, with hands."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.command import Command
from selenium.webdriver.support.ui import WebDriverWait

from mnist_mlp import export_model, load_checkpoint
from mnist_mlp.models import Model
from tests.browser import adjust, complaints, content_of
from tests.export.drawings import Point, Stroke

Action = dict[str, Any]

DOWN: Action = {"type": "pointerDown", "button": 0}
UP: Action = {"type": "pointerUp", "button": 0}
WAIT: Action = {"type": "pause", "duration": 0}


STATE = """[
    document.getElementById("digit").textContent,
    [...document.querySelectorAll("#answers data")].map((figure) => figure.value),
    document.getElementById("seen").toDataURL(),
]"""


class State(NamedTuple):
    """What is to be seen: the digit, the numbers behind the bars (none if nothing is drawn), the network's input."""

    digit: str
    answers: NDArray[np.float64]
    seen: NDArray[np.uint8]  # (28, 28), 0 being background


def state_of(digit: str, values: list[str], seen: str) -> State:
    return State(digit, np.array([float(value) for value in values if value]), 255 - levels(content_of(seen)))


def levels(png: bytes) -> NDArray[np.uint8]:
    with Image.open(BytesIO(png)) as picture:
        return np.asarray(picture.convert("L"))


def value_of(text: str) -> float:
    """Return the number that a text of the page stands for."""
    return float(text.replace("\N{MINUS SIGN}", "-"))


class Page:
    """What somebody sees of it and does to it."""

    def __init__(self, browser: Chrome, path: Path) -> None:
        self.browser, self.path = browser, path

    def draw(self, strokes: Sequence[Stroke], kind: str = "mouse") -> None:
        """Draw with a real pointer: ``mouse``, ``pen`` or ``touch``."""
        for first, *others in strokes:
            self.point([first, DOWN, *others, UP], kind=kind)

    def point(self, *pointers: Sequence[Point | Action], kind: str = "mouse") -> None:
        """Let pointers go to places on the paper (or beside it), and act there, all at the same time."""
        left, top, width, height = self.run(
            "const box = document.getElementById('paper').getBoundingClientRect();"
            "return [box.left, box.top, box.width, box.height]"
        )

        def action(what: Point | Action) -> Action:
            if isinstance(what, dict):
                return what
            x, y = round(left + what[0] * width), round(top + what[1] * height)
            return {"type": "pointerMove", "duration": 0, "origin": "viewport", "x": x, "y": y}

        sources = [
            {
                "type": "pointer",
                "id": f"{kind} {i}",
                "parameters": {"pointerType": kind},
                "actions": [action(what) for what in steps],
            }
            for i, steps in enumerate(pointers)
        ]
        self.browser.execute(Command.W3C_ACTIONS, {"actions": sources})
        # The page has them all before its second next frame: a busy browser delivers the last ones late.
        self.browser.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));"
        )

    def press(self, *keys: str) -> None:
        ActionChains(self.browser, duration=0).send_keys(*keys).perform()

    def click(self, name: str) -> None:
        self.browser.find_element(By.ID, name).click()

    def click_in(self, name: str, selector: str) -> None:
        """Click the first element in another one that a selector finds."""
        self.browser.find_element(By.CSS_SELECTOR, f"#{name} {selector}").click()

    def rows(self, name: str) -> list[list[str]]:
        """The texts of the cells of a table's body, row by row."""
        script = (
            "return [...document.getElementById(arguments[0]).rows].map((r) => [...r.cells].map((c) => c.innerText))"
        )
        found: list[list[str]] = self.run(script, name)
        return found

    def open(self, picture: Path) -> None:
        """Choose a file, and wait until it is read."""
        self.browser.find_element(By.ID, "file").send_keys(str(picture))
        self.until(lambda: self.text("status").startswith(f"{picture.name}: "))

    def open_all(self, pictures: Sequence[bytes]) -> list[State]:
        """The same for many, given as files' contents, in one go."""
        found = self.browser.execute_async_script(
            f"""const [pictures, done] = arguments;
            const chooser = document.getElementById("file");
            const states = [];
            const observer = new MutationObserver(() => {{ states.push({STATE}); next(); }});
            observer.observe(document.getElementById("status"), {{childList: true}});
            const next = () => {{
              if (states.length === pictures.length) return observer.disconnect(), done(states);
              const bytes = Uint8Array.from(atob(pictures[states.length]), (character) => character.charCodeAt(0));
              const files = new DataTransfer();
              files.items.add(new File([bytes], `${{states.length}}.png`));
              chooser.files = files.files;
              chooser.dispatchEvent(new Event("change"));
            }};
            next();""",
            [b64encode(picture).decode() for picture in pictures],
        )
        return [state_of(*each) for each in found]

    def until(self, condition: Callable[[], bool]) -> None:
        WebDriverWait(self.browser, 30, 0.02).until(lambda _: condition())

    def text(self, name: str) -> str:
        return self.browser.find_element(By.ID, name).text

    def run(self, script: str, *arguments: object) -> Any:
        return self.browser.execute_script(script, *arguments)

    @property
    def state(self) -> State:
        return state_of(*self.run(f"return {STATE}"))

    @property
    def digit(self) -> str:
        return self.state.digit

    @property
    def ink(self) -> float:
        """The share of the paper that is black."""
        return float((self.canvas("paper") < 128).mean())

    def canvas(self, name: str) -> NDArray[np.uint8]:
        return levels(self.png(name))

    def png(self, name: str) -> bytes:
        """A canvas's own pixels as a file."""
        return content_of(self.run("return document.getElementById(arguments[0]).toDataURL()", name))


@pytest.fixture
def page(browser: Chrome, pretrained_page: Path) -> Iterator[Page]:
    """The page of the weights that ship, as after loading; nothing it does may end up in the console."""
    complaints(browser)
    adjust(browser)
    page = Page(browser, pretrained_page)
    if browser.current_url != pretrained_page.as_uri():
        browser.get(pretrained_page.as_uri())
    page.run("for (const name of ['clear', 'all-on']) document.getElementById(name).click()")
    page.run("const pen = document.getElementById('pen'); pen.value = pen.defaultValue")
    page.run("document.activeElement.blur(); scrollTo(0, 0)")
    yield page
    assert complaints(browser) == []


@pytest.fixture(scope="session")
def pretrained() -> Model:
    return load_checkpoint("pretrained").model


@pytest.fixture(scope="session")
def pretrained_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_bytes(export_model("pretrained", "html"))
    return path
