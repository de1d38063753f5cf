"""Decode a file to grey levels; every broken file gives a DataError, and the polarity is not changed.

Nothing that belongs to the process is changed: neither file descriptors, nor filters of warnings, nor Pillow's limits.
Pillow's warnings of odd metadata therefore reach the filters of the application.
"""

import logging
import os
import re
import struct
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from io import BytesIO, TextIOBase
from pathlib import Path
from threading import Lock
from typing import BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageOps, _imaging

from mnist_mlp.errors import DataError, MnistMlpError
from mnist_mlp.pictures.grey_levels import from_deep, from_opaque, from_transparent
from mnist_mlp.pictures.heif import MODERN, has_decoder, modern_format, open_modern
from mnist_mlp.pictures.raster import Grey

File = str | os.PathLike[str] | bytes | BinaryIO
Source = File | Image.Image | npt.NDArray[np.uint8]
T = TypeVar("T")

# Pillow knows 40 formats. These are those that people's pictures come in and that its fuzzing covers best. Others start
# other programs (EPS runs Ghostscript), hold further files inside (ICO, PSD, FITS, PDF) or have seldom-read parsers
# that most of its advisories are about. "PPM" stands for PBM, PGM and PPM; "DIB" is BMP without a file header.
# ``heif.py`` adds HEIC and AVIF.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "DIB")

UNNAMED = "picture"  # what error messages call a source that is not a path
MAX_PIXELS = 2**26  # 67 million, such as 8192x8192; grey levels take one byte for each pixel
MAX_BYTES = 2**28  # 268 MB: MAX_PIXELS without compression at four bytes for each pixel
ENOUGH = 1000  # pixels of the longest side: a larger JPEG is reduced by 2, 4 or 8 while it is decoded, but not below

MAX_READS = 2**20  # reads of a file in parts: Pillow parses headers in Python, some of them byte by byte
MAX_SCANNED = 2**33  # pixels of all scans of a progressive JPEG, which has about ten: 128 scans of MAX_PIXELS
MAX_TILES = 2**18  # strips or tiles of a file: Pillow decodes each one in Python; one for each row would be 2**16

TILE_OFFSETS = (273, 324)  # tags of TIFF: StripOffsets, TileOffsets
PNM_COMMENT = re.compile(rb"#[^\r\n]*[\r\n]?")
JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd8\xff]")  # with a length, unless it is the end of the picture

_LOADING = Lock()  # an image that the caller opened is loaded by one thread at a time

# Pillow logs some of its complaints, and without any handler Python would print them; applications' own still get them.
logging.getLogger("PIL").addHandler(logging.NullHandler())


def name_of(source: Source) -> str:
    """Return what error messages call a source: its path, if it is one."""
    return str(os.fspath(source)) if isinstance(source, str | os.PathLike) else UNNAMED


def decode_grey(source: Source, name: str, *, whole: bool = False) -> tuple[Grey, tuple[str, ...]]:
    """Return the upright grey levels (h, w) of the first picture in ``source``, and what was done to get them.

    source: as in ``prepare``. name: what error messages call it. whole: do not reduce a large JPEG.
    """
    if isinstance(source, np.ndarray):
        check_array(source, name)
        if source.ndim == 2:
            return np.array(source, order="C"), ()
        source = Image.fromarray(source)
    try:
        if isinstance(source, Image.Image):
            with _LOADING:
                image = checked(source, name).copy()
        else:
            content = read(source, name)
            if content[:2] in (b"P1", b"P2", b"P3"):  # Pillow's removal of many comments takes minutes
                if content.count(b"#") > MAX_READS:
                    raise broken(name, "it has too many comments")
                content = PNM_COMMENT.sub(b"", content)
            if tiles(content) > MAX_TILES:
                raise broken(name, f"it has more than {MAX_TILES:,} tiles")
            image = checked(opened(content, name), name)
            if image.width * image.height * scans(content) > MAX_SCANNED:
                raise broken(name, "it has too many scans")
        return grey_levels(image, name, whole=whole)
    except MnistMlpError:
        raise
    # A broken file makes Pillow's parsers raise nearly anything: OSError, SyntaxError, ValueError, TypeError, EOFError,
    # IndexError, KeyError, OverflowError, AttributeError, AssertionError, struct.error, zlib.error, MemoryError,
    # RecursionError, and what the next release brings. No list can be complete, and hardly anything but Pillow works
    # inside this block, so all of them mean: broken picture.
    except Exception as error:
        why = "it needs more memory than there is" if isinstance(error, MemoryError) else str(error)
        raise broken(name, why or type(error).__name__) from error


@cache
def silence_libtiff() -> None:
    """Stop libtiff's own messages, which it writes to standard error besides the errors that Pillow raises.

    Where libtiff is a part of Pillow's module, as in Pillow's packages for Windows, it cannot be reached.
    """
    import ctypes

    with suppress(OSError, AttributeError):
        libtiff = ctypes.CDLL(_imaging.__file__)
        libtiff.TIFFSetErrorHandler(None)
        libtiff.TIFFSetWarningHandler(None)


def read(source: File, name: str) -> bytes:
    """Return the bytes of ``source``, at most MAX_BYTES of them (a device file would never end)."""
    if not isinstance(source, bytes | str | os.PathLike) and not hasattr(source, "read"):
        fix = "give a path, bytes, a binary file, a PIL image or an array"
        raise not_a_picture(name, f"found {type(source).__name__}", fix)
    if isinstance(source, TextIOBase):
        raise not_a_picture(name, "the file is open as text", 'open it as binary, with mode "rb"')
    if isinstance(source, str) and not source.strip():
        raise DataError("name of the picture is empty", fix="give the path of a picture")
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


