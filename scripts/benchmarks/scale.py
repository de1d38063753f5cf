"""Measure what more data and more ranks cost and give: the tables of docs/scale.md.

\b
    scripts/make_infinite_mnist 8100000 infinite
    python scripts/benchmarks/scale.py --data infinite [--job samples] [--job ranks] [--rounds 5] [--write]

\b
samples: step time and memory on the first n samples of the mapped file, beside MNIST in memory.
ranks:   a step of 4096 samples by one process, and by ranks that mpiexec starts; the sum of the gradient alone.
paper:   a prediction for many ranks, from measured times of one process.

Processes alternate, and medians count. Only on Linux: the memory is RssAnon, which excludes the page cache.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from itertools import islice
from math import log2
from pathlib import Path
from typing import Any

import click
import numpy as np
from threadpoolctl import threadpool_limits

from mnist_mlp.config import load_config
from mnist_mlp.data.batches import epoch_order
from mnist_mlp.data.source import load_dataset
from mnist_mlp.training.distributed import ProcessGroup
from mnist_mlp.training.loop import split, train
from mnist_mlp.training.state import new_state
from scripts.documents import markdown_table, measured_by, replace_between

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
SIZES = (60_000, 500_000, 2_000_000, 8_100_000)
BATCH = 256
RANKS_BATCH = 4096
PAPER_BATCHES, PAPER_RANKS, PAPER_SHARD = (256, 4096), (8, 64, 512), 64
PARAMETERS = 101_770
WARM, TIMED = 30, 300  # steps

# Seconds of latency and bytes a second of one link, as the makers give them.
NETWORKS = {"10 Gbit/s Ethernet": (20e-6, 1.25e9), "100 Gbit/s InfiniBand": (1.5e-6, 12.5e9)}

Figures = dict[str, float]


def anonymous_memory() -> int:
    """Return the anonymous memory of this process in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def child_samples(directory: str, n: int) -> Figures:
    """Train for some steps on the first n samples of a directory, or on MNIST in memory ("")."""
    config = load_config(overrides=["augmentation.name=none", f"training.batch_size={BATCH}", "training.epochs=100"])
    dataset = load_dataset(directory or None, digest=(lambda *_: "") if directory else None)
    if directory:  # reading brings them into the page cache
        whole = dataset.train
        dataset.__dict__["train"] = whole._replace(X=whole.X[:n], y=whole.y[:n])
        for start in range(0, n, 100_000):
            dataset.train.X[start : start + 100_000].max()
    peak, stop = anonymous_memory(), threading.Event()

    def sample() -> None:
        nonlocal peak
        while not stop.wait(0.001):
            peak = max(peak, anonymous_memory())

    threading.Thread(target=sample, daemon=True).start()
    data, state = split(config, dataset), new_state(config, 784)
    begun = time.thread_time()
    epoch_order(data.train, 0, 1)
    order = time.thread_time() - begun
    training = train(config, data, state)
    for _ in range(WARM):
        next(training)
    stop.set()  # sampling would slow down the steps
    return {**step_times(training, TIMED), "order": order, "bytes": peak, "n": n}


def child_ranks(batch: int, mpi: bool) -> Figures | None:
    """Train for some steps with all ranks; rank 0 returns the figures."""
    comm: Any = None
    if mpi:
        from mpi4py import MPI

        comm = MPI.COMM_WORLD
    group = ProcessGroup(comm=comm)
    config = load_config(overrides=["augmentation.name=none", f"training.batch_size={batch}", "training.epochs=1000"])
    data = split(config, load_dataset())
    data = data._replace(validation=data.validation[:0])
    figures = step_times(
        train(config, data, new_state(config, 784), group), 3 * TIMED * BATCH // max(batch, BATCH) + WARM
    )
    sums, times = np.ones(PARAMETERS + 3, np.float32), []
    for _ in range(300 if comm else 0):
        comm.Barrier()
        begun = time.perf_counter()
        group.allreduce(sums, 0.0, 0)
        sums[:] = 1
        times.append(time.perf_counter() - begun)
    return {**figures, "sum": statistics.median(times or [0])} if group.is_root else None


def step_times(training: Any, n: int) -> Figures:
    """Return the median seconds of a step, by the clock and of the processor."""
    steps = (record for record in training if record is None)
    wall, cpu = [], []
    for _ in islice(steps, WARM):
        pass
    for _ in range(n):
        begun = time.perf_counter(), time.thread_time()
        next(steps)
        wall.append(time.perf_counter() - begun[0])
        cpu.append(time.thread_time() - begun[1])
    return {"step": statistics.median(wall), "cpu": statistics.median(cpu)}


def measure(*arguments: object, ranks: int = 0) -> Figures:
    """Return the figures of a child process, or of so many ranks."""
    command = [sys.executable, __file__, "--child", json.dumps(arguments)]
    if ranks:
        mpiexec = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        command = [str(mpiexec), "-n", str(ranks), *command]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise click.ClickException(f"{' '.join(command)}: {ended.stderr[-2000:]}")
    figures: Figures = json.loads(next(line for line in ended.stdout.splitlines() if line.startswith("{")))
    return figures


def ratios(base: list[Figures], own: list[Figures], key: str) -> list[float]:
    """Return the ratios of the figures to those of ``base``, round by round."""
    return [now[key] / first[key] for first, now in zip(base, own, strict=True)]


def median(figures: list[Figures], key: str) -> float:
    return statistics.median(one[key] for one in figures)


