import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.pretrained import DIGITS
from mnist_mlp.storage.checkpoint import unpack
from tests.cli.conftest import Run
from tests.storage.states import packed

PICTURE = Path(__file__).parents[1] / "seven.png"

START = {"html": b"<!doctype html>", "npz": b"PK", "onnx": b"\x08", "safetensors": b""}


@pytest.mark.parametrize("form", START)
def test_the_export_is_written_here_or_to_output_and_the_next_step_is_named(run: Run, form: str) -> None:
    result = run("export", "pretrained", "--format", form)
    assert (result.exit_code, result.stdout) == (0, f"mnist-mlp.{form}\n"), result.stderr
    assert result.stderr.startswith("next: ")
    assert len(result.stderr.splitlines()) == 1
    content = Path(f"mnist-mlp.{form}").read_bytes()
    assert content.startswith(START[form])
    assert run("export", "pretrained", "--format", form, "-o", "mine").stdout == "mine\n"
    assert Path("mine").read_bytes() == content, "the same at any time and in any place"
    assert sorted(path.name for path in Path().iterdir()) == ["mine", f"mnist-mlp.{form}"]


def test_a_network_for_other_pictures_has_no_page_but_arrays(run: Run) -> None:
    Path("small.safetensors").write_bytes(packed())
    result = run("export", "small.safetensors", "--format", "html")
    assert result.exit_code == 3
    assert result.stderr == "error: no page for this network: it takes 3x2 pixels, not 28x28; use onnx or npz\n"
    assert not Path("mnist-mlp.html").exists()
    assert run("export", "small.safetensors", "--format", "npz").exit_code == 0
    with np.load("mnist-mlp.npz") as arrays:
        assert arrays["layers.0.W"].shape == (6, 5)


def test_what_is_exported_is_the_inference_model(run: Run) -> None:
    Path("small.safetensors").write_bytes(packed("training.ema_decay=0.9"))
    assert run("export", "small.safetensors", "--format", "npz").exit_code == 0
    with np.load("mnist-mlp.npz") as arrays:
        assert arrays["layers.0.W"][0, 0] == -1, "the exponential moving average, which starts so in this state"
        assert arrays["temperature"] == 1.25


def test_weights_only_are_a_checkpoint_that_commands_read_but_train_does_not_resume(run: Run) -> None:
    assert run("export", "pretrained", "--format", "safetensors", "-o", "weights.safetensors").exit_code == 0
    assert Path("weights.safetensors").stat().st_size < 450_000
    answers = [
        run("predict", str(PICTURE), "--checkpoint", name).stdout for name in ("pretrained", "weights.safetensors")
    ]
    assert answers[0] == answers[1]
    assert "7" in answers[0]
    assert run("export", "weights.safetensors", "--format", "npz").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["pretrained"], 2, "--format"),
        (["pretrained", "--format", "pickle"], 2, "pickle"),
        (["nowhere", "--format", "npz"], 4, "no such checkpoint: nowhere"),
        (["pretrained", "--format", "npz", "-o", "no/where.npz"], 5, str(Path("no/where.npz"))),
    ],
)
def test_what_cannot_be_done_is_one_line(run: Run, arguments: list[str], code: int, words: str) -> None:
    result = run("export", *arguments)
    assert result.exit_code == code
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1
    assert words in result.stderr
    assert list(Path().iterdir()) == []


def test_without_onnx_the_error_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr("mnist_mlp.export.onnx.find_spec", lambda name: None if name == "onnx" else find_spec(name))
    result = run("export", "pretrained", "--format", "onnx")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: export to ONNX needs one more package: onnx not installed; pip install 'mnist-mlp[onnx]'\n"
    )
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("place", [".", "..", "/", "there", "there/", "new/", "missing/x", "file/x"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "pretrained", "--format", "npz", "-o"),
        ("report", str(DIGITS), "-o"),
        ("calibrate", "pretrained", "--from", "pretrained", "--output"),
        ("predict", str(PICTURE), "--save-input"),
        ("data", "show", "--output"),
        ("evaluate", "pretrained", "--mistakes"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_an_output_that_is_a_directory_or_lies_in_none_is_one_line(
    run: Run, arguments: tuple[str, ...], place: str
) -> None:
    Path("there").mkdir()
    Path("file").touch()
    result = run(*arguments, place)
    assert result.exit_code in (2, 5)
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1
    assert "internal" not in result.stderr
    assert sorted(path.name for path in Path().rglob("*")) == ["file", "there"]


def test_an_export_never_replaces_a_checkpoint_of_a_run(run: Run) -> None:
    directory = Path("run/checkpoints")
    directory.mkdir(parents=True)
    Path("run/config.yaml").touch()
    best = directory / "best.safetensors"
    best.write_bytes(packed())
    before = best.read_bytes()
    result = run("export", "run", "--format", "safetensors", "-o", best)
    assert result.exit_code == 5
    assert "it holds the checkpoints of a run; write the file elsewhere" in result.stderr
    assert best.read_bytes() == before
    assert list(directory.iterdir()) == [best]


@pytest.mark.skipif(os.name != "posix", reason="there is no /dev/stdout")
def test_nothing_but_the_export_goes_to_the_standard_output() -> None:
    command = [
        sys.executable,
        "-m",
        "mnist_mlp",
        "export",
        "pretrained",
        "--format",
        "safetensors",
        "-o",
        "/dev/stdout",
    ]
    result = subprocess.run(command, capture_output=True, check=True)
    assert unpack(result.stdout).state.weights_only
    assert result.stderr.decode().startswith("/dev/stdout\nnext: ")
