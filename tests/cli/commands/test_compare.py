import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.data.source import load_dataset
from mnist_mlp.storage.checkpoint import load
from tests.cli.conftest import Run, tiny


@pytest.fixture
def worse(run: Run, tiny_data: Path) -> Path:
    """A run that hardly learned."""
    settings = ["-o", "training.epochs=1", "-o", "optimizer={name: sgd, learning_rate: 0.001}", "-o", "seed=1"]
    assert run("train", "--run-dir", "worse", *tiny(tiny_data), *settings).exit_code == 0
    return Path("worse")


def test_the_json_agrees_with_the_answers_of_the_two(run: Run, trained: Path, worse: Path, tiny_data: Path) -> None:
    result = run("compare", worse, trained, "--json")
    assert result.exit_code == 0, result.stderr
    record, test = json.loads(result.stdout), load_dataset(tiny_data).test
    a, b = (
        load(path / "checkpoints/best.safetensors").model.predict(test.X).argmax(axis=1) == test.y
        for path in (worse, trained)
    )
    assert (record["only_a_right"], record["only_b_right"]) == ((a & ~b).sum(), (b & ~a).sum())
    assert (record["both_right"], record["neither"], record["samples"]) == ((a & b).sum(), (~a & ~b).sum(), 100)
    assert record["a"]["accuracy"] == pytest.approx(a.mean())
    assert record["b"]["accuracy"] == pytest.approx(b.mean())
    low, high = record["interval"]
    assert low < record["difference"] < high
    assert record["difference"] == pytest.approx(b.mean() - a.mean())
    assert record["more_than_noise"] is True
    assert record["p_value"] < 0.05


def test_it_says_in_words_who_is_better(run: Run, trained: Path, worse: Path) -> None:
    assert "more than noise: B is better;" in run("compare", worse, trained).stdout
    assert "more than noise: A is better;" in run("compare", trained, worse).stdout


def test_a_checkpoint_beside_itself_is_no_difference(run: Run, trained: Path) -> None:
    result = run("compare", trained, trained / "checkpoints" / "best.safetensors")
    assert "p = 1\nno difference: they are right about the same pictures\n" in result.stdout
    assert json.loads(run("compare", trained, trained, "--json").stdout)["more_than_noise"] is False


def test_what_differs_is_drawn(run: Run, trained: Path, worse: Path) -> None:
    result = run("compare", worse, trained, "--output", "differences.png")
    assert result.exit_code == 0, result.stderr
    with Image.open("differences.png") as sheet:
        assert sheet.width > 500
        assert len(np.unique(np.asarray(sheet))) > 10


def test_networks_for_other_pictures_or_data_are_refused(run: Run, trained: Path, tiny_data: Path) -> None:
    more = [*tiny(tiny_data), "-o", "data.classes=11"]
    assert run("train", "--run-dir", "classes", *more).exit_code == 0
    result = run("compare", trained, "classes")
    assert result.exit_code == 4
    assert "number of classes differ" in result.stderr
    Path("data").mkdir()
    for file in tiny_data.iterdir():
        Path("data", file.name).write_bytes(file.read_bytes())
    Path("data/train-labels-idx1-ubyte.gz").write_bytes((tiny_data / "t10k-labels-idx1-ubyte.gz").read_bytes())
    Path("data/train-images-idx3-ubyte.gz").write_bytes((tiny_data / "t10k-images-idx3-ubyte.gz").read_bytes())
    assert run("train", "--run-dir", "other", *tiny(Path("data"))).exit_code == 0
    result = run("compare", trained, "other")
    assert result.exit_code == 3
    assert "--data DIR" in result.stderr
    assert run("compare", trained, "other", "--data", tiny_data).exit_code == 0


def test_a_checkpoint_that_is_none_is_one_line(run: Run, trained: Path) -> None:
    result = run("compare", trained, "odd")
    assert result.exit_code == 4
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (1.0, "every time"),
        (0.36, "in 36 of 100 cases"),
        (0.02, "in 20 of 1,000 cases"),
        (0.0004, "in 4 of 10,000 cases"),
        (1e-12, "in less than one of 1,000,000 cases"),
    ],
)
def test_how_often_chance_would_do_it_is_a_count(p: float, words: str) -> None:
    from mnist_mlp.cli.commands.compare import _often

    assert _often(p) == words
