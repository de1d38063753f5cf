"""The pictures that only one of two models predicts correctly, on a contact sheet."""

import numpy as np
from PIL import Image

from mnist_mlp.errors import visible
from mnist_mlp.formatting import class_name, percent
from mnist_mlp.reports.contact_sheet import Section, Tile, contact_sheet, drawable_names
from mnist_mlp.reports.images import ink_on_paper, zoom_to
from mnist_mlp.reports.in_turn import in_turn
from mnist_mlp.runs.checkpoint_evaluation import CheckpointComparison
from mnist_mlp.runs.find import shown

SIDE = 84  # pixels of a picture's longer side: three times MNIST's
MAX = 160  # in each section: two rows of eight for each of ten classes


def draw_disagreements(comparison: CheckpointComparison) -> Image.Image:
    """Draw what only A predicts correctly, then what only B does; captions: label and the wrong prediction.

    comparison: from ``compare``. Of many samples, the same number of each class is drawn. Return a PIL image.
    """
    found, samples = comparison.statistics, comparison.samples
    y, (height, width), zoom = samples.y, samples.shape, zoom_to(samples.shape, SIDE)
    names = drawable_names(samples.names)
    sections = []
    for name, other, chosen, predicted in (
        ("A", "B", found.only_first, comparison.predictions[1]),
        ("B", "A", found.only_second, comparison.predictions[0]),
    ):
        drawn = chosen[in_turn(y[chosen], MAX)]
        drawn = drawn[np.argsort(y[drawn], kind="stable")]
        tiles = [
            Tile(
                ink_on_paper(samples.X[i], samples.shape, zoom),
                f"{class_name(y[i], names)} read as {class_name(predicted[i], names)}",
            )
            for i in drawn.tolist()
        ]
        part = f" ({MAX} drawn)" if len(chosen) > MAX else ""
        sections.append(Section(tiles, f"Only {name} is correct: {len(chosen):,}{part}, with {other}'s answers"))
    models = (
        f"{name}: {visible(shown(path))}, accuracy {percent(accuracy)}"
        for name, path, accuracy in (
            ("A", comparison.first, found.first_accuracy),
            ("B", comparison.second, found.second_accuracy),
        )
    )
    title = "\n".join((f"Two networks on {found.n:,} test samples", *models))
    return contact_sheet(sections, (width * zoom, height * zoom), title=title)
