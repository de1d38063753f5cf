"""The grey level of plain paper, told by the border of a picture."""

import numpy as np

from mnist_mlp.pictures.raster import RIM, Grey, extremes, quantile, sample

RIM_PIXELS = 2  # least width of the border that is looked at: a frame around the picture may be one pixel wide
PLAIN = 0.1  # largest deviation from the level of plain paper, as a fraction of the picture's contrast
MOSTLY = 0.6  # least share of the border that is plain paper
NARROW = 2  # least ratio of the sides of a picture that a one fills


def paper_level(grey: Grey) -> int | None:
    """Return the level of the paper in (h, w), if most of the border has one level; else None.

    If the picture is narrow and three of its corners differ from that level, it shows a 1 that fills it; the corners
    are paper.
    """
    some = sample(grey)
    darkest, lightest = extremes(some)
    rim = max(RIM_PIXELS, max(grey.shape) // RIM)
    sides = grey[:rim], grey[-rim:], grey[rim:-rim, :rim], grey[rim:-rim, -rim:]
    border = np.concatenate([side.ravel() for side in sides])
    near = max(1, round(PLAIN * (lightest - darkest)))
    counts = np.convolve(np.bincount(border, minlength=256), np.ones(2 * near + 1), "same")
    level = int(counts.argmax())
    if max(grey.shape) >= NARROW * min(grey.shape):
        corners = np.sort(grey[[0, 0, -1, -1], [0, -1, 0, -1]])
        middle = (int(grey.min()) + int(grey.max())) / 2
        if np.sum((corners > middle) != (level > middle)) >= len(corners) - 1:
            return int(corners[1] if level > middle else corners[-2])
    if counts[level] < MOSTLY * border.size:
        return None
    return round(quantile(border[np.abs(border.astype(np.int64) - level) <= near], 0.5))
