"""Decode a file to grey levels; every broken file gives a DataError, and the polarity is not changed.

Nothing that belongs to the process is changed: neither file descriptors, nor filters of warnings, nor Pillow's limits.
Pillow's warnings of odd metadata therefore reach the filters of the application.
"""

import logging
import os
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageOps, _imaging

from mnist_mlp.errors import DataError, MnistMlpError
from mnist_mlp.pictures.drawing import FAINT
from mnist_mlp.pictures.heif import MODERN, has_decoder, modern_format, open_modern
from mnist_mlp.pictures.raster import SAMPLE, Grey, Vector

File = str | os.PathLike[str] | bytes | BinaryIO
Source = File | Image.Image | npt.NDArray[np.uint8]
Convert = Callable[[Image.Image], Image.Image]
T = TypeVar("T")

# Pillow knows 40 formats. These are those that people's pictures come in and that its fuzzing covers best. Others start
# other programs (EPS runs Ghostscript), hold further files inside (ICO, PSD, FITS, PDF) or have seldom-read parsers
# that most of its advisories are about. "PPM" stands for PBM, PGM and PPM. ``heif.py`` adds HEIC and AVIF.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")

UNNAMED = "picture"  # what error messages call a source that is not a path
MAX_PIXELS = 2**26  # 67 million: photographs of 64 megapixels are accepted; grey levels take one byte for each pixel
MAX_BYTES = 2**28  # 268 MB: MAX_PIXELS without compression at four bytes for each pixel
ENOUGH = 1000  # pixels of the longest side: a larger JPEG is reduced by 2, 4 or 8 while it is decoded, but not below
WHITES = tuple(2.0**depth - 1 for depth in range(8, 17))  # greatest levels of 8 to 16 bits
OPAQUE = 0.9  # least alpha of what is opaque, as a fraction of the picture's largest alpha
HUE = 4.0  # least ratio of the spread of colours to that of lightness for a separation by hue; it is 1.7 for greys

MAX_READS = 2**20  # reads of a file in parts: Pillow parses headers in Python, some of them byte by byte
MAX_SCANNED = 2**33  # pixels of all scans of a progressive JPEG, which has about ten: 128 scans of MAX_PIXELS
MAX_TILES = 2**18  # strips or tiles of a file: Pillow decodes each one in Python; one for each row would be 2**16
AT_ONCE = 2**22  # pixels that are converted at a time, so that a large picture needs little memory besides its own

TILE_OFFSETS = (273, 324)  # tags of TIFF: StripOffsets, TileOffsets
PNM_COMMENT = re.compile(rb"#[^\r\n]*[\r\n]?")
JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd8\xff]")  # with a length, unless it is the end of the picture

_LOADING = Lock()  # an image that the caller opened is loaded by one thread at a time

# Pillow logs some of its complaints, and without any handler Python would print them; applications' own still get them.
logging.getLogger("PIL").addHandler(logging.NullHandler())


def decode_grey(source: Source, name: str, *, whole: bool = False) -> tuple[Grey, tuple[str, ...]]:
    """Return the upright grey levels (h, w) of the first picture in ``source``, and what was done to get them.

    source: as in ``prepare``. name: what error messages call it. whole: do not reduce a large JPEG.
    """
    if isinstance(source, np.ndarray):
        source = from_array(source, name)
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


def not_a_picture(name: str, why: str, fix: str) -> DataError:
    """Return the error for an object of another type, shape or dtype."""
    return DataError("not a picture", where=None if name == UNNAMED else name, why=why, fix=fix)


def from_array(levels: npt.NDArray[np.uint8], name: str) -> Image.Image:
    """Return an array (h, w) or (h, w, 3) as an image."""
    if levels.dtype != np.uint8 or levels.ndim not in (2, 3) or levels.shape[2:] not in ((), (3,)) or not levels.size:
        why = f"found shape {levels.shape}, dtype {levels.dtype}"
        raise not_a_picture(name, why, "give uint8 levels of shape (h, w) or (h, w, 3)")
    return Image.fromarray(levels)


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
        if accepts is None or accepts(content[:16]) not in (True, 1):  # a text: this Pillow cannot read the format
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
    """Return an image that is not loaded; DataError if it has too many pixels."""
    if image.width * image.height > MAX_PIXELS:
        raise too_large(name, f"{image.width}x{image.height} pixels")
    return image


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
    return DataError("picture too large", where=name, why=why, fix="crop it to the digit or save it smaller")


def unless_broken(look: Callable[[], T], otherwise: T) -> T:
    """Return what ``look`` finds in the metadata; a picture with broken metadata is still read."""
    try:
        return look()
    except Exception:  # the same anything as in decode_grey
        return otherwise


