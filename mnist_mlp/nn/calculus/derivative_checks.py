"""Checks of every derivative of ``nn`` against ``nn.calculus.reference``, in float64, for one architecture."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mnist_mlp.nn.activations import Activation
from mnist_mlp.nn.calculus import first_order as derivatives, reference as ref, second_order, third_order
from mnist_mlp.nn.initializers import INITIALIZERS
from mnist_mlp.nn.losses import Loss
from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.types import FloatArray

FIRST, HIGHER = 1e-9, 1e-7  # tolerances: first order by complex step, second and third by differences
ALL_INPUTS, ALL_PARAMETERS = 40, 600  # above these sizes three random directions replace all coordinates
L2 = 0.03
STRENGTH = 0.7  # of the input-gradient penalty


@dataclass(frozen=True, slots=True)
class Check:
    """The comparison of one derivative with its reference."""

    derivative: str
    equation: str
    checks: int  # numbers compared
    error: float  # relative, see ``relative_error``
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether the error is within the tolerance; False for NaN."""
        return self.error <= self.tolerance


def relative_error(F: FloatArray, R: FloatArray) -> float:
    """Return max|F - R| / max(1e-8, max|R|); infinity if shapes differ, or F is not zero where R is exactly zero."""
    if F.shape != R.shape or np.any(F[R == 0] != 0):
        return float("inf")
    return float(np.max(np.abs(F - R)) / max(1e-8, np.max(np.abs(R))))


def reduced(sizes: Sequence[int]) -> tuple[int, ...]:
    """Return smaller widths, all different if possible, for as many layers: 784-128-10 becomes 7-5-3."""
    n_layers = len(sizes) - 1
    return tuple(min(size, 2 * (n_layers - i) + 3) for i, size in enumerate(sizes))


def check(
    sizes: Sequence[int], activation: Activation, loss: Loss, *, bias: bool = True, generator: np.random.Generator
) -> Iterator[Check]:
    """Yield a check of every derivative of a network; with ``reduced(sizes)`` all coordinates take a second."""
    case = _Case(sizes, activation, loss, bias, generator)
    for checks in (_elementwise, _first_order, _second_order, _third_order):
        yield from checks(case)


class _Case:
    """A network, a batch away from the kink of ReLU, and the directions of differentiation."""

    def __init__(
        self, sizes: Sequence[int], activation: Activation, loss: Loss, bias: bool, generator: np.random.Generator
    ) -> None:
        self.activation, self.loss = activation, loss
        self.network = MLP(sizes, activation, bias=bias, dtype="float64")
        self.network.initialize(INITIALIZERS["he_normal"], lambda layer: generator)
        theta, n_in, n_out = self.network.theta, sizes[0], sizes[-1]
        theta[self.network.n_weights :] = 0.3 * generator.standard_normal(len(theta) - self.network.n_weights)

        self.n = 4 if n_in <= ALL_INPUTS else 2
        pool = generator.standard_normal((100 * self.n, n_in)) * min(1, (7 / n_in) ** 0.5)
        z = np.concatenate(self._pre_activations(theta, pool)[:-1] or [np.ones((len(pool), 1))], axis=1)
        margin = np.abs(z).min(axis=1)
        chosen = np.argsort(margin)[-self.n :]
        self.X: FloatArray = pool[chosen]
        self.Y: FloatArray = generator.uniform(0.1, 0.9, (self.n, n_out))  # soft targets, rows not summing to 1
        self.e: FloatArray = generator.standard_normal((self.n, n_out))
        # ReLU has no truncation error, but no step may cross its kink.
        self.step = min(0.02, float(margin[chosen].min()) / 50) if activation.name == "relu" else 0.02

        def directions(size: int, limit: int) -> FloatArray:
            random: FloatArray = generator.standard_normal((3, size)) / size**0.5
            return random if size > limit else np.eye(size)

        self.x_directions = directions(n_in, ALL_INPUTS)
        self.theta_directions = directions(len(theta), ALL_PARAMETERS)
        self.u, self.v = (generator.standard_normal((self.n, n_in)) / n_in**0.5 for _ in range(2))
        self.V: FloatArray = generator.standard_normal(len(theta)) / len(theta) ** 0.5
        self.cache = self.network.forward(self.X)
        self.of_output = second_order.of_output(self.cache, self.e)
        self.of_loss = second_order.of_loss(self.cache, loss, self.Y)
        self.G = self.of_loss.gradient

    def _pre_activations(self, theta: ref.Array, X: ref.Array) -> list[ref.Array]:
        network = self.network
        return ref.pre_activations(network.sizes, self.activation.name, network.bias, theta, X)

    def outputs(self, theta: ref.Array, X: ref.Array) -> ref.Array:
        """Return N, (..., n, K)."""
        return self._pre_activations(theta, X)[-1]

    def probabilities(self, theta: ref.Array, X: ref.Array) -> ref.Array:
        """Return the output activation of N, (..., n, K)."""
        return ref.OUTPUT[self.loss.name](self.outputs(theta, X))

    def combination(self, theta: ref.Array, X: ref.Array) -> ref.Array:
        """Return sum_c e_c N_c, (..., n)."""
        combined: ref.Array = (self.e * self.outputs(theta, X)).sum(axis=-1)
        return combined

    def losses(self, theta: ref.Array, X: ref.Array) -> ref.Array:
        """Return the loss of each sample, (..., n)."""
        return ref.LOSS[self.loss.name](self.outputs(theta, X), self.Y)

    def objective(self, theta: ref.Array, X: ref.Array) -> ref.Array:
        """Return (1/n) sum_i loss_i + (l2/2) sum |W|^2."""
        squares = sum((W * W).sum() for W in ref.weights(self.network.sizes, theta))
        return np.asarray(self.losses(theta, X).mean() + L2 / 2 * squares)

    def penalty(self, theta: ref.Array, X: ref.Array) -> ref.Array:
        """Return (strength/2n) sum_i |d loss_i/d x_i|^2."""
        slopes = ref.by_x(self.losses, np.eye(X.shape[-1])[:, None, :])(theta, X)
        return np.asarray(STRENGTH / (2 * self.n) * (slopes**2).sum())

    def at(self, f: ref.Function) -> FloatArray:
        """Return f at the parameters and the batch of this case."""
        return np.asarray(f(self.network.theta, self.X), np.float64)

    def over_x(self, f: ref.Function) -> FloatArray:
        """Return d f/d x along each direction, (..., P)."""
        return np.moveaxis(self.at(ref.by_x(f, self.x_directions[:, None, :])), 0, -1)

    def over_theta(self, f: ref.Function) -> FloatArray:
        """Return d f/d theta along each direction by complex step, (..., P)."""
        return np.stack([self.at(ref.by_theta(f, t)) for t in self.theta_directions], axis=-1)

    def then_over_theta(self, f: ref.Function) -> FloatArray:
        """Return d f/d theta along each direction by central differences, f being a derivative; (..., P)."""
        return np.stack([self.at(ref.then_by_theta(f, t, self.step)) for t in self.theta_directions], axis=-1)

    def then_over_x(self, f: ref.Function) -> FloatArray:
        """Return d f/d x along each direction by central differences, f being a derivative; (..., P)."""
        return np.moveaxis(self.at(ref.then_by_x(f, self.x_directions[:, None, :], self.step)), 0, -1)

    def hessian(self, f: ref.Function) -> FloatArray:
        """Return d2 f/d x2 along each pair of directions, (..., P, P)."""
        rows, columns = self.x_directions[:, None, None, :], self.x_directions[:, None, :]
        return np.moveaxis(self.at(ref.then_by_x(ref.by_x(f, rows), columns, self.step)), (0, 1), (-2, -1))


