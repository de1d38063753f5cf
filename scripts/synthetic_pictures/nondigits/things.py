"""Drawings of things: outlines, silhouettes, filled shapes, symbols, scribbles."""

from math import cos, pi, sin
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from ..glyphs import GRID, catmull_rom, from_lines, from_skeleton
from ..masks import draw_glyph
from ..raster import Rng, blend
from ..stationery import BLACK, WHITE
from ..view import filled, random_view
from .common import Strokes, arc, displaced, figure, grey_picture, side

# Line drawings in a box 100 by 100.
OUTLINES: tuple[Strokes, ...] = (
    [[(15, 30), (22, 95), (65, 95), (72, 30), (15, 30)], arc(72, 58, 18, 18, -80, 90)],  # a cup
    [[(15, 30), (22, 95), (65, 95), (72, 30), (15, 30)], arc(72, 58, 18, 18, -80, 90), [(35, 20), (40, 10), (35, 0)],
     [(52, 20), (57, 10), (52, 0)]],  # a hot one
    [arc(42, 50, 40, 24), [(80, 45), (100, 25), (100, 75), (80, 55)], arc(20, 45, 3, 3)],  # a fish
    [[(50, 95), (8, 45), *arc(28, 30, 22, 24, 150, 340), *arc(72, 30, 22, 24, 200, 390), (50, 95)]],  # a heart
    [[(0, 50), (100, 50)], [(70, 20), (100, 50), (70, 80)]],  # an arrow
    [arc(20, 50, 20, 20), [(40, 50), (100, 50), (100, 72)], [(82, 50), (82, 66)]],  # a key
    [[(0, 75), (0, 50), (22, 45), (36, 22), (72, 22), (84, 45), (100, 52), (100, 75), (0, 75)], arc(24, 78, 11, 11),
     arc(76, 78, 11, 11)],  # a car
    [arc(50, 30, 12, 12), *(arc(50 + 22 * np.cos(a), 30 + 22 * np.sin(a), 9, 9) for a in np.arange(6) * np.pi / 3),
     [(50, 52), (50, 100)], arc(64, 82, 14, 6)],  # a flower
    [arc(50, 50, 24, 24), *([(50 + 32 * np.cos(a), 50 + 32 * np.sin(a)), (50 + 48 * np.cos(a), 50 + 48 * np.sin(a))]
                            for a in np.arange(8) * np.pi / 4)],  # a sun
    [[(0, 20), (100, 20), (100, 85), (0, 85), (0, 20)], [(0, 20), (50, 58), (100, 20)]],  # an envelope
    [arc(50, 38, 32, 34, 115, 425), [(38, 70), (38, 92), (62, 92), (62, 70)], [(38, 81), (62, 81)]],  # a bulb
    [arc(50, 50, 48, 42, 180, 360), [(2, 50), (98, 50)], [(50, 50), (50, 88)],
     arc(60, 88, 10, 10, 180, 20)],  # an umbrella
    [[(50, 100), (50, 70)], [(18, 70), (82, 70), (50, 35), (18, 70)],
     [(26, 42), (74, 42), (50, 5), (26, 42)]],  # a tree
    [arc(22, 50, 20, 20), arc(78, 50, 20, 20), [(42, 46), (58, 46)]],  # glasses
    [arc(50, 60, 36, 34), [(18, 44), (16, 12), (40, 29)], [(60, 29), (84, 12), (82, 44)], [(40, 55), (40, 60)],
     [(60, 55), (60, 60)], [(50, 70), (44, 78)], [(50, 70), (56, 78)]],  # a cat
    [[(0, 65), (18, 90), (82, 90), (100, 65), (0, 65)], [(50, 65), (50, 5), (88, 55), (50, 55)]],  # a boat
    [[(40, 100), (40, 45), (28, 30), (28, 0)], [(60, 100), (60, 45), (72, 30), (72, 0)], [(28, 0), (72, 0)],
     [(40, 100), (60, 100)]],  # a bottle
)  # fmt: skip


# Calls of ImageDraw's methods: filled shapes in a square of 200 pixels, and line drawings on the glyphs' grid.
SILHOUETTES: tuple[list[tuple[Any, ...]], ...] = (
    [("polygon", [(50, 50), (140, 50), (128, 160), (62, 160)], 255),
     ("arc", (115, 65, 175, 125), -90, 90, 255, 12)],  # a cup
    [("polygon", [(30, 100), (100, 35), (170, 100)], 255), ("rectangle", (50, 100, 150, 170), 255),
     ("rectangle", (90, 125, 112, 170), 0)],  # a house
    [("ellipse", (50, 25, 150, 120), 255), ("rectangle", (92, 110, 108, 178), 255)],  # a tree
    [("ellipse", (30, 65, 140, 135), 255), ("polygon", [(130, 100), (178, 65), (178, 135)], 255),
     ("ellipse", (52, 85, 64, 97), 0)],  # a fish
)  # fmt: skip
SYMBOLS: tuple[list[tuple[Any, ...]], ...] = (
    [("ellipse", (32, 32, 144, 144), None, 1), ("arc", (62, 62, 114, 118), 20, 160, 1), ("line", (68, 66, 68, 74), 1),
     ("line", (108, 66, 108, 74), 1)],  # a face
    [("line", [(88 + 56 * sin(k * 0.8 * pi), 88 - 56 * cos(k * 0.8 * pi)) for k in range(6)], 1)],  # a star
    [("line", [(32, 88), (88, 32), (144, 88), (32, 88), (32, 144), (144, 144), (144, 88)], 1),
     ("rectangle", (80, 110, 104, 144), None, 1)],  # a house
    [("rectangle", (32, 32, 144, 144), None, 1), ("line", (32, 32, 144, 144), 1),
     ("line", (32, 144, 144, 32), 1)],  # a crossed box
)  # fmt: skip


