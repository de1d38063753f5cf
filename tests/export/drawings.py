"""Digits and other things as people draw them with a pointer: strokes of points, x and y from 0 to 1 on the paper.

Among them a five whose hat does not touch it, and a one with a stray dot beside it.
"""

from math import cos, pi, sin

import numpy as np
from PIL import Image, ImageDraw

Point = tuple[float, float]
Stroke = list[Point]


def arc(x: float, y: float, width: float, height: float, start: float, end: float, n: int = 6) -> Stroke:
    """Part of an ellipse around (x, y); angles in turns, 0 is right, 0.25 is down."""
    turns = [2 * pi * (start + (end - start) * i / n) for i in range(n + 1)]
    return [(x + width / 2 * cos(t), y + height / 2 * sin(t)) for t in turns]


DRAWINGS: dict[int, tuple[list[Stroke], list[Stroke]]] = {
    0: ([arc(0.5, 0.5, 0.4, 0.62, -0.25, 0.77, 9)], [arc(0.42, 0.55, 0.3, 0.36, -0.2, 0.8, 8)]),
    1: ([[(0.52, 0.15), (0.5, 0.5), (0.49, 0.85)]], [[(0.3, 0.3), (0.45, 0.18), (0.42, 0.82)], [(0.9, 0.88)]]),
    2: (
        [[*arc(0.5, 0.34, 0.36, 0.34, -0.45, 0.1), (0.3, 0.8), (0.72, 0.8)]],
        [[*arc(0.4, 0.4, 0.3, 0.26, -0.4, 0.12), (0.24, 0.7), (0.42, 0.67), (0.58, 0.72)]],
    ),
    3: (
        [[*arc(0.47, 0.34, 0.36, 0.32, -0.42, 0.25), *arc(0.47, 0.66, 0.4, 0.34, -0.25, 0.42)]],
        [[(0.3, 0.2), (0.65, 0.2), (0.45, 0.42), *arc(0.46, 0.6, 0.36, 0.36, -0.25, 0.4)]],
    ),
    4: (
        [[(0.38, 0.18), (0.28, 0.55), (0.72, 0.54)], [(0.62, 0.2), (0.58, 0.85)]],
        [[(0.6, 0.82), (0.6, 0.18), (0.25, 0.6), (0.78, 0.6)]],
    ),
    5: (
        [[(0.36, 0.22), (0.34, 0.46), *arc(0.47, 0.63, 0.36, 0.36, -0.35, 0.38)], [(0.5, 0.16), (0.76, 0.14)]],
        [[(0.66, 0.2), (0.36, 0.22), (0.34, 0.44), *arc(0.46, 0.58, 0.34, 0.3, -0.3, 0.4)]],
    ),
    6: (
        [[(0.62, 0.15), (0.42, 0.38), *arc(0.49, 0.65, 0.32, 0.34, 0.45, -0.55, 8)]],
        [[(0.5, 0.2), (0.33, 0.5), *arc(0.46, 0.64, 0.28, 0.26, 0.48, -0.5, 8)]],
    ),
    7: (
        [[(0.27, 0.2), (0.72, 0.2), (0.58, 0.5), (0.46, 0.84)]],
        [[(0.32, 0.24), (0.68, 0.22), (0.5, 0.76)], [(0.42, 0.5), (0.66, 0.48)]],
    ),
    8: (
        [[*arc(0.5, 0.33, 0.3, 0.3, 0.2, -0.75, 8), *arc(0.5, 0.67, 0.36, 0.36, -0.25, 0.8, 8)]],
        [arc(0.5, 0.34, 0.28, 0.28, 0, 1, 8), arc(0.5, 0.64, 0.32, 0.32, 0, 1, 8)],
    ),
    9: (
        [[*arc(0.48, 0.35, 0.32, 0.32, -0.05, -1.0, 8), (0.64, 0.35), (0.62, 0.6), (0.56, 0.85)]],
        [[*arc(0.45, 0.4, 0.28, 0.28, 0, -1, 8), (0.58, 0.75)]],
    ),
}

NO_DIGITS: dict[str, list[Stroke]] = {
    "scribble": [[(0.2 + 0.6 * (0.5 + 0.5 * sin(2.4 * i)), 0.5 + 0.35 * cos(1.7 * i)) for i in range(24)]],
    "square": [[(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8), (0.2, 0.2)]],
    "star": [[(0.5 + 0.4 * sin(0.8 * pi * i), 0.5 - 0.4 * cos(0.8 * pi * i)) for i in range(6)]],
    "face": [arc(0.5, 0.5, 0.7, 0.7, 0, 1, 12), [(0.38, 0.4)], [(0.62, 0.4)], arc(0.5, 0.5, 0.36, 0.4, 0.08, 0.42)],
    "house": [[(0.2, 0.8), (0.2, 0.4), (0.5, 0.1), (0.8, 0.4), (0.8, 0.8), (0.2, 0.8)], [(0.2, 0.4), (0.8, 0.4)]],
    "cup": [[(0.25, 0.25), (0.3, 0.8), (0.6, 0.8), (0.65, 0.25), (0.25, 0.25)], arc(0.66, 0.45, 0.3, 0.3, -0.3, 0.25)],
    "A": [[(0.2, 0.85), (0.5, 0.15), (0.8, 0.85)], [(0.32, 0.58), (0.68, 0.58)]],
    "M": [[(0.15, 0.85), (0.25, 0.2), (0.5, 0.7), (0.75, 0.2), (0.85, 0.85)]],
    "#": [
        *([(x, 0.15), (x - 0.05, 0.85)] for x in (0.35, 0.65)),
        *([(0.1, y), (0.9, y - 0.1)] for y in (0.4, 0.7)),
    ],
    "47": [
        [(0.05 + 0.5 * i + 0.42 * x, 0.3 + 0.42 * y) for x, y in stroke]
        for i, digit in enumerate((4, 7))
        for stroke in DRAWINGS[digit][0]
    ],
}


def distorted(strokes: list[Stroke], generator: np.random.Generator) -> list[Stroke]:
    """Turn, scale and shear strokes a little about the middle of the paper."""
    angle, shear = generator.uniform(-0.2, 0.2, 2)
    a, b = generator.uniform(0.6, 1, 2)
    matrix = np.array([[a * cos(angle), -b * sin(angle) + shear], [a * sin(angle), b * cos(angle)]])
    return [[(float(x), float(y)) for x, y in (np.array(stroke) - 0.5) @ matrix.T + 0.5] for stroke in strokes]


def drawn(strokes: list[Stroke], side: int = 168, pen: float = 1 / 16) -> Image.Image:
    """Draw strokes as the page does, black on white; pen: its width as a fraction of the paper."""
    fine = 2 * side  # halved at the end, so that edges are soft
    image = Image.new("L", (fine, fine), 255)
    draw, radius = ImageDraw.Draw(image), pen * fine / 2
    for stroke in strokes:
        points = [(x * fine, y * fine) for x, y in stroke]
        draw.line(points, fill=0, width=round(2 * radius))
        for x, y in points:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    return image.resize((side, side), Image.Resampling.BOX)


def two_hundred() -> list[Image.Image]:
    """Return 100 drawings of digits, then 100 of other things, each distorted in its own way."""
    generator = np.random.default_rng(0)
    digits = [DRAWINGS[digit][i % 2] for digit in DRAWINGS for i in range(10)]
    others = [strokes for strokes in NO_DIGITS.values() for _ in range(10)]
    return [drawn(distorted(strokes, generator)) for strokes in (*digits, *others)]
