"""Find, load and save checkpoints. To read a checkpoint file does not import run directories, which saves time."""

from math import prod
from os import PathLike
from pathlib import Path

from mnist_mlp.errors import CheckpointError, ConfigError, check_not_empty
from mnist_mlp.pretrained import DIGITS
from mnist_mlp.storage import durable
from mnist_mlp.storage.checkpoint import Checkpoint, load, pack
from mnist_mlp.training.state import TrainState, check_fit


def find_checkpoint(name: str | Path) -> Path:
    """Return the path of a checkpoint: see ``load_checkpoint``."""
    check_not_empty(name, "checkpoint")
    if not isinstance(name, str | PathLike):
        why = f"found {type(name).__name__}"
        raise CheckpointError("not a checkpoint", why=why, fix="give a path, a run directory, latest or pretrained")
    if name == "pretrained":
        return DIGITS
    path = Path(name)
    if name != "latest" and not path.is_dir():
        return path
    from mnist_mlp.runs.directory import Run
    from mnist_mlp.runs.listing import best_of_sweep, latest_run

    run = latest_run() if name == "latest" else best_of_sweep(path) or Run(path)
    if run.diverged_file.exists() and not run.best.exists():
        why, fix = "the training diverged before the first one", "train again with a smaller learning rate"
        raise CheckpointError("no checkpoint", where=run.directory, why=why, fix=fix)
    return run.best


def shown(path: Path) -> str:
    """Return what messages and tables call the checkpoint at ``path``: ``pretrained`` for that of the package."""
    return "pretrained" if path == DIGITS else str(path)


def title(path: Path) -> str:
    """Return the name of the checkpoint at ``path`` without directories: ``pretrained``, or that of its run or file."""
    if path == DIGITS:
        return "pretrained"
    return path.resolve().parents[1].name if path.parent.name == "checkpoints" else path.stem


def load_checkpoint(name: str | Path = "pretrained") -> Checkpoint:
    """Load and verify a checkpoint.

    name: a file, a run directory (its best checkpoint), the directory of a sweep (that of its best run by validation),
    "latest" (the newest run here) or "pretrained".
    ``checkpoint.model`` is the network to predict with, ``checkpoint.state`` the state to train on.

    Raises ``CheckpointError`` if the file is missing, malformed or damaged.
    """
    return load(find_checkpoint(name))


def save_checkpoint(state: TrainState, path: str | Path) -> None:
    """Write a state to ``path`` as a checkpoint, which every function and command that takes a checkpoint can read.

    The file is replaced as a whole or not at all. Raises ``StorageError`` if it cannot be written, ``ConfigError`` if
    the state does not fit ``state.config``.

    >>> mm.save_checkpoint(state, "digits.safetensors")
    >>> mm.read_digit("seven.jpg", checkpoint="digits.safetensors").digit
    7
    """
    check_not_empty(path, "checkpoint")
    if not isinstance(state, TrainState):
        fix = "give the state that it belongs to, such as load_checkpoint(...).state"
        raise ConfigError("not a state", why=f"found {type(state).__name__}", fix=fix)
    check_fit(state, state.config, prod(state.shape))
    if not state.environment:
        from mnist_mlp.storage.environment import fingerprint

        state.environment = fingerprint()
    durable.write(Path(path), pack(state))
