"""Read every digit in a picture."""

from collections.abc import Sequence
from itertools import chain, pairwise

import numpy as np

from mnist_mlp.inference.reader import Reading, Weights, state_of
from mnist_mlp.inference.rejection import OTHER_REASON, parameters
from mnist_mlp.pages.acceptance import accepted, has_words, is_number, page_threshold, usual_stroke_width
from mnist_mlp.pages.candidates import Candidate
from mnist_mlp.pages.characters import MOST_COMPONENTS, TooManyError
from mnist_mlp.pages.marks import after_mark, marks
from mnist_mlp.pages.orientation import View, best_view, closer, original_box
from mnist_mlp.pages.records import Digit, Line, Page
from mnist_mlp.pages.single import SURE_EVIDENCE, outweighs, single_digit
from mnist_mlp.pages.text_lines import Boxes, spaces
from mnist_mlp.pictures.decode import Source, decode_grey, name_of

NO_STROKE = "no stroke stands out from the background"
NO_DIGITS = "this does not look like digits"
TOO_MANY = f"more than {MOST_COMPONENTS:,} things are drawn"
AMONG_WORDS = 0.0  # log-odds above which a candidate of a page with words is no digit: it is more probably none


def read_page(source: Source, checkpoint: Weights = "pretrained", *, name: str | None = None) -> Page:
    """Read every digit in a picture: a number, a form, a page; also if the page is turned by quarter turns.

    source, checkpoint, name: as in ``read_digit``. Letters, signs and drawings between the digits are left out.
    ``page.lines`` is empty if the picture shows no digit, and ``page.reason`` says why. Networks that were trained on
    other data than MNIST reject nothing.

    Raises the errors of ``read_digit``.

    >>> page = mm.read_page("page.png")
    >>> print(page)
    47
    >>> [digit.box for digit in page.digits]
    [(54, 58, 82, 98), (108, 58, 140, 98)]
    """
    state = state_of(checkpoint)
    name = name or name_of(source)
    grey, _ = decode_grey(source, name, whole=True)
    size = grey.shape[1], grey.shape[0]
    model, rejects = state.inference_model, state.rejects
    try:
        view = closer(grey, best_view(grey, model, rejects=rejects), model, rejects=rejects)
    except TooManyError:
        return Page((), TOO_MANY, 0, size)
    may_be_single = rejects and (view is None or view.lines.evidence < SURE_EVIDENCE)
    single = single_digit(grey, name, model) if may_be_single else None
    if single is not None and outweighs(single, view, size):
        view = single
    elif view is None or not view.lines.paths:
        return Page((), NO_STROKE if view is None else NO_DIGITS, 0, size)
    groups = _groups(view.lines.paths)
    without_signs = [[each for each in group if not each.sign] for group in chain.from_iterable(groups)]
    among_words = rejects and view is not single and has_words(view.lines, without_signs)
    if among_words:
        threshold = AMONG_WORDS
    else:
        threshold = parameters().threshold if view is single else page_threshold(view.lines.found)
    kind = model.loss.kind_of_output
    stroke_width, between = usual_stroke_width(view.lines), marks(view.drawing, view.lines.found)
    lines = []
    for line in groups:
        kept = [group for group in line if not among_words or is_number(group)]
        answers = accepted(kept, threshold, stroke_width) if rejects else [True] * sum(map(len, kept))
        lines.append(_line(kept, answers, between, view, kind, size))
    found = tuple(line for line in lines if line.groups)
    return Page(found, None if found else NO_DIGITS, 90 * view.turn if found else 0, size)


def _groups(lines: list[list[Candidate]]) -> list[list[list[Candidate]]]:
    """Return the lines of candidates cut at their spaces."""
    found = spaces([np.array([each.piece.box for each in line], dtype=np.float64) for line in lines])
    ends = [[0, *(k for k, space in enumerate(own, 1) if space), len(own) + 1] for own in found]
    return [[line[start:end] for start, end in pairwise(at)] for line, at in zip(lines, ends, strict=True)]


def _line(
    groups: list[list[Candidate]],
    answers: Sequence[bool | None],
    between: Boxes,
    view: View,
    kind: str,
    size: tuple[int, int],
) -> Line:
    """Return the digits among the candidates of a line; marks and what is rejected separate groups as a space does."""
    rest = iter(answers)
    digits: list[list[Digit]] = []
    for group in groups:
        digits.append([])
        for each, apart in zip(group, after_mark(group, between), strict=True):
            answer = next(rest)
            if answer is False or apart:
                digits.append([])
            if answer is not False:
                reading = Reading(each.picture, each.outputs, kind, None if answer else OTHER_REASON)
                digits[-1].append(Digit(reading, original_box(each.piece.box, view, size)))
    return Line(tuple(tuple(group) for group in digits if group))
