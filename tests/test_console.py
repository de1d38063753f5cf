"""The commands in the documents run, and their output is that in the documents."""

import doctest
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

from tests.cli.conftest import mnist_pictures
from tests.pages.sheets import paper

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PICTURES = ROOT / "tests" / "cli"

NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?( %)?")
CLOSE = 1.5  # points that a percentage may differ by, on machines that round otherwise


class Command(NamedTuple):
    """A line after ``$``, and the output below it."""

    line: str
    printed: list[str]


def commands_in(document: Path) -> Iterator[Command]:
    """Yield the commands in the console blocks of a document, in order."""
    for block in re.findall(r"^```console\n(.*?)^```", document.read_text(encoding="utf-8"), re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            line, *printed = part.replace("\\\n", " ").splitlines()
            yield Command(line, printed)


def shorter(arguments: list[str]) -> list[str]:
    """Return the arguments with few epochs and seeds, where a document trains for long."""
    arguments = ["0-1" if argument == "0-4" else argument for argument in arguments]
    if arguments[0] == "train" and "--resume" not in arguments:
        return [*arguments, "-o", "training.epochs=1"]
    return arguments


def run(arguments: list[str], directory: Path) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "mnist_mlp", *arguments],
        check=False,
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    assert result.returncode == 0, f"{arguments}: {result.stdout}"
    return result.stdout


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the files that the documents mention."""
    monkeypatch.chdir(tmp_path)
    pictures = tmp_path / "tests" / "cli"
    pictures.mkdir(parents=True)
    for picture in PICTURES.glob("*.png"):
        shutil.copy(picture, pictures)
        shutil.copy(picture, tmp_path)
    mnist_pictures(tmp_path / "my-digits", 40)
    mnist_pictures(tmp_path / "scans", 3)
    Image.fromarray(paper(["0151 264"])[0]).save(tmp_path / "page.jpg")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("document", [d for d in DOCUMENTS if d.name != "tutorial.md" and any(commands_in(d))],
                         ids=lambda d: d.name)  # fmt: skip
def test_the_commands_of_a_document_run(document: Path, directory: Path) -> None:
    for command in commands_in(document):
        program, *arguments = shlex.split(command.line, comments=True)
        assert program == "mnist-mlp", command.line
        run(shorter(arguments), directory)


def alike(said: str, printed: str) -> bool:
    """Whether two lines have the same words, numbers in the same places, and nearly equal percentages."""
    if NUMBER.sub("0", said).split() != NUMBER.sub("0", printed).split():
        return False
    pairs = zip(NUMBER.finditer(said), NUMBER.finditer(printed), strict=True)
    return all(abs(value(a[0]) - value(b[0])) <= CLOSE for a, b in pairs if a[1])


def value(number: str) -> float:
    return float(number.removesuffix(" %").replace(",", ""))


@pytest.mark.parametrize(
    ("said", "printed", "equal"),
    [
        ("accuracy 98.20 %  errors 180", "accuracy 97.90 %   errors 210", True),
        ("accuracy 98.20 %", "accuracy 88.20 %", False),
        ("accuracy 98.20 %", "recall 98.20 %", False),
        ("7 (100.0 %), 2 (0.0 %)", "7 (100.0 %)", False),
    ],
)
def test_lines_are_compared_by_words_and_percentages(said: str, printed: str, equal: bool) -> None:
    assert alike(said, printed) == equal


@pytest.mark.slow
def test_the_commands_of_the_tutorial_print_its_output(directory: Path) -> None:
    for line, said in commands_in(ROOT / "docs" / "tutorial.md"):
        rest = run(shlex.split(line)[1:], directory).splitlines()
        skipping = False
        for expected in said:
            if expected == "...":
                skipping = True
                continue
            while skipping and rest and not alike(expected, rest[0]):
                rest.pop(0)
            assert rest, f"{line}: {expected} is not printed"
            found = rest.pop(0)
            assert alike(expected, found), f"{line}: {expected!r} became {found!r}"
            skipping = False
        assert skipping or not said or not rest, f"{line}: prints more, {rest}"


def test_the_python_of_the_tutorial_prints_its_output() -> None:
    result = doctest.testfile(str(ROOT / "docs" / "tutorial.md"), module_relative=False, encoding="utf-8")
    assert result.attempted > 20
    assert not result.failed
