"""A picture of one digit, read as ``read_digit`` reads it: its strokes may be wider and paler than those of a page."""

from contextlib import suppress

import numpy as np

from mnist_mlp.inference.rejection import log_odds, parameters
from mnist_mlp.models import Model
from mnist_mlp.pages.candidates import Candidate, segmentation_network
from mnist_mlp.pages.characters import CUT
from mnist_mlp.pages.lines import USUAL_COST, Lines, is_clear
from mnist_mlp.pages.orientation import View, original_box
from mnist_mlp.pages.pieces import cropped
from mnist_mlp.pictures import NORMALIZATION, NothingDrawnError, Picture, features_of, find_digit, in_mnist_format, run
from mnist_mlp.pictures.center import BRIGHT
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Grey

SEVERAL = 0.85  # output of the segmentation network for no single digit above which a picture is read as a page
CERTAIN_COST = 0.15  # cost of a digit below which a picture shows it alone, whatever a few of its parts look like
SURE_EVIDENCE = 8.0  # evidence of a page from which it is not compared with a single digit


def single_digit(grey: Grey, name: str, model: Model) -> View | None:
    """Return the view of a picture (h, w) that has one digit; None if it is rejected, or may be something else."""
    pixels = in_mnist_format(grey)
    if pixels is not None:
        drawing = Drawing(pixels, strength=pixels.astype(np.float32), mask=pixels >= BRIGHT)
        return _view(drawing, Picture(pixels, (), features_of(pixels)), model)
    with suppress(NothingDrawnError):
        drawing = find_digit(grey, name)
        found = run(NORMALIZATION, drawing)
        return _view(drawing, Picture(found.pixels, found.steps, found.features), model)
    return None


def _view(drawing: Drawing, picture: Picture, model: Model) -> View | None:
    """Return the view with one candidate.

    None if the picture is rejected, looks like several digits, or is a one that the border cuts off.
    """
    odds = log_odds(picture)
    outputs = model.predict(picture.pixels)[0]
    # A one looks like a part of a digit, so that the segmentation network tells nothing; a shadow at the border looks
    # like a one
    if outputs.argmax() == 1:
        excluded = picture.features.cut > CUT
    else:
        excluded = segmentation_network().predict(picture.pixels)[0, -1] > SEVERAL
    if picture.features.separate or odds > parameters().threshold or excluded:
        return None
    digit = Candidate(cropped(drawing.mask, 0, 0), picture, outputs, float(outputs.max()), odds, sign=False)
    return View(drawing, 0, Lines([[digit]]))


def outweighs(single: View, page: View | None, size: tuple[int, int]) -> bool:
    """Return whether the view of a single digit reads better than that of the page, None if the page has no strokes.

    It does not if the page has a clear digit elsewhere, however small. size: width and height of the page.
    """
    if page is None:
        return True
    digit = single.lines.paths[0][0]
    place = original_box(digit.piece.box, single, size)
    if any(is_clear(each) and _apart(place, original_box(each.piece.box, page, size)) for each in page.lines.found):
        return False
    return digit.cost < CERTAIN_COST or USUAL_COST - digit.cost >= page.lines.evidence


def _apart(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Return whether two boxes (left, top, right, bottom) share no pixel."""
    return any(one[k + 2] <= other[k] or other[k + 2] <= one[k] for k in (0, 1))
