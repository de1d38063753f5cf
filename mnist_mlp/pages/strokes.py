"""The strokes of a whole page: the stages of ``pictures`` that find strokes, without the selection of one digit."""

from collections.abc import Iterator
from dataclasses import replace

from mnist_mlp.pictures import PAGE, STROKES, run
from mnist_mlp.pictures.drawing import WIDEST, Drawing
from mnist_mlp.pictures.polarity import border_polarity
from mnist_mlp.pictures.raster import Grey, shrink

VIEW = 1280  # pixels: longest side of the reduced page; a digit that is a 60th of it is as long as MNIST's
NARROW = 0.05  # largest width of a stroke of a page with several digits, as a fraction of the longest side


def segmentations(grey: Grey) -> Iterator[Drawing]:
    """Yield drawings of a page (h, w) whose masks have all strokes, the most probable one first.

    They differ in the polarity, and in the largest width of a stroke: what is wider is paper, table or shadow.
    """
    longest = min(VIEW, max(grey.shape))
    view = run(PAGE, Drawing(shrink(grey, longest), scale=max(grey.shape) / longest))
    inverted = border_polarity(view.grey)
    for widest in (NARROW, WIDEST):
        for polarity in (True, False) if inverted is None else (inverted,):
            found = run(STROKES[:-1], replace(view, widest=widest, inverted=polarity))
            if found.mask.any():
                yield found
