"""Export a network as NumPy arrays; docs/browser.md computes its predictions from them."""

from io import BytesIO
from typing import Any

import numpy as np

from mnist_mlp.models import Model
from mnist_mlp.storage.checkpoint import named_layers


def to_npz(model: Model) -> bytes:
    """Return a .npz file: ``layers.0.W``, ``layers.0.b``, ..., divisors of pixels and logits, names of activations.

    Equal networks give equal bytes, as NumPy writes no time into the archive.
    """
    dtype, names, content = model.mlp.dtype, model.mlp.activation_names, BytesIO()
    arrays: dict[str, Any] = {
        **named_layers(model),
        "scale": np.array(255, dtype),
        "temperature": np.array(model.temperature, dtype),
        "activation": np.array(names[0] if len(names) == 1 else names, str),
        "output": np.array(model.loss.output.name),
    }
    np.savez(content, **arrays)
    return content.getvalue()
