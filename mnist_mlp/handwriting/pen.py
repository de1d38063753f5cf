"""The pen: strokes to the pixels of MNIST.

A pixel is inked by the nearest point of the strokes. With the pen's radius r_j at point j, which may vary along a
stroke, and the distance d_j from the centre of the pixel to it,

    ink = clip(r + 1/2 - sqrt(min_j d_j^2 - r_j^2 + r^2), 0, 1)        r: mean radius

which for a constant radius is the usual anti-aliased edge, one pixel wide. min_j d_j^2 - r_j^2 is a matrix product.
"""

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.handwriting.hand import Hand, Stroke, join
from mnist_mlp.nn.types import FloatArray

SIDE, LONGEST = 28, 20  # pixels: side of MNIST's pictures, longest side of the digit in them
FAR = 1e6  # square of a distance beyond the picture
SOFT = 1  # pixels around the digit that its soft edge reaches
CHUNK = 64  # digits drawn together: their distances fit into the cache of a processor

# All measures below are uniform between two bounds, or of a mean and a standard deviation. They were chosen by eye on
# contact sheets, so that each digit remains legible.
SLANT, WIDEST_SLANT = (5, 9), (-15, 35)  # degrees to the right: half of the hands, the others
OTHER_HANDS = 0.5  # share of the others
TURN = 4  # degrees: standard deviation
ASPECT = 0.2  # standard deviation of the logarithm of the width
STRETCHED, STRETCH = 0.12, (1.1, 1.6)  # share of the wide digits, and how much wider
TREMOR = 0.012  # largest standard deviation of a trembling stroke, in heights
TREMBLE = 5  # points from one deviation to the next
PEN = (1.7, 3.6)  # pixels: width of the stroke; MNIST's is 1.5 to 3.7
BOLD, BOLDEST = 0.08, 5.0  # share of the pens of bold print, and their largest width, in pixels
FAT, FATTEST = 0.18, 13  # share of ones that a very broad pen writes, and its largest width, in pixels
NIB, CONTRAST = 0.3, 0.75  # share of pens whose width depends on the direction, and by how much of it
PRESSURE = 0.15  # largest standard deviation of the width along a stroke, as a fraction of it
PALE, PALEST = 0.15, 0.25  # share of digits with a pale end, and least ink there


def draw(h: Hand, strokes: list[Stroke], *, may_be_fat: bool = False) -> NDArray[np.uint8]:
    """Return the strokes of n digits as MNIST's pixels (n, 28, 28): about 20 long at half ink, centred by mass."""
    points = join(*_deformed(h, strokes))
    width = h.uniform(*PEN)
    bold = h.happens(BOLD)
    width = np.where(bold, h.uniform(PEN[1], BOLDEST), width)
    if may_be_fat:
        width = np.where(h.happens(FAT), PEN[1] + (FATTEST - PEN[1]) * h.uniform(0, 1) ** 2, width)
    pressure = 1 + np.where(bold, 0, h.uniform(0, PRESSURE))[:, None] * _noise(h, points.shape[1])[..., 0]
    radius = width[:, None] / 2 * _nib(h, points, bold) * pressure
    low, high = np.nanmin(points, axis=1), np.nanmax(points, axis=1)
    scale = (LONGEST - width) / np.maximum((high - low).max(axis=1), 0.3)
    points = (points - (low + high)[:, None] / 2) * scale[:, None, None]
    pale = _paleness(h, strokes)
    pixels = np.zeros((h.n, SIDE, SIDE), np.uint8)
    for start in range(0, h.n, CHUNK):
        part = slice(start, start + CHUNK)
        ink = _ink(points[part], radius[part], width[part] / 2, pale[part])
        pixels[part] = _centred(ink)
    return pixels


def _deformed(h: Hand, strokes: list[Stroke]) -> list[Stroke]:
    """Return the strokes trembling, wider or narrower, slanted and turned."""
    slanted = np.where(h.happens(OTHER_HANDS), h.uniform(*WIDEST_SLANT), SLANT[0] + h.jitter(SLANT[1]))
    slant, turn = np.tan(np.deg2rad(slanted)), np.deg2rad(h.jitter(TURN))
    wide = np.exp(h.jitter(ASPECT)) * np.where(h.happens(STRETCHED), h.uniform(*STRETCH), 1)
    cos, sin = np.cos(turn), np.sin(turn)
    # x' = wide x + slant (1/2 - y), then turned
    matrix = np.stack(
        [np.stack([cos * wide, sin * wide], -1), np.stack([-cos * slant - sin, -sin * slant + cos], -1)], 1
    )
    tremor = h.uniform(0, TREMOR)[:, None, None]
    return [(stroke + tremor * _noise(h, stroke.shape[1])) @ matrix.astype(np.float32) for stroke in strokes]


