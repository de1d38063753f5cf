"""Which file CHECKPOINT means. A program that only reads one needs no run directory, and imports none."""

from pathlib import Path

from mnist_mlp.storage.checkpoint import Checkpoint, load

PRETRAINED = Path(__file__).parents[1] / "pretrained" / "default.safetensors"


def find_checkpoint(name: str) -> Path:
    """A file, a run directory's best, ``latest`` (the newest run's best) or ``pretrained``."""
    if name == "pretrained":
        return PRETRAINED
    path = Path(name)
    if name != "latest" and not path.is_dir():
        return path
    from mnist_mlp.runs.directory import Run, latest_run

    return (latest_run() if name == "latest" else Run(path)).best


def load_checkpoint(name: str | Path) -> Checkpoint:
    """The verified checkpoint that ``name`` means, as in ``find_checkpoint``."""
    return load(find_checkpoint(str(name)))
