"""Sheets of paper with MNIST's test digits on them."""

from collections.abc import Sequence

import numpy as np

from tests.pictures.drawing import Array, digits, grey, stroke

# The first test digit of each class that is written plainly
NUMBERS = {"7": 0, "2": 1, "1": 2, "0": 3, "4": 4, "9": 7, "5": 15, "6": 11, "3": 18, "8": 61}
SIDE = 56  # pixels of a digit with its margin: 40 of the digit
Sides = tuple[int, int, int, int]  # of a box: left, top, right, bottom


def placed(sheet: Array, text: str, top: int, left: int, step: int = SIDE) -> list[Sides]:
    """Draw the digits of a text on the sheet (h, w), 0..1, one every ``step`` columns; return their boxes."""
    boxes = []
    for k, character in enumerate(text):
        if character != " ":
            ink = stroke(digits()[NUMBERS[character]], SIDE)
            y, x = top + (SIDE - ink.shape[0]) // 2, left + k * step + (SIDE - ink.shape[1]) // 2
            place = sheet[y : y + ink.shape[0], x : x + ink.shape[1]]
            np.maximum(place, ink, out=place)
            boxes.append((x, y, x + ink.shape[1], y + ink.shape[0]))
    return boxes


def paper(lines: Sequence[str], width: int = 640, step: int = SIDE) -> tuple[Array, list[Sides]]:
    """Return a sheet of paper with lines of digits, and the boxes of the digits."""
    sheet = np.zeros((100 * len(lines) + 60, width))
    boxes = [box for k, line in enumerate(lines) for box in placed(sheet, line, 50 + 100 * k, 40, step)]
    return on_white(sheet), boxes


def on_white(sheet: Array) -> Array:
    """Return ink 0..1 as dark strokes on white paper."""
    return grey(255 - 235 * sheet)
