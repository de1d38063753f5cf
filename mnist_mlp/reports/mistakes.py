"""The pictures that a model got wrong, drawn with their answers."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from mnist_mlp.data.dataset import Labels, Pictures
from mnist_mlp.evaluation.metrics import Evaluation
from mnist_mlp.reports.output import write_picture

COLUMNS = 16
ZOOM = 3
CAPTION = 14  # height of the line under each picture, pixels
GAP = 6
MOST = 1000


def draw_mistakes(evaluation: Evaluation, X: Pictures, y: Labels, shape: tuple[int, int], path: Path) -> None:
    """Write a sheet of the wrong answers, most confident first; under each its digit and what it was taken for."""
    wrong = np.flatnonzero(evaluation.predicted != y)
    confidence = evaluation.outputs[wrong, evaluation.predicted[wrong]]
    wrong = wrong[np.argsort(-confidence, kind="stable")][:MOST]
    height, width = shape[0] * ZOOM, max(shape[1] * ZOOM, 60)
    rows = max(1, -(-len(wrong) // COLUMNS))
    cell = (width + GAP, height + CAPTION + GAP)
    sheet = Image.new("L", (COLUMNS * cell[0] + GAP, rows * cell[1] + GAP), 255)
    pen = ImageDraw.Draw(sheet)
    if not len(wrong):
        pen.text((GAP, GAP), "no mistakes", fill=0)
    for i, sample in enumerate(wrong.tolist()):
        left, top = GAP + i % COLUMNS * cell[0], GAP + i // COLUMNS * cell[1]
        digit = Image.fromarray(255 - X[sample].reshape(shape)).resize(
            (shape[1] * ZOOM, height), Image.Resampling.NEAREST
        )
        sheet.paste(digit, (left, top))
        answer = evaluation.predicted[sample]
        pen.text((left, top + height), f"{y[sample]} as {answer} ({evaluation.outputs[sample, answer]:.2f})", fill=0)
    write_picture(sheet, path)
