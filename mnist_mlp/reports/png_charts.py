"""What charts in PNG files have in common: style, colours and format. Needs matplotlib (extra ``report``)."""

from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

from mnist_mlp.storage import durable

# To be used as ``@mpl.rc_context(STYLE)``; the exact type has 300 literals.
STYLE: Any = {"font.size": 10, "figure.constrained_layout.use": True, "axes.axisbelow": True}
STYLE |= dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon"), False)
BLUE, ORANGE, GREY, GRID = "#0b5394", "#b45f06", "#8a8a8a", "#d8d8d8"
DPI, WIDTH = 100, 6.4  # inches: 640 pixels


def drawable(text: str) -> str:
    """Return a text without formulas, with an escape such as ``\\u4e00`` for each character that the font lacks."""
    glyphs = get_font(findfont(FontProperties())).get_charmap()
    return "".join(c if ord(c) in glyphs else ascii(c)[1:-1] for c in text).replace("$", r"\$")


def write_chart(figure: Figure, path: Path) -> None:
    """Write a figure as PNG on white, with the same bytes for the same figure."""
    content = BytesIO()
    figure.savefig(content, format="png", dpi=DPI, facecolor="white", metadata={"Software": None})
    durable.write(path, content.getvalue())
