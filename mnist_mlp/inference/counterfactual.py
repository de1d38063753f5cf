"""The smallest change to a picture that changes the answer."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.inference.attribution import in_float64
from mnist_mlp.models import Model
from mnist_mlp.nn.calculus.first_order import input_gradient
from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.types import FloatArray

ROUNDS = 25
BEYOND = 1.05  # how far a step goes, so as to cross the boundary
BACK = 0.9  # what is kept of a change that was enough
HALVINGS = 12
MARGIN = 1e-4  # of the spread of the outputs: the new answer leads by this, far more than rounding may take away


class Flip(NamedTuple):
    """A picture that is read otherwise."""

    picture: FloatArray  # (n_0,), 0 to 1
    change: FloatArray  # (n_0,): the picture less the one it was made from
    answer: int  # what the model says of it: tried, not promised

    @property
    def norm(self) -> float:
        """The Euclidean length of the change."""
        return float(np.linalg.norm(self.change))


def smallest_flip(model: Model, x: FloatArray) -> Flip | None:
    """The least Euclidean change to x (n_0,), 0 to 1, after which the model answers otherwise; None: none was found.

    For each other class k, where z_k meets the answer's z_c is straightened at the point x' at hand, with the exact
    gradient: the plane w.(x'' - x') = z_c - z_k, w = d(z_k - z_c)/dx at x'. The next point is a little beyond the
    nearest to x' on it, among pictures (DeepFool, Moosavi-Dezfooli et al. 2016), and from where the answer has changed
    it goes part of the way back, for another try (as FAB, Croce and Hein 2020).
    """
    mlp, x = in_float64(model.mlp), x.astype(np.float64)
    z = mlp.forward(x[None]).z[-1][0]
    answer, margin = int(z.argmax()), MARGIN * float(np.ptp(z))
    rivals = np.delete(np.arange(mlp.sizes[-1]), answer)
    G = np.eye(len(z))[rivals] - np.eye(len(z))[answer]
    points = np.repeat(x[None], len(rivals), axis=0)
    best, shortest = x, np.inf
    for _ in range(ROUNDS):
        cache = mlp.forward(points)
        behind = margin - np.vecdot(G, cache.z[-1])
        w = input_gradient(mlp, cache, G)
        steps = np.stack([step(*row) for row in zip(points, w, behind, strict=True)])
        points = np.clip(points + BEYOND * steps, 0, 1)
        crossed = _changed(mlp, points, answer, margin)
        if crossed.any():
            nearer = _halved(mlp, x, points[crossed], answer, margin)
            norms = np.linalg.norm(nearer - x, axis=1)
            if norms.min() < shortest:
                best, shortest = nearer[norms.argmin()], norms.min()
        points = np.where(crossed[:, None], x + BACK * (points - x), points)
    after = int(model.mlp.forward(best[None].astype(model.mlp.dtype)).z[-1].argmax())
    return Flip(best, best - x, after) if after != answer else None


def step(x: FloatArray, w: FloatArray, wanted: float) -> FloatArray:
    """The shortest d with w.d = wanted and 0 <= x + d <= 1, all (n_0,); where there is none, as far as pictures go.

    d_i = sign(v_i) min(mu |v_i|, room_i)        v = sign(wanted) w, room_i: how far x_i can go that way

    v.d grows with mu along straight pieces, each of which ends where a pixel is at its end: mu is read off.
    """
    v = w if wanted >= 0 else -w
    speed = np.abs(v)
    room = np.where(v > 0, 1 - x, x)
    limit = np.divide(room, speed, out=np.zeros_like(x), where=speed > 0)
    order = np.argsort(limit)
    stopped = np.cumsum((speed * room)[order])
    moving = np.cumsum((speed**2)[order][::-1])[::-1] - (speed**2)[order]
    reached = stopped + limit[order] * moving
    mu = np.interp(abs(wanted), np.append(0, reached), np.append(0, limit[order]))
    return np.asarray(np.sign(v) * np.minimum(mu * speed, room))


def _halved(mlp: MLP, x: FloatArray, ends: FloatArray, answer: int, margin: float) -> FloatArray:
    """A point on each way from x (n_0,) to the ends (R, n_0) where the answer has changed and just before had not."""
    low, high = np.zeros((len(ends), 1)), np.ones((len(ends), 1))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        changed = _changed(mlp, x + middle * (ends - x), answer, margin)[:, None]
        low, high = np.where(changed, low, middle), np.where(changed, middle, high)
    return np.asarray(x + high * (ends - x))


def _changed(mlp: MLP, X: FloatArray, answer: int, margin: float) -> NDArray[np.bool_]:
    """Which of X (n, n_0) another class than ``answer`` leads, by ``margin``."""
    z = mlp.forward(X).z[-1]
    others = np.delete(z, answer, axis=1)
    return np.asarray(others.max(axis=1) - z[:, answer] >= margin)
