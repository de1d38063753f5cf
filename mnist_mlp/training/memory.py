"""What a training run will need in memory, said before any of it is taken."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import psutil

from mnist_mlp.config.schema import Config, name_of
from mnist_mlp.errors import ConfigError
from mnist_mlp.models import OPTIMIZER_STATE

# Random numbers are drawn in float64 and scaled in a copy.
_DRAWING = 24

# Rows that validation asks about at a time (``Model.logits``), and the arrays of the size of its logits that the
# metrics need.
_CHUNK = 1000
_METRICS = 8

# Bytes a sample: which of them train, the order of an epoch, and what it takes to find that.
_INDEX = 13

_CGROUPS = Path("/sys/fs/cgroup")


def needed(config: Config, n_samples: int, n_in: int, *, mapped: bool = False) -> int:
    """Bytes that training takes at its peak, to some ten per cent: data, parameters and their like, batches, a save.

    Mapped pictures take none: what is read of them is in the system's cache, which gives it back.
    """
    item = 4 if config.network.dtype == "float32" else 8
    sizes = (n_in, *config.network.hidden, config.data.classes)
    layers = [a * b + b for a, b in pairwise(sizes)]
    parameters, carried = item * sum(layers), len(OPTIMIZER_STATE[name_of(config.optimizer)])
    carried += bool(config.training.ema_decay)
    held_out = min(config.data.validation, n_samples)
    # For each layer a, z, delta, phi', mask; the input as bytes, scaled, as a[0], and distorted.
    row = n_in * (1 + 3 * item) + 5 * item * sum(sizes[1:])
    rows = min(config.training.batch_size, n_samples) + min(_CHUNK, held_out)
    beginning = parameters + _DRAWING * max(layers)
    # Theta, its gradient, what the optimiser carries and the average, the penalty; a save holds what lasts twice.
    stepping = parameters * (2 + carried + (1 if config.training.l2 else 0)) + rows * row
    saving = 2 * parameters * (1 + carried)
    data = n_samples * (_INDEX + (0 if mapped else n_in + 1)) + held_out * item * _METRICS * config.data.classes
    return data + max(beginning, stepping + saving)


def available() -> int:
    """Bytes that this process may still take: the machine's free memory, or less in a container."""
    return min((int(psutil.virtual_memory().available), *_cgroup_room(), *_address_room()))


def check_memory(config: Config, n_samples: int, n_in: int, *, mapped: bool = False, processes: int = 1) -> None:
    """Refuse what cannot fit; as many ``processes`` on this machine do the same."""
    need, free = processes * needed(config, n_samples, n_in, mapped=mapped), available()
    if need > free:
        raise ConfigError(
            "not enough memory",
            where=f"network.hidden {list(config.network.hidden)}, training.batch_size {config.training.batch_size}",
            why=f"training would take about {_gib(need)}, and {_gib(free)} are free",
            fix="use narrower layers or smaller batches",
        )


def _cgroup_room() -> Iterator[int]:
    """What the control groups around this process leave it: version 2, each level; then version 1."""
    groups = [_CGROUPS]
    with suppress(OSError, ValueError):
        own = Path("/proc/self/cgroup").read_text().rpartition("::")[2].strip().strip("/")
        groups += [group for group in (_CGROUPS / own, *(_CGROUPS / own).parents) if _CGROUPS in group.parents]
    pairs = [(group / "memory.max", group / "memory.current") for group in groups]
    pairs += [(_CGROUPS / "memory/memory.limit_in_bytes", _CGROUPS / "memory/memory.usage_in_bytes")]
    for limit, usage in pairs:
        with suppress(OSError, ValueError):  # there is no such group, or it says "max"
            # Usage counts cached files, which the kernel gives back: only what this process holds is surely taken.
            held = min(int(usage.read_text()), psutil.Process().memory_info().rss)
            yield max(int(limit.read_text()) - held, 0)


def _address_room() -> Iterator[int]:
    """What ``ulimit -v`` leaves, where there is such a thing."""
    with suppress(ImportError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            yield max(limit - psutil.Process().memory_info().vms, 0)


def _gib(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:,.1f} GiB"