def broken(name: str, why: str) -> DataError:
    """Return the error for a picture that cannot be decoded."""
    return DataError("broken picture", where=name, why=why, fix="save it again as PNG or JPEG")


def not_a_picture(name: str, why: str, fix: str) -> DataError:
    """Return the error for an object of another type, shape or dtype."""
    return DataError("not a picture", where=None if name == UNNAMED else name, why=why, fix=fix)


def check_array(levels: npt.NDArray[np.uint8], name: str) -> None:
    """Raise DataError if an array is not (h, w) or (h, w, 3), or has too many pixels."""
    if levels.dtype != np.uint8 or levels.ndim not in (2, 3) or levels.shape[2:] not in ((), (3,)) or not levels.size:
        why = f"found shape {levels.shape}, dtype {levels.dtype}"
        raise not_a_picture(name, why, "give uint8 levels of shape (h, w) or (h, w, 3)")
    check_size(levels.shape[1], levels.shape[0], name)


def grey_levels(image: Image.Image, name: str, *, whole: bool = False) -> tuple[Grey, tuple[str, ...]]:
    """Return what ``decode_grey`` does, from an image that need not be loaded; it may raise any error of Pillow."""
    full = image.size
    if not whole:
        image.draft(None, (ENOUGH * full[0] // max(full), ENOUGH * full[1] // max(full)))
    reduced = (f"reduced to {image.width}x{image.height}",) if image.size != full else ()
    image.load()
    if image.mode.startswith(("I", "F")):
        grey, steps = from_deep(image, name)
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


class PartedFile(BytesIO):
    """A file in memory that raises ``ValueError`` when it is read in more than MAX_READS parts."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next ``size`` bytes."""
        self.reads += 1
        if self.reads > MAX_READS:
            raise ValueError("it has too many parts")
        return super().read(size)


def opened(content: bytes, name: str) -> Image.Image:
    """Return the picture with its header read, nothing decoded yet.

    It is ``Image.open`` without the warnings and the process-wide limit of sizes that belong to that function.
    """
    Image.preinit()
    for form in FORMATS:
        if form not in Image.OPEN:
            Image.init()
        factory, accepts = Image.OPEN[form]
        if accepts is None or accepts(content[:16].ljust(16, b"\0")) not in (
            True,
            1,
        ):  # a text: this Pillow cannot read the format
            continue
        if form == "TIFF":
            silence_libtiff()
        with suppress(SyntaxError, IndexError, TypeError, struct.error):  # it is not of this format
            return factory(PartedFile(content), "")
    why, fix = f"its format is none of {', '.join((*FORMATS, *MODERN))}, or its beginning is broken", ""
    if (modern := modern_format(content)) is not None:
        if has_decoder(MODERN[modern]):
            return open_modern(modern, PartedFile(content))
        why, fix = f"its format is {modern}, whose decoder is not installed", f"{MODERN[modern].fix}, or "
    raise DataError("not a picture that can be read", where=name, why=why, fix=f"{fix}save it as PNG or JPEG")


def checked(image: Image.Image, name: str) -> Image.Image:
    """Return an image that is not loaded; DataError if it has no pixels, or too many."""
    check_size(image.width, image.height, name)
    return image


def check_size(width: int, height: int, name: str) -> None:
    """Raise DataError if a picture has no pixels, or too many."""
    if not width * height:
        raise broken(name, f"it has {width}x{height} pixels")
    if width * height > MAX_PIXELS:
        raise too_large(name, f"{width}x{height} pixels")


def tiles(content: bytes) -> int:
    """Return the number of strips or tiles of the first picture of a TIFF; 0 for other formats."""
    order = {b"II": "<", b"MM": ">"}.get(content[:2])
    if order is None:
        return 0
    is_big = b"+" in content[2:4]  # BigTIFF has the number 43, TIFF 42
    first, number, entry = ("8xQ", "Q", "HHQ8x") if is_big else ("4xI", "H", "HHI4x")
    try:
        at = struct.unpack_from(order + first, content)[0]
        entries = struct.unpack_from(order + number, content, at)[0]
        at += struct.calcsize(order + number)
        table = content[at : at + min(entries, 2**16) * struct.calcsize(order + entry)]
        return max((n for tag, _, n in struct.iter_unpack(order + entry, table) if tag in TILE_OFFSETS), default=0)
    except (struct.error, OverflowError):  # Pillow tells what is broken
        return 0


def scans(content: bytes) -> int:
    """Return the number of scans of a JPEG; 0 for other formats. Each one is decoded for all pixels."""
    found, at = 0, 2
    for _ in range(MAX_READS if content.startswith(b"\xff\xd8") else 0):
        marker = JPEG_MARKER.search(content, at)
        if marker is None or marker[0] == b"\xff\xd9":
            break
        found += marker[0] == b"\xff\xda"
        at = marker.end() + int.from_bytes(content[marker.end() : marker.end() + 2])
    return found


def too_large(name: str, size: str) -> DataError:
    """Return the error for a picture of more than MAX_PIXELS."""
    why = f"{size} is more than {MAX_PIXELS / 1e6:.0f} megapixels"
    return DataError("picture too large", where=name, why=why, fix="crop it or save it smaller")


def unless_broken(look: Callable[[], T], otherwise: T) -> T:
    """Return what ``look`` finds in the metadata; a picture with broken metadata is still read."""
    try:
        return look()
    except Exception:  # the same anything as in decode_grey
        return otherwise
