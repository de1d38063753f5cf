"""All styles of the ten digits."""

from collections.abc import Mapping
from types import MappingProxyType

from mnist_mlp.handwriting.digits import eight, five, four, nine, one, seven, six, three, two, zero
from mnist_mlp.handwriting.hand import Style

_FILES = zero, one, two, three, four, five, six, seven, eight, nine
STYLES: Mapping[int, tuple[Style, ...]] = MappingProxyType({digit: file.STYLES for digit, file in enumerate(_FILES)})
