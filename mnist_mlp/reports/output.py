"""Write pictures to files, as a whole or not at all."""

from io import BytesIO
from pathlib import Path

from PIL import Image

from mnist_mlp.data.dataset import Pixels
from mnist_mlp.errors import StorageError
from mnist_mlp.storage.durable import write


def write_picture(picture: Image.Image | Pixels, path: Path) -> None:
    """Write a picture, or grey levels (height, width), in the format of the suffix of ``path``."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    kind = Image.registered_extensions().get(path.suffix.lower())
    if kind is None:
        why = f"unknown suffix {path.suffix!r}"
        raise StorageError("cannot write picture", where=path, why=why, fix="use the suffix .png")
    content = BytesIO()
    try:
        image.save(content, kind)
    except (OSError, ValueError, KeyError) as error:  # such as a format that Pillow can only read
        raise StorageError("cannot write picture", where=path, why=str(error), fix="use the suffix .png") from None
    write(path, content.getvalue())
