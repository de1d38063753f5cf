"""Write pictures that show no digit, or more than one, DIR/<kind>/<n>.png: the answer should be "unsure"."""

from collections.abc import Callable, Mapping
from math import cos, pi, sin
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from .glyphs import GRID, LENGTH, Array, Glyph, catmull_rom, from_lines, from_skeleton, mnist_glyph, spline_glyph
from .masks import draw_glyph
from .raster import Rng, as_image, blend, camera, smooth_noise, uneven_light
from .stationery import BLACK, WHITE
from .view import filled, moved, random_view

Point = tuple[float, float]

# Letters that no digit resembles, as strokes in a box 60 wide and 100 high.
LETTERS: tuple[list[list[Point]], ...] = (
    [[(0, 100), (30, 0), (60, 100)], [(14, 60), (46, 60)]],  # A
    [[(0, 0), (0, 100)], [(0, 50), (60, 0)], [(0, 50), (60, 100)]],  # K
    [[(0, 100), (0, 0), (30, 60), (60, 0), (60, 100)]],  # M
    [[(0, 100), (0, 0), (60, 100), (60, 0)]],  # N
    [[(0, 0), (15, 100), (30, 30), (45, 100), (60, 0)]],  # W
    [[(0, 0), (60, 100)], [(60, 0), (0, 100)]],  # X
    [[(0, 0), (0, 100)], [(60, 0), (60, 100)], [(0, 50), (60, 50)]],  # H
    [[(0, 0), (0, 100)], [(0, 0), (60, 0)], [(0, 45), (45, 45)], [(0, 100), (60, 100)]],  # E
    [[(30, 0), (30, 100)], [(0, 50), (60, 50)], [(5, 15), (55, 85)], [(55, 15), (5, 85)]],  # an asterisk
    [[(15, 0), (15, 100)], [(45, 0), (45, 100)], [(0, 30), (60, 30)], [(0, 70), (60, 70)]],  # a hash
)


def arc(x: float, y: float, width: float, height: float, start: float = 0, end: float = 360) -> list[Point]:
    """Return an arc of an ellipse around (x, y) as a stroke, in degrees clockwise from the right."""
    angles = np.deg2rad(np.linspace(start, end, 3 + round(abs(end - start) / 15)))
    return [(float(x + width * np.cos(a)), float(y + height * np.sin(a))) for a in angles]


