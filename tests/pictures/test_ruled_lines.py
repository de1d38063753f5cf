import numpy as np
import pytest

from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Mask
from mnist_mlp.pictures.ruled_lines import remove_ruled_lines
from tests.pictures.drawing import bowl_and_stem, sloping


def without_lines(mask: Mask) -> Mask:
    return remove_ruled_lines(Drawing(mask.view(np.uint8), strength=mask.astype(np.float32), mask=mask)).mask


@pytest.mark.parametrize("turned", [False, True])
def test_rules_go_and_the_strokes_that_cross_them_stay(turned: bool) -> None:
    lines = [sloping(300, 300, at, 0.05, 2) for at in (20, 90, 160, 230)]
    # one runs out of the picture at a corner
    lines.append(sloping(300, 300, 290, 0.05, 2))
    ruled = np.any(lines, axis=0)
    mask = bowl_and_stem() | (ruled.T if turned else ruled)
    left = without_lines(mask)
    assert (left & ~bowl_and_stem()).sum() < 60
    assert (left & bowl_and_stem()).sum() > 0.95 * bowl_and_stem().sum()


def test_the_posts_of_a_row_of_boxes_go_with_its_beams() -> None:
    row = sloping(300, 300, 60, 0.02, 3) | sloping(300, 300, 240, 0.02, 3)
    row[60:240, 40:43] = row[62:244, 250:253] = True
    left = without_lines(bowl_and_stem() | row)
    assert (left & ~bowl_and_stem()).sum() < 40
    assert (left & bowl_and_stem()).sum() > 0.95 * bowl_and_stem().sum()


def test_the_bar_of_a_digit_cut_out_tightly_is_no_rule() -> None:
    seven = np.zeros((60, 40), dtype=bool)
    seven[:6] = True
    seven[:, 20:26] = True
    np.testing.assert_array_equal(without_lines(seven), seven)


def test_what_is_removed_has_no_strength_so_that_it_is_not_followed_as_a_pale_stroke() -> None:
    rules = sloping(300, 300, 80, 0, 3) | sloping(300, 300, 220, 0, 3)
    mask = bowl_and_stem() | rules
    left = remove_ruled_lines(Drawing(mask.view(np.uint8), strength=90 * mask.astype(np.float32), mask=mask))
    assert not left.strength[rules & ~bowl_and_stem()].any()
    assert left.strength[left.mask].all()
