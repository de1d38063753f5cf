"""A picture with a box around each digit that is read, and the answer above it."""

from PIL import Image, ImageDraw, ImageFont

from mnist_mlp.pages.records import Page
from mnist_mlp.pictures.decode import UNNAMED, Source, decode_grey

SURE, UNSURE = (0, 90, 200), (215, 90, 0)  # blue and orange differ also with colour blindness
LETTERS = 0.4  # height of the answer, as a fraction of the digit's
SMALLEST = 12  # pixels: least height of the answer
THIN = 400  # pixels of the picture's longest side for each pixel of a box's line


def draw_page(source: Source, page: Page, *, name: str = UNNAMED) -> Image.Image:
    """Draw the picture in grey, with the boxes and answers of its page; orange ones are not sure.

    source: the picture that ``read_page`` read as ``page``. name: what error messages call it. Return a PIL image of
    the picture's size. Raises ``DataError`` if the source is not a picture.
    """
    image = Image.fromarray(decode_grey(source, name, whole=True)[0]).convert("RGB")
    pen, width = ImageDraw.Draw(image), max(1, max(image.size) // THIN)
    for digit in page.digits:
        left, top, right, bottom = digit.box
        colour = UNSURE if digit.reading.digit is None else SURE
        pen.rectangle((left - width, top - width, right + width - 1, bottom + width - 1), outline=colour, width=width)
        size = max(SMALLEST, round(LETTERS * (bottom - top)))
        high = top - width >= size  # else there is no room above the box
        place = (left, top - width) if high else (left, bottom + width)
        pen.text(place, str(digit), colour, ImageFont.load_default(size), "lb" if high else "lt")
    return image
