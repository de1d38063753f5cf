"""The layout of contact sheets, by the pixels that are drawn."""

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.errors import DataNote
from mnist_mlp.reports.contact_sheet import (
    CAPTION,
    GAP,
    LARGE,
    LINE,
    MARK,
    MOST_LINES,
    SMALL,
    TITLE,
    WIDTH,
    Section,
    Tile,
    broken,
    contact_sheet,
    drawable_names,
    fitted,
    font,
)

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
    sheet = contact_sheet([Section([Tile(RED)] * n)], SIZE, columns=3)
    assert sheet.size == (3 * (SIZE[0] + GAP) + GAP, rows * (SIZE[1] + GAP) + GAP)
    assert red(sheet).sum() == n * SIZE[0] * SIZE[1]
    for i in range(n):
        left, top = GAP + i % 3 * (SIZE[0] + GAP), GAP + i // 3 * (SIZE[1] + GAP)
        assert red(sheet)[top : top + SIZE[1], left : left + SIZE[0]].all()


def test_a_caption_stands_below_its_tile_and_covers_none() -> None:
    sheet = contact_sheet([Section([Tile(RED, "ab"), Tile(RED), Tile(RED), Tile(RED, "cd")])], SIZE, columns=2)
    assert red(sheet).sum() == 4 * SIZE[0] * SIZE[1]
    row = SIZE[1] + LINE + GAP
    for top, left, is_there in ((0, 0, True), (0, 1, False), (1, 0, False), (1, 1, True)):
        upper, start = GAP + top * row + SIZE[1], GAP + left * (SIZE[0] + GAP)
        assert text(sheet)[upper : upper + LINE, start : start + SIZE[0]].any() == is_there


def test_each_section_has_its_title_above_its_tiles_and_an_empty_one_says_so() -> None:
    sections = [Section([Tile(RED)] * 3, "first"), Section([], "second", "none at all"), Section([Tile(RED)])]
    sheet, row = contact_sheet(sections, SIZE, columns=2), SIZE[1] + GAP
    assert sheet.height == (TITLE + 2 * row) + (TITLE + LINE + GAP) + row + GAP
    starts = np.cumsum([GAP, TITLE + 2 * row, TITLE + LINE + GAP])
    assert text(sheet)[starts[0] : starts[0] + TITLE].any()
    assert red(sheet)[starts[0] + TITLE : starts[1]].sum() == 3 * SIZE[0] * SIZE[1]
    assert text(sheet)[starts[1] : starts[1] + TITLE].any()
    assert text(sheet)[starts[1] + TITLE : starts[2]].any(), "none at all"
    assert not red(sheet)[starts[1] : starts[2]].any()
    assert red(sheet)[starts[2] :].sum() == SIZE[0] * SIZE[1]


def test_a_tile_that_is_narrower_stands_in_the_middle() -> None:
    sheet = contact_sheet([Section([Tile(Image.new("RGB", (10, 30), "red"))])], SIZE, columns=1)
    assert np.flatnonzero(red(sheet).any(axis=0)).tolist() == list(range(GAP + 15, GAP + 25))


def test_the_lines_of_a_caption_stand_below_each_other_and_all_rows_have_their_height() -> None:
    sheet = contact_sheet([Section([Tile(RED, "ab\ncd"), Tile(RED, "ef"), Tile(RED)])], SIZE, columns=2)
    assert sheet.height == 2 * (SIZE[1] + 2 * LINE + GAP) + GAP
    top = GAP + SIZE[1]
    for column, lines in ((0, (True, True)), (1, (True, False))):
        left = GAP + column * (SIZE[0] + GAP)
        for line, is_there in enumerate(lines):
            rows = slice(top + line * LINE, top + (line + 1) * LINE)
            assert text(sheet)[rows, left : left + SIZE[0]].any() == is_there


def test_a_frame_surrounds_its_tile_and_covers_none() -> None:
    sheet = contact_sheet([Section([Tile(RED), Tile(RED, is_framed=True), Tile(RED)])], SIZE, columns=3)
    assert red(sheet).sum() == 3 * SIZE[0] * SIZE[1]
    rows, columns = np.nonzero((np.asarray(sheet) == MARK).all(axis=-1))
    left = GAP + SIZE[0] + GAP
    assert left - GAP < columns.min() < left < left + SIZE[0] <= columns.max() < left + SIZE[0] + GAP
    assert 0 <= rows.min() < GAP < GAP + SIZE[1] <= rows.max()


