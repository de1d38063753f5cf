"""Letters that no digit resembles, alone and as words; not B, C, D, G, I, J, L, O, P, Q, S, U, Z and the like."""

import numpy as np
from PIL import Image

from ..masks import draw_glyph
from ..raster import Rng
from ..view import moved, random_view
from .common import Strokes, arc, displaced, grey_picture, side

# In a box 60 wide and 100 high.
CAPITALS: tuple[Strokes, ...] = (
    [[(0, 100), (30, 0), (60, 100)], [(14, 60), (46, 60)]],  # A
    [[(0, 0), (0, 100)], [(0, 50), (60, 0)], [(0, 50), (60, 100)]],  # K
    [[(0, 100), (0, 0), (30, 60), (60, 0), (60, 100)]],  # M
    [[(0, 100), (0, 0), (60, 100), (60, 0)]],  # N
    [[(0, 0), (15, 100), (30, 30), (45, 100), (60, 0)]],  # W
    [[(0, 0), (60, 100)], [(60, 0), (0, 100)]],  # X
    [[(0, 0), (0, 100)], [(60, 0), (60, 100)], [(0, 50), (60, 50)]],  # H
    [[(0, 0), (0, 100)], [(0, 0), (60, 0)], [(0, 45), (45, 45)], [(0, 100), (60, 100)]],  # E
    [[(0, 0), (0, 100)], [(0, 0), (60, 0)], [(0, 48), (45, 48)]],  # F
    [[(0, 100), (0, 0), *arc(25, 24, 30, 24, -90, 90), (0, 48)], [(20, 48), (60, 100)]],  # R
    [[(30, 0), (30, 100)], [(0, 50), (60, 50)], [(5, 15), (55, 85)], [(55, 15), (5, 85)]],  # an asterisk
    [[(15, 0), (15, 100)], [(45, 0), (45, 100)], [(0, 30), (60, 30)], [(0, 70), (60, 70)]],  # a hash
    [[(-5, 0), (65, 0)], [(30, 0), (30, 100)]],  # T
    [[(0, 0), (30, 48), (60, 0)], [(30, 48), (30, 100)]],  # Y
    [[(0, 0), (30, 100), (60, 0)]],  # V
)
SMALL: tuple[Strokes, ...] = (
    [arc(28, 68, 28, 32, -50, 310), [(54, 36), (54, 88), (64, 100)]],  # a, one storey
    [[*arc(30, 48, 24, 20, 200, 360), (54, 96)], arc(28, 76, 26, 22)],  # a, two storeys
    [arc(26, 72, 26, 28), [(52, 0), (52, 90), (62, 100)]],  # d
    [[(4, 68), (56, 64), *arc(30, 68, 28, 32, -10, -320)]],  # e
    [[*arc(44, 18, 16, 18, -20, -180), (28, 100)], [(6, 42), (52, 42)]],  # f
    [[(4, 0), (4, 100)], [(4, 66), *arc(30, 66, 26, 26, 180, 360), (56, 100)]],  # h
    [[(4, 0), (4, 100)], [(50, 40), (4, 72), (54, 100)]],  # k
    [[(0, 40), (0, 100)], [(0, 60), *arc(18, 60, 16, 20, 180, 360), (34, 100)],
     [(34, 60), *arc(52, 60, 16, 20, 180, 360), (68, 100)]],  # m
    [[(4, 40), (4, 100)], [(4, 64), *arc(30, 64, 26, 24, 180, 360), (56, 100)]],  # n
    [[(8, 40), (8, 100)], [(8, 66), *arc(34, 64, 26, 24, 180, 310)]],  # r
    [[(28, 5), (28, 80), *arc(44, 80, 16, 20, 180, 40)], [(4, 34), (54, 34)]],  # t
    [[(4, 40), (4, 76), *arc(28, 76, 24, 24, 180, 0), (52, 40)], [(52, 40), (52, 100)]],  # u
    [[(0, 40), (28, 100), (56, 40)]],  # v
    [[(0, 40), (16, 100), (32, 50), (48, 100), (64, 40)]],  # w
    [[(0, 40), (56, 100)], [(56, 40), (0, 100)]],  # x
    [[(0, 0), (28, 58)], [(58, 0), (26, 66), (10, 96), (-6, 98)]],  # y, of straight strokes
    [[(0, 0), (2, 36), *arc(26, 34, 24, 24, 170, 10), (50, 0)], [(50, 0), (50, 80), *arc(28, 80, 22, 20, 0, 150),
      (10, 70), (64, 52)]],  # y, with a loop below
)  # fmt: skip
GREEK: tuple[Strokes, ...] = (
    [[(64, 30), (48, 62), (34, 88), *arc(22, 66, 22, 30, 60, 330), (48, 72), (66, 96)]],  # alpha
    [[(6, 120), (6, 20), *arc(26, 20, 20, 20, 180, 400), (18, 46)], [(18, 46), *arc(28, 70, 26, 24, -80, 150)]],  # beta
    [[(0, 20), (16, 20), (32, 70), (34, 100), (22, 100), (32, 70), (60, 10)]],  # gamma
    [[(0, 10), (14, 12), (46, 92), (60, 90)], [(30, 52), (2, 100)]],  # lambda
    [[(4, 30), (4, 120)], [(4, 70), *arc(26, 76, 22, 20, 170, 10), (48, 30)], [(48, 74), (60, 90)]],  # mu
    [[(0, 40), (64, 36)], [(18, 40), (12, 100)], [(46, 38), (44, 84), (56, 98)]],  # pi
    [arc(30, 60, 30, 26), [(42, 10), (18, 112)]],  # phi
    [[*arc(30, 42, 30, 40, 120, 420), (60, 92)], [(0, 92), (14, 78)]],  # Omega
    [[(60, 12), (60, 0), (0, 0), (32, 48), (0, 100), (60, 100), (60, 86)]],  # Sigma
    [[(14, 60), *arc(16, 72, 16, 26, 200, 0), (32, 60)], [(32, 60), *arc(48, 72, 16, 26, 180, -20), (50, 46)]],  # omega
)


