"""Export a network as one HTML page on which to draw digits; it needs no server, no connection and no other file.

The parts of the page are in ``page/``. A drawing is prepared as 28x28 pixels in the same way as in ``pictures``.
"""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from string import Template

from mnist_mlp.models import Model

PAGE = Path(__file__).parent / "page"
SCRIPTS = ("image.js", "find.js", "normalise.js", "network.js", "main.js")


def to_html(model: Model) -> bytes:
    """Return the page of a network for 28x28 pixels."""
    style, script = _part("style.css"), "\n".join(map(_part, SCRIPTS))
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:"
    page = Template(_part("page.html"))
    return page.substitute(policy=policy, style=style, script=script, network=_record(model)).encode()


def _part(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the source of a Content-Security-Policy that allows only this text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _record(model: Model) -> str:
    """Return the network as JSON that is safe in HTML."""
    mlp = model.mlp
    record = {
        "sizes": mlp.sizes,
        "bias": mlp.bias,
        "activation": mlp.activation.name,
        "output": model.loss.output.__name__,
        "temperature": model.temperature,
        "dtype": mlp.dtype.name,
        "theta": b64encode(mlp.theta.astype(mlp.dtype.newbyteorder("<")).tobytes()).decode(),
    }
    return json.dumps(record).replace("<", r"\u003c")
