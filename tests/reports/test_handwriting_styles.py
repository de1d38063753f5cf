"""The contact sheet of the styles, by its size and the pixels of a style."""

from typing import Any

import numpy as np
import pytest

from mnist_mlp.errors import ConfigError
from mnist_mlp.handwriting.generate import draw_style
from mnist_mlp.handwriting.styles import STYLES
from mnist_mlp.reports.contact_sheet import GAP, LINE, TITLE, WIDTH
from mnist_mlp.reports.handwriting_styles import ZOOM, draw_styles


def test_the_first_row_shows_the_digits_of_the_first_styles_as_ink_on_paper() -> None:
    sheet = np.asarray(draw_styles(3, seed=5))[..., 0]
    columns = WIDTH // (3 * 28 * ZOOM + GAP)
    first = sheet[GAP + 2 * TITLE :, GAP:][: 28 * ZOOM : ZOOM, : 3 * 28 * ZOOM : ZOOM]
    expected = np.concatenate(list(draw_style(0, 0, 3, 5).reshape(3, 28, 28)), axis=1)
    np.testing.assert_array_equal(255 - first, expected)
    rows = sum(-(-len(styles) // columns) for styles in STYLES.values())
    assert sheet.shape == (
        GAP + 11 * TITLE + rows * (28 * ZOOM + GAP + LINE),
        GAP + columns * (3 * 28 * ZOOM + GAP),
    )


@pytest.mark.parametrize("versions", [0, 101, 10**9, 2.5, "a"])
def test_versions_that_cannot_be_drawn_are_refused(versions: Any) -> None:
    with pytest.raises(ConfigError, match=r"^versions (out of range|not an integer.*); give an integer from 1 to 100$"):
        draw_styles(versions)
    with pytest.raises(ConfigError, match=r"^seed "):
        draw_styles(1, -1)
