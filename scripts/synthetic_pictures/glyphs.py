"""Glyphs: the strokes of digits from three sources (MNIST's test digits, splines, fonts), without a pen.

A glyph is two distance fields on a GRID x GRID square. Distances are in digit lengths: the longest side of the digit is
1, and its centre is the centre of the square. One field is the distance to the skeleton, which a pen of any width can
follow; the other is the signed distance to the outline that the source has.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from mnist_mlp.data.dataset import Pixels
from mnist_mlp.data.source import load_dataset
from mnist_mlp.pictures.distance_transform import distance_transform

Array = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]
Points = npt.NDArray[np.float64]

mnist = cache(load_dataset)
GRID, LENGTH = 176, 112  # pixels: side of the field, and longest side of the digit in it
REACH = 30  # distances are exact up to so many pixels of the grid: more than half of the widest pen
SMOOTHED = np.float32(0.75)  # value of smooth(|x|) at 0
MIN_IOU = 0.77  # intersection over union of a digit of MNIST and its skeleton drawn by a pen of one width

# Stems of font files with handwritten digits, or digits that look so. Debian's packages:
# fonts-breip fonts-bwht fonts-comfortaa fonts-comic-neue fonts-dancingscript fonts-dkg-handwriting fonts-humor-sans
# fonts-kiloji fonts-klee fonts-kristi fonts-rufscript fonts-seto fonts-sjfonts fonts-tomsontalks fonts-yusei-magic
FONTS = (
    "Breip", "BecauseWeBuild-Regular", "BecauseWeLearn-Regular", "BecauseWeOrganize-Regular", "BecauseWeMentor-Regular",
    "BecauseWeConnect-Regular", "BecauseWeCreate-Regular", "Comfortaa-Regular", "ComicNeue-Regular",
    "ComicNeue-LightItalic", "DancingScript-Regular", "dkg", "dkgIt", "Humor-Sans", "kiloji", "kiloji_p",
    "KleeOne-Regular", "Kristi", "Rufscript010", "setofont", "Delphine", "SteveHand", "TomsonTalks",
    "YuseiMagic-Regular",
)  # fmt: skip

# Strokes as control points (x, y) of splines, y down, in a box about 60 wide and 100 high; some shapes of each digit.
SHAPES: dict[int, tuple[list[list[tuple[float, float]]], ...]] = {
    0: ([[(32, 2), (8, 22), (2, 55), (14, 90), (34, 97), (54, 78), (58, 42), (46, 10), (30, 2)]],
        [[(40, 6), (12, 16), (3, 52), (12, 88), (36, 98), (56, 70), (56, 28), (38, 5), (24, 8)]]),
    1: ([[(30, 0), (30, 35), (29, 70), (29, 100)]],
        [[(8, 28), (22, 14), (34, 0)], [(34, 0), (33, 40), (32, 70), (32, 100)]],
        [[(10, 24), (32, 2)], [(32, 2), (32, 98)], [(14, 98), (50, 98)]],
        [[(42, 0), (34, 35), (26, 68), (20, 100)]]),
    2: ([[(6, 24), (16, 5), (36, 2), (52, 18), (46, 42), (26, 70), (4, 97)], [(4, 97), (30, 96), (60, 96)]],
        [[(6, 22), (18, 4), (42, 4), (52, 24), (38, 54), (14, 84), (6, 94), (12, 84), (26, 86), (44, 97), (62, 88)]],
        [[(4, 20), (22, 2), (46, 8), (48, 32), (28, 62), (4, 96)], [(4, 96), (58, 98)]]),
    3: ([[(8, 12), (26, 1), (48, 10), (46, 32), (24, 46)], [(24, 46), (50, 54), (54, 78), (34, 98), (4, 88)]],
        [[(6, 3), (28, 3), (52, 3)], [(52, 3), (38, 22), (26, 38)], [(26, 38), (52, 50), (54, 78), (30, 98), (2, 88)]]),
    4: ([[(16, 2), (10, 30), (4, 54)], [(4, 54), (32, 54), (60, 52)], [(46, 14), (44, 56), (42, 100)]],
        [[(44, 0), (22, 32), (2, 66)], [(2, 66), (34, 66), (62, 66)], [(44, 0), (44, 50), (44, 100)]],
        [[(10, 4), (8, 34), (16, 46), (36, 44), (50, 38)], [(52, 2), (50, 50), (48, 100)]]),
    5: ([[(12, 4), (10, 24), (8, 44)], [(8, 44), (30, 36), (54, 52), (52, 82), (28, 98), (2, 88)], [(12, 4), (54, 2)]],
        [[(54, 4), (30, 4), (16, 6)], [(16, 6), (10, 44)],
         [(10, 44), (36, 36), (56, 58), (46, 90), (20, 98), (2, 84)]]),
    6: ([[(46, 2), (22, 20), (6, 56), (10, 88), (32, 98), (54, 82), (50, 58), (28, 50), (10, 66)]],
        [[(38, 0), (16, 30), (6, 66), (18, 94), (40, 96), (52, 76), (42, 56), (22, 58), (8, 74)]]),
    7: ([[(4, 4), (30, 4), (58, 4)], [(58, 4), (40, 40), (28, 70), (20, 100)]],
        [[(4, 6), (30, 4), (56, 2)], [(56, 2), (40, 44), (24, 100)], [(16, 52), (36, 50), (54, 48)]],
        [[(4, 20), (6, 4)], [(6, 4), (56, 6)], [(56, 6), (38, 40), (30, 72), (28, 100)]]),
    8: ([[(50, 14), (32, 2), (12, 12), (14, 34), (34, 50), (54, 72), (46, 94), (24, 98), (6, 84), (16, 60), (36, 46),
          (52, 26), (48, 12), (38, 4)]],
        [[(30, 2), (12, 12), (14, 36), (32, 46), (48, 34), (50, 12), (30, 2)],
         [(31, 46), (8, 62), (6, 86), (30, 99), (54, 86), (54, 62), (31, 46)]]),
    9: ([[(50, 18), (32, 2), (10, 14), (8, 38), (28, 48), (48, 32), (52, 14)], [(52, 14), (50, 56), (46, 100)]],
        [[(52, 16), (32, 2), (10, 16), (10, 40), (32, 48), (50, 28), (52, 14)],
         [(52, 14), (54, 54), (46, 88), (26, 98), (6, 90)]]),
}  # fmt: skip


class Glyph(NamedTuple):
    """Distance to the skeleton and signed distance to the outline (inside negative), both (GRID, GRID).

    ``source`` is "mnist", "spline" or "font" for digits.
    """

    skeleton: Array
    outline: Array
    source: str


def random_glyph(rng: np.random.Generator, digit: int, fonts: Sequence[Path]) -> Glyph:
    """Return a glyph of the digit: half are from MNIST, a quarter splines, a quarter fonts (splines without fonts)."""
    source = rng.choice(["mnist", "spline", "font"], p=[0.5, 0.25, 0.25])
    if source == "mnist":
        return mnist_glyph(rng, digit)
    return font_glyph(rng, digit, fonts) if source == "font" and fonts else spline_glyph(rng, digit)


def any_glyph(rng: np.random.Generator, fonts: Sequence[Path]) -> Glyph:
    return random_glyph(rng, int(rng.integers(10)), fonts)


def mnist_glyph(rng: np.random.Generator, digit: int) -> Glyph:
    """Return one of MNIST's test digits, smoothly enlarged.

    A fifth of them is skipped: those with broken strokes, or with loops filled by ink, whose skeleton even people would
    read as another digit.
    """
    while True:
        test = mnist().test
        glyph = enlarged(test.X[rng.choice(np.flatnonzero(test.y == digit))].reshape(test.shape))
        if is_clear(glyph):
            return glyph


def is_clear(glyph: Glyph) -> bool:
    """Whether a pen of one width that follows the skeleton draws nearly the outline."""
    inside = glyph.outline < 0
    redrawn = glyph.skeleton < -2 * glyph.outline[inside].mean()  # the mean depth is a quarter of the stroke width
    return bool((inside & redrawn).sum() >= MIN_IOU * (inside | redrawn).sum())


def enlarged(pixels: Pixels) -> Glyph:
    """Return the glyph of a digit in MNIST's format (28, 28), smoothly enlarged."""
    box = Image.fromarray(pixels).getbbox()
    assert box is not None
    cut = Image.fromarray(np.pad(pixels, 2)).crop((box[0], box[1], box[2] + 4, box[3] + 4))
    scale = LENGTH / (max(cut.size) - 4)
    size = round(cut.width * scale), round(cut.height * scale)
    large = cut.resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(1.5))
    return from_mask(centred(np.asarray(large) > 115), "mnist")


