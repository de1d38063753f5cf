"""The documents' own examples run, and show what they claim."""

import importlib.util
import itertools
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "scripts" / "examples"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_closed_form_of_000_and_the_general_network_stay_equal_to_rounding() -> None:
    assert example("closed_form").main() < 1e-13


def test_absolute_value_is_exact_with_the_printed_weights_and_learned_from_noise() -> None:
    module = example("absolute_value")
    assert module.printed() == 0
    assert module.learned() < 0.3 * module.NOISE


@pytest.mark.parametrize(("activation", "last"), [("relu", 1e-2), ("tanh", 1e-7)])
def test_the_largest_error_of_a_fit_falls_with_the_number_of_hidden_units(activation: str, last: float) -> None:
    module = example("expressivity")
    errors = module.errors(activation)
    assert errors[0] > 0.5
    assert errors[-1] < last
    assert all(wider < narrower for narrower, wider in itertools.pairwise(errors[1:]))


def test_the_error_of_relu_falls_as_the_square_of_the_width() -> None:
    """Between its kinks it is a line, whose distance from a smooth function is of second order."""
    module = example("expressivity")
    few, many = (np.median([module.largest_error("relu", width, seed) for seed in range(5)]) for width in (32, 256))
    assert 20 < few / many < 250  # 64


def test_the_errors_are_drawn(tmp_path: Path) -> None:
    module = example("expressivity")
    values = list(np.geomspace(1, 1e-3, len(module.WIDTHS)))
    module.draw({"relu": values, "tanh": values}, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_the_differential_equation_is_solved() -> None:
    network, error = example("differential_equation").solve()
    assert error < 1e-4
    assert len(network.sizes) == 4


def test_the_residual_of_the_differential_equation_is_that_of_finite_differences() -> None:
    module = example("differential_equation")
    network = module.MLP((2, 5, 4, 1), module.ACTIVATIONS["tanh"], dtype="float64")
    network.initialize(module.INITIALIZERS["glorot_normal"], np.random.default_rng)
    points = np.random.default_rng(2).uniform(0.1, 0.9, (7, 2))
    r, J = module.residuals(network, points)

    def u(shift: tuple[float, float]) -> np.ndarray:
        return np.asarray(module.solution(network, points + np.array(shift)))[:, 0]

    h = 1e-3
    laplacian = (u((h, 0)) + u((-h, 0)) + u((0, h)) + u((0, -h)) - 4 * u((0, 0))) / h**2
    expected = laplacian + 2 * np.pi**2 * module.exact(points)[:, 0]
    assert np.abs(r - expected).max() < 1e-4 * np.abs(expected).max()

    direction = np.random.default_rng(3).standard_normal(network.n_parameters)
    theta = network.theta.copy()
    sides = []
    for sign in (1, -1):
        network.theta[...] = theta + sign * 1e-5 * direction
        sides.append(module.residuals(network, points)[0])
    slope = (sides[0] - sides[1]) / 2e-5
    assert np.abs(J @ direction - slope).max() < 1e-7 * np.abs(slope).max()


@pytest.mark.slow
def test_digits_learns_to_read_in_one_epoch() -> None:
    assert example("digits").main("1", "0.1") > 0.9


def test_digits_is_as_short_as_it_claims() -> None:
    assert len((EXAMPLES / "digits.py").read_text().splitlines()) <= 32


def test_the_page_of_the_documents_is_read_without_an_error() -> None:
    module = example("marked_page")
    numbers = ["".join(c if c.isdigit() else " " for c in line).split() for line in module.LINES]
    assert [str(line).split() for line in module.main().lines] == numbers
