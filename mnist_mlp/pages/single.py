"""A picture of one digit, read as ``read_digit`` reads it: its strokes may be wider and paler than those of a page."""

from contextlib import suppress

from mnist_mlp.inference.rejection import log_odds, parameters
from mnist_mlp.models import Model
from mnist_mlp.pages.candidates import Candidate, segmentation_network
from mnist_mlp.pages.characters import CUT
from mnist_mlp.pages.lines import USUAL_COST, Lines
from mnist_mlp.pages.orientation import View
from mnist_mlp.pages.pieces import cropped
from mnist_mlp.pictures import NORMALIZATION, NothingDrawnError, Picture, features_of, find_digit, in_mnist_format, run
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Grey

SEVERAL = 0.85  # output of the segmentation network for no single digit above which a picture is read as a page
CERTAIN_COST = 0.15  # cost of a digit below which a picture shows it alone, whatever a few of its parts look like
SURE_EVIDENCE = 8.0  # evidence of a page from which it is not compared with a single digit


def single_digit(grey: Grey, name: str, model: Model) -> View | None:
    """Return the view of a picture (h, w) that has one digit; None if ``read_digit`` rejects the picture."""
    pixels = in_mnist_format(grey)
    if pixels is not None:
        return _view(Drawing(pixels, mask=pixels > 0), Picture(pixels, (), features_of(pixels)), model)
    with suppress(NothingDrawnError):
        drawing = find_digit(grey, name)
        found = run(NORMALIZATION, drawing)
        return _view(drawing, Picture(found.pixels, found.steps, found.features), model)
    return None


def _view(drawing: Drawing, picture: Picture, model: Model) -> View | None:
    """Return the view with one candidate, if the picture is not rejected and does not look like several digits."""
    odds = log_odds(picture)
    outputs = model.predict(picture.pixels)[0]
    # A one is not tested: it looks like a part of a digit
    several = outputs.argmax() != 1 and segmentation_network().predict(picture.pixels)[0, -1] > SEVERAL
    outside = picture.features.cut > CUT
    if picture.features.separate or odds > parameters().threshold or several or outside:
        return None
    digit = Candidate(cropped(drawing.mask, 0, 0), picture, outputs, float(outputs.max()), odds, sign=False)
    return View(drawing, 0, Lines([[digit]]))


def outweighs(single: View, page: View | None) -> bool:
    """Return whether the view of a single digit reads better than that of the page, None if the page has no strokes."""
    cost = single.lines.paths[0][0].cost
    return page is None or cost < CERTAIN_COST or USUAL_COST - cost >= page.lines.evidence
