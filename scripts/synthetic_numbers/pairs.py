"""The data set that the pair network learns from: two digits that touch, as IDX files of ``pair_pixels``.

Class 10 a + b has the digits a and b, from left to right. Class 100 has what is no pair: single digits, three digits
that touch, letters, two letters that touch, and parts of drawings.
"""

from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from mnist_mlp.data.dataset import FILES, Labels, Pixels
from mnist_mlp.data.idx import write_idx
from mnist_mlp.handwriting.generate import draw_digits
from mnist_mlp.pages.pair_pixels import pair_pixels
from mnist_mlp.pages.pieces import cropped
from mnist_mlp.pictures.connected_components import connected_components
from mnist_mlp.pictures.raster import Grey, Mask, Vector, bounding_box
from mnist_mlp.pictures.stroke_width import MOST_THINNED, stroke_width, widened
from scripts.synthetic_pictures import nondigits
from scripts.synthetic_pictures.glyphs import LENGTH, mnist
from scripts.synthetic_pictures.jobs import parallel_map
from scripts.synthetic_pictures.raster import Rng

from .mixed import sign
from .writers import samples_of

NO_PAIR = 100
# Share of each kind of sample
KINDS = {"pair": 0.62, "digit": 0.1, "three": 0.06, "letter": 0.07, "letters": 0.08, "drawing": 0.07}
COUNT = {"pair": 2, "digit": 1, "three": 3, "letter": 1, "letters": 2}  # of the characters of a sample
HEIGHT = 48  # pixels of a digit before it is reduced
UNEVEN, LEVEL = 0.06, 0.05  # deviations: of a digit's height from HEIGHT, and of its middle from the line, in HEIGHT
SLANT = 0.12  # deviation of the slant that the digits share, in columns to the right for each row up
PEN = 0.05, 0.12  # width of the strokes, in HEIGHT
FILLED = 0.22  # HEIGHT: width of the strokes above which a digit is a blot, and is not used
INKED = 115  # of 255: level above which an enlarged pixel is ink
CROSSED = 0.1  # HEIGHT: largest depth in which strokes cross
CONTRAST = 140  # of 255: difference from the background above which a pixel of a drawing is ink; pale strokes are thin
DRAWN = 16, 0.4  # least height of a part of a drawing in pixels, and its least width in heights
LINK, LINK_PEN = 0.2, 0.9  # largest length of a ligature in HEIGHT; its width in that of the strokes
BANDS = (0.02, 0.3), (0.35, 0.65), (0.7, 0.98)  # of HEIGHT from the top: where a ligature starts and ends
# Fractions of the ink: least of the largest component; largest of another component, which is removed
MAIN, FRAGMENT = 0.85, 0.03
N_HANDWRITTEN = 100_000  # digits of synthetic handwriting
TEST = 20  # samples for training for each test sample
BATCH = 1000  # samples that a process draws at a time


class DigitSet(NamedTuple):
    """Digits in MNIST's format: pixels (n, 28, 28) and classes (n,)."""

    X: Pixels
    y: Labels


