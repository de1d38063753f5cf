import json
import os
import re
import shutil
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mnist_mlp import load_checkpoint, load_dataset
from mnist_mlp.data.idx import read_idx, write_idx
from mnist_mlp.storage.checkpoint import load
from tests.cli.conftest import CUP, SEVEN, Run, mnist_pictures, tiny


def test_the_json_agrees_with_the_predictions_of_the_model(run: Run, trained: Path, tiny_data: Path) -> None:
    result = run("evaluate", trained, "--json")
    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    X = read_idx(tiny_data / "t10k-images-idx3-ubyte.gz")
    y = read_idx(tiny_data / "t10k-labels-idx1-ubyte.gz")
    # Logits: of pictures as easy as these, the probabilities are rounded to 1.
    z = load(trained / "checkpoints/best.safetensors").model.logits(X.reshape(len(X), -1)).astype(np.float64)
    predicted = z.argmax(axis=1)
    losses = np.logaddexp.reduce(z - z[np.arange(len(y)), y][:, None], axis=1)
    assert record["samples"] == len(y)
    assert record["errors"] == int((predicted != y).sum())
    assert record["accuracy"] == pytest.approx((predicted == y).mean(), abs=1e-12)
    assert record["loss"] == pytest.approx(losses.mean(), rel=1e-5)
    assert np.array(record["confusion"]).sum(axis=1).tolist() == np.bincount(y, minlength=10).tolist()
    three = record["classes"][3]
    assert (three["class"], three["samples"]) == (3, (y == 3).sum())
    assert three["recall"] == pytest.approx((predicted[y == 3] == 3).mean())
    assert three["precision"] == pytest.approx((y[predicted == 3] == 3).mean())


def test_the_tables_show_accuracy_classes_and_confusions(run: Run, trained: Path) -> None:
    output = run("evaluate", trained).stdout
    record = json.loads(run("evaluate", trained, "--json").stdout)
    assert f"accuracy {100 * record['accuracy']:.2f} %   errors {record['errors']}" in output
    assert "class  precision   recall       F1  samples" in output
    assert "rows: actual class; columns: predicted class" in output
    assert "most frequent confusions: " in output


def test_the_validation_split_is_the_one_of_the_run(run: Run, trained: Path) -> None:
    record = json.loads(run("evaluate", trained, "--split", "validation", "--json").stdout)
    best = load(trained / "checkpoints/best.safetensors").metadata.progress.best
    assert best is not None
    assert record["samples"] == 50
    assert record["accuracy"] == pytest.approx(best.validation_accuracy)
    assert record["uncalibrated"]["negative_log_likelihood"] == pytest.approx(best.validation_loss, rel=1e-6)
    train = json.loads(run("evaluate", trained, "--split", "train", "--json").stdout)
    assert train["samples"] == 250


def test_mistakes_are_drawn(run: Run, trained: Path) -> None:
    result = run("evaluate", trained, "--mistakes", "wrong.png")
    assert result.exit_code == 0, result.stderr
    with Image.open("wrong.png") as sheet:
        assert sheet.width > 500
        assert len(set(sheet.convert("L").tobytes())) > 2
    assert result.stdout.endswith("\nwrong.png\n")
    result = run("evaluate", trained, "--mistakes", "again.png", "--json")
    assert json.loads(result.stdout)["samples"] == 100, "the name stays out of the JSON"
    assert result.stderr == "again.png\n"


def test_mistakes_that_cannot_be_written_are_one_line(run: Run, trained: Path) -> None:
    for name in ("nowhere/wrong.png", "wrong.nonsense"):
        result = run("evaluate", trained, "--mistakes", name)
        assert result.exit_code == 5
        assert re.match(rf"error: cannot write( picture)?: {re.escape(str(Path(name)))}: ", result.stderr)


def test_latest_is_the_newest_run_and_a_file_is_a_file(run: Run, trained: Path, tiny_data: Path) -> None:
    assert run("evaluate", "latest").exit_code == 4
    assert run("train", *tiny(tiny_data)).exit_code == 0
    (directory,) = Path("runs").iterdir()
    latest = json.loads(run("evaluate", "latest", "--json").stdout)
    named = json.loads(run("evaluate", directory / "checkpoints/best.safetensors", "--json").stdout)
    assert latest == named