def _elementwise(case: _Case) -> Iterator[Check]:
    """Check the activation and the loss."""
    phi, f = case.activation, ref.PHI[case.activation.name]
    z = np.concatenate([np.linspace(-9, -0.1, 90), np.linspace(0.1, 9, 90)])

    def slope(t: ref.Array) -> ref.Array:
        return f(t + 1j * ref.TINY).imag / ref.TINY

    def bend(t: ref.Array) -> ref.Array:
        return ref.richardson(lambda h: slope(t + h), 0.02)

    yield _compare("activation, first", "001 f', 002 eq. 13, 004 eq. 34", phi.prime(z), slope(z), FIRST)
    yield _compare("activation, second", "001 f''", phi.second(z), bend(z), HIGHER)
    yield _compare("activation, third", "001 f'''", phi.third(z), ref.richardson(lambda h: bend(z + h), 0.02), HIGHER)

    output, loss = case.cache.z[-1], ref.LOSS[case.loss.name]
    basis = np.eye(output.shape[1])[:, None, :]

    def gradient(logits: ref.Array) -> ref.Array:
        return np.moveaxis(loss(logits[..., None, :, :] + 1j * ref.TINY * basis, case.Y).imag / ref.TINY, -2, -1)

    K = np.stack([case.loss.curvature(output, case.Y, np.broadcast_to(e[0], output.shape)) for e in basis])
    R = ref.richardson(lambda h: gradient(output + h * basis), 0.02)
    G = case.loss.value_and_gradient(output, case.Y)[1]
    yield _compare("loss by output", "002 eq. 10-12, 003 2.2.1, 004 eq. 22", G, gradient(output), FIRST)
    yield _compare("loss by output twice", "002 eq. 10-12, 004 eq. 13, 17", K, R, HIGHER)


