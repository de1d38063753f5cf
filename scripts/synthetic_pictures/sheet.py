"""Contact sheets: pictures, the 28x28 pixels that the network sees of them, and its answers."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageOps

from mnist_mlp.data.dataset import Pixels
from mnist_mlp.formatting import percent
from mnist_mlp.inference.reader import read_digit
from mnist_mlp.reports.contact_sheet import Section, Tile, contact_sheet
from mnist_mlp.runs.find import load_checkpoint

from . import digits, nondigits

README_DIGITS = {"photo-squared": 3, "photo-shadow": 8, "photo-blackboard": 5, "scan-form-box": 2,
                 "paint-transparent": 4, "paint-mouse": 6, "crop-neighbours": 9, "photo-finger": 7}  # fmt: skip
README_NONDIGITS = ("several-digits", "capital-letter")
SIDE, SEEN = 160, 84  # pixels: of a picture, of the 28x28 pixels below it


def tile(file: Path, pixels: Pixels, caption: str) -> Tile:
    """Return a picture file with the pixels (28, 28) made of it below, for a contact sheet."""
    with Image.open(file) as image:
        rgba = ImageOps.exif_transpose(image).convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    both = Image.new("RGB", (SIDE, SIDE + SEEN + 4), "white")
    both.paste(ImageOps.pad(flat, (SIDE, SIDE), color=(238, 238, 240)))
    seen = Image.fromarray(pixels).resize((SEEN, SEEN), Image.Resampling.NEAREST)
    both.paste(seen, ((SIDE - SEEN) // 2, SIDE + 4))
    return Tile(both, caption)


def sheet_of(tiles: Sequence[Tile], columns: int) -> Image.Image:
    return contact_sheet([Section(tiles)], (SIDE, SIDE + SEEN + 4), columns=columns)


def readme_sheet(fonts: Sequence[Path]) -> Image.Image:
    """Return the contact sheet of the README: pictures with fixed numbers, whatever the answers are."""
    state, tiles = load_checkpoint("pretrained").state, []
    with TemporaryDirectory() as name:
        directory = Path(name)
        digits.make(directory, 10 * len(digits.CONDITIONS), 0, fonts, tuple(README_DIGITS))
        nondigits.make(directory, 1, 0)
        files = [next((directory / condition / str(n)).iterdir()) for condition, n in README_DIGITS.items()]
        for file in [*files, *(directory / kind / "0.png" for kind in README_NONDIGITS)]:
            reading = read_digit(file, state)
            answer = f"{reading.best_guess} ({percent(reading.probability, 1)})"
            tiles.append(tile(file, reading.picture.pixels, "unsure" if reading.reason else answer))
        return sheet_of(tiles, columns=5)
