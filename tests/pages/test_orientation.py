"""The view of a page that reads best."""

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

import mnist_mlp as mm
from mnist_mlp.pages import candidates as candidates_module, orientation
from mnist_mlp.pages.binarization import binarizations
from mnist_mlp.pages.candidates import picture_of
from mnist_mlp.pages.characters import TooManyError, characters
from mnist_mlp.pages.lines import Lines
from mnist_mlp.pages.orientation import Sample, best_view, closer, turned, turned_picture
from mnist_mlp.pages.pieces import Piece
from mnist_mlp.pictures import Picture
from mnist_mlp.pictures.drawing import Drawing
from tests.pages.sheets import paper
from tests.pages.test_acceptance import candidate, lines
from tests.pictures.drawing import Array

MODEL = mm.load_checkpoint().model


@pytest.mark.parametrize("turn", range(4))
def test_the_turn_is_that_which_makes_the_page_upright(turn: int) -> None:
    picture = np.ascontiguousarray(np.rot90(paper(["3472", "5738", "2457"])[0], -turn))
    view = best_view(picture, MODEL, rejects=True)
    assert view is not None
    assert view.turn == turn


def test_a_single_digit_is_not_turned_though_it_reads_better_then() -> None:
    view = best_view(np.ascontiguousarray(np.rot90(paper(["7"], width=160)[0])), MODEL, rejects=True)
    assert view is not None
    assert view.turn == 0


def view_of(
    monkeypatch: pytest.MonkeyPatch,
    drawings: list[Drawing],
    scores: dict[tuple[int, int], tuple[float, float]],
    read: dict[tuple[int, int], Lines],
    turn: int = 0,
) -> tuple[int, int]:
    """Return drawing and turn of the best view; (drawing, turn) have these scores by a sample, and these lines.

    turn: the turn in which the sample reads best.
    """

    def scored(sample: Sample, *_: object, **__: object) -> list[tuple[float, float]]:
        return [score for (number, _), score in scores.items() if number == sample.drawing.grey.min()]

    def lines_of(drawing: Drawing, *_: object, **__: object) -> Lines:
        return read[int(drawing.grey.min()), int(drawing.grey.shape != drawings[0].grey.shape)]

    monkeypatch.setattr(orientation, "binarizations", lambda _: [[drawing] for drawing in drawings])
    monkeypatch.setattr(orientation, "_scores", scored)
    monkeypatch.setattr(orientation, "_turn", lambda *_, **__: turn)
    monkeypatch.setattr(orientation, "read_lines", lines_of)
    view = best_view(np.zeros((2, 3), np.uint8), MODEL, rejects=True)
    assert view is not None
    return int(view.drawing.grey.min()), view.turn


def strokes(number: int) -> Drawing:
    """Return a drawing without strokes whose grey levels are its number."""
    return Drawing(
        np.full((2, 3), number, np.uint8), strength=np.zeros((2, 3), np.float32), mask=np.zeros((2, 3), bool)
    )


@pytest.mark.parametrize(
    ("upright", "turned", "turn"),
    [
        pytest.param([5], [-5], 0, id="one digit"),
        pytest.param([5] * 2, [-5] * 2, 1, id="clear"),
        pytest.param([-5] * 9, [-5] * 9, 0, id="both are clear"),
        pytest.param([5] * 9, [-1] * 9, 0, id="words"),
        pytest.param([5] * 9, [*[-5] * 8, 5], 1, id="one digit that is hard to read"),
    ],
)
def test_a_page_is_turned_only_if_its_characters_read_clearly_and_clearer_than_upright(
    monkeypatch: pytest.MonkeyPatch, upright: list[float], turned: list[float], turn: int
) -> None:
    read = {(0, 0): lines(*map(candidate, upright)), (0, 1): lines(*map(candidate, turned))}
    assert view_of(monkeypatch, [strokes(0)], {(0, 0): (0, 0.5)}, read, turn=1) == (0, turn)


