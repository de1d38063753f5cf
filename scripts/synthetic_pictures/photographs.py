"""Digits on paper, boards and screens, taken with a telephone."""

import numpy as np
from glyphs import Glyph
from PIL import Image
from scene import (
    Rng,
    Sheet,
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
    turned,
)
from stationery import PAPERS, PENS, RULES, Condition, Other, grey, paper, pen, pencil, pick


def frame(rng: Rng, low: int = 360, high: int = 900) -> tuple[int, int]:
    """Height and width of a photograph, upright or lying or square."""
    long = int(rng.integers(low, high))
    return [(long, long * 3 // 4), (long * 3 // 4, long), (long, long)][rng.integers(3)]


def snap(rng: Rng, sheet: Sheet, fall: float = 0.2) -> Image.Image:
    """A photograph with light from a side, a usual lens and sensor."""
    sheet = fall_off(rng, sheet * rng.uniform(0.7, 0.98), rng.uniform(0, fall))
    return photographed(rng, sheet, rng.uniform(0.3, 1.0), rng.uniform(0.005, 0.03))


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


def photo_lamp(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """An exercise book under a desk lamp, the telephone's soft shadow over part of it, ball point or pencil."""
    view = look(rng, *frame(rng), share=rng.uniform(0.3, 0.7), turn=12, tilt=0.15)
    lines = rules(rng, view, rng.uniform(0.3, 1.2), rng.uniform(0.008, 0.015), across=True, down=rng.uniform() < 0.5)
    sheet = lay(paper(rng, view), lines * rng.uniform(0.3, 0.8), pick(rng, RULES))
    ink = pencil(rng, view, glyph) if rng.uniform() < 0.4 else pen(rng, view, glyph, 0.03)
    sheet = lay(sheet, ink, pick(rng, PENS))
    shadow = beyond(rng, view, rng.uniform(-0.5, 0.8), rng.uniform(0.1, 0.8))
    x, y = rng.uniform(-2, 2, 2)
    lamp = 0.4 + 0.6 * np.exp(-((view.x - x) ** 2 + (view.y - y) ** 2) / rng.uniform(3, 10))
    light = lamp * (1 - rng.uniform(0.2, 0.5) * shadow)
    return snap(rng, sheet * light[..., None].astype(np.float32) * np.array([1, 0.93, 0.8], dtype=np.float32))


def photo_creased(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Paper that was folded or crumpled: its faces are lit unlike, and some creases are thin shadows."""
    view = look(rng, *frame(rng), share=rng.uniform(0.3, 0.75), tilt=0.1)
    sheet = lay(paper(rng, view), pen(rng, view, glyph, 0.03), pick(rng, PENS))
    for _ in range(rng.integers(2, 6)):
        angle, at, line = rng.uniform(0, 2 * np.pi), rng.uniform(-0.9, 0.9), rng.uniform(0.005, 0.02)
        off = view.x * np.cos(angle) + view.y * np.sin(angle) - at
        face = np.clip(off / 0.03 + 0.5, 0, 1)
        shade = 1 - rng.uniform(0.02, 0.12) * face - rng.uniform(0, 0.2) * edge(line - np.abs(off), view)
        sheet = sheet * shade[..., None].astype(np.float32)
    return snap(rng, sheet)


def photo_coloured(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Felt pens and crayons of any colour on white or coloured paper: a sticky note, an index card."""
    view = look(rng, *frame(rng), share=rng.uniform(0.35, 0.8), tilt=0.1)
    pens = (
        (0.85, 0.15, 0.15),
        (0.1, 0.5, 0.2),
        (0.85, 0.4, 0.05),
        (0.5, 0.15, 0.6),
        (0.1, 0.45, 0.75),
        (0.8, 0.1, 0.5),
    )
    papers = ((0.95, 0.95, 0.94), (0.97, 0.92, 0.5), (0.97, 0.78, 0.84), (0.72, 0.9, 0.72), (0.72, 0.86, 0.95))
    sheet = texture(rng, plain(view, pick(rng, papers)), rng.uniform(0, 0.015), 8)
    return snap(rng, lay(sheet, drawn(view, glyph, rng.uniform(0.05, 0.13)) * rng.uniform(0.75, 1), pick(rng, pens)))


def photo_light_screen(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A white window on a monitor: moire, refresh bands, blueish light, often the window's or monitor's edge."""
    view = look(rng, *frame(rng), share=rng.uniform(0.3, 0.65), roam=0.5, tilt=0.15)
    sheet = lay(plain(view, (0.86, 0.92, 0.98)), drawn(view, glyph, rng.uniform(0.03, 0.13)), grey(0.12))
    period = rng.uniform(2.2, 3.5)  # pixels of the camera to one of the monitor
    moire = 0.05 * np.sin(2 * np.pi * view.x * view.pixels / period) * np.sin(2 * np.pi * view.y * view.pixels / period)
    bands = 1 + moire + 0.05 * np.sin(view.y * rng.uniform(2, 20))
    sheet = sheet * bands[..., None].astype(np.float32)
    if rng.uniform() < 0.6:
        sheet = lay(sheet, beyond(rng, view, rng.uniform(0.7, 1.0), 0.01), grey(rng.uniform(0, 0.6)))
    return snap(rng, sheet)


def photo_turned(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """The sheet or the telephone held askew by 10 to 20 degrees, often ruled."""
    view = look(rng, *frame(rng), share=rng.uniform(0.35, 0.7), turn=0, tilt=0.1)
    view = turned(view, rng.choice([-1, 1]) * rng.uniform(10, 20))
    sheet = paper(rng, view)
    if rng.uniform() < 0.5:
        sheet = lay(sheet, rules(rng, view, rng.uniform(0.5, 1.4), 0.012, True, rng.uniform() < 0.4), pick(rng, RULES))
    return snap(rng, lay(sheet, pen(rng, view, glyph, 0.03, 0.09), pick(rng, PENS)))


PHOTOGRAPHS: tuple[Condition, ...] = (
    photo_ballpoint, photo_felt_pen, photo_pencil, photo_squared, photo_squared_pencil, photo_ruled, photo_dotted,
    photo_shadow, photo_finger, photo_small, photo_table, photo_page_edge, photo_blurred, photo_perspective,
    photo_recycled, photo_blackboard, photo_whiteboard, photo_screen, photo_neighbours, photo_12_megapixels,
    photo_lamp, photo_creased, photo_coloured, photo_light_screen, photo_turned,
)  # fmt: skip
