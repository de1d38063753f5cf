"""Lines, signs and marks."""

import numpy as np
from PIL import Image

from ..glyphs import GRID, LENGTH, catmull_rom, from_lines
from ..raster import Rng
from .common import Strokes, arc, displaced, figure

FLAT = 30  # degrees from the horizontal, up to which a line is no slanted 1

# In a box 60 wide and 100 high, as on a line of text.
SIGNS: tuple[Strokes, ...] = (
    [[(0, 50), (60, 50)], [(30, 20), (30, 80)]],  # plus
    [[(6, 26), (54, 74)], [(54, 26), (6, 74)]],  # times
    [[(0, 38), (60, 38)], [(0, 62), (60, 62)]],  # equals
    [[(0, 50), (60, 50)], arc(30, 24, 3, 3), arc(30, 76, 3, 3)],  # divided by
    [[(0, 36), (60, 36)], [(0, 64), (60, 64)], [(44, 16), (16, 84)]],  # not equal
    [[(0, 42), (60, 42)], [(30, 14), (30, 70)], [(0, 86), (60, 86)]],  # plus or minus
    [[(0, 40), *arc(15, 40, 15, 10, 180, 360), *arc(45, 40, 15, 10, 180, 0)],
     [(0, 62), *arc(15, 62, 15, 10, 180, 360), *arc(45, 62, 15, 10, 180, 0)]],  # approximately equal
    [[(60, 0), (0, 100)], arc(10, 20, 14, 18), arc(50, 80, 14, 18)],  # per cent
    [[*arc(30, 24, 26, 24, 190, 420), (30, 62), (30, 74)], arc(30, 97, 3, 3)],  # question mark
    [[(30, 0), (30, 68)], arc(30, 97, 3, 3)],  # exclamation mark
    [[(64, 100), (14, 30), *arc(28, 18, 16, 17, 160, 400), (8, 60), *arc(24, 80, 22, 20, 200, 40), (62, 58)]],  # and
    [[*arc(30, 50, 20, 20, 0, 360), (50, 62), *arc(30, 50, 42, 48, 20, -300)]],  # at
    [[(58, 20), *arc(30, 26, 26, 20, -30, -260), *arc(30, 72, 28, 22, -80, 160)], [(30, -6), (30, 106)]],  # dollar
    [arc(40, 50, 36, 48, -50, -310), [(-8, 40), (44, 40)], [(-8, 58), (40, 58)]],  # euro
    [[(0, 55), (22, 92), (70, 5)]],  # check mark
    [[(0, 62), (14, 80), (62, 40)]],  # flat check mark
    [[(-20, 50), (80, 50)], [(54, 26), (80, 50), (54, 74)]],  # arrow to the right
    [[(80, 50), (-20, 50)], [(6, 26), (-20, 50), (6, 74)]],  # arrow to the left
    [[(30, 100), (30, 0)], [(8, 24), (30, 0), (52, 24)]],  # arrow up
    [[(30, 0), (30, 100)], [(8, 76), (30, 100), (52, 76)]],  # arrow down
    [[(30, 92), (-8, 45), *arc(11, 30, 19, 22, 150, 340), *arc(49, 30, 19, 22, 200, 390), (30, 92)]],  # heart
    [[(44, 0), (16, 0), (16, 100), (44, 100)]],  # square bracket
    [[(16, 0), (44, 0), (44, 100), (16, 100)]],  # closing square bracket
    [[(46, 0), (32, 8), (32, 40), (16, 50), (32, 60), (32, 92), (46, 100)]],  # brace
    [[(14, 0), (28, 8), (28, 40), (44, 50), (28, 60), (28, 92), (14, 100)]],  # closing brace
    [[(16, 0), *arc(46, 50, 34, 60, 230, 130)], [(70, 0), *arc(40, 50, 34, 60, -50, 50)]],  # a pair of parentheses
    [[(56, 10), (0, 50), (56, 90)]],  # less than
    [[(0, 10), (56, 50), (0, 90)]],  # greater than
    [[(-10, 60), (4, 52), (22, 98), (40, 0), (80, 0)]],  # square root
    [[*arc(44, 14, 12, 14, 0, -180), (30, 86), *arc(18, 86, 12, 14, 0, 180)], [(12, 50), (48, 50)]],  # barred integral
    [[(10, 0), (4, 30)], [(40, 0), (34, 30)]],  # quotation marks
    [arc(0, 50, 5, 5), arc(30, 50, 5, 5), arc(60, 50, 5, 5)],  # ellipsis
    [[(0, 50), *arc(15, 50, 15, 14, 180, 360), *arc(45, 50, 15, 14, 180, 0)]],  # tilde
    [[(30, 10), (-6, 84), (66, 84), (30, 10)]],  # triangle
)  # fmt: skip


def line(rng: Rng) -> Image.Image:
    """A line that is nearly horizontal: straight, bent or wavy."""
    angle = np.radians(rng.uniform(-FLAT, FLAT)) * rng.uniform()
    x = np.linspace(-0.5, 0.5, 6) * rng.uniform(0.7, 1.2)
    y = x * np.tan(angle) + rng.choice([0, 0.02, 0.05]) * rng.normal(0, 1, 6)
    return figure(rng, from_lines([catmull_rom(np.stack([x, y], axis=1)) * LENGTH + GRID / 2], "line"), 0.015)


def sign(rng: Rng) -> Image.Image:
    """One of SIGNS, slanted, wide or narrow."""
    stretch = np.exp(rng.uniform(-0.2, 0.2)) ** np.array([1, -1])
    strokes = SIGNS[rng.integers(len(SIGNS))]
    return figure(rng, displaced(rng, strokes, 2, (30, 50), stretch, rng.normal(0, 0.12)), 0.04)
