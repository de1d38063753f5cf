"""The data set that the pair network learns from: two digits that touch, in MNIST's format, as IDX files.

Class 10 a + b has the digits a and b, from left to right. Class 100 has what is no pair: single digits, three digits
that touch, letters and two letters that touch.
"""

from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from mnist_mlp.data.dataset import FILES, Labels, Pixels
from mnist_mlp.data.idx import write_idx
from mnist_mlp.handwriting.generate import draw_digits
from mnist_mlp.pictures import NORMALIZATION, run
from mnist_mlp.pictures.connected_components import connected_components
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import FloatImage, Mask, bounding_box
from mnist_mlp.pictures.stroke_width import stroke_width, widened
from scripts.synthetic_pictures.glyphs import LENGTH, mnist
from scripts.synthetic_pictures.jobs import parallel_map
from scripts.synthetic_pictures.raster import Rng

from .mixed import sign
from .writers import samples_of

NO_PAIR = 100
HEIGHT = 48  # pixels of a digit before it is reduced
UNEVEN, LEVEL = 0.06, 0.05  # deviations: of a digit's height from HEIGHT, and of its middle from the line, in HEIGHT
SLANT = 0.12  # deviation of the slant that the digits share, in columns to the right for each row up
PEN = 0.05, 0.12  # width of the strokes, in HEIGHT
MOST_THINNED = 0.25  # of its strokes' width: largest part of each side that is taken away from a digit
FILLED = 0.22  # HEIGHT: width of strokes from which they fill the digit
CROSSED = 0.1  # HEIGHT: largest depth in which strokes cross
LINK = 0.2  # HEIGHT: largest length of a ligature, besides a pen's width
BANDS = (0.02, 0.3), (0.35, 0.65), (0.7, 0.98)  # of HEIGHT from the top: where a ligature starts and ends
KINDS = {"pair": 0.72, "digit": 0.12, "three": 0.06, "letter": 0.05, "letters": 0.05}  # share of each kind of sample
N_HANDWRITTEN = 100_000  # digits of synthetic handwriting
BATCH = 1000  # samples that a process draws at a time


class Source(NamedTuple):
    """Digits in MNIST's format: pixels (n, 28, 28) and classes (n,)."""

    X: Pixels
    y: Labels


