#!/usr/bin/env python3
"""Draws the README's picture, docs/pictures/predict.png: pictures, what the network sees of them, and its answers.

    scripts/draw_pictures [--fonts DIR]

The pictures are drawn by scripts/difficult, with seeds that are fixed: the first of each condition, not the best.
"""

import sys
import tempfile
from importlib.machinery import SourceFileLoader
from pathlib import Path

import click
from PIL import Image, ImageDraw, ImageFont, ImageOps

from mnist_mlp.evaluation.reading import read_digit
from mnist_mlp.storage.find import load_checkpoint

ROOT = Path(__file__).parents[1]
DIFFICULT = ROOT / "scripts" / "difficult"
sys.path.insert(0, str(DIFFICULT))

DIGITS = {  # a condition, and which of its pictures
    "photo-squared": 3,
    "photo-shadow": 8,
    "photo-blackboard": 5,
    "scan-form-box": 2,
    "paint-transparent": 4,
    "paint-mouse": 6,
    "crop-neighbours": 9,
    "photo-finger": 7,
}
NONDIGITS = ("several-digits", "letter")
SIDE, SEEN, GAP, LINE = 150, 84, 16, 10  # pixels
INK, GREY, PAPER = (20, 20, 24), (110, 110, 118), (255, 255, 255)


def script(name: str):
    return SourceFileLoader(f"difficult_{name}", str(DIFFICULT / name)).load_module()


def drawn(directory: Path, fonts: Path) -> list[Path]:
    """The pictures, drawn into ``directory``."""
    make, nondigits = script("make"), script("make_nondigits")
    make.make(directory, 10 * len(make.CONDITIONS), 0, make.find_fonts(fonts), list(DIGITS))
    nondigits.make(directory, 1, 0)
    files = [next((directory / condition / str(n)).iterdir()) for condition, n in DIGITS.items()]
    return [*files, *(directory / kind / "0.png" for kind in NONDIGITS)]


def sheet(files: list[Path]) -> Image.Image:
    """A column for each file: the picture, what the network sees, the answer."""
    state = load_checkpoint("pretrained").state
    rows = 2
    columns = -(-len(files) // rows)
    cell = (SIDE + GAP, SIDE + SEEN + LINE + 2 * GAP)
    page = Image.new("RGB", (columns * cell[0] + GAP, rows * cell[1] + GAP), PAPER)
    pen = ImageDraw.Draw(page)
    large, small, tiny = (ImageFont.load_default(size) for size in (22, 13, 11))
    for i, file in enumerate(files):
        left, top = GAP + i % columns * cell[0], GAP + i // columns * cell[1]
        reading = read_digit(state, file)
        with Image.open(file) as picture:
            flat = Image.new("RGBA", picture.size, PAPER)
            flat.alpha_composite(picture.convert("RGBA"))
        page.paste(ImageOps.pad(flat.convert("RGB"), (SIDE, SIDE), color=(238, 238, 240)), (left, top))
        seen = Image.fromarray(reading.picture.pixels).resize((SEEN, SEEN), Image.Resampling.NEAREST)
        page.paste(seen.convert("RGB"), (left, top + SIDE + 6))
        beside, below = left + SEEN + 8, top + SIDE + SEEN + 10
        if reading.reason:
            pen.text((beside, top + SIDE + 24), "unsure", INK, small)
            pen.text((left, below), reading.reason, GREY, tiny)
        else:
            pen.text((beside, top + SIDE + 24), str(reading.digit), INK, large)
            pen.text((beside, top + SIDE + 54), f"{100 * reading.outputs.max():.1f} %", GREY, small)
    return page


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else None)
@click.option("--fonts", type=click.Path(path_type=Path), default=Path("/usr/share/fonts"), show_default=True)
def command(fonts: Path) -> None:
    with tempfile.TemporaryDirectory() as directory:
        page = sheet(drawn(Path(directory), fonts))
    (ROOT / "docs" / "pictures").mkdir(exist_ok=True)
    page.save(ROOT / "docs" / "pictures" / "predict.png", optimize=True)


if __name__ == "__main__":
    command()
