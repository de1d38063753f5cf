"""What is a digit depends on the candidate, and on the others of the page."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_mlp.pages.acceptance import (
    accepted,
    enclosed_areas,
    has_words,
    is_number,
    is_unclear,
    is_word,
    page_threshold,
    shows_digits,
    usual_stroke_width,
)
from mnist_mlp.pages.candidates import Candidate
from mnist_mlp.pages.lines import Lines
from mnist_mlp.pages.pieces import Piece
from mnist_mlp.pictures import Picture, StrokeFeatures

PIECE = Piece((0, 10, 0, 10), np.ones((10, 10), dtype=bool))


def candidate(
    log_odds: float,
    digit: int = 7,
    output: float = 0.99,
    *,
    sign: bool = False,
    width: float = 0.2,
    agreement: float = 0.99,
    piece: Piece = PIECE,
) -> Candidate:
    outputs = np.full(10, (1 - output) / 9, np.float32)
    outputs[digit] = output
    picture = Picture(np.zeros((28, 28), np.uint8), (), StrokeFeatures(stroke_width=width))
    return Candidate(piece, picture, outputs, agreement, log_odds, sign)


def row(*found: Candidate, step: int = 20) -> list[Candidate]:
    """Candidates beside each other, one every ``step`` columns."""
    return [replace(each, piece=Piece((0, 10, step * k, step * k + 10), PIECE.mask)) for k, each in enumerate(found)]


def lines(*found: Candidate, step: int = 20) -> Lines:
    return Lines([row(*found, step=step)])


def test_the_cost_is_that_of_no_digit_and_of_another_digit() -> None:
    assert candidate(0, output=0.5).cost == pytest.approx(2 * np.log(2))
    assert candidate(-20).cost == pytest.approx(-np.log(0.99))
    assert candidate(100).cost == candidate(50).cost, "one blot does not outweigh a line"


def test_the_threshold_falls_with_what_is_rejected() -> None:
    limits = [page_threshold([candidate(-5)] * 10 + [candidate(5)] * bad) for bad in (0, 1, 5, 20)]
    assert limits == sorted(limits, reverse=True)
    assert limits[0] > 2
    assert limits[-1] < 0


def test_a_page_shows_digits_if_most_candidates_do() -> None:
    good, bad, one = candidate(-5), candidate(5), candidate(-3, digit=1)
    assert shows_digits(lines(*[good] * 4, *[bad] * 2))
    assert not shows_digits(lines(*[good] * 2, *[bad] * 4))
    assert shows_digits(lines(good, *[candidate(6, sign=True)] * 3)), "signs tell nothing"
    assert shows_digits(lines(one, one)), "eleven"
    assert not shows_digits(lines(*[one] * 30)), "rules of paper"
    assert not shows_digits(lines())


def test_a_few_candidates_show_digits_only_if_they_are_clear_and_beside_each_other() -> None:
    fair, good = candidate(0.3), candidate(-5)
    assert shows_digits(lines(*[fair] * 6))
    assert not shows_digits(lines(fair, fair))
    assert shows_digits(lines(good, good))
    assert not shows_digits(lines(good, good, step=4)), "parts of a drawing"


def test_a_number_among_words_is_clear_digits_that_are_not_ones_only() -> None:
    good, fair, one = candidate(-5), candidate(-2, agreement=0.6), candidate(-3, digit=1)
    assert is_number(row(good, good))
    assert is_number(row(good))
    assert is_number(row(good, one))
    assert not is_number(row(one, one))
    assert is_number(row(fair, fair))
    assert not is_number(row(fair)), "a letter"
    assert not is_number(row(candidate(-5, agreement=0.1), fair)), "the networks disagree"


def test_a_group_is_a_word_if_most_of_its_candidates_are_no_digits() -> None:
    good, bad = candidate(-5), candidate(3)
    assert is_word([bad, good, bad])
    assert not is_word([good, bad, good])
    assert not is_word([bad, bad]), "too short to tell"


def test_unclear_groups_are_words_beside_a_number_or_on_most_of_the_page() -> None:
    letter, fair, bad = candidate(-1, agreement=0.2), candidate(-0.5, output=0.7), candidate(4)
    word, digits = row(letter, letter, letter), row(fair, fair, fair, fair)
    assert letter.joint_cost == pytest.approx(letter.rejection_cost - np.log(0.2))
    assert is_unclear(word)
    assert not is_unclear(digits)
    assert not is_unclear(row(*[candidate(-5, agreement=0.2)] * 3)), "digits with a ligature"
    assert has_words(Lines([word, word]), [word, word])
    assert not has_words(Lines([word, digits]), [word, digits])
    number, rest = row(candidate(-5), candidate(-5)), row(bad, bad)
    assert has_words(Lines([word, digits, number, rest]), [word, digits, number, rest])
    alone = number[:1]
    assert not has_words(Lines([word, digits, alone, rest]), [word, digits, alone, rest]), "a single digit by chance"
    assert not has_words(Lines([word, number * 4]), [word, number * 4]), "a page of digits"


def test_what_is_rejected_narrowly_between_digits_is_not_sure() -> None:
    good, narrow, far, vague = candidate(-5), candidate(1.5), candidate(5), candidate(-5, output=0.4)
    assert accepted([[good, narrow, good]], 1.0) == [True, None, True]
    assert accepted([[good, good], [narrow]], 1.0) == [True, True, None], "in another group"
    assert accepted([[far, narrow, good]], 1.0) == [False, False, True], "among letters"
    assert accepted([[good, vague, good]], 1.0) == [True, None, True]
    assert accepted([[good, candidate(1.5, sign=True), good]], 1.0) == [True, False, True]


def test_what_is_rejected_beside_two_digits_of_its_height_is_not_sure() -> None:
    good, far = candidate(-5), candidate(5)

    def answers(*group: Candidate, step: int = 14) -> list[bool | None]:
        return accepted([row(*group, step=step)], 1.0)

    def of_height(height: int) -> Candidate:
        return replace(far, piece=Piece((0, height, 14, 24), np.ones((height, 10), bool)))

    assert answers(good, far, good) == [True, None, True]
    assert answers(good, far, far, good) == [True, False, False, True], "two letters"
    assert answers(good, candidate(5, sign=True), good) == [True, False, True]
    assert answers(good, far, good, step=16) == [True, False, True], "far from the others"
    left, right = row(good, good, step=28)
    for height, answer in ((7, False), (8, None), (14, None), (15, False)):
        assert accepted([[left, of_height(height), right]], 1.0) == [True, answer, True]
    assert accepted([[left, of_height(10)], [right]], 1.0) == [True, False, True], "at the end of its group"


def test_a_digit_on_which_the_networks_do_not_agree_is_not_sure() -> None:
    assert accepted([[candidate(-5, agreement=0.002)]], 1.0) == [None]
    assert accepted([[candidate(-5, agreement=0.002)]], 4.0) == [True], "on a page of digits"


def test_what_encloses_more_areas_than_an_eight_that_crosses_itself_is_no_digit() -> None:
    mask = np.ones((90, 30), dtype=bool)
    for k in range(4):
        mask[5 + 20 * k : 20 + 20 * k, 5:25] = False
    eight, drawing = (candidate(-5, width=0.1, piece=Piece((0, h, 0, 30), mask[:h])) for h in (65, 90))
    assert [enclosed_areas(each) for each in (eight, drawing)] == [3, 4]
    assert accepted([[eight, drawing]], 1.0) == [True, False]
    specks = mask.copy()
    specks[65:] = True
    specks[70:85:5, 10] = False
    assert enclosed_areas(candidate(-5, width=0.1, piece=Piece((0, 90, 0, 30), specks))) == 3


def test_a_one_that_is_finer_than_the_pen_is_a_rule() -> None:
    digits, rule = [candidate(-5), candidate(-5, digit=1)], candidate(-5, digit=1, width=0.05)
    width = usual_stroke_width(lines(*digits, rule))
    assert width == pytest.approx(0.2 * 10)
    assert accepted([[*digits, rule]], 1.0, width) == [True, True, False]
    assert usual_stroke_width(lines(rule)) == 0
