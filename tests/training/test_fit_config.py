"""What a config takes from its data: names of folders, and the size of the validation split."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.config import Config, load_config
from mnist_mlp.config.schema import DataConfig
from mnist_mlp.data.dataset import Dataset
from mnist_mlp.data.idx import write_idx
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import ConfigError, DataNote
from mnist_mlp.training.fit_config import fit_config
from tests.conftest import TINY_TRAIN


def of_size(directory: Path, n: int) -> Dataset:
    """A data set whose training pictures are n, of one pixel."""
    write_idx(directory / "train-images-idx3-ubyte", np.zeros((n, 1, 1), np.uint8))
    return load_dataset(directory)


@pytest.mark.parametrize(("n", "validation"), [(300, 50), (59_999, 9_999), (5, 0)])
def test_the_default_of_the_validation_split_is_a_sixth_of_a_smaller_data_set_with_a_note(
    tmp_path: Path, n: int, validation: int
) -> None:
    with pytest.warns(DataNote, match=rf"^data\.validation is {validation:,}, a sixth of {n:,} samples"):
        config = fit_config(load_config("default"), of_size(tmp_path, n))
    assert config == Config(data=DataConfig(validation=validation))


@pytest.mark.parametrize(("n", "given"), [(60_000, 10_000), (70_000, 10_000), (300, 299), (300, 0), (300, 20_000)])
def test_other_validation_splits_stay_as_they_are(tmp_path: Path, n: int, given: int) -> None:
    config = Config(data=DataConfig(validation=given))
    assert fit_config(config, of_size(tmp_path, n)) == config


def test_the_bundled_data_change_nothing(mnist: Dataset) -> None:
    assert fit_config(Config(), mnist) == Config()


def test_names_are_those_of_the_folders_unless_the_config_has_some(tmp_path: Path) -> None:
    for name in ("square", "circle"):
        (tmp_path / name).mkdir()
        Image.new("L", (28, 28)).save(tmp_path / name / "a.png")
    config = load_config(overrides=["data.validation=0"])
    found = fit_config(config, load_dataset(tmp_path)).data
    assert found == DataConfig(classes=2, names=("circle", "square"), validation=0)
    assert found.class_names == ("circle", "square")
    named = load_config(overrides=["data.validation=0", "data.names=square,circle"])
    assert fit_config(named, load_dataset(tmp_path, names=named.data.names)) == named


def test_folder_names_that_cannot_be_class_names_are_refused(tmp_path: Path) -> None:
    for name in ("square", "x" * 65):
        (tmp_path / name).mkdir()
        Image.new("L", (28, 28)).save(tmp_path / name / "a.png")
    with pytest.raises(ConfigError, match=r"^bad name of a class: .*; names have 1 to 64 visible characters"):
        fit_config(Config(), load_dataset(tmp_path))


def test_idx_files_have_no_names(tiny_data: Path) -> None:
    dataset = load_dataset(tiny_data)
    assert (dataset.names, dataset.announced_shape[0]) == ((), TINY_TRAIN)
