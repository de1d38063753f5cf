"""Which candidates of a page are digits, which are not sure, and which are letters, signs or dirt."""

from collections.abc import Sequence
from math import log

import numpy as np

from mnist_mlp.pages.candidates import Candidate
from mnist_mlp.pages.lines import Lines

REFUSED = 2.0  # log-odds from which a candidate counts as no digit in the page's own log-odds
CLEAR = 0.5  # least log-odds in favour of a digit, with the page's own
UNSURE = 1.5  # log-odds above the threshold up to which a candidate between digits is not sure
BESIDE = 2  # number of digits among the two candidates on either side of one that is not sure
FINE = 0.35  # least width of a one, in the page's usual width of the strokes
LEAST_OUTPUT = 0.5  # output of the best guess below which a digit is not sure
# A page shows digits if mean cost + MEDIAN * median log-odds of its candidates is at most MOST
MEDIAN, MOST = 0.4, 1.8
MOST_AMONG_WORDS = -0.8  # the same for a group of a page with letters or drawings
ONLY_DIGITS = 0.3  # mean cost of a candidate below which a page shows digits only, whatever a few groups look like
SHORTEST_WORD, WORD = 3, 1.0  # least number of candidates of a word, and their least median cost
TELLING = 0.25  # least fraction of candidates that are no ones
FEW = 3  # largest number of ones that are a number without other digits


def shows_digits(lines: Lines, most: float = MOST) -> bool:
    """Return whether most candidates of a page, or of a group, are digits, rather than letters or a drawing.

    Ones tell nothing beside other candidates; a few of them alone are a number.
    """
    found, telling = lines.found, lines.telling
    if not telling or len(telling) < TELLING * len(found):
        return 1 < len(found) <= FEW and all(each.log_odds <= 0 for each in found)
    return lines.cost + MEDIAN * float(np.median([each.log_odds for each in telling])) <= most


def threshold(found: Sequence[Candidate]) -> float:
    """Return the log-odds above which a candidate of a page is no digit.

    By Bayes' theorem, the log-odds of the page's candidates, log(refused / others), add to those of each one.
    """
    refused = sum(each.log_odds > REFUSED for each in found)
    return -CLEAR - log((refused + 0.5) / (len(found) - refused + 0.5))


def has_words(lines: Lines, groups: Sequence[Sequence[Candidate]]) -> bool:
    """Return whether a page has words beside its digits, or no digits at all, so that only clear numbers are read."""
    return not shows_digits(lines) or (lines.cost > ONLY_DIGITS and any(is_word(group) for group in groups))


def is_word(group: Sequence[Candidate]) -> bool:
    """Return whether a group of candidates, three at least, is a word: most of them are no digits."""
    costs = [each.cost for each in group if not each.sign]
    return len(costs) >= SHORTEST_WORD and float(np.median(costs)) > WORD


def is_number(group: Sequence[Candidate]) -> bool:
    """Return whether a group of candidates is a number among words: clear digits, two at least."""
    several = sum(not each.sign and not each.one for each in group) > 1
    return several and shows_digits(Lines([list(group)]), MOST_AMONG_WORDS)


def usual_pen(lines: Lines) -> float:
    """Return the median width of the strokes of a page, in pixels; 0 if nothing tells it."""
    return float(np.median([each.pen for each in lines.telling])) if lines.telling else 0.0


def accepted(line: Sequence[Candidate], limit: float, pen: float = 0.0) -> list[bool | None]:
    """Return for each candidate of a line whether it is a digit; None: it is not sure.

    A one that is much finer than the page's ``pen`` is a rule or the edge of the paper.

    Not sure are digits with two good guesses, and what is refused narrowly between digits.
    """
    digits = [each.log_odds <= limit and not each.sign and not (each.one and each.pen < FINE * pen) for each in line]
    beside = [sum(digits[max(0, k - 2) : k + 3]) >= BESIDE for k in range(len(line))]
    return [
        (True if each.outputs.max() >= LEAST_OUTPUT else None)
        if digit
        else (None if near and not each.sign and limit < each.log_odds <= limit + UNSURE else False)
        for each, digit, near in zip(line, digits, beside, strict=True)
    ]
