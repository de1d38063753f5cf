"""The bundled MNIST, directories like it, and the stratified split."""

import hashlib
import math
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from mnist_mlp.data import dataset, source
from mnist_mlp.data.dataset import BUNDLED_SHA256, FILES, Dataset, Labels, stratified_split
from mnist_mlp.data.idx import Array, read_idx, write_idx
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import DataError
from tests.conftest import tiny_pictures

TRAIN_IMAGES, TRAIN_LABELS = FILES["train"]
TEST_IMAGES, TEST_LABELS = FILES["test"]
Save = Callable[..., Path]


def levels(shape: tuple[int, ...], dtype: str) -> Array:
    """Pictures with different levels."""
    return np.arange(math.prod(shape)).reshape(shape).astype(dtype)


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a directory of the training files alone, each as given."""

    def save_files(
        images: object = ((2, 3, 4), "u1"), labels: object = (0, 1), suffix: str = ".gz", directory: str = "data"
    ) -> Path:
        place = tmp_path / directory
        place.mkdir()
        pictures = images if isinstance(images, np.ndarray) else levels(*images)  # type: ignore[misc]
        write_idx(place / f"{TRAIN_IMAGES}{suffix}", pictures)
        write_idx(
            place / f"{TRAIN_LABELS}{suffix}", labels if isinstance(labels, np.ndarray) else np.array(labels, "u1")
        )
        return place

    return save_files


# --- MNIST ------------------------------------------------------------------------------------------------------------


def test_the_bundled_data_is_mnist(mnist: Dataset) -> None:
    train, test = mnist.train, mnist.test
    for samples, n in ((train, 60_000), (test, 10_000)):
        assert (samples.X.shape, samples.y.shape) == ((n, 784), (n,))
        assert samples.X.dtype == samples.y.dtype == np.uint8
    assert train.shape == test.shape == (28, 28)
    # Its well-known beginning, and its counts as LeCun's page and many others give them.
    assert train.y[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert test.y[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(train.y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(test.y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    # The mean 0.1307 and the standard deviation 0.3081 by which half the world standardises.
    assert round(train.X.mean() / 255, 4) == 0.1307
    assert round(float(train.X[:10_000].std()) / 255, 2) == 0.31


def test_one_altered_bit_of_the_bundled_data_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(dataset.BUNDLED / f"{TEST_IMAGES}.gz", tmp_path)
    labels = np.array(read_idx(dataset.BUNDLED / f"{TEST_LABELS}.gz"))
    for module in (dataset, source):
        monkeypatch.setattr(module, "BUNDLED", tmp_path)
    write_idx(tmp_path / f"{TEST_LABELS}.gz", labels)
    assert len(load_dataset().test.y) == 10_000
    labels[1234] ^= 1
    write_idx(tmp_path / f"{TEST_LABELS}.gz", labels)
    with pytest.raises(DataError, match=rf"data altered: .*{TEST_LABELS}\.gz: the SHA-256 of its content is .* not "):
        _ = load_dataset().test


# --- A directory ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_directory_of_the_four_names_is_read_gzipped_or_not(save: Save, suffix: str) -> None:
    pictures = np.arange(2 * 3 * 5, dtype="u1").reshape(2, 3, 5)
    samples = load_dataset(save(pictures, (1, 9), suffix)).train
    np.testing.assert_array_equal(samples.X, [range(15), range(15, 30)])  # rows of a picture one after the other
    assert samples.y.tolist() == [1, 9]
    assert samples.shape == (3, 5)
    assert list(samples.sha256) == [TRAIN_IMAGES, TRAIN_LABELS]


def test_gzipped_and_raw_files_of_equal_content_have_equal_digests(save: Save) -> None:
    raw, packed = (load_dataset(save(suffix=s, directory=f"d{s}")).train.sha256 for s in ("", ".gz"))
    assert raw == packed


def test_an_unpacked_file_wins_over_its_gzipped_copy(save: Save) -> None:
    directory = save(labels=(0, 1))
    write_idx(directory / TRAIN_LABELS, np.array([7, 8], "u1"))
    assert load_dataset(directory).train.y.tolist() == [7, 8]


def test_raw_pictures_stay_on_the_disk_until_they_are_asked_for(save: Save) -> None:
    samples = load_dataset(save(suffix="")).train
    assert isinstance(samples.X, np.memmap)
    assert isinstance(samples.y, np.memmap)


def test_only_the_files_that_are_asked_for_are_needed_and_each_is_read_once(save: Save) -> None:
    data = load_dataset(save())
    assert data.train is data.train
    with pytest.raises(DataError, match=f"no {TEST_IMAGES} or {TEST_IMAGES}"):
        _ = data.test


@pytest.mark.parametrize(("classes", "highest"), [(2, 1), (10, 9), (256, 255)])
def test_labels_up_to_the_last_class_are_read(save: Save, classes: int, highest: int) -> None:
    assert load_dataset(save(labels=(0, highest)), classes).train.y.max() == highest


@pytest.mark.parametrize(("classes", "highest"), [(2, 2), (10, 10), (10, 255), (255, 255)])
def test_a_label_outside_the_classes_is_refused(save: Save, classes: int, highest: int) -> None:
    with pytest.raises(
        DataError,
        match=f"label outside the classes: .*: found {highest}, and data.classes is {classes}; "
        f"set data.classes to {highest + 1} or more",
    ):
        _ = load_dataset(save(labels=(0, highest)), classes).train


@pytest.mark.parametrize(
    ("images", "labels", "reason"),
    [
        (
            ((2, 3, 4), "u1"),
            (0, 1, 2),
            "pictures and labels differ in number: .*: 3 labels, 2 pictures in train-images",
        ),
        (((2, 3, 4), "u1"), (0,), "pictures and labels differ in number: .*: 1 labels, 2 pictures in train-images"),
        (((2, 12), "u1"), (0, 1), r"not a file of pictures: .*train-images.*: found uint8 \(2, 12\)"),
        (((2, 3, 4, 1), "u1"), (0, 1), r"not a file of pictures: .*: found uint8 \(2, 3, 4, 1\)"),
        (((2, 3, 4), ">f4"), (0, 1), r"not a file of pictures: .*: found >f4 \(2, 3, 4\)"),
        (((2, 3, 4), "i1"), (0, 1), r"not a file of pictures: .*: found int8 \(2, 3, 4\)"),
        (((0, 3, 4), "u1"), (), r"not a file of pictures: .*: found uint8 \(0, 3, 4\)"),
        (((2, 0, 4), "u1"), (0, 1), r"not a file of pictures: .*: found uint8 \(2, 0, 4\)"),
        (((2, 3, 4), "u1"), np.zeros((2, 1), "u1"), r"not a file of labels: .*train-labels.*: found uint8 \(2, 1\)"),
        (((2, 3, 4), "u1"), np.zeros(2, ">i4"), r"not a file of labels: .*: found >i4 \(2,\)"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_files_that_do_not_fit_are_refused(
    save: Save, images: object, labels: object, reason: str, suffix: str
) -> None:
    with pytest.raises(DataError, match=reason):
        _ = load_dataset(save(images, labels, suffix)).train


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data not found: .*nowhere: no such directory; data.directory needs"):
        _ = load_dataset(tmp_path / "nowhere").train


@pytest.mark.parametrize("missing", [TRAIN_IMAGES, TRAIN_LABELS])
def test_a_missing_file_is_named(save: Save, missing: str) -> None:
    directory = save()
    (directory / f"{missing}.gz").unlink()
    with pytest.raises(DataError, match=rf"data not found: .*: no {missing} or {missing}\.gz"):
        _ = load_dataset(directory).train


def test_test_files_are_checked_by_their_headers_alone(save: Save) -> None:
    directory = save()
    with pytest.raises(DataError, match=rf"data not found: .*: no {TEST_IMAGES} or "):
        load_dataset(directory).check_test_files()
    write_idx(directory / TEST_IMAGES, levels((5, 4, 3), "u1"))
    with pytest.raises(DataError, match=rf"data not found: .*: no {TEST_LABELS} or "):
        load_dataset(directory).check_test_files()
    write_idx(directory / TEST_LABELS, np.zeros(5, "u1"))
    with pytest.raises(
        DataError, match=r"pictures differ in size: .*: test pictures \(4, 3\), training pictures \(3, 4\)"
    ):
        load_dataset(directory).check_test_files()
    (directory / TEST_IMAGES).unlink()
    write_idx(directory / TEST_IMAGES, levels((5, 3, 4), "u1"))
    load_dataset(directory).check_test_files()


def test_the_digests_of_the_training_files_are_known_without_reading_those_of_the_package(
    save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = load_dataset(save())
    assert written.train_sha256 == written.train.sha256
    monkeypatch.setattr(dataset, "read_idx", None)
    assert load_dataset().train_sha256 == {name: BUNDLED_SHA256[name] for name in FILES["train"]}


# --- The stratified split ---------------------------------------------------------------------------------------------


def sha256_of(indices: dataset.Indices) -> str:
    return hashlib.sha256(indices.astype("<i8").tobytes()).hexdigest()


def test_the_split_of_mnist_by_seed_0_is_the_same_on_every_platform_and_numpy(mnist: Dataset) -> None:
    train, validation = stratified_split(mnist.train.y, 10_000, 10, seed=0)
    assert sha256_of(train) == "762234454fca31c541efe5cb988095a4f6003f067bd22ee7ecd5f8e918d1ef83"
    assert sha256_of(validation) == "25592b21e74c78d5159c3a4890950f67ad9bdd3099dee0f4b131963dc57461aa"


def test_the_split_of_mnist_holds_each_digit_in_proportion(mnist: Dataset) -> None:
    _, validation = stratified_split(mnist.train.y, 10_000, 10, seed=3)
    # A sixth of each digit's count, rounded; worked out by hand from the counts of the training set.
    assert np.bincount(mnist.train.y[validation]).tolist() == [987, 1124, 993, 1022, 974, 904, 986, 1044, 975, 991]


LABELS = st.lists(st.integers(0, 6), min_size=1, max_size=80).map(lambda labels: np.array(labels, np.uint8))


@given(y=LABELS, share=st.floats(0, 1, exclude_max=True), seed=st.integers(0, 2**63 - 1))
def test_any_split_is_disjoint_complete_and_in_proportion(y: Labels, share: float, seed: int) -> None:
    n, n_validation = len(y), int(share * len(y))
    train, validation = stratified_split(y, n_validation, 7, seed)
    assert len(validation) == n_validation
    assert sorted([*train.tolist(), *validation.tolist()]) == list(range(n))
    quotas = [Fraction(n_validation * int((y == c).sum()), n) for c in range(7)]
    found = np.bincount(y[validation], minlength=7).tolist()
    extra = [count - int(quota) for count, quota in zip(found, quotas, strict=True)]
    assert set(extra) <= {0, 1}  # the quota rounded down or up,
    remainders = [quota - int(quota) for quota in quotas]
    up = [remainder for remainder, more in zip(remainders, extra, strict=True) if more]
    down = [remainder for remainder, more in zip(remainders, extra, strict=True) if not more]
    assert not up or not down or min(up) >= max(down)  # up where the remainder is largest


def test_exact_proportions_are_kept_exactly() -> None:
    y = np.repeat(np.arange(3, dtype=np.uint8), [60, 30, 10])
    np.random.default_rng(0).shuffle(y)
    for seed in range(5):
        _, validation = stratified_split(y, 20, 3, seed)
        assert np.bincount(y[validation]).tolist() == [12, 6, 2]


def test_the_split_is_a_function_of_the_seed_and_the_labels() -> None:
    _, y = tiny_pictures(200, seed=0)
    first, again, other = (stratified_split(y, 50, 10, seed)[1].tolist() for seed in (4, 4, 5))
    assert first == again
    assert first != other


def test_every_sample_of_a_class_is_as_likely_to_be_held_out() -> None:
    y = np.repeat(np.arange(2, dtype=np.uint8), [8, 4])
    held_out = np.zeros(12)
    for seed in range(1000):
        held_out[stratified_split(y, 6, 2, seed)[1]] += 1
    assert held_out.min() > 440  # of 500 expected, with a standard deviation of 16
    assert held_out.max() < 560


def test_both_parts_are_in_the_order_of_the_file() -> None:
    _, y = tiny_pictures(200, seed=0)
    for part in stratified_split(y, 50, 10, seed=1):
        assert (np.diff(part) > 0).all()


def test_no_validation_leaves_everything_to_train_on() -> None:
    train, validation = stratified_split(np.array([1, 0, 1], np.uint8), 0, 2, seed=0)
    assert train.tolist() == [0, 1, 2]
    assert validation.tolist() == []


@pytest.mark.parametrize("n_validation", [3, 4, 10**9, -1])
def test_a_split_that_leaves_nothing_to_train_on_is_refused(n_validation: int) -> None:
    with pytest.raises(DataError, match=rf"validation split too large: data.validation: {n_validation:,} of 3 samples"):
        stratified_split(np.array([1, 0, 1], np.uint8), n_validation, 2, seed=0)
