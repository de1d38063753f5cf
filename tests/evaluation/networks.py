"""Small networks whose sizes all differ, with weights and biases that do not vanish."""

import numpy as np

from mnist_mlp.config import load_config
from mnist_mlp.models import Model, build_model


def network(
    *settings: str, n_in: int = 12, hidden: str = "[9, 7]", classes: int = 5, seed: int = 0, temperature: float = 1.0
) -> Model:
    overrides = [f"network.hidden={hidden}", f"data.classes={classes}", "network.dtype=float64", *settings]
    model = build_model(load_config(overrides=overrides), n_in)
    model.mlp.theta[...] = np.random.default_rng(seed).normal(0, 0.7, model.mlp.n_parameters)
    return Model(model.mlp, model.loss, temperature)


def picture(n_in: int = 12, seed: int = 1) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Inside the box, away from its walls."""
    return np.random.default_rng(seed).uniform(0.3, 0.7, n_in)
