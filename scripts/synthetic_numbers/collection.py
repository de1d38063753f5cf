"""The data set that the segmentation network learns from: parts of characters, as IDX files with eleven classes.

A part whose ink is that of a digit has the digit's class. Class 10 has parts with clearly less or more ink, and letters
and signs; what is between is left out. Digits of MNIST and of synthetic handwriting are added, because most digits on a
page are not cut.
"""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from mnist_mlp.data.dataset import FILES, Labels, Pixels
from mnist_mlp.data.idx import write_idx
from mnist_mlp.data.source import load_dataset
from mnist_mlp.handwriting.generate import draw_digits
from mnist_mlp.pages.binarization import binarizations
from mnist_mlp.pages.candidates import picture_of
from mnist_mlp.pages.characters import characters
from mnist_mlp.pages.cuts import parts
from mnist_mlp.pages.long_lines import without_long_lines
from mnist_mlp.pages.pieces import Piece
from mnist_mlp.pages.segmentation_graph import LEAST_WIDTH
from mnist_mlp.pictures.decode import decode_grey
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Mask
from scripts.synthetic_pictures.jobs import parallel_map
from scripts.synthetic_pictures.raster import Rng

from .sets import Truth, truths
from .sheet import Box
from .writers import samples_of

NO_DIGIT = 10
SAME, OTHER = 0.8, 0.65  # intersection over union with a digit's box: least of the digit, bound of no digit
FEW, MANY = 0.06, 0.2  # fraction of ink that is missing or beyond the box: largest of the digit, bound of no digit
MOST_OTHERS = 8  # samples of class 10 of each character
MOST_OF_LETTER = 4  # parts of each letter or sign
NARROW = 0.35  # largest width of such a part that is left out, in its heights: it may look like a one
BATCH = 20  # pictures that a process prepares at a time
SEED = 5  # of the choice of parts
N_HANDWRITTEN = 340_000  # digits of synthetic handwriting
Samples = list[tuple[Pixels, int]]


def collect(directory: Path, pictures: Sequence[Path], jobs: int = 1) -> None:
    """Write the parts of all characters in directories of pictures, and whole digits.

    The parts of one picture in ten are the test samples.
    """
    every = [(parent, truth) for parent in pictures for truth in truths(parent)]
    batches = [every[k : k + BATCH] for k in range(0, len(every), BATCH)]
    found = list(chain(*parallel_map(samples_in, batches, jobs)))
    directory.mkdir(parents=True, exist_ok=True)
    for name, is_test in (("train", False), ("test", True)):
        chosen = [sample for k, samples in enumerate(found) if (k % 10 == 0) == is_test for sample in samples]
        X, y = np.stack([pixels for pixels, _ in chosen]), np.array([label for _, label in chosen], dtype=np.uint8)
        if not is_test:
            whole = whole_digits()
            X, y = np.concatenate([X, *(X for X, _ in whole)]), np.concatenate([y, *(y for _, y in whole)])
        images, labels = FILES[name]
        write_idx(directory / images, X)
        write_idx(directory / labels, y)


def whole_digits() -> list[tuple[Pixels, Labels]]:
    """Return pixels (n, 28, 28) and labels (n,) of digits of MNIST's training split and of synthetic handwriting."""
    mnist = load_dataset().train
    chosen = np.sort(np.concatenate([*samples_of("train").values()]))
    handwritten = draw_digits(N_HANDWRITTEN)
    return [
        (mnist.X[chosen].reshape(-1, 28, 28), mnist.y[chosen].astype(np.uint8)),
        (handwritten.X.reshape(-1, 28, 28), handwritten.y.astype(np.uint8)),
    ]


def samples_in(some: Sequence[tuple[Path, Truth]]) -> list[Samples]:
    """Return the samples of some pictures, in their order."""
    return [parts_of(directory, truth) for directory, truth in some]


