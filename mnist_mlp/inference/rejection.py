"""Rejection: whether a picture shows no digit, but several digits, a letter, a shape or something else.

A picture with several separate things is rejected. For others, a network of its own (784-192-48-2, trained on digits
and on other pictures) classifies the 28x28 pixels. Logistic regression combines its log-odds with the stroke features,
which the preparation measures: they tell how far the pixels can be trusted.
"""

import json
from collections.abc import Sequence
from functools import cache
from math import log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mnist_mlp.models import Model
from mnist_mlp.pretrained import REJECTION, REJECTION_NETWORK
from mnist_mlp.storage.checkpoint import load

if TYPE_CHECKING:
    from mnist_mlp.pictures import Picture, StrokeFeatures

LEAST, LARGEST = 1e-3, 12.0  # lower bound of a feature in its logarithm; bound of the network's log-odds
MOST_DEVIATIONS = 4.0  # bound of a standardised feature, so that a strange picture does not depend on one of them alone

# The first stroke feature above (or below) its bound is the reason to reject a picture; else it is OTHER_REASON.
ABOVE = (
    ("cut", 0.5, "the picture cuts it off"),
    ("components", 6.0, "no stroke stands out from the rest"),
)
BELOW = (("main_share", 0.3, "no stroke stands out from the rest"),)
SEVERAL = "{} things are drawn, not one digit"
OTHER_REASON = "this does not look like a digit"


class Weights(NamedTuple):
    """The mean and standard deviation of a feature, its weight, and that of its product with the network's log-odds."""

    mean: float
    deviation: float
    weight: float
    product: float


class Parameters(NamedTuple):
    """The logistic regression, as ``pretrained/rejection.json`` stores it."""

    threshold: float  # log-odds above which a picture is rejected
    bias: float
    weights: dict[str, Weights]


@cache
def parameters() -> Parameters:
    """Return the fitted parameters that come with the package."""
    record = json.loads(REJECTION.read_bytes())
    weights = {name: Weights(*numbers) for name, numbers in record.pop("weights").items()}
    return Parameters(**record, weights=weights)


def reason_to_reject(picture: "Picture") -> str | None:
    """Return why a picture is rejected, or None if it shows a digit."""
    strokes = picture.features
    if not strokes.separate and log_odds(picture) <= parameters().threshold:
        return None
    if strokes.separate + strokes.adjacent:
        return SEVERAL.format(1 + strokes.separate + strokes.adjacent)
    reasons = [reason for name, bound, reason in ABOVE if getattr(strokes, name) > bound]
    reasons += [reason for name, bound, reason in BELOW if getattr(strokes, name) < bound]
    return reasons[0] if reasons else OTHER_REASON


def log_odds(picture: "Picture") -> float:
    """Return the log-odds that a picture shows no digit."""
    return log_odds_of([picture])[0]


def log_odds_of(pictures: Sequence["Picture"]) -> list[float]:
    """Return the log-odds of each of some pictures that it shows no digit."""
    pairs = zip(pictures, network_log_odds_of(pictures), strict=True)
    return [regression(features(picture.features, log_odds), parameters()) for picture, log_odds in pairs]


def regression(values: dict[str, float], parameters: Parameters) -> float:
    """Return the log-odds for the values of the features: bias + sum_i (weight_i + product_i z_network) z_i.

    z are the standardised values. The network counts most where the strokes are clean, so its slope depends on them.
    """
    z = {name: standardised(values[name], *parameters.weights[name][:2]) for name in parameters.weights}
    terms = (
        (weight + product * z["network"]) * z[name] for name, (_, _, weight, product) in parameters.weights.items()
    )
    return parameters.bias + sum(terms)


def standardised(value: float, mean: float, deviation: float) -> float:
    return min(max((value - mean) / deviation, -MOST_DEVIATIONS), MOST_DEVIATIONS)


def features(strokes: "StrokeFeatures", log_odds: float) -> dict[str, float]:
    """Return the inputs of the regression: the network's log-odds, each stroke feature and its logarithm."""
    values = {name: float(value) for name, value in strokes._asdict().items() if name != "separate"}
    logs = {f"log {name}": log(max(value, LEAST)) for name, value in values.items()}
    return {"network": min(max(log_odds, -LARGEST), LARGEST), **values, **logs}


def network_log_odds(picture: "Picture") -> float:
    """Return the log-odds that the rejection network computes from the pixels alone."""
    return network_log_odds_of([picture])[0]


def network_log_odds_of(pictures: Sequence["Picture"]) -> list[float]:
    """Return the log-odds of the rejection network for each picture, of which there is one at least."""
    X = np.stack([picture.pixels.reshape(-1) for picture in pictures])
    return [other - digit for digit, other in network().logits(X).tolist()]


@cache
def network() -> Model:
    """Return the rejection network; its two outputs are the scores of a digit and of another picture."""
    return load(REJECTION_NETWORK).model
