"""Prepare any picture of a digit in MNIST's format: a pipeline of stages.

``STAGES`` is the pipeline in order. Each stage is the function of one file, from a ``Drawing`` to the next. The result
has 28x28 pixels, light strokes of MNIST's width, centred by mass. A picture of MNIST, or its negative, stays unchanged.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from mnist_mlp.errors import DataError
from mnist_mlp.pictures.background import subtract_background
from mnist_mlp.pictures.boxes import remove_boxes
from mnist_mlp.pictures.center import BRIGHT, center_by_mass, is_normalized
from mnist_mlp.pictures.decode import Source, decode_grey, name_of
from mnist_mlp.pictures.drawing import Drawing, StrokeFeatures, Trace
from mnist_mlp.pictures.ink import crop_ink
from mnist_mlp.pictures.page import fill_surroundings
from mnist_mlp.pictures.pale_strokes import follow_pale_strokes
from mnist_mlp.pictures.polarity import choose_polarity
from mnist_mlp.pictures.raster import Grey
from mnist_mlp.pictures.ruled_lines import remove_ruled_lines
from mnist_mlp.pictures.stroke_width import normalize_stroke_width
from mnist_mlp.pictures.strokes import select_strokes
from mnist_mlp.pictures.threshold import threshold_strength
from mnist_mlp.pictures.views import search_views

__all__ = ["STAGES", "NothingDrawnError", "Picture", "StrokeFeatures", "Trace", "features_of", "prepare"]


class Stage(NamedTuple):
    """One step of the pipeline, and what it is called."""

    name: str
    run: Callable[[Drawing], Drawing]


PAGE = (Stage("page", fill_surroundings),)
# For dark strokes, for light strokes, or for both; then ``choose_polarity`` keeps one of the two.
STROKES = (
    Stage("background", subtract_background),
    Stage("threshold", threshold_strength),
    Stage("ruled lines", remove_ruled_lines),
    Stage("boxes", remove_boxes),
    Stage("strokes", select_strokes),
)
NORMALIZATION = (
    Stage("pale strokes", follow_pale_strokes),
    Stage("ink", crop_ink),
    Stage("stroke width", normalize_stroke_width),
    Stage("center", center_by_mass),
)
STAGES = (*PAGE, *STROKES, *NORMALIZATION)


class NothingDrawnError(DataError):
    """A picture without a stroke; ``trace`` is that of ``Picture``."""

    trace: Trace = ()


class Picture(NamedTuple):
    """A picture in MNIST's format.

    pixels: (28, 28) uint8, 0 is the background. steps: what was done, in words. features: measures of the strokes.
    trace: name and image (h, w) uint8 of every stage, if asked for.
    """

    pixels: Grey
    steps: tuple[str, ...]
    features: StrokeFeatures
    trace: Trace = ()

    def __repr__(self) -> str:
        return f"<Picture {', '.join(self.steps) or 'unchanged'}>"


def prepare(source: Source, name: str | None = None, *, trace: bool = False) -> Picture:
    """Return the picture in ``source`` in MNIST's format.

    source: path, bytes, binary file object, PIL image, or uint8 array (h, w) or (h, w, 3). name: what error messages
    call it, by default the path. trace: keep the image of every stage. DataError if it is no picture;
    NothingDrawnError, which is one, if no stroke stands out.
    """
    name = name or name_of(source)
    grey, steps = decode_grey(source, name)
    seen = (("decoded", grey),) if trace else None
    pixels = in_mnist_format(grey)
    if pixels is not None:
        inverted = () if pixels is grey else ("inverted",)
        return Picture(pixels.copy(), (*steps, *inverted), features_of(pixels), seen or ())
    found = run(NORMALIZATION, find_digit(grey, name, steps, seen))
    return Picture(found.pixels, found.steps, found.features, found.trace or ())


def in_mnist_format(grey: Grey) -> Grey | None:
    """Return the grey levels (h, w), or their inverse, if they are in MNIST's format already; else None."""
    return next((pixels for pixels in (grey, 255 - grey) if is_normalized(pixels)), None)


def find_digit(grey: Grey, name: str, steps: tuple[str, ...] = (), trace: Trace | None = None) -> Drawing:
    """Return the strokes in grey levels (h, w), or raise NothingDrawnError if there are none."""
    drawing = search_views(grey, look, steps, trace)
    if drawing.mask.any():
        return drawing
    error = NothingDrawnError(
        "nothing is drawn", where=name, why="no stroke stands out from the background", fix="use more contrast"
    )
    error.trace = drawing.trace or ()
    raise error


def look(drawing: Drawing) -> Drawing:
    """Return the drawing with the strokes on its page, dark or light."""
    return choose_polarity(run(PAGE, drawing), partial(run, STROKES))


def run(stages: Sequence[Stage], drawing: Drawing) -> Drawing:
    """Return the drawing after the stages, or after the first that leaves no stroke."""
    for stage in stages:
        drawing = stage.run(drawing)
        if drawing.trace is not None:
            drawing = replace(drawing, trace=(*drawing.trace, (stage.name, drawing.image)))
        if drawing.mask.size and not drawing.mask.any():
            break
    return drawing


def features_of(pixels: Grey) -> StrokeFeatures:
    """Return the features of the strokes in pixels (28, 28) that are in MNIST's format already."""
    return select_strokes(Drawing(pixels, strength=pixels.astype(np.float32), mask=pixels >= BRIGHT)).features