def parts_of(directory: Path, truth: Truth) -> Samples:
    """Return the pixels of parts of a picture's characters, and their classes: of letters and signs NO_DIGIT."""
    grey, _ = decode_grey(directory / truth.file, truth.file, whole=True)
    drawings = next(binarizations(grey), [])
    if not drawings:
        return []
    drawing = without_long_lines(drawings[0])
    if drawing.homography is not None:
        return []  # the boxes are not known in a warped sheet
    digits = [int(digit) for digit in "".join(truth.lines) if digit != " "]
    rng = np.random.default_rng(SEED)
    boxes = [in_drawing(box, drawing) for box in truth.boxes]
    samples: Samples = []
    for piece in characters(drawing):
        cut = list(parts(piece)[1].values()) if piece.width > LEAST_WIDTH * piece.height else []
        top, bottom, left, right = piece.box
        if any(intersection_over_union((left, top, right, bottom), box) for box in boxes):
            labelled = [(part, label_of(part, drawing, digits, boxes)) for part in (piece, *cut)]
            others = _some([part for part, label in labelled if label == NO_DIGIT], MOST_OTHERS, rng)
            chosen = [(part, label) for part, label in labelled if label not in (None, NO_DIGIT)]
        else:
            wide = [part for part in cut if part.width > NARROW * part.height]
            others, chosen = [piece, *_some(wide, MOST_OF_LETTER, rng)], []
        chosen += [(part, NO_DIGIT) for part in others]
        samples += [(picture_of(drawing, part).pixels, label) for part, label in chosen]
    return samples


def _some(pieces: Sequence[Piece], most: int, rng: Rng) -> list[Piece]:
    """Return ``most`` random pieces, or all if they are fewer."""
    return [pieces[k] for k in rng.permutation(len(pieces))[:most]]


def in_drawing(box: Box, drawing: Drawing) -> Box:
    """Return a box (left, top, right, bottom) of the picture in pixels of the drawing."""
    y, x = drawing.corner
    left, top, right, bottom = (
        round((side - start) / drawing.scale) for side, start in zip(box, (x, y, x, y), strict=True)
    )
    return max(0, left), max(0, top), right, bottom


def label_of(piece: Piece, drawing: Drawing, digits: Sequence[int], boxes: Sequence[Box]) -> int | None:
    """Return the digit that a piece is; NO_DIGIT if it is not exactly one digit, None if this is not certain.

    Ink in the boxes of two digits does not count as missing, because it may be the other digit's.
    """
    top, bottom, left, right = piece.box
    overlaps = [intersection_over_union((left, top, right, bottom), other) for other in boxes]
    best = int(np.argmax(overlaps))
    # All that counts is inside the boxes of the piece and of the digit
    x, y, right_end, bottom_end = boxes[best]
    x, y, right_end, bottom_end = min(x, left), min(y, top), max(right_end, right), max(bottom_end, bottom)
    mask = drawing.mask[y:bottom_end, x:right_end]
    own = np.zeros(mask.shape, dtype=bool)
    own[top - y : bottom - y, left - x : right - x] = piece.mask
    near = [(a - x, b - y, c - x, d - y) for a, b, c, d in boxes]
    inside = mask & within(own.shape, [near[best]])
    certain = inside & ~within(own.shape, [box for k, box in enumerate(near) if k != best])
    missing = (certain & ~own).sum() / max(1, inside.sum())
    beyond = (own & ~inside).sum() / max(1, own.sum())
    if overlaps[best] >= SAME and max(missing, beyond) <= FEW:
        return digits[best]
    return NO_DIGIT if overlaps[best] < OTHER or max(missing, beyond) > MANY else None


def within(shape: tuple[int, ...], boxes: Sequence[Box]) -> Mask:
    """Return the pixels (h, w) that are in a box."""
    mask = np.zeros(shape, dtype=bool)
    for left, top, right, bottom in boxes:
        mask[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = True
    return mask


def intersection_over_union(one: Box, other: Box) -> float:
    """Return the common area of two boxes as a fraction of the area that either of them covers."""
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[2], other[2]), min(one[3], other[3])
    common = max(0, right - left) * max(0, bottom - top)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return common / (sum(areas) - common)
