"""Which candidates of a page are digits, which are not sure, and which are letters, signs or dirt."""

from collections.abc import Sequence
from itertools import chain, pairwise
from math import log

import numpy as np

from mnist_mlp.pages.candidates import Candidate
from mnist_mlp.pages.lines import Lines
from mnist_mlp.pages.pieces import Piece
from mnist_mlp.pictures.connected_components import connected_components
from mnist_mlp.pictures.raster import padded

REJECTED = 2.0  # log-odds from which a candidate counts as no digit in the page's own log-odds
CLEAR = 0.5  # least log-odds in favour of a digit, with the page's own
UNSURE = 1.5  # log-odds above the threshold up to which a candidate between digits is not sure
# Largest ratio of the heights of a rejected candidate and of the digits beside it, and largest gap between them, in
# their height, if it may be a digit
MOST_RATIO, MOST_GAP = 1.4, 0.5
BESIDE = 2  # number of digits among the two candidates on either side of one that is not sure
FINE = 0.35  # least width of a one, in the page's usual width of the strokes
MOST_AREAS = 3  # that a digit encloses: an eight whose stroke crosses itself twice
LEAST_OUTPUT = 0.58  # output of the best guess below which a digit is not sure
AGREED = 3.5  # joint cost above the threshold from which a digit is not sure
# A page, or a group, shows digits if mean cost + MEDIAN * median log-odds of its candidates is at most MOST; if it has
# only a FEW candidates, at most MOST_OF_FEW, because letters and drawings are a few digits by chance
MEDIAN, MOST, MOST_OF_FEW = 0.4, 1.8, 0.5
FEW = 4
NESTED = 0.55  # of the wider one's columns that two of a few candidates share at most: digits are beside each other
ONLY_DIGITS = 0.3  # mean cost of a candidate below which a page shows digits only, whatever a few groups look like
SHORTEST_WORD, WORD = 3, 1.0  # least number of candidates of a word, and their least median cost
UNCLEAR = 0.1, 0.7  # least median cost and joint cost of a group that may be a word
# Largest mean joint cost of a number on a page with words, and of one that has a single digit besides ones
NUMBER, ALONE = 0.75, 0.35
INFORMATIVE = 0.25  # least fraction of candidates that are no ones
MOST_ONES = 3  # largest number of ones that are a number without other digits


def shows_digits(lines: Lines) -> bool:
    """Return whether most candidates of a page are digits, rather than letters or a drawing.

    Ones tell nothing beside other candidates; a few of them alone are a number.
    """
    found, informative = lines.found, lines.informative
    if not informative or len(informative) < INFORMATIVE * len(found):
        return 1 < len(found) <= MOST_ONES and all(each.log_odds <= 0 for each in found)
    few = len(found) <= FEW
    most = MOST_OF_FEW if few else MOST
    if few and any(_are_nested(one.piece, other.piece) for line in lines.paths for one, other in pairwise(line)):
        return False
    return lines.cost + MEDIAN * float(np.median([each.log_odds for each in informative])) <= most


def _are_nested(one: Piece, other: Piece) -> bool:
    """Return whether two pieces share most of their columns: parts of a drawing, as digits never do."""
    common = min(one.box[3], other.box[3]) - max(one.box[2], other.box[2])
    return common > NESTED * max(one.width, other.width)


def page_threshold(found: Sequence[Candidate]) -> float:
    """Return the log-odds above which a candidate of a page is no digit.

    By Bayes' theorem, the log-odds of the page's candidates, log(rejected / others), add to those of each one.
    """
    rejected = sum(each.log_odds > REJECTED for each in found)
    return -CLEAR - log((rejected + 0.5) / (len(found) - rejected + 0.5))


def has_words(lines: Lines, groups: Sequence[Sequence[Candidate]]) -> bool:
    """Return whether a page has words beside its digits, or no digits at all, so that only clear numbers are read.

    A group of which most candidates are no digits is a word. So are unclear ones beside clear numbers, or if they are
    most of the page.
    """
    if not shows_digits(lines):
        return True
    unclear = sum(len(group) for group in groups if is_unclear(group))
    mostly = 2 * unclear > len(lines.found) > FEW
    has_number = any(len(group) > 1 and is_number(group) for group in groups)
    has_word = any(map(is_word, groups)) or mostly or (unclear > 0 and has_number)
    return has_word and lines.cost > ONLY_DIGITS


