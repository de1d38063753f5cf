"""The metrics of a run as an event file, which TensorBoard shows. Needs tensorboard (extra ``tensorboard``)."""

import contextlib
import time
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import msgspec

from mnist_mlp.errors import ConfigError, storage_errors
from mnist_mlp.runs.directory import Run
from mnist_mlp.training.state import EpochRecord


def check_tensorboard() -> None:
    """Raise ``ConfigError`` if tensorboard is not installed."""
    if find_spec("tensorboard") is None:
        fix = "pip install 'mnist-mlp[tensorboard]'"
        raise ConfigError("event files need one more package", why="tensorboard not installed", fix=fix)


@contextlib.contextmanager
def event_file(run: Run) -> Iterator[None]:
    """Write the epochs of a run so far into a new event file, and after them each epoch that the run logs."""
    from tensorboard.compat.proto.event_pb2 import Event, SessionLog
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    def errors() -> contextlib.AbstractContextManager[None]:
        return storage_errors("cannot write event file", run.directory)

    with errors():
        writer = EventFileWriter(str(run.directory))

    def add(step: int, **content: Any) -> None:
        with errors():
            writer.add_event(Event(wall_time=time.time(), step=step, **content))
            writer.flush()

    def write(record: EpochRecord) -> None:
        metrics = msgspec.structs.asdict(record).items()
        values = [Summary.Value(tag=name, simple_value=value) for name, value in metrics if isinstance(value, float)]
        add(record.epoch, summary=Summary(value=values))

    try:
        # TensorBoard drops the epochs of earlier sessions, whose last ones a resumed run may train again.
        add(0, session_log=SessionLog(status=SessionLog.START))
        for record in run.records():
            write(record)
        run.listeners.append(write)
        yield
    finally:
        run.listeners.clear()
        with errors():
            writer.close()
