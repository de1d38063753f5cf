"""When to say "unsure": several digits, letters, shapes, and whatever else is no digit.

A small network of its own (784-64-2, trained on digits and non-digits) says what the 28x28 pixels look like, the stroke
features say how they were found. The log-odds that the picture shows no digit are a weighted sum of both.
"""

from functools import cache
from math import log
from typing import TYPE_CHECKING

from mnist_mlp.models import Model
from mnist_mlp.storage.checkpoint import load
from mnist_mlp.storage.find import PRETRAINED

if TYPE_CHECKING:  # training needs the limit, not Pillow
    from mnist_mlp.pictures import Picture, StrokeFeatures

DOUBT = PRETRAINED.with_name("doubt.safetensors")
LIMIT = 0.51  # log-odds above which the answer is "unsure", fitted with the weights
LEAST, FARTHEST = 1e-3, 12.0  # of a feature before its logarithm, of the network's log-odds

# By scripts/difficult/fit_doubt.
BIAS = 12.2972
WEIGHTS = {
    "network": 0.6055,
    "components": 0.0031,
    "stroke_width": -0.2003,
    "stroke_length": 0.2414,
    "fill": -3.8529,
    "contrast": -0.0198,
    "main_share": -4.0277,
    "beside": 3.6154,
    "cut": 1.3520,
    "log components": -0.6562,
    "log stroke_width": 1.1162,
    "log stroke_length": 2.3420,
    "log fill": 1.4631,
    "log contrast": 0.6814,
    "log main_share": -0.9277,
    "log beside": 0.6542,
    "log cut": 0.1449,
}


def doubt(picture: "Picture", limit: float) -> str | None:
    """Why the answer to ``picture`` should not be trusted: its log-odds are above ``limit``; None: it may be."""
    if log_odds(picture) <= limit:
        return None
    strokes = picture.features
    if strokes.beside > 0.4:
        return "more than one thing is drawn"
    if strokes.cut > 0.5:
        return "the picture cuts it off"
    if strokes.components > 6 or strokes.main_share < 0.3:
        return "no stroke stands out from the rest"
    return "it looks like no digit"


def log_odds(picture: "Picture") -> float:
    """That the picture shows no digit."""
    values = features(picture.features, network_log_odds(picture))
    return BIAS + sum(weight * values[name] for name, weight in WEIGHTS.items())


def features(strokes: "StrokeFeatures", network: float) -> dict[str, float]:
    """What is weighed: the network's opinion, each stroke feature, and its logarithm."""
    values = {name: float(value) for name, value in strokes._asdict().items()}
    logs = {f"log {name}": log(max(value, LEAST)) for name, value in values.items()}
    return {"network": min(max(network, -FARTHEST), FARTHEST), **values, **logs}


def network_log_odds(picture: "Picture") -> float:
    """The same by the pixels alone."""
    digit, none = map(float, _network().logits(picture.pixels.reshape(1, -1))[0])
    return none - digit


@cache
def _network() -> Model:
    return load(DOUBT).model
