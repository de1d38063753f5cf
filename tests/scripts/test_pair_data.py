"""The samples of the pair network: two digits that touch are one character, and their class names both."""

from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.data.dataset import FILES
from mnist_mlp.data.idx import read_idx
from mnist_mlp.pages.pairs import pair_network
from mnist_mlp.pages.pieces import cropped
from mnist_mlp.pictures.connected_components import connected_components
from scripts.synthetic_numbers import pairs
from scripts.synthetic_numbers.pairs import NO_PAIR


def test_the_written_files_have_pairs_and_what_is_no_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "N_HANDWRITTEN", 1000)
    monkeypatch.setattr(pairs, "BATCH", 60)
    pairs.digit_sets.cache_clear()
    pairs.write(tmp_path, 60, 3)
    pairs.digit_sets.cache_clear()
    X, y = (read_idx(tmp_path / name) for name in FILES["train"])
    assert X.shape == (60, 28, 28)
    assert 0.5 < np.mean(y < NO_PAIR) < 0.9
    assert y.max() == NO_PAIR


def test_the_pair_network_names_most_samples_that_it_has_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "N_HANDWRITTEN", 10_000)
    pairs.digit_sets.cache_clear()
    rng, every = np.random.default_rng(4), pairs.digit_sets("validation")
    pairs.digit_sets.cache_clear()
    X, y = zip(*(pairs.sample(rng, every) for _ in range(200)), strict=True)
    assert np.mean(pair_network().predict(np.stack(X)).argmax(axis=1) == y) > 0.8


def test_parts_of_drawings_are_connected_and_no_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        mask = pairs.drawing(rng)
        assert connected_components(mask).max() == 1
        assert mask.shape == cropped(mask, 0, 0).mask.shape
    monkeypatch.setattr(pairs, "KINDS", {"drawing": 1.0})
    nothing = pairs.DigitSet(np.empty((0, 28, 28), np.uint8), np.empty(0, np.uint8))
    assert pairs.sample(rng, [nothing])[1] == NO_PAIR


def test_the_class_of_a_pair_has_its_digits_from_left_to_right(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = np.zeros((2, 28, 28), np.uint8)  # a ring is 0, a bar is 1
    shapes[:, 4:24, 8:20] = 255
    shapes[0, 8:20, 12:16] = 0
    shapes[1, :, 12:] = 0
    source = pairs.DigitSet(shapes, np.arange(2, dtype=np.uint8))
    monkeypatch.setattr(pairs, "KINDS", {"pair": 1.0})
    monkeypatch.setattr(pairs, "COUNT", {"pair": 2})
    monkeypatch.setattr(pairs, "SLANT", 0.0)
    monkeypatch.setattr(pairs, "pair_pixels", lambda mask: mask)
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(40):
        mask, label = pairs.sample(rng, [source])
        assert connected_components(mask > 0).max() == 1
        seen.add(label)
        if label in (1, 10):
            hole = np.nonzero(connected_components(~np.pad(mask > 0, 1)) > 1)[1].mean() - 1
            assert (hole < mask.shape[1] / 2) == (label == 1)
    assert seen == {0, 1, 10, 11}
