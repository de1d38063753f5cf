"""The layout of contact sheets, by the pixels that are drawn."""

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.reports.contact_sheet import CAPTION, GAP, TITLE, Section, Tile, contact_sheet

SIZE = (40, 30)
RED = Image.new("RGB", SIZE, "red")


def red(sheet: Image.Image) -> np.ndarray:
    """Return where the sheet is red (height, width)."""
    return np.asarray((np.asarray(sheet) == (255, 0, 0)).all(axis=-1))


def text(sheet: Image.Image) -> np.ndarray:
    """Return where the sheet is darker than red or white (height, width)."""
    return np.asarray((np.asarray(sheet).max(axis=-1) < 200) & ~red(sheet))


@pytest.mark.parametrize(("n", "rows"), [(1, 1), (3, 1), (4, 2), (7, 3)])
def test_tiles_stand_in_rows_and_none_is_covered(n: int, rows: int) -> None:
    sheet = contact_sheet([Section([Tile(RED)] * n)], 3, SIZE)
    assert sheet.size == (3 * (SIZE[0] + GAP) + GAP, rows * (SIZE[1] + GAP) + GAP)
    assert red(sheet).sum() == n * SIZE[0] * SIZE[1]
    for i in range(n):
        left, top = GAP + i % 3 * (SIZE[0] + GAP), GAP + i // 3 * (SIZE[1] + GAP)
        assert red(sheet)[top : top + SIZE[1], left : left + SIZE[0]].all()


def test_a_caption_stands_below_its_tile_and_covers_none() -> None:
    sheet = contact_sheet([Section([Tile(RED, "ab"), Tile(RED), Tile(RED), Tile(RED, "cd")])], 2, SIZE)
    assert red(sheet).sum() == 4 * SIZE[0] * SIZE[1]
    row = SIZE[1] + CAPTION + GAP
    for top, left, is_there in ((0, 0, True), (0, 1, False), (1, 0, False), (1, 1, True)):
        upper, start = GAP + top * row + SIZE[1], GAP + left * (SIZE[0] + GAP)
        assert text(sheet)[upper : upper + CAPTION, start : start + SIZE[0]].any() == is_there


def test_each_section_has_its_title_above_its_tiles_and_an_empty_one_says_so() -> None:
    sections = [Section([Tile(RED)] * 3, "first"), Section([], "second", "none at all"), Section([Tile(RED)])]
    sheet, row = contact_sheet(sections, 2, SIZE), SIZE[1] + GAP
    assert sheet.height == (TITLE + 2 * row) + (TITLE + row) + row + GAP
    starts = np.cumsum([GAP, TITLE + 2 * row, TITLE + row])
    assert text(sheet)[starts[0] : starts[0] + TITLE].any()
    assert red(sheet)[starts[0] + TITLE : starts[1]].sum() == 3 * SIZE[0] * SIZE[1]
    assert text(sheet)[starts[1] : starts[1] + TITLE].any()
    assert text(sheet)[starts[1] + TITLE : starts[2]].any(), "none at all"
    assert not red(sheet)[starts[1] : starts[2]].any()
    assert red(sheet)[starts[2] :].sum() == SIZE[0] * SIZE[1]


def test_a_tile_that_is_narrower_stands_in_the_middle() -> None:
    sheet = contact_sheet([Section([Tile(Image.new("RGB", (10, 30), "red"))])], 1, SIZE)
    assert np.flatnonzero(red(sheet).any(axis=0)).tolist() == list(range(GAP + 15, GAP + 25))


def test_tiles_are_as_wide_as_the_widest_caption_and_fewer_stand_in_a_row() -> None:
    caption = "Ankle boot as T-shirt (0.93)"
    sheet = contact_sheet([Section([Tile(RED, caption)] * 4)], 4, (60, SIZE[1]))
    row = SIZE[1] + CAPTION + GAP
    lines = [np.flatnonzero(text(sheet)[GAP + i * row + SIZE[1] : (i + 1) * row].any(axis=0)) for i in range(4)]
    assert sheet.height == 4 * row + GAP, "one in a row"
    for columns in lines:
        assert len(columns) > 60
        assert 0 < columns[0] < columns[-1] < sheet.width - 1, "nothing is cut off"
