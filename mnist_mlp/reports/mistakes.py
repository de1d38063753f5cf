"""The pictures that a model predicts wrongly, on a contact sheet."""

import numpy as np
from PIL import Image

from mnist_mlp.evaluation.metrics import Evaluation
from mnist_mlp.formatting import class_name
from mnist_mlp.nn.types import IntArray
from mnist_mlp.reports.contact_sheet import Section, Tile, contact_sheet
from mnist_mlp.reports.images import ink_on_paper
from mnist_mlp.runs.samples import LabelledSamples

COLUMNS = 16
ZOOM = 3
WIDTH = 92  # pixels, for the caption
MAX = 1000


def draw_mistakes(metrics: Evaluation, samples: LabelledSamples) -> Image.Image:
    """Draw the wrong predictions, those with the largest output first; captions: label, prediction and output.

    metrics, samples: of the result of ``evaluate_checkpoint`` or ``evaluate_pictures``. Return a PIL image.
    """
    tiles = []
    for i in mistakes(metrics, samples)[:MAX].tolist():
        predicted = metrics.predicted[i]
        label, wrong = (class_name(c, samples.names) for c in (samples.y[i], predicted))
        caption = f"{label} as {wrong} ({metrics.outputs[i, predicted]:.2f})"
        tiles.append(Tile(ink_on_paper(samples.X[i], samples.shape, ZOOM), caption))
    height, width = samples.shape
    return contact_sheet([Section(tiles, empty="no mistakes")], COLUMNS, (max(width * ZOOM, WIDTH), height * ZOOM))


def mistakes(metrics: Evaluation, samples: LabelledSamples) -> IntArray:
    """Return the indices of the wrong predictions, those with the largest output first."""
    wrong = np.flatnonzero(metrics.predicted != samples.y)
    order: IntArray = np.argsort(-metrics.outputs[wrong, metrics.predicted[wrong]], kind="stable")
    return wrong[order]