def _noise(h: Hand, count: int) -> FloatArray:
    """Return smooth noise (n, count, 2) of deviation about 1."""
    knots = max(2, -(-count // TREMBLE) + 1)
    values = np.stack([h.jitter(1.0) for _ in range(2 * knots)], axis=-1).reshape(h.n, knots, 2)
    t = np.linspace(0, knots - 1, count)
    left = np.minimum(t.astype(int), knots - 2)
    weight = (t - left).astype(np.float32)[:, None]
    noise: FloatArray = values[:, left] * (1 - weight) + values[:, left + 1] * weight
    return noise


def _nib(h: Hand, points: Stroke, bold: NDArray[np.bool_]) -> FloatArray:
    """Return factors (n, points) of the width: of a broad nib it depends on the direction of the stroke.

    In bold print, horizontal strokes are the thinnest.
    """
    contrast = np.where(h.happens(NIB) | bold, h.uniform(0, CONTRAST), 0)[:, None]
    nib = np.deg2rad(np.where(bold, 0, h.uniform(0, 180)))[:, None]
    step = np.gradient(points, axis=1)
    angle = np.arctan2(step[..., 1], step[..., 0])
    factors: FloatArray = 1 - contrast * np.abs(np.cos(angle - nib))
    return factors


def _paleness(h: Hand, strokes: list[Stroke]) -> FloatArray:
    """Return ink (n, points) of the strokes: 1, or less towards an end where the pen is lifted."""
    is_pale, least, length = h.happens(PALE), h.uniform(PALEST, 0.8), h.uniform(0.15, 0.5)
    at_start = h.happens(0.3)
    parts = []
    for stroke in strokes:
        t = np.linspace(0, 1, stroke.shape[1], dtype=np.float32)
        to_end = np.where(at_start[:, None], t, 1 - t)
        fade = least[:, None] + (1 - least[:, None]) * np.minimum(to_end / length[:, None], 1)
        parts.append(np.where(is_pale[:, None], fade, np.float32(1)))
    return np.concatenate(parts, axis=1).astype(np.float32)


def _ink(points: Stroke, radius: FloatArray, mean: FloatArray, pale: FloatArray) -> FloatArray:
    """Return ink (n, s, s) in 0..1 around the centres of digits, s = LONGEST + 2 SOFT."""
    side = LONGEST + 2 * SOFT
    axis = np.arange(side, dtype=np.float32) - (side - 1) / 2
    y, x = (grid.ravel() for grid in np.meshgrid(axis, axis, indexing="ij"))
    # |p - q|^2 = |p|^2 - 2 p q + |q|^2: the last two are the product of [x, y, 1] and [-2 q_x, -2 q_y, |q|^2 - ...]
    pixels = np.stack([x, y, np.ones_like(x)], axis=1)
    offset = np.square(points).sum(axis=2) - np.square(radius) + np.square(mean)[:, None]
    terms = np.concatenate([-2 * points, offset[..., None]], axis=2)
    terms[np.isnan(terms).any(axis=2)] = 0, 0, FAR
    squares = pixels @ terms.transpose(0, 2, 1).astype(np.float32)  # (n, s * s, points)
    nearest = squares.argmin(axis=2)
    least = np.take_along_axis(squares, nearest[..., None], axis=2)[..., 0]
    shade = np.take_along_axis(pale, nearest, axis=1)
    distance = np.sqrt(np.maximum(least + (x * x + y * y), 0))
    ink: FloatArray = np.clip(mean[:, None] + 0.5 - distance, 0, 1) * shade
    return ink.reshape(-1, side, side)


def _centred(ink: FloatArray) -> NDArray[np.uint8]:
    """Return ink (n, s, s) as pixels (n, 28, 28) whose centre of mass is in pixel (14, 14)."""
    n, side, _ = ink.shape
    mass = ink.sum(axis=(1, 2))
    at = np.arange(side)
    rows, columns = (ink.sum(axis=2) @ at) / mass, (ink.sum(axis=1) @ at) / mass
    top, left = (np.clip(np.rint(SIDE // 2 - c).astype(int), 0, SIDE - side) for c in (rows, columns))
    pixels = np.zeros((n, SIDE, SIDE), np.uint8)
    which = np.arange(n)[:, None, None]
    pixels[which, top[:, None, None] + at[:, None], left[:, None, None] + at] = np.rint(255 * ink)
    return pixels
