"""Digits on paper, boards and screens, taken with a telephone."""

import numpy as np
from PIL import Image

from .glyphs import Array, Glyph
from .masks import dots, draw_glyph, edge, half_plane, rectangle, ruled_lines
from .raster import Page, Rng, blend, camera, clipped, grainy, shade, smooth_noise, texture, uneven_light
from .stationery import LINES, PAPERS, PENS, Other, grey, marker, paper, pen, pencil, vary, write
from .view import View, filled, half_size, moved, random_view, turned

LAMPLIGHT = np.array([1, 0.93, 0.8], dtype=np.float32)  # its colour


def picture_size(rng: Rng, low: int = 360, high: int = 900) -> tuple[int, int]:
    """Return height and width of a photograph: portrait, landscape or square."""
    long = int(rng.integers(low, high))
    return [(long, long * 3 // 4), (long * 3 // 4, long), (long, long)][rng.integers(3)]


def photograph(rng: Rng, page: Page, fall: float = 0.2) -> Image.Image:
    """Return the photograph of a page with light from one side and a usual lens and sensor."""
    page = uneven_light(rng, page * rng.uniform(0.7, 0.98), rng.uniform(0, fall))
    return camera(rng, page, rng.uniform(0.3, 1.0), rng.uniform(0.005, 0.03))


def photo_ballpoint(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A thin pen on white paper."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.3, 0.75), tilt=0.1)
    return photograph(rng, write(rng, view, glyph, paper(rng, view)))


def photo_felt_pen(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A broad pen, close to the camera."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.6, 0.98), tilt=0.08)
    return photograph(rng, blend(paper(rng, view), marker(rng, view, glyph, 0.09, 0.17), vary(rng, PENS)), 0.3)


def photo_pencil(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Faint, grainy, broken strokes."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.35, 0.8), tilt=0.1)
    return photograph(rng, blend(paper(rng, view), pencil(rng, view, glyph), grey(0.2)))


def photo_squared(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Squared paper, the digit one to four squares high."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.25, 0.75), tilt=0.12, turn=12)
    lines = ruled_lines(rng, view, rng.uniform(0.25, 1.0), rng.uniform(0.008, 0.015), True, True)
    page = blend(paper(rng, view), lines * rng.uniform(0.4, 1), vary(rng, LINES))
    return photograph(rng, write(rng, view, glyph, page, 0.03))


def photo_squared_pencil(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Pencil on squared paper whose lines are as dark as the strokes."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.35, 0.8), tilt=0.08)
    lines = ruled_lines(rng, view, rng.uniform(0.3, 1.0), rng.uniform(0.006, 0.012), True, True)
    page = blend(paper(rng, view), lines * rng.uniform(0.3, 0.7), vary(rng, LINES))
    return photograph(rng, blend(page, marker(rng, view, glyph, 0.035, 0.06) * rng.uniform(0.5, 0.75), grey(0.2)))


def photo_ruled(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Ruled paper, often with a red margin line."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.25, 0.75), tilt=0.12, turn=12)
    lines = ruled_lines(rng, view, rng.uniform(0.8, 1.6), rng.uniform(0.008, 0.018), True, False)
    page = blend(paper(rng, view), lines * rng.uniform(0.4, 1), vary(rng, LINES))
    if rng.uniform() < 0.4:
        margin = edge(0.012 - np.abs(view.x + rng.choice([-1, 1]) * rng.uniform(0.6, 1.2)), view)
        page = blend(page, margin * 0.8, (0.85, 0.35, 0.4))
    return photograph(rng, write(rng, view, glyph, page, 0.03))


def photo_dotted(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Paper with a grid of dots."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.3, 0.75), tilt=0.1)
    cover = dots(rng, view, rng.uniform(0.25, 0.6), rng.uniform(0.012, 0.02))
    page = blend(paper(rng, view), cover * rng.uniform(0.5, 1), grey(0.55))
    return photograph(rng, write(rng, view, glyph, page, 0.03))


def photo_shadow(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """The hard edge of a shadow, across the digit or beside it."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.3, 0.75), tilt=0.08)
    page = write(rng, view, glyph, paper(rng, view), 0.03)
    shadow = half_plane(rng, view, rng.uniform(-0.3, 0.8), rng.uniform(0.01, 0.5))
    return photograph(rng, shade(page, 1 - rng.uniform(0.25, 0.6) * shadow))


def photo_finger(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A finger over a corner, the soft shadow of the telephone over half of the paper."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.3, 0.6), roam=0.4, tilt=0.08)
    page = write(rng, view, glyph, paper(rng, view), 0.03)
    page = shade(page, 1 - rng.uniform(0.1, 0.4) * half_plane(rng, view, rng.uniform(-0.5, 0.5), rng.uniform(0.3, 1)))
    return photograph(rng, blend(page, finger(rng, view), (rng.uniform(0.5, 0.85), 0.5, 0.4)))


def finger(rng: Rng, view: View) -> Array:
    """Return a finger tip (h, w) that covers a corner of the picture."""
    height, width = view.shape
    y, x = np.meshgrid(np.linspace(0, 1, height), np.linspace(0, width / height, width), indexing="ij")
    corner_x, corner_y = rng.choice([0.0, width / height]), rng.choice([0.0, 1.0])
    angle, radius, length = rng.uniform(0.3, 1.3), rng.uniform(0.07, 0.12), rng.uniform(0.1, 0.22)
    dx, dy = np.abs(x - corner_x), np.abs(y - corner_y)
    along, beside = dx * np.cos(angle) + dy * np.sin(angle), dx * np.sin(angle) - dy * np.cos(angle)
    depth = radius - np.hypot(np.maximum(along - length, 0), beside)
    return clipped(depth * height + 0.5)


def photo_small(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """The digit fills a twelfth to a fifth of the picture."""
    view = random_view(rng, *picture_size(rng, 600, 1200), share=rng.uniform(1 / 12, 1 / 5), roam=0.8, tilt=0.1)
    return photograph(rng, write(rng, view, glyph, paper(rng, view), 0.04, 0.1))


def photo_table(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A note on a dark or wooden table, which shows around it."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.25, 0.45), roam=0.25, tilt=0.15, turn=15)
    left, top, right, bottom = rng.uniform(0.65, 1.4, 4)
    table = rng.uniform(0.1, 0.5) * np.array([1, 0.8, 0.6]) * rng.uniform(0.8, 1.2, 3)
    grain = 1 + 0.15 * smooth_noise(rng, view.shape, 40) + 0.05 * smooth_noise(rng, view.shape, 3)
    page = shade(filled(view, table), grain)
    page = blend(page, rectangle(view, -left, right, -top, bottom), vary(rng, PAPERS))
    return photograph(rng, write(rng, view, glyph, page, 0.03, 0.09))


def photo_page_edge(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """An edge of the page is in the picture, and beyond it a table, another page or the gutter of a notebook."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.3, 0.6), roam=0.4, tilt=0.1)
    page = write(rng, view, glyph, paper(rng, view), 0.03)
    beyond = half_plane(rng, view, rng.uniform(0.65, 0.95), 0.01)
    return photograph(rng, blend(page, beyond, grey(rng.uniform(0.05, 0.7))))


def photo_blurred(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Out of focus or blurred by motion, in weak light."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.35, 0.75))
    page = write(rng, view, glyph, paper(rng, view) * rng.uniform(0.4, 0.8), 0.04, 0.09)
    scale = view.pixels / 60
    blur, motion = rng.uniform(0.4, 1.6) * scale, round(rng.uniform(0, 3) * scale)
    return camera(rng, uneven_light(rng, page, 0.2), blur, rng.uniform(0.02, 0.06), motion)


def photo_perspective(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Taken from the side and rotated by up to 15 degrees."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.3, 0.65), turn=15, tilt=0.35)
    return photograph(rng, write(rng, view, glyph, paper(rng, view), 0.03, 0.1), 0.35)


def photo_recycled(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Brown, yellowish or rough paper, an envelope, cardboard."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.3, 0.75), tilt=0.08)
    colours = ((0.85, 0.8, 0.6), (0.75, 0.72, 0.68), (0.7, 0.55, 0.4), (0.95, 0.9, 0.5))
    page = texture(rng, filled(view, vary(rng, colours)), rng.uniform(0.01, 0.035), 20)
    return photograph(rng, write(rng, view, glyph, page, 0.03, 0.1))


def photo_blackboard(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Chalk on a board with the haze of wiped chalk."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.3, 0.75), tilt=0.1)
    page = filled(view, vary(rng, ((0.12, 0.2, 0.16), (0.13, 0.13, 0.13), (0.2, 0.27, 0.24))))
    page = page + 0.025 * smooth_noise(rng, view.shape, view.pixels / 3)[..., None]
    chalk = grainy(rng, marker(rng, view, glyph, 0.05, 0.11), rng.uniform(0.1, 0.35), view.pixels / 90)
    return photograph(rng, blend(page, chalk * rng.uniform(0.6, 0.9), (0.95, 0.95, 0.9)))


def photo_whiteboard(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A marker on a board that reflects a lamp."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.3, 0.7), tilt=0.15)
    page = blend(filled(view, grey(0.8)), marker(rng, view, glyph, 0.05, 0.1), vary(rng, PENS)) * 0.85
    x, y = rng.uniform(-1.5, 1.5, 2)
    lamp = np.exp(-((view.x - x) ** 2 + (view.y - y) ** 2) / rng.uniform(0.05, 0.3))
    return photograph(rng, page + np.float32(0.35) * lamp[..., None].astype(np.float32))


def photo_screen(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A digit on a dark screen, with refresh bands and sometimes the bezel."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.35, 0.7), tilt=0.1)
    page = blend(filled(view, grey(rng.uniform(0.05, 0.2))), marker(rng, view, glyph, 0.05, 0.14), grey(0.9))
    page = shade(page, 1 + 0.06 * np.sin(view.y * rng.uniform(5, 40)) + 0.04 * np.sin(view.x * view.pixels * 2.1))
    if rng.uniform() < 0.4:
        page = blend(page, half_plane(rng, view, rng.uniform(0.7, 1), 0.01), grey(rng.uniform(0, 0.5)))
    return photograph(rng, page)


def photo_neighbours(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Parts of other digits at the edge of the picture."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.5, 0.7), roam=0.3)
    colour, width = vary(rng, PENS), rng.uniform(0.03, 0.08)
    half_y, half_x = half_size(view)
    page = blend(paper(rng, view), draw_glyph(view, glyph, width), colour)
    centre = float(view.x.mean()), float(view.y.mean())
    for _ in range(rng.integers(1, 3)):
        dx, dy = ((rng.choice([-1, 1]) * (half_x + 0.3), rng.uniform(-0.5, 0.5)) if rng.uniform() < 0.6
                  else (rng.uniform(-0.5, 0.5), rng.choice([-1, 1]) * (half_y + 0.38)))  # fmt: skip
        page = blend(page, draw_glyph(moved(view, centre[0] + dx, centre[1] + dy), other(), width), colour)
    return photograph(rng, page)


def photo_12_megapixels(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """As large as telephones save pictures: up to 4000x3000."""
    view = random_view(rng, 900, 1200, share=rng.uniform(0.2, 0.6), tilt=0.1)
    image = photograph(rng, write(rng, view, glyph, paper(rng, view), 0.03))
    scale = rng.choice([2, 3, 10 / 3])
    return image.resize((round(1200 * scale), round(900 * scale)), Image.Resampling.BICUBIC)


def photo_lamp(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """An exercise book under a desk lamp, with the soft shadow of the telephone; ball point or pencil."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.3, 0.7), turn=12, tilt=0.15)
    lines = ruled_lines(rng, view, rng.uniform(0.3, 1.2), rng.uniform(0.008, 0.015), True, rng.uniform() < 0.5)
    page = blend(paper(rng, view), lines * rng.uniform(0.3, 0.8), vary(rng, LINES))
    ink = pencil(rng, view, glyph) if rng.uniform() < 0.4 else pen(rng, view, glyph, 0.03)
    page = blend(page, ink, vary(rng, PENS))
    shadow = half_plane(rng, view, rng.uniform(-0.5, 0.8), rng.uniform(0.1, 0.8))
    light = lamp(rng, view) * (1 - rng.uniform(0.2, 0.5) * shadow)
    return photograph(rng, shade(page, light) * LAMPLIGHT)


def lamp(rng: Rng, view: View) -> Array:
    """Return the light (h, w) of a desk lamp over a random point near the digit."""
    x, y = rng.uniform(-2, 2, 2)
    light: Array = 0.4 + 0.6 * np.exp(-((view.x - x) ** 2 + (view.y - y) ** 2) / rng.uniform(3, 10))
    return light


def photo_creased(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Folded or crumpled paper: its faces differ in brightness, and some creases cast thin shadows."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.3, 0.75), tilt=0.1)
    page = write(rng, view, glyph, paper(rng, view), 0.03)
    for _ in range(rng.integers(2, 6)):
        angle, at, line = rng.uniform(0, 2 * np.pi), rng.uniform(-0.9, 0.9), rng.uniform(0.005, 0.02)
        off = view.x * np.cos(angle) + view.y * np.sin(angle) - at
        face = (off / 0.03 + 0.5).clip(0, 1)
        light = 1 - rng.uniform(0.02, 0.12) * face - rng.uniform(0, 0.2) * edge(line - np.abs(off), view)
        page = shade(page, light)
    return photograph(rng, page)


CRAYONS = ((0.85, 0.15, 0.15), (0.1, 0.5, 0.2), (0.85, 0.4, 0.05), (0.5, 0.15, 0.6), (0.1, 0.45, 0.75), (0.8, 0.1, 0.5))


def photo_coloured(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Felt pens and crayons of any colour on white or coloured paper: a sticky note, an index card."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.35, 0.8), tilt=0.1)
    papers = ((0.95, 0.95, 0.94), (0.97, 0.92, 0.5), (0.97, 0.78, 0.84), (0.72, 0.9, 0.72), (0.72, 0.86, 0.95))
    page = texture(rng, filled(view, vary(rng, papers)), rng.uniform(0, 0.015), 8)
    return photograph(rng, blend(page, marker(rng, view, glyph, 0.05, 0.13) * rng.uniform(0.75, 1), vary(rng, CRAYONS)))


def photo_light_screen(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A white window on a monitor: moire, refresh bands, bluish light, often an edge of the window."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.3, 0.65), roam=0.5, tilt=0.15)
    page = blend(filled(view, (0.86, 0.92, 0.98)), marker(rng, view, glyph, 0.03, 0.13), grey(0.12))
    period = rng.uniform(2.2, 3.5)  # pixels of the camera to one of the monitor
    moire = 0.05 * np.sin(2 * np.pi * view.x * view.pixels / period) * np.sin(2 * np.pi * view.y * view.pixels / period)
    page = shade(page, 1 + moire + 0.05 * np.sin(view.y * rng.uniform(2, 20)))
    if rng.uniform() < 0.6:
        page = blend(page, half_plane(rng, view, rng.uniform(0.7, 1.0), 0.01), grey(rng.uniform(0, 0.6)))
    return photograph(rng, page)


def photo_turned(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """The paper or the telephone is rotated by 10 to 20 degrees; the paper is often ruled."""
    view = random_view(rng, *picture_size(rng), share=rng.uniform(0.35, 0.7), turn=0, tilt=0.1)
    view = turned(view, rng.choice([-1, 1]) * rng.uniform(10, 20))
    page = paper(rng, view)
    if rng.uniform() < 0.5:
        lines = ruled_lines(rng, view, rng.uniform(0.5, 1.4), 0.012, True, rng.uniform() < 0.4)
        page = blend(page, lines, vary(rng, LINES))
    return photograph(rng, write(rng, view, glyph, page, 0.03, 0.09))
