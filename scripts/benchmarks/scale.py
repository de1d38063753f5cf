"""What more data and more ranks cost and give. Writes the tables of docs/scale.md.

    scripts/make_infinite_mnist 8100000 infinite
    python scripts/benchmarks/scale.py --data infinite [--job samples] [--job ranks] [--rounds 5] [--write]

samples: step time and memory on the first n samples of the mapped file, beside MNIST in memory.
ranks:   a step of 4096 by one process, and by ranks that mpiexec starts; the sum of the gradient alone.
paper:   what many ranks would do, from the figures of the job before it.

Processes alternate and medians count. Linux: the memory is RssAnon, which leaves the page cache out.
"""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from itertools import islice
from math import log2
from pathlib import Path
from typing import Any

import click
import numpy as np
from threadpoolctl import threadpool_limits

from mnist_mlp.config import load_config
from mnist_mlp.data.batches import epoch_order
from mnist_mlp.data.dataset import load_dataset
from mnist_mlp.state import new_state
from mnist_mlp.training.loop import Split, split, train
from mnist_mlp.training.parallel import Team

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "scale.md"
SIZES = (60_000, 500_000, 2_000_000, 8_100_000)
BATCH = 256
RANKS_BATCH = 4096
PARAMETERS = 101_770
WARM, TIMED = 30, 300

# Seconds of latency and bytes a second of one link, as their makers give them; the first is measured.
NETWORKS = {"10 Gbit/s Ethernet": (20e-6, 1.25e9), "100 Gbit/s InfiniBand": (1.5e-6, 12.5e9)}


# --- In processes of their own ----------------------------------------------------------------------------------------


