"""Pages as text, as JSON and as rows of a CSV table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mnist_mlp.cli import tables

if TYPE_CHECKING:
    from mnist_mlp.pages.records import Digit, Line, Page

GUESSES = 2  # of a digit that is not sure
# Before the output of each class and the probability of the digit.
BOX = "left", "top", "right", "bottom"
COLUMNS = "picture", "line", "group", "digit", "reason", *BOX


def text(page: "Page") -> Iterator[str]:
    """Yield the text of each line; then, for each digit that is not sure, its place and the best guesses."""
    if page.reason is not None:
        yield f"unsure: {page.reason}"
    yield from map(str, page.lines)
    for number, line in enumerate(page.lines, 1):
        for place, digit in enumerate(line.digits, 1):
            reading = digit.reading
            if reading.digit is None:
                guesses = " or ".join(tables.output(*guess, reading.kind) for guess in reading.top(GUESSES))
                left, top = digit.box[:2]
                yield f"unsure: digit {place} of line {number}, at {left},{top}: {guesses}, if it is a digit"


def record(page: "Page") -> dict[str, Any]:
    """Return the page as JSON: its lines, their groups and their digits."""
    lines = [
        {"text": str(line), "groups": [[_digit(d) for d in group] for group in line.groups]} for line in page.lines
    ]
    return {"text": str(page), "reason": page.reason, "turned": page.turned, "size": page.size, "lines": lines}


def _digit(digit: "Digit") -> dict[str, Any]:
    reading = digit.reading
    outputs = {reading.kind: reading.outputs.tolist()}
    return {"digit": reading.digit, "reason": reading.reason, "box": digit.box, **outputs}


def rows(page: "Page", classes: int) -> Iterator[list[object]]:
    """Yield the cells of a row for each digit, without the picture's name; one row if nothing is read."""
    if page.reason is not None:
        yield [None, None, None, page.reason, *[None] * (len(BOX) + classes + 1)]
    for number, line in enumerate(page.lines, 1):
        yield from ([number, *cells] for cells in _cells(line))


def _cells(line: "Line") -> Iterator[list[object]]:
    for number, group in enumerate(line.groups, 1):
        for digit in group:
            reading = digit.reading
            probability = None if reading.digit is None else reading.probability
            yield [number, reading.digit, reading.reason, *digit.box, *reading.outputs.tolist(), probability]
