"""What the page says about its network: name, accuracy, and pictures to start from."""

from base64 import b64encode
from typing import NamedTuple

import numpy as np

from mnist_mlp.data.source import load_dataset
from mnist_mlp.evaluation.metrics import evaluate
from mnist_mlp.formatting import percent
from mnist_mlp.training.state import TrainState


class About(NamedTuple):
    """Name and accuracy of a network, in words, example pixels in base64, and names of classes; empty: unknown."""

    name: str = ""
    accuracy: str = ""
    examples: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def about(state: TrainState, name: str = "") -> About:
    """Return what to say about the network of a state; after training on MNIST, it is measured on the test set."""
    names = state.config.data.names or ()
    if state.rejects:
        test = load_dataset().test
        accuracy = evaluate(state.inference_model, test.X, test.y).accuracy
        first = [int(np.argmax(test.y == digit)) for digit in range(10)]
        examples = tuple(b64encode(test.X[i].tobytes()).decode() for i in first)
        return About(name, f"{percent(accuracy)} of MNIST's {len(test.y):,} test digits", examples, names)
    last = state.progress.last
    if last is None or last.validation_accuracy is None:
        return About(name, names=names)
    return About(name, f"{percent(last.validation_accuracy)} of the validation samples", names=names)
