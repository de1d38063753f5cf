"""Which pictures a checkpoint is measured on."""

from pathlib import Path
from typing import NamedTuple

from mnist_mlp.config import load_config
from mnist_mlp.data.dataset import Labels, Pictures, Rows, load_dataset, stratified_split
from mnist_mlp.errors import DataError
from mnist_mlp.runs.directory import Run
from mnist_mlp.storage.checkpoint import Metadata
from mnist_mlp.storage.digests import read_digests


class Labelled(NamedTuple):
    """Pictures (n, height * width), their labels (n,), and (height, width)."""

    X: Pictures
    y: Labels
    shape: tuple[int, int]


def samples_of(metadata: Metadata, path: Path, directory: str | None, name: str) -> Labelled:
    """The ``test``, ``validation`` or ``train`` samples for the checkpoint at ``path``, split as its run did."""
    config = metadata.config
    digests = read_digests(_run_of(path).digests_file)
    dataset = load_dataset(directory or _directory(metadata, path), config.data.classes, digests)
    samples = dataset.test if name == "test" else dataset.train
    if samples.shape != metadata.image_shape:
        raise DataError(
            "pictures do not fit the network",
            where=dataset.directory,
            why=f"they are {_size(samples.shape)}, it was trained on {_size(metadata.image_shape)}",
            fix="give the data set that it was trained on",
        )
    if name == "test":
        return Labelled(samples.X, samples.y, samples.shape)
    train, validation = stratified_split(samples.y, config.data.validation, config.data.classes, config.seed)
    chosen = train if name == "train" else validation
    if not len(chosen):
        raise DataError(
            "no validation samples", where=path, why="it was trained with data.validation 0", fix="use --split test"
        )
    return Labelled(Rows(samples.X, chosen), samples.y[chosen], samples.shape)


def _directory(metadata: Metadata, path: Path) -> str | None:
    """Where the data were when it was trained: a checkpoint names no path, but the run around it does."""
    if metadata.config.data.directory is None:
        return None
    run = _run_of(path)
    if run.config_file.is_file():
        return load_config(run.config_file).data.directory
    raise DataError(
        "data not known", where=path, why="it was trained on data outside the package", fix="name them with --data DIR"
    )


def _run_of(path: Path) -> Run:
    """The run that a checkpoint lies in, if it lies in one."""
    return Run(path.resolve().parent.parent)


def _size(shape: tuple[int, int]) -> str:
    return f"{shape[0]}x{shape[1]}"
