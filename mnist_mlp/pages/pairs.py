"""Pairs: two digits that touch are read together, because a cut would take a stroke from one (Hochuli et al. 2018).

The pair network learned from digits whose strokes touch or cross. Its outputs are the probabilities of the 100 pairs of
digits, and last that a character is no pair.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from math import log, sqrt

import numpy as np

from mnist_mlp.models import Model
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.pages.candidates import TINY, Candidate
from mnist_mlp.pages.pair_pixels import pair_pixels
from mnist_mlp.pretrained import PAIR_NETWORK
from mnist_mlp.storage.checkpoint import load

# Factor of a pair's agreement: letters that touch look like pairs, so that a pair alone is no number among words
PAIR_AGREEMENT = 0.5
LEAST_PROBABILITY = 1e-6  # lower bound of a probability
NO_PAIR_WEIGHT = 0.25  # weight of the log-odds of no pair in those of the two parts, of which each may lack a stroke
PART_WEIGHT = 0.25  # exponent of the outputs of the two parts in the product with the probabilities of the pairs


@cache
def pair_network() -> Model:
    """Return the pair network; output 10 a + b is the pair a, b, and the last output is no pair."""
    return load(PAIR_NETWORK).model


def pair_outputs(characters: Sequence[Candidate]) -> FloatArray:
    """Return the outputs (n, 101) of the pair network for n whole characters."""
    if not characters:
        return np.empty((0, 101), np.float32)
    return pair_network().predict(np.stack([pair_pixels(each.piece.mask) for each in characters]))


def pair_of(outputs: FloatArray, left: Candidate, right: Candidate) -> tuple[list[Candidate], float]:
    """Return the two parts of a character as they are read together, and the cost of this reading.

    outputs: (101,), those of the pair network for the character. They are multiplied by those of the parts:

        q(a, b) = p(a, b) left(a)^w right(b)^w,  w = PART_WEIGHT

    The cost is -log max q. The outputs of each part become its marginal distribution of q. The agreement of both is
    PAIR_AGREEMENT sqrt(max p): the root, because they share the probability of the most probable pair. The log-odds
    that a part shows no digit become

        (1 - v) log-odds + v log(p(no pair) / (1 - p(no pair))),  v = NO_PAIR_WEIGHT
    """
    p = outputs[:-1].reshape(10, 10)
    q = p * np.outer(left.outputs, right.outputs) ** PART_WEIGHT
    cost = -log(max(float(q.max()), LEAST_PROBABILITY))
    q = q / np.maximum(q.sum(), TINY)
    agreement = PAIR_AGREEMENT * sqrt(p.max())
    marginals = (left, q.sum(axis=1)), (right, q.sum(axis=0))
    no_pair = float(outputs[-1])
    log_odds = log(max(no_pair, LEAST_PROBABILITY) / max(1 - no_pair, LEAST_PROBABILITY))
    return [
        replace(
            part,
            outputs=marginal,
            agreement=agreement,
            log_odds=(1 - NO_PAIR_WEIGHT) * part.log_odds + NO_PAIR_WEIGHT * log_odds,
        )
        for part, marginal in marginals
    ], cost
