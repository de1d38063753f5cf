"""Settings that depend on the data: names of classes, and the validation samples of a small data set."""

from msgspec.structs import replace

from mnist_mlp.config.schema import Config, DataConfig, check_names
from mnist_mlp.data.dataset import Dataset
from mnist_mlp.errors import note_of_data

PART = 6  # of MNIST's 60,000 training samples, the default holds out a sixth


def fit_config(config: Config, dataset: Dataset) -> Config:
    """Return the config of a new run on a data set: with the names of its folders, and a validation split that fits.

    The default of ``data.validation`` becomes a sixth of a data set with fewer than 60,000 samples, with a note.
    """
    data, n = config.data, dataset.announced_shape[0]
    if dataset.names and not data.names:
        data = replace(data, names=dataset.names, classes=len(dataset.names))
        check_names(data, str(dataset.directory))
    if data.validation == DataConfig().validation > n // PART:
        data = replace(data, validation=n // PART)
        note_of_data(
            f"data.validation is {data.validation:,}, a sixth of {n:,} samples, because its default is too large"
        )
    return replace(config, data=data)
