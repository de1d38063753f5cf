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
from mnist_mlp.data.dataset import load_dataset
from mnist_mlp.models import build_distorter
from mnist_mlp.state import new_state
from mnist_mlp.storage.run import Run
from mnist_mlp.streams import Purpose, stream
from mnist_mlp.training.session import Session, load_data, start
from mnist_mlp.training.step import TrainingStep

TIMES: dict[str, list[float]] = defaultdict(list)


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Add the seconds that a block takes to TIMES."""
    begin = time.perf_counter()
    yield
    TIMES[name].append(time.perf_counter() - begin)


def table(names: list[str], factor: float, unit: str) -> None:
    """Print medians and shares as a Markdown table."""
    medians = {name: factor * statistics.median(TIMES[name]) for name in names}
    total = sum(medians.values())
    print(f"| part | {unit} | share |\n|---|---|---|")
    for name, value in medians.items():
        print(f"| {name} | {value:.3g} | {100 * value / total:.0f} % |")
    print(f"| all | {total:.3g} | |\n")


def whole_run() -> Session:
    """Time a run of the recipe `reference` as the command does it, and return its session."""
    TIMES["imports"].append(time.perf_counter() - BEGIN)
    config = load_config("reference")
    with timed("data: unzip, SHA-256, split"):
        data = load_data(config)
    with TemporaryDirectory() as directory:
        with timed("network, run directory"):
            session = start(Run(Path(directory)), config, data)
        with timed("10 epochs"):
            for _ in session.train():
                pass
        with timed("of which the last checkpoint"):
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
            with timed("batch: gather, convert"):
                batch = next(source)
            with timed("forward"):
                logits = mlp.forward(batch.X, cache).z[-1]
            with timed("loss, its gradient, right answers"):
                losses, G = loss.value_and_gradient(logits, step.targets.take(batch.y, axis=0))
                float(np.add.reduce(losses))
                int(np.count_nonzero(logits.argmax(axis=1) == batch.y))
                delta = G * (0.001 / 100)
            with timed("backward"):
                mlp.backward(cache, delta, out=step.gradient)
            with timed("update"):
                optimizer.apply(mlp.theta, step.gradient.flat, 0.001)
            with timed("X W1 alone"):
                np.dot(batch.X, mlp.layers[0].W, out=z)
            with timed("its gradient alone"):
                np.dot(batch.X.T, z, out=dW)


def distorted_steps() -> None:
    """Time the distortion of a batch of the recipe `best`, and the step that follows it."""
    config = load_config("best")
    samples = load_dataset().train
    state, distort = new_state(config, samples.X.shape[1]), build_distorter(config, samples.shape)
    assert distort is not None
    step = TrainingStep(state.model, state.optimizer, config.training.l2)
    order = epoch_order(np.arange(len(samples.y)), 0, 0)
    source = batches(samples.X, samples.y, order, config.training.batch_size, state.model.mlp.dtype)
    for number, batch in enumerate(source):
        with timed("distortion of 256"):
            X = distort(batch.X, stream(0, Purpose.AUGMENTATION, 0, number))
        with timed("step of 256"):
            step(Batch(X, batch.y), 0.001)


if __name__ == "__main__":
    with threadpool_limits(1, user_api="blas"):
        finished = whole_run()
        steps(finished)
        distorted_steps()
    table(["imports", "data: unzip, SHA-256, split", "network, run directory", "10 epochs"], 1, "s")
    table(["batch: gather, convert", "forward", "loss, its gradient, right answers", "backward", "update"], 1e6, "µs")
    table(["X W1 alone", "its gradient alone"], 1e6, "µs")
    table(["of which the last checkpoint"], 1e3, "ms")
    table(["distortion of 256", "step of 256"], 1e6, "µs")
