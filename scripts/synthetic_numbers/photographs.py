"""Numbers on paper and boards, photographed with a telephone: 1 to 3 megapixels."""

from collections.abc import Callable, Sequence

import numpy as np

from scripts.synthetic_pictures.masks import half_plane, rectangle, ruled_lines
from scripts.synthetic_pictures.photographs import LAMPLIGHT, lamp, photograph, picture_size
from scripts.synthetic_pictures.raster import Page, Rng, blend, grainy, shade, smooth_noise
from scripts.synthetic_pictures.stationery import LINES, PAPERS, PENS, graphite, grey, paper, vary
from scripts.synthetic_pictures.view import View, filled

from .lines import Line, some_lines
from .sheet import Box, Picture, drawn, extent, picture, whole, wide_view
from .writers import Writer


def size(rng: Rng) -> tuple[int, int]:
    """Return the height and width of a photograph."""
    return picture_size(rng, 1200, 2000)


def write(rng: Rng, view: View, lines: Sequence[Line], page: Page) -> tuple[Page, list[Box]]:
    """Return the page with the lines written by a pen, and the boxes of the digits."""
    ink, boxes = drawn(rng, view, lines, rng.uniform(0.04, 0.09))
    return blend(page, ink * rng.uniform(0.85, 1), vary(rng, PENS)), boxes


def ruled_paper(rng: Rng, view: View) -> Page:
    """Return plain, ruled or squared paper."""
    kind = rng.integers(3)
    if kind == 0:
        return paper(rng, view)
    pitch = rng.uniform(1.2, 2) if kind == 1 else rng.uniform(0.5, 1)
    lines = ruled_lines(rng, view, pitch, rng.uniform(0.01, 0.02), True, kind == 2)
    return blend(paper(rng, view), lines * rng.uniform(0.3, 0.8), vary(rng, LINES))


def photographed(
    rng: Rng, lines: Sequence[Line], size: tuple[int, int], on: Callable[[Rng, View], Page], tilt: float = 0.08
) -> Picture:
    """Return a photograph of ``size`` (height, width) of lines written on paper."""
    view = wide_view(rng, lines, size, tilt, rng.normal(0, 3))
    page, boxes = write(rng, view, lines, on(rng, view))
    return picture(photograph(rng, page), lines, boxes)


def photo_ballpoint(rng: Rng, writer: Writer) -> Picture:
    """A ball point on white paper."""
    return photographed(rng, some_lines(rng, writer), size(rng), paper)


def photo_pencil(rng: Rng, writer: Writer) -> Picture:
    """Faint and grainy pencil."""
    lines = some_lines(rng, writer)
    view = wide_view(rng, lines, size(rng), 0.08, rng.normal(0, 3))
    ink, boxes = drawn(rng, view, lines, rng.uniform(0.035, 0.07))
    page = blend(ruled_paper(rng, view), graphite(rng, view, ink), grey(0.2))
    return picture(photograph(rng, page), lines, boxes)


def photo_lamp(rng: Rng, writer: Writer) -> Picture:
    """An exercise book under a desk lamp, with the soft shadow of the telephone."""
    lines = some_lines(rng, writer)
    view = wide_view(rng, lines, size(rng), 0.1, rng.normal(0, 4))
    page, boxes = write(rng, view, lines, ruled_paper(rng, view))
    far = whole(view, lines)
    shadow = half_plane(rng, far, rng.uniform(-0.5, 0.8), rng.uniform(0.1, 0.8))
    light = lamp(rng, far) * (1 - rng.uniform(0.2, 0.5) * shadow)
    return picture(photograph(rng, shade(page, light) * LAMPLIGHT), lines, boxes)


def photo_shadow(rng: Rng, writer: Writer) -> Picture:
    """The edge of a shadow, across the digits or beside them."""
    lines = some_lines(rng, writer)
    view = wide_view(rng, lines, size(rng), 0.08, rng.normal(0, 3))
    page, boxes = write(rng, view, lines, ruled_paper(rng, view))
    shadow = half_plane(rng, whole(view, lines), rng.uniform(-0.4, 0.6), rng.uniform(0.01, 0.4))
    light = 1 - rng.uniform(0.25, 0.6) * shadow
    return picture(photograph(rng, shade(page, light)), lines, boxes)


def photo_perspective(rng: Rng, writer: Writer) -> Picture:
    """Taken from the side and rotated by up to 12 degrees."""
    lines = some_lines(rng, writer)
    view = wide_view(rng, lines, size(rng), 0.3, rng.uniform(-12, 12))
    page, boxes = write(rng, view, lines, ruled_paper(rng, view))
    return picture(photograph(rng, page, 0.35), lines, boxes)


def photo_table(rng: Rng, writer: Writer) -> Picture:
    """A note on a dark or wooden table, which shows around it."""
    lines = some_lines(rng, writer)
    view = wide_view(rng, lines, size(rng), 0.1, rng.uniform(-8, 8))
    left, top, right, bottom = extent(lines) + np.array([-1, -1, 1, 1]) * rng.uniform(0.4, 0.8, 4)
    grain = 1 + 0.15 * smooth_noise(rng, view.shape, 60) + 0.05 * smooth_noise(rng, view.shape, 4)
    table = shade(filled(view, rng.uniform(0.1, 0.5) * np.array([1, 0.8, 0.6]) * rng.uniform(0.8, 1.2, 3)), grain)
    page, boxes = write(rng, view, lines, blend(table, rectangle(view, left, right, top, bottom), vary(rng, PAPERS)))
    return picture(photograph(rng, page), lines, boxes)


def photo_board(rng: Rng, writer: Writer) -> Picture:
    """Chalk on a board with the haze of wiped chalk."""
    lines = some_lines(rng, writer)
    view = wide_view(rng, lines, size(rng), 0.1, rng.normal(0, 3))
    page = filled(view, vary(rng, ((0.12, 0.2, 0.16), (0.13, 0.13, 0.13), (0.2, 0.27, 0.24))))
    page = page + 0.025 * smooth_noise(rng, view.shape, view.pixels / 2)[..., None]
    ink, boxes = drawn(rng, view, lines, rng.uniform(0.06, 0.11))
    chalk = grainy(rng, ink, rng.uniform(0.1, 0.35), max(1.0, view.pixels / 60)) * rng.uniform(0.6, 0.9)
    return picture(photograph(rng, blend(page, chalk, (0.95, 0.95, 0.9))), lines, boxes)
