"""The result of ``read_page``: lines of groups of digits, in reading order."""

from dataclasses import dataclass

from mnist_mlp.inference.reader import Reading

UNSURE = "?"  # stands for a digit that is not sure


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Digit:
    """A digit of a page: its reading, and its box (left, top, right, bottom) in the picture's own upright pixels."""

    reading: Reading
    box: tuple[int, int, int, int]

    def __str__(self) -> str:
        return UNSURE if self.reading.digit is None else str(self.reading.digit)

    def __repr__(self) -> str:
        return f"<Digit {self}, box {self.box}>"


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Line:
    """A line of digits, in groups. Between two groups is a gap that is clearly larger than the others, or no digit."""

    groups: tuple[tuple[Digit, ...], ...]

    @property
    def digits(self) -> list[Digit]:
        """All digits from left to right."""
        return [digit for group in self.groups for digit in group]

    def __str__(self) -> str:
        return " ".join("".join(map(str, group)) for group in self.groups)

    def __repr__(self) -> str:
        return f"<Line {str(self)!r}>"


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Page:
    """The lines of a picture, from top to bottom; ``str(page)`` is their text.

    reason: why nothing is read; None if there are lines. turned: degrees counter-clockwise by which the picture was
    turned to be read. size: width and height of the upright picture in pixels.
    """

    lines: tuple[Line, ...]
    reason: str | None
    turned: int
    size: tuple[int, int]

    @property
    def digits(self) -> list[Digit]:
        """All digits in reading order."""
        return [digit for line in self.lines for digit in line.digits]

    @property
    def unsure(self) -> list[Digit]:
        """The digits that are not sure."""
        return [digit for digit in self.digits if digit.reading.digit is None]

    def __str__(self) -> str:
        return "\n".join(map(str, self.lines))

    def __repr__(self) -> str:
        return f"<Page {str(self)!r}{'' if self.reason is None else f', nothing read: {self.reason}'}>"
