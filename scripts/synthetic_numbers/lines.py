"""How digits stand beside each other: lines of placed glyphs. Lengths are in heights of a digit, y points down.

The text of a line is what a person reads there: its digits, and a space where a gap is clearly larger than the others.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from scripts.synthetic_pictures.glyphs import GRID, LENGTH, Glyph, Points, from_lines
from scripts.synthetic_pictures.raster import Rng

from .writers import Writer

ON = 1 / LENGTH  # digit lengths: distance of the skeleton up to which a point is on it
HEIGHT, WOBBLE = 0.04, 0.03  # deviations: of a digit's height from the others', and of its centre from the line
GAP, SPACE = (0.18, 0.4), (0.9, 1.5)  # between the digits of a group, between groups
ROWS = 40  # rows of a digit's height in which neighbours are compared
BANDS = {"top": (-0.55, -0.2), "middle": (-0.2, 0.2), "foot": (0.2, 0.55)}  # where a ligature starts and ends
SHORTEST = 0.4  # heights: scale of short strokes, whose pens would otherwise be too broad for a glyph's field


class Placed(NamedTuple):
    """A glyph with its centre at (x, y), ``scale`` times as large; ``digit`` is -1 if it is none."""

    glyph: Glyph
    x: float
    y: float
    scale: float
    digit: int

    def points(self) -> Points:
        """Return the points (n, 2) of the skeleton."""
        rows, columns = np.nonzero(self.glyph.skeleton < ON)
        grid = np.stack([columns, rows], axis=1).astype(np.float64) - (GRID - 1) / 2
        return np.array([self.x, self.y]) + grid * (self.scale / LENGTH)


class Line(NamedTuple):
    """What a person reads, and what is drawn: the digits from left to right, and other strokes."""

    text: str
    placed: list[Placed]

    def moved(self, x: float, y: float) -> "Line":
        return Line(self.text, [p._replace(x=p.x + x, y=p.y + y) for p in self.placed])


def digits(rng: Rng, low: int, high: int) -> str:
    """Return a text of ``low`` to ``high`` random digits."""
    return "".join(str(digit) for digit in rng.integers(10, size=rng.integers(low, high + 1)))


def grouped(rng: Rng, groups: int, low: int, high: int) -> str:
    """Return a text of so many groups, each of ``low`` to ``high`` random digits."""
    return " ".join(digits(rng, low, high) for _ in range(groups))


def one(rng: Rng, writer: Writer, digit: int, wobble: float = WOBBLE) -> Placed:
    """Return a digit around the origin, 1 high up to a small deviation."""
    glyph = writer(digit)
    height = np.ptp(Placed(glyph, 0, 0, 1, digit).points()[:, 1])
    return Placed(glyph, 0, float(rng.normal(0, wobble)), float(max(rng.normal(1, HEIGHT), 0.85) / height), digit)


def even(rng: Rng, writer: Writer, text: str, pitch: float) -> Line:
    """Return digits whose centres have the same distance."""
    return Line(text, [one(rng, writer, int(digit))._replace(x=k * pitch) for k, digit in enumerate(text)])


def proportional(
    rng: Rng, writer: Writer, text: str, gap: tuple[float, float] = GAP, wobble: float = WOBBLE,
    sign: Callable[[str], Placed] | None = None,
) -> Line:  # fmt: skip
    """Return glyphs with gaps between their boxes. ``sign`` gives what is drawn for a character that is no digit."""
    placed: list[Placed] = []
    x = 0.0
    for character in text:
        if character == " ":
            x += rng.uniform(*SPACE)
            continue
        new = one(rng, writer, int(character), wobble) if character.isdigit() or sign is None else sign(character)
        points = new.points()
        placed.append(new._replace(x=x - points[:, 0].min()))
        x += np.ptp(points[:, 0]) + rng.uniform(*gap)
    read = "".join(character if character.isdigit() else " " for character in text)
    return Line(" ".join(read.split()), placed)


def kerned(rng: Rng, writer: Writer, text: str, gap: tuple[float, float]) -> Line:
    """Return digits with gaps between their strokes, so that boxes may overlap; with a negative gap, strokes cross."""
    placed: list[Placed] = []
    for digit in text:
        new = one(rng, writer, int(digit))
        if placed:
            new = new._replace(x=placed[-1].x + contact(placed[-1], new) + rng.uniform(*gap))
        placed.append(new)
    return Line(text, placed)


def contact(left: Placed, right: Placed) -> float:
    """Return the distance between the centres of two digits at which their skeletons touch in a row, or nearly so."""
    shape = 2 * ROWS
    ends, starts = np.full(shape, -np.inf), np.full(shape, np.inf)
    for part, to, take in ((left, ends, np.maximum), (right, starts, np.minimum)):
        points = part.points()
        rows = np.clip(np.rint((points[:, 1] + 1) * ROWS).astype(int), 0, shape - 1)
        for near in (-2, -1, 0, 1, 2):
            take.at(to, np.clip(rows + near, 0, shape - 1), points[:, 0] - part.x)
    return float((ends - starts).max())


def ligature(rng: Rng, left: Placed, right: Placed, band: str) -> Placed:
    """Return the stroke from the right of one digit to the left of the next, at the foot, middle or top."""
    low, high = BANDS[band]
    ends = []
    for part, choose in ((left, np.argmax), (right, np.argmin)):
        points = part.points()
        inside = points[(points[:, 1] >= low) & (points[:, 1] <= high)]
        ends.append(inside[choose(inside[:, 0])])
    bow = (ends[0] + ends[1]) / 2 + (0, rng.normal(0, 0.04))
    return stroke(np.stack([ends[0], bow, ends[1]]))


def stroke(points: Points) -> Placed:
    """Return a line through points (n, 2)."""
    low, high = points.min(axis=0), points.max(axis=0)
    scale, (x, y) = max(float((high - low).max()), SHORTEST), (low + high) / 2
    curve = (points - (x, y)) * (LENGTH / scale) + (GRID - 1) / 2
    return Placed(from_lines([curve], "stroke"), float(x), float(y), scale, -1)


def stacked(rng: Rng, lines: Sequence[Line], pitch: float, indent: float = 0.3) -> list[Line]:
    """Return lines below each other."""
    return [line.moved(rng.uniform(0, indent), k * pitch) for k, line in enumerate(lines)]


def some_lines(rng: Rng, writer: Writer, pitch: tuple[float, float] = (1.5, 2.2)) -> list[Line]:
    """Return one to four lines of one to three groups of digits."""
    texts = [grouped(rng, int(rng.integers(1, 4)), 1, 5) for _ in range(rng.integers(1, 5))]
    return stacked(rng, [proportional(rng, writer, text) for text in texts], rng.uniform(*pitch))