def write(directory: Path, count: int, seed: int, jobs: int = 1) -> None:
    """Write ``count`` samples of the training split, and ``count // TEST`` test samples of the validation split.

    A split has digits of MNIST's and synthetic handwriting of its own; letters and drawings depend on the seed alone.

    Both numbers are rounded up to a multiple of BATCH.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for (images, labels), split, size in zip(
        (FILES["train"], FILES["test"]), ("train", "validation"), (count, count // TEST), strict=True
    ):
        batches = parallel_map(partial(_batch, split, seed), range(-(-size // BATCH)), jobs)
        samples = list(chain(*batches))
        write_idx(directory / images, np.stack([pixels for pixels, _ in samples]))
        write_idx(directory / labels, np.array([label for _, label in samples], dtype=np.uint8))


def _batch(split: str, seed: int, number: int) -> list[tuple[Pixels, int]]:
    rng = np.random.default_rng([seed, split == "train", number])
    return [sample(rng, digit_sets(split)) for _ in range(BATCH)]


@cache
def digit_sets(split: str) -> list[DigitSet]:
    """Return MNIST's digits of a split, "train" or "validation", and synthetic handwriting."""
    every = mnist().train
    chosen = np.concatenate([*samples_of(split).values()])
    drawn = draw_digits(N_HANDWRITTEN if split == "train" else N_HANDWRITTEN // 10, seed=int(split != "train"))
    return [
        DigitSet(every.X[chosen].reshape(-1, 28, 28), every.y[chosen]),
        DigitSet(drawn.X.reshape(-1, 28, 28), drawn.y),
    ]


def sample(rng: Rng, every: list[DigitSet]) -> tuple[Pixels, int]:
    """Return the pixels (28, 28) of a sample, and its class."""
    kind = str(rng.choice([*KINDS], p=[*KINDS.values()]))
    if kind == "drawing":
        return pair_pixels(drawing(rng)), NO_PAIR
    source = every[rng.integers(len(every))]
    pen, slant = float(rng.uniform(*PEN) * HEIGHT), float(rng.normal(0, SLANT))
    while True:
        picks = rng.integers(len(source.y), size=COUNT[kind])
        if kind.startswith("letter"):
            masks = [letter(rng, pen) for _ in picks]
        else:
            masks = [mask for k in picks if (mask := digit(rng, source.X[k], pen, slant)) is not None]
        joined = touching(rng, masks, pen) if len(masks) == len(picks) else None
        if joined is not None:
            break
    label = 10 * int(source.y[picks[0]]) + int(source.y[picks[1]]) if kind == "pair" else NO_PAIR
    return pair_pixels(joined), label


def digit(rng: Rng, pixels: Grey, pen: float, slant: float) -> Mask | None:
    """Return the mask of a digit in MNIST's format, about HEIGHT high, its strokes about ``pen`` pixels wide.

    None if its strokes fill it.
    """
    top, bottom, left, right = bounding_box(pixels > 0)
    scale = HEIGHT * rng.normal(1, UNEVEN) / (bottom - top)
    width, height = max(1, round((right - left) * scale)), round((bottom - top) * scale)
    image = Image.fromarray(pixels[top:bottom, left:right]).resize((width, height), Image.Resampling.BICUBIC)
    reach = round(abs(slant) * height) + 1
    wide = Image.new("L", (width + 2 * reach, height))
    wide.paste(image, (reach, 0))
    shear = (1, slant, -slant * height / 2, 0, 1, 0)
    wide = wide.transform(wide.size, Image.Transform.AFFINE, shear, Image.Resampling.BILINEAR)
    ink = (np.asarray(wide) > INKED).astype(np.float32)
    own = stroke_width(ink > 0)
    if own > FILLED * HEIGHT:
        return None
    return cut_out(widened(ink, max((pen - own) / 2, -MOST_THINNED * own)) > 0.5)


def letter(rng: Rng, pen: float) -> Mask:
    """Return the mask of a letter, about HEIGHT high."""
    placed = sign(rng, "A" if rng.integers(2) else "a")
    field = Image.fromarray(np.asarray(placed.glyph.skeleton, dtype=np.float32))
    side = round(field.width * HEIGHT * rng.normal(0.95, 0.08) / LENGTH)
    return cut_out(np.asarray(field.resize((side, side), Image.Resampling.BILINEAR)) * HEIGHT < pen / 2)


def drawing(rng: Rng) -> Mask:
    """Return the mask of a part of a drawing that is no digit; its strokes are connected."""
    while True:
        grey = np.asarray(nondigits.STROKES[str(rng.choice([*nondigits.STROKES]))](rng).convert("L")).astype(np.int16)
        ink = abs(grey - grey[0, 0]) > CONTRAST
        labels = connected_components(ink)
        parts = [cut_out(labels == k + 1) for k in range(int(labels.max()))]
        large = [part for part in parts if len(part) >= DRAWN[0] and part.shape[1] >= DRAWN[1] * len(part)]
        if large:
            return large[rng.integers(len(large))]


def cut_out(mask: Mask) -> Mask:
    """Return the bounding box of what is drawn in a mask."""
    return cropped(mask, 0, 0).mask


def touching(rng: Rng, masks: list[Mask], pen: float) -> Mask | None:
    """Return masks beside each other, their strokes crossed or connected by a ligature; None if that is not possible.

    Small fragments are left out.
    """
    height = max(len(mask) for mask in masks) + round(0.6 * HEIGHT)
    total = np.zeros((height, sum(mask.shape[1] for mask in masks) + len(masks) * HEIGHT), dtype=bool)
    before: Vector | None = None  # last column of the character before in each row
    for mask in masks:
        y = round((height - len(mask)) / 2 + rng.normal(0, LEVEL) * HEIGHT)
        y = min(max(y, 0), height - len(mask))
        starts, ends = sides(np.pad(mask, ((y, height - len(mask) - y), (0, 0))))
        x = 0
        if before is not None:
            connected = bool(rng.integers(2) == 0)
            gap = rng.uniform(0, LINK * HEIGHT) if connected else rng.uniform(-CROSSED * HEIGHT, 0)
            x = round(float((spread(before) + spread(-starts)).max()) + gap) + 1
            if x < 0:
                return None
            if connected:
                line = ligature(rng, before, x + starts, pen, total.shape)
                if line is None:
                    return None
                total |= line
        total[y : y + len(mask), x : x + mask.shape[1]] |= mask
        before = x + ends
    return cut_out(total) if len(masks) == 1 else main_component(total)


def sides(mask: Mask) -> tuple[Vector, Vector]:
    """Return the first and the last column of ink in each row (h,); infinity and minus infinity in rows without ink."""
    inked = mask.any(axis=1)
    first, last = mask.argmax(axis=1), mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)
    return np.where(inked, first, np.inf), np.where(inked, last, -np.inf)


