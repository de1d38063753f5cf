"""Candidates: pieces of the ink that may be one digit, in MNIST's format and with the scores of three networks.

The segmentation network learned from parts of characters: it tells a digit from less or more than a digit. The outputs
of a candidate are the product of its probabilities and the digit network's (product of experts, Hinton 2002).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import exp, log, log1p

import numpy as np

from mnist_mlp.inference.rejection import log_odds_of
from mnist_mlp.models import Model
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.pages.pieces import Piece
from mnist_mlp.pages.signs import is_sign
from mnist_mlp.pictures import NORMALIZATION, Picture, run
from mnist_mlp.pictures.component_measures import measured
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.stroke_features import stroke_features
from mnist_mlp.pretrained import SEGMENTATION_NETWORK
from mnist_mlp.storage.checkpoint import load

WORST = 6.0  # bound of the log-odds, so that one blot does not decide the reading of a line
PART_WEIGHT = 0.75  # exponent of the segmentation network's probabilities
CLEAR = 0.5  # least agreement of a digit whose strokes may cross as those of a sign do: a four, a seven with a bar
RIM = 4  # pixels around a candidate that are kept, for the strokes' soft edges


@dataclass(frozen=True, eq=False)
class Candidate:
    """A piece, its 28x28 pixels, and what the networks say of them."""

    piece: Piece
    picture: Picture
    outputs: FloatArray  # (classes,)
    agreement: float  # largest product of the probabilities of a digit, before it is normalised
    log_odds: float  # that it shows no digit
    sign: bool  # whether it looks like +, x or #

    @property
    def one(self) -> bool:
        """Whether the best guess is a one."""
        return bool(self.outputs.argmax() == 1)

    @property
    def pen(self) -> float:
        """The width of the strokes in pixels of the view."""
        return self.picture.features.stroke_width * max(self.piece.height, self.piece.width)

    @property
    def cost(self) -> float:
        """The cost of reading the piece as its best guess: -log p(it shows a digit) - log p(best guess)."""
        return self.no_digit - log(max(float(self.outputs.max()), 0.1))

    @property
    def no_digit(self) -> float:
        """-log p(it shows a digit), of the rejection network."""
        return log1p(exp(WORST if self.sign else min(self.log_odds, WORST)))


@cache
def network() -> Model:
    """Return the segmentation network; its outputs are the digits, and last the class of less or more than a digit."""
    return load(SEGMENTATION_NETWORK).model


def candidates(page: Drawing, pieces: Sequence[Piece], model: Model, *, rejects: bool) -> list[Candidate]:
    """Return the candidates of some pieces, all of them in one product of matrices for each network.

    Those that look like a sign have the log-odds of the network still: a part of a character is no sign.
    """
    if not pieces:
        return []
    return scored(pieces, [picture_of(page, piece) for piece in pieces], model, rejects=rejects)


def scored(pieces: Sequence[Piece], pictures: Sequence[Picture], model: Model, *, rejects: bool) -> list[Candidate]:
    """Return the candidates of pieces whose pictures are known."""
    X = np.stack([picture.pixels.reshape(-1) for picture in pictures])
    outputs = model.predict(X)
    products = outputs * network().predict(X)[:, :-1] ** PART_WEIGHT if rejects else outputs
    agreements = products.max(axis=1)
    outputs = products / np.maximum(products.sum(axis=1, keepdims=True), np.float32(1e-30))
    log_odds = log_odds_of(pictures) if rejects else [-WORST] * len(pictures)
    signs = [
        rejects and not (agreement > CLEAR and own < 0) and is_sign(picture.pixels, own)
        for picture, agreement, own in zip(pictures, agreements, log_odds, strict=True)
    ]
    return [
        Candidate(*each) for each in zip(pieces, pictures, outputs, agreements.tolist(), log_odds, signs, strict=True)
    ]


def picture_of(page: Drawing, piece: Piece) -> Picture:
    """Return a piece of a page in MNIST's format; the other strokes around it are blanked."""
    top, bottom, left, right = piece.box
    place = slice(max(0, top - RIM), bottom + RIM), slice(max(0, left - RIM), right + RIM)
    mask = np.zeros(page.mask[place].shape, dtype=bool)
    y, x = top - place[0].start, left - place[1].start
    mask[y : y + piece.height, x : x + piece.width] = piece.mask
    strength = np.where(page.mask[place] & ~mask, np.float32(0), page.strength[place])
    drawing = replace(page, grey=page.grey[place], strength=strength, mask=mask, steps=(), trace=None)
    parts = measured(drawing.components, strength)
    every = np.ones(len(parts.size), dtype=bool)
    features = stroke_features(drawing, parts, parts.length * parts.strength**2, every, every)
    found = run(NORMALIZATION[1:], replace(drawing, features=features))
    return Picture(found.pixels, found.steps, found.features)
