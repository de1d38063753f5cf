"""Trainings that have each disease, and healthy ones, of which nothing may be said."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mnist_mlp import new_state, split, train
from mnist_mlp.config import load_config, packaged_configs
from mnist_mlp.data.dataset import Dataset, Samples
from mnist_mlp.data.source import load_dataset
from mnist_mlp.models import build_model
from mnist_mlp.training.diagnosis import MOST, PROBED, diagnose, loss_of_guessing, probe
from mnist_mlp.training.loop import Split
from mnist_mlp.training.state import TrainState

SMALL = ("data.validation=58000", "augmentation.name=none", "training.batch_size=50", "schedule.name=constant")


def diagnosed(
    dataset: Dataset, recipe: str, *overrides: str, epochs: int, data: Split | None = None
) -> list[dict[str, str]]:
    """Return what is found after each of some epochs of a training."""
    config = load_config(recipe, overrides)
    data = data or split(config, dataset)
    state, records, found = new_state(config), [], []
    samples = probe(config, data)
    for record in train(config, data, state):
        if record is not None:
            records.append(record)
            found.append(diagnose(state, records, samples))
        if len(records) == epochs:
            break
    return found


@pytest.mark.slow
@pytest.mark.parametrize("recipe", sorted(packaged_configs()))
def test_of_the_configs_of_the_package_nothing_is_said(mnist: Dataset, recipe: str) -> None:
    assert not any(diagnosed(mnist, recipe, epochs=2))


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["deep", "default", "reference", "regression"])
def test_of_a_whole_training_nothing_is_said(mnist: Dataset, recipe: str) -> None:
    assert not any(diagnosed(mnist, recipe, epochs=20))


@pytest.mark.parametrize(
    ("settings", "rule", "text"),
    [
        (["optimizer.learning_rate=1"], "dead_units", r"^\d+ of 128 units of hidden layer 1 are dead: use .*=0\.1$"),
        (
            ["network.activation=tanh", "optimizer={name: sgd, learning_rate: 20}"],
            "saturated_units",
            r"^\d+ of 128 units of hidden layer 1 are saturated: use a smaller .*=2, or",
        ),
        (["network.hidden=[]", "optimizer={name: sgd, learning_rate: 500}"], "diverging", r"^weights reach .*=5e\+01$"),
        (
            ["network.hidden=[]", "optimizer={name: sgd, learning_rate: 50}"],
            "above_guessing",
            r"is above that of guess",
        ),
        (
            ["optimizer={name: sgd, learning_rate: 1e-6}"],
            "no_progress",
            r"^the loss, 2\.\d+, is still that of guessing: use a larger .*=1e-05, and check the labels$",
        ),
        (["training.l2=1"], "no_progress", r"guessing: use a smaller training\.l2, such as 0\.001$"),
    ],
)
def test_a_disease_is_found_after_an_epoch(mnist: Dataset, settings: list[str], rule: str, text: str) -> None:
    first, second = diagnosed(mnist, "default", *SMALL, *settings, epochs=2)
    assert rule in second, second
    assert not {"above_guessing", "no_progress"} <= set(second), "a loss is not at and above that of guessing"
    assert re.search(text, second[rule])
    assert len(first) <= MOST


def test_a_learning_rate_of_50_is_named_as_the_cause_and_its_symptoms_are_not(mnist: Dataset) -> None:
    (found,) = diagnosed(mnist, "reference", "data.validation=58000", "optimizer.learning_rate=50", epochs=1)
    assert list(found) == ["dead_units", "diverging"]


def test_a_loss_that_stops_far_from_its_end_is_no_progress(mnist: Dataset) -> None:
    labels = np.random.default_rng(0).permutation(mnist.train.y)  # nothing can be learned
    config = load_config("default", [*SMALL, "optimizer={name: sgd, learning_rate: 0.001}"])
    data = split(config, mnist)
    data = data._replace(samples=data.samples._replace(y=labels))
    found = diagnosed(mnist, "default", *SMALL, "optimizer={name: sgd, learning_rate: 0.001}", epochs=2, data=data)
    assert "no_progress" in found[-1]


def test_overfitting_is_found_with_the_epoch_of_the_lowest_validation_loss(mnist: Dataset) -> None:
    few = *SMALL, "data.validation=59500", "network.hidden=[512, 512]", "training.epochs=15"
    data = split(load_config("default", few), mnist)
    data = data._replace(validation=data.validation[:1000])
    found = diagnosed(mnist, "default", *few, epochs=15, data=data)
    assert not found[0]
    assert list(found[-1]) == ["overfitting"]
    assert re.search(
        r"^overfitting: validation loss \S+, after \S+ in epoch \d: try augmentation\.name=distort, ",
        found[-1]["overfitting"],
    )


def test_a_class_that_is_never_predicted_is_named(mnist: Dataset) -> None:
    config = load_config("default", [*SMALL, "data.validation=50000"])
    data = split(config, mnist)
    data = data._replace(train=np.array([i for i in data.train if mnist.train.y[i] != 3 or i % 200 == 0]))
    found = diagnosed(mnist, "default", *SMALL, "network.hidden=[4]", "optimizer={name: sgd}", epochs=3, data=data)
    assert found[-1]["unpredicted_classes"].startswith("no picture is predicted as 3: ")
    names = "data.names=a,b,c,Dress,e,f,g,h,i,j"
    found = diagnosed(
        mnist, "default", *SMALL, "network.hidden=[4]", "optimizer={name: sgd}", names, epochs=3, data=data
    )
    assert found[-1]["unpredicted_classes"].startswith("no picture is predicted as Dress: ")


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (range(7), "labels are 0 to 6, but data.classes is 10: set data.classes=7"),
        (range(1, 10), "no training sample has label 0: number the classes from 0 without gaps, and set data.classes"),
    ],
)
def test_fewer_classes_than_in_the_config_are_counted(mnist: Dataset, labels: Sequence[int], text: str) -> None:
    config = load_config("default", SMALL)
    data = split(config, mnist)
    samples = data.samples._replace(y=np.resize(np.array(labels, np.uint8), len(data.samples.y)))
    found = diagnosed(mnist, "default", *SMALL, epochs=1, data=data._replace(samples=samples))
    assert found[0]["missing_labels"] == text


@pytest.mark.parametrize(
    ("settings", "guessing"),
    [
        (["data.classes=7"], np.log(7)),
        (["loss=squared_error"], 0.45),
        (["loss=residual_sum_of_squares", "network.output=tanh"], 0.9),
        (["loss=binary_cross_entropy"], -np.log(0.1) - 9 * np.log(0.9)),
    ],
)
def test_the_loss_of_guessing_is_that_of_equal_outputs(settings: list[str], guessing: float) -> None:
    assert loss_of_guessing(build_model(load_config("default", settings), 4)) == pytest.approx(guessing)


def test_a_probe_is_small_and_leaves_the_training_as_it_is(mnist: Dataset) -> None:
    config = load_config("default", [*SMALL, "training.epochs=1"])
    data, states = split(config, mnist), list[TrainState]()
    samples = probe(config, data)
    assert PROBED / 2 < len(samples.X) <= PROBED
    for examined in (False, True):
        state, records = new_state(config), []
        for record in train(config, data, state):
            if record is not None:
                records.append(record)
            if examined and records:
                diagnose(state, records, samples)
        states.append(state)
    plain, examined_state = states
    np.testing.assert_array_equal(plain.model.mlp.theta, examined_state.model.mlp.theta)


def test_a_tiny_data_set_without_validation_is_diagnosed(tiny_data: Path) -> None:
    dataset = load_dataset(str(tiny_data))
    assert isinstance(dataset.train, Samples)
    assert not any(diagnosed(dataset, "default", "data.validation=0", "training.batch_size=32", epochs=3))


def test_labels_of_one_class_have_their_warning_before_the_training(mnist: Dataset) -> None:
    data = split(load_config("default", SMALL), mnist)
    data = data._replace(samples=data.samples._replace(y=np.zeros_like(data.samples.y)))
    assert diagnosed(mnist, "default", *SMALL, epochs=1, data=data) == [{}]
