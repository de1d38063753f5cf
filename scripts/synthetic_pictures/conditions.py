"""All conditions under which a picture of a digit is made, by name.

A condition is a function of a random generator, the glyph, and a function that returns other glyphs. It returns the
picture; its docstring says what the picture shows.
"""

from collections.abc import Mapping
from types import MappingProxyType

from . import crops, drawings, photographs, scans
from .stationery import Condition

PREFIXES = {photographs: "photo_", scans: "scan_", drawings: "paint_", crops: "crop_"}

CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {
        name.replace("_", "-"): function
        for module, prefix in PREFIXES.items()
        for name, function in vars(module).items()
        if name.startswith(prefix)
    }
)

# These are saved as PNG. The others are JPEG with this probability, with a quality of 30 to 95.
LOSSLESS = frozenset({"paint-transparent", "scan-fax", "paint-28", "paint-pencil-tool", "crop-mnist-like"})
JPEG = {"photo": 0.9, "scan": 0.5, "paint": 0.3, "crop": 0.4}
