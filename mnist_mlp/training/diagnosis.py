"""Diagnose a training: a table of rules that recognise what commonly goes wrong, each with what to try.

A rule is a function of the ``Evidence`` after an epoch; it returns one sentence, or "" if it finds nothing. The limits
are chosen so that every config of the package passes in every epoch. Dead units alone are no fault: ``default`` has
27 of 128 of them after four epochs (docs/diagnosis.md).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.config.schema import Config, Distortion
from mnist_mlp.data.dataset import Labels, Pictures
from mnist_mlp.evaluation.activity import STILL
from mnist_mlp.formatting import listed, percent
from mnist_mlp.models import Model
from mnist_mlp.nn.activations import Activation
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.training.loop import Split
from mnist_mlp.training.state import EpochRecord, TrainState, is_finished

MOST = 3  # sentences at a time
PROBED = 250  # pictures on which units and predictions are examined, in 0.5 % of the time of an epoch of `default`
DEAD = 0.75  # fraction of a layer; docs/diagnosis.md has accuracies by it
SATURATED = 0.5  # fraction of a layer
FLAT = 0.01  # slope of a saturated sigmoid or tanh, as a fraction of its largest
ALWAYS = 0.95  # fraction of the pictures for which a unit is saturated
LARGE = 100.0  # weight; those of `pretrained` reach 18 after 900 epochs
LARGE_L2 = 0.001  # training.l2 of the configs of the package is at most a third of it
PATIENCE = 3  # epochs before classes that are never predicted are reported
RISE, GAP = 1.15, 0.03  # of overfitting; `deep` varies by 1.08 between epochs, with a difference of 0.015
SAMPLES = 10  # pictures of a class, of which at least one should be predicted


class Probe(NamedTuple):
    """Pictures that are examined after each epoch, and the number of training samples of each class."""

    X: Pictures  # (n, n_in)
    y: Labels  # (n,)
    counts: NDArray[np.int64]  # (classes,)


class Layer(NamedTuple):
    """A hidden layer on the pictures of the probe."""

    units: int
    dead: int  # the activation is the same for every picture
    saturated: int  # the slope of the activation is near 0 for almost every picture


class Evidence(NamedTuple):
    """What the rules examine after an epoch."""

    config: Config
    records: Sequence[EpochRecord]  # of all epochs so far
    is_finished: bool
    counts: NDArray[np.int64]  # training samples of each class
    layers: list[Layer]
    largest: float  # absolute weight or bias
    guessing: float  # loss if every class has the same output
    loss: float  # on the probe, without penalties
    unpredicted: list[int]  # classes that are in the probe, but are predicted for no picture

    @property
    def last(self) -> EpochRecord:
        """The record of the epoch that has ended."""
        return self.records[-1]


def probe(config: Config, data: Split) -> Probe:
    """Return some validation samples at equal distances, or training samples if there is no validation."""
    indices = data.validation if len(data.validation) else data.train
    chosen = np.sort(indices)[:: -(-len(indices) // PROBED)]
    y = data.samples.y
    return Probe(data.samples.X[chosen], y[chosen], np.bincount(y, minlength=config.data.classes))


def diagnose(state: TrainState, records: Sequence[EpochRecord], samples: Probe) -> dict[str, str]:
    """Return what is wrong with a training after an epoch: at most ``MOST`` sentences, by the name of their rule.

    records: those of all epochs so far, at least one. Symptoms are left out if a cause is found.
    """
    evidence = _evidence(state, records, samples)
    for rules in (CAUSES, SYMPTOMS):
        if found := {rule.__name__: text for rule in rules if (text := rule(evidence))}:
            return dict(list(found.items())[:MOST])
    return {}


def _evidence(state: TrainState, records: Sequence[EpochRecord], samples: Probe) -> Evidence:
    model, classes = state.model, state.config.data.classes
    with np.errstate(over="ignore", invalid="ignore"):
        cache = next(model.forward(samples.X, len(samples.X)))
        z, Y = cache.z[-1], np.eye(classes, dtype=model.mlp.dtype)[samples.y]
        loss = float(model.loss.value(z, Y).mean())
    hidden = zip(model.mlp.activations, cache.z[:-1], cache.a[1:], strict=True)
    seen = np.bincount(samples.y, minlength=classes) >= SAMPLES
    predicted = np.bincount(z.argmax(axis=1), minlength=classes) > 0
    return Evidence(
        config=state.config,
        records=records,
        is_finished=is_finished(state.config, state.progress),
        counts=samples.counts,
        layers=[_layer(*layer) for layer in hidden],
        largest=float(np.abs(model.mlp.theta).max()),
        guessing=loss_of_guessing(model),
        loss=loss,
        unpredicted=np.flatnonzero(seen & ~predicted).tolist(),
    )


def _layer(activation: Activation, z: FloatArray, a: FloatArray) -> Layer:
    dead, saturated = np.ptp(a, axis=0) <= STILL, np.zeros(a.shape[1], bool)
    if activation.name in ("sigmoid", "tanh"):
        steepest = activation.prime(np.zeros(1, z.dtype))
        saturated = (activation.prime(z) < FLAT * steepest).mean(axis=0) >= ALWAYS
    return Layer(a.shape[1], int(dead.sum()), int(saturated.sum()))


def loss_of_guessing(model: Model) -> float:
    """Return the loss of equal outputs 1/K for all K classes: log K for the cross-entropy of a softmax."""
    k = model.mlp.sizes[-1]
    z = {"softmax": 0.0, "sigmoid": -np.log(k - 1), "identity": 1 / k, "tanh": np.arctanh(1 / k)}
    row = np.full((1, k), z[model.loss.output.name])
    return float(model.loss.value(row, np.eye(1, k))[0])


# --- Causes -----------------------------------------------------------------------------------------------------------


def missing_labels(found: Evidence) -> str:
    """Fewer classes in the labels than in the config; a single one has the warning of ``data.plausibility``."""
    present, classes = np.flatnonzero(found.counts), found.config.data.classes
    if len(present) in (1, classes) or found.config.data.synthetic:
        return ""
    if len(present) == present[-1] + 1:
        return f"labels are 0 to {present[-1]}, but data.classes is {classes}: set data.classes={len(present)}"
    absent = listed([str(c) for c in np.flatnonzero(found.counts == 0)])
    return f"no training sample has label {absent}: number the classes from 0 without gaps, and set data.classes"


def saturated_units(found: Evidence) -> str:
    """Sigmoid or tanh units on their flat ends learn nothing (LeCun et al. 1998)."""
    for number, layer in enumerate(found.layers, 1):
        if layer.saturated > SATURATED * layer.units:
            what = f"{layer.saturated} of {layer.units} units of hidden layer {number} are saturated"
            return f"{what}: {_use_smaller_rate(found)}, or network.initializer=glorot_normal"
    return ""


def dead_units(found: Evidence) -> str:
    """Units that have the same activation for every picture learn nothing and contribute nothing."""
    for number, layer in enumerate(found.layers, 1):
        if layer.dead > DEAD * layer.units and not layer.saturated:
            what = f"{layer.dead} of {layer.units} units of hidden layer {number} are dead"
            return f"{what}: {_use_smaller_rate(found)}"
    return ""


def diverging(found: Evidence) -> str:
    """Weights far above those of any healthy training, or a loss that doubles."""
    if found.largest > LARGE:
        return f"weights reach {found.largest:.2g}, so training may diverge: {_use_smaller_rate(found)}"
    if len(found.records) > 1:
        before, now = found.records[-2].train_loss, found.last.train_loss
        if now > 2 * before and now > found.guessing / 2:
            return f"the training loss rises from {before:.3g} to {now:.3g}: {_use_smaller_rate(found)}"
    return ""


# --- Symptoms ---------------------------------------------------------------------------------------------------------


def above_guessing(found: Evidence) -> str:
    """A loss above that of equal outputs, on samples that it is trained on, too."""
    loss = min(found.loss, found.last.train_loss)
    if loss > 1.2 * found.guessing:  # initial weights begin up to 1.2 times above it
        what = f"the loss, {loss:.3g}, is above that of guessing, {found.guessing:.3g}"
        rate = found.config.optimizer.learning_rate
        return f"{what}: use another learning rate, such as optimizer.learning_rate={rate / 10:.1g} or {rate * 10:.1g}"
    return ""


def no_progress(found: Evidence) -> str:
    """A loss that stays at that of guessing, or that stops far from its end although the learning rate is not small."""
    if above_guessing(found):
        return ""
    loss, configured = min(found.loss, found.last.train_loss), found.config.optimizer.learning_rate
    is_slow = found.last.learning_rate < configured / 10  # as at the start and at the end of one_cycle
    if loss > 0.98 * found.guessing and (found.is_finished or not is_slow):
        way = f"use a larger learning rate, such as optimizer.learning_rate={10 * configured:.1g}, and check the labels"
        if found.config.training.l2 > LARGE_L2:
            way = f"use a smaller training.l2, such as {LARGE_L2:g}"
        return f"the loss, {loss:.3g}, is still that of guessing: {way}"
    if len(found.records) > 1 and found.last.train_accuracy < 0.9 and not is_slow:
        before, now = found.records[-2].train_loss, found.last.train_loss
        if now > 0.999 * before:
            what = f"the training loss did not decrease in epoch {found.last.epoch} (accuracy"
            return f"{what} {percent(found.last.train_accuracy)}): use a smaller learning rate, or more hidden units"
    return ""


def unpredicted_classes(found: Evidence) -> str:
    """Classes that are never predicted."""
    if found.unpredicted and (found.is_finished or found.last.epoch >= PATIENCE):
        names = found.config.data.class_names
        classes = listed([names[label] for label in found.unpredicted])
        return f"no picture is predicted as {classes}: train for more epochs, or add samples of these classes"
    return ""


def overfitting(found: Evidence) -> str:
    """A validation loss far above its minimum, and a training accuracy above that of validation (Prechelt 1998)."""
    losses = [record.validation_loss for record in found.records if record.validation_loss is not None]
    accuracy = found.last.validation_accuracy
    if accuracy is None or losses[-1] < RISE * min(losses) or found.last.train_accuracy < accuracy + GAP:
        return ""
    lowest = losses.index(min(losses)) + 1
    what = f"overfitting: validation loss {losses[-1]:.3g}, after {min(losses):.3g} in epoch {lowest}"
    augmentation = "" if isinstance(found.config.augmentation, Distortion) else "augmentation.name=distort, "
    return f"{what}: try {augmentation}training.dropout=0.2, or training.patience=5"


def _use_smaller_rate(found: Evidence) -> str:
    """Return the advice to use a smaller learning rate."""
    return f"use a {smaller_rate(found.config.optimizer.learning_rate)}"


def smaller_rate(rate: float) -> str:
    """Return a learning rate to try that is smaller than ``rate``, in words."""
    return f"smaller learning rate, such as optimizer.learning_rate={rate / 10:.1g}"


Rule = Callable[[Evidence], str]
CAUSES: tuple[Rule, ...] = (missing_labels, saturated_units, dead_units, diverging)
SYMPTOMS: tuple[Rule, ...] = (above_guessing, no_progress, unpredicted_classes, overfitting)
