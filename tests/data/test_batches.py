"""Mini-batches: every sample once an epoch with its own label, as pixels / 255."""

import hashlib
from math import ceil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from mnist_mlp.data import synthetic
from mnist_mlp.data.batches import batches, epoch_order
from mnist_mlp.data.dataset import Dataset, stratified_split
from mnist_mlp.data.idx import read_idx, write_idx
from mnist_mlp.data.synthetic import SyntheticSource
from mnist_mlp.handwriting.generate import SyntheticDigits

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)


@given(n=st.integers(1, 200), batch_size=st.integers(1, 250), seed=st.integers(0, 2**63 - 1), epoch=st.integers(0, 99))
def test_an_epoch_visits_each_sample_once_with_its_own_label(n: int, batch_size: int, seed: int, epoch: int) -> None:
    pixels = np.arange(n, dtype=np.uint8).reshape(n, 1)  # a picture's pixel and its label both tell its number
    labels = (np.arange(n) ^ 85).astype(np.uint8)
    seen: list[int] = []
    sizes = []
    for X, y, _ in batches(pixels, labels, epoch_order(np.arange(n), seed, epoch), batch_size, FLOAT64):
        numbers = np.rint(X[:, 0] * 255).astype(int)
        np.testing.assert_array_equal(y, numbers ^ 85)
        seen += numbers.tolist()
        sizes.append(len(y))
    assert sorted(seen) == list(range(n))
    assert sizes[:-1] == [batch_size] * (ceil(n / batch_size) - 1)
    assert sizes[-1] == n - sum(sizes[:-1])  # the last short batch counts


def test_only_the_samples_of_the_order_are_visited_in_its_order() -> None:
    pixels = np.arange(10, dtype=np.uint8).reshape(10, 1)
    order = np.array([7, 2, 9, 4, 0])
    visited = [batch.y.tolist() for batch in batches(pixels, pixels[:, 0], order, 2, FLOAT32)]
    assert visited == [[7, 2], [9, 4], [0]]


def test_an_empty_order_gives_no_batch() -> None:
    assert list(batches(np.zeros((3, 2), np.uint8), np.zeros(3, np.uint8), np.arange(0), 2, FLOAT32)) == []


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64])
def test_every_pixel_is_its_byte_over_255_rounded_once(dtype: np.dtype[np.floating]) -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(4, 64)
    (batch,) = batches(pixels, np.zeros(4, np.uint8), np.arange(4), 4, dtype)
    assert batch.X.dtype == dtype
    # The quotient of two small integers in float64, rounded to float32, is the correctly rounded quotient.
    expected = [float(dtype.type(value / 255)) for value in range(256)]
    assert batch.X.ravel().tolist() == expected
    assert (batch.X.min(), batch.X.max()) == (0, 1)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64])
def test_features_that_are_floats_already_pass_as_they_are(dtype: np.dtype[np.floating]) -> None:
    features = np.array([[-1.5, 0], [300, 0.1]], np.float32)
    (batch,) = batches(features, np.zeros(2, np.uint8), np.arange(2), 2, dtype)
    assert batch.X.dtype == dtype
    np.testing.assert_array_equal(batch.X, features)


def test_a_step_reuses_the_arrays_of_the_step_before() -> None:
    stream = batches(np.ones((7, 2), np.uint8), np.zeros(7, np.uint8), np.arange(7), 3, FLOAT32)
    first, second, last = stream
    assert np.shares_memory(first.X, second.X)
    assert np.shares_memory(first.X, last.X)


def test_a_mapped_file_gives_the_batches_of_the_array_in_it(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    arrays = generator.integers(0, 256, (23, 6), np.uint8), generator.integers(0, 10, 23, np.uint8)
    mapped = []
    for name, array in zip("Xy", arrays, strict=True):
        write_idx(tmp_path / name, array)
        mapped.append(read_idx(tmp_path / name))
    assert all(isinstance(array, np.memmap) for array in mapped)
    order = epoch_order(np.arange(23), 0, 0)
    pairs = zip(batches(*arrays, order, 5, FLOAT32), batches(mapped[0], mapped[1], order, 5, FLOAT32), strict=True)
    for plain, from_file in pairs:
        np.testing.assert_array_equal(plain.X, from_file.X)
        np.testing.assert_array_equal(plain.y, from_file.y)


def test_indices_after_the_last_sample_are_those_of_synthetic_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = np.full((3, 2), 51, np.uint8), np.array([1, 2, 3], np.uint8)
    two = SyntheticDigits(np.array([[255, 0], [0, 255]], np.uint8), np.array([8, 9], np.uint8))
    monkeypatch.setattr(synthetic, "draw_digits", lambda n, seed: two)
    drawn = SyntheticSource(2)
    order = np.array([2, 4, 3, 0, 4])
    first, last = ((b.X.tolist(), b.y.tolist()) for b in batches(X, y, order, 3, FLOAT64, synthetic=drawn))
    assert first == ([[0.2, 0.2], [0, 1], [1, 0]], [3, 9, 8])
    assert last == ([[0.2, 0.2], [0, 1]], [1, 9])
    assert y.tolist() == [1, 2, 3]


def test_the_order_depends_on_the_seed_and_the_epoch_alone() -> None:
    indices = np.arange(5, 105)
    orders = [epoch_order(indices, seed, epoch).tolist() for seed in range(3) for epoch in range(3)]
    assert len({tuple(order) for order in orders}) == 9
    assert all(sorted(order) == indices.tolist() for order in orders)
    assert epoch_order(indices, 2, 1).tolist() == orders[7]
    assert indices.tolist() == list(range(5, 105))  # as it was


@pytest.mark.parametrize(
    ("epoch", "digest"),
    [
        (0, "82fec0a5b4aec88905f1b20a703d95645826e95cedd21682c0c03b4f466886d0"),
        (1, "507f105c51079e5a7d586b70ec9d1bedb6fadd383ff3165c64d3a68587e56c4b"),
    ],
)
def test_the_batch_order_of_seed_0_is_the_same_on_every_platform_and_numpy(
    mnist: Dataset, epoch: int, digest: str
) -> None:
    train, _ = stratified_split(mnist.train.y, 10_000, 10, seed=0)
    order = epoch_order(train, 0, epoch)
    assert hashlib.sha256(order.astype("<i8").tobytes()).hexdigest() == digest
