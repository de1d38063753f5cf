"""A network as one HTML page: draw a digit and watch it being read. No server, no network, no other file.

The page's parts are in ``page/``. What is drawn becomes 28x28 pixels there by the same steps as in ``pictures``.
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
    """The page of a network whose input is 28x28."""
    style, script = _part("style.css"), "\n".join(map(_part, SCRIPTS))
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:"
    page = Template(_part("page.html"))
    return page.substitute(policy=policy, style=style, script=script, network=_record(model)).encode()


def _part(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """How a Content-Security-Policy names the one text that it allows."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _record(model: Model) -> str:
    """The network as JSON that may stand in HTML."""
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
