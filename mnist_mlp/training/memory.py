"""Estimate the memory of a training run before it is allocated."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import pairwise
from pathlib import Path

import psutil
from msgspec.structs import replace

from mnist_mlp.config.schema import Config, name_of
from mnist_mlp.data.prefetch import COPIES
from mnist_mlp.data.synthetic import n_drawn, synthetic_per_epoch
from mnist_mlp.errors import ConfigError
from mnist_mlp.nn.optimizers import OPTIMIZERS

_DRAWING = 24  # bytes per weight: random numbers are drawn in float64 and scaled in a copy

_CHUNK = 1000  # rows of a forward pass in validation (``Model.logits``)
_METRICS = 8  # arrays of the size of the logits in validation
_INDEX = 13  # bytes per sample: the indices of the split, the order of an epoch, and temporary arrays

# Bytes of address space that are mapped but hardly used, and that only ``ulimit -v`` counts.
_BUFFER = 32 << 20  # OpenBLAS, for each thread that multiplies (NumPy's wheels are built with BUFFERSIZE=20)
_THREAD = (8 + 64) << 20  # stack and malloc arena of a thread (Linux, glibc)
_MODULES = 24 << 20  # modules that are imported later (16 MiB measured)

_CGROUPS = Path("/sys/fs/cgroup")


def needed(config: Config, n_samples: int, n_in: int, *, mapped: bool = False, workers: int = 0) -> int:
    """Return the bytes that training takes at its peak, within about ten per cent.

    ``mapped`` pictures take none: they are in the page cache of the system, which can release them. With ``workers``,
    batches wait for the network.
    """
    item = 4 if config.network.dtype == "float32" else 8
    sizes = (n_in, *config.network.hidden, config.data.classes)
    layers = [a * b + b for a, b in pairwise(sizes)]
    parameters = item * sum(layers)
    # Vectors of the size of theta: the optimiser's, and the EMA.
    vectors = len(OPTIMIZERS[name_of(config.optimizer)].vectors) + bool(config.training.ema_decay)
    held_out = min(config.data.validation, n_samples)
    # For each layer a, z, delta, phi', mask; the input as bytes, scaled, as a[0], and distorted.
    row = n_in * (1 + 3 * item) + 5 * item * sum(sizes[1:])
    batch = min(config.training.batch_size, n_samples)
    rows = batch + min(_CHUNK, held_out)
    beginning = parameters + _DRAWING * max(layers)
    # Theta, its gradient, the vectors of the optimiser, the EMA and the penalty; a save needs two more copies.
    stepping = parameters * (2 + vectors + (1 if config.training.l2 else 0)) + rows * row
    stepping += workers * COPIES * batch * n_in * item
    saving = 2 * parameters * (1 + vectors)
    synthetic = synthetic_per_epoch(config, n_samples - held_out)
    indices, drawn = (n_samples + synthetic) * _INDEX, n_drawn(synthetic) * (n_in + 1)
    data = indices + drawn + n_samples * (0 if mapped else n_in + 1) + held_out * item * _METRICS * config.data.classes
    return data + max(beginning, stepping + saving)


def available(workers: int = 0, processes: int = 1) -> int:
    """Return the bytes that ``processes`` with ``workers`` can still allocate: free memory, or less in a container.

    ``ulimit -v`` limits each process, the others limit all together.
    """
    each = (processes * free for free in _free_address_space(workers))
    return min((int(psutil.virtual_memory().available), *_free_in_cgroup(), *each))


def fits(
    config: Config, n_samples: int, n_in: int, *, mapped: bool = False, processes: int = 1, workers: int = 0
) -> bool:
    """Whether training in ``processes`` processes on this machine fits into memory."""
    need = processes * needed(config, n_samples, n_in, mapped=mapped, workers=workers)
    return need <= available(workers, processes)


def check_memory(
    config: Config, n_samples: int, n_in: int, *, mapped: bool = False, processes: int = 1, workers: int = 0
) -> None:
    """Raise ``ConfigError`` if training in ``processes`` processes on this machine does not fit into memory."""
    fit = partial(fits, n_samples=n_samples, n_in=n_in, mapped=mapped, processes=processes)
    if fit(config, workers=workers):
        return
    where = f"network.hidden {list(config.network.hidden)}, training.batch_size {config.training.batch_size}"
    fix = "use narrower layers or smaller batches"
    if fit(_without_synthetic(config), workers=workers):
        where, fix = f"data.synthetic {config.data.synthetic}", "use a smaller fraction"
    if workers and fit(config):
        where, fix = "a worker that prepares batches", "train without it"
    need = processes * needed(config, n_samples, n_in, mapped=mapped, workers=workers)
    why = f"training would take about {need / 2**30:,.2f} GiB, and "
    why += f"{available(workers, processes) / 2**30:,.2f} GiB are free"
    raise ConfigError("not enough memory", where=where, why=why, fix=fix)


def _without_synthetic(config: Config) -> Config:
    return replace(config, data=replace(config.data, synthetic=0.0))


def _free_in_cgroup() -> Iterator[int]:
    """Yield what each control group of this process allows: all levels of version 2, then version 1."""
    groups = [_CGROUPS]
    with suppress(OSError, ValueError):
        own = Path("/proc/self/cgroup").read_text().rpartition("::")[2].strip().strip("/")
        groups += [group for group in (_CGROUPS / own, *(_CGROUPS / own).parents) if _CGROUPS in group.parents]
    pairs = [(group / "memory.max", group / "memory.current") for group in groups]
    pairs += [(_CGROUPS / "memory/memory.limit_in_bytes", _CGROUPS / "memory/memory.usage_in_bytes")]
    for limit, usage in pairs:
        with suppress(OSError, ValueError):  # there is no such group, or no limit
            # Usage includes cached files, which the kernel can release, unlike the memory of this process.
            held = min(int(usage.read_text()), psutil.Process().memory_info().rss)
            yield max(int(limit.read_text()) - held, 0)


def _free_address_space(workers: int) -> Iterator[int]:
    """Yield what ``ulimit -v`` allows, on systems that have it, to each process with ``workers``."""
    with suppress(ImportError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            taken = psutil.Process().memory_info().vms + _MODULES + _BUFFER + workers * (_BUFFER + _THREAD)
            yield max(limit - taken, 0)
