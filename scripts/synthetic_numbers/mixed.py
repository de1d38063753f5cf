"""Digits among words and signs, single digits, and pictures without any digit."""

from functools import partial
from string import ascii_letters

from scripts.synthetic_pictures import digits as single_digits, nondigits
from scripts.synthetic_pictures.nondigits.common import Strokes, displaced
from scripts.synthetic_pictures.nondigits.letters import CAPITALS, SMALL
from scripts.synthetic_pictures.nondigits.marks import SIGNS
from scripts.synthetic_pictures.photographs import photograph
from scripts.synthetic_pictures.raster import Rng
from scripts.synthetic_pictures.view import random_view

from .lines import Line, Placed, digits, proportional, stacked
from .photographs import photographed, ruled_paper, size
from .sheet import Picture
from .strings import plain
from .writers import Writer

# In a box 60 wide and 100 high, as SIGNS
OPERATORS: dict[str, Strokes] = {
    **dict(zip("+*=:", SIGNS[:4], strict=True)),
    "-": [[(4, 50), (56, 50)]],
    "/": [[(70, -10), (-4, 112)]],  # longer than a digit, and more slanted than a 1
    ".": [[(28, 96), (32, 100)]],
}
NO_DIGITS = ("doodle", "scribble", "cartoon", "scene", "outline", "silhouette", "shape", "blank", "photograph")
# Conditions that show parts of other digits, or whose pictures are large
NOT_SINGLE = frozenset({"photo-neighbours", "crop-neighbours", "scan-bleed-through", "photo-12-megapixels"})


def sign(rng: Rng, character: str) -> Placed:
    """Return the strokes of one of OPERATORS, or, for a letter, of any letter of the same case."""
    letters = CAPITALS if character.isupper() else SMALL
    strokes = OPERATORS[character] if character in OPERATORS else letters[rng.integers(len(letters))]
    return Placed(displaced(rng, strokes, 2, (30, 50)), 0, 0, float(rng.normal(0.95, 0.04)), -1)


def line_with(rng: Rng, writer: Writer, text: str) -> Line:
    return proportional(rng, writer, text, sign=partial(sign, rng))


def word(rng: Rng) -> str:
    letters = rng.choice(list(ascii_letters[:26]), rng.integers(2, 8))
    return "".join(letters).capitalize() if rng.uniform() < 0.5 else "".join(letters)


def mixed_signs(rng: Rng, writer: Writer) -> Picture:
    """A calculation: numbers with + - x : = between them."""
    text, between = digits(rng, 1, 3), " " * rng.integers(2)
    for _ in range(rng.integers(1, 5)):
        text += between.join(["", rng.choice(list("+-*:=")), digits(rng, 1, 3)])
    return plain(rng, [line_with(rng, writer, text)], pen=rng.uniform(0.05, 0.1))


def mixed_dates(rng: Rng, writer: Writer) -> Picture:
    """A date, with points, dashes or slashes."""
    between = str(rng.choice(list(".-/")))
    return plain(rng, [line_with(rng, writer, between.join(digits(rng, n, n) for n in (2, 2, 4)))])


def mixed_words(rng: Rng, writer: Writer) -> Picture:
    """Lines of words with numbers before, between or after them, photographed."""
    lines = []
    for _ in range(rng.integers(1, 4)):
        parts = [word(rng) for _ in range(rng.integers(1, 3))] + [digits(rng, 1, 5) for _ in range(rng.integers(1, 3))]
        lines.append(line_with(rng, writer, " ".join(rng.permutation(parts))))
    return photographed(rng, stacked(rng, lines, rng.uniform(1.6, 2.4)), size(rng), ruled_paper)


def single_digit(rng: Rng, writer: Writer) -> Picture:
    """One digit, in any condition of the synthetic pictures."""
    names = sorted(set(single_digits.CONDITIONS) - NOT_SINGLE)
    condition, digit = single_digits.CONDITIONS[str(rng.choice(names))], int(rng.integers(10))
    return Picture(condition(rng, writer(digit), lambda: writer(int(rng.integers(10)))), [str(digit)], [])


def none_words(rng: Rng, writer: Writer) -> Picture:
    """Lines of words."""
    texts = [" ".join(word(rng) for _ in range(rng.integers(1, 4))) for _ in range(rng.integers(1, 5))]
    lines = stacked(rng, [line_with(rng, writer, text) for text in texts], rng.uniform(1.6, 2.4))
    return photographed(rng, lines, size(rng), ruled_paper)


def none_drawn(rng: Rng, writer: Writer) -> Picture:
    """Doodles, cartoons, shapes, photographs of other things."""
    return Picture(nondigits.KINDS[str(rng.choice(NO_DIGITS))](rng), [], [])


def none_blank(rng: Rng, writer: Writer) -> Picture:
    """Blank paper: plain, ruled or squared."""
    height, width = size(rng)
    pixels = rng.uniform(40, 120)
    view = random_view(rng, height, width, pixels / min(height, width), turn=5, tilt=0.1)
    return Picture(photograph(rng, ruled_paper(rng, view)), [], [])
