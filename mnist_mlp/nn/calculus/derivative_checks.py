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

TOLERANCE = 1e-9  # of a relative error; those of correct derivatives are below 1e-9 in thousands of random networks
# The terms of a derivative are about as large as the largest number of it, or as 1, because the parameters are scaled
# so. A number below this fraction of them is a sum whose terms cancel: its rounding error is theirs.
CANCELLED = 1e-4
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

    @property
    def ok(self) -> bool:
        """Whether the error is within the tolerance; False for NaN."""
        return self.error <= TOLERANCE


def relative_error(F: FloatArray, R: FloatArray) -> float:
    """Return max |F - R| / max(|R|, CANCELLED * max(1, max |R|)); infinity if the shapes differ."""
    if F.shape != R.shape:
        return float("inf")
    size = np.abs(R)
    return float(np.max(np.abs(F - R) / np.maximum(size, CANCELLED * max(1, np.max(size)))))


def reduced(sizes: Sequence[int]) -> tuple[int, ...]:
    """Return smaller widths, all different if possible, for as many layers: 784-128-10 becomes 7-5-3."""
    n_layers = len(sizes) - 1
    return tuple(min(size, 2 * (n_layers - i) + 3) for i, size in enumerate(sizes))


def check(
    sizes: Sequence[int],
    activation: Activation | Sequence[Activation],
    loss: Loss,
    *,
    bias: bool = True,
    generator: np.random.Generator,
) -> Iterator[Check]:
    """Yield a check of every derivative of a network; with ``reduced(sizes)`` all coordinates take a second."""
    case = _Case(MLP(sizes, activation, bias=bias, dtype="float64"), loss, generator)
    for checks in (_elementwise, _first_order, _second_order, _third_order):
        yield from checks(case)


