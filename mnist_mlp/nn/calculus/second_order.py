"""Second derivatives: Hessian by the input, Hessian-vector products, mixed derivatives, the input-gradient penalty.

All except the Hessian itself use one recursion, the derivative R of forward and backward pass along a direction (u, V)
of input and parameters (Pearlmutter 1994); * is element-wise:

R a[0] = u        R z[l] = R a[l-1] @ W[l] + a[l-1] @ V[l].W + V[l].b        R a[l] = phi'(z[l]) * R z[l]
Q[l-1] = delta[l] @ W[l].T                  delta[l-1] = Q[l-1] * phi'(z[l-1])
R Q[l-1] = R delta[l] @ W[l].T + delta[l] @ V[l].W.T
R delta[L] = K[R z[L]]                      R delta[l-1] = R Q[l-1] * phi'(z[l-1]) + Q[l-1] * phi''(z[l-1]) * R z[l-1]
R dW[l] = outer(a[l-1], R delta[l]) + outer(R a[l-1], delta[l])        R db[l] = R delta[l]
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mnist_mlp.nn.calculus.first_order import SampleGradients, input_tangents
from mnist_mlp.nn.losses import Loss
from mnist_mlp.nn.network import MLP, Cache, Parameters
from mnist_mlp.nn.outputs import Output
from mnist_mlp.nn.types import FloatArray


class Scalar(NamedTuple):
    """One scalar s_i per sample, a function of z[L], by its derivatives: G (n, K), K[U] and T[U, V]; None if zero."""

    gradient: FloatArray
    curvature: Callable[[FloatArray], FloatArray] | None
    third: Callable[[FloatArray, FloatArray], FloatArray] | None


def of_output(cache: Cache, e: FloatArray) -> Scalar:
    """Return s_i = sum_c e_ic N_c(x_i), a linear combination of outputs: e (n, K), or (K,) for all samples."""
    return Scalar(_weights(cache, e), None, None)


def of_activated_output(cache: Cache, output: Output, e: FloatArray) -> Scalar:
    """Return s_i = sum_c e_ic phi(N(x_i))_c, a linear combination of the outputs after their activation."""
    z, e = cache.z[-1], _weights(cache, e)
    return Scalar(output.first(z, e), lambda U: output.second(z, e, U), lambda U, V: output.third(z, e, U, V))


def _weights(cache: Cache, e: FloatArray) -> FloatArray:
    return np.broadcast_to(e.astype(cache.z[-1].dtype, copy=False), cache.z[-1].shape)


def of_loss(cache: Cache, loss: Loss, Y: FloatArray, G: FloatArray | None = None) -> Scalar:
    """Return s_i, the loss of sample i with target Y_i; Y (n, K). G: its gradient by z[L], if it is known already."""
    z = cache.z[-1]
    G = loss.value_and_gradient(z, Y)[1] if G is None else G
    return Scalar(G, lambda U: loss.curvature(z, Y, U), lambda U, V: loss.third(z, Y, U, V))


@dataclass(frozen=True, slots=True)
class Workspace:
    """The arrays of one recursion over a batch, each (n, n_l), which training with the penalty reuses."""

    prime: list[FloatArray]  # hidden layers: phi'(z[l])
    bend: list[FloatArray]  # hidden layers: Q[l] * phi''(z[l]) * R z[l]
    q: list[FloatArray]  # hidden layers
    delta: list[FloatArray]  # l = 1, ..., L, as the next two
    r_delta: list[FloatArray]
    r_z: list[FloatArray]
    r_a: list[FloatArray]  # l = 0, ..., L-1; r_a[0] is u
    product: Parameters  # scratch for a sum of outer products


def workspace(network: MLP, batch: int) -> Workspace:
    """Return the arrays that the recursion writes to, for ``batch`` samples."""
    prime, bend, q = (network.arrays(batch, network.sizes[1:-1]) for _ in range(3))
    delta, r_delta, r_z = (network.arrays(batch, network.sizes[1:]) for _ in range(3))
    r_a = network.arrays(batch, network.sizes[:-1])
    return Workspace(prime, bend, q, delta, r_delta, r_z, r_a, network.parameters())


def _adjoint(network: MLP, cache: Cache, G: FloatArray, work: Workspace) -> None:
    """Fill ``work`` with delta, Q and phi'."""
    work.delta[-1][...] = G
    for i in reversed(range(len(work.q))):
        np.matmul(work.delta[i + 1], network.layers[i + 1].W.T, out=work.q[i])
        network.activations[i].prime(cache.z[i], out=work.prime[i])
        np.multiply(work.q[i], work.prime[i], out=work.delta[i])


def _differentiate(
    network: MLP, cache: Cache, scalar: Scalar, work: Workspace, V: Parameters | None = None
) -> SampleGradients:
    """Return R dW and R db after ``_adjoint``; they refer to R z, R a, R delta, filled from u in ``work.r_a[0]``."""
    last = len(network.layers) - 1
    for i, (W, _) in enumerate(network.layers):
        r_z = np.matmul(work.r_a[i], W, out=work.r_z[i])
        if V is not None:
            r_z += cache.a[i] @ V.layers[i].W
            r_z += 0 if V.layers[i].b is None else V.layers[i].b
        if i < last:
            np.multiply(work.prime[i], r_z, out=work.r_a[i + 1])

    work.r_delta[last][...] = 0 if scalar.curvature is None else scalar.curvature(work.r_z[last])
    for i in reversed(range(last)):
        r_delta = np.matmul(work.r_delta[i + 1], network.layers[i + 1].W.T, out=work.r_delta[i])
        if V is not None:
            r_delta += work.delta[i + 1] @ V.layers[i + 1].W.T
        r_delta *= work.prime[i]
        bend = network.activations[i].second(cache.z[i], out=work.bend[i])
        bend *= work.q[i]
        bend *= work.r_z[i]
        r_delta += bend

    layers = zip(cache.a, work.r_delta, work.r_a, work.delta, strict=True)
    return SampleGradients(network, tuple(((a, r_delta), (r_a, delta)) for a, r_delta, r_a, delta in layers))


