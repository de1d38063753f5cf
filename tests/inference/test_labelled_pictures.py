"""The metrics of a checkpoint on folders of pictures."""

import os
from pathlib import Path
from shutil import copy

import numpy as np
import pytest
from PIL import Image

import mnist_mlp as mm
from mnist_mlp.config import load_config
from mnist_mlp.errors import DataError
from mnist_mlp.inference.labelled_pictures import evaluate_pictures
from tests.pictures.drawing import digits

PICTURES = Path(__file__).parents[1] / "cli"
LABELS = [7, 2, 1, 0, 4]  # of MNIST's first test pictures


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Five digits, one of them in the folder of another class, a cup, and a file that is not a picture."""
    for i, label in enumerate([7, 2, 1, 0, 9]):
        (tmp_path / str(label)).mkdir()
        Image.fromarray(digits()[i]).save(tmp_path / str(label) / f"{i}.png")
    copy(PICTURES / "cup.png", tmp_path / "0")
    (tmp_path / "2" / "broken.png").write_bytes(b"no picture")
    return tmp_path


def test_metrics_count_every_picture_by_its_best_guess_and_rejection_is_counted_beside(directory: Path) -> None:
    found = evaluate_pictures(directory)
    readings = [mm.read_digit(path) for path in sorted(directory.rglob("*.png")) if path.name != "broken.png"]
    assert found.metrics.predicted.tolist() == [reading.best_guess for reading in readings]
    assert found.rejected.tolist() == [reading.digit is None for reading in readings]
    assert found.rejected.sum() == 1
    assert found.samples.y.tolist() == [0, 0, 1, 2, 7, 9]
    cup_is_correct = readings[1].best_guess == 0
    assert found.accuracy == pytest.approx((4 + cup_is_correct) / 6)
    assert found.accuracy_of_accepted == pytest.approx(4 / 5)
    assert [Path(str(error.where)).name for error in found.errors] == ["broken.png"]
    assert "\n" not in repr(found)


def test_where_all_pictures_are_rejected_the_accepted_have_no_accuracy(tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()
    copy(PICTURES / "cup.png", tmp_path / "0")
    found = evaluate_pictures(tmp_path)
    assert (found.rejected.tolist(), found.accuracy_of_accepted) == ([True], None)


def test_progress_counts_pictures_and_broken_files(directory: Path) -> None:
    counts: list[tuple[int, int]] = []
    evaluate_pictures(directory, progress=lambda done, n: counts.append((done, n)))
    assert counts == [(i, 7) for i in range(1, 8)]


def test_accuracy_under_fgsm_is_measured_if_asked_for(directory: Path) -> None:
    assert evaluate_pictures(directory).fgsm_accuracy is None
    found = evaluate_pictures(directory, fgsm=0.2)
    assert found.fgsm_accuracy is not None
    assert found.fgsm_accuracy < found.accuracy


def test_without_a_picture_or_for_another_network_it_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "3").mkdir()
    (tmp_path / "3" / "broken.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"broken\.png"):
        evaluate_pictures(tmp_path)
    other = tmp_path / "small.safetensors"
    mm.save_checkpoint(mm.new_state(load_config(), n_in=30), other)
    with pytest.raises(DataError, match="it takes 1x30 pixels"):
        evaluate_pictures(tmp_path, other)


def test_a_picture_of_mnist_is_evaluated_bit_for_bit(tmp_path: Path) -> None:
    for i, label in enumerate(LABELS):
        (tmp_path / str(label)).mkdir()
        Image.fromarray(digits()[i]).save(tmp_path / str(label) / f"{i}.png")
    found = evaluate_pictures(tmp_path)
    order = np.argsort(LABELS)
    expected = mm.load_checkpoint().model.predict(digits()[:5][order])
    np.testing.assert_allclose(found.metrics.outputs, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_among_the_pictures_is_an_error_and_is_not_waited_for(directory: Path) -> None:
    os.mkfifo(directory / "7" / "pipe.png")
    found = evaluate_pictures(directory)
    assert [(Path(str(error.where)).name, error.why) for error in found.errors][-1] == ("pipe.png", "it is a pipe")
    assert found.metrics.n == 6
