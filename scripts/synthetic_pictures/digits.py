#!/usr/bin/env python3
"""Draws the difficult set: labelled pictures of digits as people make them, DIR/<condition>/<digit>/<source>-<n>.png.

    scripts/difficult/make DIR [--count N] [--seed S] [--fonts DIR] [--condition NAME]... [--jobs N]

The same seed, fonts and releases of NumPy and Pillow give the same files. A picture depends on the seed, its condition
and its number alone, so a condition can be made anew without the others, and all of them at the same time.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from zlib import crc32

import click
import numpy as np
from conditions import CONDITIONS, LOSSLESS
from glyphs import Glyph, find_fonts, font_glyph, mnist_glyph, spline_glyph
from PIL import Image


def glyph_of(rng: np.random.Generator, digit: int, fonts: list[Path]) -> Glyph:
    """A digit from one of the sources, half of them MNIST's."""
    source = rng.choice(["mnist", "spline", "font"], p=[0.5, 0.25, 0.25])
    if source == "mnist":
        return mnist_glyph(rng, digit)
    return font_glyph(rng, digit, fonts) if source == "font" and fonts else spline_glyph(rng, digit)


def save(rng: np.random.Generator, image: Image.Image, condition: str, stem: Path) -> Path:
    """Write the picture as PNG or JPEG, as people with such pictures would."""
    kind = condition.partition("-")[0]
    lossy = condition not in LOSSLESS and rng.uniform() < {"photo": 0.9, "scan": 0.5, "paint": 0.3, "crop": 0.4}[kind]
    if not lossy:
        image.save(stem.with_suffix(".png"))
        return stem.with_suffix(".png")
    image.save(stem.with_suffix(".jpg"), quality=int(rng.integers(30, 96)))
    return stem.with_suffix(".jpg")


def make(directory: Path, count: int, seed: int, fonts: list[Path], conditions: list[str]) -> None:
    """Each condition's share of ``count`` pictures over all conditions, every digit as often."""
    each = -(-count // len(CONDITIONS))
    for condition in conditions:
        for n in range(each):
            rng = np.random.default_rng([seed, crc32(condition.encode()), n])
            digit = n % 10
            glyph = glyph_of(rng, digit, fonts)
            image = CONDITIONS[condition](rng, glyph, lambda rng=rng: glyph_of(rng, int(rng.integers(10)), fonts))
            folder = directory / condition / str(digit)
            folder.mkdir(parents=True, exist_ok=True)
            save(rng, image, condition, folder / f"{glyph.kind}-{n}")


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else None)
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--count", default=6300, show_default=True, help="Pictures in all, at least.")
@click.option("--seed", default=0, show_default=True)
@click.option("--fonts", "font_directory", default=Path("/usr/share/fonts"), show_default=True, type=click.Path(
    path_type=Path), help="Where Debian's packages named in glyphs.py were installed or unpacked.")  # fmt: skip
@click.option("--condition", "conditions", multiple=True, type=click.Choice(list(CONDITIONS)), help="Only these.")
@click.option("--jobs", default=1, show_default=True, help="Processes that draw at the same time.")
def command(
    directory: Path, count: int, seed: int, font_directory: Path, conditions: tuple[str, ...], jobs: int
) -> None:
    fonts = find_fonts(font_directory)
    if not fonts:
        click.echo(f"no handwriting font below {font_directory}: their share is drawn with splines", err=True)
    with ProcessPoolExecutor(jobs) as pool:
        for _ in pool.map(partial(make, directory, count, seed, fonts), ([name] for name in conditions or CONDITIONS)):
            pass


if __name__ == "__main__":
    sys.exit(command())
