"""Evaluate, compare and calibrate checkpoints."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import msgspec

from mnist_mlp.errors import CheckpointError, ConfigError, DataError
from mnist_mlp.evaluation.calibration import CalibrationMetrics, calibration_metrics
from mnist_mlp.evaluation.comparison import Comparison, compare_predictions, holm
from mnist_mlp.evaluation.metrics import Evaluation, evaluate_logits
from mnist_mlp.evaluation.robustness import accuracy_under_fgsm
from mnist_mlp.nn.types import IntArray
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.find import find_checkpoint, load_checkpoint
from mnist_mlp.runs.samples import LabelledSamples, samples_of
from mnist_mlp.storage.checkpoint import load
from mnist_mlp.threads import blas_threads
from mnist_mlp.training.state import TrainState


@dataclass(frozen=True, repr=False)
class CheckpointEvaluation:
    """The metrics of a checkpoint on labelled pictures."""

    path: Path
    samples: LabelledSamples
    metrics: Evaluation  # with calibrated probabilities
    calibration: CalibrationMetrics | None  # None: the network gives scores
    fgsm_accuracy: float | None  # None: not asked for

    @property
    def accuracy(self) -> float:
        """Fraction of correct predictions."""
        return self.metrics.accuracy

    def __repr__(self) -> str:
        return f"<CheckpointEvaluation accuracy {self.accuracy:.4f} on {self.metrics.n} samples>"


def evaluate_checkpoint(
    checkpoint: str | Path = "latest", *, split: str = "test", data: str | Path | None = None, fgsm: float | None = None
) -> CheckpointEvaluation:
    """Evaluate a checkpoint on the data set that it was trained on.

    checkpoint: as in ``load_checkpoint``. split: "test", "validation" or "train".
    data: directory of the data set; None: that of the checkpoint's run.
    fgsm: size in 0..1 of an adversarial change of each pixel (fast gradient sign method), to measure accuracy under it.

    Raises ``CheckpointError`` and ``DataError``.

    >>> mm.evaluate_checkpoint("pretrained").accuracy
    0.9907
    """
    path = find_checkpoint(checkpoint)
    state = load(path).state
    samples = samples_of(state, path, data, split)
    found, run = evaluate_state(state, path, samples, fgsm), Run(path.parent.parent)
    if split == "test" and samples.is_of_run and path == run.best and run.config_file.is_file():
        run.note_evaluation(state.progress.epoch, found.accuracy)
    return found


def evaluate_state(
    state: TrainState, path: Path, samples: LabelledSamples, fgsm: float | None = None
) -> CheckpointEvaluation:
    """Evaluate the state of the checkpoint at ``path`` on samples; see ``evaluate_checkpoint``."""
    if fgsm is not None and not 0 <= fgsm <= 1:  # as NaN is
        raise ConfigError("fgsm out of range", why=f"found {fgsm}", fix="give a number from 0 to 1")
    model, X, y = state.inference_model, samples.X, samples.y
    with blas_threads(1):
        logits = replace(model, temperature=1.0).logits(X)
        attacked = None if fgsm is None else accuracy_under_fgsm(model, X, y, fgsm)
    metrics = evaluate_logits(model, logits / model.temperature, y)
    return CheckpointEvaluation(path, samples, metrics, calibration_metrics(model, logits, y), attacked)


@dataclass(frozen=True, repr=False)
class CheckpointComparison:
    """Two checkpoints on the same test samples."""

    first: Path
    second: Path
    samples: LabelledSamples
    predictions: tuple[IntArray, IntArray]  # of the first and of the second, each (n,)
    statistics: Comparison

    def __repr__(self) -> str:
        return f"<CheckpointComparison {self.statistics!r}>"


@dataclass(frozen=True, repr=False)
class PairwiseComparisons:
    """Several checkpoints on the same test samples, each compared with every earlier one."""

    paths: list[Path]
    accuracies: list[float]
    pairs: dict[tuple[int, int], CheckpointComparison]  # by the positions of the two checkpoints
    p_values: dict[tuple[int, int], float]  # McNemar's, corrected for the number of pairs (Holm 1979)

    def __repr__(self) -> str:
        return f"<PairwiseComparisons of {len(self.paths)} checkpoints>"


def compare(first: str | Path, second: str | Path, *, data: str | Path | None = None) -> CheckpointComparison:
    """Compare two checkpoints on the same test samples: is the difference in accuracy significant?

    first, second: as in ``load_checkpoint``. data: directory of the data set; None: the one that both were trained on.
    ``result.statistics`` has the accuracies, their difference, its 95 % bootstrap confidence interval, and the p-value
    of McNemar's exact test.

    Raises ``CheckpointError`` if the networks have other inputs or classes, ``DataError`` if they were trained on
    different data and ``data`` is None.
    """
    return compare_all([first, second], data=data).pairs[0, 1]


def compare_all(checkpoints: Sequence[str | Path], *, data: str | Path | None = None) -> PairwiseComparisons:
    """Compare several checkpoints, at least two, on the same test samples, each pair as ``compare`` does.

    checkpoints: each as in ``load_checkpoint``. data: see ``compare``. ``result.p_values`` are corrected for the number
    of pairs: of 20 pairs without any difference, one has p < 0.05 by chance. Raises the errors of ``compare``.

    >>> mm.compare_all(["pretrained", "pretrained"]).p_values
    {(0, 1): 1.0}
    """
    if isinstance(checkpoints, str) or len(checkpoints) < 2:
        raise ConfigError("nothing to compare", why=f"found {checkpoints!r}", fix="give at least two checkpoints")
    paths = [find_checkpoint(name) for name in checkpoints]
    states = [load(path).state for path in paths]
    for name, state in zip(checkpoints[1:], states[1:], strict=True):
        _check_comparable(states[0], state, name, data)
    samples = samples_of(states[0], paths[0], data, "test")
    with blas_threads(1):
        predictions = [state.inference_model.logits(samples.X).argmax(axis=1) for state in states]
    pairs = {
        (i, j): CheckpointComparison(
            paths[i],
            paths[j],
            samples,
            (predictions[i], predictions[j]),
            compare_predictions(predictions[i], predictions[j], samples.y),
        )
        for i, j in combinations(range(len(paths)), 2)
    }
    accuracies = [float((predicted == samples.y).mean()) for predicted in predictions]
    corrected = holm([pair.statistics.p_value for pair in pairs.values()])
    return PairwiseComparisons(paths, accuracies, pairs, dict(zip(pairs, corrected, strict=True)))


def _check_comparable(a: TrainState, b: TrainState, name: str | Path, data: str | Path | None) -> None:
    if (a.shape, a.config.data.classes) != (b.shape, b.config.data.classes):
        why, fix = "the size of the pictures or the number of classes differs", "compare networks for the same task"
        raise CheckpointError("checkpoints for different pictures", where=name, why=why, fix=fix)
    if a.data != b.data and data is None:
        fix = "name the directory of the data to compare on"
        raise DataError("checkpoints trained on different data", where=name, fix=fix)


def calibrate(checkpoint: str | Path, source: str | Path) -> TrainState:
    """Return the state of a checkpoint with the calibration of another run of the same config.

    A run that holds out validation samples fits a temperature on them. A run on all samples has none left for that, but
    the temperature of the first run fits it as well.

    checkpoint, source: as in ``load_checkpoint``. Raises ``CheckpointError`` if the source has no calibration, another
    config or other data; only ``seed`` and the number of validation samples may differ. Write the result with
    ``save_checkpoint``.
    """
    target, fitted = load_checkpoint(checkpoint).state, load_checkpoint(source).state
    if fitted.calibration is None:
        why = "its run held out no validation samples, or its network gives scores"
        fix = "train the config with data.validation=10000 and use that run"
        raise CheckpointError("no calibration in the checkpoint", where=source, why=why, fix=fix)
    odd = [
        name
        for name, differs in (
            ("number of classes", target.config.data.classes != fitted.config.data.classes),
            ("size of the pictures", target.shape != fitted.shape),
            ("data files", bool(target.data and fitted.data) and target.data != fitted.data),
        )
        if differs
    ]
    if odd:
        why, fix = f"they differ in {', '.join(odd)}", "use a run on the same data"
        raise CheckpointError("calibration of other data", where=source, why=why, fix=fix)
    a, b = (msgspec.structs.replace(state.config, seed=0, data=fitted.config.data) for state in (target, fitted))
    if a != b:
        fix = "use a run whose config differs only in data.validation and seed"
        raise CheckpointError("calibration of another config", where=source, fix=fix)
    target.calibration = fitted.calibration
    return target
