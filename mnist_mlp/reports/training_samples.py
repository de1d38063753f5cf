"""Training pictures as the network sees them, each beside what distortion makes of it."""

import numpy as np
from PIL import Image

from mnist_mlp.config.schema import Config
from mnist_mlp.data.batches import scale
from mnist_mlp.data.dataset import Samples
from mnist_mlp.models import build_distorter
from mnist_mlp.random_streams import Purpose, stream

ZOOM = 2
GAP = 4


def contact_sheet(config: Config, samples: Samples, rows: int, versions: int) -> Image.Image:
    """A row for each of the first samples of each class in turn: itself, then ``versions`` distortions."""
    chosen = _by_turns(samples, rows)
    pictures = scale(samples.X[chosen], np.empty((len(chosen), samples.X.shape[1]), np.dtype(config.network.dtype)))
    columns = [samples.X[chosen]]
    if distort := build_distorter(config, samples.shape):
        # Each picture of a column in a group of its own, so that no two look distorted alike.
        spread = np.repeat(pictures, distort.group, axis=0)
        for version in range(versions):
            distorted = distort(spread, stream(config.seed, Purpose.AUGMENTATION, version))[:: distort.group]
            columns.append(np.rint(distorted * 255).astype(np.uint8))
    height, width = samples.shape
    cell = (width * ZOOM + GAP, height * ZOOM + GAP)
    sheet = Image.new("L", (len(columns) * cell[0] + GAP, len(chosen) * cell[1] + GAP), 128)
    for x, column in enumerate(columns):
        for y, pixels in enumerate(column):
            picture = Image.fromarray(pixels.reshape(samples.shape))
            sheet.paste(picture.resize((width * ZOOM, height * ZOOM)), (GAP + x * cell[0], GAP + y * cell[1]))
    return sheet


def _by_turns(samples: Samples, n: int) -> list[int]:
    """The first sample of each class, then the second of each, and so on."""
    order = np.argsort(samples.y, kind="stable")
    rank = np.empty(len(order), np.intp)
    starts = np.searchsorted(samples.y[order], samples.y[order], side="left")
    rank[order] = np.arange(len(order)) - starts
    return [int(i) for i in np.lexsort((samples.y, rank))[:n]]
