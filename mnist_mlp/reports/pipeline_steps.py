"""The images of a picture's preparation side by side, each with the name of its stage."""

from PIL import Image, ImageDraw, ImageFont

from mnist_mlp.pictures import Trace

HEIGHT, GAP, TEXT = 200, 16, 18  # pixels: of an image, between images, of the letters
WIDEST = 1400  # pixels of a row, unless a single image is wider
NEVER_WIDER = 3 * HEIGHT  # pixels: a wider image is drawn lower


def draw_steps(trace: Trace) -> Image.Image:
    """Draw the trace of a ``Picture`` on white, in rows from left to right; all images have the same height."""
    font = ImageFont.load_default(TEXT)
    tiles = []
    for number, (name, levels) in enumerate(trace):
        height, width = levels.shape
        scale = min(HEIGHT / height, NEVER_WIDER / width)
        method = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.NEAREST
        size = max(1, round(width * scale)), max(1, round(height * scale))
        tiles.append((f"{number}. {name}" if number else name, Image.fromarray(levels).resize(size, method)))
    places, x, y = [], GAP, GAP
    for name, tile in tiles:
        width = max(tile.width, round(font.getlength(name)))
        if x > GAP and x + width + GAP > WIDEST:
            x, y = GAP, y + HEIGHT + TEXT + 2 * GAP
        places.append((x, y))
        x += width + GAP
    right = max(x + max(t.width, round(font.getlength(name))) for (x, _), (name, t) in zip(places, tiles, strict=True))
    sheet = Image.new("L", (right + GAP, y + HEIGHT + TEXT + 2 * GAP), "white")
    draw = ImageDraw.Draw(sheet)
    for (x, y), (name, tile) in zip(places, tiles, strict=True):
        draw.text((x, y), name, fill="black", font=font)
        top = y + TEXT + GAP // 2
        draw.rectangle((x - 1, top - 1, x + tile.width, top + tile.height), outline="silver")
        sheet.paste(tile, (x, top))
    return sheet
