"""Rejection: whether a picture shows no digit, but several digits, a letter, a shape or something else.

A network of its own (784-64-2, trained on digits and on other pictures) classifies the 28x28 pixels. Its log-odds and
the stroke features, which the preparation measures, are combined by logistic regression.
"""

import json
from functools import cache
from math import log
from typing import TYPE_CHECKING, NamedTuple

from mnist_mlp.models import Model
from mnist_mlp.pretrained import REJECTION, REJECTION_NETWORK
from mnist_mlp.storage.checkpoint import load

if TYPE_CHECKING:
    from mnist_mlp.pictures import Facts, Picture

LEAST, LARGEST = 1e-3, 12.0  # lower bound of a feature in its logarithm; bound of the network's log-odds


class Parameters(NamedTuple):
    """The logistic regression, as ``pretrained/rejection.json`` stores it."""

    threshold: float  # log-odds above which a picture is rejected
    bias: float
    weights: dict[str, float]


@cache
def parameters() -> Parameters:
    """Return the fitted parameters that come with the package."""
    return Parameters(**json.loads(REJECTION.read_bytes()))


def reason_to_reject(picture: "Picture") -> str | None:
    """Return why a picture is rejected, or None if it shows a digit."""
    if log_odds(picture) <= parameters().threshold:
        return None
    facts = picture.facts
    if facts.beside > 0.4:
        return "more than one thing is drawn"
    if facts.cut > 0.5:
        return "the picture cuts it off"
    if facts.parts > 6 or facts.share < 0.3:
        return "no stroke stands out from the rest"
    return "this does not look like a digit"


def log_odds(picture: "Picture") -> float:
    """Return the log-odds that a picture shows no digit."""
    _, bias, weights = parameters()
    values = features(picture.facts, network_log_odds(picture))
    return bias + sum(weight * values[name] for name, weight in weights.items())


def features(facts: "Facts", network: float) -> dict[str, float]:
    """Return the inputs of the regression: the network's log-odds, each stroke feature and its logarithm."""
    values = {name: float(value) for name, value in facts._asdict().items()}
    logs = {f"log {name}": log(max(value, LEAST)) for name, value in values.items()}
    return {"network": min(max(network, -LARGEST), LARGEST), **values, **logs}


def network_log_odds(picture: "Picture") -> float:
    """Return the log-odds that the rejection network computes from the pixels alone."""
    digit, other = map(float, _network().logits(picture.pixels.reshape(1, -1))[0])
    return other - digit


@cache
def _network() -> Model:
    return load(REJECTION_NETWORK).model
