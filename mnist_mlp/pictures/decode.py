"""Decode a file to grey levels; every broken file gives a DataError, and the polarity is not changed."""

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from mnist_mlp.errors import DataError, MnistMlpError
from mnist_mlp.pictures.drawing import FAINT
from mnist_mlp.pictures.raster import SAMPLE, Grey

File = str | os.PathLike[str] | bytes | BinaryIO
Source = File | Image.Image | npt.NDArray[np.uint8]
T = TypeVar("T")

# Pillow knows 40 formats. These are those that people's pictures come in and that its fuzzing covers best. Others start
# other programs (EPS runs Ghostscript), hold further files inside (ICO, PSD, FITS, PDF) or have seldom-read parsers
# that most of its advisories are about. "PPM" stands for PBM, PGM and PPM.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")

MAX_PIXELS = 2**26  # 67 million: photographs of 64 megapixels are accepted; grey levels take one byte for each pixel
MAX_BYTES = 2**28  # 268 MB: MAX_PIXELS without compression at four bytes for each pixel
ENOUGH = 1000  # pixels of the longest side: a larger JPEG is reduced by 2, 4 or 8 while it is decoded, but not below
HUE = 4.0  # least ratio of the spread of colours to that of lightness for a separation by hue; it is 1.7 for greys

# Warnings and file descriptor 2 belong to the process, so only one thread at a time may change them.
_PROCESS = Lock()

# Pillow logs some of its complaints, and without any handler Python would print them; applications' own still get them.
logging.getLogger("PIL").addHandler(logging.NullHandler())


def decode_grey(source: Source, name: str) -> tuple[Grey, tuple[str, ...]]:
    """Return the upright grey levels (h, w) of the first picture in ``source``, and what was done to get them.

    source: as in ``prepare``. name: what error messages call it.
    """
    if isinstance(source, np.ndarray):
        source = from_array(source, name)
    content = b"" if isinstance(source, Image.Image) else read(source, name)
    try:
        # Pillow warns of odd metadata, large sizes and malformed tails; what matters of that is checked here.
        with _PROCESS, warnings.catch_warnings(), silent_libtiff(content):
            warnings.simplefilter("ignore")
            image = source if isinstance(source, Image.Image) else opened(content, name)
            if image.width * image.height > MAX_PIXELS:
                raise too_large(name, f"{image.width}x{image.height} pixels")
            return grey_levels(image.copy() if image is source else image, name)
    except MnistMlpError:
        raise
    # A broken file makes Pillow's parsers raise nearly anything: OSError, SyntaxError, ValueError, TypeError, EOFError,
    # IndexError, KeyError, OverflowError, AttributeError, AssertionError, struct.error, zlib.error, MemoryError,
    # RecursionError, and what the next release brings. No list can be complete, and hardly anything but Pillow works
    # inside this block, so all of them mean: broken picture.
    except Exception as error:
        why = "it needs more memory than there is" if isinstance(error, MemoryError) else str(error)
        raise broken(name, why or type(error).__name__) from error


@contextmanager
def silent_libtiff(content: bytes) -> Iterator[None]:
    """No standard error while a TIFF is read: libtiff complains straight into file descriptor 2, past Python."""
    if content[:2] not in (b"II", b"MM"):
        yield
        return
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def read(source: File, name: str) -> bytes:
    """Return the bytes of ``source``, at most MAX_BYTES of them (a device file would never end)."""
    if not isinstance(source, bytes | str | os.PathLike) and not hasattr(source, "read"):
        fix = "give a path, bytes, a binary file, a PIL image or an array"
        raise DataError("not a picture", where=name, why=f"found {type(source).__name__}", fix=fix)
    try:
        if isinstance(source, bytes):
            content = source
        elif isinstance(source, str | os.PathLike):
            with Path(source).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        else:
            content = source.read(MAX_BYTES + 1)
    # ValueError: a NUL in the name, or a closed file object
    except (OSError, ValueError, MemoryError) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise DataError("cannot read the picture", where=name, why=why.lower(), fix="check the path") from error
    if not content:
        raise broken(name, "the file is empty")
    if len(content) > MAX_BYTES:
        why, fix = f"more than {MAX_BYTES // 10**6} MB", "save it smaller or as JPEG"
        raise DataError("picture too large", where=name, why=why, fix=fix)
    return content


def broken(name: str, why: str, fix: str = "save it again as PNG or JPEG") -> DataError:
    """Return the error for a picture that cannot be decoded."""
    return DataError("broken picture", where=name, why=why, fix=fix)


def from_array(levels: npt.NDArray[np.uint8], name: str) -> Image.Image:
    """Return an array (h, w) or (h, w, 3) as an image."""
    if levels.dtype != np.uint8 or levels.ndim not in (2, 3) or levels.shape[2:] not in ((), (3,)) or not levels.size:
        why = f"found shape {levels.shape}, dtype {levels.dtype}"
        raise DataError("not a picture", where=name, why=why, fix="give uint8 levels of shape (h, w) or (h, w, 3)")
    return Image.fromarray(levels)


