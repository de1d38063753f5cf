"""Output activations: their values, and their derivatives against 360-digit arithmetic and each other."""

from decimal import Decimal, localcontext

import numpy as np
import pytest

from mnist_mlp.nn.losses import LOSSES
from mnist_mlp.nn.outputs import OUTPUTS, log_softmax, softmax
from mnist_mlp.nn.types import FloatArray
from tests.nn.reference import EXACT_OUTPUT
from tests.nn.test_losses import K, extreme, moderate

every_output = pytest.mark.parametrize("name", OUTPUTS)
STEP = Decimal("1e-15")


def exact(name: str, Z: FloatArray, *directions: FloatArray) -> FloatArray:
    """The derivative of the outputs along the directions, by central differences; without any the outputs, (n, K)."""

    def along(z: list[Decimal], *rows: list[Decimal]) -> list[Decimal]:
        if not rows:
            return [a for a, _ in EXACT_OUTPUT[name](z)]
        u, *more = rows
        sides = ([x + sign * STEP * d for x, d in zip(z, u, strict=True)] for sign in (1, -1))
        ahead, behind = (along(side, *more) for side in sides)
        return [(a - b) / (2 * STEP) for a, b in zip(ahead, behind, strict=True)]

    with localcontext() as context:
        context.prec = 360
        rows = zip(*([[Decimal(v) for v in row] for row in array.tolist()] for array in (Z, *directions)), strict=True)
        return np.array([[float(value) for value in along(*row)] for row in rows])


@every_output
@pytest.mark.parametrize("arrays", [moderate, extreme], ids=["moderate", "ten thousand"])
def test_the_outputs_and_their_first_three_derivatives_are_finite_and_right(name: str, arrays: object) -> None:
    Z, _, U, V = arrays()  # type: ignore[operator]
    output, W = OUTPUTS[name], U[::-1]
    for found, directions in (
        (output(Z), ()),
        (output.first(Z, U), (U,)),
        (output.second(Z, U, V), (U, V)),
        (output.third(Z, U, V, W), (U, V, W)),
    ):
        expected = exact(name, Z, *directions)
        assert np.isfinite(found).all()
        largest = np.abs(expected).max(axis=1, keepdims=True)
        assert np.max(np.abs(found - expected) / np.maximum(1e-260, largest)) < 1e-12, len(directions)


@every_output
def test_the_products_are_linear_and_symmetric_in_their_arrays(name: str) -> None:
    Z, W, U, V = moderate()
    output = OUTPUTS[name]
    np.testing.assert_allclose(output.first(Z, 2 * U + V), 2 * output.first(Z, U) + output.first(Z, V), atol=1e-14)
    # v . J u = u . J v: the derivative of a loss can be put in for a direction
    np.testing.assert_allclose(np.vecdot(V, output.first(Z, U)), np.vecdot(U, output.first(Z, V)), atol=1e-13)
    np.testing.assert_allclose(np.vecdot(W, output.second(Z, U, V)), np.vecdot(V, output.second(Z, U, W)), atol=1e-13)
    third = output.third(Z, U, V, W)
    np.testing.assert_allclose(third, output.third(Z, W, U, V), rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(third, output.third(Z, V, U, W), rtol=1e-10, atol=1e-13)


def test_what_sums_to_one_does_not_change_in_its_sum() -> None:
    Z, W, U, V = moderate()
    output = OUTPUTS["softmax"]
    for product in (output.first(Z, U), output.second(Z, U, V), output.third(Z, U, V, W)):
        assert np.abs(product.sum(axis=1)).max() < 1e-14
        assert np.abs(product).max() > 1e-2


def test_the_outputs_between_0_and_1_are_the_probabilities() -> None:
    assert {name for name, output in OUTPUTS.items() if output.gives_probabilities} == {"sigmoid", "softmax"}
    assert all(output.name == name for name, output in OUTPUTS.items())


def test_the_logarithm_of_the_softmax_is_the_loss_of_each_class_and_finite_at_ten_thousand() -> None:
    Z, *_ = extreme()
    each = [-LOSSES["cross_entropy"].value(Z, np.tile(hard, (len(Z), 1))) for hard in np.eye(K)]
    np.testing.assert_allclose(log_softmax(Z), np.stack(each, axis=1), rtol=1e-15)
    assert log_softmax(np.array([[1e4, -1e4, 0]])).tolist() == [[0, -2e4, -1e4]]


def test_softmax_at_ten_thousand_gives_whole_probabilities() -> None:
    assert softmax(np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4]])).tolist() == [[1, 0, 0], [1 / 3, 1 / 3, 1 / 3]]
