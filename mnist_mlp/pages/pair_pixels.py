"""The pixels of a character for the pair network.

In MNIST's format the longest side has 20 pixels, so that two digits beside each other would be about 13 pixels high.
Here a character is HEIGHT pixels high, and one that would be wider than WIDTH pixels is compressed to that width.
"""

import numpy as np

from mnist_mlp.data.pixels import Pixels
from mnist_mlp.pictures.center import SIDE, resized, saturated
from mnist_mlp.pictures.raster import Mask
from mnist_mlp.pictures.stroke_width import stroke_width, with_stroke_width

HEIGHT, WIDTH = 24, 26  # pixels: the height, and the largest width
FINE = 3  # factor of enlargement at which strokes are measured, widened and thinned
WIDEST = 6  # largest width in heights at that enlargement, so that memory is bounded
THIN, FAT = 0.07, 0.13  # range of the stroke width, in heights
FILLED = 0.35  # height: width of a stroke above which it is a filled shape


def pair_pixels(mask: Mask) -> Pixels:
    """Return the pixels (28, 28) of a character, its strokes about as wide as those of the network's samples.

    mask: (h, w), the bounding box of the character.
    """
    height, width = mask.shape
    fine = FINE * HEIGHT
    ink = saturated(resized(mask.astype(np.float32), fine, min(max(1, round(width * fine / height)), WIDEST * fine)))
    strokes = stroke_width(ink > 0.5)
    share = strokes / fine
    wanted = min(max(share, THIN), FAT)
    if wanted != share and share < FILLED:
        ink = with_stroke_width(ink, strokes, fine, wanted)
    columns = min(WIDTH, max(2, round(HEIGHT * ink.shape[1] / ink.shape[0])))
    small = resized(ink, HEIGHT, columns)
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    top, left = (SIDE - HEIGHT) // 2, (SIDE - columns) // 2
    pixels[top : top + HEIGHT, left : left + columns] = np.rint(small * (255 / max(float(small.max()), 1e-6)))
    return pixels
