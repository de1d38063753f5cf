"""Figures of straight lines and circles: ideograms, wheels and charts."""

import numpy as np
from PIL import Image

from ..raster import Rng
from .common import Strokes, arc, displaced, figure

# In a box 100 by 100.
IDEOGRAMS: tuple[Strokes, ...] = (
    [[(0, 35), (100, 35)], [(50, 0), (50, 35), (5, 100)], [(50, 35), (95, 100)]],  # large
    [[(0, 30), (100, 30)], [(50, 0), (50, 100)], [(50, 30), (5, 80)], [(50, 30), (95, 80)]],  # tree
    [[(10, 25), (90, 25), (90, 70), (10, 70), (10, 25)], [(50, 0), (50, 100)]],  # middle
    [[(5, 5), (95, 5), (95, 95), (5, 95), (5, 5)], [(50, 5), (50, 95)], [(5, 50), (95, 50)]],  # field
    [[(5, 5), (95, 5)], [(12, 50), (88, 50)], [(0, 95), (100, 95)], [(50, 5), (50, 95)]],  # king
    [[(50, 0), (50, 90)], [(8, 35), (8, 90), (92, 90), (92, 35)]],  # mountain
    [[(5, 40), (95, 40)], [(50, 5), (50, 92)], [(0, 92), (100, 92)]],  # earth
    [[(50, 0), (45, 40), (5, 100)], [(48, 45), (95, 100)], [(15, 25), (25, 45)], [(85, 25), (72, 45)]],  # fire
    [[(20, 0), (20, 100)], [(80, 0), (80, 100)], [(20, 50), (80, 50)], [(0, 100), (100, 100)]],  # work
    [[(10, 10), (90, 10)], [(30, 10), (30, 100)], [(70, 10), (70, 100)], [(0, 55), (100, 55)]],  # well
    [[(50, 0), (5, 45)], [(50, 0), (95, 45)], [(20, 55), (80, 55)], [(50, 30), (50, 100)], [(10, 100), (90, 100)]],
    [[(0, 20), (45, 20), (10, 90)], [(5, 55), (45, 60)], [(60, 0), (60, 100)], [(60, 50), (95, 40)]],
    [[(25, 0), (25, 70)], [(0, 70), (55, 70)], [(75, 0), (75, 100)], [(75, 45), (100, 45)]],
)  # fmt: skip


def ideogram(rng: Rng) -> Image.Image:
    """One of IDEOGRAMS."""
    return stretched(rng, IDEOGRAMS[rng.integers(len(IDEOGRAMS))], 2.5)


def wheel(rng: Rng) -> Image.Image:
    """A circle with three to eight spokes, some with a hub."""
    n = int(rng.integers(3, 9))
    angles = rng.uniform(0, 2 * np.pi) + np.arange(n) * 2 * np.pi / n
    strokes = [[(50, 50), (50 + 48 * float(np.cos(a)), 50 + 48 * float(np.sin(a)))] for a in angles]
    hub = float(rng.uniform(8, 30))
    circles = [arc(50, 50, 48, 48), arc(50, 50, hub, hub)][: rng.integers(1, 3)]
    return stretched(rng, [*circles, *strokes], 1.0)


def chart(rng: Rng) -> Image.Image:
    """Bars on a line, or crossed axes with an angular curve."""
    n = int(rng.integers(3, 6))
    heights = rng.uniform(10, 90, n)
    if rng.uniform() < 0.5:
        strokes: Strokes = [[(0, 100), (100, 100)]]
        strokes += [
            [(x, 100), (x, 100 - h), (x + 60 / n, 100 - h), (x + 60 / n, 100)]
            for x, h in zip(8 + np.arange(n) * 92 / n, heights.tolist(), strict=True)
        ]
    else:
        curve = list(zip(np.linspace(5, 95, n + 2).tolist(), rng.uniform(10, 90, n + 2).tolist(), strict=True))
        strokes = [[(0, 50), (100, 50)], [(50, 0), (50, 100)], curve]
    return stretched(rng, strokes, 1.0)


def stretched(rng: Rng, strokes: Strokes, sd: float) -> Image.Image:
    """Return a figure of the strokes, their points displaced by ``sd``, wider or higher."""
    stretch = np.exp(rng.uniform(-0.2, 0.2)) ** np.array([1, -1])
    return figure(rng, displaced(rng, strokes, sd, (50, 50), stretch), 0.03)
