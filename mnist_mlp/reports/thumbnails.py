"""Small pictures as ``data:`` URLs, so that a page needs no other file."""

from base64 import b64encode
from io import BytesIO

import numpy as np
from PIL import Image

from mnist_mlp.data.dataset import Pixels
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.reports.colours import DARK_TO_LIGHT, coloured


def digit(pixels: Pixels, shape: tuple[int, int]) -> str:
    """Return pixels (n_in,) as dark ink on white paper."""
    return _address(Image.fromarray(255 - pixels.reshape(shape)))


def weights(column: FloatArray, shape: tuple[int, int]) -> str:
    """Return the weights (n_in,) of one unit, dark below zero, bright above; each unit has a scale of its own."""
    return _address(Image.fromarray(coloured(column.reshape(shape), float(np.abs(column).max()), DARK_TO_LIGHT)))


def _address(picture: Image.Image) -> str:
    content = BytesIO()
    picture.save(content, "PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(content.getvalue()).decode()}"
