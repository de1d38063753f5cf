"""The pictures that a model predicts wrongly, on a contact sheet."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from mnist_mlp.evaluation.metrics import Evaluation
from mnist_mlp.formatting import class_name, output
from mnist_mlp.nn.types import IntArray
from mnist_mlp.reports.contact_sheet import Section, Tile, contact_sheet, drawable_names
from mnist_mlp.reports.images import ink_on_paper, zoom_to
from mnist_mlp.runs.samples import LabelledSamples

SIDE = 112  # pixels of a picture's longer side: four times MNIST's
MAX = 480


def draw_mistakes(
    metrics: Evaluation, samples: LabelledSamples, *, files: Sequence[str] = (), title: str = ""
) -> Image.Image:
    """Draw the wrong predictions, those with the largest output first; captions: label, prediction and its output.

    metrics, samples: of the result of ``evaluate_checkpoint`` or ``evaluate_pictures``. files: names of those of all
    samples, for a second line of the captions. title: a line above the number of mistakes. Return a PIL image.
    """
    tiles, found, zoom = [], mistakes(metrics, samples), zoom_to(samples.shape, SIDE)
    names = drawable_names(samples.names)
    for i in found[:MAX].tolist():
        predicted = int(metrics.predicted[i])
        label, wrong = (class_name(c, names) for c in (samples.y[i], predicted))
        caption = f"{label} read as {wrong}, {output(float(metrics.outputs[i, predicted]), metrics.kind, 0)}"
        picture = ink_on_paper(samples.X[i], samples.shape, zoom)
        tiles.append(Tile(picture, f"{caption}\n{files[i]}" if files else caption))
    part = f"the first {MAX} of them, " if len(found) > MAX else ""
    what = {"probabilities": "the most probable", "scores": "the largest score"}[metrics.kind]
    line = f"{len(found):,} of {metrics.n:,} are read wrongly; {part}{what} first"
    height, width = samples.shape
    section = Section(tiles, empty="no mistakes")
    return contact_sheet([section], (width * zoom, height * zoom), title=f"{title}\n{line}".strip())


def mistakes(metrics: Evaluation, samples: LabelledSamples) -> IntArray:
    """Return the indices of the wrong predictions, those with the largest output first."""
    wrong = np.flatnonzero(metrics.predicted != samples.y)
    order: IntArray = np.argsort(-metrics.outputs[wrong, metrics.predicted[wrong]], kind="stable")
    return wrong[order]
