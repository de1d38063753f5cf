"""What is a digit depends on the candidate, and on the others of the page."""

import numpy as np
import pytest

from mnist_mlp.pages.acceptance import accepted, is_number, is_word, shows_digits, threshold, usual_pen
from mnist_mlp.pages.candidates import Candidate
from mnist_mlp.pages.lines import Lines
from mnist_mlp.pages.pieces import Piece
from mnist_mlp.pictures import Picture, StrokeFeatures

PIECE = Piece((0, 10, 0, 10), np.ones((10, 10), dtype=bool))


def candidate(
    log_odds: float, digit: int = 7, output: float = 0.99, *, sign: bool = False, width: float = 0.2
) -> Candidate:
    outputs = np.full(10, (1 - output) / 9, np.float32)
    outputs[digit] = output
    picture = Picture(np.zeros((28, 28), np.uint8), (), StrokeFeatures(stroke_width=width))
    return Candidate(PIECE, picture, outputs, output, log_odds, sign)


def lines(*found: Candidate) -> Lines:
    return Lines([list(found)])


def test_the_cost_is_that_of_no_digit_and_of_another_digit() -> None:
    assert candidate(0, output=0.5).cost == pytest.approx(2 * np.log(2))
    assert candidate(-20).cost == pytest.approx(-np.log(0.99))
    assert candidate(100).cost == candidate(50).cost, "one blot does not outweigh a line"


def test_the_threshold_falls_with_what_is_rejected() -> None:
    limits = [threshold([candidate(-5)] * 10 + [candidate(5)] * bad) for bad in (0, 1, 5, 20)]
    assert limits == sorted(limits, reverse=True)
    assert limits[0] > 2
    assert limits[-1] < 0


def test_a_page_shows_digits_if_most_candidates_do() -> None:
    good, bad, one = candidate(-5), candidate(5), candidate(-3, digit=1)
    assert shows_digits(lines(good, good, bad))
    assert not shows_digits(lines(good, bad, bad))
    assert shows_digits(lines(good, *[candidate(6, sign=True)] * 3)), "signs tell nothing"
    assert shows_digits(lines(one, one)), "eleven"
    assert not shows_digits(lines(*[one] * 30)), "rules of paper"
    assert not shows_digits(lines())


def test_a_number_among_words_needs_two_clear_digits() -> None:
    good, fair, one = candidate(-5), candidate(-0.5), candidate(-3, digit=1)
    assert is_number([good, good])
    assert not is_number([good])
    assert not is_number([good, one])
    assert not is_number([fair, fair])


def test_a_group_is_a_word_if_most_of_its_candidates_are_no_digits() -> None:
    good, bad, sign = candidate(-5), candidate(3), candidate(6, sign=True)
    assert is_word([bad, good, bad])
    assert not is_word([good, bad, good])
    assert not is_word([bad, bad]), "too short to tell"
    assert not is_word([good, sign, sign, sign]), "a sum"


def test_what_is_rejected_narrowly_between_digits_is_not_sure() -> None:
    good, narrow, far, vague = candidate(-5), candidate(1.5), candidate(5), candidate(-5, output=0.4)
    assert accepted([good, narrow, good], 1.0) == [True, None, True]
    assert accepted([good, far, good], 1.0) == [True, False, True]
    assert accepted([far, narrow, good], 1.0) == [False, False, True], "among letters"
    assert accepted([good, vague, good], 1.0) == [True, None, True]
    assert accepted([good, candidate(1.5, sign=True), good], 1.0) == [True, False, True]


def test_a_one_that_is_finer_than_the_pen_is_a_rule() -> None:
    digits, rule = [candidate(-5), candidate(-5, digit=1)], candidate(-5, digit=1, width=0.05)
    pen = usual_pen(lines(*digits, rule))
    assert pen == pytest.approx(0.2 * 10)
    assert accepted([*digits, rule], 1.0, pen) == [True, True, False]
    assert usual_pen(lines(rule)) == 0