class _Case:
    """A network, a batch away from the kink of ReLU, and the directions of differentiation."""

    def __init__(self, network: MLP, loss: Loss, generator: np.random.Generator) -> None:
        self.network, self.loss = network, loss
        theta, n_in, n_out = network.theta, network.sizes[0], network.sizes[-1]
        self.n = 4 if n_in <= ALL_INPUTS else 2
        pool = generator.standard_normal((100 * self.n, n_in)) * min(1, (7 / n_in) ** 0.5)
        self._draw_parameters(pool, generator)
        margin = np.abs(np.concatenate(network.forward(pool).z, axis=1)).min(axis=1)
        self.X: FloatArray = pool[np.argsort(margin)[-self.n :]]  # away from the kink of ReLU
        self.Y: FloatArray = generator.uniform(0.1, 0.9, (self.n, n_out))  # soft targets, rows not summing to 1
        self.e: FloatArray = generator.standard_normal((self.n, n_out))

        def directions(size: int, limit: int) -> FloatArray:
            random: FloatArray = generator.standard_normal((3, size)) / size**0.5
            return random if size > limit else np.eye(size)

        self.x_directions = directions(n_in, ALL_INPUTS)
        self.theta_directions = directions(len(theta), ALL_PARAMETERS)
        self.u, self.v = (generator.standard_normal((self.n, n_in)) / n_in**0.5 for _ in range(2))
        self.V: FloatArray = generator.standard_normal(len(theta)) / len(theta) ** 0.5
        self.cache = self.network.forward(self.X)
        self.of_output = second_order.of_output(self.cache, self.e)
        self.of_activated_output = second_order.of_activated_output(self.cache, loss.output, self.e)
        self.of_loss = second_order.of_loss(self.cache, loss, self.Y)
        self.G = self.of_loss.gradient
        self.scalars: dict[str, list[tuple[second_order.Scalar, ref.Function]]] = {
            "output": [(self.of_output, self.combination), (self.of_activated_output, self.activated_combination)],
            "loss": [(self.of_loss, self.losses)],
        }

    def _draw_parameters(self, pool: FloatArray, generator: np.random.Generator) -> None:
        """Draw parameters so that the pre-activations of a layer have a mean square of 1 (Mishkin and Matas 2016).

        No activation is saturated then, and no output is so large or small that its derivatives are rounding errors.
        """
        network, theta, a = self.network, self.network.theta, pool
        network.initialize(INITIALIZERS["he_normal"], lambda layer: generator)
        theta[network.n_weights :] = 0.3 * generator.standard_normal(len(theta) - network.n_weights)
        for layer, phi in zip(network.layers, [*network.activations, None], strict=True):
            b = np.zeros(layer.W.shape[1]) if layer.b is None else layer.b
            z = a @ layer.W + b
            positive, negative = ((sign * z > 0).any(axis=1).sum() for sign in (1, -1))
            factor = (1 if positive >= negative else -1) / np.sqrt(np.mean(z * z))  # few rows in which ReLU is 0
            for parameters in (layer.W, b):
                np.multiply(parameters, factor, out=parameters)
            a = phi.phi(factor * z) if phi else z

    def _pre_activations(self, theta: ref.HyperDual, X: ref.HyperDual) -> list[ref.HyperDual]:
        network = self.network
        names = [activation.name for activation in network.activations]
        return ref.pre_activations(network.sizes, names, network.bias, theta, X)

    def outputs(self, theta: ref.HyperDual, X: ref.HyperDual) -> ref.HyperDual:
        """Return N, (..., n, K)."""
        return self._pre_activations(theta, X)[-1]

    def activated(self, theta: ref.HyperDual, X: ref.HyperDual) -> ref.HyperDual:
        """Return the output activation of N, (..., n, K)."""
        return ref.OUTPUT[self.loss.output.name](self.outputs(theta, X))

    def combination(self, theta: ref.HyperDual, X: ref.HyperDual) -> ref.HyperDual:
        """Return sum_c e_c N_c, (..., n)."""
        return (self.outputs(theta, X) * self.e).sum(-1)

    def activated_combination(self, theta: ref.HyperDual, X: ref.HyperDual) -> ref.HyperDual:
        """Return sum_c e_c phi(N)_c, (..., n)."""
        return (self.activated(theta, X) * self.e).sum(-1)

    def losses(self, theta: ref.HyperDual, X: ref.HyperDual) -> ref.HyperDual:
        """Return the loss of each sample, (..., n)."""
        return ref.losses(self.loss.name, self.loss.output.name, self.outputs(theta, X), self.Y)

    def objective(self, theta: ref.HyperDual, X: ref.HyperDual) -> ref.HyperDual:
        """Return (1/n) sum_i loss_i + (l2/2) sum |W|^2, (...)."""
        J = self.losses(theta, X).sum(-1) * (1 / self.n)
        for W in ref.weights(self.network.sizes, theta):
            J += (W * W).sum(-1).sum(-1) * (L2 / 2)
        return J

    def penalty(self, theta: ref.HyperDual, X: ref.HyperDual) -> ref.HyperDual:
        """Return (strength/2n) sum_i |d loss_i/d x_i|^2, (...)."""
        g = ref.by_each_x(self.losses, self.network.sizes[0])(theta, X)
        return (g * g).sum(-1).sum(0) * (STRENGTH / (2 * self.n))

    def at(self, f: ref.Function) -> FloatArray:
        """Return f at the parameters and the batch of this case."""
        return ref.at(f, self.network.theta, self.X)

    def over_x(self, f: ref.Function) -> FloatArray:
        """Return d f/d x along each direction, (..., P)."""
        return np.moveaxis(self.at(ref.by_x(f, self.x_directions[:, None, :])), 0, -1)

    def over_theta(self, f: ref.Function) -> FloatArray:
        """Return d f/d theta along each direction, (..., P)."""
        parts = np.array_split(self.theta_directions, -(-len(self.theta_directions) // 50))  # to save memory
        return np.moveaxis(np.concatenate([self.at(ref.by_theta(f, part)) for part in parts]), 0, -1)

    def hessian(self, f: ref.Function) -> FloatArray:
        """Return d2 f/d x2 along each pair of directions, (..., P, P)."""
        rows, columns = self.x_directions[:, None, None, :], self.x_directions[:, None, :]
        return np.moveaxis(self.at(ref.by_x(ref.by_x(f, rows), columns)), (0, 1), (-2, -1))


def _elementwise(case: _Case) -> Iterator[Check]:
    """Check the activations and the loss."""
    z = np.concatenate([np.linspace(-9, -0.1, 90), np.linspace(0.1, 9, 90)])
    one = np.ones_like(z)
    first, second, third = [], [], []
    for phi in dict.fromkeys(case.network.activations):
        slope = ref.PHI[phi.name](ref.HyperDual({0: z, 1: one, 2: one, 4: one})).coefficient(1)
        first.append((phi.prime(z), slope.real))
        second.append((phi.second(z), slope.coefficient(2).real))
        third.append((phi.third(z), slope.coefficient(2).coefficient(4).real))
    if case.network.activations:
        yield _compare("activation, first", "001 f', 002 eq. 13, 004 eq. 34", *first)
        yield _compare("activation, second", "001 f''", *second)
        yield _compare("activation, third", "001 f'''", *third)

    logits, loss = case.cache.z[-1], case.loss
    basis: FloatArray = np.eye(logits.shape[1])[:, None, :]

    def of_logits(theta: ref.HyperDual, Z: ref.HyperDual) -> ref.HyperDual:
        return ref.losses(loss.name, loss.output.name, Z, case.Y)

    theta, axes = case.network.theta, [np.broadcast_to(e[0], logits.shape) for e in basis]
    by_logits = ref.by_x(of_logits, basis)
    values = loss.value(logits, case.Y), ref.at(of_logits, theta, logits)
    R = np.moveaxis(ref.at(by_logits, theta, logits), 0, -1)
    yield _compare("loss, and loss by output", "002 eq. 4-6, 10-12, 004 eq. 22", values, (case.G, R))
    twice = ref.by_x(by_logits, basis[:, None])
    K = np.stack([loss.curvature(logits, case.Y, e) for e in axes])
    T = np.stack([loss.third(logits, case.Y, e, case.e) for e in axes])
    R, R3 = (np.moveaxis(ref.at(f, theta, logits), 1, -1) for f in (twice, ref.by_x(twice, case.e)))
    yield _compare("loss by output twice, three times", "002 eq. 10-12, 004 eq. 13, 17", (K, R), (T, R3))


def _first_order(case: _Case) -> Iterator[Check]:
    network, cache, T, U = case.network, case.cache, case.theta_directions.T, case.x_directions.T
    R = case.over_theta(case.losses)
    batch = network.backward(cache, case.G / case.n, network.parameters()).flat
    yield _compare("loss by parameters", "002 eq. 8-9, 003 3, 004 eq. 25-40", (batch @ T, R.mean(axis=0)))
    gradients = derivatives.sample_gradients(network, cache, case.G)
    each = gradients.each()
    yield _compare("loss by parameters, per sample", "002 eq. 14", (each @ T, R))
    yield _compare("loss by parameters, summed", "003 3", (gradients.sum().flat @ T, R.sum(axis=0)))
    R = np.linalg.norm(R if len(T) <= ALL_PARAMETERS else each, axis=1)  # a norm needs every coordinate
    yield _compare("norm of these, per sample", "002 eq. 14", (gradients.norms(), R))
    F = derivatives.sample_gradients(network, cache, case.e).each() @ T
    activated = derivatives.sample_gradients(network, cache, case.of_activated_output.gradient).each() @ T
    pairs = (F, case.over_theta(case.combination)), (activated, case.over_theta(case.activated_combination))
    yield _compare("output by parameters", "001 eq. 2", *pairs)

    F = derivatives.input_gradient(network, cache, case.G) @ U
    yield _compare("loss by input", "001 eq. 3, 003 2.2.4", (F, case.over_x(case.losses)))
    jacobian, R = derivatives.jacobian_reverse(network, cache), case.over_x(case.outputs)
    yield _compare("outputs by input, reverse mode", "001 eq. 3", (jacobian @ U, R))
    F = derivatives.jacobian_forward(network, cache) @ U
    yield _compare("outputs by input, forward mode", "001 eq. 3", (F, R))
    F = derivatives.output_jacobian(case.loss.output, cache.z[-1], jacobian) @ U
    yield _compare("activated outputs by input", "002 eq. 10, 004 eq. 13, 17", (F, case.over_x(case.activated)))


def _second_order(case: _Case) -> Iterator[Check]:
    network, cache, T, U = case.network, case.cache, case.theta_directions.T, case.x_directions.T
    F = U.T @ second_order.output_hessians(network, cache) @ U
    yield _compare("outputs by input twice", "001 eq. 4", (F, case.hessian(case.outputs)))
    for name, scalars in case.scalars.items():
        hessians, products, mixed = [], [], []
        for scalar, f in scalars:
            slope = ref.by_x(f, case.u)
            hessians.append((U.T @ second_order.input_hessian(network, cache, scalar) @ U, case.hessian(f)))
            F = second_order.input_hvp(network, cache, scalar, case.u) @ U
            products.append((F, case.over_x(slope)))
            F = second_order.mixed_gradients(network, cache, scalar, case.u).each() @ T
            mixed.append((F, case.over_theta(slope)))
        yield _compare(f"{name} by input twice", "001 eq. 4", *hessians)
        yield _compare(f"{name} by input twice, times u", "001 eq. 4", *products)
        yield _compare(f"{name} by input and parameters", "001 eq. 5", *mixed)

    F = second_order.theta_hvp(network, cache, case.of_loss, case.V, L2).flat @ T
    R = case.over_theta(ref.by_theta(case.objective, case.V))
    yield _compare("loss by parameters twice, times V", "002 eq. 3, 8-9", (F, R))
    out = network.parameters()
    value = second_order.input_gradient_penalty(network, cache, case.of_loss, STRENGTH, out)
    yield _compare("input-gradient penalty", "001 eq. 3", (np.array(value), case.at(case.penalty)))
    R = case.over_theta(case.penalty)
    yield _compare("input-gradient penalty by parameters", "001 eq. 5", (out.flat @ T, R))


def _third_order(case: _Case) -> Iterator[Check]:
    network, cache, T = case.network, case.cache, case.theta_directions.T
    axes = np.eye(network.sizes[0])  # x_i, x_l with i != l: the misprint in 001 (6b) is correct for i = l
    u, v = (np.stack([d, np.broadcast_to(axis, d.shape)]) for d, axis in ((case.u, axes[0]), (case.v, axes[-1])))
    uv = list(zip(u, v, strict=True))
    F = np.stack([third_order.second_directional(network, cache, *pair) for pair in uv])
    R = case.at(ref.by_x(ref.by_x(case.outputs, u), v))
    yield _compare("outputs by input twice, along u and v", "001 eq. 4", (F, R))
    along, laplacians = [], []
    for scalar, f in [pair for pairs in case.scalars.values() for pair in pairs]:
        F = np.stack([third_order.third_order_gradients(network, cache, scalar, *pair).each() @ T for pair in uv])
        R = np.stack([case.over_theta(ref.by_x(ref.by_x(f, a), b)) for a, b in uv])
        along.append((F, R))
        F = third_order.laplacian_gradients(network, cache, scalar).each() @ T
        laplacians.append((F, case.over_theta(ref.laplacian(f, network.sizes[0]))))
    yield _compare("output, loss by input twice, parameters", "001 eq. 6", *along)
    F, R = third_order.laplacian(network, cache), case.at(ref.laplacian(case.outputs, network.sizes[0]))
    yield _compare("Laplacian of the outputs", "001 eq. 4", (F, R))
    yield _compare("Laplacian of output, loss by parameters", "001 eq. 6", *laplacians)


def _compare(derivative: str, equation: str, *pairs: tuple[FloatArray, FloatArray]) -> Check:
    error = max(relative_error(F, R) for F, R in pairs)
    return Check(derivative, equation, sum(F.size for F, _ in pairs), error)
