"""The view in which strokes are looked for: the picture reduced, and the part around a digit that is small in it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from mnist_mlp.pictures.drawing import Drawing, Trace
from mnist_mlp.pictures.raster import SMALL, VIEW, Grey, bounding_box, shrink

SHORT = 20  # pixels: a digit that is shorter in a reduced view has lost detail; those of MNIST are as long
BEYOND = ("beside", "separate")  # stroke features that depend on what is far from the digit


def search_views(
    grey: Grey, look: Callable[[Drawing], Drawing], steps: tuple[str, ...] = (), trace: Trace | None = None
) -> Drawing:
    """Return what ``look`` finds in grey levels (h, w), in the first view in which it finds strokes, or in the last.

    If the picture was reduced so far that little is left of the digit, the part around it is looked at again.
    """
    views: list[Drawing] = []
    for longest in view_sizes(max(grey.shape)):
        view = Drawing(shrink(grey, longest), scale=max(grey.shape) / longest, steps=steps, trace=trace)
        views.append(look(view))
        if views[-1].mask.any():
            break
    drawing = views[-1]
    place = around_small(grey, drawing if drawing.mask.any() else views[0])
    if place is not None:
        part = np.ascontiguousarray(grey[place])
        closer = search_views(part, look, (*steps, "enlarged around the digit"), trace)
        if closer.mask.any():
            both = closer.features, drawing.features
            others = {name: max(getattr(features, name) for features in both) for name in BEYOND}
            corner = place[0].start + closer.corner[0], place[1].start + closer.corner[1]
            return replace(closer, corner=corner, features=closer.features._replace(**others))
    return drawing


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
