"""Open a run to train it: a new one, the last checkpoint of an interrupted one, or that of rank 0 on another rank."""

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec

from mnist_mlp.config import Config, load_config
from mnist_mlp.config.schema import HORIZON_FREE, Distortion, name_of
from mnist_mlp.data.dataset import Dataset
from mnist_mlp.data.source import configured_dataset
from mnist_mlp.errors import ConfigError, DataError, check_integer, check_not_empty
from mnist_mlp.runs.data_of_run import dataset_of, load_data, origin
from mnist_mlp.runs.directory import Run, new_run
from mnist_mlp.runs.listing import existing_run
from mnist_mlp.runs.recovery import recover, rewrite_best
from mnist_mlp.runs.session import Progress, Session
from mnist_mlp.runs.tensorboard import check_tensorboard, event_file
from mnist_mlp.storage import durable
from mnist_mlp.storage.checkpoint import pack, read_metadata, unpack
from mnist_mlp.storage.digests import Digests, read_digests
from mnist_mlp.storage.environment import differences, fingerprint, threads_of
from mnist_mlp.threads import ALL, blas_threads
from mnist_mlp.training.distributed import SINGLE_PROCESS, ProcessGroup
from mnist_mlp.training.fit_config import fit_config
from mnist_mlp.training.loop import Split
from mnist_mlp.training.memory import fits
from mnist_mlp.training.state import new_state


def train_run(
    config: Config | str | Path | Sequence[str | Path] = "default",
    directory: str | Path | Run | None = None,
    *,
    resume: bool = False,
    threads: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    tensorboard: bool = False,
) -> Run:
    """Train in a run directory, as ``mnist-mlp train`` does: config, metrics, timing and checkpoints are files there.

    config: a ``Config``, or what ``load_config`` takes: a file, a name or a list of these; not used on resume.
    directory: of the run, or a ``Run``; None: a new one under ``runs/``, or on resume the latest run there.
    resume: continue an interrupted run in ``directory``; the result is that of a run that was never interrupted.
    threads: number of BLAS threads; None: 1, or on resume that of the run; 0: one for each processor.
    workers: number of threads that prepare batches while the network trains, 0 or 1, with the same result; None: 1 if
        the config distorts samples, there are more processors than BLAS threads, and memory suffices; the load of the
        machine is not considered.
    progress: called with the session and None after each step, and with an ``EpochEnd`` after each epoch.
    tensorboard: write the metrics into an event file, too, which TensorBoard shows.

    Return the run; ``run.best`` is the path of its best checkpoint. Raises ``ConfigError``, ``DataError``,
    ``StorageError``, or ``DivergenceError`` if the loss or a parameter becomes NaN or infinite.

    >>> run = mm.train_run(mm.load_config("default", ["training.epochs=3"]), "runs/short")
    >>> mm.evaluate_checkpoint(run.best).accuracy
    """
    if workers is not None:
        check_integer("workers", workers, 0, 1)
    directory = directory.directory if isinstance(directory, Run) else directory
    with open_session(
        config, directory, is_resumed=resume, threads=threads, workers=workers, tensorboard=tensorboard
    ) as session:
        for end in session.train():
            if progress is not None:
                progress(session, end)
    return session.run


@contextlib.contextmanager
def open_session(
    config: Config | str | Path | Sequence[str | Path],
    directory: str | Path | None,
    overrides: Sequence[str] = (),
    *,
    is_resumed: bool = False,
    threads: int | None = None,
    workers: int | None = 0,
    group: ProcessGroup = SINGLE_PROCESS,
    needs_test: bool = False,
    tensorboard: bool = False,
) -> Iterator[Session]:
    """Open a new run, or the last checkpoint of an interrupted one, locked; the arguments are those of ``train_run``.

    needs_test: raise ``DataError`` if there are no test files, of which there is only a warning otherwise.
    overrides: settings such as ``training.epochs=3``, which replace those of a config file, or of the run on resume.
    """
    check_not_empty(directory, "run directory")
    if tensorboard:
        check_tensorboard()
    if is_resumed:
        run = existing_run(str(directory or "latest"))
        threads = run.threads() if threads is None else threads
        begin = partial(resume, run, overrides, group, threads=threads, workers=workers, needs_test=needs_test)
    else:
        settings = config if isinstance(config, Config) else load_config(config, overrides)
        digests = read_digests(Run(Path(directory)).digests_file) if directory is not None else Digests()
        threads = 1 if threads is None else threads
        # Errors in the data are reported before a directory is made.
        dataset = configured_dataset(settings, digests)
        settings = fit_config(settings, dataset)
        workers = n_workers(settings, dataset, workers, threads, group)
        data = load_data(settings, digests, group, dataset, workers=workers, needs_test=needs_test)
        run = new_run(directory, _run_name(config))
        begin = partial(start, run, settings, data, digests, group, workers)
    with rank_threads(threads, group), run.lock():
        session = begin()
        with event_file(run) if tensorboard else contextlib.nullcontext():
            yield session


def _run_name(config: Config | str | Path | Sequence[str | Path]) -> str:
    """Return the name of a run: that of its last config."""
    if isinstance(config, Config):
        return "run"
    return Path(config if isinstance(config, str | Path) else config[-1]).stem


