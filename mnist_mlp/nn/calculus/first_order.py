"""First derivatives beyond the batch gradient: by the parameters for each sample, and by the input.

Every function takes the cache that ``network.forward(X)`` filled and does not change it. N(x) is the last
pre-activation z[L] (n, K), to which an output activation can be applied (``nn.outputs``): n samples, n_0 inputs, N
parameters.
"""

from typing import NamedTuple

import numpy as np

from mnist_mlp.nn.network import MLP, Cache, Parameters
from mnist_mlp.nn.outputs import Output
from mnist_mlp.nn.types import FloatArray

Pair = tuple[FloatArray, FloatArray]


class SampleGradients(NamedTuple):
    """The gradient by theta of one scalar per sample, stored as factors of outer products.

    Sample i, layer l:    dW[l] = sum_k outer(a_k[i], d_k[i])        db[l] = d_0[i]

    pairs: for each layer the (a_k, d_k), the first being (a[l-1], d_0). Shapes: (n, n_in) and (n, n_out), or
    (n, R, n_in) and (n, R, n_out) for a sum over R as well. An a_k that is the same for all samples may have n = 1.
    """

    network: MLP
    pairs: tuple[tuple[Pair, ...], ...]

    def each(self, out: FloatArray | None = None) -> FloatArray:
        """Return the gradients (n, N), one row a sample, in the order of theta, written into ``out`` if given."""
        if out is None:
            out = np.empty((len(self.pairs[0][0][1]), self.network.n_parameters), self.network.dtype)
        for (dW, db), ((a, d), *more) in zip(self.network.view(out).layers, self.pairs, strict=True):
            np.multiply(a[:, :, None], d[:, None, :], out=dW)
            for a_k, d_k in more:
                np.add(dW, np.matmul(_rows(a_k).swapaxes(1, 2), _rows(d_k)), out=dW)
            if db is not None:
                db[...] = d
        return out

    def norms(self) -> FloatArray:
        """Return the Euclidean norm of each row of ``each()``, (n,), without forming the row (Goodfellow 2015).

        |g|^2 = sum_l (|a[l-1]|^2 + 1) |delta[l]|^2; for several pairs sum_jk (a_j.a_k) (d_j.d_k) + |d_0|^2
        """
        total: FloatArray = np.zeros(len(self.pairs[0][0][1]), self.network.dtype)
        for pairs in self.pairs:
            for a_j, d_j in pairs:
                for a_k, d_k in pairs:
                    total += np.sum(_gram(a_j, a_k) * _gram(d_j, d_k), axis=(1, 2))
            if self.network.bias:
                total += np.einsum("ij,ij->i", pairs[0][1], pairs[0][1])
        return np.sqrt(np.maximum(total, 0, out=total), out=total)

    def add_to(self, out: Parameters, scratch: Parameters | None = None) -> Parameters:
        """Add the sum over the samples to ``out``; with ``scratch`` no large array is allocated."""
        scratch = scratch or self.network.parameters()
        for (dW, db), (product, _), pairs in zip(out.layers, scratch.layers, self.pairs, strict=True):
            for a, d in pairs:
                rows = d.sum(axis=0, keepdims=True) if len(a) < len(d) else d
                np.matmul(a.reshape(-1, a.shape[-1]).T, rows.reshape(-1, d.shape[-1]), out=product)
                np.add(dW, product, out=dW)
            if db is not None:
                np.add(db, pairs[0][1].sum(axis=0), out=db)
        return out

    def sum(self) -> Parameters:
        """Return the sum over the samples."""
        return self.add_to(self.network.parameters())


def _rows(x: FloatArray) -> FloatArray:
    return x if x.ndim == 3 else x[:, None, :]


def _gram(x: FloatArray, y: FloatArray) -> FloatArray:
    gram: FloatArray = np.matmul(_rows(x), _rows(y).swapaxes(1, 2))
    return gram


