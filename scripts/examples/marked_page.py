"""Draw docs/pictures/predict-all.png: a page of synthetic handwriting, with what ``read_page`` reads on it."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

import mnist_mlp as mm

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "predict-all.png"
LINES = "0151 2734", "25 + 17 = 42", "1903  86"
SIZE, STEP, HEIGHT = 48, 40, 84  # pixels of a digit with its margin, from digit to digit, from line to line
SLANT = 0.05


def page() -> Image.Image:
    """Return a photograph of three slanted lines of digits, with signs, on paper with a shadow."""
    generator, digits = np.random.default_rng(8), mm.draw_digits(600, seed=3)
    ink = np.zeros((HEIGHT * len(LINES) + 100, 640))
    for row, line in enumerate(LINES):
        for column, character in enumerate(line):
            left = 50 + column * STEP
            top = 30 + row * HEIGHT + round(SLANT * left) + int(generator.integers(-3, 4))
            if character.isdigit():
                k = generator.choice(np.flatnonzero(digits.y == int(character)))
                drawn = Image.fromarray(digits.X[k].reshape(28, 28)).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
                place = ink[top : top + SIZE, left : left + SIZE]
                np.maximum(place, np.asarray(drawn) / 255, out=place)
            for down in {"+": (24,), "=": (20, 30)}.get(character, ()):
                ink[top + down : top + down + 4, left + 12 : left + 38] = 1
            if character == "+":
                ink[top + 12 : top + 40, left + 23 : left + 27] = 1
    y, x = np.mgrid[-1 : 1 : ink.shape[0] * 1j, -1 : 1 : ink.shape[1] * 1j]
    light = (215 + 20 * x - 25 * y) * np.where(x - y > 0.9, 0.75, 1) + generator.normal(0, 3, ink.shape)
    return Image.fromarray(np.uint8(np.clip(light * (1 - 0.7 * ink), 0, 255))).filter(ImageFilter.GaussianBlur(0.6))


def main() -> mm.Page:
    """Return what is read on the page."""
    return mm.read_page(page())


if __name__ == "__main__":
    found = main()
    mm.draw_page(page(), found).save(PICTURE, optimize=True)
    print(found)
