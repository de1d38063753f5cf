"""Third derivatives: by theta of v'Hu and of the Laplacian, H being the Hessian of a scalar s(z[L]) by the input.

Both are sums over pairs of directions d_s, d*_s of the input:

    C(N) = sum_s (d_s . grad_x)(d*_s . grad_x) N
    v'Hu: d = (u, v), d* = (v, u) / 2        Laplacian: d = d* = (e_1, e_2, ...)

Forward, from a[0] = x, a_s[0] = d_s, a_C[0] = 0, with z_s[l] = a_s[l-1] @ W[l] and z_C[l] = a_C[l-1] @ W[l], phi', ...
at z[l], every other product element-wise,

    a_s = phi' z_s        a_C = phi' z_C + phi'' sum_s z_s z*_s

so that C(N) = z_C[L]. Backward, from delta = G, delta_s = K[z_s], delta_C = K[z_C] + sum_s T[z_s, z*_s] at z[L], the
derivatives of the scalar (for an output (e, 0, 0)), with q[l-1] = delta[l] @ W[l].T, q_s and q_C alike, p = phi',
p_s = phi'' z_s, p_C = phi'' z_C + phi''' sum_s z_s z*_s,

    delta = q p        delta_s = q_s p + q p_s        delta_C = q_C p + 2 sum_s q_s p*_s + q p_C
    dW = outer(a_C, delta) + 2 sum_s outer(a*_s, delta_s) + outer(a, delta_C)        db = delta_C
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mnist_mlp.nn.calculus.first_order import Pair, SampleGradients
from mnist_mlp.nn.calculus.second_order import Scalar
from mnist_mlp.nn.network import MLP, Cache
from mnist_mlp.nn.types import FloatArray

Twin = Callable[[FloatArray], FloatArray]  # twin(d_s) is d*_s


def second_directional(network: MLP, cache: Cache, u: FloatArray, v: FloatArray) -> FloatArray:
    """Return v' (d2 N_c/d x2) u for every output c, (n, K) (001 eq. 4). u, v: (n, n_0), or (n_0,) for all samples."""
    return _forward(network, cache, _directions(network, u, v), _swapped).z_c[-1]


def third_order_gradients(network: MLP, cache: Cache, scalar: Scalar, u: FloatArray, v: FloatArray) -> SampleGradients:
    """Return the gradient by theta of v' H u, H the Hessian of a scalar by the input (001 eq. 6).

    u, v: (n, n_0), or (n_0,) for all samples; for x_i and x_l of 001, u = e_i and v = e_l.
    """
    return _gradients(network, cache, scalar, _directions(network, u, v), _swapped)


def laplacian(network: MLP, cache: Cache) -> FloatArray:
    """Return sum_d d2 N_c/d x_d2 for every output c, (n, K): the trace of 001 eq. 4."""
    return _forward(network, cache, _axes(network), _same).z_c[-1]


def laplacian_gradients(network: MLP, cache: Cache, scalar: Scalar) -> SampleGradients:
    """Return the gradient by theta of the Laplacian of a scalar (001 eq. 6, i = l, summed over i)."""
    return _gradients(network, cache, scalar, _axes(network), _same)


def _directions(network: MLP, u: FloatArray, v: FloatArray) -> FloatArray:
    return np.stack(np.broadcast_arrays(np.atleast_2d(u), np.atleast_2d(v)), axis=1, dtype=network.dtype)


def _axes(network: MLP) -> FloatArray:
    return np.eye(network.sizes[0], dtype=network.dtype)[None]


def _swapped(d: FloatArray) -> FloatArray:
    return d[:, ::-1] / 2


def _same(d: FloatArray) -> FloatArray:
    return d


def _times(d: FloatArray, W: FloatArray) -> FloatArray:
    """Return d (n, S, n_in) times W (n_in, n_out), as one matrix product."""
    return (d.reshape(-1, d.shape[-1]) @ W).reshape(*d.shape[:-1], -1)


class _Forward(NamedTuple):
    """The inputs a_s, a_C and the pre-activations z_s, z_C of every layer, from the forward pass."""

    a_s: list[FloatArray]  # (n, S, n_in); the first may be (1, S, n_0)
    a_c: list[FloatArray]  # (n, n_in); the first is (1, n_0)
    z_s: list[FloatArray]
    z_c: list[FloatArray]
    products: list[FloatArray]  # sum_s z_s z*_s of the hidden layers, (n, n_out)


def _forward(network: MLP, cache: Cache, d: FloatArray, twin: Twin) -> _Forward:
    x = _Forward([d], [np.zeros((1, network.sizes[0]), network.dtype)], [], [], [])
    for i, (W, _) in enumerate(network.layers):
        x.z_s.append(_times(x.a_s[i], W))
        x.z_c.append(x.a_c[i] @ W)
        if i + 1 < len(network.layers):
            phi = network.activations[i]
            prime, second = phi.prime(cache.z[i]), phi.second(cache.z[i])
            x.products.append((x.z_s[i] * twin(x.z_s[i])).sum(axis=1))
            x.a_s.append(prime[:, None, :] * x.z_s[i])
            x.a_c.append(prime * x.z_c[i] + second * x.products[i])
    x.z_c[-1] = np.broadcast_to(x.z_c[-1], cache.z[-1].shape)
    return x


def _at_output(scalar: Scalar, x: _Forward, twin: Twin) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return delta, delta_s and delta_C at z[L]."""
    delta, z_c = scalar.gradient, x.z_c[-1]
    z_s = np.broadcast_to(x.z_s[-1], (len(delta), *x.z_s[-1].shape[1:]))
    delta_s, delta_c = np.zeros_like(z_s), np.zeros_like(z_c)
    if scalar.curvature is not None:
        delta_c += scalar.curvature(z_c)
        for s in range(z_s.shape[1]):
            delta_s[:, s] = scalar.curvature(z_s[:, s])
    if scalar.third is not None:
        for s, twin_s in enumerate(np.moveaxis(twin(z_s), 1, 0)):
            delta_c += scalar.third(z_s[:, s], twin_s)
    return delta, delta_s, delta_c


def _gradients(network: MLP, cache: Cache, scalar: Scalar, d: FloatArray, twin: Twin) -> SampleGradients:
    x = _forward(network, cache, d, twin)
    delta, delta_s, delta_c = _at_output(scalar, x, twin)
    layers: list[tuple[Pair, ...]] = []
    for i in reversed(range(len(network.layers))):
        layers.append(((cache.a[i], delta_c), (x.a_c[i], delta), (2 * twin(x.a_s[i]), delta_s)))
        if i > 0:
            W, phi, z = network.layers[i].W, network.activations[i - 1], cache.z[i - 1]
            q, q_s, q_c = delta @ W.T, _times(delta_s, W.T), delta_c @ W.T
            prime, second = phi.prime(z), phi.second(z)
            p_s = second[:, None, :] * x.z_s[i - 1]
            p_c = second * x.z_c[i - 1] + phi.third(z) * x.products[i - 1]
            delta = q * prime
            delta_s = q_s * prime[:, None, :] + q[:, None, :] * p_s
            delta_c = q_c * prime + 2 * (q_s * twin(p_s)).sum(axis=1) + q * p_c
    return SampleGradients(network, tuple(reversed(layers)))