def is_word(group: Sequence[Candidate]) -> bool:
    """Return whether a group of candidates, three at least, is a word: most of them are no digits."""
    return len(group) >= SHORTEST_WORD and float(np.median([each.cost for each in group])) > WORD


def is_unclear(group: Sequence[Candidate]) -> bool:
    """Return whether a group of candidates, three at least, may be a word: the networks disagree on most of them."""
    costs = [(each.cost, each.joint_cost) for each in group]
    return len(group) >= SHORTEST_WORD and bool((np.median(costs, axis=0) > UNCLEAR).all())


def is_number(group: Sequence[Candidate]) -> bool:
    """Return whether a group of candidates is a number among words: clear digits, and some that are no ones."""
    digits = [each for each in group if not each.sign]
    informative = sum(not each.one for each in digits)
    most = NUMBER if informative > 1 else ALONE
    clear = informative > 0 and float(np.mean([each.joint_cost for each in digits])) <= most
    return clear and shows_digits(Lines([digits]))


def usual_stroke_width(lines: Lines) -> float:
    """Return the median width of the strokes of a page, in pixels; 0 if nothing tells it."""
    return float(np.median([each.stroke_width for each in lines.informative])) if lines.informative else 0.0


def accepted(groups: Sequence[Sequence[Candidate]], threshold: float, stroke_width: float = 0.0) -> list[bool | None]:
    """Return for each candidate of a line, of all its groups, whether it is a digit; None: it is not sure.

    Not sure are digits on which the networks do not agree, what is rejected narrowly between digits, and what is
    rejected between two digits of its group that are about as high, and close to it. threshold: of the log-odds.
    stroke_width: the usual one of the page.
    """
    line = list(chain.from_iterable(groups))
    inside = [0 < k < len(group) - 1 for group in groups for k in range(len(group))]
    digits = [each.log_odds <= threshold and _is_shaped_as_digit(each, stroke_width) for each in line]
    answers: list[bool | None] = []
    for k, each in enumerate(line):
        if digits[k]:
            answers.append(True if _is_clear(each, threshold) else None)
            continue
        narrow = each.log_odds <= threshold + UNSURE and sum(digits[max(0, k - 2) : k + 3]) >= BESIDE
        between = inside[k] and digits[k - 1] and digits[k + 1] and _is_among(each, line[k - 1], line[k + 1])
        unsure = (narrow or between) and _is_shaped_as_digit(each, stroke_width)
        answers.append(None if unsure else False)
    return answers


def _is_clear(digit: Candidate, threshold: float) -> bool:
    """Return whether the networks agree on a digit."""
    return bool(digit.outputs.max() >= LEAST_OUTPUT) and digit.joint_cost <= threshold + AGREED


def _is_among(candidate: Candidate, left: Candidate, right: Candidate) -> bool:
    """Return whether a candidate is about as high as the mean of the two digits beside it, and close to both."""
    height = (left.piece.height + right.piece.height) / 2
    gap = max(candidate.piece.box[2] - left.piece.box[3], right.piece.box[2] - candidate.piece.box[3])
    return 1 / MOST_RATIO <= candidate.piece.height / height <= MOST_RATIO and gap <= MOST_GAP * height


def _is_shaped_as_digit(candidate: Candidate, stroke_width: float) -> bool:
    """Return whether a candidate is no sign, no rule or edge of the paper, which is a fine one, and no drawing."""
    is_rule = candidate.one and candidate.stroke_width < FINE * stroke_width
    return not candidate.sign and not is_rule and enclosed_areas(candidate) <= MOST_AREAS


def enclosed_areas(candidate: Candidate) -> int:
    """Return how many areas the strokes enclose that are not smaller than the square of their width."""
    background = connected_components(~padded(candidate.piece.mask, 1, 1))  # 1 is what is around the strokes
    return int((np.bincount(background.ravel())[2:] >= candidate.stroke_width**2).sum())
