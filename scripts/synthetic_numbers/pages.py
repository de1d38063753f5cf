"""Pages with many digits, and pages that lie on a side or upside down."""

import numpy as np
from PIL import Image

from scripts.synthetic_pictures.raster import Rng
from scripts.synthetic_pictures.stationery import paper

from .lines import Line, digits, even, grouped, one, proportional, stacked
from .photographs import photographed
from .sheet import Box, Picture
from .strings import plain
from .writers import Writer

TURNS = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}


def ten_lines(rng: Rng, writer: Writer) -> list[Line]:
    """Return ten lines of ten digits, equally far from each other."""
    pitch = rng.uniform(1.2, 2)
    return [even(rng, writer, digits(rng, 10, 10), pitch).moved(0, 1.6 * k) for k in range(10)]


def page_ten_by_ten(rng: Rng, writer: Writer) -> Picture:
    """A hundred digits in ten lines, drawn or scanned."""
    return plain(rng, ten_lines(rng, writer))


def page_scattered(rng: Rng, writer: Writer) -> Picture:
    """A hundred digits, none of them exactly in its line or column."""
    lines = []
    for k in range(10):
        placed = [one(rng, writer, int(digit), wobble=0.15) for digit in rng.integers(10, size=10)]
        steps = np.cumsum(rng.uniform(1.2, 3, 10))
        text = "".join(str(digit.digit) for digit in placed)
        lines.append(Line(text, [p._replace(x=float(x)) for p, x in zip(placed, steps, strict=True)]).moved(0, 2 * k))
    return photographed(rng, lines, (1500, 2000), paper, tilt=0.05)


def page_12_megapixels(rng: Rng, writer: Writer) -> Picture:
    """A hundred digits in a photograph of 4000x3000 pixels."""
    return doubled(photographed(rng, ten_lines(rng, writer), (1500, 2000), paper, tilt=0.05))


def doubled(picture: Picture) -> Picture:
    """Return the picture twice as wide and high."""
    image = picture.image.resize((2 * picture.image.width, 2 * picture.image.height), Image.Resampling.BICUBIC)
    return Picture(image, picture.lines, [(2 * a, 2 * b, 2 * c, 2 * d) for a, b, c, d in picture.boxes])


def page_turned(rng: Rng, writer: Writer) -> Picture:
    """Three to six lines on a page that is turned by 90, 180 or 270 degrees."""
    texts = [grouped(rng, int(rng.integers(1, 4)), 2, 5) for _ in range(rng.integers(3, 7))]
    upright = plain(rng, stacked(rng, [proportional(rng, writer, text) for text in texts], rng.uniform(1.5, 2.2)))
    degrees = int(rng.choice(list(TURNS)))
    width, height = upright.image.size
    boxes = [turned_box(box, width, height, degrees) for box in upright.boxes]
    return Picture(upright.image.transpose(TURNS[degrees]), upright.lines, boxes)


def turned_box(box: Box, width: int, height: int, degrees: int) -> Box:
    """Return the box in a picture (width, height) that is turned counter-clockwise."""
    for _ in range(degrees // 90):
        left, top, right, bottom = box
        box = top, width - right, bottom, width - left
        width, height = height, width
    return box
