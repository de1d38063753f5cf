"""The digits of one person: half of the writers choose among MNIST's digits, half write synthetic ones."""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from mnist_mlp.data.dataset import Indices, stratified_split
from mnist_mlp.handwriting.generate import shares
from mnist_mlp.handwriting.hand import Hand
from mnist_mlp.handwriting.styles import STYLES
from scripts.synthetic_pictures.glyphs import GRID, LENGTH, Glyph, enlarged, from_lines, is_clear, mnist
from scripts.synthetic_pictures.raster import Rng

HELD_OUT = 10_000  # samples: data.validation in configs/default.yaml, on which settings are chosen
# A person's, which all digits share
SLANT = 8  # degrees: mean of the slant to the right, and its deviation
ASPECT = 0.12  # deviation of the logarithm of the width
UNEVEN = 2.5  # degrees: deviation of a digit's slant from the person's

Writer = Callable[[int], Glyph]  # gives a glyph of the digit


def random_writer(rng: Rng, split: str = "validation") -> Writer:
    """Return a writer of one of the two sorts, equally often."""
    return mnist_writer(rng, split) if rng.integers(2) == 0 else handwriting(rng)


def mnist_writer(rng: Rng, split: str = "validation") -> Writer:
    """Return a writer whose digits are clear ones of a split of MNIST's training set."""

    def write(digit: int) -> Glyph:
        train = mnist().train
        while True:
            glyph = enlarged(train.X[rng.choice(samples_of(split)[digit])].reshape(train.shape))
            if is_clear(glyph):
                return glyph

    return write


@cache
def samples_of(split: str) -> Mapping[int, Indices]:
    """Return the indices of each digit's samples in the split "train" or "validation"."""
    y = np.asarray(mnist().train.y)
    train, validation = stratified_split(y, min(HELD_OUT, len(y) // 6), 10, seed=0)
    samples = {"train": train, "validation": validation}[split]
    return {digit: samples[y[samples] == digit] for digit in range(10)}


def handwriting(rng: Rng) -> Writer:
    """Return a writer of synthetic handwriting who writes a digit always in the same style."""
    hand = Hand(rng, 1)
    styles = {
        digit: rng.choice(len(STYLES[digit]), p=[share for _, share in shares(digit)]) for digit in sorted(STYLES)
    }
    slant, wide = rng.normal(SLANT, SLANT), np.exp(rng.normal(0, ASPECT))

    def write(digit: int) -> Glyph:
        strokes = [stroke[0] for stroke in STYLES[digit][styles[digit]].write(hand)]
        curves = [stroke[np.isfinite(stroke).all(axis=1)].astype(np.float64) for stroke in strokes]
        shear = np.array([[wide, 0], [-np.tan(np.radians(rng.normal(slant, UNEVEN))), 1]])  # to the right at the top
        curves = [curve @ shear for curve in curves if len(curve)]
        every = np.concatenate(curves)
        low, high = every.min(axis=0), every.max(axis=0)
        return from_lines(((c - (low + high) / 2) * LENGTH / (high - low).max() + GRID / 2 for c in curves), "hand")

    return write
