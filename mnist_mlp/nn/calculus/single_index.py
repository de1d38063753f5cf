"""The single index of 001 (001 eq. 7): the numbers of ``theta`` in the order a, w, c, v, b.

The network of 001, N(x) = a . f(w f(v x + b) + c), is a three-layer MLP with one output: a_j = W3[j, 0],
w_jk = W2[k, j], v_kl = W1[l, k], b = b1, c = b2. It has no output bias and N_T = M1 (1 + D + M2) + 2 M2 parameters.
Here b3 follows them as number N_T + 1: 001 is the case b3 = 0. The derivative of N by b3 is 1, and its mixed and third
derivatives are 0.
"""

import numpy as np

from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.types import FloatArray, IntArray


def n_parameters_001(network: MLP) -> int:
    """Return N_T = M1 (1 + D + M2) + 2 M2, without b3."""
    if len(network.sizes) != 4 or network.sizes[-1] != 1 or not network.bias:
        shape = "-".join(map(str, network.sizes))
        raise ValueError(f"001 has two hidden layers with biases and one output, not {shape}, bias={network.bias}")
    D, M1, M2, _ = network.sizes
    return M1 * (1 + D + M2) + 2 * M2


def _order(network: MLP) -> IntArray:
    """Return the order of 001, b3 last: theta[order] is in it."""
    N_T = n_parameters_001(network)
    (v, b), (w, c), (a, b3) = network.view(np.arange(network.n_parameters)).layers  # type: ignore[arg-type]  # indices
    order = np.concatenate([x.T.ravel() for x in (a, w, c, v, b, b3) if x is not None]).astype(np.intp)
    assert len(order) == N_T + 1
    return order


def to_001_order(network: MLP, flat: FloatArray) -> FloatArray:
    """Return vectors like theta (..., N) in the order of 001 (001 eq. 7); [..., :N_T] is without b3."""
    return flat[..., _order(network)]


def from_001_order(network: MLP, ordered: FloatArray) -> FloatArray:
    """Return the inverse of ``to_001_order``; without the last number, (..., N_T), b3 is 0, as in 001."""
    order = _order(network)
    if ordered.shape[-1] not in (len(order) - 1, len(order)):
        raise ValueError(f"{ordered.shape[-1]} numbers; this network has N_T = {len(order) - 1}, and b3")
    flat = np.zeros((*ordered.shape[:-1], len(order)), ordered.dtype)
    flat[..., order[: ordered.shape[-1]]] = ordered
    return flat
