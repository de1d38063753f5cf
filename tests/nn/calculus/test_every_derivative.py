"""Properties that the derivatives of every order share."""

from collections.abc import Callable

import numpy as np

from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.calculus.first_order import (
    backpropagate,
    input_gradient,
    jacobian_forward,
    jacobian_reverse,
    output_jacobian,
)
from mnist_mlp.nn.calculus.second_order import (
    input_gradient_penalty,
    input_hessian,
    input_hvp,
    of_loss,
    of_output,
    output_hessians,
    theta_hvp,
)
from mnist_mlp.nn.calculus.third_order import laplacian, laplacian_gradients, second_directional, third_order_gradients
from mnist_mlp.nn.network import Cache
from mnist_mlp.nn.outputs import OUTPUTS
from mnist_mlp.nn.types import FloatArray
from tests.nn.calculus.cases import CROSS_ENTROPY, Case


def copies(cache: Cache) -> list[FloatArray]:
    """Every array in it."""
    return [array.copy() for array in (*cache.a, *cache.z, *cache.delta, *cache.prime, cache.ones)]


def everything(case: Case) -> dict[str, FloatArray]:
    """The result of every function, as one array each."""
    network, cache, e, u, v = case.network, case.cache, case.e, case.u, case.v
    penalty = network.parameters()
    input_gradient_penalty(network, cache, case.loss, 0.3, penalty)
    jacobian = jacobian_reverse(network, cache)
    return {
        **{name: gradients.each() for name, gradients in case.theta_gradients().items()},
        **{f"sum of {name}": gradients.sum().flat for name, gradients in case.theta_gradients().items()},
        **{f"norms of {name}": gradients.norms() for name, gradients in case.theta_gradients().items()},
        "backpropagate": backpropagate(network, cache, case.loss.gradient)[0],
        "input_gradient": input_gradient(network, cache, case.loss.gradient),
        "jacobian_reverse": jacobian,
        "jacobian_forward": jacobian_forward(network, cache),
        **{f"output {name}": output_jacobian(output, cache.z[-1], jacobian) for name, output in OUTPUTS.items()},
        "input_hessian": input_hessian(network, cache, case.loss),
        "output_hessians": output_hessians(network, cache),
        "input_hvp": input_hvp(network, cache, case.loss, u),
        "theta_hvp": theta_hvp(network, cache, case.loss, case.V, 0.1).flat,
        "penalty": penalty.flat,
        "second_directional": second_directional(network, cache, u, v),
        "laplacian": laplacian(network, cache),
        "third order, e in float64": third_order_gradients(
            network, cache, of_output(cache, e.astype("float64")), u, v
        ).each(),
    }


def test_float32_stays_float32_and_agrees_with_float64() -> None:
    double = everything(case := Case((4, 6, 5, 3)))
    single_case = Case((4, 6, 5, 3), dtype="float32")
    assert np.allclose(single_case.X, case.X)
    for name, found in everything(single_case).items():
        assert found.dtype == np.float32, name
        assert np.max(np.abs(found - double[name])) <= 1e-4 * np.max(np.abs(double[name])), name


def test_nothing_changes_the_cache_the_parameters_or_the_arguments(case: Case) -> None:
    arguments = [case.X, case.Y, case.e, case.u, case.v, case.V, case.network.theta, case.loss.gradient]
    before = [*copies(case.cache), *(array.copy() for array in arguments)]
    first = everything(case)
    for array, copy in zip([*copies(case.cache), *arguments], before, strict=True):
        assert np.array_equal(array, copy, equal_nan=True)
    for name, again in everything(case).items():
        assert np.array_equal(again, first[name]), name


def test_nothing_loops_over_the_samples() -> None:
    """phi's derivatives are asked for equally often whatever the batch, and never for less than the batch."""
    calls: dict[int, list[tuple[int, ...]]] = {}

    def counted(n: int, f: Callable[..., FloatArray]) -> Callable[..., FloatArray]:
        def count(z: FloatArray, out: FloatArray | None = None) -> FloatArray:
            calls.setdefault(n, []).append(z.shape)
            return f(z, out)

        return count

    for n in (2, 200):
        tanh = ACTIVATIONS["tanh"]
        counting = tanh._replace(
            prime=counted(n, tanh.prime), second=counted(n, tanh.second), third=counted(n, tanh.third)
        )
        everything(Case((4, 6, 5, 3), counting, n=n))
    assert len(calls[2]) == len(calls[200]) > 0
    assert all(shape[0] == 200 for shape in calls[200])


def test_a_sample_s_derivatives_do_not_depend_on_the_rest_of_the_batch(case: Case) -> None:
    network, i = case.network, case.n - 2
    alone = network.forward(case.X[i : i + 1])
    e, u, v = case.e[i : i + 1], case.u[i : i + 1], case.v[i : i + 1]
    for whole, single in (
        (jacobian_forward(network, case.cache), jacobian_forward(network, alone)),
        (output_hessians(network, case.cache), output_hessians(network, alone)),
        (laplacian(network, case.cache), laplacian(network, alone)),
        (
            third_order_gradients(network, case.cache, case.output, case.u, case.v).each(),
            third_order_gradients(network, alone, of_output(alone, e), u, v).each(),
        ),
        (
            laplacian_gradients(network, case.cache, case.output).each(),
            laplacian_gradients(network, alone, of_output(alone, e)).each(),
        ),
        (
            laplacian_gradients(network, case.cache, case.loss).each(),
            laplacian_gradients(network, alone, of_loss(alone, CROSS_ENTROPY, case.Y[i : i + 1])).each(),
        ),
    ):
        np.testing.assert_allclose(whole[i], single[0], rtol=1e-11, atol=1e-13)
