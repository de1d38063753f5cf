"""The pictures that only one of two models predicts correctly, on a contact sheet."""

import numpy as np
from PIL import Image

from mnist_mlp.formatting import class_name
from mnist_mlp.reports.contact_sheet import Section, Tile, contact_sheet
from mnist_mlp.reports.images import ink_on_paper
from mnist_mlp.runs.checkpoint_evaluation import CheckpointComparison

COLUMNS = 12
ZOOM = 2
WIDTH = 76  # pixels, for the caption
MAX = 240  # in each section


def draw_disagreements(comparison: CheckpointComparison) -> Image.Image:
    """Draw what only A predicts correctly, then what only B does; captions: label and the wrong prediction.

    comparison: from ``compare``. Return a PIL image.
    """
    found, (X, y, (height, width), names) = comparison.statistics, comparison.samples
    sections = []
    for name, other, chosen, predicted in (
        ("A", "B", found.only_first, comparison.predictions[1]),
        ("B", "A", found.only_second, comparison.predictions[0]),
    ):
        shown = chosen[np.argsort(y[chosen], kind="stable")][:MAX].tolist()
        tiles = [
            Tile(
                ink_on_paper(X[i], (height, width), ZOOM),
                f"{class_name(y[i], names)}, {other}: {class_name(predicted[i], names)}",
            )
            for i in shown
        ]
        part = f", the first {MAX}" if len(chosen) > MAX else ""
        sections.append(Section(tiles, f"only {name} is correct: {len(chosen):,}{part}"))
    return contact_sheet(sections, COLUMNS, (max(width * ZOOM, WIDTH), height * ZOOM))
