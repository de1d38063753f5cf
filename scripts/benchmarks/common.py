"""What the competitors share: the data, the settings, and the jobs, so that all do the same work.

Each competitor is a script: `python COMPETITOR.py JOB [SETTING]`. It prints one line of JSON.
"""

import gzip
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

DATA = Path(__file__).parents[2] / "mnist_mlp" / "data" / "mnist"
N_IN, HIDDEN, CLASSES = 784, 128, 10
EPOCHS_TIMED = 3
TARGET = 0.98
SEED = int(os.environ.get("BENCHMARK_SEED", "0"))  # another in each round


@dataclass(frozen=True)
class Setting:
    """What is trained. ``schedule`` linear: the learning rate falls to 0 over all epochs.

    distort: as the recipe `default` distorts; all competitors call the same NumPy code for it.
    """

    optimizer: str
    learning_rate: float
    batch_size: int
    epochs: int = 10
    l2: float = 0.0
    schedule: str = "constant"
    samples: int = 60_000
    distort: bool = False

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return -(-self.samples // self.batch_size)

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        return self.learning_rate * (1 - step / (self.epochs * self.steps) if self.schedule == "linear" else 1)


SETTINGS = {
    "sgd100": Setting("sgd", 0.001, 100),  # document 004
    "adam128": Setting("adam", 0.001, 128),
    "sgd1024": Setting("sgd", 0.01, 1024),
    "default": Setting("adam", 0.01, 256, epochs=12, l2=0.00001, schedule="linear", samples=50_000, distort=True),
}


class Mnist(NamedTuple):
    """Pixels as bytes (n, 784), labels (n,)."""

    X: np.ndarray[Any, Any]
    y: np.ndarray[Any, Any]
    X_test: np.ndarray[Any, Any]
    y_test: np.ndarray[Any, Any]


def mnist() -> Mnist:
    """The four files, read as a short script would."""

    def read(name: str, offset: int) -> np.ndarray[Any, Any]:
        return np.frombuffer(gzip.decompress((DATA / f"{name}-ubyte.gz").read_bytes()), np.uint8, offset=offset)

    return Mnist(
        read("train-images-idx3", 16).reshape(-1, N_IN),
        read("train-labels-idx1", 8),
        read("t10k-images-idx3", 16).reshape(-1, N_IN),
        read("t10k-labels-idx1", 8),
    )


def he_normal() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Initial weights for those that do not draw their own: the same for all, (784, 128) and (128, 10)."""
    generator = np.random.default_rng(SEED)
    shapes = ((N_IN, HIDDEN), (HIDDEN, CLASSES))
    first, second = (np.sqrt(2 / n) * generator.standard_normal((n, m)) for n, m in shapes)
    return first.astype(np.float32), second.astype(np.float32)


class Competitor(NamedTuple):
    """What a competitor offers; ``train`` yields after each epoch."""

    train: Callable[[Setting], Iterator[None]]
    accuracy: Callable[[], float]  # on the test set, of what is trained
    save: Callable[[str], None]


def run(competitor: Competitor) -> None:
    """Do the job that the command line asks for."""
    job, setting = sys.argv[1], SETTINGS[sys.argv[2]]
    print(
        json.dumps({"steps": steps, "whole": whole, "target": target, "evaluate": evaluate}[job](competitor, setting))
    )


def steps(competitor: Competitor, setting: Setting) -> dict[str, float]:
    """Seconds of a step, over whole epochs; the first epoch, which may compile, is told apart."""
    epochs = competitor.train(setting)
    first, *times = [_seconds(lambda: next(epochs)) for _ in range(1 + EPOCHS_TIMED)]
    step = statistics.median(times) / setting.steps
    return {"seconds": step, "first_epoch": first / setting.steps - step, "accuracy": competitor.accuracy()}


def whole(competitor: Competitor, setting: Setting) -> dict[str, float]:
    """All epochs and a saved file: the process is timed from outside."""
    for _ in competitor.train(setting):
        pass
    competitor.save("model.bin")
    return {"accuracy": competitor.accuracy()}


def target(competitor: Competitor, setting: Setting) -> dict[str, float]:
    """Seconds from the start of the process until the test accuracy is reached (what timing is for, and only that)."""
    for epoch, _ in enumerate(competitor.train(setting), start=1):
        accuracy = competitor.accuracy()
        if accuracy >= TARGET:
            return {
                "seconds": time.time() - float(os.environ["BENCHMARK_START"]),
                "epochs": epoch,
                "accuracy": accuracy,
            }
    return {"seconds": float("nan"), "epochs": float("nan"), "accuracy": accuracy}


def evaluate(competitor: Competitor, setting: Setting) -> dict[str, float]:
    """Seconds for the 10,000 test digits, from bytes to a count of right answers."""
    next(competitor.train(setting))
    times = [_seconds(competitor.accuracy) for _ in range(30)]
    return {"seconds": statistics.median(times[5:])}


def _seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