def ligature(rng: Rng, ends: Vector, starts: Vector, pen: float, shape: tuple[int, ...]) -> Mask | None:
    """Return the mask of a ligature at the foot, in the middle or at the top of two characters; None if one has no ink.

    ends, starts: (h,), the last columns of the left character, and the first ones of the right one.
    """
    band = np.array(BANDS[rng.integers(len(BANDS))])
    low, high = ((len(ends) - HEIGHT) / 2 + band * HEIGHT).astype(int)
    left, right = ends[low:high], starts[low:high]
    if not (np.isfinite(left).any() and np.isfinite(right).any()):
        return None
    start, stop = int(left.argmax()), int(right.argmin())
    image = Image.new("1", (shape[1], shape[0]))
    points = [(float(left[start]), float(low + start)), (float(right[stop]), float(low + stop))]
    ImageDraw.Draw(image).line(points, fill=1, width=max(1, round(pen * LINK_PEN)))
    return np.asarray(image)


def main_component(mask: Mask) -> Mask | None:
    """Return the largest connected component of a mask, cut out; None if another one is no small fragment of it."""
    labels = connected_components(mask)
    sizes = np.bincount(labels.ravel())[1:]
    others = (sizes > FRAGMENT * sizes.sum()).sum() - 1
    if len(sizes) > 1 and (others or sizes.max() < MAIN * sizes.sum()):
        return None
    return cut_out(np.asarray(labels == 1 + sizes.argmax()))


def spread(ends: Vector) -> Vector:
    """Return the largest value of each row and the two rows above and below it."""
    wide = np.pad(ends, 2, constant_values=-np.inf)
    largest: Vector = np.max([wide[k : k + len(ends)] for k in range(5)], axis=0)
    return largest
