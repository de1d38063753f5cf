"""Kinds that nothing is trained or fitted on: they measure how the rejection treats what it does not know."""

import numpy as np
from PIL import Image

from ..glyphs import GRID, LENGTH, catmull_rom, from_lines
from ..raster import Rng
from .common import Strokes, arc, displaced, figure

# In a box 100 by 100.
CLOCK: Strokes = [arc(50, 50, 48, 48), [(50, 50), (50, 18)], [(50, 50), (72, 60)]]
NOTES: tuple[Strokes, ...] = (
    [arc(30, 84, 13, 10), [(43, 84), (43, 10), (70, 30), (66, 48)]],  # quaver
    [arc(16, 86, 12, 9), arc(72, 80, 12, 9), [(28, 86), (28, 16), (84, 8), (84, 80)], [(28, 32), (84, 24)]],  # two
)


def signature(rng: Rng) -> Image.Image:
    """A line of handwriting that cannot be read: loops and waves from left to right."""
    t = np.linspace(0, rng.uniform(3, 7) * 2 * np.pi, 150)
    swing = np.interp(t, np.linspace(0, t[-1], 12), rng.uniform(4, 26, 12))
    x, y = 100 * t / t[-1] + rng.uniform(3, 8) * np.cos(t), 50 + swing * np.sin(t + rng.uniform(0, 6))
    return figure(rng, displaced(rng, [list(zip(x.tolist(), y.tolist(), strict=True))], 0, (50, 50)), 0.015)


def character(rng: Rng) -> Image.Image:
    """A figure like a Chinese character: four to nine strokes, most of them horizontal or vertical."""
    strokes: Strokes = []
    for _ in range(int(rng.integers(4, 10))):
        x, y, length = rng.uniform(20, 80), rng.uniform(10, 90), rng.uniform(20, 45)
        angle = rng.choice([0, 0, np.pi / 2, np.pi / 2, np.pi / 4, 3 * np.pi / 4])
        dx, dy = length * np.cos(angle), length * np.sin(angle)
        strokes.append([(x - dx, y - dy), (x + dx, y + dy)])
    return figure(rng, displaced(rng, strokes, 3, (50, 50), 0.9), 0.03)


def graph(rng: Rng) -> Image.Image:
    """Two axes and a curve."""
    x = np.linspace(6, 96, 8)
    curve = catmull_rom(np.stack([x, 50 + rng.uniform(10, 35) * np.sin(x / rng.uniform(8, 30) + rng.uniform(0, 6))], 1))
    axes = [np.array([(4, -4), (4, 104)]), np.array([(-4, 96), (104, 96)])]
    return figure(rng, from_lines([(c - 50) * (LENGTH / 110) + GRID / 2 for c in (curve, *axes)], "graph"), 0.02)


def clock(rng: Rng) -> Image.Image:
    """A round clock with marks for the hours."""
    marks: Strokes = [
        [(50 + r * float(np.cos(a)), 50 + r * float(np.sin(a))) for r in (38, 48)] for a in np.arange(12) * np.pi / 6
    ]
    return figure(rng, displaced(rng, CLOCK + marks, 1, (50, 50)), 0.02)


def note(rng: Rng) -> Image.Image:
    """One of NOTES, or five lines of a stave with one."""
    stave: Strokes = [[(-6, y), (106, y)] for y in range(10, 91, 20)]
    strokes = NOTES[rng.integers(len(NOTES))] + stave * int(rng.integers(2))
    return figure(rng, displaced(rng, strokes, 1.5, (50, 50)), 0.03)
