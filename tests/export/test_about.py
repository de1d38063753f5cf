import json
from base64 import b64decode
from dataclasses import replace

import numpy as np

from mnist_mlp import export_model, load_checkpoint
from mnist_mlp.config import load_config
from mnist_mlp.data.dataset import Dataset
from mnist_mlp.export.about import About, about
from mnist_mlp.training.state import EpochRecord, Progress, TrainState, new_state


def state(validation_accuracy: float | None) -> TrainState:
    record = EpochRecord(1, 10, 0.1, 0.5, 0.9, None, validation_accuracy)
    return replace(new_state(load_config(overrides=["network.hidden=[3]"])), progress=Progress(last=record))


def test_after_mnist_the_accuracy_is_that_of_the_test_set(mnist: Dataset) -> None:
    found = about(load_checkpoint("pretrained").state, "pretrained")
    assert found[:2] == ("pretrained", "99.07 % of MNIST's 10,000 test digits")
    for digit, example in enumerate(found.examples):
        pixels = np.frombuffer(b64decode(example), np.uint8)
        assert mnist.test.y[(pixels == mnist.test.X).all(axis=1)].tolist() == [digit]


def test_classes_of_mnist_may_have_names_too(mnist: Dataset) -> None:
    names = tuple(f"digit {c}" for c in range(10))
    config = load_config(overrides=[f"data.names=[{','.join(names)}]", "network.hidden=[3]"])
    named = replace(new_state(config), data=load_checkpoint("pretrained").state.data)
    assert about(named).names == names
    page = export_model(named, "html").decode()
    assert json.loads(page.partition('id="about">')[2].partition("<")[0])["names"] == list(names)
    assert "<h1>Draw a digit</h1>" in page


def test_after_other_data_it_is_that_of_the_validation_samples_if_there_are_any() -> None:
    assert about(state(0.9876), "letters") == About("letters", "98.76 % of the validation samples")
    assert about(state(None)) == About()
    assert about(new_state(load_config(overrides=["network.hidden=[3]"]))) == About()
