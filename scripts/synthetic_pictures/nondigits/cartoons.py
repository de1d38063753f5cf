"""Drawings of several strokes: faces, figures, and scenes of several things."""

import numpy as np
from PIL import Image

from ..raster import Rng
from .common import Strokes, arc, displaced, figure
from .things import OUTLINES


def cartoon(rng: Rng) -> Image.Image:
    """A face or a figure with a random choice of features, in a box 100 by 100."""
    strokes = figure_strokes(rng) if rng.uniform() < 0.5 else face_strokes(rng)
    stretch = np.exp(rng.uniform(-0.2, 0.2)) ** np.array([1, -1])
    return figure(rng, displaced(rng, strokes, 1.2, (50, 50), stretch), 0.02)


def face_strokes(rng: Rng) -> Strokes:
    """Return a head with eyes and mouth, some with nose, ears, hair or a hat."""
    eye, level, smile = rng.uniform(2, 7), rng.uniform(34, 46), rng.uniform(-10, 14)
    strokes = [arc(50, 50, 40, rng.uniform(36, 48)), arc(34, level, eye, eye), arc(66, level, eye, eye)]
    strokes.append([(32, 70), (42, 70 + 0.8 * smile), (50, 70 + smile), (58, 70 + 0.8 * smile), (68, 70)])
    extras: tuple[Strokes, ...] = (
        [[(50, 48), (46, 60), (52, 60)]],
        [arc(8, 50, 8, 12), arc(92, 50, 8, 12)],
        [[(20 + 12 * k, 14), (24 + 12 * k, -4)] for k in range(6)],
        [[(18, 18), (26, -10), (42, 6)], [(58, 6), (74, -10), (82, 18)]],
        [[(4, 10), (96, 10)], [(24, 10), (24, -16), (76, -16), (76, 10)]],
        [[(28, 62), (-4, 58)], [(28, 66), (-4, 70)], [(72, 62), (104, 58)], [(72, 66), (104, 70)]],
    )
    return strokes + [stroke for extra in extras if rng.uniform() < 0.4 for stroke in extra]


def figure_strokes(rng: Rng) -> Strokes:
    """Return a stick figure in a random pose, or an animal with four legs."""
    if rng.uniform() < 0.5:
        arm, leg = rng.uniform(-25, 25, 2), rng.uniform(8, 28, 2)
        return [arc(50, 14, 13, 14), [(50, 28), (50, 64)], [(24, 42 + arm[0]), (50, 40), (76, 42 + arm[1])],
                [(50 - leg[0], 100), (50, 64), (50 + leg[1], 100)]]  # fmt: skip
    body = arc(48, 50, 30, 15)
    legs: Strokes = [[(x, 62), (x + float(rng.uniform(-4, 4)), 92)] for x in (26, 36, 60, 70)]
    return [body, arc(86, 34, 13, 11), [(74, 44), (78, 40)], [(18, 48), (2, float(rng.uniform(30, 66)))], *legs]


def scene(rng: Rng) -> Image.Image:
    """Two to four of OUTLINES in their quarters of the page, some on a ground line."""
    quarters = rng.permutation(4)[: rng.integers(2, 5)]
    strokes: Strokes = [[(-4, 100), (104, 100)]] if rng.uniform() < 0.4 else []
    for quarter in quarters:
        x, y = 52 * (quarter % 2), 52 * (quarter // 2)
        scale = rng.uniform(0.35, 0.46)
        thing = OUTLINES[rng.integers(len(OUTLINES))]
        strokes += [[(x + scale * px, y + scale * py) for px, py in stroke] for stroke in thing]
    return figure(rng, displaced(rng, strokes, 0.8, (50, 50)), 0.02)
