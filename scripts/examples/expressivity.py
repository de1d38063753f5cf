"""One hidden layer, wide enough, approximates a smooth function (002 1.8): the largest error against the width.

    f(x) = sin(3x) exp(-x^2 / 4) on [-3, 3],    N(x) = sum_j a_j phi(w_j x + b_j) + c

The hidden weights w_j and b_j are random and are not trained: unit j bends at a random point, -b_j / w_j. The output
weights a and c solve a linear least-squares problem on 400 points, so that the result does not depend on a training.
The error is the largest on 4001 points.
"""

import argparse
from pathlib import Path

import numpy as np

from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.types import FloatArray

WIDTHS = (2, 4, 8, 16, 32, 64, 128)
DRAWS = 5
SLOPE = {"relu": 1.0, "tanh": 1.5}  # |w_j|; that of relu only scales a_j


def f(x: FloatArray) -> FloatArray:
    """Return the function that is approximated."""
    values: FloatArray = np.sin(3 * x) * np.exp(-x * x / 4)
    return values


def largest_error(activation: str, width: int, seed: int = 0) -> float:
    """Return max |N(x) - f(x)| on [-3, 3] for a network with ``width`` hidden units."""
    generator = np.random.default_rng(seed)
    network = MLP((1, width, 1), ACTIVATIONS[activation], dtype="float64")
    (w, b), (a, c) = network.layers
    assert b is not None
    assert c is not None
    bends = -3 + 6 * (np.arange(width) + generator.random(width)) / width  # one in each of equal intervals
    w[...] = SLOPE[activation] * generator.choice([-1, 1], (1, width))
    b[...] = -w[0] * bends
    x = np.linspace(-3, 3, 400)[:, None]
    hidden = network.forward(x).a[1]
    solution = np.linalg.lstsq(np.column_stack([hidden, np.ones(len(x))]), f(x), rcond=1e-13)[0]
    a[...], c[...] = solution[:-1], solution[-1]
    grid = np.linspace(-3, 3, 4001)[:, None]
    return float(np.abs(network.forward(grid).z[-1] - f(grid)).max())


def errors(activation: str) -> list[float]:
    """Return the median over some draws of the largest error, for each width."""
    return [float(np.median([largest_error(activation, width, seed) for seed in range(DRAWS)])) for width in WIDTHS]


def draw(found: dict[str, list[float]], path: Path) -> None:
    """Draw the errors against the widths, both on logarithmic scales."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(4.8, 3), layout="constrained")
        axes = figure.add_subplot(xlabel="hidden units", ylabel="largest error", xscale="log", yscale="log")
        for (activation, values), style in zip(found.items(), ("o-", "s--"), strict=True):
            axes.plot(WIDTHS, values, style, label=activation, markersize=4)
        axes.set_xticks(WIDTHS, [str(width) for width in WIDTHS])
        axes.minorticks_off()
        axes.grid(linewidth=0.4)
        axes.legend(frameon=False)
        figure.savefig(path, dpi=150, metadata={"Software": None})


def main() -> None:
    """Print the table, and draw it to the file that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", nargs="?", type=Path, help="file of the plot: docs/pictures/expressivity.png")
    arguments = parser.parse_args()
    found = {activation: errors(activation) for activation in SLOPE}
    print("hidden units " + "".join(f"{activation:>10}" for activation in found))
    for i, width in enumerate(WIDTHS):
        print(f"{width:>12} " + "".join(f"{values[i]:>10.1e}" for values in found.values()))
    if arguments.picture:
        draw(found, arguments.picture)


if __name__ == "__main__":
    main()