# Line drawings in a box 100 by 100.
OUTLINES: tuple[list[list[Point]], ...] = (
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


def grey_picture(rng: Rng, ink: Array) -> Image.Image:
    """Return the mask (h, w) as a picture, dark on light or light on dark."""
    back, stroke = (rng.uniform(0.8, 1), rng.uniform(0, 0.3))
    if rng.uniform() < 0.4:
        back, stroke = stroke, back
    return as_image((back + (stroke - back) * ink).astype(np.float32))


def side(rng: Rng) -> int:
    """Return 28 pixels, or 60 to 400."""
    return 28 if rng.uniform() < 0.25 else int(rng.integers(60, 400))


def blank(rng: Rng) -> Image.Image:
    """An empty page: exactly even, or noisy and lit from one side."""
    n = side(rng)
    page = np.full((n, n, 3), rng.uniform(0, 1), dtype=np.float32)
    if rng.uniform() < 0.5:
        page = uneven_light(rng, page, 0.1) + rng.normal(0, 0.01, (n, n, 1)).astype(np.float32)
    return as_image(page).convert("L")


def noise(rng: Rng) -> Image.Image:
    """Independent pixels: uniform, Gaussian, or black and white."""
    n = side(rng)
    ways = (rng.uniform(0, 1, (n, n)), rng.normal(0.5, 0.15, (n, n)), (rng.uniform(size=(n, n)) < 0.5) * 1.0)
    return as_image(ways[rng.integers(3)].astype(np.float32))


def texture(rng: Rng) -> Image.Image:
    """Stripes, checks, or clouds of one size."""
    n = side(rng)
    y, x = np.mgrid[:n, :n] / n * rng.uniform(20, 60)
    stripes, checks = np.sin(x + rng.uniform(-1, 1) * y), np.sin(x) * np.sin(y)
    patterns = (stripes, checks, smooth_noise(rng, (n, n), n / rng.uniform(6, 15)))
    return as_image((0.5 + 0.4 * np.tanh(2 * patterns[rng.integers(3)])).astype(np.float32))


def several_digits(rng: Rng) -> Image.Image:
    """Two or three digits beside each other."""
    n = int(rng.integers(120, 400))
    view = random_view(rng, n, round(1.6 * n), 0.4, roam=0, turn=3)
    width, count = rng.uniform(0.05, 0.1), int(rng.integers(2, 4))
    ink = np.zeros(view.shape, dtype=np.float32)
    for k in range(count):
        glyph = (mnist_glyph, spline_glyph)[rng.integers(2)](rng, int(rng.integers(10)))
        ink = np.maximum(ink, draw_glyph(moved(view, 1.05 * (k - (count - 1) / 2), 0), glyph, width))
    return grey_picture(rng, ink)


def letter(rng: Rng) -> Image.Image:
    """One of LETTERS."""
    n = side(rng)
    view = random_view(rng, n, n, rng.uniform(0.5, 0.85))
    glyph = displaced(rng, LETTERS[rng.integers(len(LETTERS))], 3, (30, 50))
    return grey_picture(rng, draw_glyph(view, glyph, rng.uniform(0.06, 0.14)))


def displaced(rng: Rng, strokes: list[list[Point]], sd: float, centre: Point, stretch: Array | float = 1) -> Glyph:
    """Return the glyph of strokes whose points are displaced by ``sd``; ``centre`` is in the centre of the grid."""
    curves = [(np.array(s) + rng.normal(0, sd, (len(s), 2)) - centre) * stretch for s in strokes]
    return from_lines((curve * (LENGTH / 100) + GRID / 2 for curve in curves), "drawing")


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


def gradient(rng: Rng) -> Image.Image:
    """A photograph out of focus: soft patches of light."""
    n = side(rng)
    page = 0.5 + 0.25 * smooth_noise(rng, (n, n), n / rng.uniform(1.5, 3.5))[..., None].repeat(3, axis=2)
    return camera(rng, uneven_light(rng, page, 0.4), n / 60, 0.01).convert("L")


def scribble(rng: Rng) -> Image.Image:
    """A tangle of lines."""
    n = side(rng)
    curve = catmull_rom(rng.uniform(0.1, 0.9, (int(rng.integers(14, 30)), 2)) * GRID)
    return grey_picture(rng, draw_glyph(random_view(rng, n, n, 0.65, roam=0), from_lines([curve], "scribble"), 0.05))


def silhouette(rng: Rng) -> Image.Image:
    """One of SILHOUETTES, rotated."""
    image = Image.new("L", (200, 200))
    for method, *arguments in SILHOUETTES[rng.integers(4)]:
        getattr(ImageDraw.Draw(image), method)(*arguments)
    n = side(rng)
    turned = image.rotate(rng.uniform(-25, 25), Image.Resampling.BICUBIC).resize((n, n), Image.Resampling.BICUBIC)
    page = blend(filled(random_view(rng, n, n, 1), WHITE), np.asarray(turned, dtype=np.float32) / 255, BLACK)
    return grey_picture(rng, 1 - page[..., 0])


def word(rng: Rng) -> Image.Image:
    """Two to four of LETTERS beside each other."""
    n, count = int(rng.integers(60, 300)), int(rng.integers(2, 5))
    view = random_view(rng, n, round(n * count * 0.55), 0.6, roam=0.3)
    ink, width = np.zeros(view.shape, dtype=np.float32), rng.uniform(0.06, 0.12)
    for k in range(count):
        glyph = displaced(rng, LETTERS[rng.integers(len(LETTERS))], 3, (30, 50))
        ink = np.maximum(ink, draw_glyph(moved(view, 0.85 * (k - (count - 1) / 2), 0), glyph, width))
    return grey_picture(rng, ink)


def outline(rng: Rng) -> Image.Image:
    """One of OUTLINES with displaced points, wider or higher."""
    stretch = np.exp(rng.uniform(-0.25, 0.25)) ** np.array([1, -1])
    return figure(rng, displaced(rng, OUTLINES[rng.integers(len(OUTLINES))], 1.5, (50, 50), stretch), 0.04)


def figure(rng: Rng, glyph: Glyph, thinnest: float) -> Image.Image:
    """Return the glyph drawn by a pen of ``thinnest`` to 0.1 digit lengths."""
    n = side(rng)
    view = random_view(rng, n, n, rng.uniform(0.5, 0.85), turn=15)
    return grey_picture(rng, draw_glyph(view, glyph, rng.uniform(thinnest, 0.1)))


def symbol(rng: Rng) -> Image.Image:
    """One of SYMBOLS."""
    image = Image.new("1", (GRID, GRID))
    for method, *arguments in SYMBOLS[rng.integers(4)]:
        getattr(ImageDraw.Draw(image), method)(*arguments)
    return figure(rng, from_skeleton(np.asarray(image), "symbol"), 0.05)


def photograph(rng: Rng) -> Image.Image:
    """A landscape: hills under a sky, and shaded balls."""
    height, width = int(rng.integers(150, 500)), int(rng.integers(150, 500))
    y, x = np.mgrid[:height, :width] / max(height, width)
    page = np.linspace(rng.uniform(0.6, 1, 3), rng.uniform(0.4, 0.9, 3), height)[:, None].repeat(width, axis=1)
    for k in range(int(rng.integers(1, 4))):
        line = rng.uniform(0.2, 0.7) + 0.15 * smooth_noise(rng, (2, width), width / 3)[0]
        hill = np.clip((y - line) * max(height, width), 0, 1)[..., None]
        grain = 1 + 0.2 * smooth_noise(rng, (height, width), 6 + 10 * k)[..., None]
        page = page * (1 - hill) + hill * rng.uniform(0.05, 0.6, 3) * grain
    for _ in range(int(rng.integers(1, 5))):
        radius, dx, dy = rng.uniform(0.05, 0.25), x - rng.uniform(0, 1), y - rng.uniform(0, 1)
        ball = np.clip((radius - np.hypot(dx, dy)) * max(height, width), 0, 1)[..., None]
        shade = (0.7 - 0.4 * (dx + dy) / radius)[..., None]
        page = page * (1 - ball) + ball * rng.uniform(0.2, 1, 3) * shade
    return camera(rng, page.astype(np.float32), rng.uniform(0.3, 1.5), 0.02)


KINDS: Mapping[str, Callable[[Rng], Image.Image]] = MappingProxyType({
    function.__name__.replace("_", "-"): function
    for function in (blank, noise, texture, several_digits, letter, shape, gradient, scribble, silhouette, word, symbol,
                     photograph, outline)
})  # fmt: skip


def make(directory: Path, count: int, seed: int) -> None:
    for number, (kind, draw) in enumerate(KINDS.items()):
        (directory / kind).mkdir(parents=True, exist_ok=True)
        for n in range(count):
            draw(np.random.default_rng([seed, number, n])).save(directory / kind / f"{n}.png")
