"""|x| by two ReLU units, with the weights that document 003 (1.3) prints, and learned from noisy data.

z = ReLU((1, -1)^T x)        y = (1, 1) z        so y = max(x, 0) + max(-x, 0) = |x|
"""

import numpy as np

from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.initializers import INITIALIZERS
from mnist_mlp.nn.losses import LOSSES
from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.optimizers import Adam

SAMPLES, STEPS, NOISE = 400, 3000, 0.1


def printed() -> float:
    """Return the largest error of 003's weights on [-3, 3], which is 0."""
    network = MLP((1, 2, 1), ACTIVATIONS["relu"], dtype="float64")
    network.layers[0].W[...] = [[1, -1]]
    network.layers[1].W[...] = [[1], [1]]
    x = np.linspace(-3, 3, 601)[:, None]
    error = float(np.abs(network.forward(x).z[-1] - np.abs(x)).max())
    print(f"003's weights:          largest error on [-3, 3] {error:.1g}")
    return error


def learned(units: int = 8) -> float:
    """Return the root mean square error of a small network after training on noisy samples (003: y = |x| + noise)."""
    generator = np.random.default_rng(0)
    x = generator.uniform(-3, 3, (SAMPLES, 1))
    y = np.abs(x) + NOISE * generator.standard_normal(x.shape)
    network = MLP((1, units, 1), ACTIVATIONS["relu"], dtype="float64")
    network.initialize(INITIALIZERS["he_normal"], lambda layer: generator)
    loss, optimizer = LOSSES["squared_error"], Adam(network.n_parameters, network.dtype)
    cache, gradient = network.cache(SAMPLES), network.parameters()
    for step in range(STEPS):
        z = network.forward(x, cache).z[-1]
        _, delta = loss.value_and_gradient(z, y)
        network.backward(cache, delta / SAMPLES, out=gradient)
        optimizer.step(network.theta, gradient.flat, 0.01 * (1 - step / STEPS))
    grid = np.linspace(-3, 3, 601)[:, None]
    error = float(np.sqrt(np.mean((network.forward(grid).z[-1] - np.abs(grid)) ** 2)))
    print(f"learned from {SAMPLES} samples with noise {NOISE}: root mean square error {error:.3f}")
    return error


if __name__ == "__main__":
    printed()
    learned()