def sources(split: str) -> list[Source]:
    """Return MNIST's digits of a split, and synthetic handwriting."""
    every = mnist().train
    chosen = np.concatenate([*samples_of(split).values()])
    drawn = draw_digits(N_HANDWRITTEN if split == "train" else N_HANDWRITTEN // 10, seed=int(split != "train"))
    return [Source(every.X[chosen].reshape(-1, 28, 28), every.y[chosen]), Source(drawn.X.reshape(-1, 28, 28), drawn.y)]


def write(directory: Path, count: int, seed: int, jobs: int = 1) -> None:
    """Write ``count`` samples of the training split, and a twentieth of it of the validation split as test samples."""
    directory.mkdir(parents=True, exist_ok=True)
    for split, size in (("train", count), ("validation", count // 20)):
        batches = parallel_map(partial(_batch, split, seed), range(-(-size // BATCH)), jobs)
        samples = list(chain(*batches))
        images, labels = FILES["train" if split == "train" else "test"]
        write_idx(directory / images, np.stack([pixels for pixels, _ in samples]))
        write_idx(directory / labels, np.array([label for _, label in samples], dtype=np.uint8))


_sources: dict[str, list[Source]] = {}


def _batch(split: str, seed: int, number: int) -> list[tuple[Pixels, int]]:
    if split not in _sources:
        _sources[split] = sources(split)
    rng = np.random.default_rng([seed, split == "train", number])
    return [sample(rng, _sources[split]) for _ in range(BATCH)]


def sample(rng: Rng, sources: list[Source]) -> tuple[Pixels, int]:
    """Return the pixels (28, 28) of a sample, and its class."""
    kind = rng.choice([*KINDS], p=[*KINDS.values()])
    source = sources[rng.integers(len(sources))]
    pen, slant = rng.uniform(*PEN) * HEIGHT, rng.normal(0, SLANT)
    while True:
        count = {"pair": 2, "three": 3, "letters": 2}.get(kind, 1)
        picks = rng.integers(len(source.y), size=count)
        if kind.startswith("letter"):
            masks = [letter(rng, pen) for _ in range(count)]
        else:
            masks = [digit(rng, source.X[k], pen, slant) for k in picks]
        joined = None if any(m is None for m in masks) else touching(rng, masks, pen)
        if joined is not None:
            break
    label = 10 * int(source.y[picks[0]]) + int(source.y[picks[1]]) if kind == "pair" else NO_PAIR
    return normalized(joined), label


def digit(rng: Rng, pixels: Pixels, pen: float, slant: float) -> Mask | None:
    """Return the mask of a digit in MNIST's format, about HEIGHT high, its strokes nearly ``pen`` pixels wide."""
    top, bottom, left, right = bounding_box(pixels > 0)
    scale = HEIGHT * rng.normal(1, UNEVEN) / (bottom - top)
    width = max(1, round((right - left) * scale))
    high = round((bottom - top) * scale)
    image = Image.fromarray(pixels[top:bottom, left:right]).resize((width, high), Image.Resampling.BICUBIC)
    reach = round(abs(slant) * high) + 1
    wide = Image.new("L", (width + 2 * reach, high))
    wide.paste(image, (reach, 0))
    wide = wide.transform(
        wide.size, Image.Transform.AFFINE, (1, slant, -slant * high / 2, 0, 1, 0), Image.Resampling.BILINEAR
    )
    ink = (np.asarray(wide) > 115).astype(np.float32)
    own = stroke_width(ink > 0)
    if own > FILLED * HEIGHT:
        return None
    by = max((pen - own) / 2, -MOST_THINNED * own)
    mask = widened(ink, by) > 0.5
    top, bottom, left, right = bounding_box(mask)
    return mask[top:bottom, left:right]


def letter(rng: Rng, pen: float) -> Mask:
    """Return the mask of a letter, about HEIGHT high."""
    placed = sign(rng, "A" if rng.integers(2) else "a")
    field = Image.fromarray(np.asarray(placed.glyph.skeleton, dtype=np.float32))
    side = round(field.width * HEIGHT * rng.normal(0.95, 0.08) / LENGTH)
    mask = np.asarray(field.resize((side, side), Image.Resampling.BILINEAR)) * HEIGHT < pen / 2
    top, bottom, left, right = bounding_box(mask)
    return mask[top:bottom, left:right]


def touching(rng: Rng, masks: list[Mask], pen: float) -> FloatImage | None:
    """Return the ink of masks beside each other that touch, by their strokes or by a ligature; None if they do not."""
    height = max(len(mask) for mask in masks) + round(0.6 * HEIGHT)
    total = np.zeros((height, sum(mask.shape[1] for mask in masks) + len(masks) * HEIGHT), dtype=bool)
    ends: np.ndarray | None = None
    x = 0
    for mask in masks:
        y = round((height - len(mask)) / 2 + rng.normal(0, LEVEL) * HEIGHT)
        y = min(max(y, 0), height - len(mask))
        starts = np.full(height, np.inf)
        rows = np.flatnonzero(mask.any(axis=1))
        starts[y + rows] = mask.argmax(axis=1)[rows]
        link = None
        if ends is not None:
            contact = float((_spread(ends) - _least(starts)).max())
            if rng.integers(2):
                gap = rng.uniform(-CROSSED * HEIGHT, 0)
            else:
                gap = rng.uniform(0, LINK * HEIGHT)
                link = BANDS[rng.integers(len(BANDS))]
            x = round(contact + gap) + 1
            if x < 0:
                return None
        new_ends = np.full(height, -np.inf)
        new_ends[y + rows] = x + mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)[rows]
        total[y : y + len(mask), x : x + mask.shape[1]] |= mask
        if link is not None and ends is not None:
            low, high = ((height - HEIGHT) / 2 + np.array(link) * HEIGHT).astype(int)
            left, right = ends[low:high], (x + starts)[low:high]
            if not np.isfinite(left).any() or not np.isfinite(right).any():
                return None
            start, stop = int(left.argmax()), int(right.argmin())
            total |= _line(total.shape, (left[start], low + start), (right[stop], low + stop), pen)
        ends = new_ends
    labels = connected_components(total)
    if len(masks) > 1:
        if labels.max() > 1:
            sizes = np.bincount(labels.ravel())[1:]
            if sizes.max() < 0.85 * sizes.sum() or sum(sizes > 0.03 * sizes.sum()) > 1:
                return None
            total = labels == 1 + sizes.argmax()
    top, bottom, left_, right_ = bounding_box(total)
    return total[top:bottom, left_:right_].astype(np.float32)


def _line(shape: tuple[int, ...], start: tuple[float, float], stop: tuple[float, float], pen: float) -> Mask:
    image = Image.new("1", (shape[1], shape[0]))
    ImageDraw.Draw(image).line([start, stop], fill=1, width=max(1, round(pen * 0.9)))
    return np.asarray(image)


def _spread(ends: np.ndarray) -> np.ndarray:
    """Return the largest end of each row and the two rows above and below it."""
    wide = np.pad(ends, 2, constant_values=-np.inf)
    return np.max([wide[k : k + len(ends)] for k in range(5)], axis=0)


def _least(starts: np.ndarray) -> np.ndarray:
    return -_spread(-starts)


def normalized(ink: FloatImage) -> Pixels:
    """Return ink (h, w) in MNIST's format."""
    return run(NORMALIZATION[2:], Drawing(np.zeros(ink.shape, np.uint8), ink=ink)).pixels
