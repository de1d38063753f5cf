"""Long lines are removed, also askew; strokes that cross them stay."""

import numpy as np

from mnist_mlp.pages.long_lines import remove_lines, without_long_lines
from tests.pages.test_characters import drawing


def test_lines_of_large_components_are_removed_where_a_character_touches_them() -> None:
    characters = np.zeros((100, 200), dtype=bool)
    for left in (20, 60, 120, 150, 175):
        characters[30:70, left : left + 20] = True
    line = characters.copy()
    line[70:72, 15:100] = True
    found = without_long_lines(drawing(line)).mask
    np.testing.assert_array_equal(found[:70], characters[:70])
    assert not found[72:].any()
    assert not found[70:, 45:60].any()


def test_a_page_without_long_lines_is_not_changed() -> None:
    for mask in (np.zeros((100, 200), dtype=bool), np.pad(np.ones((40, 20), dtype=bool), 30)):
        page = drawing(mask)
        assert without_long_lines(page) is page


def test_a_line_is_removed_but_not_the_stroke_that_crosses_it() -> None:
    mask = np.zeros((80, 200), dtype=bool)
    mask[20:60, 50:56] = True
    stroke = mask.copy()
    for x in range(200):
        mask[40 + x // 60 : 42 + x // 60, x] = True
    rest = remove_lines(mask, typical=40)
    np.testing.assert_array_equal(rest[:, :45], stroke[:, :45])
    np.testing.assert_array_equal(rest[:, 60:], stroke[:, 60:])
    assert (rest & stroke).sum() == stroke.sum()


def test_posts_between_the_boxes_of_a_form_are_removed_with_its_lines_only() -> None:
    posts = np.zeros((80, 200), dtype=bool)
    posts[10:70, 20::40] = True
    np.testing.assert_array_equal(remove_lines(posts, typical=40), posts)
    form = posts.copy()
    form[10:12] = form[68:70] = True
    assert not remove_lines(form, typical=40).any()


def test_filled_shapes_and_short_lines_stay() -> None:
    mask = np.zeros((80, 200), dtype=bool)
    mask[10:40, 10:150] = True
    mask[60:62, 10:80] = True
    np.testing.assert_array_equal(remove_lines(mask, typical=40), mask)


def test_a_post_that_two_boxes_share_is_removed_though_it_is_thicker_than_their_lines() -> None:
    form = np.zeros((80, 200), dtype=bool)
    form[8:11, 17:187] = form[69:72, 17:187] = True
    for left in range(17, 190, 42):
        form[8:72, max(left - 3, 17) : left + 3] = True
    assert not remove_lines(form, typical=40).any()


def test_the_lines_of_a_form_that_is_tilted_by_three_degrees_are_removed() -> None:
    rows, columns = np.mgrid[:200, :460]
    slope = np.tan(np.radians(3))
    y, x = rows + slope * columns - 60, columns - slope * rows - 30
    inside = (y > -2) & (y < 102) & (x > -2) & (x < 362)
    form = inside & ((np.abs(y % 100) < 4) | (np.abs(x % 90) < 4))
    assert remove_lines(form, typical=60).sum() < 0.15 * form.sum()