def strips(image: Image.Image, convert: Convert = lambda strip: strip) -> Iterator[tuple[slice, Image.Image]]:
    """Yield the rows of a loaded image from top to bottom, at most AT_ONCE pixels at a time, each strip converted."""
    rows = max(1, AT_ONCE // image.width)
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        strip = image if rows >= image.height else image.crop((0, top, image.width, bottom))
        yield slice(top, bottom), convert(strip)


def from_deep(image: Image.Image, name: str) -> tuple[Grey, tuple[str, ...]]:
    """Return integers or floats of any depth as levels (h, w) from 0 to 255.

    Files do not say what white is: scanners and cameras write 10, 12 or 14 bits into 16. It is the greatest level of
    the least depth from 8 to 16 bits that has all levels, or 1 if nothing reaches 2. What is above 16 bits or below
    zero is stretched from its least to its greatest level.
    """
    extremes = [(float(levels.min()), float(levels.max())) for _, levels in deep(image)]
    if not np.isfinite(extremes).all():  # the extremes of levels with NaN are NaN
        raise broken(name, "it holds NaN or infinity", fix="save it as 8-bit PNG")
    least, greatest = min(low for low, _ in extremes), max(high for _, high in extremes)
    black, white = 0.0, next((level for level in WHITES if greatest <= level), greatest)
    if least < 0 or greatest > WHITES[-1]:
        black, white = least, greatest if greatest > least else least + 1
    elif greatest < 2:
        white = max(greatest, 1.0)
    grey = np.empty((image.height, image.width), np.uint8)
    for rows, levels in deep(image):
        grey[rows] = np.rint((levels.astype(np.float64) - black) * (255 / (white - black)))
    return grey, ("reduced to 8 bit",)


def deep(image: Image.Image) -> Iterator[tuple[slice, npt.NDArray[np.generic]]]:
    """Yield the rows of an image as arrays."""
    return ((rows, np.asarray(strip)) for rows, strip in strips(image))


def from_opaque(image: Image.Image, convert: Convert = lambda strip: strip) -> tuple[Grey, tuple[str, ...]]:
    """Return the lightness, or, if colours differ only in hue, the direction in which they differ most.

    That direction is the first principal component of the colours. convert: makes a strip opaque.
    """
    lightness, colours = np.empty((image.height, image.width), np.uint8), []
    step = 1 + lightness.size // SAMPLE
    for rows, strip in strips(image, convert):
        lightness[rows] = np.asarray(strip.convert("L"))
        if strip.mode not in ("1", "L"):
            first = -rows.start * image.width % step
            colours.append(np.asarray(strip.convert("RGB")).reshape(-1, 3)[first::step].astype(np.float64))
    matrix = hue_direction(np.concatenate(colours), lightness.ravel()[::step]) if colours else None
    if matrix is None:
        return lightness, ()
    for rows, strip in strips(image, convert):
        lightness[rows] = np.asarray(strip.convert("RGB").convert("L", matrix))
    return lightness, ("separated by hue",)


def hue_direction(colours: Vector, lightness: Grey) -> tuple[float, float, float, float] | None:
    """Return the weights of red, green and blue and the offset that separate colours (n, 3); None: lightness does."""
    if (colours.max(axis=0) - colours.min(axis=0)).max() < FAINT or (colours == colours[:, :1]).all():
        return None
    middle = colours.mean(axis=0)
    spread, directions = np.linalg.eigh((colours - middle).T @ (colours - middle) / len(colours))
    if spread[-1] <= (HUE * lightness.std()) ** 2 + 1:
        return None
    along = directions[:, -1] * np.copysign(1, directions[:, -1].sum())
    seen = colours @ along
    red, green, blue = (along * (255 / np.ptp(seen))).tolist()
    return red, green, blue, -float(seen.min()) * 255 / float(np.ptp(seen))


def from_transparent(image: Image.Image) -> tuple[Grey, tuple[str, ...]]:
    """Return the picture on white, or on black if what is opaque in it would be invisible on white.

    Soft edges and shadows are not asked: those of white strokes are darker. The same transparency everywhere hides
    nothing, and is left out.
    """
    alphas = np.flatnonzero(np.sum([strip.getchannel("A").histogram() for _, strip in strips(image, rgba)], axis=0))
    if len(alphas) == 1:
        return from_opaque(image, lambda strip: rgba(strip).convert("RGB"))
    is_opaque = [255 * int(alpha >= OPAQUE * alphas[-1]) for alpha in range(256)]
    seen = np.zeros(256, np.int64)
    for _, strip in strips(image, rgba):
        seen += strip.convert("L").histogram(strip.getchannel("A").point(is_opaque))
    paper = "black" if np.flatnonzero(seen)[0] > 255 - FAINT else "white"
    grey, steps = from_opaque(image, lambda strip: on_paper(rgba(strip), paper))
    return grey, (f"transparency put on {paper}", *steps)


def rgba(image: Image.Image) -> Image.Image:
    """Return an image with transparency of any kind as RGBA."""
    return image if image.mode == "RGBA" else image.convert("RGBA")


def on_paper(image: Image.Image, colour: str) -> Image.Image:
    """Return an RGBA image on paper of a colour, without transparency."""
    paper = Image.new("RGB", image.size, colour)
    paper.paste(image, mask=image.getchannel("A"))
    return paper
