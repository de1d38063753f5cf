"""Every activation and its three derivatives against 420-digit arithmetic that knows phi alone."""

from decimal import Decimal

import numpy as np
import pytest

from mnist_mlp.nn.activations import ACTIVATIONS, Elementwise
from mnist_mlp.nn.types import FloatArray
from tests.nn.reference import EXACT_PHI, exact_derivatives

ORDERS = ("phi", "prime", "second", "third")
FUNCTIONS = [(name, order) for name in ACTIVATIONS for order in ORDERS]
TOLERANCE = 4e-15

_sizes = np.array([1e-300, 1e-20, 1e-8, 1e-3, 0.1, 0.37, 0.65, 1, 1.3, 1.7, 2.9, 5, 9.3, 15, 20, 37.7, 101.3, 340])
POINTS = np.concatenate([-_sizes[::-1], _sizes])
RELU_POINTS = POINTS[np.abs(POINTS) > 1e-20]  # nearer to the kink, the reference would step over it


def function(name: str, order: str) -> Elementwise:
    f: Elementwise = getattr(ACTIVATIONS[name], order)
    return f


def worst_relative_error(name: str, order: str, found: FloatArray, points: FloatArray = POINTS) -> float:
    """Relative, point by point. phi''' = s (4 - 6s) has a root of its own, where only s can be the scale."""
    exact = exact_derivatives(name, tuple(points.tolist()))
    reference = exact[ORDERS.index(order)]
    scale = np.abs(reference) + (np.abs(exact[1]) if order == "third" else 0)
    assert np.all(found[scale == 0] == 0)
    scale[scale == 0] = 1
    return float(np.max(np.abs(found - reference) / scale))


def test_every_activation_has_a_reference_and_its_own_name() -> None:
    assert list(ACTIVATIONS) == list(EXACT_PHI) == ["identity", "relu", "tanh", "sigmoid", "softplus"]
    assert all(record.name == name for name, record in ACTIVATIONS.items())


@pytest.mark.parametrize(("name", "order"), FUNCTIONS)
def test_function_and_derivatives_keep_their_relative_precision_up_to_340(name: str, order: str) -> None:
    points = RELU_POINTS if name == "relu" else POINTS
    assert worst_relative_error(name, order, function(name, order)(points), points) <= TOLERANCE


def test_the_check_rejects_one_minus_tanh_squared() -> None:
    at_15 = np.array([15.0])
    naive = 1 - np.tanh(at_15) ** 2
    assert 1e-4 < worst_relative_error("tanh", "prime", naive, at_15) < 1e-3
    assert worst_relative_error("tanh", "prime", 1 - np.tanh(POINTS) ** 2) == 1  # rounded to 0 from 20 on


@pytest.mark.parametrize(
    ("name", "order", "wrong"),
    [
        ("tanh", "second", lambda z: 2 * np.tanh(z) / np.cosh(z) ** 2),
        ("sigmoid", "prime", lambda z: (s := 1 / (1 + np.exp(-z))) * (1 - s)),
        ("softplus", "phi", lambda z: np.log(1 + np.exp(z))),
    ],
)
def test_the_check_rejects_a_wrong_sign_and_forms_that_cancel(name: str, order: str, wrong: Elementwise) -> None:
    assert worst_relative_error(name, order, wrong(POINTS)) > 1e-3


def test_the_reference_gives_known_numbers() -> None:
    # tanh at artanh(1/2): t = 1/2, 1 - t^2 = 3/4, -2t(1 - t^2) = -3/4, (1 - t^2)(6 t^2 - 2) = -3/8
    x = float(Decimal(3).ln() / 2)
    assert exact_derivatives("tanh", (x,))[:, 0] == pytest.approx([0.5, 0.75, -0.75, -0.375], rel=1e-15)
    # sigmoid at ln 3: s = 3/4, s(1-s) = 3/16, s'(1-2s) = -3/32, s'(1 - 6s + 6s^2) = -3/128
    x = float(Decimal(3).ln())
    assert exact_derivatives("sigmoid", (x,))[:, 0] == pytest.approx([3 / 4, 3 / 16, -3 / 32, -3 / 128], rel=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize(("order", "following"), [("phi", "prime"), ("prime", "second"), ("second", "third")])
def test_each_function_is_the_derivative_of_the_one_before_it(name: str, order: str, following: str) -> None:
    """By central differences over h and h/2, the error in h^2 taken out (Richardson)."""
    f = function(name, order)
    points = np.concatenate([-(z := np.linspace(0.05, 6.1, 57)), z])  # away from ReLU's kink
    h = 0.004
    coarse, fine = ((f(points + step) - f(points - step)) / (2 * step) for step in (h, h / 2))
    assert np.max(np.abs(function(name, following)(points) - (4 * fine - coarse) / 3)) < 1e-9


def test_the_derivative_of_relu_at_the_kink_is_zero() -> None:
    relu = ACTIVATIONS["relu"]
    kink = np.array([0.0, -0.0])
    for f in relu[1:]:
        assert np.all(f(kink) == 0)
    assert relu.prime(np.array([-5e-324, 5e-324])).tolist() == [0, 1]


@pytest.mark.parametrize(("name", "order"), FUNCTIONS)
def test_out_is_filled_and_returned_and_z_left_alone(name: str, order: str) -> None:
    f = function(name, order)
    z = np.linspace(-3, 3.5, 12).reshape(3, 4)
    before, out = z.copy(), np.full_like(z, np.nan)
    assert f(z, out=out) is out
    assert np.array_equal(out, f(z))
    assert np.array_equal(z, before)


@pytest.mark.parametrize(("name", "order"), FUNCTIONS)
def test_out_may_be_z_itself(name: str, order: str) -> None:
    f = function(name, order)
    z = np.linspace(-3, 3.5, 12).reshape(3, 4)
    expected = f(z)
    assert f(z, out=z) is z
    assert np.array_equal(z, expected)


@pytest.mark.parametrize(("name", "order"), FUNCTIONS)
def test_float32_stays_float32_and_is_right(name: str, order: str) -> None:
    points = RELU_POINTS[np.abs(RELU_POINTS) < 40].astype(np.float32)
    found = function(name, order)(points)
    assert found.dtype == np.float32
    assert worst_relative_error(name, order, found, points.astype(np.float64)) < 1e-6


@pytest.mark.parametrize(("name", "order"), FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_out_everything_is_finite_and_at_its_limit(name: str, order: str, dtype: type[np.floating]) -> None:
    far = np.array([-1e4, 1e4], dtype)
    limits: dict[str, list[list[float]]] = {
        "identity": [[-1e4, 1e4], [1, 1], [0, 0], [0, 0]],
        "relu": [[0, 1e4], [0, 1], [0, 0], [0, 0]],
        "tanh": [[-1, 1], [0, 0], [0, 0], [0, 0]],
        "sigmoid": [[0, 1], [0, 0], [0, 0], [0, 0]],
        "softplus": [[0, 1e4], [0, 1], [0, 0], [0, 0]],
    }
    assert function(name, order)(far).tolist() == limits[name][ORDERS.index(order)]