def backpropagate(network: MLP, cache: Cache, G: FloatArray) -> list[FloatArray]:
    """Return delta[1], ..., delta[L], each (n, n_l), from delta[L] = G (002 eq. 7, 13).

    delta[l-1] = (delta[l] @ W[l].T) * phi_prime(z[l-1])
    """
    deltas = [G]
    for (W, _), phi, z in zip(network.layers[:0:-1], network.activations[::-1], cache.z[-2::-1], strict=True):
        deltas.append(deltas[-1] @ W.T * phi.prime(z))
    return deltas[::-1]


def sample_gradients(network: MLP, cache: Cache, G: FloatArray) -> SampleGradients:
    """Return the gradient of each sample's scalar by theta, without the 1/n of a mean and L2 (002 eq. 14; 001 eq. 2).

    dW[l] = outer(a[l-1], delta[l])        db[l] = delta[l]

    G: (n, K), the gradient of the scalar by z[L]: the G of a loss, or e_c for output c.
    """
    deltas = backpropagate(network, cache, G)
    return SampleGradients(network, tuple(((a, delta),) for a, delta in zip(cache.a, deltas, strict=True)))


def input_gradient(network: MLP, cache: Cache, G: FloatArray) -> FloatArray:
    """Return the gradient of each sample's scalar by its input, (n, n_0) (001 eq. 3; 003 2.2.4).

    d s/d x = delta[1] @ W[1].T
    """
    return backpropagate(network, cache, G)[0] @ network.layers[0].W.T


def jacobian_reverse(network: MLP, cache: Cache) -> FloatArray:
    """Return dN/dx, (n, K, n_0), in reverse mode: cheap for few outputs (001 eq. 3).

    S[L] = I        S[l-1] = (S[l] @ W[l].T) * phi_prime(z[l-1])        dN/dx = S[1] @ W[1].T
    """
    n_in, n_out = network.sizes[0], network.sizes[-1]
    S: FloatArray = np.eye(n_out, dtype=network.dtype)[None]
    for (W, _), phi, z in zip(network.layers[:0:-1], network.activations[::-1], cache.z[-2::-1], strict=True):
        S = np.matmul(S, W.T) * phi.prime(z)[:, None, :]
    out: FloatArray = np.empty((len(cache.a[0]), n_out, n_in), network.dtype)
    np.matmul(S, network.layers[0].W.T, out=out)
    return out


def input_tangents(network: MLP, cache: Cache) -> list[FloatArray]:
    """Return T[l] = dz[l]/dx for l = 1, ..., L, each (n, n_0, n_l), in forward mode; T[1] = W[1] is (1, n_0, n_1).

    T[l] = (phi_prime(z[l-1]) * T[l-1]) @ W[l]
    """
    tangents: list[FloatArray] = [network.layers[0].W[None]]
    for (W, _), phi, z in zip(network.layers[1:], network.activations, cache.z[:-1], strict=True):
        tangents.append(np.matmul(phi.prime(z)[:, None, :] * tangents[-1], W))
    return tangents


def jacobian_forward(network: MLP, cache: Cache) -> FloatArray:
    """Return dN/dx, (n, K, n_0), in forward mode: cheap for few inputs (001 eq. 3)."""
    out: FloatArray = np.empty((len(cache.a[0]), network.sizes[-1], network.sizes[0]), network.dtype)
    out[...] = input_tangents(network, cache)[-1].swapaxes(1, 2)
    return out


def output_jacobian(output: Output, z: FloatArray, jacobian: FloatArray) -> FloatArray:
    """Return the Jacobian of the outputs phi(z[L]) by x from that of z[L], both (n, K, n_0) (004 eq. 13, 17).

    softmax: p_c (J_c - sum_k p_k J_k)        element-wise: phi'(z_c) J_c
    """
    columns = [output.first(z, column) for column in np.moveaxis(jacobian, 2, 0)]
    return np.stack(columns, axis=2, dtype=jacobian.dtype)