@pytest.mark.parametrize(
    ("make", "code", "message"),
    [
        (lambda path: None, 4, "no such checkpoint"),
        (lambda path: path.write_bytes(b""), 4, "not a checkpoint"),
        (lambda path: path.write_bytes(b"\x80\x04\x95" + b"x" * 100), 4, "not a checkpoint"),
        (lambda path: path.mkdir(), 4, "no such checkpoint"),
    ],
)
def test_a_checkpoint_that_is_none_is_one_line(run: Run, make: object, code: int, message: str) -> None:
    assert callable(make)
    make(Path("odd"))
    result = run("evaluate", "odd")
    assert result.exit_code == code
    assert result.stderr.startswith(f"error: {message}: odd")
    assert len(result.stderr.splitlines()) == 1


def test_pictures_of_another_size_are_refused(run: Run, trained: Path) -> None:
    data = Path("small")
    data.mkdir()
    write_idx(data / "t10k-images-idx3-ubyte", np.arange(105, dtype=np.uint8).reshape(3, 5, 7))
    write_idx(data / "t10k-labels-idx1-ubyte", np.zeros(3, np.uint8))
    result = run("evaluate", trained, "--data", data)
    assert result.exit_code == 3
    assert "they have 5x7 pixels, not 28x28" in result.stderr


def test_a_checkpoint_without_its_run_needs_the_directory_of_the_data(run: Run, trained: Path, tiny_data: Path) -> None:
    Path("a/b").mkdir(parents=True)
    Path("a/b/lone.safetensors").write_bytes((trained / "checkpoints/best.safetensors").read_bytes())
    result = run("evaluate", "a/b/lone.safetensors")
    assert result.exit_code == 3
    assert result.stderr.startswith("error: data directory not known: a/b/lone.safetensors: ")
    assert run("evaluate", "a/b/lone.safetensors", "--data", tiny_data).exit_code == 0


def test_the_pretrained_network_is_as_good_as_the_readme_says(run: Run) -> None:
    record = json.loads(run("evaluate", "pretrained", "--json").stdout)
    assert record["samples"] == 10_000
    assert record["accuracy"] >= 0.98


def test_fgsm_measures_accuracy_on_pictures_changed_to_mislead(run: Run, trained: Path) -> None:
    clean = json.loads(run("evaluate", trained, "--json").stdout)
    none = json.loads(run("evaluate", trained, "--json", "--fgsm", "0").stdout)["fgsm"]
    some = json.loads(run("evaluate", trained, "--json", "--fgsm", "0.1").stdout)["fgsm"]
    more = json.loads(run("evaluate", trained, "--json", "--fgsm", "0.3").stdout)["fgsm"]
    assert none == {"epsilon": 0, "accuracy": pytest.approx(clean["accuracy"])}
    assert clean["accuracy"] > some["accuracy"] >= more["accuracy"]
    assert (
        f"accuracy under FGSM at 0.1: {100 * some['accuracy']:.2f} %"
        in run("evaluate", trained, "--fgsm", "0.1").stdout
    )


def test_a_folder_of_labelled_pictures_is_evaluated_like_a_data_set(run: Run) -> None:
    labels = mnist_pictures(Path("mine"), 30)
    Path("mine/7/blank.png").write_bytes(png(np.full((28, 28), 255, np.uint8)))
    Path("mine/0/broken.png").write_bytes(b"no picture")
    result = run("evaluate", "pretrained", "--pictures", "mine", "--json")
    assert result.exit_code == 3, "the broken one"
    assert "broken.png" in result.stderr
    record = json.loads(result.stdout)
    test = load_dataset().test
    model = load_checkpoint("pretrained").model
    right = model.predict(test.X[:30]).argmax(axis=1) == labels
    assert record["pictures"] == "mine"
    assert record["samples"] == 31
    assert np.array(record["confusion"]).sum(axis=1).tolist() == np.bincount([*labels, 7], minlength=10).tolist()
    assert record["rejected"] == 1
    assert record["accuracy_of_accepted"] == right.mean()
    files = {file["picture"]: file for file in record["files"]}
    assert list(files) == sorted(files)
    assert len(files) == 32
    for i, (label, probabilities) in enumerate(zip(labels, model.predict(test.X[:30]), strict=True)):
        digit = int(probabilities.argmax())
        assert files[str(Path("mine", str(label), f"{i}.png"))] == {
            "picture": str(Path("mine", str(label), f"{i}.png")),
            "class": label,
            "answer": digit,
            "reason": None,
            "best_guess": digit,
            "probability": pytest.approx(float(probabilities.max()), abs=1e-5),
        }
    blank, broken = files[str(Path("mine/7/blank.png"))], files[str(Path("mine/0/broken.png"))]
    assert (blank["class"], blank["answer"]) == (7, None)
    assert blank["reason"] == "no stroke stands out from the background"
    empty = model.predict(np.zeros((1, 784), np.uint8))[0]
    assert blank["best_guess"] == empty.argmax()
    assert blank["probability"] == pytest.approx(float(empty.max()))
    assert set(broken) == {"picture", "class", "error"}
    assert (broken["class"], "broken.png" in broken["error"]) == (0, True)
    text = run("evaluate", "pretrained", "--pictures", "mine", "--mistakes", "wrong.png").stdout
    assert "on 31 pictures in mine\n" in text
    assert re.search(r'^1 of 31 rejected as "unsure"; \d+\.\d\d % of the other 30 are right$', text, re.M)
    assert Path("wrong.png").exists()