def _first_order(case: _Case) -> Iterator[Check]:
    network, cache, T, U = case.network, case.cache, case.theta_directions.T, case.x_directions.T
    R = case.over_theta(case.losses)
    batch = network.backward(cache, case.G / case.n, network.parameters()).flat
    yield _compare("loss by parameters", "002 eq. 8-9, 003 3, 004 eq. 25-40", batch @ T, R.mean(axis=0), FIRST)
    gradients = derivatives.sample_gradients(network, cache, case.G)
    each = gradients.each()
    yield _compare("loss by parameters, per sample", "002 eq. 14", each @ T, R, FIRST)
    yield _compare("loss by parameters, summed", "003 3", gradients.sum().flat @ T, R.sum(axis=0), FIRST)
    R = np.linalg.norm(R if len(T) <= ALL_PARAMETERS else each, axis=1)  # a norm needs every coordinate
    yield _compare("norm of these, per sample", "002 eq. 14", gradients.norms(), R, FIRST)
    F = derivatives.sample_gradients(network, cache, case.e).each() @ T
    yield _compare("output by parameters", "001 eq. 2", F, case.over_theta(case.combination), FIRST)

    F = derivatives.input_gradient(network, cache, case.G) @ U
    yield _compare("loss by input", "001 eq. 3, 003 2.2.4", F, case.over_x(case.losses), FIRST)
    jacobian, R = derivatives.jacobian_reverse(network, cache), case.over_x(case.outputs)
    yield _compare("outputs by input, reverse mode", "001 eq. 3", jacobian @ U, R, FIRST)
    F = derivatives.jacobian_forward(network, cache) @ U
    yield _compare("outputs by input, forward mode", "001 eq. 3", F, R, FIRST)
    F = derivatives.output_jacobian(case.loss, cache.z[-1], jacobian) @ U
    yield _compare("probabilities by input", "004 eq. 13, 17", F, case.over_x(case.probabilities), FIRST)


def _second_order(case: _Case) -> Iterator[Check]:
    network, cache, T, U = case.network, case.cache, case.theta_directions.T, case.x_directions.T
    F = U.T @ second_order.output_hessians(network, cache) @ U
    yield _compare("outputs by input twice", "001 eq. 4", F, case.hessian(case.outputs), HIGHER)
    f: ref.Function
    for name, scalar, f in (("output", case.of_output, case.combination), ("loss", case.of_loss, case.losses)):
        slope = ref.by_x(f, case.u)
        F = U.T @ second_order.input_hessian(network, cache, scalar) @ U
        yield _compare(f"{name} by input twice", "001 eq. 4", F, case.hessian(f), HIGHER)
        F = second_order.input_hvp(network, cache, scalar, case.u) @ U
        yield _compare(f"{name} by input twice, times u", "001 eq. 4", F, case.then_over_x(slope), HIGHER)
        F = second_order.mixed_gradients(network, cache, scalar, case.u).each() @ T
        yield _compare(f"{name} by input and parameters", "001 eq. 5", F, case.then_over_theta(slope), HIGHER)

    F = second_order.theta_hvp(network, cache, case.of_loss, case.V, L2).flat @ T
    R = case.then_over_theta(ref.by_theta(case.objective, case.V))
    yield _compare("loss by parameters twice, times V", "002 eq. 3, 8-9", F, R, HIGHER)
    out = network.parameters()
    value = second_order.input_gradient_penalty(network, cache, case.of_loss, STRENGTH, out)
    yield _compare("input-gradient penalty", "001 eq. 3", np.array(value), case.at(case.penalty), FIRST)
    R = case.then_over_theta(case.penalty)
    yield _compare("input-gradient penalty by parameters", "001 eq. 5", out.flat @ T, R, HIGHER)


def _third_order(case: _Case) -> Iterator[Check]:
    network, cache, T = case.network, case.cache, case.theta_directions.T
    axes = np.eye(network.sizes[0])  # x_i, x_l with i != l: the misprint in 001 (6b) is correct for i = l
    u, v = (np.stack([d, np.broadcast_to(axis, d.shape)]) for d, axis in ((case.u, axes[0]), (case.v, axes[-1])))
    pairs = list(zip(u, v, strict=True))
    F = np.stack([third_order.second_directional(network, cache, *uv) for uv in pairs])
    R = case.at(ref.then_by_x(ref.by_x(case.outputs, u), v, case.step))
    yield _compare("outputs by input twice, along u and v", "001 eq. 4", F, R, HIGHER)
    F = np.stack([third_order.third_order_gradients(network, cache, case.e, *uv).each() @ T for uv in pairs])
    R = case.then_over_theta(ref.then_by_x(ref.by_x(case.combination, u), v, case.step))
    yield _compare("output by input twice and parameters", "001 eq. 6", F, R, HIGHER)

    F = third_order.laplacian(network, cache)
    yield _compare("Laplacian of the outputs", "001 eq. 4", F, case.at(ref.laplacian(case.outputs, case.step)), HIGHER)
    F = third_order.laplacian_gradients(network, cache, case.e).each() @ T
    R = case.then_over_theta(ref.laplacian(case.combination, case.step))
    yield _compare("Laplacian of the output by parameters", "001 eq. 6", F, R, HIGHER)


def _compare(derivative: str, equation: str, F: FloatArray, R: FloatArray, tolerance: float) -> Check:
    return Check(derivative, equation, F.size, relative_error(F, R), tolerance)
