"""HEIC and AVIF, which telephones write: they are read if the package that decodes them is installed."""

from importlib.util import find_spec
from typing import BinaryIO, NamedTuple

from PIL import Image

LONGEST_BRANDS = 256  # bytes of a file in which its brands are looked for; there are seldom more than ten of four bytes


class Format(NamedTuple):
    """A format in an ISO base media file (ISO/IEC 14496-12), and what decodes it."""

    brands: frozenset[bytes]  # of ISO/IEC 23008-12 and of AV1 Image File Format
    suffixes: frozenset[str]
    decoder: str  # module
    fix: str  # how to get the decoder


AVIF = Format(frozenset({b"avif", b"avis"}), frozenset({".avif", ".avifs"}), "PIL._avif", "pip install 'pillow>=11.3'")
HEIC = Format(
    frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}),
    frozenset({".heic", ".heics", ".heif", ".heifs", ".hif"}),
    "pi_heif",
    "pip install 'mnist-mlp[heic]'",
)
MODERN = {"AVIF": AVIF, "HEIC": HEIC}  # AVIF first: its files may have the brand mif1, too


def modern_format(content: bytes) -> str | None:
    """Return "AVIF" or "HEIC" by the brands at the beginning of a file; None for other files."""
    if content[4:8] != b"ftyp":
        return None
    length = min(int.from_bytes(content[:4]), LONGEST_BRANDS)
    brands = {content[at : at + 4] for at in (8, *range(16, length, 4))}
    return next((name for name, form in MODERN.items() if form.brands & brands), None)


def has_decoder(form: Format) -> bool:
    """Return whether the package that decodes a format is installed; it is not imported."""
    return find_spec(form.decoder) is not None


def open_modern(name: str, file: BinaryIO) -> Image.Image:
    """Return the picture in a file of a format of MODERN, with its header read, nothing decoded yet.

    The classes are called and not registered, so that ``Image.open`` of the application does not change.
    """
    if name == "AVIF":
        from PIL.AvifImagePlugin import AvifImageFile

        return AvifImageFile(file, "")
    from pi_heif.as_plugin import HeifImageFile

    heic: Image.Image = HeifImageFile(file, "")
    return heic
