"""Contact sheets: pictures, the 28x28 pixels that the network sees of them, and its answers."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont, ImageOps

from mnist_mlp.data.dataset import Pixels
from mnist_mlp.inference.reader import read_digit
from mnist_mlp.runs.find import load_checkpoint

from . import digits, nondigits

README_DIGITS = {"photo-squared": 3, "photo-shadow": 8, "photo-blackboard": 5, "scan-form-box": 2,
                 "paint-transparent": 4, "paint-mouse": 6, "crop-neighbours": 9, "photo-finger": 7}  # fmt: skip
README_NONDIGITS = ("several-digits", "letter")
SIDE, SEEN, GAP, LINE = 150, 84, 16, 10  # pixels
INK, GREY, PAPER = (20, 20, 24), (110, 110, 118), (255, 255, 255)


class Cell(NamedTuple):
    """A picture file, the pixels (28, 28) made of it, and three lines of text in large, small and tiny letters."""

    file: Path
    pixels: Pixels
    lines: tuple[str, str, str]


def contact_sheet(cells: Sequence[Cell], columns: int) -> Image.Image:
    """Return a page with the cells in rows."""
    width, height = SIDE + GAP, SIDE + SEEN + LINE + 2 * GAP
    page = Image.new("RGB", (columns * width + GAP, max(1, -(-len(cells) // columns)) * height + GAP), PAPER)
    pen = ImageDraw.Draw(page)
    large, small, tiny = (ImageFont.load_default(size) for size in (22, 13, 11))
    for i, cell in enumerate(cells):
        left, top = GAP + i % columns * width, GAP + i // columns * height
        with Image.open(cell.file) as image:
            rgba = ImageOps.exif_transpose(image).convert("RGBA")
        flat = Image.alpha_composite(Image.new("RGBA", rgba.size, PAPER), rgba).convert("RGB")
        page.paste(ImageOps.pad(flat, (SIDE, SIDE), color=(238, 238, 240)), (left, top))
        seen = Image.fromarray(cell.pixels).resize((SEEN, SEEN), Image.Resampling.NEAREST)
        page.paste(seen.convert("RGB"), (left, top + SIDE + 6))
        beside = left + SEEN + 8
        pen.text((beside, top + SIDE + 24), cell.lines[0], INK, large)
        pen.text((beside, top + SIDE + 54), cell.lines[1], GREY, small)
        pen.text((left, top + SIDE + SEEN + 10), cell.lines[2], GREY, tiny)
    return page


def readme_sheet(fonts: Sequence[Path]) -> Image.Image:
    """Return the contact sheet of the README: pictures with fixed numbers, whatever the answers are."""
    state, cells = load_checkpoint("pretrained").state, []
    with TemporaryDirectory() as name:
        directory = Path(name)
        digits.make(directory, 10 * len(digits.CONDITIONS), 0, fonts, tuple(README_DIGITS))
        nondigits.make(directory, 1, 0)
        files = [next((directory / condition / str(n)).iterdir()) for condition, n in README_DIGITS.items()]
        for file in [*files, *(directory / kind / "0.png" for kind in README_NONDIGITS)]:
            reading = read_digit(file, state)
            answer = str(reading.best_guess), f"{100 * reading.outputs.max():.1f} %", ""
            lines = ("", "unsure", reading.reason) if reading.reason else answer
            cells.append(Cell(file, reading.picture.pixels, lines))
        return contact_sheet(cells, columns=5)