class Peak(threading.Thread):
    """Looks at the anonymous memory of this process a thousand times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.looks = self.now(), True
        self.start()

    @staticmethod
    def now() -> int:
        """Bytes."""
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

    def run(self) -> None:
        """Until it is told to stop."""
        while self.looks:
            self.peak = max(self.peak, self.now())
            time.sleep(0.001)


def child_samples(directory: str, n: int) -> dict[str, float]:
    """Train for a while on the first n samples of a directory, or on MNIST in memory."""
    config = load_config(overrides=["augmentation.name=none", f"training.batch_size={BATCH}", "training.epochs=100"])
    dataset = load_dataset(directory or None, digest=(lambda *_: "") if directory else None)
    if directory:  # reading brings them into the page cache
        whole = dataset.train
        dataset.__dict__["train"] = whole._replace(X=whole.X[:n], y=whole.y[:n])
        for start in range(0, n, 100_000):
            dataset.train.X[start : start + 100_000].max()
    peak = Peak()
    data, state = split(config, dataset), new_state(config, 784)
    begun = time.thread_time()
    epoch_order(data.train, 0, 1)
    order = time.thread_time() - begun
    training = train(config, data, state)
    for _ in range(WARM):
        next(training)
    peak.looks = False  # it would take time from the steps
    wall, cpu = _steps(training, TIMED)
    return {"step": wall, "cpu": cpu, "order": order, "bytes": peak.peak, "n": n}


def child_ranks(batch: int, mpi: bool) -> dict[str, float] | None:
    """Train for a while with all ranks; what rank 0 saw."""
    comm: Any = None
    if mpi:
        from mpi4py import MPI

        comm = MPI.COMM_WORLD
    team = Team(comm=comm)
    overrides = ["augmentation.name=none", f"training.batch_size={batch}", "training.epochs=1000"]
    config = load_config(overrides=overrides)
    data = split(config, load_dataset())
    data = Split(data.samples, data.train, data.validation[:0])
    wall, cpu = _steps(train(config, data, new_state(config, 784), team), 3 * TIMED * BATCH // batch + WARM)
    sums, times = np.ones(PARAMETERS + 3, np.float32), []
    for _ in range(300 if comm else 0):
        comm.Barrier()
        begun = time.perf_counter()
        team.join(sums, 0.0, 0)
        sums[:] = 1
        times.append(time.perf_counter() - begun)
    if not team.leads:
        return None
    return {"step": wall, "cpu": cpu, "sum": statistics.median(times or [0])}


def _steps(training: Any, n: int) -> tuple[float, float]:
    """The median time of a step, by the clock and of the processor."""
    steps = (record for record in training if record is None)
    wall, cpu = [], []
    for _ in islice(steps, WARM):
        pass
    for _ in range(n):
        begun = time.perf_counter(), time.thread_time()
        next(steps)
        wall.append(time.perf_counter() - begun[0])
        cpu.append(time.thread_time() - begun[1])
    return statistics.median(wall), statistics.median(cpu)


# --- Jobs -------------------------------------------------------------------------------------------------------------


def measure(*arguments: object, ranks: int = 0) -> dict[str, float]:
    """What a child says; with ``ranks`` so many of them, each on a core of its own where there are as many."""
    command = [sys.executable, __file__, "--child", json.dumps(arguments)]
    if ranks:
        mpiexec = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        command = [str(mpiexec), "-n", str(ranks), *command]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise click.ClickException(f"{' '.join(command)}: {ended.stderr[-2000:]}")
    said: dict[str, float] = json.loads(next(line for line in ended.stdout.splitlines() if line.startswith("{")))
    return said


def job_samples(data: str, rounds: int) -> str:
    """Step time and memory by the number of samples."""
    samples: dict[str, list[dict[str, float]]] = {}
    there = load_dataset(data).announced_shape[0]
    sizes = [n for n in SIZES if n <= there]
    settings = [("60,000 in memory", "", 60_000), *((f"{n:,} mapped", data, n) for n in sizes)]
    for _ in range(rounds):
        for name, directory, n in settings:
            samples.setdefault(name, []).append(measure("samples", directory, n))
    base = samples["60,000 in memory"]
    mapped = samples[f"{SIZES[0]:,} mapped"]
    lines = [
        "| samples | µs a step | ratio | µs of processor | ratio | ms for an epoch's order | MB besides the page cache "
        "| bytes a sample more |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, own in samples.items():
        step, cpu, order = (statistics.median(one[key] for one in own) for key in ("step", "cpu", "order"))
        ratios = [
            statistics.median(one[key] / first[key] for one, first in zip(own, base, strict=True))
            for key in ("step", "cpu")
        ]
        memory = statistics.median(one["bytes"] for one in own)
        more = (memory - statistics.median(one["bytes"] for one in mapped)) / max(own[0]["n"] - SIZES[0], 1)
        lines.append(
            f"| {name} | {1e6 * step:,.0f} | {ratios[0]:.3f} | {1e6 * cpu:,.0f} | {ratios[1]:.3f} "
            f"| {1e3 * order:,.0f} | {memory / 1e6:,.0f} | {f'{more:.1f}' if own[0]['n'] > SIZES[0] else ''} |"
        )
    return "\n".join(lines)


def job_ranks(data: str, rounds: int) -> str:
    """Speed-up over ranks."""
    settings = {"one process": 0, **{f"{n} ranks" if n > 1 else "1 rank": n for n in (1, 2)}}
    samples: dict[str, list[dict[str, float]]] = {}
    for _ in range(rounds):
        for name, n in settings.items():
            samples.setdefault(name, []).append(measure("ranks", RANKS_BATCH, bool(n), ranks=n))
    one = samples["one process"]
    lines = ["| | ms a step | speed-up | least to most | µs for the sum |", "|---|---|---|---|---|"]
    for name, own in samples.items():
        ratios = [first["step"] / now["step"] for first, now in zip(one, own, strict=True)]
        step, alone = (statistics.median(now[key] for now in own) for key in ("step", "sum"))
        lines.append(
            f"| {name} | {1e3 * step:.2f} | {statistics.median(ratios):.2f} | {min(ratios):.2f} to {max(ratios):.2f} "
            f"| {f'{1e6 * alone:,.0f}' if settings[name] > 1 else ''} |"
        )
    return "\n".join(lines)


def job_paper(data: str, rounds: int) -> str:
    """What many ranks would do.

    t(p) = fixed + (batch / p) sample + sum(p)        sum(p) = 2 log2(p) latency + 2 (p - 1)/p bytes / bandwidth

    ``fixed`` and ``sample`` are a line through a step's time of the processor at two batch sizes. The sum is that of
    Rabenseifner (2004): a reduce-scatter and an all-gather.
    """
    small, large = ([measure("ranks", n, False)["cpu"] for _ in range(rounds)] for n in (256, 4096))
    sample = (statistics.median(large) - statistics.median(small)) / (4096 - 256)
    fixed = max(statistics.median(small) - 256 * sample, 0)
    bytes_ = 4 * (PARAMETERS + 3)
    lines = [
        f"One process: {1e6 * sample:.2f} µs a sample and {1e6 * fixed:.0f} µs a step whatever its size; the sum is of "
        f"{bytes_:,} bytes.",
        "",
        "| network | ranks | bytes sent by a rank a step | ms to sum | batch 256: speed-up | batch 4096: speed-up "
        "| 64 samples a rank: efficiency |",
        "|---|---|---|---|---|---|---|",
    ]
    for network, (latency, bandwidth) in NETWORKS.items():
        for p in (8, 64, 512):
            sent = 2 * (p - 1) / p * bytes_
            total = 2 * log2(p) * latency + sent / bandwidth

            def step(batch: int, p: int = p, total: float = total) -> float:
                return fixed + -(-batch // p) * sample + (total if p > 1 else 0)

            speed = [(fixed + batch * sample) / step(batch) for batch in (256, 4096)]
            efficiency = (fixed + 64 * sample) / step(64 * p)
            lines.append(
                f"| {network} | {p} | {sent:,.0f} | {1e3 * total:.2f} | {speed[0]:.1f} | {speed[1]:.1f} "
                f"| {100 * efficiency:.0f} % |"
            )
    return "\n".join(lines)


JOBS = {"samples": job_samples, "ranks": job_ranks, "paper": job_paper}


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else None)
@click.option("--data", default="", metavar="DIR", help="Where make_infinite_mnist wrote; job samples needs it.")
@click.option("--job", "jobs", type=click.Choice(list(JOBS)), multiple=True, help="Only these.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--write", is_flag=True, help="Write the tables into docs/scale.md.")
@click.option("--child", hidden=True)
def main(data: str, jobs: tuple[str, ...], rounds: int, write: bool, child: str | None) -> None:
    """Run the jobs, print their tables."""
    if child:
        job, *arguments = json.loads(child)
        with threadpool_limits(1, user_api="blas"), tempfile.TemporaryDirectory() as directory:
            os.chdir(directory)
            children: dict[str, Any] = {"samples": child_samples, "ranks": child_ranks}
            said = children[job](*arguments)
        if said:
            print(json.dumps(said))
        return
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    for name in jobs or JOBS:
        if name == "samples" and not data:
            raise click.UsageError("job samples needs --data DIR, from scripts/make_infinite_mnist")
        text = JOBS[name](str(Path(data).resolve()) if data else "", rounds)
        head = (
            f"`python scripts/benchmarks/scale.py --job {name} --rounds {rounds}` on {machine}, {time.strftime('%F')}."
        )
        click.echo(f"{name}\n\n{text}\n")
        if write:
            start, end = f"<!-- {name}: written by scripts/benchmarks/scale.py -->", f"<!-- end of {name} -->"
            before, _, rest = PAGE.read_text(encoding="utf-8").partition(start)
            _, found, after = rest.partition(end)
            assert found, f"{PAGE} has no place for {name}"
            PAGE.write_text(f"{before}{start}\n\n{head}\n\n{text}\n\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
