"""The data, the settings and the jobs, which all competitors share, so that all do the same work.

Each competitor is a script, `python COMPETITOR.py JOB SETTING`, and prints one line of JSON.
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
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

DATA = Path(__file__).parents[2] / "mnist_mlp" / "data" / "mnist"
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

N_IN, HIDDEN, CLASSES = 784, 128, 10
EPOCHS_TIMED = 3
TARGET = 0.98
WORKERS = int(os.environ.get("BENCHMARK_WORKERS", "0"))
SEED = int(os.environ.get("BENCHMARK_SEED", "0"))  # differs from round to round


@dataclass(frozen=True)
class Setting:
    """Hyperparameters. ``schedule`` linear: the learning rate falls to 0 over all epochs.

    distort: name of the config that distorts the samples, or ""; all competitors call the same NumPy code for it.
    """

    optimizer: str
    learning_rate: float
    batch_size: int
    epochs: int = 10
    l2: float = 0.0
    schedule: str = "constant"
    samples: int = 60_000
    distort: str = ""

    @property
    def steps(self) -> int:
        return -(-self.samples // self.batch_size)

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        return self.learning_rate * (1 - step / (self.epochs * self.steps) if self.schedule == "linear" else 1)


SETTINGS = {
    "sgd100": Setting("sgd", 0.001, 100),  # document 004
    "adam128": Setting("adam", 0.001, 128),
    "sgd1024": Setting("sgd", 0.01, 1024),
    "default": Setting("adam", 0.01, 256, epochs=12, l2=0.00001, schedule="linear", samples=50_000, distort="default"),
    # Without its moving average, and with another schedule, which changes no time.
    "best": Setting("adam", 0.006, 256, epochs=300, l2=0.00001, schedule="linear", distort="best"),
}


class Mnist(NamedTuple):
    """Pixels (n, 784) and labels (n,) as bytes."""

    X: Bytes
    y: Bytes
    X_test: Bytes
    y_test: Bytes


def mnist() -> Mnist:
    """Return the data of the four files, read as a short script would read them."""

    def read(name: str) -> tuple[Bytes, Bytes]:
        kinds = "images-idx3", "labels-idx1"
        X, y = (gzip.decompress((DATA / f"{name}-{kind}-ubyte.gz").read_bytes()) for kind in kinds)
        return np.frombuffer(X, np.uint8, offset=16).reshape(-1, N_IN), np.frombuffer(y, np.uint8, offset=8)

    return Mnist(*read("train"), *read("t10k"))


def he_normal() -> tuple[Floats, Floats]:
    """Return the same initial weights (784, 128) and (128, 10) for all competitors that do not draw their own."""
    generator = np.random.default_rng(SEED)
    shapes = ((N_IN, HIDDEN), (HIDDEN, CLASSES))
    first, second = (np.sqrt(2 / n) * generator.standard_normal((n, m)) for n, m in shapes)
    return first.astype(np.float32), second.astype(np.float32)


class Competitor(Protocol):
    """An implementation of the 784-128-10 network."""

    def train(self, setting: Setting) -> Iterator[None]:
        """Train, and yield after each epoch."""

    def accuracy(self) -> float:
        """Return the accuracy of the trained network on the test set, computed from the pixels as bytes."""

    def save(self, name: str) -> None:
        """Write the parameters to a file."""


def run(competitor: Competitor) -> None:
    """Do the job of the command line and print its figures as JSON."""
    jobs = {"steps": steps, "whole": whole, "target": target, "evaluate": evaluate}
    print(json.dumps(jobs[sys.argv[1]](competitor, SETTINGS[sys.argv[2]])))


def steps(competitor: Competitor, setting: Setting) -> dict[str, float]:
    epochs = competitor.train(setting)
    first, *times = [seconds_of(lambda: next(epochs)) for _ in range(1 + EPOCHS_TIMED)]
    step = statistics.median(times) / setting.steps
    return {"seconds": step, "first_epoch": first / setting.steps - step, "accuracy": competitor.accuracy()}


def whole(competitor: Competitor, setting: Setting) -> dict[str, float]:
    """Train all epochs and save; the caller times the process."""
    for _ in competitor.train(setting):
        pass
    competitor.save("model.bin")
    return {"accuracy": competitor.accuracy()}


def target(competitor: Competitor, setting: Setting) -> dict[str, float]:
    """Return the seconds from the start of the process until the test accuracy is TARGET; only timing may use it so."""
    for epoch, _ in enumerate(competitor.train(setting), start=1):
        accuracy = competitor.accuracy()
        if accuracy >= TARGET:
            seconds = time.time() - float(os.environ["BENCHMARK_START"])
            return {"seconds": seconds, "epochs": epoch, "accuracy": accuracy}
    return {"seconds": float("nan"), "epochs": float("nan"), "accuracy": accuracy}


def evaluate(competitor: Competitor, setting: Setting) -> dict[str, float]:
    """Return the seconds for the 10,000 test samples, from bytes to the accuracy."""
    next(competitor.train(setting))
    times = [seconds_of(competitor.accuracy) for _ in range(30)]
    return {"seconds": statistics.median(times[5:])}


def seconds_of(action: Callable[[], object]) -> float:
    """Return the elapsed time of an action, or the processor time if the benchmark is to measure that."""
    clock = time.process_time if os.environ.get("BENCHMARK_PROCESSOR_TIME") else time.perf_counter
    start = clock()
    action()
    return clock() - start
