"""Reading the digit in a picture, whatever form the picture has."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import mnist_mlp as mm
from mnist_mlp.config import load_config
from mnist_mlp.errors import CheckpointError, ConfigError, DataError
from mnist_mlp.inference.reader import Reading, ReadResult, read_digit, read_digits
from mnist_mlp.pictures.decode import Source
from mnist_mlp.training.state import TrainState, new_state
from tests.pictures.drawing import digits, encoded, on_paper

PICTURES = Path(__file__).parents[1] / "cli"
SEVEN, CUP = PICTURES / "seven.png", PICTURES / "cup.png"
EMPTY = np.full((50, 40), 255, np.uint8)


@pytest.fixture(scope="module")
def seven() -> Reading:
    return read_digit(SEVEN)


def image_of(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.copy()


@pytest.mark.parametrize(
    "source",
    [
        str(SEVEN),
        SEVEN.read_bytes(),
        BytesIO(SEVEN.read_bytes()),
        image_of(SEVEN),
        image_of(SEVEN).convert("RGB"),
        np.asarray(image_of(SEVEN).convert("L")),
        np.asarray(image_of(SEVEN).convert("RGB")),
    ],
    ids=["str", "bytes", "file", "PIL", "PIL RGB", "array", "array RGB"],
)
def test_every_form_of_a_picture_gives_the_same_reading(source: Any, seven: Reading) -> None:
    found = read_digit(source)
    np.testing.assert_array_equal(found.picture.pixels, seven.picture.pixels)
    np.testing.assert_array_equal(found.outputs, seven.outputs)
    assert found.digit == seven.digit == 7


def test_reading_does_not_change_a_pil_image_or_an_array() -> None:
    image, array = image_of(SEVEN), np.array(image_of(SEVEN).convert("L"))
    before = image.tobytes(), array.copy()
    read_digit(image)
    read_digit(array)
    assert image.tobytes() == before[0]
    np.testing.assert_array_equal(array, before[1])


def test_a_large_pil_image_is_read_like_its_file() -> None:
    page = on_paper(digits()[0]).repeat(4, axis=0).repeat(4, axis=1)
    assert read_digit(Image.fromarray(page)).digit == read_digit(encoded(page)).digit == 7


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere.png", "cannot read the picture: nowhere.png: no such file"),
        (b"no picture", "not a picture"),
        (b"", "the file is empty"),
        (None, "not a picture: found NoneType; give a path"),
        (7, "found int; give a path"),
        (bytearray(b"no picture"), "found bytearray; give a path"),
        (np.zeros((28, 28)), r"not a picture: found shape \(28, 28\), dtype float64; give uint8"),
        (np.zeros((28, 28), np.int64), r"shape \(28, 28\), dtype int64"),
        (np.zeros(784, np.uint8), r"shape \(784,\), dtype uint8"),
        (np.zeros((28, 28, 4), np.uint8), r"shape \(28, 28, 4\), dtype uint8"),
        (np.zeros((0, 28), np.uint8), r"shape \(0, 28\), dtype uint8"),
        (Image.new("L", (0, 28)), "it has 0x28 pixels"),
        (StringIO("no picture"), 'open as text; open it as binary, with mode "rb"'),
        (" ", "name of the picture is empty; give the path of a picture"),
    ],
)
@pytest.mark.parametrize("read", [read_digit, mm.read_page])
def test_a_source_that_is_not_a_picture_is_an_error(read: Callable[[Any], object], source: Any, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read(source)
    assert "\n" not in str(caught.value)


def test_an_error_names_the_picture_as_the_caller_does() -> None:
    with pytest.raises(DataError, match="standard input"):
        read_digit(b"no picture", name="standard input")


def test_a_reading_has_the_digit_its_probability_and_the_others(seven: Reading) -> None:
    assert (seven.digit, seven.best_guess, seven.reason, seven.kind) == (7, 7, None, "probabilities")
    assert seven.probabilities is not None
    assert seven.probabilities.sum() == pytest.approx(1, abs=1e-6)
    assert seven.probability == seven.probabilities[7] > 0.9
    order = np.argsort(-seven.probabilities)[:3]
    assert seven.top(3) == [(int(c), float(seven.probabilities[c])) for c in order]
    assert [len(seven.top(k)) for k in (1, 10, 99)] == [1, 10, 10]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (CUP, "this does not look like a digit"),
        (EMPTY, "no stroke stands out from"),
        (np.hstack([on_paper(digits()[0]), on_paper(digits()[1])]), "2 things are drawn, not one digit"),
    ],
    ids=["cup", "empty", "two digits"],
)
def test_a_rejected_picture_has_no_digit_but_a_reason_and_a_best_guess(source: Any, reason: str) -> None:
    found = read_digit(source)
    assert found.digit is None
    assert (found.reason or "").startswith(reason)
    assert found.best_guess in range(10)
    assert found.probability is not None
    assert repr(found).endswith(f"rejected: {found.reason}>")


@pytest.mark.parametrize("loss", ["squared_error", "residual_sum_of_squares"])
def test_a_network_of_a_regression_gives_scores_and_no_probabilities(loss: str) -> None:
    found = read_digit(SEVEN, new_state(load_config(overrides=[f"loss={loss}"])))
    assert (found.kind, found.probabilities, found.probability) == ("scores", None, None)
    assert found.digit == found.best_guess == int(found.outputs.argmax())
    assert repr(found) == f"<Reading {found.best_guess}>"


def test_a_checkpoint_can_be_a_name_a_file_a_loaded_checkpoint_or_a_state(seven: Reading, tmp_path: Path) -> None:
    loaded = mm.load_checkpoint("pretrained")
    path = tmp_path / "digits.safetensors"
    mm.save_checkpoint(loaded.state, path)
    for checkpoint in (loaded, loaded.state, path, str(path)):
        np.testing.assert_array_equal(read_digit(SEVEN, checkpoint).outputs, seven.outputs)


def test_a_checkpoint_file_that_changes_is_loaded_again(tmp_path: Path) -> None:
    path = tmp_path / "digits.safetensors"
    outputs = []
    for seed in (0, 1):
        mm.save_checkpoint(new_state(load_config(overrides=[f"seed={seed}"])), path)
        os.utime(path, ns=(seed, seed))
        outputs.append(read_digit(SEVEN, path).outputs)
    assert not np.array_equal(outputs[0], outputs[1])


def test_a_checkpoint_that_does_not_exist_or_takes_other_pictures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"nowhere\.safetensors"):
        read_digit(SEVEN, "nowhere.safetensors")
    path = tmp_path / "small.safetensors"
    mm.save_checkpoint(new_state(load_config(), n_in=30), path)
    for checkpoint in (path, mm.load_checkpoint(path), mm.load_checkpoint(path).state):
        with pytest.raises(DataError, match="it takes 1x30 pixels, not 28x28"):
            read_digit(SEVEN, checkpoint)


def test_many_pictures_are_read_in_order_with_an_error_beside_each_that_is_none() -> None:
    sources: list[Source] = [SEVEN, b"no picture", CUP, "nowhere.png", SEVEN]
    results = list(read_digits(sources))
    assert [result.source for result in results] == sources
    assert [result.reading and result.reading.digit for result in results] == [7, None, None, None, 7]
    assert [result.error is not None for result in results] == [False, True, False, True, False]
    assert [result.reading is None for result in results] == [False, True, False, True, False]


def test_many_pictures_are_read_one_by_one_as_they_are_asked_for() -> None:
    endless = iter(lambda: SEVEN, None)
    results = read_digits(endless)
    assert [next(results).reading for _ in range(2)]


def test_eight_threads_read_what_one_thread_reads(capfd: pytest.CaptureFixture[str]) -> None:
    """Cut TIFFs, about which libtiff complains on file descriptor 2, are among the pictures."""
    files = [encoded(on_paper(digit), ("PNG", "TIFF", "JPEG")[i % 3]) for i, digit in enumerate(digits()[:48])]
    files += [encoded(on_paper(digit), "TIFF", compression="tiff_lzw")[:-2000] for digit in digits()[:24]]
    state = mm.load_checkpoint("pretrained").state

    def read(file: bytes) -> ReadResult:
        return next(read_digits([file], state))

    alone = [read(file) for file in files]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(read, files))
    for one, other in zip(alone, together, strict=True):
        assert str(one.error) == str(other.error)
        if one.reading is not None and other.reading is not None:
            assert one.reading.reason == other.reading.reason
            np.testing.assert_array_equal(one.reading.outputs, other.reading.outputs)
    assert sum(result.reading is not None for result in together) >= 40
    os.write(2, b"still there")
    assert capfd.readouterr().err == "still there", "nothing of libtiff, and standard error is where it was"


def test_a_state_of_a_notebook_is_read_with_and_rejects_as_its_checkpoint(
    tiny_state: TrainState, tmp_path: Path
) -> None:
    mm.save_checkpoint(tiny_state, tmp_path / "it.safetensors")
    for source in (SEVEN, CUP):
        one, other = read_digit(source, tiny_state), read_digit(source, tmp_path / "it.safetensors")
        np.testing.assert_array_equal(one.outputs, other.outputs)
        assert one.reason == other.reason
    assert read_digit(CUP, tiny_state).digit is None


@pytest.fixture(scope="module")
def tiny_state() -> TrainState:
    """A state that is trained on a few of MNIST's digits, as in a notebook."""
    config = load_config(overrides=["training.epochs=1", "data.validation=59000", "augmentation.name=none"])
    dataset = mm.load_dataset()
    state = mm.new_state(config)
    for _ in mm.train(config, mm.split(config, dataset), state):
        pass
    return state


