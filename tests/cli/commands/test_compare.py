import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.cli.commands.compare import conclusion
from mnist_mlp.data.source import load_dataset
from mnist_mlp.storage.checkpoint import load
from tests.cli.conftest import Run, tiny


@pytest.fixture
def worse(run: Run, tiny_data: Path) -> Path:
    """A run that hardly learned."""
    settings = ["-o", "training.epochs=1", "-o", "optimizer={name: sgd, learning_rate: 0.001}", "-o", "seed=1"]
    assert run("train", "--run-dir", "worse", *tiny(tiny_data), *settings).exit_code == 0
    return Path("worse")


def test_the_json_agrees_with_the_predictions_of_the_two(run: Run, trained: Path, worse: Path, tiny_data: Path) -> None:
    result = run("compare", worse, trained, "--json")
    assert result.exit_code == 0, result.stderr
    record, test = json.loads(result.stdout), load_dataset(tiny_data).test
    a, b = (
        load(path / "checkpoints/best.safetensors").model.predict(test.X).argmax(axis=1) == test.y
        for path in (worse, trained)
    )
    assert (record["only_a_correct"], record["only_b_correct"]) == ((a & ~b).sum(), (b & ~a).sum())
    assert (record["both_correct"], record["neither"], record["samples"]) == ((a & b).sum(), (~a & ~b).sum(), 100)
    assert record["a"]["accuracy"] == pytest.approx(a.mean())
    assert record["b"]["accuracy"] == pytest.approx(b.mean())
    low, high = record["interval"]
    assert low < record["difference"] < high
    assert record["difference"] == pytest.approx(b.mean() - a.mean())
    assert record["significant"] is True
    assert record["p_value"] < 0.05


def test_the_text_says_which_is_better(run: Run, trained: Path, worse: Path) -> None:
    lines = run("compare", worse, trained).stdout.splitlines()
    assert re.fullmatch(r"A \d+\.\d\d %  worse/checkpoints/best\.safetensors", lines[0])
    assert re.fullmatch(
        r"B - A: \+\d+\.\d\d points, 95 % bootstrap confidence interval \+\S+ to \+\S+ \(10,000 resamples\)", lines[3]
    )
    assert re.fullmatch(r"the difference is significant: p \S \S+, McNemar's exact test; B is better", lines[4])
    assert run("compare", trained, worse).stdout.endswith("McNemar's exact test; A is better\n")


def test_a_checkpoint_beside_itself_is_no_difference(run: Run, trained: Path) -> None:
    result = run("compare", trained, trained / "checkpoints" / "best.safetensors")
    assert result.stdout.endswith("\nno difference: both predict the same samples correctly\n")
    assert json.loads(run("compare", trained, trained, "--json").stdout)["significant"] is False


def test_what_differs_is_drawn(run: Run, trained: Path, worse: Path) -> None:
    result = run("compare", worse, trained, "--output", "differences.png")
    assert result.exit_code == 0, result.stderr
    with Image.open("differences.png") as sheet:
        assert sheet.width > 500
        assert len(np.unique(np.asarray(sheet))) > 10
    assert result.stdout.splitlines()[-1] == "differences.png"
    result = run("compare", worse, trained, "--output", "again.png", "--json")
    assert json.loads(result.stdout)["samples"] == 100, "the name stays out of the JSON"
    assert result.stderr == "again.png\n"


def test_networks_for_other_classes_or_data_are_refused(run: Run, trained: Path, tiny_data: Path) -> None:
    more = [*tiny(tiny_data), "-o", "data.classes=11"]
    assert run("train", "--run-dir", "classes", *more).exit_code == 0
    result = run("compare", trained, "classes")
    assert result.exit_code == 4
    assert "the number of classes differs" in result.stderr
    Path("data").mkdir()
    for file in tiny_data.iterdir():
        Path("data", file.name).write_bytes(file.read_bytes())
    Path("data/train-labels-idx1-ubyte.gz").write_bytes((tiny_data / "t10k-labels-idx1-ubyte.gz").read_bytes())
    Path("data/train-images-idx3-ubyte.gz").write_bytes((tiny_data / "t10k-images-idx3-ubyte.gz").read_bytes())
    assert run("train", "--run-dir", "other", *tiny(Path("data"))).exit_code == 0
    result = run("compare", trained, "other")
    assert result.exit_code == 3
    assert result.stderr.startswith("error: checkpoints trained on different data: other; ")
    assert run("compare", trained, "other", "--data", tiny_data).exit_code == 0


def test_a_checkpoint_that_is_none_is_one_line(run: Run, trained: Path) -> None:
    result = run("compare", trained, "odd")
    assert result.exit_code == 4
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("p", "difference", "text"),
    [
        (1e-12, 0.01, "the difference is significant: p < 1e-6, McNemar's exact test; B is better"),
        (0.0004, -0.01, "the difference is significant: p = 0.0004, McNemar's exact test; A is better"),
        (0.36, 0.01, "the difference is not significant: p = 0.36, McNemar's exact test"),
    ],
)
def test_a_p_value_is_a_conclusion(p: float, difference: float, text: str) -> None:
    found = SimpleNamespace(only_first=[1], only_second=[2], p_value=p, is_significant=p < 0.05, difference=difference)
    assert conclusion(found) == text  # type: ignore[arg-type]  # it has the attributes that are used


def test_the_weights_of_the_package_are_called_pretrained(run: Run) -> None:
    lines = run("compare", "pretrained", "pretrained").stdout.splitlines()
    assert [line.split()[-1] for line in lines[:2]] == ["pretrained", "pretrained"]
    record = json.loads(run("compare", "pretrained", "pretrained", "--json").stdout)
    assert (record["a"]["checkpoint"], record["b"]["checkpoint"]) == ("pretrained", "pretrained")


def test_three_checkpoints_are_compared_in_pairs_with_corrected_p_values(run: Run, trained: Path, worse: Path) -> None:
    lines = run("compare", worse, trained, worse).stdout.splitlines()
    assert [line[0] for line in lines[:3]] == ["A", "B", "C"]
    assert lines[3] == "100 test samples; McNemar's exact test, p corrected for 3 comparisons (Holm)"
    assert re.fullmatch(r"B - A: \+\d+\.\d\d points, p . \S+: B is better", lines[4])
    assert lines[5] == "C - A: +0.00 points, p = 1: not significant"
    assert re.fullmatch(r"C - B: -\d+\.\d\d points, p . \S+: B is better", lines[6])
    found = json.loads(run("compare", worse, trained, worse, "--json").stdout)
    assert [pair["a"] + pair["b"] for pair in found["pairs"]] == ["AB", "AC", "BC"]
    assert [checkpoint["accuracy"] for checkpoint in found["checkpoints"]][::2] == [
        found["checkpoints"][0]["accuracy"]
    ] * 2
    first, second, third = found["pairs"]
    assert first["corrected_p_value"] == third["corrected_p_value"] == pytest.approx(3 * first["p_value"])
    assert (first["significant"], second["significant"]) == (True, False)


@pytest.mark.parametrize("arguments", [["a"], ["a"] * 27, ["a", "b", "c", "--output", "x.png"]])
def test_one_checkpoint_too_many_and_a_drawing_of_three_are_refused(run: Run, arguments: list[str]) -> None:
    assert run("compare", *arguments).exit_code == 2