def shape(rng: Rng) -> Image.Image:
    """A filled circle, polygon or star."""
    n = side(rng)
    angle = np.linspace(0, 2 * np.pi, 240, endpoint=False) + rng.uniform(0, 2 * np.pi)
    corners = int(rng.integers(3, 7))
    wave = angle * corners % (2 * np.pi) / np.pi - 1
    polygon, star = np.cos(np.pi / corners) / np.cos(wave * np.pi / corners), 0.7 + 0.3 * np.cos(corners * angle)
    reach = (np.ones(len(angle)), polygon, star)[rng.integers(3)] * n * rng.uniform(0.25, 0.42)
    image = Image.new("L", (n, n))
    points = zip(n / 2 + reach * np.cos(angle), n / 2 + reach * np.sin(angle), strict=True)
    ImageDraw.Draw(image).polygon([(float(x), float(y)) for x, y in points], fill=255)
    return grey_picture(rng, np.asarray(image) / 255)


def scribble(rng: Rng) -> Image.Image:
    """A tangle of lines."""
    n = side(rng)
    curve = catmull_rom(rng.uniform(0.1, 0.9, (int(rng.integers(14, 30)), 2)) * GRID)
    return grey_picture(rng, draw_glyph(random_view(rng, n, n, 0.65, roam=0), from_lines([curve], "scribble"), 0.05))


def doodle(rng: Rng) -> Image.Image:
    """Five to eight strokes: straight lines, arcs, waves, triangles; each starts on the one before, or anywhere."""
    strokes: Strokes = []
    for _ in range(int(rng.integers(5, 9))):
        size, angle = rng.uniform(15, 45), rng.uniform(0, 2 * np.pi)
        line = np.linspace(-1, 1, 9)
        bend = (0 * line, 0.5 * np.cos(line * pi / 2), 0.4 * np.sin(line * pi), 0.7 * np.abs(line))[rng.integers(4)]
        x, y = size * line, size * bend
        if rng.uniform() < 0.2:
            x, y = size * np.cos(line * pi), size * rng.uniform(0.4, 1) * np.sin(line * pi)
        x, y = x * cos(angle) - y * sin(angle), x * sin(angle) + y * cos(angle)
        at = strokes[-1][rng.integers(len(strokes[-1]))] if strokes and rng.uniform() < 0.6 else rng.uniform(15, 85, 2)
        start = int(rng.integers(len(x)))
        strokes.append([(float(a - x[start] + at[0]), float(b - y[start] + at[1])) for a, b in zip(x, y, strict=True)])
    every = np.concatenate([np.array(stroke) for stroke in strokes])
    middle, scale = (every.min(axis=0) + every.max(axis=0)) / 2, 100 / np.ptp(every, axis=0).max()
    return figure(rng, displaced(rng, strokes, 0, (float(middle[0]), float(middle[1])), scale), 0.03)


def silhouette(rng: Rng) -> Image.Image:
    """One of SILHOUETTES, rotated."""
    image = Image.new("L", (200, 200))
    for method, *arguments in SILHOUETTES[rng.integers(4)]:
        getattr(ImageDraw.Draw(image), method)(*arguments)
    n = side(rng)
    turned = image.rotate(rng.uniform(-25, 25), Image.Resampling.BICUBIC).resize((n, n), Image.Resampling.BICUBIC)
    page = blend(filled(random_view(rng, n, n, 1), WHITE), np.asarray(turned, dtype=np.float32) / 255, BLACK)
    return grey_picture(rng, 1 - page[..., 0])


def outline(rng: Rng) -> Image.Image:
    """One of OUTLINES with displaced points, wider or higher."""
    stretch = np.exp(rng.uniform(-0.25, 0.25)) ** np.array([1, -1])
    return figure(rng, displaced(rng, OUTLINES[rng.integers(len(OUTLINES))], 1.5, (50, 50), stretch), 0.04)


def symbol(rng: Rng) -> Image.Image:
    """One of SYMBOLS."""
    image = Image.new("1", (GRID, GRID))
    for method, *arguments in SYMBOLS[rng.integers(4)]:
        getattr(ImageDraw.Draw(image), method)(*arguments)
    return figure(rng, from_skeleton(np.asarray(image), "symbol"), 0.05)
