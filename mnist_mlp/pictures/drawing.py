"""The record that every stage of the pipeline takes and returns."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from mnist_mlp.pictures.connected_components import Labels, connected_components
from mnist_mlp.pictures.raster import FloatImage, Grey, Mask
from mnist_mlp.pictures.stroke_features import StrokeFeatures

Trace = tuple[tuple[str, Grey], ...]

FAINT = 12  # of 255: least contrast of a drawing


def _empty() -> Any:
    return np.zeros((0, 0))


@dataclass(frozen=True, eq=False)
class Drawing:
    """A picture on its way to MNIST's format; images are empty until a stage fills them."""

    grey: Grey  # (h, w)
    scale: float = 1.0  # pixels of the original picture for each of ``grey``
    inverted: bool = False  # whether the strokes are darker than the background
    strength: FloatImage = field(default_factory=_empty)  # (h, w), difference from the background, of 255
    noise: float = 0.0  # standard deviation of the background's strength
    mask: Mask = field(default_factory=_empty)  # (h, w), True on strokes
    ink: FloatImage = field(default_factory=_empty)  # 0..1, cropped to the digit
    pixels: Grey = field(default_factory=_empty)  # (28, 28)
    features: StrokeFeatures = field(default_factory=StrokeFeatures)
    steps: tuple[str, ...] = ()  # what was done, in words
    trace: Trace | None = None  # name and image of each stage so far; None: they are not kept

    @cached_property
    def components(self) -> Labels:
        """Connected components of the mask; (h, w)."""
        return connected_components(self.mask)

    @property
    def image(self) -> Grey:
        """The result of the latest stage as grey levels."""
        images = (self.pixels, 255 * self.ink, 255 * self.mask, self.strength, self.grey)
        return next(np.clip(image, 0, 255).astype(np.uint8) for image in images if image.size)
