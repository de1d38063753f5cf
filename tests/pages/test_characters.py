"""Components, fragments, dirt and frames."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_mlp.pages import characters as module
from mnist_mlp.pages.characters import TooManyError, characters, characters_and_dots
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Box
from tests.pictures.drawing import Array


def drawing(mask: Array) -> Drawing:
    return Drawing(np.zeros(mask.shape, np.uint8), mask=mask, strength=mask.astype(np.float32))


def ink(*boxes: tuple[int, int, int, int]) -> Array:
    """Filled boxes (top, bottom, left, right) in (100, 200)."""
    mask = np.zeros((100, 200), dtype=bool)
    for top, bottom, left, right in boxes:
        mask[top:bottom, left:right] = True
    return mask


A, B = (30, 70, 20, 40), (30, 70, 60, 80)


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ((26, 29, 30, 55), [(26, 70, 20, 55), B]),  # a bar above
        ((50, 53, 43, 56), [(30, 70, 20, 56), B]),  # nearer to the first than to the second
        ((66, 72, 48, 52), [A, B]),  # a dot
        ((40, 43, 42, 45), [A, B]),  # dirt beside the first
        ((74, 97, 22, 40), [A, B, (74, 97, 22, 40)]),  # too low for a part of the first
        ((48, 52, 100, 130), [A, B]),  # a dash
        ((10, 95, 5, 6), [A, B, (10, 95, 5, 6)]),
        ((30, 70, 0, 5), [A, B]),  # cut by the border
    ],
)
def test_fragments_join_their_character_and_dirt_is_left_out(more: Box, found: list[Box]) -> None:
    boxes = [piece.box for piece in characters(drawing(ink(A, B, more)))]
    assert sorted(boxes) == sorted(found)


def test_what_encloses_others_is_a_frame() -> None:
    frame = ink((10, 90, 5, 195)) & ~ink((12, 88, 7, 193))
    assert [piece.box for piece in characters(drawing(ink(A, B) | frame))] == [A, B]


def test_three_small_components_make_a_frame_of_what_encloses_them() -> None:
    frame = ink((10, 90, 5, 195)) & ~ink((12, 88, 7, 193))
    small = [(40, 56, 30, 40), (40, 56, 60, 70), (40, 56, 90, 100)]
    assert [piece.box for piece in characters(drawing(ink(*small) | frame))] == small
    assert (10, 90, 5, 195) in [piece.box for piece in characters(drawing(ink(*small[:2]) | frame))]


def test_what_is_much_higher_than_the_others_is_no_character() -> None:
    low = [(40, 60, x, x + 14) for x in (20, 50, 80, 110)]
    assert [piece.box for piece in characters(drawing(ink(*low, (5, 95, 150, 153))))] == low


def test_small_characters_beside_a_large_one_have_small_fragments() -> None:
    large, small, other = (10, 90, 5, 45), (44, 64, 60, 72), (40, 64, 78, 90)
    bar = (40, 42, 61, 71)  # 2 pixels above the first small one, which is 6 pixels beside the other
    boxes = [piece.box for piece in characters(drawing(ink(large, small, bar, other)))]
    assert sorted(boxes) == [large, (40, 64, 60, 72), other]


def test_an_empty_page_has_no_characters() -> None:
    nothing = drawing(ink())
    assert characters(nothing) == []
    everything = replace(nothing, mask=ink((0, 100, 0, 200)), strength=np.ones((100, 200), np.float32))
    assert characters(everything) == []


def test_more_components_than_the_limit_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_COMPONENTS", 1)
    with pytest.raises(TooManyError):
        characters(drawing(ink(A, B)))


@pytest.mark.parametrize("rest", [(46, 54, 72, 80), (48, 51, 65, 90)], ids=["dot", "dash"])
def test_a_zero_with_a_dot_or_a_dash_inside_is_no_frame(rest: Box) -> None:
    zero = ink((30, 70, 60, 95)) & ~ink((33, 67, 63, 92))
    boxes = [piece.box for piece in characters(drawing(ink(A) | zero | ink(rest)))]
    assert (30, 70, 60, 95) in boxes


def drawn(draw: Callable[[ImageDraw.ImageDraw], None], angle: float = 0) -> Array:
    """Return the mask of what is drawn on an empty image, turned."""
    image = Image.new("L", (200, 100))
    draw(ImageDraw.Draw(image))
    return np.asarray(image.rotate(angle, Image.Resampling.BICUBIC)) > 127


@pytest.mark.parametrize("angle", [0, 2])
@pytest.mark.parametrize("sides", [(60, 30, 95, 70), (60, 20, 140, 80)])
def test_an_empty_box_is_no_character(sides: Box, angle: float) -> None:
    box = drawn(lambda on: on.rectangle(sides, outline=255, width=3), angle)
    assert [piece.box for piece in characters(drawing(ink(A) | box))] == [A]


@pytest.mark.parametrize(
    "draw",
    [
        lambda on: on.ellipse((60, 30, 95, 70), outline=255, width=3),
        lambda on: on.rounded_rectangle((60, 30, 95, 70), 12, outline=255, width=3),
        lambda on: on.rectangle((60, 30, 95, 70), fill=255),
        lambda on: on.line([(95, 30), (60, 30), (60, 70), (95, 70)], fill=255, width=3),
    ],
    ids=["zero", "angular zero", "filled", "open"],
)
def test_what_is_no_box_with_four_corners_is_a_character(draw: Callable[[ImageDraw.ImageDraw], None]) -> None:
    assert len(characters(drawing(ink(A) | drawn(draw)))) == 2


def test_dots_are_apart_from_characters() -> None:
    found, dots = characters_and_dots(drawing(ink(A, B, (63, 69, 110, 116), (48, 52, 150, 180))))
    assert [piece.box for piece in found] == [A, B]
    assert [piece.box for piece in dots] == [(63, 69, 110, 116)], "and a dash is neither"
