"""How people come to a picture of a digit: 40 conditions in four kinds, photograph, scan, drawing and crop.

A condition takes a random generator, the digit, and a function that gives other digits, and returns the picture; its
docstring says what it stands for. The name's first word is its kind.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from glyphs import Glyph
from PIL import Image, ImageFilter
from scene import (
    Colour,
    Field,
    Rng,
    Sheet,
    View,
    as_image,
    beyond,
    clouds,
    dots,
    drawn,
    edge,
    fall_off,
    finger,
    grainy,
    inside,
    lay,
    look,
    moved,
    photographed,
    plain,
    rules,
    texture,
)

Other = Callable[[], Glyph]
Condition = Callable[[Rng, Glyph, Other], Image.Image]

WHITE, BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
PENS: tuple[Colour, ...] = (
    (0.08, 0.08, 0.1),
    (0.1, 0.12, 0.45),
    (0.12, 0.2, 0.6),
    (0.15, 0.14, 0.15),
    (0.6, 0.1, 0.12),
)
PAPERS: tuple[Colour, ...] = ((0.93, 0.93, 0.92), (0.97, 0.97, 0.97), (0.9, 0.89, 0.85), (0.86, 0.87, 0.9))
RULES: tuple[Colour, ...] = ((0.55, 0.65, 0.85), (0.6, 0.6, 0.6), (0.7, 0.75, 0.8), (0.75, 0.6, 0.6), (0.45, 0.5, 0.7))


def pick(rng: Rng, choices: tuple[Colour, ...]) -> Colour:
    """One of the colours, a little varied."""
    red, green, blue = choices[rng.integers(len(choices))]
    vary = rng.normal(0, 0.02)
    return red + vary, green + vary, blue + vary


def grey(level: float) -> Colour:
    """No colour."""
    return level, level, level


def frame(rng: Rng, low: int = 360, high: int = 900) -> tuple[int, int]:
    """Height and width of a photograph, upright or lying or square."""
    long = int(rng.integers(low, high))
    return [(long, long * 3 // 4), (long * 3 // 4, long), (long, long)][rng.integers(3)]


def pen(rng: Rng, view: View, glyph: Glyph, low: float = 0.02, high: float = 0.07) -> Field:
    """A ball point or fine liner: its pressure varies a little."""
    pressure = 1 + 0.12 * clouds(rng, view.shape, view.pixels / 6)
    return drawn(view, glyph, rng.uniform(low, high), pressure) * rng.uniform(0.85, 1)


def pencil(rng: Rng, view: View, glyph: Glyph) -> Field:
    """Grey and grainy."""
    ink = drawn(view, glyph, rng.uniform(0.025, 0.06), 1 + 0.2 * clouds(rng, view.shape, view.pixels / 5))
    return grainy(rng, ink, rng.uniform(0.1, 0.35), max(1.0, view.pixels / 120)) * rng.uniform(0.35, 0.65)


def snap(rng: Rng, sheet: Sheet, fall: float = 0.2) -> Image.Image:
    """A photograph with light from a side, a usual lens and sensor."""
    sheet = fall_off(rng, sheet * rng.uniform(0.7, 0.98), rng.uniform(0, fall))
    return photographed(rng, sheet, rng.uniform(0.3, 1.0), rng.uniform(0.005, 0.03))


def paper(rng: Rng, view: View) -> Sheet:
    """White or nearly white paper."""
    return texture(rng, plain(view, pick(rng, PAPERS)), rng.uniform(0, 0.012), 8)


# ---------------------------------------------------------------------------------------------------- photographs


def photo_ballpoint(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A thin pen on white paper."""
    view = look(rng, *frame(rng), share=rng.uniform(0.3, 0.75), tilt=0.1)
    return snap(rng, lay(paper(rng, view), pen(rng, view, glyph), pick(rng, PENS)))


