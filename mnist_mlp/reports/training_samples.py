"""A contact sheet of training pictures, each with distorted versions."""

import numpy as np
from PIL import Image

from mnist_mlp.config.schema import Config
from mnist_mlp.data.pixels import scale
from mnist_mlp.data.source import configured_dataset
from mnist_mlp.errors import ConfigError
from mnist_mlp.models import build_distorter
from mnist_mlp.random_streams import Purpose, random_stream
from mnist_mlp.reports.contact_sheet import Section, Tile, contact_sheet
from mnist_mlp.reports.images import ink_on_paper, zoom_to
from mnist_mlp.reports.in_turn import in_turn

SIDE = 56  # pixels of a picture's longer side: twice MNIST's


def draw_training_samples(config: Config, rows: int = 20, versions: int = 12) -> Image.Image:
    """Draw ``rows`` training samples, the classes in turn, each followed by ``versions`` distortions of it.

    The distortions are those that ``config.augmentation`` trains on; without any, a row has as many samples as fit.
    Raises ``DataError`` if the data cannot be read.
    """
    if rows < 1 or versions < 0:
        why = f"{rows} rows, {versions} versions"
        raise ConfigError("numbers out of range", why=why, fix="give at least 1 row and 0 versions")
    samples = configured_dataset(config).train
    chosen = in_turn(samples.y, rows)
    pixels = scale(samples.X[chosen], np.empty((len(chosen), samples.X.shape[1]), np.dtype(config.network.dtype)))
    columns = [samples.X[chosen]]
    if distort := build_distorter(config, samples.shape):
        # Each picture is in a group of its own, so that it has its own distortion.
        spread = np.repeat(pixels, distort.group, axis=0)
        for version in range(versions):
            distorted = distort(spread, random_stream(config.seed, Purpose.AUGMENTATION, version))[:: distort.group]
            columns.append(np.rint(distorted * 255).astype(np.uint8))
    title = "Training samples" + (": framed, the original; beside it, as training distorts it" if columns[1:] else "")
    zoom = zoom_to(samples.shape, SIDE)
    tiles = [
        Tile(ink_on_paper(column[row], samples.shape, zoom), is_framed=bool(columns[1:]) and not number)
        for row in range(len(chosen))
        for number, column in enumerate(columns)
    ]
    height, width = samples.shape
    per_row = len(columns) if columns[1:] else None
    return contact_sheet([Section(tiles)], (width * zoom, height * zoom), title=title, columns=per_row)
