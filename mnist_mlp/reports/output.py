"""Reports become files: whole, or not at all."""

from io import BytesIO
from pathlib import Path

from PIL import Image

from mnist_mlp.data.dataset import Pixels
from mnist_mlp.errors import StorageError
from mnist_mlp.storage import durable


def write_pixels(pixels: Pixels, path: Path) -> None:
    """Write grey levels (h, w) as a picture."""
    write_picture(Image.fromarray(pixels), path)


def write_picture(picture: Image.Image, path: Path) -> None:
    """Write a picture in the format that the name asks for."""
    kind = Image.registered_extensions().get(path.suffix.lower())
    if kind is None:
        raise StorageError(
            "cannot write picture",
            where=path,
            why=f"unknown ending {path.suffix!r}",
            fix="give a name that ends in .png",
        )
    content = BytesIO()
    try:
        picture.save(content, kind)
    except (OSError, ValueError, KeyError) as error:  # such as a format that Pillow only reads
        raise StorageError("cannot write picture", where=path, why=str(error), fix="end its name in .png") from None
    write(path, content.getvalue())


def write(path: Path, content: bytes) -> None:
    """Write a report."""
    try:
        durable.write(path, content)
    except StorageError as error:
        raise StorageError(
            error.what, where=path, why=error.why, fix="free some space, or name a place you may write to"
        ) from error
