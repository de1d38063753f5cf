"""Write pictures that show no digit, or more than one, DIR/<kind>/<n>.png: the answer should be "unsure"."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from PIL import Image

from ..raster import Rng
from .cartoons import cartoon, scene
from .letters import letter, word
from .marks import line, sign
from .numbers import column, exponent, several_digits
from .surfaces import blank, gradient, noise, photograph, texture
from .things import doodle, outline, scribble, shape, silhouette, symbol
from .unseen import character, clock, graph, note, signature

Kinds = Mapping[str, Callable[[Rng], Image.Image]]


def named(*functions: Callable[[Rng], Image.Image]) -> Kinds:
    return MappingProxyType({function.__name__.replace("_", "-"): function for function in functions})


# The rejection is trained and fitted on these.
KINDS = named(
    blank, noise, texture, several_digits, letter, shape, gradient, scribble, silhouette, word, symbol, photograph,
    outline, column, exponent, line, sign, cartoon, scene, doodle
)  # fmt: skip
UNSEEN = named(signature, character, graph, clock, note)  # only measured


def make(directory: Path, count: int, seed: int, kinds: Kinds = KINDS) -> None:
    """Draw ``count`` pictures of each kind."""
    for number, (kind, draw) in enumerate(kinds.items()):
        (directory / kind).mkdir(parents=True, exist_ok=True)
        for n in range(count):
            draw(np.random.default_rng([seed, number, n])).save(directory / kind / f"{n}.png")
