"""Thumbnails, decoded from their addresses."""

from base64 import b64decode
from io import BytesIO

import numpy as np
from PIL import Image

from mnist_mlp.reports import thumbnails
from mnist_mlp.reports.colours import DARK_TO_LIGHT, coloured


def decoded(address: str) -> np.ndarray:
    kind, _, content = address.partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(BytesIO(b64decode(content, validate=True))) as picture:
        return np.asarray(picture)


def test_a_digit_is_dark_ink_on_white_paper() -> None:
    pixels = np.arange(0, 240, 20, dtype=np.uint8)
    np.testing.assert_array_equal(decoded(thumbnails.digit(pixels, (3, 4))), 255 - pixels.reshape(3, 4))


def test_weights_are_drawn_on_a_scale_of_their_own() -> None:
    column = np.linspace(-0.3, 0.2, 12)
    found = decoded(thumbnails.weights(column, (3, 4)))
    np.testing.assert_array_equal(found, coloured(column, 0.3, DARK_TO_LIGHT).reshape(3, 4, 3))
    np.testing.assert_array_equal(found, decoded(thumbnails.weights(100 * column, (3, 4))))
