"""Fit the rejection of pictures that show no digit (mnist_mlp/pretrained/rejection.json), once its network is trained.

The log-odds of "no digit" are a logistic regression on the output of the rejection network and on the facts of the
strokes. The threshold is the quantile of the digits' log-odds that rejects a given share of them.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_mlp.data.dataset import stratified_split
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import DataError
from mnist_mlp.inference.rejection import Parameters, features, network_log_odds, parameters
from mnist_mlp.pictures import Picture, StrokeFeatures, features_of, prepare
from mnist_mlp.pictures.picture_folders import pictures_in

from .jobs import parallel_map

RIDGE = 1e-3
ITERATIONS = 40  # of Newton's method
NAMES = list(features(StrokeFeatures(), 0.0))
N_MNIST = 4000  # validation digits that are used for the fit
MNIST, DIGITS = "MNIST, validation", "digits"  # the groups that show a digit

Matrix = npt.NDArray[np.float64]
Features = list[float] | None  # None: nothing is drawn, or several separate things, which is always rejected
Groups = dict[str, list[Features]]


class Rejection(NamedTuple):
    """Weights (k,) of the features, bias, and the log-odds above which a picture is rejected."""

    weights: Matrix
    bias: float
    threshold: float

    def share(self, group: Sequence[Features]) -> float:
        log_odds = (np.inf if values is None else np.dot(values, self.weights) + self.bias for values in group)
        return float(np.mean([value > self.threshold for value in log_odds]))


def inputs_of(picture: Picture) -> Features:
    if picture.features.separate:
        return None
    return list(features(picture.features, network_log_odds(picture)).values())


def features_in(file: Path) -> Features:
    try:
        return inputs_of(prepare(file))
    except DataError:
        return None


def load(digits: Path, nondigits: Path, jobs: int) -> Groups:
    """Return the features of MNIST's validation digits and of all pictures below two directories, in groups."""
    train = load_dataset().train
    _, validation = stratified_split(train.y, 10_000, 10, 0)
    mnist = train.X[validation[:N_MNIST]].reshape(-1, 28, 28)
    groups: Groups = defaultdict(list)
    groups[MNIST] = [inputs_of(Picture(pixels, (), features_of(pixels))) for pixels in mnist]
    groups[DIGITS] = parallel_map(features_in, [file for file, _ in pictures_in(digits)], jobs)
    files = [file for file, _ in pictures_in(nondigits)]
    for file, values in zip(files, parallel_map(features_in, files, jobs), strict=True):
        groups[file.relative_to(nondigits).parts[0]].append(values)
    return groups


def shipped() -> Rejection:
    threshold, bias, weights = parameters()
    return Rejection(np.array([weights[name] for name in NAMES]), bias, threshold)


def fit(groups: Groups, share: float) -> Rejection:
    """Fit the weights; the threshold rejects ``share`` of the synthetic digits."""
    X = {name: np.array([values for values in group if values is not None]) for name, group in groups.items()}
    y = np.concatenate([np.full(len(rows), name not in (MNIST, DIGITS)) for name, rows in X.items()])
    weights, bias = logistic_regression(np.concatenate([rows for rows in X.values() if len(rows)]), y)
    return Rejection(weights, bias, float(np.quantile(X[DIGITS] @ weights + bias, 1 - share)))


def logistic_regression(X: Matrix, y: npt.NDArray[np.bool_]) -> tuple[Matrix, float]:
    """Return weights (k,) and bias of a ridge logistic regression of y (n,) on X (n, k), by Newton's method."""
    mean, deviation = X.mean(axis=0), X.std(axis=0) + 1e-9
    A = np.column_stack([(X - mean) / deviation, np.ones(len(X))])
    b, ridge = np.zeros(A.shape[1]), RIDGE * len(X)
    for _ in range(ITERATIONS):
        p = 1 / (1 + np.exp(-A @ b))
        hessian = (A * (p * (1 - p))[:, None]).T @ A + ridge * np.eye(len(b))
        b -= np.linalg.solve(hessian, A.T @ (p - y) + ridge * b)
    weights = b[:-1] / deviation
    return weights, float(b[-1] - weights @ mean)


def as_json(rejection: Rejection) -> str:
    """Return the content of mnist_mlp/pretrained/rejection.json."""
    weights = {name: round(float(weight), 4) for name, weight in zip(NAMES, rejection.weights, strict=True)}
    found = Parameters(round(rejection.threshold, 2), round(rejection.bias, 4), weights)
    return json.dumps(found._asdict(), indent=2)


def rejected(groups: Groups, rejection: Rejection) -> str:
    """Return a line for each group: its name, number of pictures and share that is rejected."""
    return "\n".join(
        f"{name:24}{len(group):>8}{100 * rejection.share(group):>9.1f} %" for name, group in groups.items()
    )
