"""The pictures that one model gets right and another wrong."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mnist_mlp.data.dataset import Labels, Pictures
from mnist_mlp.evaluation.comparison import Comparison
from mnist_mlp.nn.types import IntArray

COLUMNS = 12
ZOOM = 2
CAPTION, HEADING, GAP = 20, 40, 12
MOST = 240  # of each kind
TEXT, FAINT = 20, 95


def draw_differences(
    comparison: Comparison, answers: tuple[IntArray, IntArray], X: Pictures, y: Labels, shape: tuple[int, int]
) -> Image.Image:
    """A sheet of what only A gets right, and one below of what only B does; under each its digit and the wrong answer.

    answers: of A and of B, each (n,).
    """
    sections = (
        ("only A gets right", "B", comparison.only_first, answers[1]),
        ("only B gets right", "A", comparison.only_second, answers[0]),
    )
    height, width = shape[0] * ZOOM, max(shape[1] * ZOOM, 64)
    cell = (width + GAP, height + CAPTION + GAP)
    rows = [max(1, -(-min(len(chosen), MOST) // COLUMNS)) for _, _, chosen, _ in sections]
    sheet = Image.new("L", (COLUMNS * cell[0] + GAP, sum(rows) * cell[1] + 2 * (HEADING + GAP)), 255)
    pen, top = ImageDraw.Draw(sheet), GAP
    for (title, other, chosen, answer), n_rows in zip(sections, rows, strict=True):
        shown = chosen[np.argsort(y[chosen], kind="stable")][:MOST].tolist()
        some = f", {MOST} of them here" if len(chosen) > MOST else ""
        pen.text((GAP, top), f"{title}: {len(chosen):,}{some}", TEXT, ImageFont.load_default(20))
        top += HEADING
        if not shown:
            pen.text((GAP, top), "none", FAINT, ImageFont.load_default(15))
        for i, sample in enumerate(shown):
            x, row = GAP + i % COLUMNS * cell[0], top + i // COLUMNS * cell[1]
            digit = Image.fromarray(255 - X[sample].reshape(shape))
            left = x + (width - shape[1] * ZOOM) // 2
            sheet.paste(digit.resize((shape[1] * ZOOM, height), Image.Resampling.BICUBIC), (left, row))
            words = f"{y[sample]}, {other}: {answer[sample]}"
            pen.text((x + width // 2, row + height + 2), words, TEXT, ImageFont.load_default(14), "ma")
        top += n_rows * cell[1]
    return sheet
