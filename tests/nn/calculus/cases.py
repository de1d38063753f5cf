"""Networks of any sizes in a batch, and what their derivatives are taken along."""

from collections.abc import Sequence

import numpy as np

from mnist_mlp.nn.activations import ACTIVATIONS, Activation
from mnist_mlp.nn.calculus.first_order import SampleGradients, sample_gradients
from mnist_mlp.nn.calculus.second_order import mixed_gradients, of_loss, of_output
from mnist_mlp.nn.calculus.third_order import laplacian_gradients, third_order_gradients
from mnist_mlp.nn.initializers import INITIALIZERS
from mnist_mlp.nn.losses import LOSSES
from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.types import FloatArray

CROSS_ENTROPY = LOSSES["cross_entropy"]


class Case:
    """A network of any sizes in a batch of n, and something to differentiate along."""

    def __init__(
        self,
        sizes: tuple[int, ...] = (4, 6, 5, 3),
        activation: Activation | Sequence[Activation] = ACTIVATIONS["tanh"],
        *,
        n: int = 7,
        bias: bool = True,
        dtype: str = "float64",
    ) -> None:
        generator = np.random.default_rng(sum(sizes) + n)
        self.n = n
        self.network = MLP(sizes, activation, bias=bias, dtype=dtype)
        self.network.initialize(INITIALIZERS["glorot_normal"], lambda layer: generator)
        self.network.theta[self.network.n_weights :] = 0.1
        self.X, self.u, self.v = (generator.standard_normal((n, sizes[0])).astype(dtype) for _ in range(3))
        self.e, logits = (generator.standard_normal((n, sizes[-1])).astype(dtype) for _ in range(2))
        self.Y: FloatArray = np.eye(sizes[-1], dtype=dtype)[logits.argmax(axis=1)]
        self.V: FloatArray = generator.standard_normal(self.network.n_parameters).astype(dtype)
        self.cache = self.network.forward(self.X)
        self.loss = of_loss(self.cache, CROSS_ENTROPY, self.Y)
        self.output = of_output(self.cache, self.e)

    def theta_gradients(self) -> dict[str, SampleGradients]:
        """Every kind of gradient by theta."""
        network, cache, u, v = self.network, self.cache, self.u, self.v
        return {
            "first order": sample_gradients(network, cache, self.loss.gradient),
            "mixed": mixed_gradients(network, cache, self.loss, u),
            "third order": third_order_gradients(network, cache, self.output, u, v),
            "third order, one direction for all": third_order_gradients(network, cache, self.output, u[0], v[0]),
            "third order of the loss": third_order_gradients(network, cache, self.loss, u, v),
            "Laplacian": laplacian_gradients(network, cache, self.output),
            "Laplacian of the loss": laplacian_gradients(network, cache, self.loss),
        }
