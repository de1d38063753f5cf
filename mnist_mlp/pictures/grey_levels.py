"""Grey levels of a loaded image: any depth, colours that differ only in hue, transparency."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_mlp.errors import DataError
from mnist_mlp.pictures.drawing import FAINT
from mnist_mlp.pictures.raster import SAMPLE, Grey, Vector

Convert = Callable[[Image.Image], Image.Image]

WHITES = tuple(2.0**depth - 1 for depth in range(8, 17))  # greatest levels of 8 to 16 bits
OPAQUE = 0.9  # least alpha of what is opaque, as a fraction of the picture's largest alpha
HUE = 4.0  # least ratio of the spread of colours to that of lightness for a separation by hue; it is 1.7 for greys
AT_ONCE = 2**22  # pixels that are converted at a time, so that a large picture needs little memory besides its own


def strips(image: Image.Image, convert: Convert = lambda strip: strip) -> Iterator[tuple[slice, Image.Image]]:
    """Yield the rows of a loaded image from top to bottom, at most AT_ONCE pixels at a time, each strip converted."""
    rows = max(1, AT_ONCE // image.width)
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        strip = image if rows >= image.height else image.crop((0, top, image.width, bottom))
        yield slice(top, bottom), convert(strip)


def from_deep(image: Image.Image, name: str) -> tuple[Grey, tuple[str, ...]]:
    """Return integers or floats of any depth as levels (h, w) from 0 to 255.

    Files do not say what white is: scanners and cameras write 10, 12 or 14 bits into 16. White is the largest level of
    the smallest depth, 8 to 16 bits, that holds every level of the picture, or 1 if no level reaches 2. Levels above
    16 bits or below zero are stretched from the least to the largest.
    """
    extremes = [(float(levels.min()), float(levels.max())) for _, levels in deep(image)]
    if not np.isfinite(extremes).all():  # the extremes of levels with NaN are NaN
        why, fix = "it holds NaN or infinity", "save it as 8-bit PNG"
        raise DataError("broken picture", where=name, why=why, fix=fix)
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

    Only opaque pixels decide, because soft edges and shadows of white strokes are darker. The same transparency
    everywhere hides nothing, and is left out.
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
