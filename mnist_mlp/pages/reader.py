"""Read every digit in a picture."""

from math import ceil, floor
from os import PathLike, fspath

import numpy as np

from mnist_mlp.errors import DataError, check_not_empty
from mnist_mlp.inference.reader import Reading, Weights, state_of
from mnist_mlp.inference.rejection import OTHER_REASON, parameters
from mnist_mlp.pages.acceptance import accepted, shows_digits, threshold
from mnist_mlp.pages.candidates import Candidate
from mnist_mlp.pages.characters import TooManyError
from mnist_mlp.pages.orientation import View, best_view
from mnist_mlp.pages.page import Digit, Line, Page
from mnist_mlp.pages.single import MANY, outweighs, single_digit
from mnist_mlp.pages.text_lines import spaces
from mnist_mlp.pictures.decode import UNNAMED, Source, decode_grey
from mnist_mlp.pictures.raster import Box

NO_STROKE = "no stroke stands out from the background"
NO_DIGITS = "this does not look like digits"
TOO_MANY = "more than {:,} things are drawn"


def read_page(source: Source, checkpoint: Weights = "pretrained", *, name: str | None = None) -> Page:
    """Read every digit in a picture: a number, a form, a page; also if the page is turned by quarter turns.

    source, checkpoint, name: as in ``read_digit``. Letters, signs and drawings between the digits are left out.
    ``page.lines`` is empty if the picture shows no digit, and ``page.reason`` says why. Networks that were trained on
    other data than MNIST reject nothing.

    Raises the errors of ``read_digit``.

    >>> print(mm.read_page("telephone.jpg"))
    0151 2?4
    """
    check_not_empty(source, "picture", DataError)
    state = state_of(checkpoint)
    name = name or (str(fspath(source)) if isinstance(source, str | PathLike) else UNNAMED)
    grey, _ = decode_grey(source, name, whole=True)
    size = grey.shape[1], grey.shape[0]
    model, rejects = state.inference_model, state.rejects
    try:
        view = best_view(grey, model, rejects=rejects)
    except TooManyError as error:
        return Page((), TOO_MANY.format(error.most), 0, size)
    single = single_digit(grey, name, model) if rejects and (view is None or view.found.evidence < MANY) else None
    if single is not None and outweighs(single, view):
        view, limit = single, parameters().threshold
    elif view is None or not view.found.lines:
        return Page((), NO_STROKE, 0, size)
    elif rejects and not shows_digits(view.found):
        return Page((), NO_DIGITS, 0, size)
    else:
        limit = threshold(view.found.found)
    kind = "probabilities" if model.loss.gives_probabilities else "scores"
    lines = (_line(line, limit, view, kind, size) for line in view.found.lines)
    return Page(tuple(line for line in lines if line.groups), None, 90 * view.turn, size)


def _line(line: list[Candidate], limit: float, view: View, kind: str, size: tuple[int, int]) -> Line:
    """Return the digits among the candidates of a line, in groups."""
    groups: list[list[Digit]] = []
    wide = [True, *spaces(np.array([each.piece.box for each in line], dtype=np.float64))]
    for each, answer, after_space in zip(line, accepted(line, limit), wide, strict=True):
        if after_space or answer is False:
            groups.append([])
        if answer is not False:
            reading = Reading(each.picture, each.outputs, kind, None if answer else OTHER_REASON)
            groups[-1].append(Digit(reading, original_box(each.piece.box, view, size)))
    return Line(tuple(tuple(group) for group in groups if group))


def original_box(box: Box, view: View, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return a box of a turned and reduced view as (left, top, right, bottom) in the picture of ``size``."""
    top, bottom, left, right = box
    height, width = view.drawing.grey.shape
    for _ in range(view.turn):  # back by a quarter turn clockwise
        top, bottom, left, right = left, right, height - bottom, height - top
        height, width = width, height
    y, x = view.drawing.corner
    scale = view.drawing.scale
    right, bottom = min(size[0], x + ceil(right * scale)), min(size[1], y + ceil(bottom * scale))
    return x + floor(left * scale), y + floor(top * scale), right, bottom
