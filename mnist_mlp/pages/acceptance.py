"""Which candidates of a page are digits, which are not sure, and which are letters or signs."""

from collections.abc import Sequence
from math import log

from mnist_mlp.pages.candidates import Candidate

REFUSED = 2.0  # log-odds from which a candidate counts as no digit in what is usual on the page
CLEAR = 0.5  # least log-odds in favour of a digit, with the page's own
DOUBT = 1.5  # log-odds above the threshold up to which a candidate is not sure
LEAST_OUTPUT = 0.5  # least output of the best guess; below it, the digit is not sure


def threshold(found: Sequence[Candidate]) -> float:
    """Return the log-odds above which a candidate of a page is no digit.

    Bayes: log-odds of no digit = those of the candidate + log(refused / others on the page).
    """
    refused = sum(each.log_odds > REFUSED for each in found)
    return -CLEAR - log((refused + 0.5) / (len(found) - refused + 0.5))
