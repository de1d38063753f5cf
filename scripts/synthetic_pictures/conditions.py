"""How people come to a picture of a digit, in four kinds: photograph, scan, drawing and crop.

A condition takes a random generator, the digit, and a function that gives other digits, and returns the picture; its
docstring says what it stands for. The name's first word is its kind.
"""

from collections.abc import Mapping
from types import MappingProxyType

from crops import CROPS
from drawings import DRAWINGS
from photographs import PHOTOGRAPHS
from scans import SCANS
from stationery import Condition

CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {draw.__name__.replace("_", "-"): draw for draw in (*PHOTOGRAPHS, *SCANS, *DRAWINGS, *CROPS)}
)

# In the others it is drawn at random: PNG for drawings and most scans and crops, JPEG of quality 30 to 95 for the rest.
LOSSLESS = frozenset({"paint-transparent", "scan-fax", "paint-28", "paint-pencil-tool", "crop-mnist-like"})