def job_samples(data: str, rounds: int) -> str:
    """Return the table of step time and memory by the number of samples."""
    if not data:
        raise click.UsageError("job samples needs --data DIR, from scripts/make_infinite_mnist")
    samples: dict[str, list[Figures]] = defaultdict(list)
    sizes = [n for n in SIZES if n <= load_dataset(data).announced_shape[0]]
    settings = [("60,000 in memory", "", 60_000), *((f"{n:,} mapped", data, n) for n in sizes)]
    for _ in range(rounds):
        for name, directory, n in settings:
            samples[name].append(measure("samples", directory, n))
    base, least = samples["60,000 in memory"], median(samples[f"{SIZES[0]:,} mapped"], "bytes")
    rows = []
    for name, _, n in settings:
        own, more = samples[name], n - SIZES[0]
        memory = median(own, "bytes")
        row = [name, *(text for key in ("step", "cpu") for text in (
            f"{1e6 * median(own, key):,.0f}", f"{statistics.median(ratios(base, own, key)):.3f}"))]  # fmt: skip
        row += [f"{1e3 * median(own, 'order'):,.0f}", f"{memory / 1e6:,.0f}"]
        rows.append([*row, f"{(memory - least) / more:.1f}" if more else ""])
    head = "samples|µs a step|ratio|µs of processor|ratio|ms for an epoch's order|MB besides the page cache"
    return markdown_table([*head.split("|"), "bytes a sample more"], rows)


def job_ranks(data: str, rounds: int) -> str:
    """Return the table of the speed-up over ranks."""
    settings = {"one process": 0, "1 rank": 1, "2 ranks": 2}
    samples: dict[str, list[Figures]] = defaultdict(list)
    for _ in range(rounds):
        for name, n in settings.items():
            samples[name].append(measure("ranks", RANKS_BATCH, bool(n), ranks=n))
    rows = []
    for name, own in samples.items():
        speed = ratios(own, samples["one process"], "step")
        cells = [f"{1e3 * median(own, 'step'):.2f}", f"{statistics.median(speed):.2f}"]
        alone = f"{1e6 * median(own, 'sum'):,.0f}" if settings[name] > 1 else ""
        rows.append([name, *cells, f"{min(speed):.2f} to {max(speed):.2f}", alone])
    return markdown_table(["", "ms a step", "speed-up", "least to most", "µs for the sum"], rows)


def job_paper(data: str, rounds: int) -> str:
    """Return a prediction for many ranks.

    t(p) = step(batch / p) + sum(p)        sum(p) = 2 log2(p) latency + 2 (p - 1)/p bytes / bandwidth

    ``step`` is the processor time of a step of so many samples by one process. The sum is that of Rabenseifner (2004):
    a reduce-scatter and an all-gather.
    """
    shards = {-(-batch // p) for batch in PAPER_BATCHES for p in (1, *PAPER_RANKS)} | {PAPER_SHARD}
    samples: dict[int, list[Figures]] = defaultdict(list)
    for _ in range(rounds):
        for n in sorted(shards):
            samples[n].append(measure("ranks", n, False))
    step = {n: median(own, "cpu") for n, own in samples.items()}
    n_bytes = 4 * (PARAMETERS + 3)
    rows = []
    for network, (latency, bandwidth) in NETWORKS.items():
        for p in PAPER_RANKS:
            sent = 2 * (p - 1) / p * n_bytes
            total = 2 * log2(p) * latency + sent / bandwidth
            speed = [step[n] / (step[-(-n // p)] + total) for n in PAPER_BATCHES]
            efficiency = step[PAPER_SHARD] / (step[PAPER_SHARD] + total)
            cells = [f"{sent:,.0f}", f"{1e3 * total:.2f}", *(f"{x:.1f}" for x in speed), f"{100 * efficiency:.0f} %"]
            rows.append([network, str(p), *cells])
    steps = markdown_table(["samples", "µs a step"], [[f"{n:,}", f"{1e6 * step[n]:,.0f}"] for n in sorted(step)])
    head = ["network", "ranks", "bytes sent by a rank a step", "ms to sum"]
    head += [*(f"batch {n}: speed-up" for n in PAPER_BATCHES), f"{PAPER_SHARD} samples a rank: efficiency"]
    return f"One process:\n\n{steps}\n\nThe sum is of {n_bytes:,} bytes:\n\n{markdown_table(head, rows)}"


JOBS = {"samples": job_samples, "ranks": job_ranks, "paper": job_paper}


@click.command(help=__doc__)
@click.option("--data", default="", metavar="DIR", help="Directory that make_infinite_mnist wrote, for job samples.")
@click.option("--job", "jobs", type=click.Choice(list(JOBS)), multiple=True, help="Only these jobs.")
@click.option("--rounds", default=5, show_default=True, help="Number of processes of each kind.")
@click.option("--write", is_flag=True, help="Write the tables into docs/scale.md.")
@click.option("--child", hidden=True)
def main(data: str, jobs: tuple[str, ...], rounds: int, write: bool, child: str | None) -> None:
    if child:
        job, *arguments = json.loads(child)
        with threadpool_limits(1, user_api="blas"), tempfile.TemporaryDirectory() as directory:
            os.chdir(directory)
            figures = child_samples(*arguments) if job == "samples" else child_ranks(*arguments)
        if figures:
            print(json.dumps(figures))
        return
    for name in jobs or JOBS:
        table = JOBS[name](str(Path(data).resolve()) if data else "", rounds)
        text = f"{measured_by(f'python scripts/benchmarks/scale.py --job {name} --rounds {rounds}')}.\n\n{table}"
        click.echo(f"{name}\n\n{text}\n")
        if write:
            start, end = f"<!-- {name}: written by scripts/benchmarks/scale.py -->", f"<!-- end of {name} -->"
            replace_between(PAGE, start, end, f"\n{text}\n")


if __name__ == "__main__":
    main()
