"""A picture with a box around each digit that is read, and the answer above it."""

from math import ceil
from statistics import median

from PIL import Image, ImageDraw, ImageFont

from mnist_mlp.errors import DataError
from mnist_mlp.pages.records import Page
from mnist_mlp.pictures.decode import Source, decode_grey, name_of
from mnist_mlp.reports.images import magnified

SURE, UNSURE = (0, 90, 200), (215, 90, 0)  # blue and orange differ also with colour blindness
LETTERS = 0.4  # height of the answers, as a fraction of the digits'
LEGIBLE = 30  # pixels: height of the digits below which the picture is magnified, so that answers have room beside them
LARGEST = 2400  # pixels of the longest side up to which a picture is magnified
THIN, FINE = 400, 24  # pixels of the longest side, and of the digits' height, for each pixel of a box's line


def draw_page(source: Source, page: Page, *, name: str | None = None) -> Image.Image:
    """Draw the picture in grey, with the boxes and answers of its page; orange ones are not sure.

    source: the picture that ``read_page`` read as ``page``. name: what error messages call it. Return a PIL image of
    the upright picture's size, or a multiple of it if the digits are small. Raises ``DataError`` if the source is not a
    picture, or has another size than the page.
    """
    name = name or name_of(source)
    grey, _ = decode_grey(source, name, whole=True)
    longest, (width, height) = max(grey.shape), page.size
    if grey.shape != (height, width):
        why = f"{grey.shape[1]}x{grey.shape[0]} pixels, but the page has {width}x{height}"
        raise DataError("not the picture of the page", where=name, why=why, fix="give the picture that was read")
    high = median([digit.box[3] - digit.box[1] for digit in page.digits] or [LEGIBLE])
    zoom = max(1, min(ceil(LEGIBLE / high), LARGEST // longest))
    image = magnified(grey, zoom).convert("RGB")
    pen, line = ImageDraw.Draw(image), max(1, int(zoom * min(longest / THIN, high / FINE)))
    size = round(LETTERS * max(zoom * high, LEGIBLE))
    font, outline = ImageFont.load_default(size), max(1, size // 10)
    marks = [
        (str(digit), UNSURE if digit.reading.digit is None else SURE, *(zoom * edge for edge in digit.box))
        for digit in page.digits
    ]
    for _, colour, left, top, right, bottom in marks:
        pen.rectangle((left - line, top - line, right + line - 1, bottom + line - 1), outline=colour, width=line)
    for text, colour, left, top, _, bottom in marks:
        x, y, anchor = max(0, min(left, image.width - size)), max(top - line, size) - outline, "lb"
        if top - line < size <= image.height - bottom - line:  # no room above, but below the box
            y, anchor = bottom + line + outline, "lt"
        pen.text((x, y), text, colour, font, anchor, stroke_width=outline, stroke_fill="white")
    return image
