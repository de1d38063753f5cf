"""Digits from scanners, copiers and fax machines."""

import numpy as np
from PIL import Image

from .glyphs import Glyph
from .masks import border, draw_glyph, edge, half_plane, ruled_lines
from .raster import Page, Rng, blend, camera, clipped, texture
from .stationery import BLACK, LINES, PENS, WHITE, Other, grey, marker, pencil, vary, write
from .view import View, central, filled, half_size, moved, random_view


def scan(rng: Rng, page: Page, noise: float = 0.01) -> Image.Image:
    """Return the scan of a page: even light, a little blur, half of the time grey."""
    image = camera(rng, page, rng.uniform(0.3, 0.7), noise)
    return image.convert("L") if rng.uniform() < 0.5 else image


def page_view(rng: Rng, low: float = 0.3, high: float = 0.8) -> View:
    """Return a part of a scanned page with a digit of 60 to 400 pixels."""
    digit, share = rng.uniform(60, 400), rng.uniform(low, high)
    side = round(digit / share)
    return random_view(rng, side, round(side * rng.uniform(0.8, 1.4)), share, turn=6)


def scan_plain(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A pen on white, slightly skewed."""
    view = page_view(rng)
    return scan(rng, write(rng, view, glyph, filled(view, grey(rng.uniform(0.92, 1)))))


def scan_bleed_through(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """The writing on the back shows faintly through the paper, and there is dust."""
    view = page_view(rng)
    page = filled(view, grey(rng.uniform(0.9, 1)))
    for _ in range(3):
        x, y = rng.uniform(-1, 1, 2)
        back = moved(View(-view.x, view.y, view.pixels), float(x), float(y))
        page = blend(page, draw_glyph(back, other(), 0.07) * rng.uniform(0.08, 0.2), grey(0.4))
    page = write(rng, view, glyph, page, 0.03)
    specks = np.zeros(view.shape, np.float32)
    for x, y in rng.uniform(-1.2, 1.2, (12, 2)):
        specks += edge(rng.uniform(0.003, 0.012) - np.hypot(view.x - x, view.y - y), view)
    return scan(rng, blend(page, np.minimum(specks, 1), grey(0.15)))


def scan_squared(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Squared or ruled paper in a scanner."""
    view = page_view(rng)
    lines = ruled_lines(rng, view, rng.uniform(0.3, 1.1), rng.uniform(0.008, 0.02), True, rng.uniform() < 0.7)
    page = blend(filled(view, grey(0.97)), lines * rng.uniform(0.4, 1), vary(rng, LINES))
    return scan(rng, write(rng, view, glyph, page, 0.03))


def scan_dark_rules(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Ruled lines as dark as the strokes, but thinner."""
    view = page_view(rng, 0.3, 0.6)
    width = rng.uniform(0.05, 0.09)
    lines = ruled_lines(rng, view, rng.uniform(0.9, 1.5), width * rng.uniform(0.2, 0.4), True, rng.uniform() < 0.4)
    page = blend(filled(view, grey(0.97)), lines, grey(rng.uniform(0.1, 0.4)))
    return scan(rng, blend(page, draw_glyph(view, glyph, width), vary(rng, PENS)))


def scan_pencil(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Pencil, which a scanner makes pale."""
    view = page_view(rng)
    return scan(rng, blend(filled(view, grey(0.97)), pencil(rng, view, glyph), grey(0.3)), 0.015)


def scan_fax(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Black and white only, with pepper and ragged edges."""
    view = page_view(rng)
    page = blend(filled(view, WHITE), marker(rng, view, glyph, 0.03, 0.1), BLACK)
    levels = page[..., 0] + rng.normal(0, rng.uniform(0.05, 0.2), view.shape)
    return Image.fromarray(levels > rng.uniform(0.4, 0.6))


def scan_form_box(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A box of a form, its border around the digit."""
    view = page_view(rng, 0.45, 0.6)
    half_x, half_y, line = rng.uniform(0.6, 0.75), rng.uniform(0.65, 0.8), rng.uniform(0.01, 0.04)
    page = blend(filled(view, grey(0.98)), border(view, half_x, half_y, line), grey(rng.uniform(0, 0.6)))
    return scan(rng, write(rng, view, glyph, page, 0.03, 0.09))


def scan_dark_edge(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """The scanner's lid or a book's fold: a dark band along an edge."""
    view = central(page_view(rng, 0.3, 0.55))
    page = write(rng, view, glyph, filled(view, grey(0.96)), 0.03, 0.09)
    height, width = half_size(view)
    depth = [view.x - width, -width - view.x, view.y - height, -height - view.y][rng.integers(4)]
    band = clipped((depth + rng.uniform(0.05, 0.3)) / rng.uniform(0.01, 0.2))
    return scan(rng, blend(page, band, grey(rng.uniform(0, 0.4))))


def scan_photocopy(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A copy of a copy: grey haze, blotches, hard ink, JPEG."""
    view = page_view(rng)
    page = texture(rng, filled(view, grey(rng.uniform(0.75, 0.9))), 0.04, 30)
    return scan(rng, blend(page, marker(rng, view, glyph, 0.03, 0.1), grey(0.1)), 0.04).convert("L")


def scan_whole_page(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A grey page at 150 or 300 dots an inch with one small digit, and the shade of the scanner at an edge."""
    side = int(rng.choice([900, 1700]))
    view = random_view(rng, side, round(side * rng.uniform(0.7, 1.4)), share=rng.uniform(0.07, 0.25), roam=0.8, turn=4)
    page = texture(rng, filled(view, grey(rng.uniform(0.85, 0.97))), rng.uniform(0, 0.01), 6)
    page = write(rng, view, glyph, page, 0.03, 0.09)
    far = (side / view.pixels) * rng.uniform(0.42, 0.6)
    page = blend(page, half_plane(rng, view, far, rng.uniform(0.05, 0.3)) * rng.uniform(0, 0.5), grey(0.4))
    return scan(rng, page)


def scan_form_row(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A row of a form's boxes: the lines of the neighbouring boxes run out of the picture."""
    view = page_view(rng, 0.4, 0.6)
    half_x, half_y, line = rng.uniform(0.55, 0.75), rng.uniform(0.62, 0.75), rng.uniform(0.01, 0.03)
    posts = np.abs(view.x / (2 * half_x) % 1 - 0.5) * 2 * half_x  # 0 on the lines between boxes
    beams = np.abs(np.abs(view.y) - half_y)
    lines = np.maximum(edge(line / 2 - posts, view) * (np.abs(view.y) <= half_y), edge(line / 2 - beams, view))
    page = blend(filled(view, grey(0.98)), lines, grey(rng.uniform(0, 0.6)))
    return scan(rng, write(rng, view, glyph, page, 0.03, 0.09))


def scan_out_of_the_box(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A form's box that the digit touches or leaves; its lines are thinner than the pen or paler."""
    view = page_view(rng, 0.5, 0.75)
    pen_width, half_x, half_y = rng.uniform(0.05, 0.09), rng.uniform(0.4, 0.55), rng.uniform(0.45, 0.52)
    line, x, y = pen_width * rng.uniform(0.15, 0.45), *rng.uniform(-0.08, 0.08, 2)
    box = border(moved(view, x, y), half_x + line, half_y + line, line)
    page = blend(filled(view, grey(0.98)), box, grey(rng.uniform(0.1, 0.7)))
    return scan(rng, blend(page, draw_glyph(view, glyph, pen_width), vary(rng, PENS)))
