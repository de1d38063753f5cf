"""The learning rate range test (Smith 2015): the loss of each step while the learning rate rises exponentially.

eta_i = low (high / low)^(i / (n - 1)),    i = 0, ..., n - 1

Losses are smoothed by an exponential moving average without the bias of its start, as for Adam:

s_i = beta s_(i-1) + (1 - beta) l_i,    smoothed_i = s_i / (1 - beta^(i + 1))
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

import msgspec

from mnist_mlp.config.schema import Config
from mnist_mlp.data.source import configured_dataset
from mnist_mlp.errors import DivergenceError
from mnist_mlp.threads import blas_threads
from mnist_mlp.training.distributed import SINGLE_PROCESS
from mnist_mlp.training.fit_config import fit_config
from mnist_mlp.training.loop import Split, split, steps_per_epoch, train_at
from mnist_mlp.training.memory import check_memory
from mnist_mlp.training.state import new_state

LOW, HIGH = 1e-6, 100.0
MIN_STEPS = 200  # so that small data sets have enough steps in each decade
BETA = 0.95
STOP = 4.0  # times the lowest smoothed loss
FALL = 0.9  # part of the first loss that the lowest one must be below, to be more than noise
MARGIN = 10.0  # the rate of the lowest loss is where training is about to become unstable

Progress = Callable[[int, int], object]  # receives the number of steps that are done, and of all


class RangeTest(NamedTuple):
    """The steps of a learning rate range test, and the learning rate that they suggest."""

    rates: list[float]
    losses: list[float]  # of each batch before its update
    smoothed: list[float]
    ending: str  # why the test ended

    def __repr__(self) -> str:
        return f"<RangeTest {len(self.rates)} steps, suggestion {self.suggestion}>"

    @property
    def lowest(self) -> int:
        """The step with the lowest smoothed loss."""
        return self.smoothed.index(min(self.smoothed))

    @property
    def suggestion(self) -> float | None:
        """A tenth of the rate with the lowest smoothed loss, to two digits; None: the loss never fell."""
        if not self.smoothed or min(self.smoothed) > FALL * self.smoothed[0]:
            return None
        return float(f"{self.rates[self.lowest] / MARGIN:.2g}")

    @property
    def reason(self) -> str:
        """Why this rate is suggested."""
        if self.suggestion is None:
            return "the loss falls at no learning rate"
        lowest = f"{self.rates[self.lowest]:.2g}"
        if self.lowest == len(self.rates) - 1:
            return f"a tenth of {lowest}, where the smoothed loss still falls"
        return f"a tenth of {lowest}, where the smoothed loss is lowest; the best rate is usually between the two"


def find_learning_rate(config: Config, progress: Progress | None = None) -> RangeTest:
    """Return a learning rate range test of a config on its training data; ``suggestion`` is a good learning rate.

    progress: called after each step with the number of steps that are done, and of all.
    Raises ``ConfigError`` and ``DataError``.

    >>> mm.find_learning_rate(mm.load_config("reference")).suggestion
    0.057
    """
    dataset = configured_dataset(config)
    config = fit_config(config, dataset)
    check_memory(config, *dataset.announced_shape, mapped=dataset.is_mapped)
    with blas_threads(1):
        return range_test(config, split(config, dataset), progress)


def range_test(config: Config, data: Split, progress: Progress | None = None) -> RangeTest:
    """Train a new network at rising learning rates, for one pass over the training samples, or ``MIN_STEPS`` steps.

    The test ends early if the loss is not finite, or if the smoothed loss exceeds ``STOP`` times its minimum.
    """
    n = max(steps_per_epoch(config, data), MIN_STEPS)
    endless = msgspec.structs.replace(config.training, epochs=10**6, patience=0)
    config = msgspec.structs.replace(config, training=endless)
    data = data._replace(validation=data.validation[:0])
    state = new_state(config, data.samples.X.shape[1])
    found, average = RangeTest([], [], [], f"all {n:,} steps are done"), 0.0

    def rate(step: int) -> float:
        return float(LOW * (HIGH / LOW) ** (step / (n - 1)))

    def losses() -> Iterator[float]:
        before = 0.0
        for record in train_at(config, data, state, rate, SINGLE_PROCESS, workers=0):
            done, batch = state.progress, config.training.batch_size
            if record is None:
                yield (done.loss_sum - before) / min(batch, data.per_epoch - (done.batch - 1) * batch)
            before = done.loss_sum  # 0 after an epoch

    try:
        for i, loss in enumerate(islice(losses(), n)):
            average = BETA * average + (1 - BETA) * loss
            found.rates.append(rate(i))
            found.losses.append(loss)
            found.smoothed.append(average / (1 - BETA ** (i + 1)))
            if progress is not None:
                progress(i + 1, n)
            if found.smoothed[-1] > STOP * min(found.smoothed):
                return found._replace(ending=f"the smoothed loss is {STOP:g} times its minimum at {rate(i):.2g}")
    except DivergenceError:
        return found._replace(ending=f"the loss is not finite at {rate(len(found.rates)):.2g}")
    return found
