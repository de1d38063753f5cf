"""The images of a picture's preparation side by side, each with the name of its stage."""

from PIL import Image, ImageDraw, ImageFont

from mnist_mlp.pictures import Trace

HEIGHT, GAP, TEXT = 200, 16, 18  # pixels: of an image, between images, of the letters
WIDEST = 1400  # pixels of a row, unless a single image is wider


def draw_steps(trace: Trace) -> Image.Image:
    """Draw the trace of a ``Picture`` on white, in rows from left to right; all images have the same height."""
    tiles = [_tile(Image.fromarray(levels)) for _, levels in trace]
    width, height = max(8 * TEXT, *(tile.width for tile in tiles)) + GAP, HEIGHT + TEXT + 2 * GAP
    columns = max(1, min(len(tiles), WIDEST // width))
    sheet = Image.new("L", (columns * width + GAP, -(-len(tiles) // columns) * height + GAP), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(TEXT)
    for number, ((name, _), tile) in enumerate(zip(trace, tiles, strict=True)):
        left, top = GAP + number % columns * width, GAP + number // columns * height
        draw.text((left, top), f"{number}. {name}" if number else name, fill="black", font=font)
        top += TEXT + GAP // 2
        draw.rectangle((left - 1, top - 1, left + tile.width, top + tile.height), outline="silver")
        sheet.paste(tile, (left, top))
    return sheet


def _tile(image: Image.Image) -> Image.Image:
    """The image HEIGHT high; one that would become wider than three times that is lower."""
    scale = min(HEIGHT / image.height, 3 * HEIGHT / image.width)
    method = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.NEAREST
    return image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), method)
