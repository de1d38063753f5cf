"""The images of a picture's preparation, each with the name of its stage, on a contact sheet."""

from PIL import Image, ImageOps

from mnist_mlp.pictures import Trace
from mnist_mlp.pictures.raster import Grey
from mnist_mlp.reports.contact_sheet import Section, Tile, contact_sheet

SIZE = 240, 200  # pixels of a tile: width, height


def draw_steps(trace: Trace) -> Image.Image:
    """Draw the images after the stages of the preparation, in order, each with the name of its stage.

    trace: of a ``Picture`` that ``prepare`` or ``read_digit`` made with ``trace=True``. Return a PIL image.
    """
    tiles = [Tile(_fitted(levels), f"{n}. {name}" if n else name) for n, (name, levels) in enumerate(trace)]
    return contact_sheet([Section(tiles)], SIZE)


def _fitted(levels: Grey) -> Image.Image:
    """Scale an image (h, w) to a tile, keep its shape and draw a border."""
    image, (width, height) = Image.fromarray(levels), SIZE
    scale = min((width - 2) / image.width, (height - 2) / image.height)
    method = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.NEAREST
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return ImageOps.expand(image.resize(size, method), 1, 190)