def test_mistakes_of_a_folder_have_the_names_of_the_files(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine/3").mkdir(parents=True)
    shutil.copy(SEVEN, "mine/3/seven.png")
    shutil.copy(CUP, "mine/3/cup.png")
    drawn: dict[str, Any] = {}
    monkeypatch.setattr(
        "mnist_mlp.reports.mistakes.draw_mistakes", lambda *_, **texts: drawn.update(texts) or Image.new("L", (9, 9))
    )
    assert run("evaluate", "pretrained", "--pictures", "mine", "--mistakes", "wrong.png").exit_code == 0
    assert drawn == {
        "files": [f"{Path('3/cup.png')}, unsure", str(Path("3/seven.png"))],
        "title": "pretrained on 2 pictures in mine",
    }


@pytest.mark.parametrize("more", [["--data", "d"], ["--split", "train"]])
def test_pictures_exclude_a_data_set(run: Run, more: list[str]) -> None:
    mnist_pictures(Path("mine"), 1)
    assert run("evaluate", "pretrained", "--pictures", "mine", *more).exit_code == 2


def test_a_folder_without_a_single_picture_is_one_line(run: Run) -> None:
    Path("mine/7").mkdir(parents=True)
    Path("mine/7/broken.png").write_bytes(b"no picture")
    for directory in ("mine", "mine/7", "missing"):
        result = run("evaluate", "pretrained", "--pictures", directory)
        assert result.exit_code == 3
        assert len(result.stderr.splitlines()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not have these names")
def test_names_that_are_not_visible_are_escaped_in_evaluations_and_reports(run: Run, trained: Path) -> None:
    folder, other = (os.fsdecode(name) for name in (b"m\xe9\n\x1b[31m", b"run\xff\n"))
    mnist_pictures(Path(folder), 5)
    Path(folder, "7", "bad\n\udcff.png").write_bytes(b"no picture")
    shutil.copytree(trained, other)
    for arguments in (
        ("evaluate", other, "--pictures", folder),
        ("evaluate", other, "--pictures", folder, "--json"),
        ("explain", Path(folder, "7", "0.png"), "--output", f"{folder}.png"),
        ("export", other, "--format", "npz", "-o", f"{other}.npz"),
        ("compare", other, "pretrained", "--data", "missing\x1b"),
        ("report", other),
    ):
        result = run(*arguments)
        assert "internal" not in result.stderr
        assert (result.stdout + result.stderr).replace("\n", "").isprintable(), arguments
        assert result.exit_code == (3 if "evaluate" in arguments or "compare" in arguments else 0), result.stderr
    page = Path(other, "report.html").read_text(encoding="utf-8")
    assert r"run\xff\n" in page


def png(pixels: np.ndarray) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_the_weights_of_the_package_are_called_pretrained(run: Run) -> None:
    mnist_pictures(Path("pictures"), 3)
    call = ["evaluate", "pretrained", "--pictures", "pictures"]
    assert json.loads(run(*call, "--json").stdout)["checkpoint"] == "pretrained"
    assert run(*call).stdout.startswith("pretrained on 3 pictures in pictures\n")