def test_strokes_that_have_evidence_only_if_they_are_turned_are_not_read_upright(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = {(0, 0): lines(candidate(9)), (1, 0): lines(candidate(-5))}
    scores = {(0, 0): (-60.0, 3.0), (1, 0): (-9.0, 3.0), (1, 1): (-2.0, 1.0)}
    assert view_of(monkeypatch, [strokes(0), strokes(1)], scores, read) == (0, 0)


@pytest.mark.parametrize("text", ["2759", "60952"])
def test_a_number_that_is_upside_down_is_turned_though_its_digits_look_like_others(text: str) -> None:
    picture = paper([text])[0]
    page = mm.read_page(np.ascontiguousarray(np.rot90(picture, 2)))
    assert (str(page), page.turned) == (text, 180)
    assert mm.read_page(picture).turned == 0


@pytest.mark.parametrize(("evidence", "chosen"), [(11, 0), (13, 1)])
def test_less_probable_strokes_need_clearly_more_evidence(
    monkeypatch: pytest.MonkeyPatch, evidence: float, chosen: int
) -> None:
    read = {(0, 0): lines(candidate(-5)), (1, 0): lines(*[candidate(-5)] * 2)}
    scores = {(0, 0): (10.0, 1.0), (1, 0): (evidence, 1.0)}
    assert view_of(monkeypatch, [strokes(0), strokes(1)], scores, read) == (chosen, 0)


def test_strokes_of_too_many_components_are_left_out_if_there_are_others(monkeypatch: pytest.MonkeyPatch) -> None:
    sampled, dirty = orientation._sample, [1]

    def sample(drawing: Drawing, *arguments: Any, **options: Any) -> Sample:
        if drawing.grey.min() in dirty:
            raise TooManyError
        return sampled(drawing, *arguments, **options)

    monkeypatch.setattr(orientation, "_sample", sample)
    drawings = [strokes(0), strokes(1)]
    read = {(0, 0): lines(candidate(-5))}
    scores = {(0, 0): (-1.0, 2.0), (1, 0): (9.0, 0.1)}
    assert view_of(monkeypatch, drawings, scores, read) == (0, 0)
    dirty.append(0)
    with pytest.raises(TooManyError):
        view_of(monkeypatch, drawings, scores, read)


def test_a_part_of_too_many_components_is_not_seen_from_closer(monkeypatch: pytest.MonkeyPatch) -> None:
    page = np.full((2400, 3200), 255, np.uint8)
    small = np.asarray(Image.fromarray(paper(["3472"], 320)[0]).resize((140, 70), Image.Resampling.BOX))
    page[1500:1570, 2000:2140] = small
    view = best_view(page, MODEL, rejects=True)

    def too_many(*_: object, **__: object) -> None:
        raise TooManyError

    monkeypatch.setattr(orientation, "best_view", too_many)
    assert closer(page, view, MODEL, rejects=True) is view


def test_a_character_is_prepared_once_though_views_are_compared_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = []

    def prepared(page: Drawing, piece: Piece) -> Picture:
        boxes.append(piece.box)
        return picture_of(page, piece)

    monkeypatch.setattr(candidates_module, "picture_of", prepared)
    view = best_view(paper(["3472", "5738"])[0], MODEL, rejects=True)
    assert view is not None
    assert [boxes.count(each.piece.box) for each in view.lines.found] == [1] * 8


def test_a_blank_page_has_no_view() -> None:
    assert best_view(np.full((50, 80), 200, np.uint8), MODEL, rejects=True) is None


def test_small_digits_in_a_part_of_a_large_page_are_seen_from_closer() -> None:
    page = np.full((2400, 3200), 255, np.uint8)
    digits = np.asarray(Image.fromarray(paper(["3472", "5738"], 320)[0]).resize((140, 114), Image.Resampling.BOX))
    page[1500:1614, 2000:2140] = digits
    whole = best_view(page, MODEL, rejects=True)
    near = closer(page, whole, MODEL, rejects=True)
    assert whole is not None
    assert near is not None
    assert "".join(str(each.outputs.argmax()) for line in near.lines.paths for each in line) == "34725738"
    assert (whole.drawing.scale, near.drawing.scale) == (2.5, 1)
    y, x = near.drawing.corner
    assert 1470 <= y < 1540
    assert 1960 <= x < 2020
    assert closer(page, near, MODEL, rejects=True) is near


def test_all_images_of_a_drawing_are_turned() -> None:
    images = np.arange(6).reshape(2, 3)
    drawing = turned(Drawing(images.astype(np.uint8), strength=images.astype(np.float32), mask=images > 2), 1)
    for image in (drawing.grey, drawing.strength):
        np.testing.assert_array_equal(image, [[2, 5], [1, 4], [0, 3]])
    np.testing.assert_array_equal(drawing.mask, [[False, True]] * 3)


def test_a_page_full_of_letters_has_no_lines() -> None:
    image = Image.new("L", (900, 900), 230)
    for y in range(40, 840, 60):
        ImageDraw.Draw(image).text((40, y), "KWRMAEHX GNFKR WMAHK", fill=30, font_size=44)
    view = best_view(np.asarray(image), MODEL, rejects=True)
    assert view is not None
    assert not view.lines.paths


def test_a_turned_picture_scores_as_the_turned_strokes_do() -> None:
    sheet, _ = paper(["3472"])
    upright = characters_of(sheet)
    for turn in (1, 2, 3):
        strokes = characters_of(np.ascontiguousarray(np.rot90(sheet, turn)))
        expected = sorted(picture.pixels.sum(dtype=int) for picture in strokes)
        pictures = [turned_picture(picture, turn) for picture in upright]
        np.testing.assert_allclose(sorted(p.pixels.sum(dtype=int) for p in pictures), expected, rtol=0.05)
        apart = [min(np.abs(p.pixels.astype(int) - q.pixels).mean() for q in strokes) for p in pictures]
        assert max(apart) < 8
        aspects = sorted(picture.features.aspect for picture in strokes)
        np.testing.assert_allclose(sorted(p.features.aspect for p in pictures), aspects, rtol=0.1)


def characters_of(sheet: Array) -> list[Picture]:
    """Return the characters of a sheet of paper in MNIST's format."""
    drawing = next(binarizations(sheet))[0]
    return [picture_of(drawing, piece) for piece in characters(drawing)]
