"""Pages as arrays (h, w, 3), 0 is black and 1 is white: colours, noise, light, and the camera that turns them to files.

A mask is an array (h, w) with values in 0..1.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageFilter

from .glyphs import Array

Page = Array
Colour = Sequence[float] | Array
Rng = np.random.Generator


def clipped(values: Array) -> Array:
    """Return the values as float32, less than 0 as 0 and more than 1 as 1."""
    return np.asarray(values.clip(0, 1), dtype=np.float32)


def blend(page: Page, mask: Array, colour: Colour) -> Page:
    """Return the page with a colour where the mask is 1."""
    return page + mask[..., None] * (np.array(colour, dtype=np.float32) - page)


def shade(page: Page, light: Array) -> Page:
    """Return the page times the light (h, w), in float32."""
    return page * light[..., None].astype(np.float32)


def smooth_noise(rng: Rng, shape: tuple[int, int], cell: float) -> Array:
    """Return smooth noise (h, w) of mean 0 and standard deviation about 1, its features ``cell`` pixels wide."""
    height, width = shape
    small = max(2, round(height / cell)), max(2, round(width / cell))
    noise = rng.normal(0, 1.2, small).astype(np.float32)
    return np.asarray(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC))


def grainy(rng: Rng, ink: Array, share: float, cell: float) -> Array:
    """Return the ink without grains that make about ``share`` of it, as of pencil and chalk on a rough surface."""
    threshold = np.float32(1.1 * np.tan((share - 0.5) * 2.4))  # a good fit of the normal quantile for 0.1 .. 0.9
    return ink * clipped((smooth_noise(rng, ink.shape, cell) - threshold) * 1.5 + 0.5)


def texture(rng: Rng, page: Page, strength: float, cell: float) -> Page:
    """Return the page with fibres and blotches of cheap paper."""
    shape = page.shape[0], page.shape[1]
    noise = smooth_noise(rng, shape, cell) + smooth_noise(rng, shape, 1.5)
    return page * (1 + np.float32(strength) * noise)[..., None]


def uneven_light(rng: Rng, page: Page, strength: float) -> Page:
    """Return the page lit from a random side, with darker corners."""
    height, width = page.shape[:2]
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    angle = rng.uniform(0, 2 * np.pi)
    return shade(page, 1 + strength * (x * np.cos(angle) + y * np.sin(angle)) - strength * 0.5 * (x * x + y * y))


def camera(rng: Rng, page: Page, blur: float, noise: float, motion: int = 0) -> Image.Image:
    """Return the page after lens blur (pixels), motion blur (pixels) and sensor noise (standard deviation)."""
    if motion > 1:
        angle = rng.uniform(0, np.pi)
        steps = [(round(k * np.sin(angle)), round(k * np.cos(angle))) for k in range(motion)]
        page = np.mean([np.roll(page, step, (0, 1)) for step in steps], axis=0, dtype=np.float32)
    image = as_image(page)
    if blur > 0:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    if noise > 0:
        levels = np.asarray(image, dtype=np.float32) / 255
        image = as_image(levels + rng.normal(0, noise, levels.shape).astype(np.float32))
    return image


def as_image(page: Array) -> Image.Image:
    """Return the page (h, w, 3) or mask (h, w) with 8 bits a channel."""
    return Image.fromarray(np.clip(np.rint(page * 255), 0, 255).astype(np.uint8))