def test_the_title_of_the_sheet_stands_above_all_and_makes_a_narrow_sheet_wider() -> None:
    plain = contact_sheet([Section([Tile(RED)])], SIZE, columns=1)
    titled = contact_sheet([Section([Tile(RED)])], SIZE, columns=1, title="A long title\nand a line")
    assert titled.width >= font(LARGE).getlength("A long title") + 2 * GAP > plain.width
    head = titled.height - plain.height
    assert head >= TITLE + LINE
    assert text(titled)[GAP : GAP + TITLE].any()
    assert text(titled)[GAP + TITLE : GAP + TITLE + LINE].any()
    np.testing.assert_array_equal(np.asarray(titled)[head:, : plain.width], np.asarray(plain))


def test_as_many_tiles_stand_in_a_row_as_fit_and_one_that_is_wider_stands_alone() -> None:
    for width, columns in ((90, 8), (380, 2), (2000, 1)):
        sheet = contact_sheet([Section([Tile(RED)] * 9)], (width, 10))
        assert sheet.width == columns * (width + GAP) + GAP
        assert sheet.width <= max(WIDTH, width + 2 * GAP)


@pytest.mark.parametrize("name", ["a" * 200 + "1.png", "\u4e03" * 90 + "7.png"])
def test_a_text_that_is_too_wide_is_cut_at_its_beginning(name: str) -> None:
    cut = fitted(name, SMALL, 100)
    assert font(SMALL).getlength(cut) <= 100
    assert cut[0] == "…"
    assert name.endswith(cut[1:])
    assert len(cut) > 5
    assert fitted("7.png", SMALL, 100) == "7.png"


def test_a_wide_caption_is_broken_at_spaces_and_nothing_of_it_is_lost() -> None:
    text = "4/scan 17 of the second class.png"
    lines = broken(text, SMALL, 100)
    assert len(lines) == 3
    assert " ".join(lines) == text
    assert all(font(SMALL).getlength(line) <= 100 for line in lines)
    assert broken(f"a {'w' * 99} b", SMALL, 100)[::2] == ["a", "b"], "only the word that fits no line is cut"


def test_of_a_caption_with_too_many_lines_beginning_and_end_remain() -> None:
    first, *_, last = lines = broken("Dreieck mit " + "sehr " * 40 + "langem Namen", SMALL, 100)
    assert (len(lines), first) == (MOST_LINES, "Dreieck mit")
    assert last[0] == "…"
    assert last.endswith("Namen")


def test_rows_are_as_high_as_their_broken_captions() -> None:
    caption = "wide words " * 4
    lines = len(broken(caption, SMALL, CAPTION))
    sheet = contact_sheet([Section([Tile(RED, caption)] * 2)], SIZE, columns=1)
    assert lines > 1
    assert sheet.height == 2 * (SIZE[1] + lines * LINE + GAP) + GAP
    assert red(sheet).sum() == 2 * SIZE[0] * SIZE[1]


def test_a_tile_is_as_wide_as_its_caption_and_a_very_long_one_is_cut() -> None:
    wide = "wide as this"
    for caption, width in (("ab", SIZE[0]), (wide, round(font(SMALL).getlength(wide)) + GAP), ("w" * 99, CAPTION)):
        sheet = contact_sheet([Section([Tile(RED, caption), Tile(RED)])], SIZE, columns=2)
        assert sheet.width == 2 * (width + GAP) + GAP
        assert not text(sheet)[:, GAP + width + GAP :].any(), "it does not reach the next tile"


def test_characters_that_the_font_lacks_are_drawn_as_escapes() -> None:
    def drawn(text: str) -> Image.Image:
        return contact_sheet([Section([Tile(RED, f"{text}\n{text}")], text)], SIZE, title=f"{text}\n{text}")

    assert drawn("Käse 一") == drawn(r"K\xe4se \u4e00")
    assert drawn("Käse") != drawn("Köse")


def test_a_class_whose_name_cannot_be_drawn_has_its_number_and_a_note_says_its_name() -> None:
    assert drawable_names(["ok", "~ 1…"]) == ("ok", "~ 1…")
    with pytest.warns(DataNote, match=r"numbers.*: class 1 \(一\), class 2 \(é\)$"):
        assert drawable_names(["ok", "一", "é"]) == ("ok", "class 1", "class 2")
