"""Counterfactual: the smallest change to a picture that alters the prediction."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.inference.attribution import in_float64
from mnist_mlp.models import Model
from mnist_mlp.nn.calculus.first_order import input_gradient
from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.types import FloatArray

ROUNDS = 25
OVERSHOOT = 1.05  # factor of a step, so that it crosses the decision boundary
BACKTRACK = 0.9  # factor of a change that was large enough, before the next step
HALVINGS = 12
MARGIN = 1e-4  # of the range of the outputs: the new class has the largest output by this, more than rounding errors


class Counterfactual(NamedTuple):
    """A picture with another prediction."""

    picture: FloatArray  # (n_0,), 0 to 1
    change: FloatArray  # (n_0,): this picture minus the original
    predicted: int  # class that the model predicts for it

    def __repr__(self) -> str:
        return f"<Counterfactual predicted {self.predicted}, norm {self.norm:.3f}>"

    @property
    def norm(self) -> float:
        """Euclidean norm of the change."""
        return float(np.linalg.norm(self.change))


def find_counterfactual(model: Model, x: FloatArray) -> Counterfactual | None:
    """Find the smallest Euclidean change to x (n_0,), 0 to 1, that alters the prediction; None if none is found.

    For each other class k, the boundary z_k = z_c to the predicted class c is linearised at the current point x', with
    the exact gradient: w.(x'' - x') = z_c - z_k, w = d(z_k - z_c)/dx at x'. The next point is slightly beyond the
    nearest point of this plane that is a picture (DeepFool, Moosavi-Dezfooli et al. 2016). Where the prediction has
    changed, the search goes part of the way back and continues (as FAB, Croce and Hein 2020).
    """
    mlp, x = in_float64(model.mlp), x.astype(np.float64)
    z = mlp.forward(x[None]).z[-1][0]
    predicted, margin = int(z.argmax()), MARGIN * float(np.ptp(z))
    rivals = np.delete(np.arange(mlp.sizes[-1]), predicted)
    G = np.eye(len(z))[rivals] - np.eye(len(z))[predicted]
    points = np.repeat(x[None], len(rivals), axis=0)
    best, shortest = x, np.inf
    for _ in range(ROUNDS):
        cache = mlp.forward(points)
        behind = margin - np.vecdot(G, cache.z[-1])
        w = input_gradient(mlp, cache, G)
        steps = np.stack([step(*row) for row in zip(points, w, behind, strict=True)])
        points = np.clip(points + OVERSHOOT * steps, 0, 1)
        crossed = _changed(mlp, points, predicted, margin)
        if crossed.any():
            nearer = _halved(mlp, x, points[crossed], predicted, margin)
            norms = np.linalg.norm(nearer - x, axis=1)
            if norms.min() < shortest:
                best, shortest = nearer[norms.argmin()], norms.min()
        points = np.where(crossed[:, None], x + BACKTRACK * (points - x), points)
    after = int(model.mlp.forward(best[None].astype(model.mlp.dtype)).z[-1].argmax())
    return Counterfactual(best, best - x, after) if after != predicted else None


def step(x: FloatArray, w: FloatArray, wanted: float) -> FloatArray:
    """Return the shortest d with w.d = wanted and 0 <= x + d <= 1, all (n_0,); if there is none, the nearest to it.

    d_i = sign(v_i) min(mu |v_i|, room_i)        v = sign(wanted) w, room_i: distance of x_i to its bound

    v.d is piecewise linear in mu, with a kink where a pixel reaches its bound, so mu is interpolated.
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


def _halved(mlp: MLP, x: FloatArray, ends: FloatArray, predicted: int, margin: float) -> FloatArray:
    """Find by bisection, between x (n_0,) and each of ``ends`` (R, n_0), the point where the prediction changes."""
    low, high = np.zeros((len(ends), 1)), np.ones((len(ends), 1))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        changed = _changed(mlp, x + middle * (ends - x), predicted, margin)[:, None]
        low, high = np.where(changed, low, middle), np.where(changed, middle, high)
    return np.asarray(x + high * (ends - x))


def _changed(mlp: MLP, X: FloatArray, predicted: int, margin: float) -> NDArray[np.bool_]:
    """Whether, for each of X (n, n_0), another class than ``predicted`` has the largest output by ``margin``."""
    z = mlp.forward(X).z[-1]
    others = np.delete(z, predicted, axis=1)
    return np.asarray(others.max(axis=1) - z[:, predicted] >= margin)