@contextlib.contextmanager
def rank_session(group: ProcessGroup, threads: int | None = None, workers: int | None = 0) -> Iterator[Session]:
    """Open the session of a rank other than 0, which receives everything but the data from rank 0."""
    received: tuple[Path, Config, bytes, Digests] = group.broadcast(None)
    directory, config, content, digests = received
    run, checkpoint = Run(directory), unpack(content)
    threads = threads_of(checkpoint.state.environment) if threads is None else threads
    dataset = dataset_of(run, config, checkpoint.metadata.data, digests)
    workers = n_workers(config, dataset, workers, threads, group)
    data = load_data(config, digests, group, dataset, workers=workers)
    if data.samples.sha256 != checkpoint.metadata.data:
        where, fix = config.data.directory, "give every machine the same files, or a shared file system"
        raise DataError("data differ from those of rank 0", where=where, fix=fix)
    state = checkpoint.state
    state.config = config
    with rank_threads(threads, group):
        yield Session(run, data, state, group=group, workers=workers)


def n_workers(config: Config, dataset: Dataset, workers: int | None, threads: int, group: ProcessGroup) -> int:
    """Return ``workers``; for None 1 if BLAS leaves a processor, and there is work and memory for a worker, else 0."""
    if workers is not None:
        return workers
    has_processor = threads != ALL and threads < group.processors
    has_work = isinstance(config.augmentation, Distortion)
    if not (has_processor and has_work):
        return 0
    shape, processes = dataset.announced_shape, group.local_size
    return int(fits(config, *shape, mapped=dataset.is_mapped, processes=processes, workers=1))


def rank_threads(n: int, group: ProcessGroup) -> contextlib.AbstractContextManager[object]:
    """Limit the BLAS threads of a rank; ``ALL``: to the processors that it does not share with other ranks."""
    return blas_threads(group.processors if n == ALL and group.size > 1 else n)


def start(
    run: Run,
    config: Config,
    data: Split,
    digests: Digests | None = None,
    group: ProcessGroup = SINGLE_PROCESS,
    workers: int = 0,
) -> Session:
    """Return the session of a new run, whose config and environment are written."""
    state = new_state(config, data.samples.X.shape[1])
    state.shape, state.data = data.samples.shape, data.samples.sha256
    state.environment = fingerprint() | group.environment()
    run.begin(config, {**state.environment, "workers": workers, "data": data.samples.sha256, **origin(config)})
    digests = digests or Digests()
    digests.write(run.digests_file)
    return _broadcast(Session(run, data, state, group=group, workers=workers), digests)


def resume(
    run: Run,
    overrides: Sequence[str] = (),
    group: ProcessGroup = SINGLE_PROCESS,
    *,
    threads: int = 1,
    workers: int | None = 0,
    needs_test: bool = False,
) -> Session:
    """Return the session of a run at its newest undamaged checkpoint; only ``training.epochs`` may be overridden."""
    before = load_config(run.config_file)
    config = load_config(run.config_file, overrides)
    _check_change(before, config)
    digests, environment = read_digests(run.digests_file), fingerprint() | group.environment()
    dataset = dataset_of(run, config, run.data(), digests)
    workers = n_workers(config, dataset, workers, threads, group)
    data = load_data(config, digests, group, dataset, workers=workers, needs_test=needs_test)
    checkpoint, warnings = recover(run, before, data.samples, dataset.directory)
    digests.write(run.digests_file)
    if checkpoint is not None and (changed := differences(checkpoint.metadata.environment, environment)):
        warnings.append(f"the environment differs ({', '.join(changed)}): the last digits may differ")
    state = checkpoint.state if checkpoint else new_state(config, data.samples.X.shape[1])
    state.config, state.shape, state.data = config, data.samples.shape, data.samples.sha256
    state.environment = environment
    if config.training.epochs < state.progress.epoch:
        why = f"{state.progress.epoch} epochs are already trained"
        raise ConfigError("training.epochs too small", where=run.directory, why=why)
    run.cut(state.progress.epoch)
    durable.remove(run.diverged_file)
    rewrite_best(run, config)
    if config != before:
        run.write_config(config)
    session = Session(run, data, state, tuple(warnings), group, workers)
    if checkpoint is not None and not (run.last.exists() and read_metadata(run.last).progress == state.progress):
        session.save()  # the state is that of the best checkpoint; if it is the final one, nothing else would write it
    return _broadcast(session, digests)


def _broadcast(session: Session, digests: Digests) -> Session:
    """Send the run, and its state as a checkpoint, to the other ranks, which read only the data files."""
    if session.group.size > 1:
        session.group.broadcast((session.run.directory, session.config, pack(session.state), digests))
    return session


def _check_change(before: Config, config: Config) -> None:
    longer = msgspec.structs.replace(before.training, epochs=config.training.epochs)
    if config != msgspec.structs.replace(before, training=longer):
        why, fix = "only training.epochs may change", "start a new run for others"
        raise ConfigError("a resumed run keeps its settings", why=why, fix=fix)
    schedule = name_of(before.schedule)
    if config != before and schedule not in HORIZON_FREE:
        why = f"the {schedule} schedule depends on the {before.training.epochs} epochs of the run"
        raise ConfigError("training.epochs cannot change", why=why, fix="start a new run")
