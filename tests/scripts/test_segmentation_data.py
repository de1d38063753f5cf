"""The samples of the segmentation network: which part of a picture is which digit, or none."""

from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.data.dataset import FILES
from mnist_mlp.data.idx import read_idx
from mnist_mlp.pages.pieces import cropped
from mnist_mlp.pictures.drawing import Drawing
from scripts.synthetic_numbers import collection, sets
from scripts.synthetic_numbers.collection import NO_DIGIT, label_of
from scripts.synthetic_numbers.writers import samples_of

BOXES = [(0, 0, 20, 40), (24, 0, 44, 40)]


@pytest.mark.parametrize(
    ("columns", "label"),
    [((0, 20), 3), ((0, 22), 3), ((24, 44), 7), ((0, 12), NO_DIGIT), ((0, 44), NO_DIGIT), ((0, 17), None)],
)
def test_a_part_is_a_digit_if_it_has_the_ink_of_its_box_and_no_other(
    columns: tuple[int, int], label: int | None
) -> None:
    ink = np.zeros((40, 44), dtype=bool)
    ink[:, :20] = ink[:, 24:] = ink[38:] = True  # two bars, linked at the foot
    part = ink.copy()
    part[:, : columns[0]] = part[:, columns[1] :] = False
    drawing = Drawing(np.zeros(ink.shape, np.uint8), mask=ink)
    assert label_of(cropped(part, 0, 0), drawing, [3, 7], BOXES) == label


def test_the_data_set_has_parts_of_pictures_and_whole_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "N_HANDWRITTEN", 20)
    sets.make(tmp_path / "pairs", 2, 3, ["touching-foot"], split="train")
    sets.make(tmp_path / "words", 1, 3, ["none-words"], split="train")
    collection.collect(tmp_path / "data", [tmp_path / "pairs", tmp_path / "words"])
    X, y = (read_idx(tmp_path / "data" / name) for name in FILES["train"])
    assert X.shape == (len(y), 28, 28)
    assert set(y.tolist()) == set(range(NO_DIGIT + 1))


def test_letters_are_no_digits_but_their_narrow_parts_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets.make(tmp_path, 1, 3, ["none-words"], split="train")
    (words,) = sets.truths(tmp_path)
    labels = [label for _, label in collection.parts_of(tmp_path, words)]
    assert labels
    assert set(labels) == {NO_DIGIT}
    monkeypatch.setattr(collection, "NARROW", 100.0)
    assert len(collection.parts_of(tmp_path, words)) < len(labels)


def test_the_two_splits_have_no_sample_in_common() -> None:
    for digit in range(10):
        assert not set(samples_of("train")[digit]) & set(samples_of("validation")[digit])