def photo_felt_pen(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A fat pen, close."""
    view = look(rng, *frame(rng), share=rng.uniform(0.6, 0.98), tilt=0.08)
    return snap(rng, lay(paper(rng, view), drawn(view, glyph, rng.uniform(0.09, 0.17)), pick(rng, PENS)), 0.3)


def photo_pencil(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Faint, grainy, broken strokes."""
    view = look(rng, *frame(rng), share=rng.uniform(0.35, 0.8), tilt=0.1)
    return snap(rng, lay(paper(rng, view), pencil(rng, view, glyph), grey(0.2)))


def photo_squared(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Squared paper, a digit of one to four squares."""
    view = look(rng, *frame(rng), share=rng.uniform(0.25, 0.75), tilt=0.12, turn=12)
    lines = rules(rng, view, rng.uniform(0.25, 1.0), rng.uniform(0.008, 0.015), across=True, down=True)
    sheet = lay(paper(rng, view), lines * rng.uniform(0.4, 1), pick(rng, RULES))
    return snap(rng, lay(sheet, pen(rng, view, glyph, 0.03), pick(rng, PENS)))


def photo_squared_pencil(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Pencil on squares that are as dark as it."""
    view = look(rng, *frame(rng), share=rng.uniform(0.35, 0.8), tilt=0.08)
    lines = rules(rng, view, rng.uniform(0.3, 1.0), rng.uniform(0.006, 0.012), across=True, down=True)
    sheet = lay(paper(rng, view), lines * rng.uniform(0.3, 0.7), pick(rng, RULES))
    return snap(rng, lay(sheet, drawn(view, glyph, rng.uniform(0.035, 0.06)) * rng.uniform(0.5, 0.75), grey(0.2)))


def photo_ruled(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Ruled paper, often with a red margin line."""
    view = look(rng, *frame(rng), share=rng.uniform(0.25, 0.75), tilt=0.12, turn=12)
    lines = rules(rng, view, rng.uniform(0.8, 1.6), rng.uniform(0.008, 0.018), across=True, down=False)
    sheet = lay(paper(rng, view), lines * rng.uniform(0.4, 1), pick(rng, RULES))
    if rng.uniform() < 0.4:
        margin = edge(0.012 - np.abs(view.x + rng.choice([-1, 1]) * rng.uniform(0.6, 1.2)), view)
        sheet = lay(sheet, margin * 0.8, (0.85, 0.35, 0.4))
    return snap(rng, lay(sheet, pen(rng, view, glyph, 0.03), pick(rng, PENS)))


def photo_dotted(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Paper with a grid of dots."""
    view = look(rng, *frame(rng), share=rng.uniform(0.3, 0.75), tilt=0.1)
    cover = dots(rng, view, rng.uniform(0.25, 0.6), rng.uniform(0.012, 0.02))
    sheet = lay(paper(rng, view), cover * rng.uniform(0.5, 1), grey(0.55))
    return snap(rng, lay(sheet, pen(rng, view, glyph, 0.03), pick(rng, PENS)))


def photo_shadow(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """The hard edge of a shadow, across the digit or beside it."""
    view = look(rng, *frame(rng), share=rng.uniform(0.3, 0.75), tilt=0.08)
    sheet = lay(paper(rng, view), pen(rng, view, glyph, 0.03), pick(rng, PENS))
    shadow = beyond(rng, view, rng.uniform(-0.3, 0.8), rng.uniform(0.01, 0.5))
    return snap(rng, sheet * (1 - rng.uniform(0.25, 0.6) * shadow)[..., None])


def photo_finger(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A finger over a corner, the telephone's soft shadow over half the sheet."""
    view = look(rng, *frame(rng), share=rng.uniform(0.3, 0.6), roam=0.4, tilt=0.08)
    sheet = lay(paper(rng, view), pen(rng, view, glyph, 0.03), pick(rng, PENS))
    sheet *= (1 - rng.uniform(0.1, 0.4) * beyond(rng, view, rng.uniform(-0.5, 0.5), rng.uniform(0.3, 1)))[..., None]
    return snap(rng, lay(sheet, finger(rng, view), (rng.uniform(0.5, 0.85), 0.5, 0.4)))


def photo_small(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """The digit a fifth to a twelfth of the frame."""
    view = look(rng, *frame(rng, 600, 1200), share=rng.uniform(1 / 12, 1 / 5), roam=0.8, tilt=0.1)
    return snap(rng, lay(paper(rng, view), pen(rng, view, glyph, 0.04, 0.1), pick(rng, PENS)))


def photo_table(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A note on a dark or wooden table that is seen around it."""
    view = look(rng, *frame(rng), share=rng.uniform(0.25, 0.45), roam=0.25, tilt=0.15, turn=15)
    left, top, right, bottom = rng.uniform(0.65, 1.4, 4)
    table = rng.uniform(0.1, 0.5) * np.array([1, 0.8, 0.6]) * rng.uniform(0.8, 1.2, 3)
    grain = 1 + 0.15 * clouds(rng, view.shape, 40) + 0.05 * clouds(rng, view.shape, 3)
    sheet = plain(view, tuple(table)) * grain[..., None]
    sheet = lay(sheet, inside(view, -left, right, -top, bottom), pick(rng, PAPERS))
    return snap(rng, lay(sheet, pen(rng, view, glyph, 0.03, 0.09), pick(rng, PENS)))


def photo_page_edge(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """One edge of the sheet is in the frame: a table, another sheet, the gutter of a notebook."""
    view = look(rng, *frame(rng), share=rng.uniform(0.3, 0.6), roam=0.4, tilt=0.1)
    sheet = lay(paper(rng, view), pen(rng, view, glyph, 0.03), pick(rng, PENS))
    sheet = lay(sheet, beyond(rng, view, rng.uniform(0.65, 0.95), 0.01), grey(rng.uniform(0.05, 0.7)))
    return snap(rng, sheet)


def photo_blurred(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Out of focus or shaken, by weak light."""
    view = look(rng, *frame(rng), share=rng.uniform(0.35, 0.75))
    sheet = lay(paper(rng, view) * rng.uniform(0.4, 0.8), pen(rng, view, glyph, 0.04, 0.09), pick(rng, PENS))
    spoilt = view.pixels / 60
    blur, motion = rng.uniform(0.4, 1.6) * spoilt, round(rng.uniform(0, 3) * spoilt)
    return photographed(rng, fall_off(rng, sheet, 0.2), blur, rng.uniform(0.02, 0.06), motion)


def photo_perspective(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """From the side, turned by up to 15 degrees."""
    view = look(rng, *frame(rng), share=rng.uniform(0.3, 0.65), turn=15, tilt=0.35)
    return snap(rng, lay(paper(rng, view), pen(rng, view, glyph, 0.03, 0.1), pick(rng, PENS)), 0.35)


def photo_recycled(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Brown, yellowish or rough paper, an envelope, cardboard."""
    view = look(rng, *frame(rng), share=rng.uniform(0.3, 0.75), tilt=0.08)
    colours = ((0.85, 0.8, 0.6), (0.75, 0.72, 0.68), (0.7, 0.55, 0.4), (0.95, 0.9, 0.5))
    sheet = texture(rng, plain(view, pick(rng, colours)), rng.uniform(0.01, 0.035), 20)
    return snap(rng, lay(sheet, pen(rng, view, glyph, 0.03, 0.1), pick(rng, PENS)))


def photo_blackboard(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Chalk on a board that was wiped, not washed."""
    view = look(rng, *frame(rng), share=rng.uniform(0.3, 0.75), tilt=0.1)
    sheet = plain(view, pick(rng, ((0.12, 0.2, 0.16), (0.13, 0.13, 0.13), (0.2, 0.27, 0.24))))
    sheet = sheet + 0.025 * clouds(rng, view.shape, view.pixels / 3)[..., None]
    chalk = grainy(rng, drawn(view, glyph, rng.uniform(0.05, 0.11)), rng.uniform(0.1, 0.35), view.pixels / 90)
    return snap(rng, lay(sheet, chalk * rng.uniform(0.6, 0.9), (0.95, 0.95, 0.9)))


def photo_whiteboard(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A marker on a board in which a lamp shines."""
    view = look(rng, *frame(rng), share=rng.uniform(0.3, 0.7), tilt=0.15)
    sheet = lay(plain(view, grey(0.8)), drawn(view, glyph, rng.uniform(0.05, 0.1)), pick(rng, PENS)) * 0.85
    x, y = rng.uniform(-1.5, 1.5, 2)
    lamp = np.exp(-((view.x - x) ** 2 + (view.y - y) ** 2) / rng.uniform(0.05, 0.3))
    return snap(rng, sheet + np.float32(0.35) * lamp[..., None].astype(np.float32))


def photo_screen(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A digit on a dark screen, its bezel, and bands from the refresh."""
    view = look(rng, *frame(rng), share=rng.uniform(0.35, 0.7), tilt=0.1)
    sheet = lay(plain(view, grey(rng.uniform(0.05, 0.2))), drawn(view, glyph, rng.uniform(0.05, 0.14)), grey(0.9))
    bands = 1 + 0.06 * np.sin(view.y * rng.uniform(5, 40)) + 0.04 * np.sin(view.x * view.pixels * 2.1)
    sheet = sheet * bands[..., None].astype(np.float32)
    if rng.uniform() < 0.4:
        sheet = lay(sheet, beyond(rng, view, rng.uniform(0.7, 1), 0.01), grey(rng.uniform(0, 0.5)))
    return snap(rng, sheet)


def photo_neighbours(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Bits of other writing at the edge of the frame."""
    view = look(rng, *frame(rng), share=rng.uniform(0.5, 0.7), roam=0.3)
    colour, width = pick(rng, PENS), rng.uniform(0.03, 0.08)
    height, broad = (side / view.pixels / 2 for side in view.shape)
    sheet = lay(paper(rng, view), drawn(view, glyph, width), colour)
    middle = float(view.x.mean()), float(view.y.mean())
    for _ in range(rng.integers(1, 3)):
        dx, dy = ((rng.choice([-1, 1]) * (broad + 0.3), rng.uniform(-0.5, 0.5)) if rng.uniform() < 0.6
                  else (rng.uniform(-0.5, 0.5), rng.choice([-1, 1]) * (height + 0.38)))  # fmt: skip
        sheet = lay(sheet, drawn(moved(view, middle[0] + dx, middle[1] + dy), other(), width), colour)
    return snap(rng, sheet)


def photo_12_megapixels(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """As telephones save them: 4000x3000 and less."""
    view = look(rng, 900, 1200, share=rng.uniform(0.2, 0.6), tilt=0.1)
    image = snap(rng, lay(paper(rng, view), pen(rng, view, glyph, 0.03), pick(rng, PENS)))
    scale = rng.choice([2, 3, 10 / 3])
    return image.resize((round(1200 * scale), round(900 * scale)), Image.Resampling.BICUBIC)


# ---------------------------------------------------------------------------------------------------------- scans


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
    view = View(view.x - view.x.mean(), view.y - view.y.mean(), view.pixels)
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


# ------------------------------------------------------------------------------------------------------- drawings


def canvas(
    rng: Rng, low: int = 100, high: int = 600, share: tuple[float, float] = (0.25, 0.9), turn: float = 5
) -> View:
    """A paint program's window."""
    side = int(rng.integers(low, high))
    width = side if rng.uniform() < 0.6 else round(side * rng.uniform(1, 1.6))
    return look(rng, side, width, rng.uniform(*share), turn=turn)


def paint_aliased(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A hard brush without soft edges."""
    view = canvas(rng)
    ink = drawn(view, glyph, rng.uniform(0.03, 0.16)) > 0.5
    return as_image(
        lay(plain(view, WHITE), ink.astype(np.float32), pick(rng, (BLACK, BLACK, (0.8, 0, 0), (0, 0, 0.8))))
    )


def paint_mouse(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Thin, with a mouse's jitter."""
    view = canvas(rng)
    jitter = [clouds(rng, view.shape, view.pixels / 9) * rng.uniform(0.004, 0.015) for _ in range(2)]
    view = View(view.x + jitter[0], view.y + jitter[1], view.pixels)
    return as_image(lay(plain(view, WHITE), drawn(view, glyph, rng.uniform(0.01, 0.05)), BLACK))


def paint_round_brush(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A fat soft round brush."""
    view = canvas(rng)
    ink = as_image(lay(plain(view, WHITE), drawn(view, glyph, rng.uniform(0.1, 0.2)), BLACK))
    return ink.filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.03) * view.pixels))


def paint_transparent(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Strokes of any colour on nothing (PNG with alpha)."""
    view = canvas(rng)
    ink = as_image(drawn(view, glyph, rng.uniform(0.03, 0.14)))
    colour = [BLACK, WHITE, (0.8, 0.1, 0.1), (0.1, 0.2, 0.9), (0, 0.5, 0.1)][rng.integers(5)]
    planes = [Image.new("L", ink.size, round(255 * level)) for level in colour]
    return Image.merge("RGBA", [*planes, ink])


def paint_coloured(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Colour on colour, either darker or lighter."""
    view = canvas(rng)
    dark = rng.uniform(0, 0.45, 3)
    light = rng.uniform(0.6, 1, 3)
    back, ink = (dark, light) if rng.uniform() < 0.5 else (light, dark)
    return as_image(lay(plain(view, tuple(back)), drawn(view, glyph, rng.uniform(0.04, 0.15)), tuple(ink)))


def paint_on_black(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """White on black, as the canvases of MNIST demos are; off centre, any size."""
    view = canvas(rng, share=(0.2, 0.95))
    return as_image(lay(plain(view, BLACK), drawn(view, glyph, rng.uniform(0.05, 0.2)), WHITE))


def paint_to_the_edge(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """So large that strokes touch the edge or are cut a little."""
    view = canvas(rng, share=(1.0, 1.06))
    back, ink = [(WHITE, BLACK), (BLACK, WHITE)][rng.integers(2)]
    return as_image(lay(plain(view, back), drawn(view, glyph, rng.uniform(0.04, 0.16)), ink))


def paint_framed(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A screenshot of a canvas with its border, sometimes the window around it."""
    view = canvas(rng, 150, share=(0.35, 0.6), turn=rng.choice([0, 0, 0, 3]))
    view = View(view.x - view.x.mean(), view.y - view.y.mean(), view.pixels)
    height, width = (side / view.pixels / 2 * rng.uniform(0.9, 0.99) for side in view.shape)
    line = rng.uniform(1, 4) / view.pixels
    back, ink = [(WHITE, BLACK), (BLACK, WHITE)][rng.integers(2)]
    sheet = lay(plain(view, grey(rng.uniform(0.6, 1))), inside(view, -width, width, -height, height), grey(0.3))
    sheet = lay(sheet, inside(view, line - width, width - line, line - height, height - line), back)
    return as_image(lay(sheet, drawn(view, glyph, rng.uniform(0.05, 0.15)), ink))


def paint_28(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Drawn in 28x28 or 32x32 pixels: off centre, too small or too large, thin or fat."""
    side = int(rng.choice([28, 28, 32]))
    view = look(rng, side, side, rng.uniform(0.4, 0.98), turn=5)
    back, ink = [(WHITE, BLACK), (BLACK, WHITE), (BLACK, WHITE)][rng.integers(3)]
    return as_image(lay(plain(view, back), drawn(view, glyph, rng.uniform(0.04, 0.2)), ink)).convert("L")


def paint_tablet(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A large canvas, drawn with a stylus, saved as poor JPEG, on a gradient or on squares."""
    view = canvas(rng, 600, 1600, share=(0.15, 0.7))
    sheet = plain(view, grey(rng.uniform(0.9, 1)))
    if rng.uniform() < 0.5:
        sheet = lay(sheet, rules(rng, view, rng.uniform(0.15, 0.6), 0.005, True, True), grey(0.8))
    else:
        sheet = fall_off(rng, sheet, 0.15)
    return as_image(lay(sheet, pen(rng, view, glyph, 0.02, 0.08), pick(rng, PENS)))


# ---------------------------------------------------------------------------------------------------------- crops


def crop(rng: Rng, low: float = 0.6, high: float = 0.9) -> View:
    """20 to 60 pixels."""
    side = int(rng.integers(20, 61))
    return look(rng, side, round(side * rng.uniform(0.8, 1.2)), rng.uniform(low, high), turn=4)


def crop_plain(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Cut out of a page with some margin."""
    view = crop(rng)
    sheet = lay(plain(view, grey(rng.uniform(0.8, 1))), drawn(view, glyph, rng.uniform(0.05, 0.15)), grey(0.1))
    return photographed(rng, sheet, rng.uniform(0.3, 0.7), 0.01)


def crop_tight(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Cut exactly at the digit's own border, dark on light or light on dark."""
    view = look(rng, 90, 90, 0.7, roam=0, turn=0)
    ink = drawn(view, glyph, 0 if rng.uniform() < 0.3 else rng.uniform(0.06, 0.16))
    box = as_image(ink).point(lambda level: 255 if level > 127 else 0).getbbox()
    assert box is not None
    low, high = sorted(rng.uniform(0, 1, 2) * [0.3, 1])
    low, high = min(low, 0.3), max(high, 0.7)
    back, stroke = (high, low) if rng.uniform() < 0.6 else (low, high)
    image = as_image(lay(plain(view, grey(back)), ink, grey(stroke))).convert("L").crop(box)
    scale = rng.uniform(20, 60) / max(image.size)
    return image.resize((max(3, round(image.width * scale)), max(3, round(image.height * scale))),
                        Image.Resampling.LANCZOS)  # fmt: skip


def crop_cell(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A cell of a form with bits of its frame at one to three sides."""
    view = crop(rng, 0.6, 0.75)
    view = View(view.x - view.x.mean(), view.y - view.y.mean(), view.pixels)
    sheet = lay(plain(view, grey(rng.uniform(0.85, 1))), drawn(view, glyph, rng.uniform(0.06, 0.14)), grey(0.15))
    height, width = (side / view.pixels / 2 for side in view.shape)
    sides = [view.x - width, -width - view.x, view.y - height, -height - view.y]
    level = rng.uniform(0, 0.5)
    for k in rng.permutation(4)[: rng.integers(1, 4)]:
        sheet = lay(sheet, edge(sides[k] + rng.uniform(0.5, 2.5) / view.pixels, view), grey(level))
    return photographed(rng, sheet, rng.uniform(0.2, 0.6), 0.01)


def crop_faint(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Little contrast, dark or light, and JPEG."""
    view = crop(rng)
    back = rng.uniform(0.25, 0.75)
    ink = back + rng.choice([-1, 1]) * rng.uniform(0.15, 0.25)
    sheet = lay(plain(view, grey(back)), drawn(view, glyph, rng.uniform(0.06, 0.15)), grey(ink))
    return photographed(rng, sheet, rng.uniform(0.2, 0.6), rng.uniform(0, 0.015)).convert("L")


def crop_mnist_like(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """28x28 like MNIST's, but grey, inverted, framed by a line, or noisy."""
    view = look(rng, 28, 28, rng.uniform(0.65, 0.8), roam=0.5, turn=0)
    sheet = lay(plain(view, BLACK), drawn(view, glyph, 0), WHITE)
    way = rng.integers(4)
    if way == 0:
        sheet[0] = sheet[-1] = sheet[:, 0] = sheet[:, -1] = rng.uniform(0.3, 1)
    elif way == 1:
        sheet = sheet + rng.normal(0, 0.08, view.shape)[..., None].astype(np.float32)
    elif way == 2:
        sheet = 0.2 + 0.5 * sheet
    return as_image(sheet if rng.uniform() < 0.5 else 1 - np.clip(sheet, 0, 1)).convert("L")


def crop_neighbours(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Cut out of a number: bits of the digits before and after."""
    view = crop(rng, 0.75, 0.9)
    view = View(view.x - view.x.mean(), view.y - view.y.mean(), view.pixels)
    width, ink = rng.uniform(0.06, 0.12), grey(rng.uniform(0, 0.3))
    sheet = lay(plain(view, grey(rng.uniform(0.8, 1))), drawn(view, glyph, width), ink)
    half = view.shape[1] / view.pixels / 2
    for side in [(-1,), (1,), (-1, 1)][rng.integers(3)]:
        sheet = lay(sheet, drawn(moved(view, side * (half + rng.uniform(0.2, 0.33)), 0), other(), width), ink)
    return photographed(rng, sheet, rng.uniform(0.2, 0.6), 0.01)


def crop_noisy(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Out of a dark photograph: noise, and light from a side."""
    view = crop(rng)
    sheet = lay(plain(view, grey(rng.uniform(0.4, 0.7))), drawn(view, glyph, rng.uniform(0.07, 0.15)), grey(0.1))
    return photographed(rng, fall_off(rng, sheet, 0.15), rng.uniform(0.3, 0.8), rng.uniform(0.03, 0.06))


CONDITIONS: Mapping[str, Condition] = MappingProxyType({
    function.__name__.replace("_", "-"): function
    for function in (
        photo_ballpoint, photo_felt_pen, photo_pencil, photo_squared, photo_squared_pencil, photo_ruled, photo_dotted,
        photo_shadow, photo_finger, photo_small, photo_table, photo_page_edge, photo_blurred, photo_perspective,
        photo_recycled, photo_blackboard, photo_whiteboard, photo_screen, photo_neighbours, photo_12_megapixels,
        scan_plain, scan_bleed_through, scan_squared, scan_dark_rules, scan_pencil, scan_fax, scan_form_box,
        scan_dark_edge, scan_photocopy,
        paint_aliased, paint_mouse, paint_round_brush, paint_transparent, paint_coloured, paint_on_black,
        paint_to_the_edge, paint_framed, paint_28, paint_tablet,
        crop_plain, crop_tight, crop_cell, crop_faint, crop_mnist_like, crop_neighbours, crop_noisy,
    )
})  # fmt: skip

# In the others it is drawn at random: PNG for drawings and most scans and crops, JPEG of quality 30 to 95 for the rest.
LOSSLESS = frozenset({"paint-transparent", "scan-fax", "paint-28", "crop-mnist-like"})
