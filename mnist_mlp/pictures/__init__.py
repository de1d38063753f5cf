"""Prepare any picture of a digit in MNIST's format: a pipeline of stages.

``STAGES`` is the pipeline in order. Each stage is the function of one file, from a ``Drawing`` to the next. The result
has 28x28 pixels, light strokes of MNIST's width, centred by mass. A picture of MNIST, or its negative, stays unchanged.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from os import PathLike, fspath
from typing import NamedTuple

import numpy as np

from mnist_mlp.errors import DataError, check_not_empty
from mnist_mlp.pictures.background import subtract_background
from mnist_mlp.pictures.boxes import remove_boxes
from mnist_mlp.pictures.center import BRIGHT, center_by_mass, is_normalized
from mnist_mlp.pictures.decode import UNNAMED, Source, decode_grey
from mnist_mlp.pictures.drawing import Drawing, StrokeFeatures, Trace
from mnist_mlp.pictures.ink import crop_ink
from mnist_mlp.pictures.page import fill_surroundings
from mnist_mlp.pictures.pale_strokes import follow_pale_strokes
from mnist_mlp.pictures.polarity import choose_polarity
from mnist_mlp.pictures.raster import SMALL, VIEW, Grey, bounding_box, shrink
from mnist_mlp.pictures.ruled_lines import remove_ruled_lines
from mnist_mlp.pictures.stroke_width import normalize_stroke_width
from mnist_mlp.pictures.strokes import select_strokes
from mnist_mlp.pictures.threshold import threshold_strength

__all__ = ["STAGES", "NothingDrawnError", "Picture", "StrokeFeatures", "Trace", "features_of", "prepare"]


SHORT = 20  # pixels: a digit that is shorter in a reduced view has lost detail; those of MNIST are as long


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
    check_not_empty(source, "picture", DataError)
    name = name or (str(fspath(source)) if isinstance(source, str | PathLike) else UNNAMED)
    grey, steps = decode_grey(source, name)
    seen = (("decoded", grey),) if trace else None
    for pixels, inverted in ((grey, ()), (255 - grey, ("inverted",))):
        if is_normalized(pixels):
            return Picture(pixels.copy(), (*steps, *inverted), features_of(pixels), seen or ())
    found = run(NORMALIZATION, find_digit(grey, name, steps, seen))
    return Picture(found.pixels, found.steps, found.features, found.trace or ())


def find_digit(grey: Grey, name: str, steps: tuple[str, ...] = (), trace: Trace | None = None) -> Drawing:
    """Return the strokes in grey levels (h, w), in the first view that has some; else raise NothingDrawnError.

    If the picture was reduced so far that little is left of the digit, the part around it is looked at again.
    """
    views: list[Drawing] = []
    for longest in view_sizes(max(grey.shape)):
        view = Drawing(shrink(grey, longest), scale=max(grey.shape) / longest, steps=steps, trace=trace)
        views.append(choose_polarity(run(PAGE, view), partial(run, STROKES)))
        if views[-1].mask.any():
            break
    drawing = views[-1]
    place = around_small(grey, drawing if drawing.mask.any() else views[0])
    if place is not None:
        with suppress(NothingDrawnError):
            closer = find_digit(np.ascontiguousarray(grey[place]), name, steps, trace)
            beside = max(closer.features.beside, drawing.features.beside)
            corner = place[0].start + closer.corner[0], place[1].start + closer.corner[1]
            return replace(closer, corner=corner, features=closer.features._replace(beside=beside))
    if drawing.mask.any():
        return drawing
    error = NothingDrawnError(
        "nothing is drawn", where=name, why="no stroke stands out from the background", fix="use more contrast"
    )
    error.trace = drawing.trace or ()
    raise error


def around_small(grey: Grey, view: Drawing) -> tuple[slice, slice] | None:
    """Return where in ``grey`` a digit shorter than SHORT in a reduced view is, or the view's strongest pixel.

    None if the view is not reduced, or its digit is longer.
    """
    if view.scale == 1 or not view.strength.size:
        return None
    if view.mask.any():
        top, bottom, left, right = bounding_box(view.mask)
        if max(bottom - top, right - left) >= SHORT:
            return None
        y, x = (top + bottom) // 2, (left + right) // 2
    else:
        y, x = divmod(int(view.strength.argmax()), view.strength.shape[1])
    rows, columns = (slice(max(0, round((at - SHORT) * view.scale)), round((at + SHORT) * view.scale)) for at in (y, x))
    return rows, columns


def view_sizes(longest: int) -> Iterator[int]:
    """Return the longest sides of the views to look at, one after the other until strokes are found."""
    view = min(VIEW, longest)
    yield view
    while view >= 2 * SMALL:
        view //= 2
        yield view


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