def mixed_gradients(network: MLP, cache: Cache, scalar: Scalar, u: FloatArray) -> SampleGradients:
    """Return the gradient by theta of the slope (d s/d x) . u (001 eq. 5).

    u: (n, n_0), or (n_0,) for all samples; e_i gives the derivative by x_i and theta of 001.
    """
    work = workspace(network, len(cache.a[0]))
    _adjoint(network, cache, scalar.gradient, work)
    work.r_a[0][...] = u
    return _differentiate(network, cache, scalar, work)


def input_hvp(network: MLP, cache: Cache, scalar: Scalar, u: FloatArray) -> FloatArray:
    """Return H u with H = d2 s/d x2, (n, n_0), without forming H (001 eq. 4).

    H u = R delta[1] @ W[1].T
    """
    r_delta = mixed_gradients(network, cache, scalar, u).pairs[0][0][1]
    return r_delta @ network.layers[0].W.T


def theta_hvp(network: MLP, cache: Cache, scalar: Scalar, direction: FloatArray, l2: float = 0.0) -> Parameters:
    """Return the Hessian of J = (1/n) sum_i s_i + (l2/2) sum_l |W[l]|^2 by theta, times a direction (N,) (002 eq. 3).

    Hessian @ direction = (1/n) sum_i R g_i + l2 V, the last for weights only
    """
    work = workspace(network, len(cache.a[0]))
    _adjoint(network, cache, scalar.gradient, work)
    work.r_a[0].fill(0)
    out = _differentiate(network, cache, scalar, work, network.view(direction)).sum()
    out.flat[...] /= len(cache.a[0])
    weights = slice(network.n_weights)
    out.flat[weights] += l2 * direction[weights]
    return out


def input_gradient_penalty(
    network: MLP, cache: Cache, scalar: Scalar, strength: float, out: Parameters, work: Workspace | None = None
) -> float:
    """Add the gradient by theta of a penalty P to ``out``, and return P.

    P = (strength / 2n) sum_i |g_i|^2,  g_i = d s_i/d x
    dP/d theta = sum_i d(g_i . u_i)/d theta,  u_i = strength g_i / n, a constant

    This is "double backpropagation" (Drucker and LeCun 1992): the mixed derivative (001 eq. 5) along the gradient.
    """
    n = len(cache.a[0])
    work = work or workspace(network, n)
    _adjoint(network, cache, scalar.gradient, work)
    g = np.matmul(work.delta[0], network.layers[0].W.T, out=work.r_a[0])
    value = strength / (2 * n) * float(np.vdot(g, g))
    g *= strength / n
    _differentiate(network, cache, scalar, work).add_to(out, work.product)
    return value


def input_hessian(network: MLP, cache: Cache, scalar: Scalar) -> FloatArray:
    """Return H = d2 s/d x2, (n, n_0, n_0) (001 eq. 4).

    H = sum_{l<L} T[l] diag(Q[l] * phi''(z[l])) T[l].T + T[L] K T[L].T,  T[l] = dz[l]/dx
    """
    n, n_in = cache.a[0].shape
    return _hessian(network, cache, scalar, input_tangents(network, cache), np.zeros((n, n_in, n_in), network.dtype))


def output_hessians(network: MLP, cache: Cache) -> FloatArray:
    """Return the Hessian of every output by the input, (n, K, n_0, n_0) (001 eq. 4)."""
    n, n_in = cache.a[0].shape
    tangents = input_tangents(network, cache)
    out: FloatArray = np.zeros((n, network.sizes[-1], n_in, n_in), network.dtype)
    for c, e in enumerate(np.eye(network.sizes[-1], dtype=network.dtype)):  # one by one, to save memory
        _hessian(network, cache, of_output(cache, e), tangents, out[:, c])
    return out


def _hessian(network: MLP, cache: Cache, scalar: Scalar, tangents: list[FloatArray], out: FloatArray) -> FloatArray:
    q = scalar.gradient
    hidden = zip(network.layers[:0:-1], network.activations[::-1], cache.z[-2::-1], tangents[-2::-1], strict=True)
    for (W, _), phi, z, T in hidden:
        q = q @ W.T
        bend = q * phi.second(z)
        out += np.matmul(T * bend[:, None, :], T.swapaxes(1, 2))
        q *= phi.prime(z)
    if scalar.curvature is not None:
        T, basis = tangents[-1], np.eye(network.sizes[-1], dtype=network.dtype)
        columns = [scalar.curvature(np.broadcast_to(e, scalar.gradient.shape)) for e in basis]
        out += np.matmul(np.matmul(T, np.stack(columns, axis=2)), T.swapaxes(1, 2))
    return out
