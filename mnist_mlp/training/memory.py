"""What a training run will need in memory, said before any of it is taken."""

from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import psutil

from mnist_mlp.config.schema import Config, name_of
from mnist_mlp.errors import ConfigError

# Vectors as long as theta, besides theta itself: the gradient, and what each optimiser keeps.
_VECTORS = {"sgd": 1, "momentum": 2, "adam": 4}

# Limits of the container: control groups of version 2, then of version 1.
_CGROUP_FILES = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def needed(config: Config, n_samples: int, n_in: int) -> int:
    """Bytes that training takes, to a few per cent: parameters, optimiser, one batch, and the data."""
    item = 4 if config.network.dtype == "float32" else 8
    sizes = (n_in, *config.network.hidden, config.data.classes)
    parameters = sum(a * b + b for a, b in pairwise(sizes))
    vectors = 1 + _VECTORS[name_of(config.optimizer)] + (1 if config.training.l2 else 0)
    rows = min(config.training.batch_size, n_samples)
    # For each layer z, a, delta, phi'; the input as bytes and scaled.
    batch = rows * (n_in * (1 + item) + 4 * item * sum(sizes[1:]))
    return parameters * vectors * item + batch + n_samples * (n_in + 9)


def available() -> int:
    """Bytes that this process may still take: the machine's free memory, or less in a container."""
    free: int = psutil.virtual_memory().available
    for name in _CGROUP_FILES:
        with suppress(OSError, ValueError):
            free = min(free, int(Path(name).read_text()))
    return free


def check_memory(config: Config, n_samples: int, n_in: int) -> None:
    """Refuse what cannot fit."""
    need, free = needed(config, n_samples, n_in), available()
    if need > free:
        raise ConfigError(
            "not enough memory",
            where=f"network.hidden {list(config.network.hidden)}, training.batch_size {config.training.batch_size}",
            why=f"training would take about {_gib(need)}, and {_gib(free)} are free",
            fix="use narrower layers or smaller batches",
        )


def _gib(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:,.1f} GiB"
