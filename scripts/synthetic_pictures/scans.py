"""Digits out of scanners, copiers and fax machines."""

import numpy as np
from glyphs import Glyph
from PIL import Image
from scene import (
    Rng,
    Sheet,
    View,
    beyond,
    central,
    drawn,
    edge,
    inside,
    lay,
    look,
    moved,
    photographed,
    plain,
    rules,
    texture,
)
from stationery import BLACK, PENS, RULES, WHITE, Condition, Other, grey, pen, pencil, pick


def scanned(rng: Rng, sheet: Sheet, noise: float = 0.01) -> Image.Image:
    """Even light, a little blur; half of the scans are grey."""
    image = photographed(rng, sheet, rng.uniform(0.3, 0.7), noise)
    return image.convert("L") if rng.uniform() < 0.5 else image


def page(rng: Rng, low: float = 0.3, high: float = 0.8) -> View:
    """A piece of a scanned page: a digit is 60 to 400 pixels."""
    digit, share = rng.uniform(60, 400), rng.uniform(low, high)
    side = round(digit / share)
    return look(rng, side, round(side * rng.uniform(0.8, 1.4)), share, turn=6)


def scan_plain(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A pen on white, slightly skewed."""
    view = page(rng)
    return scanned(rng, lay(plain(view, grey(rng.uniform(0.92, 1))), pen(rng, view, glyph), pick(rng, PENS)))


def scan_bleed_through(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """The writing on the back shows faintly through, and there is dust."""
    view = page(rng)
    sheet = plain(view, grey(rng.uniform(0.9, 1)))
    for _ in range(3):
        x, y = rng.uniform(-1, 1, 2)
        back = moved(View(-view.x, view.y, view.pixels), float(x), float(y))
        sheet = lay(sheet, drawn(back, other(), 0.07) * rng.uniform(0.08, 0.2), grey(0.4))
    sheet = lay(sheet, pen(rng, view, glyph, 0.03), pick(rng, PENS))
    specks = sum(edge(rng.uniform(0.003, 0.012) - np.hypot(view.x - x, view.y - y), view)
                 for x, y in rng.uniform(-1.2, 1.2, (12, 2)))  # fmt: skip
    return scanned(rng, lay(sheet, np.minimum(specks, 1), grey(0.15)))


def scan_squared(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Squared or ruled paper in a scanner."""
    view = page(rng)
    lines = rules(rng, view, rng.uniform(0.3, 1.1), rng.uniform(0.008, 0.02), across=True, down=rng.uniform() < 0.7)
    sheet = lay(plain(view, grey(0.97)), lines * rng.uniform(0.4, 1), pick(rng, RULES))
    return scanned(rng, lay(sheet, pen(rng, view, glyph, 0.03), pick(rng, PENS)))


def scan_dark_rules(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Rules as black as the pen, thinner than it."""
    view = page(rng, 0.3, 0.6)
    width = rng.uniform(0.05, 0.09)
    lines = rules(rng, view, rng.uniform(0.9, 1.5), width * rng.uniform(0.2, 0.4), True, rng.uniform() < 0.4)
    sheet = lay(plain(view, grey(0.97)), lines, grey(rng.uniform(0.1, 0.4)))
    return scanned(rng, lay(sheet, drawn(view, glyph, width), pick(rng, PENS)))


def scan_pencil(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Pencil, as a scanner's default makes it: pale."""
    view = page(rng)
    return scanned(rng, lay(plain(view, grey(0.97)), pencil(rng, view, glyph), grey(0.3)), 0.015)


def scan_fax(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Black and white only, with pepper and ragged edges."""
    view = page(rng)
    sheet = lay(plain(view, WHITE), drawn(view, glyph, rng.uniform(0.03, 0.1)), BLACK)
    levels = sheet[..., 0] + rng.normal(0, rng.uniform(0.05, 0.2), view.shape)
    return Image.fromarray(levels > rng.uniform(0.4, 0.6))


def scan_form_box(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A box of a form, its frame around the digit."""
    view = page(rng, 0.45, 0.6)
    half_x, half_y, line = rng.uniform(0.6, 0.75), rng.uniform(0.65, 0.8), rng.uniform(0.01, 0.04)
    box = inside(view, -half_x, half_x, -half_y, half_y) - inside(view, line - half_x, half_x - line, line - half_y,
                                                                  half_y - line)  # fmt: skip
    sheet = lay(plain(view, grey(0.98)), box, grey(rng.uniform(0, 0.6)))
    return scanned(rng, lay(sheet, pen(rng, view, glyph, 0.03, 0.09), pick(rng, PENS)))


def scan_dark_edge(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """The scanner's lid or a book's fold: a dark band along an edge."""
    view = page(rng, 0.3, 0.55)
    view = central(view)
    sheet = lay(plain(view, grey(0.96)), pen(rng, view, glyph, 0.03, 0.09), pick(rng, PENS))
    height, width = (side / view.pixels / 2 for side in view.shape)
    depth = [view.x - width, -width - view.x, view.y - height, -height - view.y][rng.integers(4)]
    band = np.clip((depth + rng.uniform(0.05, 0.3)) / rng.uniform(0.01, 0.2), 0, 1)
    return scanned(rng, lay(sheet, band.astype(np.float32), grey(rng.uniform(0, 0.4))))


def scan_photocopy(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A copy of a copy: grey haze, blotches, hard ink, JPEG."""
    view = page(rng)
    sheet = texture(rng, plain(view, grey(rng.uniform(0.75, 0.9))), 0.04, 30)
    return scanned(rng, lay(sheet, drawn(view, glyph, rng.uniform(0.03, 0.1)), grey(0.1)), 0.04).convert("L")


def scan_whole_page(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A sheet at 150 or 300 dots an inch with one digit somewhere on its grey, and the scanner's shade at an edge."""
    side = int(rng.choice([900, 1700]))
    view = look(rng, side, round(side * rng.uniform(0.7, 1.4)), share=rng.uniform(0.07, 0.25), roam=0.8, turn=4)
    sheet = texture(rng, plain(view, grey(rng.uniform(0.85, 0.97))), rng.uniform(0, 0.01), 6)
    sheet = lay(sheet, pen(rng, view, glyph, 0.03, 0.09), pick(rng, PENS))
    far = (side / view.pixels) * rng.uniform(0.42, 0.6)
    sheet = lay(sheet, beyond(rng, view, far, rng.uniform(0.05, 0.3)) * rng.uniform(0, 0.5), grey(0.4))
    return scanned(rng, sheet)


def scan_form_row(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A row of a form's boxes: the lines of the neighbouring boxes run out of the picture."""
    view = page(rng, 0.4, 0.6)
    half_x, half_y, line = rng.uniform(0.55, 0.75), rng.uniform(0.62, 0.75), rng.uniform(0.01, 0.03)
    posts = np.abs(view.x / (2 * half_x) % 1 - 0.5) * 2 * half_x  # 0 on the lines between boxes
    beams = np.abs(np.abs(view.y) - half_y)
    lines = np.maximum(edge(line / 2 - posts, view) * (np.abs(view.y) <= half_y), edge(line / 2 - beams, view))
    sheet = lay(plain(view, grey(0.98)), lines, grey(rng.uniform(0, 0.6)))
    return scanned(rng, lay(sheet, pen(rng, view, glyph, 0.03, 0.09), pick(rng, PENS)))


def scan_out_of_the_box(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A form's box that the digit touches or leaves; its lines are thinner than the pen or paler."""
    view = page(rng, 0.5, 0.75)
    pen_width, half_x, half_y = rng.uniform(0.05, 0.09), rng.uniform(0.4, 0.55), rng.uniform(0.45, 0.52)
    line, x, y = pen_width * rng.uniform(0.15, 0.45), *rng.uniform(-0.08, 0.08, 2)
    box = inside(moved(view, x, y), -half_x - line, half_x + line, -half_y - line, half_y + line)
    box = box - inside(moved(view, x, y), -half_x, half_x, -half_y, half_y)
    sheet = lay(plain(view, grey(0.98)), box, grey(rng.uniform(0.1, 0.7)))
    return scanned(rng, lay(sheet, drawn(view, glyph, pen_width), pick(rng, PENS)))


SCANS: tuple[Condition, ...] = (
    scan_plain, scan_bleed_through, scan_squared, scan_dark_rules, scan_pencil, scan_fax, scan_form_box,
    scan_dark_edge, scan_photocopy, scan_whole_page, scan_form_row, scan_out_of_the_box,
)  # fmt: skip
