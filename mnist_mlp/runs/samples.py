"""The samples that a checkpoint is evaluated on: the test set, or the split of its run."""

from pathlib import Path
from typing import NamedTuple

from mnist_mlp.config import load_config
from mnist_mlp.data.dataset import Labels, Pictures, Subset, stratified_split
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import ConfigError, DataError
from mnist_mlp.runs.directory import Run
from mnist_mlp.storage.digests import read_digests
from mnist_mlp.training.state import TrainState

SPLITS = ("test", "validation", "train")


class LabelledSamples(NamedTuple):
    """Pictures (n, height * width), their labels (n,), and (height, width)."""

    X: Pictures
    y: Labels
    shape: tuple[int, int]

    def __repr__(self) -> str:
        return f"<LabelledSamples {len(self.y)} pictures of {self.shape[0]}x{self.shape[1]} pixels>"


def samples_of(state: TrainState, path: Path, directory: str | Path | None, split: str) -> LabelledSamples:
    """Return the samples of a split ("test", "validation" or "train") for the checkpoint at ``path``.

    directory: of the data; None: where the run of the checkpoint found them.
    """
    if split not in SPLITS:
        raise ConfigError("no such split", where=split, fix=f"use one of {', '.join(SPLITS)}")
    config, run = state.config, Run(path.resolve().parent.parent)  # if the checkpoint is in a run directory
    directory = _directory(state, path, run) if directory is None else directory
    dataset = load_dataset(directory, config.data.classes, read_digests(run.digests_file))
    samples = dataset.test if split == "test" else dataset.train
    if samples.shape != state.shape:
        found, expected = ("x".join(map(str, shape)) for shape in (samples.shape, state.shape))
        why, fix = f"they have {found} pixels, not {expected}", "use the data set that it was trained on"
        raise DataError("pictures do not fit the network", where=dataset.directory, why=why, fix=fix)
    if split == "test":
        return LabelledSamples(samples.X, samples.y, samples.shape)
    train, validation = stratified_split(samples.y, config.data.validation, config.data.classes, config.seed)
    chosen = train if split == "train" else validation
    if not len(chosen):
        why = "it was trained with data.validation 0"
        raise DataError("no validation samples", where=path, why=why, fix="use the test split")
    return LabelledSamples(Subset(samples.X, chosen), samples.y[chosen], samples.shape)


def _directory(state: TrainState, path: Path, run: Run) -> str | None:
    """Return the data directory of a run: a checkpoint holds no path, but the config of its run does."""
    if state.config.data.directory is None:
        return None
    if run.config_file.is_file():
        return load_config(run.config_file).data.directory
    why = "the checkpoint was not trained on the data of the package, and is in no run directory"
    raise DataError("data directory not known", where=path, why=why, fix="name the directory of the data")