def spline_glyph(rng: np.random.Generator, digit: int) -> Glyph:
    """Return one of SHAPES with displaced control points, slanted, wide or narrow."""
    strokes = [np.array(stroke, dtype=np.float64) for stroke in SHAPES[digit][rng.integers(len(SHAPES[digit]))]]
    shake = rng.uniform(0.5, 2.2)
    slant, width = rng.normal(0, 0.12), rng.uniform(0.75, 1.2)
    nodes: dict[tuple[float, float], Points] = {}  # a point that two strokes share stays shared
    curves = []
    for stroke in strokes:
        moved = [nodes.setdefault((p[0], p[1]), p + rng.normal(0, shake, 2)) for p in stroke]
        x, y = catmull_rom(np.array(moved)).T
        curves.append(np.stack([(x + slant * (50 - y)) * width, y], axis=1))
    every = np.concatenate(curves)
    scale = LENGTH / np.ptp(every, axis=0).max()
    centre = (every.min(axis=0) + every.max(axis=0)) / 2
    return from_lines([(curve - centre) * scale + GRID / 2 for curve in curves], "spline")


def font_glyph(rng: np.random.Generator, digit: int, fonts: Sequence[Path]) -> Glyph:
    font = ImageFont.truetype(str(fonts[int(rng.integers(len(fonts)))]), 2 * LENGTH)
    image = Image.new("L", (6 * LENGTH, 6 * LENGTH))
    ImageDraw.Draw(image).text((2 * LENGTH, 2 * LENGTH), str(digit), font=font, fill=255)
    cut = image.crop(image.getbbox())
    scale = LENGTH / max(cut.size)
    size = max(1, round(cut.width * scale)), max(1, round(cut.height * scale))
    return from_mask(centred(np.asarray(cut.resize(size, Image.Resampling.LANCZOS)) > 127), "font")


