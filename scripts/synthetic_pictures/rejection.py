"""Fit the rejection of pictures that show no digit (mnist_mlp/pretrained/rejection.json), once its network is trained.

The log-odds of "no digit" are a logistic regression on the output of the rejection network, on the stroke features and
on their products with this output. The threshold is the quantile of the digits' log-odds that rejects a given share.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_mlp.data.dataset import stratified_split
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import DataError
from mnist_mlp.inference.rejection import MOST_DEVIATIONS, Parameters, Weights, features, network_log_odds, regression
from mnist_mlp.pictures import Picture, features_of, prepare
from mnist_mlp.pictures.picture_folders import pictures_in

from .collection import HELD_OUT
from .jobs import parallel_map

RIDGE = 1e-3
ITERATIONS = 40  # of Newton's method
N_MNIST = 4000  # validation digits that are used for the fit
MNIST, DIGITS = "MNIST, validation", "digits"  # the groups that show a digit

Matrix = npt.NDArray[np.float64]
Features = dict[str, float] | None  # None: nothing is drawn, or several separate things, which is always rejected
Groups = dict[str, list[Features]]


def inputs_of(picture: Picture) -> Features:
    if picture.features.separate:
        return None
    return features(picture.features, network_log_odds(picture))


def features_in(file: Path) -> Features:
    try:
        return inputs_of(prepare(file))
    except DataError:
        return None


def load(digits: Path, nondigits: Path, jobs: int) -> Groups:
    """Return the features of MNIST's validation digits and of all pictures below two directories, in groups."""
    train = load_dataset().train
    _, validation = stratified_split(train.y, HELD_OUT, 10, 0)
    mnist = train.X[validation[:N_MNIST]].reshape(-1, 28, 28)
    groups: Groups = defaultdict(list)
    groups[MNIST] = [inputs_of(Picture(pixels, (), features_of(pixels))) for pixels in mnist]
    groups[DIGITS] = parallel_map(features_in, [file for file, _ in pictures_in(digits)], jobs)
    files = [file for file, _ in pictures_in(nondigits)]
    for file, values in zip(files, parallel_map(features_in, files, jobs), strict=True):
        groups[file.relative_to(nondigits).parts[0]].append(values)
    return groups


def fit(groups: Groups, share: float) -> Parameters:
    """Return the weights, and the threshold that rejects ``share`` of the synthetic digits whose pixels decide.

    MNIST's digits, synthetic digits and all other pictures have the same weight in total.
    """
    known = {name: [values for values in group if values is not None] for name, group in groups.items()}
    others = [values for name, group in known.items() if name not in (MNIST, DIGITS) for values in group]
    sets = known[MNIST], known[DIGITS], others
    names = list(others[0])
    X = np.array([[values[name] for name in names] for group in sets for values in group])
    sizes = [len(group) for group in sets]
    y, importance = np.repeat([0, 0, 1], sizes), np.repeat([len(X) / 3 / size for size in sizes], sizes)
    mean, deviation = X.mean(axis=0), X.std(axis=0) + 1e-9
    z = np.clip((X - mean) / deviation, -MOST_DEVIATIONS, MOST_DEVIATIONS)
    network = z[:, names.index("network"), None]
    weights, bias = logistic_regression(np.concatenate([z, network * z], axis=1), y, importance)
    columns = np.stack([mean, deviation, *weights.reshape(2, -1)], axis=1)
    rounded = {name: Weights(*(float(f"{n:.4g}") for n in row)) for name, row in zip(names, columns, strict=True)}
    fitted = Parameters(0.0, round(bias, 4), rounded)
    threshold = np.quantile([regression(values, fitted) for values in known[DIGITS]], 1 - share)
    return fitted._replace(threshold=round(float(threshold), 3))


def logistic_regression(X: Matrix, y: Matrix, importance: Matrix) -> tuple[Matrix, float]:
    """Return weights (k,) and bias of a ridge logistic regression of y (n,) on X (n, k), by Newton's method."""
    mean, deviation = X.mean(axis=0), X.std(axis=0) + 1e-9
    A = np.column_stack([(X - mean) / deviation, np.ones(len(X))])
    b, ridge = np.zeros(A.shape[1]), RIDGE * len(X)
    for _ in range(ITERATIONS):
        p = 1 / (1 + np.exp(-A @ b))
        hessian = (A * (importance * p * (1 - p))[:, None]).T @ A + ridge * np.eye(len(b))
        b -= np.linalg.solve(hessian, A.T @ (importance * (p - y)) + ridge * b)
    weights = b[:-1] / deviation
    return weights, float(b[-1] - weights @ mean)


def as_json(fitted: Parameters) -> str:
    """Return the content of mnist_mlp/pretrained/rejection.json."""
    rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(row)}" for name, row in fitted.weights.items())
    return f'{{\n  "threshold": {fitted.threshold},\n  "bias": {fitted.bias},\n  "weights": {{\n{rows}\n  }}\n}}'


def share(group: Sequence[Features], fitted: Parameters) -> float:
    """Return which share of the pictures is rejected."""
    return float(np.mean([values is None or regression(values, fitted) > fitted.threshold for values in group]))


def rejected(groups: Groups, fitted: Parameters) -> str:
    """Return a line for each group: its name, number of pictures and share that is rejected."""
    return "\n".join(f"{name:24}{len(group):>8}{100 * share(group, fitted):>9.1f} %" for name, group in groups.items())
