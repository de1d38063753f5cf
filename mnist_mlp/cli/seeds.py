"""``mnist-mlp train --seeds``: a recipe over several seeds, each a ``train`` process of its own, or one rank's."""

import contextlib
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from mnist_mlp.cli.progress import progress_bar
from mnist_mlp.cli.signals import Interruption
from mnist_mlp.cli.threads import blas_threads
from mnist_mlp.cli.words import percent
from mnist_mlp.errors import MnistMlpError, TrainingInterruptedError

if TYPE_CHECKING:
    from mnist_mlp.storage.family import Family
    from mnist_mlp.training.parallel import Team

LOOK_EVERY = 0.2  # seconds
MOST = 1000

# What asks a training to save and stop; Windows has no other signal for a process group.
STOP = getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM)


class Seeds(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4
    """``0-4``, ``7``, ``0,2,5-7``."""

    name = "LIST"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:
        """The seeds in order, each once."""
        seeds: list[int] = []
        for part in str(value).split(","):
            first, dash, last = part.partition("-")
            if not first.isdecimal() or (dash and not last.isdecimal()) or max(len(first), len(last)) > 18:
                self.fail(f"{part!r} is neither a seed nor a range such as 0-4", param, ctx)
            low, high = int(first), int(last or first)
            if not low <= high < low + MOST:
                self.fail(f"{part!r} is not a range from low to high of at most {MOST} seeds", param, ctx)
            seeds += range(low, high + 1)
        if len(set(seeds)) != len(seeds):
            self.fail("a seed stands there twice", param, ctx)
        return seeds


class Figures(NamedTuple):
    """What a finished run came to."""

    seed: int
    validation: float | None
    test: float


def train_seeds(family: "Family", jobs: int, threads: int | None, noted: Interruption) -> None:
    """Train, or go on with, every seed, ``jobs`` at a time; print each as it ends, and the mean of all."""
    seeds = family.seeds()
    click.echo(f"{family.directory}: {len(seeds)} seeds, {jobs} at a time")
    finished: list[Figures] = []
    failures: list[int] = []
    for seed, code in _trained(family, seeds, jobs, threads, noted):
        if code:
            failures.append(code)
            continue
        figures = _figures(family, seed)
        finished.append(figures)
        click.echo(f"seed {seed}: {_words(figures)}")
    _conclude(family, finished, failures, noted.signal)


def train_seeds_together(family: "Family", threads: int | None, team: "Team", noted: Interruption) -> None:
    """The same with each rank of a team training some of the seeds by itself; rank 0 says how it went."""
    from mnist_mlp.config import load_config

    seeds, finished, failures = family.seeds(), list[Figures](), list[int]()
    if team.leads:
        click.echo(f"{family.directory}: {len(seeds)} seeds over {team.size} ranks")
    epochs = load_config(family.recipe_file).training.epochs
    hide = not team.leads
    with contextlib.closing(progress_bar(epochs * len(seeds), unit="epoch", title="all seeds", hide=hide)) as bar:

        def look() -> None:
            if team.leads:
                bar.update(sum(family.run(seed).epochs_logged() for seed in seeds) - bar.n)

        for seed in seeds[team.rank :: team.size]:
            try:
                if _train_here(family, seed, 1 if threads is None else threads, team, noted, look):
                    finished.append(_figures(family, seed))
            except MnistMlpError as error:
                click.echo(f"error: seed {seed}: {error}", err=True)
                failures.append(error.exit_code)
        team.meet(look)
    outcomes = team.collect((finished, failures, noted.signal))
    if not team.leads:
        return
    finished = sorted((figures for some, _, _ in outcomes for figures in some), key=lambda one: seeds.index(one.seed))
    for figures in finished:
        click.echo(f"seed {figures.seed}: {_words(figures)}")
    failures = [code for _, codes, _ in outcomes for code in codes]
    signals = [signal for *_, signal in outcomes if signal is not None]
    _conclude(family, finished, failures, max(signals, default=None))


def _train_here(
    family: "Family", seed: int, threads: int, team: "Team", noted: Interruption, look: Callable[[], None]
) -> bool:
    """Train one seed in this process, or go on with it; False: a signal came first, and it is saved."""
    import msgspec

    from mnist_mlp.config import load_config
    from mnist_mlp.state import is_finished
    from mnist_mlp.storage.digests import read_digests
    from mnist_mlp.training import session

    if noted.signal is not None:
        return False
    run = family.prepare(seed)
    with blas_threads(threads, team), run.lock():
        if run.config_file.is_file():
            training = session.resume(run)
        else:
            recipe, digests = load_config(family.recipe_file), read_digests(run.digests_file)
            recipe = msgspec.structs.replace(recipe, seed=seed)
            training = session.start(run, recipe, session.load_data(recipe, digests), digests)
        for end in training.train():
            if end is not None:
                look()
            if noted.signal is not None and not is_finished(training.config, training.state.progress):
                training.save()
                return False
    return True


def _conclude(family: "Family", finished: list[Figures], failures: list[int], signal: int | None) -> None:
    """Say what has become of all seeds."""
    seeds = family.seeds()
    if signal is not None:
        raise TrainingInterruptedError(
            signal,
            "interrupted",
            why="every seed that had begun is saved",
            fix=f"go on with: mnist-mlp train --resume {family.directory}",
        )
    if failures:
        click.echo(f"{len(failures)} of {len(seeds)} seeds failed", err=True)
        sys.exit(failures[0])
    _summarise(finished)
    click.echo(f"runs: {family.directory}\nnext: mnist-mlp evaluate {family.run(seeds[0]).directory}")


def _trained(
    family: "Family", seeds: list[int], jobs: int, threads: int | None, noted: Interruption
) -> Iterator[tuple[int, int]]:
    """Each seed with the exit code of its process, as they end; a signal is passed on to those that run."""
    from mnist_mlp.config import load_config

    epochs = load_config(family.recipe_file).training.epochs
    waiting, running = list(seeds), dict[int, "subprocess.Popen[bytes]"]()
    told = False
    with contextlib.closing(progress_bar(epochs * len(seeds), unit="epoch", title="all seeds")) as bar:
        while running or (waiting and noted.signal is None):
            while waiting and len(running) < jobs and noted.signal is None:
                seed = waiting.pop(0)
                running[seed] = _start(family, seed, threads)
            if noted.signal is not None and not told:
                told = True
                for process in running.values():
                    process.send_signal(STOP)
            time.sleep(LOOK_EVERY)
            bar.update(sum(family.run(seed).epochs_logged() for seed in seeds) - bar.n)
            for seed in [seed for seed, process in running.items() if process.poll() is not None]:
                code = running.pop(seed).returncode
                bar.clear()
                if noted.signal is None or not code:
                    yield seed, code


def _start(family: "Family", seed: int, threads: int | None) -> "subprocess.Popen[bytes]":
    """``train`` for one seed. It has a process group of its own: Ctrl-C reaches it once, through this process."""
    run = family.prepare(seed)
    command = [sys.executable, "-m", "mnist_mlp", "train"]
    if run.config_file.is_file():
        command += ["--resume", str(run.directory)]
    else:
        command += ["--config", str(family.recipe_file), "-o", f"seed={seed}", "--run-dir", str(run.directory)]
    if threads is not None:
        command += ["--threads", str(threads or "auto")]
    own_group: dict[str, Any] = {"process_group": 0}
    if sys.platform == "win32":
        own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **own_group)


def _figures(family: "Family", seed: int) -> Figures:
    """The best checkpoint of a run on the test set, which is looked at here for the first time."""
    from mnist_mlp.evaluation.metrics import evaluate
    from mnist_mlp.evaluation.samples import samples_of
    from mnist_mlp.storage.checkpoint import load

    path = family.run(seed).best
    checkpoint = load(path)
    best = checkpoint.metadata.progress.best
    X, y, _ = samples_of(checkpoint.metadata, path, None, "test")
    return Figures(seed, best.validation_accuracy if best else None, evaluate(checkpoint.model, X, y).accuracy)


def _words(figures: Figures) -> str:
    validation = "" if figures.validation is None else f"{percent(figures.validation)} on validation, "
    return f"{validation}{percent(figures.test)} on test"


def _summarise(finished: list[Figures]) -> None:
    """Mean and standard deviation over the seeds."""
    for name, values in (
        ("validation", [figures.validation for figures in finished if figures.validation is not None]),
        ("test", [figures.test for figures in finished]),
    ):
        if values:
            spread = f" ± {100 * statistics.stdev(values):.2f}" if len(values) > 1 else ""
            click.echo(f"{name}: {100 * statistics.mean(values):.2f}{spread} % over {len(values)} seeds")
