"""What lies between a digit and a file: view, pen, paper, light, lens, sensor.

A sheet is an array (h, w, 3), 0 is black and 1 is white. Lengths on the paper are in digit lengths, the digit's middle
is the origin, x points right and y down.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from glyphs import GRID, LENGTH, Field, Glyph
from PIL import Image, ImageFilter

Sheet = npt.NDArray[np.float32]
Colour = tuple[float, float, float]
Rng = np.random.Generator

FAR = 9.0  # digit lengths: outside of a glyph's field


class View(NamedTuple):
    """Where on the paper (x, y), both (h, w), each pixel looks, and how many pixels a digit length has there."""

    x: Field
    y: Field
    pixels: float

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.x.shape[0], self.x.shape[1]


def look(
    rng: Rng, height: int, width: int, share: float, roam: float = 1.0, turn: float = 8.0, tilt: float = 0.0
) -> View:
    """A view with the digit filling ``share`` of the shorter side.

    roam: how far the digit may be from the middle, 1 is up to the edge. turn: degrees either way. tilt: how much the
    scale may vary over half the frame.
    """
    pixels = share * min(height, width)
    free_y, free_x = max(0.0, height / pixels - 1) / 2 * roam, max(0.0, width / pixels - 1) / 2 * roam
    v, u = np.meshgrid(np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2, indexing="ij")
    u, v = u / pixels - rng.uniform(-free_x, free_x), v / pixels - rng.uniform(-free_y, free_y)
    half = max(height, width) / pixels / 2
    p, q = rng.uniform(-tilt, tilt, 2) / half
    depth = np.maximum(1 + p * u + q * v, 0.3)
    angle = np.radians(rng.uniform(-turn, turn))
    x, y = u / depth, v / depth
    c, s = np.cos(angle), np.sin(angle)
    return View((c * x + s * y).astype(np.float32), (c * y - s * x).astype(np.float32), pixels)


def moved(view: View, x: float, y: float, size: float = 1.0) -> View:
    """The view in which what is drawn comes to (x, y), ``size`` times as large."""
    return View((view.x - np.float32(x)) / np.float32(size), (view.y - np.float32(y)) / np.float32(size),
                view.pixels * size)  # fmt: skip


def central(view: View) -> View:
    """The view with the digit in its middle."""
    return View(view.x - view.x.mean(), view.y - view.y.mean(), view.pixels)


def turned(view: View, degrees: float) -> View:
    """The view turned about the digit's middle."""
    c, s = np.float32(np.cos(np.radians(degrees))), np.float32(np.sin(np.radians(degrees)))
    return View(c * view.x + s * view.y, c * view.y - s * view.x, view.pixels)


def sample(view: View, field: Field) -> Field:
    """The glyph's field seen in the view (h, w), FAR outside of it."""
    seen = np.full(view.shape, FAR, dtype=np.float32)
    column, row = view.x * LENGTH + (GRID - 1) / 2, view.y * LENGTH + (GRID - 1) / 2
    inside = (column >= 0) & (row >= 0) & (column < GRID - 1) & (row < GRID - 1)
    c, r = column[inside], row[inside]
    i, j = r.astype(np.intp), c.astype(np.intp)
    c, r = c - j, r - i
    top = field[i, j] * (1 - c) + field[i, j + 1] * c
    low = field[i + 1, j] * (1 - c) + field[i + 1, j + 1] * c
    seen[inside] = top * (1 - r) + low * r
    return seen


def drawn(view: View, glyph: Glyph, width: float, pressure: Field | float = 1.0) -> Field:
    """Ink (h, w) in 0..1 of a pen ``width`` digit lengths wide, at least 0.8 pixels; width 0: the glyph's own."""
    if width == 0:
        return edge(-sample(view, glyph.outline), view)
    half = np.maximum(width * pressure, 0.8 / view.pixels) / 2
    return edge(half - sample(view, glyph.spine), view)


def edge(depth: Field, view: View) -> Field:
    """1 where the depth (digit lengths) is positive, 0 where negative, one pixel soft between."""
    return np.clip(depth * np.float32(view.pixels) + np.float32(0.5), 0, 1).astype(np.float32)


def clouds(rng: Rng, shape: tuple[int, int], cell: float) -> Field:
    """Smooth noise (h, w) of mean 0 and deviation about 1, its features ``cell`` pixels wide."""
    height, width = shape
    small = max(2, round(height / cell)), max(2, round(width / cell))
    noise = rng.normal(0, 1.2, small).astype(np.float32)
    return np.asarray(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC))


def grainy(rng: Rng, ink: Field, share: float, cell: float) -> Field:
    """Ink with about ``share`` of it missing in grains, as pencil and chalk leave on rough paper."""
    threshold = np.float32(1.1 * np.tan((share - 0.5) * 2.4))  # a good fit of the normal quantile for 0.1 .. 0.9
    return ink * np.clip((clouds(rng, ink.shape, cell) - threshold) * 1.5 + 0.5, 0, 1)