def find_fonts(directory: Path) -> list[Path]:
    """Return the files of FONTS anywhere below a directory."""
    files = {file.stem: file for file in sorted(directory.rglob("*.[to]tf"))}
    return [files[name] for name in FONTS if name in files]


def catmull_rom(points: Points) -> Points:
    """Return a smooth curve (n, 2) through the points (k, 2)."""
    if len(points) == 2:
        return points
    p = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    t = np.linspace(0, 1, 12, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True)
    ]
    return np.concatenate([*pieces, points[-1:]])


def centred(mask: Mask) -> Mask:
    """Return the mask in the centre of the grid (GRID, GRID)."""
    height, width = mask.shape
    grid = np.zeros((GRID, GRID), dtype=bool)
    top, left = (GRID - height) // 2, (GRID - width) // 2
    grid[top : top + height, left : left + width] = mask
    return grid


def from_mask(mask: Mask, source: str) -> Glyph:
    """Return the glyph of a drawn digit (GRID, GRID)."""
    outline = (distance_transform(mask, REACH) - distance_transform(~mask, REACH)) / LENGTH
    return Glyph(from_skeleton(thinned(mask), source).skeleton, smooth(outline), source)


def from_lines(curves: Iterable[Points], source: str) -> Glyph:
    """Return the glyph of lines through points (n, 2) in pixels of the grid."""
    image = Image.new("1", (GRID, GRID))
    for curve in curves:
        ImageDraw.Draw(image).line([(float(x), float(y)) for x, y in curve], fill=1)
    return from_skeleton(np.asarray(image), source)


def from_skeleton(skeleton: Mask, source: str) -> Glyph:
    """Return the glyph of a skeleton (GRID, GRID); its outline is that of a common pen."""
    blunt = smooth(distance_transform(skeleton, REACH))  # SMOOTHED on the line itself, where the distance is 0
    distance = np.sqrt(np.maximum(blunt**2 - SMOOTHED**2, 0)) / LENGTH
    return Glyph(distance, distance - np.float32(0.05), source)


def smooth(field: Array) -> Array:
    """Return the field after a binomial filter of 5 x 5 pixels, which removes the steps of the grid."""
    for _ in range(2):
        rows = np.pad(field, ((2, 2), (0, 0)), mode="edge")
        field = ((rows[:-4] + rows[4:] + 4 * (rows[1:-3] + rows[3:-1]) + 6 * rows[2:-2]) / 16).T
    return field


def thinned(mask: Mask) -> Mask:
    """Return the skeleton of a mask (Zhang & Suen 1984)."""
    thin = np.pad(mask, 1)
    changed = True
    while changed:
        changed = False
        for first in (True, False):
            n, s, w, e = thin[:-2, 1:-1], thin[2:, 1:-1], thin[1:-1, :-2], thin[1:-1, 2:]
            ring = np.stack([n, thin[:-2, 2:], e, thin[2:, 2:], s, thin[2:, :-2], w, thin[:-2, :-2]])
            count = ring.sum(axis=0)
            rises = (~ring & np.roll(ring, -1, axis=0)).sum(axis=0)
            keep = (n & e & s) | (e & s & w) if first else (n & e & w) | (n & s & w)
            gone = thin[1:-1, 1:-1] & (count >= 2) & (count <= 6) & (rises == 1) & ~keep
            changed |= bool(gone.any())
            thin[1:-1, 1:-1] &= ~gone
    return thin[1:-1, 1:-1]
