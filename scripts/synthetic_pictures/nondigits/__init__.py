"""Write pictures that show no digit, or more than one, DIR/<kind>/<n>.png: the answer should be "unsure"."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from zlib import crc32

import numpy as np
from PIL import Image

from ..raster import Rng
from .cartoons import cartoon, scene
from .figures import chart, ideogram, wheel
from .letters import capital_letter, greek_letter, small_letter, word
from .marks import line, mark, sign
from .numbers import column, exponent, several_digits
from .surfaces import blank, gradient, noise, photograph, texture
from .things import doodle, outline, scribble, shape, silhouette, symbol
from .unseen import character, clock, graph, note, signature

Kinds = Mapping[str, Callable[[Rng], Image.Image]]


def named(*functions: Callable[[Rng], Image.Image]) -> Kinds:
    return MappingProxyType({function.__name__.replace("_", "-"): function for function in functions})


# The rejection is trained and fitted on these. Kinds of few strokes resemble digits most, so it learns more of them.
STROKES = named(
    capital_letter, small_letter, greek_letter, sign, mark, doodle, scribble, cartoon, outline, column, exponent,
    ideogram, wheel, chart
)  # fmt: skip
KINDS: Kinds = MappingProxyType({
    **named(blank, noise, texture, several_digits, shape, gradient, silhouette, word, symbol, photograph, line, scene),
    **STROKES,
})  # fmt: skip
UNSEEN = named(signature, character, graph, clock, note)  # only measured


def make(directory: Path, count: int, seed: int, kinds: Kinds = KINDS) -> None:
    """Draw ``count`` pictures of each kind; a picture depends on the seed, its kind and its number alone."""
    for kind, draw in kinds.items():
        (directory / kind).mkdir(parents=True, exist_ok=True)
        for n in range(count):
            draw(np.random.default_rng([seed, crc32(kind.encode()), n])).save(directory / kind / f"{n}.png")
