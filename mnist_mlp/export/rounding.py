"""Round the weights of a network to 12 bits, so that a page with the rejection network remains below 1 MB."""

from base64 import b64encode

import numpy as np

from mnist_mlp.models import Model
from mnist_mlp.nn.types import FloatArray

LARGEST = 2047  # code of the largest weight; -2047 to 2047 fit in 12 bits


def rounded(model: Model) -> dict[str, object]:
    """Return a network as JSON: weights W[i, j] = (code[i, j] - 2048) * scale[j], two codes in three bytes.

    For the rejection network, 8 bits change the sign of the log-odds of 10 of 6,000 pictures, 12 bits that of one.
    """
    mlp = model.mlp
    return {
        "sizes": mlp.sizes,
        "activations": [activation.name for activation in mlp.activations],
        "output": model.loss.output.name,
        "temperature": model.temperature,
        "layers": [_layer(layer.W, layer.b) for layer in mlp.layers],
    }


def _layer(W: FloatArray, b: FloatArray | None) -> dict[str, object]:
    scales = np.abs(W).max(axis=0) / LARGEST
    scales[scales == 0] = 1
    biases = [0.0] * len(scales) if b is None else b.tolist()
    return {"codes": b64encode(pack(W, scales)).decode(), "scales": scales.tolist(), "b": biases}


def pack(W: FloatArray, scales: FloatArray) -> bytes:
    """Return the codes of the weights (n_in, n_out), row by row: the low 12 bits of three bytes, then the high ones."""
    codes = (np.rint(W / scales) + 2048).astype(np.uint16).ravel()
    first, second = np.append(codes, np.zeros(codes.size % 2, np.uint16)).reshape(-1, 2).T
    return np.stack([first & 255, first >> 8 | (second & 15) << 4, second >> 4], axis=1).astype(np.uint8).tobytes()
