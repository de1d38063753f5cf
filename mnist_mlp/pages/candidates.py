"""Candidates: pieces of the ink that may be one digit, in MNIST's format and with the scores of three networks.

The segmentation network learned from parts of characters: it tells a digit from less or more than a digit. The outputs
of a candidate are the product of its probabilities of the digits and the digit network's (product of experts, Hinton
2002). Its agreement is the largest product, times a power of the probability that it is one digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import exp, log, log1p

import numpy as np

from mnist_mlp.data.pixels import Pixels
from mnist_mlp.inference.rejection import log_odds_of
from mnist_mlp.models import Model
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.pages.pieces import Piece
from mnist_mlp.pages.signs import is_sign
from mnist_mlp.pictures import NORMALIZATION, Picture, run
from mnist_mlp.pictures.component_measures import measured
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Box
from mnist_mlp.pictures.stroke_features import stroke_features
from mnist_mlp.pretrained import SEGMENTATION_NETWORK
from mnist_mlp.storage.checkpoint import load

MOST_LOG_ODDS = 6.0  # upper bound of the log-odds in the cost, so that one blot does not decide the reading of a line
DIGIT_WEIGHT = 0.75  # exponent of the segmentation network's probability that a candidate is one digit
WHOLE = 0.1  # factor of the odds that it is no digit if it is a whole character; most of what was learned are parts
LEAST_OUTPUT = 0.1  # lower bound of the largest output in the cost: that of ten equal probabilities
LEAST_AGREEMENT = 1e-5  # lower bound of the agreement, so that one blot does not decide the reading of a line
CLEAR_AGREEMENT = 0.5  # least of a digit whose strokes may cross as those of a sign do: a four, a seven with a bar
RIM = 4  # pixels around a piece that belong to its picture, for the strokes' soft edges
TINY = np.float32(1e-30)  # lower bound of a sum by which products are divided, which may be 0 in float32


@dataclass(frozen=True, eq=False)
class Candidate:
    """A piece, its 28x28 pixels, and their scores."""

    piece: Piece
    picture: Picture
    outputs: FloatArray  # (classes,)
    agreement: float  # largest product of the outputs and _digit_scores, before the products are normalised
    log_odds: float  # of the rejection: that it shows no digit
    sign: bool  # whether it looks like +, x or #

    @property
    def one(self) -> bool:
        """Whether the best guess is a one."""
        return bool(self.outputs.argmax() == 1)

    @property
    def stroke_width(self) -> float:
        """The width of the strokes in pixels of the view."""
        return self.picture.features.stroke_width * max(self.piece.height, self.piece.width)

    @property
    def cost(self) -> float:
        """The cost of reading the piece as its best guess: -log p(it shows a digit) - log p(best guess)."""
        return self.rejection_cost - log(max(float(self.outputs.max()), LEAST_OUTPUT))

    @property
    def joint_cost(self) -> float:
        """The cost by all networks: -log p(it shows a digit) - log(agreement).

        Letters have less agreement than digits, also if their best guess has a large output.
        """
        return self.rejection_cost + self.agreement_cost

    @property
    def agreement_cost(self) -> float:
        """-log(agreement), bounded."""
        return -log(max(self.agreement, LEAST_AGREEMENT))

    @property
    def rejection_cost(self) -> float:
        """-log p(it shows a digit), by the rejection."""
        return log1p(exp(MOST_LOG_ODDS if self.sign else min(self.log_odds, MOST_LOG_ODDS)))


@cache
def segmentation_network() -> Model:
    """Return the segmentation network; its outputs are the digits, and last the class of less or more than a digit."""
    return load(SEGMENTATION_NETWORK).model


def candidates(
    page: Drawing,
    pieces: Sequence[Piece],
    model: Model,
    *,
    rejects: bool,
    whole: bool = True,
    known: Sequence[Candidate] = (),
) -> list[Candidate]:
    """Return the candidates of some pieces, all of them in one product of matrices for each network.

    model: the digit network. rejects: whether it was trained on MNIST, so that the two other networks apply. whole:
    whether the pieces are whole characters. known: candidates of the same page, whose pictures are not prepared again.
    """
    if not pieces:
        return []
    ready = {_key(each.piece): each.picture for each in known}
    pictures = [ready.get(_key(piece)) or picture_of(page, piece) for piece in pieces]
    return scored(pieces, pictures, model, rejects=rejects, whole=whole)


def _key(piece: Piece) -> tuple[Box, bytes]:
    """Return a dictionary key, which is equal for pieces with the same box and mask."""
    return piece.box, piece.mask.tobytes()


def scored(
    pieces: Sequence[Piece], pictures: Sequence[Picture], model: Model, *, rejects: bool, whole: bool = True
) -> list[Candidate]:
    """Return the candidates of pieces whose pictures are known; arguments as in ``candidates``.

    The log-odds of what looks like a sign are those of any other candidate, because a part of a character is no sign.
    """
    X = np.stack([picture.pixels.reshape(-1) for picture in pictures])
    outputs = np.maximum(model.predict(X), 0)  # the scores of a regression may be negative
    products = outputs * _digit_scores(X, WHOLE if whole else 1.0) if rejects else outputs
    agreements = products.max(axis=1)
    outputs = products / np.maximum(products.sum(axis=1, keepdims=True), TINY)
    log_odds = log_odds_of(pictures) if rejects else [-MOST_LOG_ODDS] * len(pictures)
    signs = [
        rejects and not (agreement > CLEAR_AGREEMENT and own < 0) and is_sign(picture.pixels, own)
        for picture, agreement, own in zip(pictures, agreements, log_odds, strict=True)
    ]
    return [
        Candidate(*each) for each in zip(pieces, pictures, outputs, agreements.tolist(), log_odds, signs, strict=True)
    ]


def _digit_scores(X: Pixels, factor: float) -> FloatArray:
    """Return p(k | digit) p(digit)^DIGIT_WEIGHT for each digit k, by the segmentation network; (n, 10).

    X: pictures (n, 784). factor: of the odds that one is no digit.
    """
    p = segmentation_network().predict(X)
    digits, none = p[:, :-1], p[:, -1:]
    digit = np.maximum(digits.sum(axis=1, keepdims=True), TINY)
    scores: FloatArray = digits / digit * (digit / (digit + factor * none)) ** DIGIT_WEIGHT
    return scores


def picture_of(page: Drawing, piece: Piece) -> Picture:
    """Return a piece of a page in MNIST's format; other strokes near it are blank."""
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
    # Without the stage of pale strokes: each component of a page has a threshold of its own instead
    found = run(NORMALIZATION[1:], replace(drawing, features=features))
    return Picture(found.pixels, found.steps, found.features)
