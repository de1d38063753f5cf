import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp import load_checkpoint, load_dataset, prepare
from tests.cli.conftest import Run

SEVEN = Path(__file__).parent / "seven.png"


def test_a_digit_is_read_with_its_probability(run: Run) -> None:
    result = run("predict", SEVEN)
    assert result.exit_code == 0, result.stderr
    assert re.fullmatch(rf"{re.escape(str(SEVEN))}: 7 \((9\d|100)\.\d %\)\n", result.stdout)


def test_mnist_pictures_get_the_answers_of_the_model_itself(run: Run) -> None:
    X = load_dataset().test.X[:20]
    names = [f"{i}.png" for i in range(len(X))]
    for name, pixels in zip(names, X, strict=True):
        Image.fromarray(pixels.reshape(28, 28)).save(name)
    result = run("predict", "--json", *names)
    records = [json.loads(line) for line in result.stdout.splitlines()]
    expected = load_checkpoint("pretrained").model.predict(X)
    assert [record["picture"] for record in records] == names
    assert [record["digit"] for record in records] == expected.argmax(axis=1).tolist()
    np.testing.assert_allclose([record["probabilities"] for record in records], expected, atol=1e-6)


def test_top_k_lists_the_most_probable_in_order(run: Run) -> None:
    words = run("predict", SEVEN, "--top", "3").stdout.strip().partition(": ")[2].split(", ")
    percents = [float(word.partition("(")[2].removesuffix(" %)")) for word in words]
    assert len(words) == 3
    assert percents == sorted(percents, reverse=True)
    assert len(run("predict", SEVEN, "--top", "99").stdout.split(", ")) == 10


def test_standard_input_is_a_picture_too(run: Run) -> None:
    result = run("predict", "-", "--json", stdin=SEVEN.read_bytes())
    assert json.loads(result.stdout)["digit"] == 7


def test_show_input_draws_what_the_network_sees(run: Run) -> None:
    lines = run("predict", SEVEN, "--show-input", "--save-input", "input.png").stdout.splitlines()
    assert len(lines) == 14 + 2
    with Image.open("input.png") as saved:
        ink = np.asarray(saved) >= 128
    np.testing.assert_array_equal(ink, prepare(SEVEN).pixels >= 128)
    assert [[half in "▀█" for half in line] for line in lines[:14]] == ink[::2].tolist()
    assert [[half in "▄█" for half in line] for line in lines[:14]] == ink[1::2].tolist()
    json_lines = run("predict", SEVEN, "--show-input", "--json").stdout.splitlines()
    assert len(json_lines) == 1, "the drawing stays out of the JSON"


def test_the_input_of_several_pictures_is_not_saved_to_one_file(run: Run) -> None:
    result = run("predict", SEVEN, SEVEN, "--save-input", "input.png")
    assert result.exit_code == 2
    assert not Path("input.png").exists()


def test_one_bad_picture_does_not_keep_the_others_from_being_read(run: Run) -> None:
    Path("bad.png").write_bytes(b"no picture")
    result = run("predict", SEVEN, "bad.png", SEVEN)
    assert result.exit_code == 3
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr.startswith("error: ")
    assert "bad.png" in result.stderr


@pytest.mark.parametrize("content", [None, b"", b"GIF89a", b"\x89PNG\r\n\x1a\n"])
def test_a_picture_that_is_none_is_one_line(run: Run, content: bytes | None) -> None:
    if content is not None:
        Path("odd.png").write_bytes(content)
    result = run("predict", "odd.png")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1


def test_a_regression_model_gives_scores(run: Run, tiny_data: Path) -> None:
    from tests.cli.conftest import tiny

    assert run("train", "--config", "regression", "--run-dir", "r", *tiny(tiny_data)).exit_code == 0
    record = json.loads(run("predict", SEVEN, "--checkpoint", "r", "--json").stdout)
    assert "probabilities" not in record
    assert len(record["scores"]) == 10
    assert "(score " in run("predict", SEVEN, "--checkpoint", "r").stdout