def lay(sheet: Sheet, cover: Field, colour: Colour) -> Sheet:
    """The sheet with a colour laid over it where ``cover`` (h, w) is 1."""
    return sheet + cover[..., None] * (np.array(colour, dtype=np.float32) - sheet)


def plain(view: View, colour: Colour) -> Sheet:
    """An even sheet."""
    return np.broadcast_to(np.array(colour, dtype=np.float32), (*view.shape, 3)).copy()


def texture(rng: Rng, sheet: Sheet, strength: float, cell: float) -> Sheet:
    """Fibres and blotches of cheap paper."""
    shape = sheet.shape[0], sheet.shape[1]
    return sheet * (1 + np.float32(strength) * (clouds(rng, shape, cell) + clouds(rng, shape, 1.5)))[..., None]


def rules(rng: Rng, view: View, pitch: float, width: float, across: bool, down: bool) -> Field:
    """Lines (h, w) every ``pitch``, horizontal (across) or vertical (down) or both, at least 0.7 pixels wide."""
    cover = np.zeros(view.shape, dtype=np.float32)
    half = max(width, 0.7 / view.pixels) / 2
    for wanted, place in ((across, view.y), (down, view.x)):
        if wanted:
            near = np.abs((place / pitch + rng.uniform()) % 1 - 0.5) * pitch
            cover = np.maximum(cover, edge(half - near, view))
    return cover


def dots(rng: Rng, view: View, pitch: float, radius: float) -> Field:
    """Dots (h, w) on a square grid."""
    dx, dy = (np.abs((place / pitch + rng.uniform()) % 1 - 0.5) * pitch for place in (view.x, view.y))
    return edge(max(radius, 0.6 / view.pixels) - np.hypot(dx, dy), view)


def inside(view: View, left: float, right: float, top: float, bottom: float) -> Field:
    """1 (h, w) within a rectangle on the paper."""
    return edge(np.minimum(np.minimum(view.x - left, right - view.x), np.minimum(view.y - top, bottom - view.y)), view)


def beyond(rng: Rng, view: View, keep: float, soft: float) -> Field:
    """1 (h, w) on the far side of a line that passes the digit's middle at least ``keep`` away, soft digit lengths."""
    angle = rng.uniform(0, 2 * np.pi)
    depth = view.x * np.cos(angle) + view.y * np.sin(angle) - keep
    return np.clip(depth / max(soft, 1e-6) + 0.5, 0, 1).astype(np.float32)


def fall_off(rng: Rng, sheet: Sheet, strength: float) -> Sheet:
    """Light from one side, and darker corners."""
    height, width = sheet.shape[:2]
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 + strength * (x * np.cos(angle) + y * np.sin(angle)) - strength * 0.5 * (x * x + y * y)
    return sheet * light.astype(np.float32)[..., None]


def finger(rng: Rng, view: View) -> Field:
    """A finger tip (h, w) that comes in over a corner of the frame."""
    height, width = view.shape
    y, x = np.meshgrid(np.linspace(0, 1, height), np.linspace(0, width / height, width), indexing="ij")
    corner_x, corner_y = rng.choice([0.0, width / height]), rng.choice([0.0, 1.0])
    angle, radius, length = rng.uniform(0.3, 1.3), rng.uniform(0.07, 0.12), rng.uniform(0.1, 0.22)
    dx, dy = np.abs(x - corner_x), np.abs(y - corner_y)
    along, beside = dx * np.cos(angle) + dy * np.sin(angle), dx * np.sin(angle) - dy * np.cos(angle)
    depth = radius - np.hypot(np.maximum(along - length, 0), beside)
    return np.clip(depth * height + 0.5, 0, 1).astype(np.float32)


def photographed(rng: Rng, sheet: Sheet, blur: float, noise: float, motion: int = 0) -> Image.Image:
    """Lens blur (pixels), motion (pixels), sensor noise (of 1)."""
    if motion > 1:
        angle = rng.uniform(0, np.pi)
        steps = [(round(k * np.sin(angle)), round(k * np.cos(angle))) for k in range(motion)]
        sheet = np.mean([np.roll(sheet, step, (0, 1)) for step in steps], axis=0, dtype=np.float32)
    image = as_image(sheet)
    if blur > 0:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    if noise > 0:
        levels = np.asarray(image, dtype=np.float32) / 255
        image = as_image(levels + rng.normal(0, noise, levels.shape).astype(np.float32))
    return image


def as_image(sheet: Sheet) -> Image.Image:
    """The sheet with 8 bits a colour."""
    return Image.fromarray(np.clip(np.rint(sheet * 255), 0, 255).astype(np.uint8))