def test_a_single_source_is_read_as_a_list_of_one() -> None:
    content = SEVEN.read_bytes()
    with Image.open(SEVEN) as image:
        grey = np.asarray(image.convert("L"))
        sources: list[Source] = [str(SEVEN), SEVEN, content, BytesIO(content), image, grey]
        for source in sources:
            (result,) = mm.read_digits(source)
            assert result.reading is not None
            assert result.reading.digit == 7
    assert [result.reading and result.reading.digit for result in mm.read_digits(np.stack([grey, grey]))] == [7, 7]
    (missing,) = mm.read_digits("nowhere.png")
    assert missing.error is not None


def test_arguments_in_the_old_order_and_of_wrong_types_are_known_errors(seven: Reading) -> None:
    state = mm.load_checkpoint().state
    for checkpoint in (np.zeros((28, 28), np.uint8), image_of(SEVEN), None, 7):
        with pytest.raises(CheckpointError, match=r"not a checkpoint: found \w+; give the picture first"):
            read_digit(state, checkpoint)  # type: ignore[arg-type]
        with pytest.raises(CheckpointError, match=r"not a checkpoint: found \w+"):
            mm.load_checkpoint(checkpoint)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"^not a picture: found TrainState"):
        read_digit(state)  # type: ignore[arg-type]
    for k in (0, -1):
        with pytest.raises(ConfigError, match=f"k is {k}"):
            seven.top(k)


def test_an_array_that_is_no_picture_says_so_without_repetition() -> None:
    with pytest.raises(DataError, match=r"^not a picture: found shape \(5,\)"):
        read_digit(np.zeros(5, np.uint8))
