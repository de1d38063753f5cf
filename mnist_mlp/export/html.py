"""A network as one HTML page: draw a digit and watch it being read. No server, no network, no other file.

The page's parts are in ``page/``. What is drawn becomes 28x28 pixels there by the same stages as in ``pictures``, with
the constants of that package, which are written into the page.
"""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from string import Template

from mnist_mlp.models import Model
from mnist_mlp.pictures import center, drawing, ink, raster, stroke_width, strokes, threshold

PAGE = Path(__file__).parent / "page"
STAGES = (raster, drawing, threshold, strokes, ink, stroke_width, center)  # those that the page has too
SCRIPTS = ("image.js", "find.js", "normalise.js", "network.js", "main.js")


def to_html(model: Model) -> bytes:
    """The page of a network whose input is 28x28."""
    style, script = _part("style.css"), "\n".join(map(_part, SCRIPTS))
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:"
    page = Template(_part("page.html"))
    return page.substitute(
        policy=policy, style=style, script=script, network=_json(_record(model)), constants=_json(_constants())
    ).encode()


def _part(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """How a Content-Security-Policy names the one text that it allows."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _json(record: object) -> str:
    """JSON that may stand in HTML."""
    return json.dumps(record).replace("<", r"\u003c")


def _constants() -> dict[str, float]:
    """Every number of the stages by its name."""
    numbers = (item for stage in STAGES for item in vars(stage).items())
    return {name: value for name, value in numbers if name.isupper() and isinstance(value, int | float)}


def _record(model: Model) -> dict[str, object]:
    """The network, its parameters as little-endian numbers in base64."""
    mlp = model.mlp
    return {
        "sizes": mlp.sizes,
        "bias": mlp.bias,
        "activation": mlp.activation.name,
        "output": model.loss.output.__name__,
        "temperature": model.temperature,
        "dtype": mlp.dtype.name,
        "theta": b64encode(mlp.theta.astype(mlp.dtype.newbyteorder("<")).tobytes()).decode(),
    }
