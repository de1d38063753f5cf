"""What a picture is decoded to, and the message if it is refused."""

import numpy as np
import pytest

from mnist_mlp.errors import DataError
from mnist_mlp.pictures.decode import Source, decode_grey
from tests.pictures.drawing import Array, digits

GREY = digits()[0]
UNEVEN = np.repeat(GREY, 2, axis=1)[:40, :30]  # nothing about it is symmetric, sides differ


def pixels(source: Source) -> Array:
    return decode_grey(source, "it")[0]


def refusal(source: Source) -> str:
    with pytest.raises(DataError) as caught:
        decode_grey(source, "it.png")
    message = str(caught.value)
    assert "it.png: " in message
    assert "\n" not in message
    assert "; " in message, "the remedy is missing"
    return message
