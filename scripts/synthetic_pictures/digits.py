"""Write labelled pictures of digits, DIR/<condition>/<digit>/<source>-<n>.png or .jpg.

A condition is a function of a random generator, a glyph, and a function that returns other glyphs. It returns the
picture; its docstring says what the picture shows.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from zlib import crc32

import numpy as np
from PIL import Image

from . import crops, drawings, photographs, scans
from .glyphs import any_glyph, random_glyph
from .jobs import parallel_map
from .stationery import Condition

PREFIXES = {photographs: "photo_", scans: "scan_", drawings: "paint_", crops: "crop_"}

CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {
        name.replace("_", "-"): function
        for module, prefix in PREFIXES.items()
        for name, function in vars(module).items()
        if name.startswith(prefix)
    }
)

# These are saved as PNG. The others are JPEG with this probability, with a quality of 30 to 95.
LOSSLESS = frozenset({"paint-transparent", "scan-fax", "paint-28", "paint-pencil-tool", "crop-mnist-like"})
JPEG = {"photo": 0.9, "scan": 0.5, "paint": 0.3, "crop": 0.4}


def make(
    directory: Path, count: int, seed: int, fonts: Sequence[Path], conditions: Sequence[str] = (), jobs: int = 1
) -> None:
    """Write the pictures of the conditions (all by default); all conditions together have at least ``count``."""
    each = -(-count // len(CONDITIONS))
    parallel_map(partial(make_condition, directory, each, seed, fonts), conditions or CONDITIONS, jobs)


def make_condition(directory: Path, count: int, seed: int, fonts: Sequence[Path], condition: str) -> None:
    """Write ``count`` pictures of a condition. Picture n shows the digit n mod 10 and depends on no other picture."""
    for n in range(count):
        rng = np.random.default_rng([seed, crc32(condition.encode()), n])
        digit = n % 10
        glyph = random_glyph(rng, digit, fonts)
        image = CONDITIONS[condition](rng, glyph, partial(any_glyph, rng, fonts))
        folder = directory / condition / str(digit)
        folder.mkdir(parents=True, exist_ok=True)
        share = 0.0 if condition in LOSSLESS else JPEG[condition.partition("-")[0]]
        save(rng, image, share, folder / f"{glyph.source}-{n}")


def save(rng: np.random.Generator, image: Image.Image, share: float, stem: Path) -> Path:
    """Write a picture as JPEG with probability ``share``, otherwise as PNG; return its file."""
    if rng.uniform() >= share:
        image.save(file := stem.with_suffix(".png"))
    else:
        image.save(file := stem.with_suffix(".jpg"), quality=int(rng.integers(30, 96)))
    return file
