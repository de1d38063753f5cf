"""The samples that a checkpoint is evaluated on: the test set, or the split of its run."""

from pathlib import Path
from typing import NamedTuple

from mnist_mlp.config import load_config
from mnist_mlp.data.dataset import Dataset, Labels, Pictures, Subset, stratified_split
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import ConfigError, DataError
from mnist_mlp.runs.data_of_run import check_origin, dataset_of, is_origin, warn_of_origin
from mnist_mlp.runs.directory import Run
from mnist_mlp.storage.digests import read_digests
from mnist_mlp.training.state import TrainState

SPLITS = ("test", "validation", "train")


class LabelledSamples(NamedTuple):
    """Labelled pictures; names: of the classes, if they have any; is_of_run: whether they are the data of the run.

    files: the path of each picture in the data directory, if each has a file of its own.
    """

    X: Pictures  # (n, height * width)
    y: Labels  # (n,)
    shape: tuple[int, int]  # height, width
    names: tuple[str, ...] = ()
    is_of_run: bool = False
    files: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<LabelledSamples {len(self.y)} pictures of {self.shape[0]}x{self.shape[1]} pixels>"


def samples_of(state: TrainState, path: Path, directory: str | Path | None, split: str) -> LabelledSamples:
    """Return the samples of a split ("test", "validation" or "train") for the checkpoint at ``path``.

    directory: of the data; None: where the run of the checkpoint found them. Warns, or raises ``DataError`` for
    another split than "test", if the training files there are not those that the run was trained on. A directory that
    is given may hold other data, but the other splits are then not those of the run, so this warns too.
    """
    if split not in SPLITS:
        raise ConfigError("no such split", where=split, fix=f"use one of {', '.join(SPLITS)}")
    run = Run(path.resolve().parent.parent)  # if the checkpoint is in a run directory
    dataset = _dataset(state, path, run, directory)
    is_of_run = directory is None
    if directory is None and split != "test":
        check_origin(dataset, state.data)
    elif split != "test" or (directory is None and not (dataset.is_prepared and is_origin(run, dataset))):
        is_of_run = warn_of_origin(dataset, state.data) and is_of_run
    samples = dataset.test if split == "test" else dataset.train
    if samples.shape != state.shape:
        found, expected = ("x".join(map(str, shape)) for shape in (samples.shape, state.shape))
        why, fix = f"they have {found} pixels, not {expected}", "use the data set that it was trained on"
        raise DataError("pictures do not fit the network", where=dataset.directory, why=why, fix=fix)
    names = state.config.data.names or ()
    if split == "test":
        return LabelledSamples(samples.X, samples.y, samples.shape, names, is_of_run, samples.files)
    data, seed = state.config.data, state.config.seed
    train, validation = stratified_split(samples.y, data.validation, data.classes, seed)
    chosen = train if split == "train" else validation
    if not len(chosen):
        why = "it was trained with data.validation 0"
        raise DataError("no validation samples", where=path, why=why, fix="use the test split")
    files = tuple(samples.files[i] for i in chosen) if samples.files else ()
    return LabelledSamples(Subset(samples.X, chosen), samples.y[chosen], samples.shape, names, is_of_run, files)


def _dataset(state: TrainState, path: Path, run: Run, directory: str | Path | None) -> Dataset:
    """Return the data set in a directory; None: that of the run, since a checkpoint holds no path."""
    digests = read_digests(run.digests_file)
    if directory is not None or state.config.data.directory is None:
        return load_dataset(directory, state.config.data.classes, digests, state.config.data.names)
    if not run.config_file.is_file():
        why = "the checkpoint was not trained on the data of the package, and is in no run directory"
        raise DataError("data directory not known", where=path, why=why, fix="name the directory of the data")
    return dataset_of(run, load_config(run.config_file), state.data, digests)
