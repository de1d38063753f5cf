"""Print the times of the parts of a training run with document 004's settings, and of the parts of a step.

    python scripts/benchmarks/breakdown.py

One BLAS thread; medians over three epochs. The two products are timed in the same loop, so that the caches hold of
their arrays what they hold in a step.
"""

import time

BEGIN = time.perf_counter()

import statistics
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from threadpoolctl import threadpool_limits

from mnist_mlp.config import load_config
from mnist_mlp.data.batches import Batch, batches, epoch_order
from mnist_mlp.data.source import load_dataset
from mnist_mlp.models import build_distorter
from mnist_mlp.random_streams import Purpose, random_stream
from mnist_mlp.runs.data_of_run import load_data
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.open_session import start
from mnist_mlp.runs.session import Session
from mnist_mlp.training.state import new_state
from mnist_mlp.training.step import TrainingStep
from scripts.documents import markdown_table

RUN, STEP, PRODUCTS, SAVED, DISTORTED = (defaultdict[str, list[float]](list) for _ in range(5))


@contextmanager
def timed(times: dict[str, list[float]], name: str) -> Iterator[None]:
    """Add the seconds that a block takes to ``times``."""
    begin = time.perf_counter()
    yield
    times[name].append(time.perf_counter() - begin)


def print_table(times: dict[str, list[float]], factor: float, unit: str) -> None:
    """Print medians and shares as a Markdown table."""
    medians = {name: factor * statistics.median(values) for name, values in times.items()}
    total = sum(medians.values())
    rows = [(name, f"{value:.3g}", f"{100 * value / total:.0f} %") for name, value in medians.items()]
    print(markdown_table(("part", unit, "share"), [*rows, ("all", f"{total:.3g}", "")]), end="\n\n")


def whole_run() -> Session:
    """Time a run of the config `reference` as the command does it, and return its session."""
    RUN["imports"].append(time.perf_counter() - BEGIN)
    config = load_config("reference")
    with timed(RUN, "data: unzip, SHA-256, split"):
        data = load_data(config)
    with TemporaryDirectory() as directory:
        with timed(RUN, "network, run directory"):
            session = start(Run(Path(directory)), config, data)
        with timed(RUN, "10 epochs"):
            for _ in session.train():
                pass
        with timed(SAVED, "of which the last checkpoint"):
            session.save()
    return session


def steps(session: Session) -> None:
    """Time the parts of a step, each by the function that a step calls."""
    mlp, loss, optimizer = session.state.model.mlp, session.state.model.loss, session.state.optimizer
    step = TrainingStep(session.state.model, optimizer)
    cache, X_y = mlp.cache(100), session.data.samples
    z, dW = np.empty((100, 128), np.float32), np.empty((784, 128), np.float32)
    for epoch in range(3):
        source = batches(X_y.X, X_y.y, epoch_order(session.data.train, 0, epoch), 100, mlp.dtype)
        for _ in range(600):
            with timed(STEP, "batch: gather, convert"):
                batch = next(source)
            with timed(STEP, "forward"):
                logits = mlp.forward(batch.X, cache).z[-1]
            with timed(STEP, "loss, its gradient, right answers"):
                losses, G, correct = loss.of_labels(logits, batch.y)
                float(np.add.reduce(losses))
                int(np.count_nonzero(correct))
                delta = G * (0.001 / 100)
            with timed(STEP, "backward"):
                mlp.backward(cache, delta, out=step.gradient)
            with timed(STEP, "update"):
                optimizer.apply(mlp.theta, step.gradient.flat, 0.001)
            with timed(PRODUCTS, "X W1 alone"):
                np.dot(batch.X, mlp.layers[0].W, out=z)
            with timed(PRODUCTS, "its gradient alone"):
                np.dot(batch.X.T, z, out=dW)


def distorted_steps() -> None:
    """Time the distortion of a batch of the config `best`, and the step that follows it."""
    config = load_config("best")
    samples = load_dataset().train
    state, distort = new_state(config, samples.X.shape[1]), build_distorter(config, samples.shape)
    assert distort is not None
    step = TrainingStep(state.model, state.optimizer, config.training.l2)
    order = epoch_order(np.arange(len(samples.y)), 0, 0)
    source = batches(samples.X, samples.y, order, config.training.batch_size, state.model.mlp.dtype)
    for number, batch in enumerate(source):
        with timed(DISTORTED, "distortion of 256"):
            X = distort(batch.X, random_stream(0, Purpose.AUGMENTATION, 0, number))
        with timed(DISTORTED, "step of 256"):
            step(Batch(X, batch.y), 0.001)


if __name__ == "__main__":
    with threadpool_limits(1, user_api="blas"):
        steps(whole_run())
        distorted_steps()
    print_table(RUN, 1, "s")
    for times in (STEP, PRODUCTS, DISTORTED):
        print_table(times, 1e6, "µs")
    print_table(SAVED, 1e3, "ms")
