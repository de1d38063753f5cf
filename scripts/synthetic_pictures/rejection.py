#!/usr/bin/env python3
"""Fits when to say "unsure" (mnist_mlp/evaluation/doubt.py), once its network is trained (scripts/difficult/collect).

    scripts/difficult/fit_doubt DIGITS NONDIGITS [--doubted SHARE]

Prints the weights of a logistic regression over what the network says and the facts, with the limit at which SHARE of
the digits are doubted; then how many of each kind of non-digit are. Other pictures than those that it learned from
should be measured with `--measure DIGITS NONDIGITS`.
"""

import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import click
import numpy as np

from mnist_mlp.data.dataset import load_dataset, stratified_split
from mnist_mlp.errors import DataError
from mnist_mlp.evaluation import doubt
from mnist_mlp.pictures import Facts, Picture, facts_of, prepare
from mnist_mlp.pictures.files import pictures_in

RIDGE = 1e-3
ROUNDS = 40  # of Newton's method
NAMES = list(doubt.features(Facts(*[0] * len(Facts._fields)), 0.0))
MNIST = 4000  # validation digits to fit on


def values_of(picture: Picture) -> list[float]:
    """The features of a picture."""
    return list(doubt.features(picture.facts, doubt.network_log_odds(picture)).values())


def values_in(file: Path) -> list[float] | None:
    """Those of a file; None: nothing is drawn, which is doubted anyway."""
    try:
        return values_of(prepare(file))
    except DataError:
        return None


def by_kind(directory: Path, pool: ProcessPoolExecutor) -> dict[str, list[list[float] | None]]:
    """The features of every picture, by the first folder below ``directory``."""
    files = pictures_in(directory)
    kinds = defaultdict(list)
    for file, values in zip(files, pool.map(values_in, files, chunksize=20), strict=True):
        kinds[file.relative_to(directory).parts[0]].append(values)
    return kinds


def mnist() -> np.ndarray:
    """The features of validation digits."""
    train = load_dataset().train
    _, held_out = stratified_split(train.y, 10_000, 10, 0)
    pictures = train.X[held_out[:MNIST]].reshape(-1, 28, 28)
    return np.array([values_of(Picture(pixels, (), facts_of(pixels))) for pixels in pictures])


def drawn(kinds: dict[str, list[list[float] | None]]) -> np.ndarray:
    """All features, of all kinds."""
    return np.array([values for group in kinds.values() for values in group if values is not None])


def fit(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and bias of a logistic regression of y (n,) on X (n, k), by Newton's method; a ridge keeps it tame."""
    mean, deviation = X.mean(axis=0), X.std(axis=0) + 1e-9
    A = np.column_stack([(X - mean) / deviation, np.ones(len(X))])
    b, ridge = np.zeros(A.shape[1]), RIDGE * len(X)
    for _ in range(ROUNDS):
        p = 1 / (1 + np.exp(-A @ b))
        hessian = (A * (p * (1 - p))[:, None]).T @ A + ridge * np.eye(len(b))
        b -= np.linalg.solve(hessian, A.T @ (p - y) + ridge * b)
    weights = b[:-1] / deviation
    return weights, float(b[-1] - weights @ mean)


def report(kinds: dict[str, list[list[float] | None]], weights: np.ndarray, bias: float, limit: float) -> None:
    """The share of each kind that is doubted."""
    for kind, group in kinds.items():
        doubted = [values is None or np.dot(values, weights) + bias > limit for values in group]
        click.echo(f"{kind:24}{len(group):>8}{100 * np.mean(doubted):>9.1f} %")


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else None)
@click.argument("digits", type=click.Path(path_type=Path))
@click.argument("nondigits", type=click.Path(path_type=Path))
@click.option("--doubted", default=0.02, show_default=True, help="Share of the digits that may be.")
@click.option("--measure", is_flag=True, help="Fit nothing: measure the weights as they are.")
@click.option("--jobs", default=1, show_default=True, help="Processes that prepare pictures at the same time.")
def command(digits: Path, nondigits: Path, doubted: float, measure: bool, jobs: int) -> None:
    with ProcessPoolExecutor(jobs) as pool:
        drawings, others = by_kind(digits, pool), by_kind(nondigits, pool)
    validation = mnist()
    if measure:
        weights, bias, limit = np.array([doubt.WEIGHTS[name] for name in NAMES]), doubt.BIAS, doubt.LIMIT
    else:
        parts = (validation, drawn(drawings), drawn(others))
        weights, bias = fit(np.concatenate(parts), np.repeat([0, 0, 1], [len(part) for part in parts]))
        limit = float(np.quantile(parts[1] @ weights + bias, 1 - doubted))
        click.echo(f"LIMIT = {limit:.2f}\nBIAS = {bias:.4f}\nWEIGHTS = {{")
        for name, weight in zip(NAMES, weights, strict=True):
            click.echo(f'    "{name}": {weight:.4f},')
        click.echo("}")
    report({"MNIST, validation": validation.tolist()}, weights, bias, limit)
    report({"digits": [values for group in drawings.values() for values in group]}, weights, bias, limit)
    report(others, weights, bias, limit)


if __name__ == "__main__":
    sys.exit(command())