def grey_levels(image: Image.Image, name: str) -> tuple[Grey, tuple[str, ...]]:
    """Return what ``decode_grey`` does, from an image that need not be loaded; it may raise any error of Pillow."""
    full = image.size
    image.draft(None, (ENOUGH * full[0] // max(full), ENOUGH * full[1] // max(full)))
    reduced = (f"reduced to {image.width}x{image.height}",) if image.size != full else ()
    image.load()
    if image.mode.startswith(("I", "F")):
        grey, steps = from_deep(np.asarray(image), name)
    elif image.has_transparency_data:
        grey, steps = from_transparent(image)
    else:
        grey, steps = from_opaque(image)
    steps = (*reduced, *steps)
    # Metadata last: looking for a second frame may disturb the first. A TIFF is turned by Pillow as it loads, and then
    # has no orientation.
    orientation = unless_broken(lambda: image.getexif().get(ExifTags.Base.Orientation), None)
    if unless_broken(lambda: getattr(image, "is_animated", False), False):
        steps = ("first frame taken", *steps)
    if orientation in range(2, 9):
        stored = Image.fromarray(grey)
        stored.getexif()[ExifTags.Base.Orientation] = orientation
        grey, steps = np.asarray(ImageOps.exif_transpose(stored)), (*steps, "turned upright as EXIF says")
    return np.ascontiguousarray(grey), steps


def opened(content: bytes, name: str) -> Image.Image:
    """Return the picture with its header read, nothing decoded yet."""
    try:
        return Image.open(BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError as error:
        why = f"its format is none of {', '.join(FORMATS)}, or its beginning is broken"
        raise DataError("not a picture that can be read", where=name, why=why, fix="save it as PNG or JPEG") from error
    except Image.DecompressionBombError as error:
        # Pillow's own limit, three times as high as ours; it comes before the size can be seen
        raise too_large(name, "its size") from error


def too_large(name: str, size: str) -> DataError:
    """Return the error for a picture of more than MAX_PIXELS."""
    why = f"{size} is more than {MAX_PIXELS / 1e6:.0f} megapixels"
    return DataError("picture too large", where=name, why=why, fix="crop it to the digit or save it smaller")


def unless_broken(look: Callable[[], T], otherwise: T) -> T:
    """Return what ``look`` finds in the metadata; a picture with broken metadata is still read."""
    try:
        return look()
    except Exception:  # the same anything as in decode_grey
        return otherwise


def from_deep(levels: npt.NDArray[np.generic], name: str) -> tuple[Grey, tuple[str, ...]]:
    """Return (h, w) integers or floats of any depth as levels from 0 to 255.

    Files do not say what white is. Integers: 255 if nothing is above it, else 65535. Floats may also mean 1.0. What
    fits neither, or goes below zero, is stretched from its least to its greatest level.
    """
    values = levels.astype(np.float64)
    if not np.isfinite(values).all():
        raise broken(name, "it holds NaN or infinity", fix="save it as 8-bit PNG")
    least, greatest = float(values.min()), float(values.max())
    whites = (255.0, 65535.0) if np.issubdtype(levels.dtype, np.integer) else (1.0, 255.0, 65535.0)
    white = next((w for w in whites if greatest <= w), greatest)
    black = 0.0
    if least < 0 or greatest > whites[-1]:
        black, white = least, greatest if greatest > least else least + 1
    return np.rint((values - black) * (255 / (white - black))).astype(np.uint8), ("reduced to 8 bit",)


def from_opaque(image: Image.Image) -> tuple[Grey, tuple[str, ...]]:
    """Return the lightness, or, if colours differ only in hue, the direction in which they differ most.

    That direction is the first principal component of the colours.
    """
    lightness = np.asarray(image.convert("L"))
    if image.mode in ("1", "L"):
        return lightness, ()
    rgb = image.convert("RGB")
    step = 1 + lightness.size // SAMPLE
    colours = np.asarray(rgb).reshape(-1, 3)[::step].astype(np.float64)
    if (colours.max(axis=0) - colours.min(axis=0)).max() < FAINT or (colours == colours[:, :1]).all():
        return lightness, ()
    middle = colours.mean(axis=0)
    spread, directions = np.linalg.eigh((colours - middle).T @ (colours - middle) / len(colours))
    if spread[-1] <= (HUE * lightness.ravel()[::step].std()) ** 2 + 1:
        return lightness, ()
    along = directions[:, -1] * np.copysign(1, directions[:, -1].sum())
    seen = colours @ along
    stretch = 255 / np.ptp(seen)
    return np.asarray(rgb.convert("L", (*(along * stretch), -float(seen.min()) * stretch))), ("separated by hue",)


def from_transparent(image: Image.Image) -> tuple[Grey, tuple[str, ...]]:
    """Return the picture on white, or on black if it would be invisible on white."""
    rgba = image.convert("RGBA")
    grey, alpha = rgba.convert("L"), rgba.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return from_opaque(rgba)
    on_white, on_black = (np.asarray(Image.composite(grey, Image.new("L", grey.size, p), alpha)) for p in (255, 0))
    if np.ptp(on_white) < FAINT <= np.ptp(on_black):
        return on_black, ("transparency put on black",)
    return on_white, ("transparency put on white",)