def capital_letter(rng: Rng) -> Image.Image:
    """One of CAPITALS."""
    return letter(rng, CAPITALS)


def small_letter(rng: Rng) -> Image.Image:
    """One of SMALL."""
    return letter(rng, SMALL)


def greek_letter(rng: Rng) -> Image.Image:
    """One of GREEK."""
    return letter(rng, GREEK)


def letter(rng: Rng, alphabet: tuple[Strokes, ...]) -> Image.Image:
    """A letter, upright or slanted, wide or narrow."""
    n = side(rng)
    view = random_view(rng, n, n, rng.uniform(0.5, 0.85))
    stretch = np.exp(rng.uniform(-0.15, 0.15)) ** np.array([1, -1])
    glyph = displaced(rng, alphabet[rng.integers(len(alphabet))], 3, (30, 50), stretch, rng.normal(0, 0.15))
    return grey_picture(rng, draw_glyph(view, glyph, rng.uniform(0.06, 0.14)))


def word(rng: Rng) -> Image.Image:
    """Two to four letters beside each other."""
    n, count = int(rng.integers(60, 300)), int(rng.integers(2, 5))
    view = random_view(rng, n, round(n * count * 0.55), 0.6, roam=0.3)
    ink, width = np.zeros(view.shape, dtype=np.float32), rng.uniform(0.06, 0.12)
    alphabet = (CAPITALS, SMALL, GREEK)[rng.integers(3)]
    for k in range(count):
        glyph = displaced(rng, alphabet[rng.integers(len(alphabet))], 3, (30, 50))
        ink = np.maximum(ink, draw_glyph(moved(view, 0.85 * (k - (count - 1) / 2), 0), glyph, width))
    return grey_picture(rng, ink)
