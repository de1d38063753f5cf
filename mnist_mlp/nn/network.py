"""The L-layer network of 002 in matrix form, one row a sample (003 section 3, 004 eq. 1-4).

z[l] = a[l-1] @ W[l] + b[l]        a[l] = phi[l](z[l])        a[0] = X        output: z[L]

The last layer is linear: its activation belongs to the loss (``nn.losses``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from mnist_mlp.nn.activations import Activation
from mnist_mlp.nn.initializers import Initializer
from mnist_mlp.nn.types import FloatArray, aligned_zeros


class Layer(NamedTuple):
    """The parameters of a layer, or their gradient, as views into one flat vector."""

    W: FloatArray  # (n_in, n_out)
    b: FloatArray | None  # (n_out,); None in a network without biases


class Parameters(NamedTuple):
    """All parameters, or the derivatives by them: a flat vector and its layers as views."""

    flat: FloatArray  # (N,): all W first, then all b
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class Cache:
    """The arrays of one batch that ``forward`` fills and ``backward`` reads; every pass overwrites them."""

    a: list[FloatArray]  # a[0] = X; a[l] (batch, n_l)
    z: list[FloatArray]  # z[0] is that of the first layer; z[-1] is the output
    delta: list[FloatArray]  # scratch for the hidden layers' delta
    prime: list[FloatArray]  # scratch for phi'(z)
    masks: list[FloatArray]  # hidden layers' dropout masks (batch, n_l); none without dropout
    ones: FloatArray  # (batch,): ones @ delta sums its columns, faster than sum(axis=0)


class MLP:
    """A feed-forward network over one flat parameter vector ``theta``.

    sizes: n_0 (input), n_1, ..., n_L (output). activation: one for all hidden layers, or a sequence with one for each;
    ``activations[l - 1]`` is phi[l], the activation of hidden layer l.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Activation | Sequence[Activation],
        *,
        bias: bool = True,
        dtype: str = "float32",
    ) -> None:
        self.sizes, self.bias, self.dtype = tuple(sizes), bias, np.dtype(dtype)
        n_hidden = len(self.sizes) - 2
        self.activations = (activation,) * n_hidden if isinstance(activation, Activation) else tuple(activation)
        if len(self.activations) != n_hidden:
            raise ValueError(f"{len(self.activations)} activations for {n_hidden} hidden layers")
        self.n_weights = sum(n_in * n_out for n_in, n_out in pairwise(self.sizes))
        self.n_parameters = self.n_weights + (sum(self.sizes[1:]) if bias else 0)
        self.theta, self.layers = self.parameters()

    def __repr__(self) -> str:
        return f"<MLP {self.architecture}>"

    @property
    def architecture(self) -> str:
        """The widths and the activations, such as ``784-128-10 relu``."""
        return " ".join(["-".join(map(str, self.sizes)), *self.activation_names])

    @property
    def activation_names(self) -> tuple[str, ...]:
        """The names of the activations, one for each hidden layer; a single one if all are equal."""
        names = tuple(activation.name for activation in self.activations)
        return names[:1] if len(set(names)) == 1 else names

    def __getstate__(self) -> dict[str, Any]:
        """Return the state for pickle and copy, without the views, which would become separate arrays."""
        return {name: value for name, value in vars(self).items() if name != "layers"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.layers = self.view(self.theta).layers

    def parameters(self) -> Parameters:
        """Return zeros in the shape of ``theta``, with their layers: for a gradient."""
        return self.view(aligned_zeros((self.n_parameters,), self.dtype))

    def view(self, flat: FloatArray) -> Parameters:
        """Return the layers of a flat vector (N,), or of a stack of vectors (..., N), as views."""
        layers, w, b = [], 0, self.n_weights
        for n_in, n_out in pairwise(self.sizes):
            weights = flat[..., w : w + n_in * n_out].reshape(*flat.shape[:-1], n_in, n_out)
            layers.append(Layer(weights, flat[..., b : b + n_out] if self.bias else None))
            w, b = w + n_in * n_out, b + n_out
        return Parameters(flat, tuple(layers))

    def initialize(self, initializer: Initializer, generator: "Callable[[int], np.random.Generator]") -> None:
        """Draw the weights of layer i from ``generator(i)`` (002 1.7); biases become zero."""
        self.theta.fill(0)
        for i, (W, _) in enumerate(self.layers):
            W[...] = initializer(generator(i), *W.shape)

    def cache(self, batch: int) -> Cache:
        """Return the arrays that a pass over ``batch`` rows needs."""
        a, z = self.arrays(batch, self.sizes[:-1]), self.arrays(batch, self.sizes[1:])
        delta, prime = (self.arrays(batch, self.sizes[1:-1]) for _ in range(2))
        return Cache(a, z, delta, prime, masks=[], ones=np.ones(batch, self.dtype))

    def arrays(self, batch: int, sizes: Sequence[int]) -> list[FloatArray]:
        """Return an uninitialised array (batch, n) for each n of ``sizes``."""
        return [np.empty((batch, n), self.dtype) for n in sizes]

    def forward(self, X: FloatArray, cache: Cache | None = None) -> Cache:
        """Fill the cache from X (batch, n_0) (002 eq. 1-2; 004 eq. 1-4); the output is ``cache.z[-1]``.

        With dropout masks in the cache a[l] = mask[l] * phi(z[l]) (Srivastava et al. 2014).
        """
        cache = cache or self.cache(len(X))
        cache.a[0] = X
        for i, (W, b) in enumerate(self.layers):
            z = np.dot(cache.a[i], W, out=cache.z[i])
            if b is not None:
                z += b
            if i + 1 < len(self.layers):
                self.activations[i].phi(z, out=cache.a[i + 1])
                if cache.masks:
                    cache.a[i + 1] *= cache.masks[i]
        return cache

    def backward(self, cache: Cache, delta: FloatArray, out: Parameters) -> Parameters:
        """Write the gradient of the loss into ``out`` (002 eq. 8, 9, 13; 004 eq. 25-40).

        dW[l] = a[l-1].T @ delta[l]        db[l] = delta[l].sum(axis=0)
        delta[l-1] = (delta[l] @ W[l].T) * phi_prime(z[l-1])        (* mask[l-1] with dropout)

        delta: (batch, n_L), the derivative of the loss by the output, with the 1/batch of the mean.
        """
        for i in reversed(range(len(self.layers))):
            dW, db = out.layers[i]
            np.dot(cache.a[i].T, delta, out=dW)
            if db is not None:
                np.dot(cache.ones, delta, out=db)
            if i > 0:
                delta = np.dot(delta, self.layers[i].W.T, out=cache.delta[i - 1])
                delta *= self.activations[i - 1].prime(cache.z[i - 1], out=cache.prime[i - 1])
                if cache.masks:
                    delta *= cache.masks[i - 1]
        return out
