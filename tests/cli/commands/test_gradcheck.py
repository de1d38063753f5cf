import re

import pytest

from mnist_mlp.nn.calculus import first_order as derivatives
from mnist_mlp.nn.types import FloatArray
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--config", "deep"],
        ["-o", "network.activation=softplus", "-o", "network.bias=false", "-o", "loss=binary_cross_entropy"],
        ["-o", "network.hidden=[64,64,64,64]", "-o", "network.activation=identity"],
        ["-o", "network.hidden=[8,8,8,8,8,8,8,8]"],
        ["-o", "network.hidden=[9,8]", "-o", "network.activation=[softplus,tanh]", "-o", "network.dtype=float64"],
        ["-o", "network.output=sigmoid", "-o", "loss=residual_sum_of_squares"],
    ],
)
def test_every_derivative_is_right(run: Run, arguments: list[str]) -> None:
    result = run("gradcheck", *arguments)
    assert result.exit_code == 0, result.output
    *rows, last = result.stdout.splitlines()[2:]
    assert len(rows) == 28
    assert all(row.endswith("ok") for row in rows)
    assert last == "28 of 28 derivatives agree with their references"
    for equation in ("001 eq. 2", "001 eq. 3", "001 eq. 4", "001 eq. 5", "001 eq. 6", "002 eq. 14", "004 eq. 25-40"):
        assert equation in result.stdout


def test_the_depth_is_that_of_the_config_and_the_widths_are_reduced(run: Run) -> None:
    assert re.match(r"7-5-3, relu, cross_entropy, float64\n", run("gradcheck").stdout)
    assert re.match(r"11-9-7-5-3, tanh, ", run("gradcheck", "-c", "deep").stdout)


def test_each_layer_s_activation_and_the_output_are_named(run: Run) -> None:
    chosen = ["network.hidden=[9,8]", "network.activation=[relu,tanh]", "network.output=softmax", "loss=squared_error"]
    result = run("gradcheck", *(part for setting in chosen for part in ("-o", setting)))
    assert result.stdout.startswith("9-7-5-3, relu-tanh, output softmax, squared_error, float64\n")


def test_a_wrong_derivative_is_exit_code_7(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    right = derivatives.jacobian_reverse

    def wrong(*arguments: object) -> FloatArray:
        return right(*arguments) * (1 + 1e-6)  # type: ignore[arg-type]  # passed on unchanged

    monkeypatch.setattr(derivatives, "jacobian_reverse", wrong)
    result = run("gradcheck")
    assert result.exit_code == 7
    assert "outputs by input, reverse mode" in result.stdout
    assert result.stdout.count("FAILED") == 2, "the Jacobian itself and the probabilities made of it"
    assert result.stdout.endswith("26 of 28 derivatives agree with their references\n")
    assert result.stderr == "error: derivatives wrong: checks that failed: 2; see the table\n"
