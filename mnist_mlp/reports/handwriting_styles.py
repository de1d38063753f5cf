"""A contact sheet of the styles of synthetic handwriting."""

import numpy as np
from PIL import Image

from mnist_mlp.errors import check_integer
from mnist_mlp.formatting import percent
from mnist_mlp.handwriting.generate import MOST_SEED, draw_style, shares
from mnist_mlp.handwriting.pen import SIDE
from mnist_mlp.reports.contact_sheet import Section, Tile, contact_sheet
from mnist_mlp.reports.images import ink_on_paper

ZOOM = 2
MOST_VERSIONS = 100


def draw_styles(versions: int = 12, seed: int = 0) -> Image.Image:
    """Draw ``versions`` digits of each style, with its name and its share of the digits of its class.

    versions: from 1 to 100. seed: seed of the random numbers, from 0 to 2**63 - 1.
    Raises ``ConfigError`` if one of them is not an integer or out of range.
    """
    check_integer("versions", versions, 1, MOST_VERSIONS)
    check_integer("seed", seed, 0, MOST_SEED)
    sections = []
    for digit in range(10):
        tiles = []
        for number, (style, share) in enumerate(shares(digit)):
            pixels = draw_style(digit, number, versions, seed).reshape(versions, SIDE, SIDE)
            row = np.concatenate(list(pixels), axis=1)
            tiles.append(Tile(ink_on_paper(row, row.shape, ZOOM), f"{style.name}, {percent(share, 0)}"))
        sections.append(Section(tiles, str(digit)))
    title = "Styles of synthetic handwriting, with their share of the digits of a class"
    return contact_sheet(sections, (versions * SIDE * ZOOM, SIDE * ZOOM), title=title)
