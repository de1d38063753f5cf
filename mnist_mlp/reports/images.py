"""Images from arrays, and images as files or as ``data:`` URLs, so that a page needs no other file."""

from base64 import b64encode
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_mlp.data.dataset import Pixels
from mnist_mlp.errors import StorageError
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.storage.durable import write

# Two colour maps that are also readable with colour blindness. Blue, white at zero, orange.
AROUND_WHITE = np.array([(5, 48, 97), (67, 147, 195), (255, 255, 255), (224, 130, 20), (127, 59, 8)])
# Dark blue, grey at zero, bright yellow: cividis (Nunez et al. 2018).
DARK_TO_LIGHT = np.array([(0, 34, 78), (65, 77, 107), (124, 123, 120), (187, 173, 108), (254, 232, 56)])

# Pixels above which a PNG is compressed at level 1 rather than 6: four times faster, and a tenth larger if it has grain
LARGE = 2**23

SUFFIXES = ".png, .jpg, .gif, .bmp, .webp, .tif, .pdf"  # the usual ones of those that Pillow can write


def coloured(values: FloatArray, colour_map: NDArray[np.int_], most: float | None = None) -> NDArray[np.uint8]:
    """Return the colours (..., 3) of values from -``most`` to ``most``; None: the largest absolute value."""
    most = float(np.abs(values).max()) if most is None else most
    share = (np.asarray(values, np.float64) / (most or 1.0) + 1) / 2
    positions = np.linspace(0, 1, len(colour_map))
    mixed = np.stack([np.interp(share, positions, channel) for channel in colour_map.T], axis=-1)
    return np.asarray(np.rint(mixed), np.uint8)


def ink_on_paper(pixels: Pixels, shape: tuple[int, int], zoom: int = 1) -> Image.Image:
    """Return pixels (n_in,), 0 to 255, as dark ink on white paper, each ``zoom`` pixels wide."""
    return magnified(255 - pixels.reshape(shape), zoom)


def zoom_to(shape: tuple[int, int], side: int) -> int:
    """Return the zoom, at least 1, with which the longer side of a picture (height, width) is near ``side`` pixels."""
    return max(1, round(side / max(shape)))


def magnified(pixels: NDArray[np.uint8], zoom: int) -> Image.Image:
    """Return grey levels (height, width) or colours (height, width, 3), each pixel ``zoom`` pixels wide."""
    return Image.fromarray(pixels.repeat(zoom, axis=0).repeat(zoom, axis=1) if zoom > 1 else pixels)


def data_url(image: Image.Image) -> str:
    """Return an image as a ``data:`` URL."""
    content = BytesIO()
    image.save(content, "PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(content.getvalue()).decode()}"


def write_picture(picture: Image.Image | Pixels, path: Path) -> None:
    """Write an image, or grey levels (height, width), in the format of the suffix; a failure leaves no file behind."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    kind, content = Image.registered_extensions().get(path.suffix.lower()), BytesIO()
    try:
        if kind is None:
            raise ValueError(f"unknown suffix {path.suffix}" if path.suffix else "its name has no suffix")
        image.save(content, kind, compress_level=1 if image.width * image.height > LARGE else 6)
    except (OSError, ValueError, KeyError) as error:  # such as a format that Pillow can only read
        raise StorageError("cannot write picture", where=path, why=str(error), fix=f"use one of {SUFFIXES}") from None
    write(path, content.getvalue())
