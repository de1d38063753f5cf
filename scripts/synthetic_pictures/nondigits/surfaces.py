"""Pictures without strokes: empty pages, noise, textures, photographs of other things."""

import numpy as np
from PIL import Image

from ..raster import Rng, as_image, camera, smooth_noise, uneven_light
from .common import side


def blank(rng: Rng) -> Image.Image:
    """An empty page: exactly even, or noisy and lit from one side."""
    n = side(rng)
    page = np.full((n, n, 3), rng.uniform(0, 1), dtype=np.float32)
    if rng.uniform() < 0.5:
        page = uneven_light(rng, page, 0.1) + rng.normal(0, 0.01, (n, n, 1)).astype(np.float32)
    return as_image(page).convert("L")


def noise(rng: Rng) -> Image.Image:
    """Independent pixels: uniform, Gaussian, or black and white."""
    n = side(rng)
    ways = (rng.uniform(0, 1, (n, n)), rng.normal(0.5, 0.15, (n, n)), (rng.uniform(size=(n, n)) < 0.5) * 1.0)
    return as_image(ways[rng.integers(3)].astype(np.float32))


def texture(rng: Rng) -> Image.Image:
    """Stripes, checks, or clouds of one size."""
    n = side(rng)
    y, x = np.mgrid[:n, :n] / n * rng.uniform(20, 60)
    stripes, checks = np.sin(x + rng.uniform(-1, 1) * y), np.sin(x) * np.sin(y)
    patterns = (stripes, checks, smooth_noise(rng, (n, n), n / rng.uniform(6, 15)))
    return as_image((0.5 + 0.4 * np.tanh(2 * patterns[rng.integers(3)])).astype(np.float32))


def gradient(rng: Rng) -> Image.Image:
    """A photograph out of focus: soft patches of light."""
    n = side(rng)
    page = 0.5 + 0.25 * smooth_noise(rng, (n, n), n / rng.uniform(1.5, 3.5))[..., None].repeat(3, axis=2)
    return camera(rng, uneven_light(rng, page, 0.4), n / 60, 0.01).convert("L")


def photograph(rng: Rng) -> Image.Image:
    """A landscape: hills under a sky, and shaded balls."""
    height, width = int(rng.integers(150, 500)), int(rng.integers(150, 500))
    y, x = np.mgrid[:height, :width] / max(height, width)
    page = np.linspace(rng.uniform(0.6, 1, 3), rng.uniform(0.4, 0.9, 3), height)[:, None].repeat(width, axis=1)
    for k in range(int(rng.integers(1, 4))):
        line = rng.uniform(0.2, 0.7) + 0.15 * smooth_noise(rng, (2, width), width / 3)[0]
        hill = np.clip((y - line) * max(height, width), 0, 1)[..., None]
        grain = 1 + 0.2 * smooth_noise(rng, (height, width), 6 + 10 * k)[..., None]
        page = page * (1 - hill) + hill * rng.uniform(0.05, 0.6, 3) * grain
    for _ in range(int(rng.integers(1, 5))):
        radius, dx, dy = rng.uniform(0.05, 0.25), x - rng.uniform(0, 1), y - rng.uniform(0, 1)
        ball = np.clip((radius - np.hypot(dx, dy)) * max(height, width), 0, 1)[..., None]
        shade = (0.7 - 0.4 * (dx + dy) / radius)[..., None]
        page = page * (1 - ball) + ball * rng.uniform(0.2, 1, 3) * shade
    return camera(rng, page.astype(np.float32), rng.uniform(0.3, 1.5), 0.02)
