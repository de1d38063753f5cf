"""Export a network as one HTML page on which to draw digits; it needs no server, no connection and no other file.

The parts of the page are in ``page/``. The page prepares a drawing by the same stages as ``pictures`` and rejects it by
the same regression as ``inference.rejection``; it receives their constants as JSON.
"""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from string import Template

from mnist_mlp.export.about import About
from mnist_mlp.export.bundle import bundle
from mnist_mlp.export.rounding import rounded
from mnist_mlp.inference import rejection
from mnist_mlp.models import Model
from mnist_mlp.pictures import (
    center,
    component_measures,
    drawing,
    ink,
    raster,
    stroke_features,
    stroke_width,
    strokes,
    threshold,
)

PAGE = Path(__file__).parent / "page"
# The modules whose constants the page uses
STAGES = raster, drawing, threshold, component_measures, strokes, stroke_features, ink, stroke_width, center


def to_html(model: Model, *, rejects: bool = False, about: About | None = None) -> bytes:
    """Return the page of a network for 28x28 pixels.

    rejects: whether it rejects pictures that show no digit. about: what it says about the network.
    """
    style, script = _part("style.css"), bundle(PAGE / "main.mjs")
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:"
    page, thing = Template(_part("page.html")), "picture" if about and about.names and not rejects else "digit"
    parts = {name: _json(record) for name, record in records(model, rejects, about or About()).items()}
    return page.substitute(policy=policy, style=style, script=script, thing=thing, **parts).encode()


def records(model: Model, rejects: bool, about: About) -> dict[str, object]:
    """Return what the scripts read, by the ``id`` of its element in the page."""
    return {
        "network": _record(model),
        "constants": _constants(),
        "rejection": _rejection() if rejects else None,
        "about": about._asdict(),
    }


def _json(record: object) -> str:
    """Return a record as JSON that cannot end the element in which it stands."""
    return json.dumps(record).replace("<", r"\u003c")


def _part(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the source of a Content-Security-Policy that allows only this text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _constants() -> dict[str, float]:
    """Return every number of the stages by its name."""
    numbers = (item for stage in STAGES for item in vars(stage).items())
    return {name: value for name, value in numbers if name.isupper() and isinstance(value, int | float)}


def _rejection() -> dict[str, object]:
    """Return the parameters of the rejection, its network and its reasons."""
    return {
        **rejection.parameters()._asdict(),
        "least": rejection.LEAST,
        "largest": rejection.LARGEST,
        "most": rejection.MOST_DEVIATIONS,
        "above": rejection.ABOVE,
        "below": rejection.BELOW,
        "several": rejection.SEVERAL,
        "otherwise": rejection.OTHER_REASON,
        "network": rounded(rejection.network()),
    }


def _record(model: Model) -> dict[str, object]:
    """Return a network, with its parameters as little-endian numbers in base64."""
    mlp = model.mlp
    return {
        "sizes": mlp.sizes,
        "bias": mlp.bias,
        "activations": [activation.name for activation in mlp.activations],
        "output": model.loss.output.name,
        "temperature": model.temperature,
        "dtype": mlp.dtype.name,
        "theta": b64encode(mlp.theta.astype(mlp.dtype.newbyteorder("<")).tobytes()).decode(),
    }
