"""The training pictures and their distortions, by the pixels that are drawn."""

from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.config import load_config
from mnist_mlp.data.dataset import Dataset
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import ConfigError, DataError
from mnist_mlp.reports.contact_sheet import GAP, MARK, TITLE
from mnist_mlp.reports.training_samples import SIDE, draw_training_samples

ZOOM = SIDE // 28
CELL = SIDE + GAP


def tiles(rows: int, versions: int, *settings: str) -> np.ndarray:
    """Return the pictures of a sheet (rows, columns, 28, 28), 0 being background."""
    sheet = np.asarray(draw_training_samples(load_config(overrides=settings), rows, versions))[..., 0]
    columns = 1 + versions
    cells = sheet[GAP + TITLE :, GAP : GAP + columns * CELL].reshape(rows, CELL, columns, CELL).transpose(0, 2, 1, 3)
    return np.asarray(255 - cells[:, :, :SIDE:ZOOM, :SIDE:ZOOM])


def test_each_row_begins_with_a_training_picture_of_the_next_class(mnist: Dataset) -> None:
    found = tiles(12, 3)
    assert found.shape == (12, 4, 28, 28)
    train = mnist.train
    chosen = [np.flatnonzero(train.y == c)[k] for k, c in ((i // 10, i % 10) for i in range(12))]
    np.testing.assert_array_equal(found[:, 0].reshape(12, -1), train.X[chosen])


def test_the_versions_are_distorted_each_in_another_way_and_resemble_the_picture() -> None:
    found = tiles(3, 4).reshape(3, 5, -1).astype(float)
    for row in found:
        assert len(np.unique(row, axis=0)) == 5
        assert all(np.corrcoef(row[0], other)[0, 1] > 0.3 for other in row[1:])


def test_a_frame_marks_the_original_alone_and_only_beside_versions_of_it() -> None:
    def framed(*settings: str) -> np.ndarray:
        sheet = np.asarray(draw_training_samples(load_config(overrides=settings), 2, 2))
        return np.asarray((sheet == MARK).all(axis=-1)[GAP + TITLE - 2 :])

    columns = np.flatnonzero(framed().any(axis=0))
    assert columns.min() < GAP
    assert columns.max() < 2 * GAP + SIDE
    assert framed()[CELL:].any(), "in the second row too"
    assert not framed("augmentation.name=none").any()


def test_equal_configs_give_equal_sheets_and_other_seeds_other_versions() -> None:
    np.testing.assert_array_equal(tiles(2, 2), tiles(2, 2))
    assert not np.array_equal(tiles(2, 2)[:, 1:], tiles(2, 2, "seed=1")[:, 1:])


def test_a_config_without_distortion_shows_the_pictures_alone_and_many_in_a_row(mnist: Dataset) -> None:
    sheet = np.asarray(draw_training_samples(load_config(overrides=["augmentation.name=none"]), 30, 3))
    assert sheet.shape[0] == GAP + TITLE + 3 * CELL
    eleventh = sheet[GAP + TITLE :, GAP + 10 * CELL :, 0][:SIDE:ZOOM, :SIDE:ZOOM]
    train = mnist.train
    np.testing.assert_array_equal(255 - eleventh.ravel(), train.X[np.flatnonzero(train.y == 0)[1]])


def test_the_data_are_those_of_the_config(tiny_data: Path) -> None:
    train = load_dataset(tiny_data).train
    found = tiles(2, 1, f"data.directory={tiny_data}", "data.validation=0")
    np.testing.assert_array_equal(found[0, 0].ravel(), train.X[np.flatnonzero(train.y == 0)[0]])


def test_data_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        draw_training_samples(load_config(overrides=[f"data.directory={tmp_path}"]))


@pytest.mark.parametrize(("rows", "versions"), [(0, 1), (-1, 1), (1, -1)])
def test_numbers_out_of_range_are_refused(rows: int, versions: int) -> None:
    with pytest.raises(ConfigError, match="out of range"):
        draw_training_samples(load_config(), rows, versions)
