"""The record that every stage of the pipeline takes and returns."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from mnist_mlp.pictures.connected_components import Labels, connected_components
from mnist_mlp.pictures.raster import FloatImage, Grey, Mask, Vector, dilated, peak

Trace = tuple[tuple[str, Grey], ...]

FAINT = 12  # of 255: least contrast of a drawing


class StrokeFeatures(NamedTuple):
    """Measures of the strokes that do not depend on the picture's size, for the rejection."""

    components: int = 0  # connected components that the digit consists of
    stroke_width: float = 0  # as a share of the digit's longest side: 0.05 to 0.25 in MNIST
    stroke_length: float = 0  # in the digit's longest sides: about 1 for a one, 3 for an eight
    fill: float = 0  # share of the digit's bounding box that is ink
    contrast: float = 0  # of 255: mean difference from the background
    main_share: float = 0  # share of all ink that the main component has: 1 if there is nothing else
    beside: float = 0  # greatest weight times width of a component beside the main one, in the main one's
    cut: float = 0  # length of the picture's border that the digit touches, in the digit's longest sides
    aspect: float = 0  # width over height of the digit's bounding box: about 0.2 for a one, 10 for a dash
    adjacent: int = 0  # components of the digit that are beside the main one: parts of a 4, or other digits
    separate: int = 0  # other things, farther off or smaller: other digits; with one, the picture is rejected


def _empty() -> Any:
    return np.zeros((0, 0))


@dataclass(frozen=True, eq=False)
class Drawing:
    """A picture on its way to MNIST's format; images are empty until a stage fills them."""

    grey: Grey  # (h, w)
    paper: int | None = None  # level of ``grey`` that plain paper has; None: the border shows none
    scale: float = 1.0  # pixels of the original picture for each of ``grey``
    corner: tuple[int, int] = (0, 0)  # row and column of ``grey`` in the original picture
    homography: Vector | None = None  # (3, 3), from (x, y) in ``grey`` to x, y from the corner; the scale is a mean
    widest: float | None = None  # largest width of a stroke, as a fraction of the longest side, if it is known
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

    @cached_property
    def peak(self) -> int:
        """Full ink level: the strength that the strongest few pixels reach."""
        return peak(np.clip(self.strength + np.float32(0.5), 0, 255).astype(np.uint8))

    @property
    def image(self) -> Grey:
        """The result of the latest stage as grey levels."""
        images = (self.pixels, 255 * self.ink, 255 * self.mask, self.strength, self.grey)
        return next(np.clip(image, 0, 255).astype(np.uint8) for image in images if image.size)


def without_removed(drawing: Drawing, mask: Mask, rest: Mask) -> Drawing:
    """Return the drawing with the strokes ``rest`` only; what was removed of ``mask`` has no strength.

    mask, rest: (h k, w k), the mask of the drawing (h, w) enlarged k times.
    """
    height, width = drawing.mask.shape
    times = len(mask) // height
    gone = dilated(mask & ~rest, times) & ~dilated(rest, times)
    if times == 1:
        return replace(drawing, mask=rest, strength=np.where(gone, np.float32(0), drawing.strength))
    gone, rest = (
        part.reshape(height, times, width, times).mean(axis=(1, 3), dtype=np.float32) for part in (gone, rest)
    )
    return replace(drawing, mask=rest >= 0.5, strength=drawing.strength * (1 - gone))
