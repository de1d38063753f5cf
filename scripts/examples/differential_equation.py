"""Solve a differential equation with a network of two hidden layers, as document 001 intends.

Poisson's equation on the unit square, u = 0 on its edge:

    laplacian u = f,    f = -2 pi^2 sin(pi x) sin(pi y),    so u = sin(pi x) sin(pi y)

The trial solution u = B N with B = x (1 - x) y (1 - y) is 0 on the edge whatever the network N says. Its residual

    r = laplacian u - f = B laplacian N + 2 grad B . grad N + N laplacian B - f

needs second derivatives of N by x, and its gradient by theta the third-order ones (001 eq. 6), the mixed ones (eq. 5)
and the first (eq. 2). Levenberg and Marquardt's method makes sum r^2 small: it solves (J'J + mu I) step = -J'r, J being
the gradients of the residuals, one row a point.
"""

from typing import NamedTuple

import numpy as np

from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.calculus.first_order import jacobian_reverse, sample_gradients
from mnist_mlp.nn.calculus.second_order import mixed_gradients, of_output
from mnist_mlp.nn.calculus.third_order import laplacian, laplacian_gradients
from mnist_mlp.nn.initializers import INITIALIZERS
from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.types import FloatArray

HIDDEN = (12, 11)
POINTS = 17  # a side
STEPS = 120


class Boundary(NamedTuple):
    """B, its gradient and its Laplacian at n points."""

    value: FloatArray  # (n, 1)
    gradient: FloatArray  # (n, 2)
    laplacian: FloatArray  # (n, 1)


def boundary(points: FloatArray) -> Boundary:
    """Return B = p(x) p(y) at points (n, 2), with p(t) = t (1 - t)."""
    x, y = points[:, :1], points[:, 1:]
    p, q = x * (1 - x), y * (1 - y)
    return Boundary(p * q, np.hstack([(1 - 2 * x) * q, p * (1 - 2 * y)]), -2 * (p + q))


def exact(points: FloatArray) -> FloatArray:
    """Return sin(pi x) sin(pi y) at points (n, 2), (n, 1)."""
    return np.asarray(np.sin(np.pi * points).prod(axis=1, keepdims=True))


def solution(network: MLP, points: FloatArray) -> FloatArray:
    return boundary(points).value * network.forward(points).z[-1]


def residuals(network: MLP, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return r (n,) at points (n, 2), and J (n, N), its gradients with respect to theta."""
    B, cache = boundary(points), network.forward(points)
    N = of_output(cache, np.ones(1))
    slope = mixed_gradients(network, cache, N, B.gradient)  # of grad N . grad B
    first = sample_gradients(network, cache, np.ones((len(points), 1)))
    third = laplacian_gradients(network, cache, N)
    J = B.value * third.each() + 2 * slope.each() + B.laplacian * first.each()
    grad_N = jacobian_reverse(network, cache)[:, 0]
    r = B.value * laplacian(network, cache) + 2 * (B.gradient * grad_N).sum(axis=1, keepdims=True)
    r += cache.z[-1] * B.laplacian + 2 * np.pi**2 * exact(points)
    return r[:, 0], J


def solve() -> tuple[MLP, float]:
    """Return the trained network and the largest error of its solution on a fine grid."""
    network = MLP((2, *HIDDEN, 1), ACTIVATIONS["tanh"], dtype="float64")
    generator = np.random.default_rng(0)
    network.initialize(INITIALIZERS["glorot_normal"], lambda layer: generator)
    points, mu = grid(POINTS), 1.0
    r, J = residuals(network, points)
    for step in range(STEPS):
        before = network.theta.copy()
        network.theta[...] = before + np.linalg.solve(J.T @ J + mu * np.eye(len(before)), -J.T @ r)
        new_r, new_J = residuals(network, points)
        if new_r @ new_r < r @ r:
            r, J, mu = new_r, new_J, mu / 3
        else:
            network.theta[...], mu = before, mu * 4
        if step % 20 == 0:
            print(f"step {step:3d}   mean squared residual {r @ r / len(r):.2e}")
    fine = grid(101)
    error = float(np.abs(solution(network, fine) - exact(fine)).max())
    print(f"largest error against sin(pi x) sin(pi y) on 101 x 101 points: {error:.1e}")
    return network, error


def grid(side: int) -> FloatArray:
    """Return side * side points of the unit square, (n, 2)."""
    t = np.linspace(0, 1, side)
    return np.stack(np.meshgrid(t, t), axis=-1).reshape(-1, 2)


if __name__ == "__main__":
    solve()
