"""Data larger than memory: raw files stay on the disk, and are watched while they are read."""

import gzip
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.config import load_config
from mnist_mlp.config.schema import Config
from mnist_mlp.data.dataset import FILES
from mnist_mlp.data.idx import header
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import DataError
from mnist_mlp.runs.data_of_run import load_data
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.open_session import resume, start
from mnist_mlp.storage import digests
from mnist_mlp.storage.digests import read_digests
from mnist_mlp.training.loop import train
from mnist_mlp.training.memory import needed
from mnist_mlp.training.state import new_state
from tests.reliability.trainers import lasting, settings

IMAGES, LABELS = FILES["train"]


@pytest.fixture
def raw(tmp_path: Path, tiny_data: Path) -> Path:
    """The tiny data, unpacked."""
    (tmp_path / "data").mkdir()
    for path in tiny_data.iterdir():
        (tmp_path / "data" / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    return tmp_path / "data"


def many(directory: Path, n: int) -> Path:
    """As many samples of 2x2 pixels; the file of pictures has a size, but no content except one bright pixel."""
    directory.mkdir()
    with (directory / IMAGES).open("wb") as file:
        file.write(header(np.dtype("u1"), (n, 2, 2)) + b"\xff")
        file.truncate(16 + 4 * n)
    labels = np.random.default_rng(0).integers(0, 10, n, np.uint8)
    (directory / LABELS).write_bytes(header(labels.dtype, labels.shape) + labels.tobytes())
    return directory


def peak_of_an_epoch(directory: Path) -> int:
    """The most bytes that two epochs took at once, from the files on."""
    config = load_config(
        overrides=[
            f"data.directory={directory}",
            "data.validation=5000",
            "network.hidden=[]",
            "augmentation.name=none",
            "training.batch_size=20000",
            "training.epochs=2",
        ]
    )
    tracemalloc.start()
    try:
        data = load_data(config)
        for _ in train(config, data, new_state(config, 4)):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.filterwarnings("ignore:no test samples")
def test_a_sample_more_takes_at_most_16_bytes_more(tmp_path: Path) -> None:
    few, more = 60_000, 900_000
    before, after = (peak_of_an_epoch(many(tmp_path / str(n), n)) for n in (few, more))
    per_sample = (after - before) / (more - few)
    assert per_sample <= 16
    config = load_config(overrides=["data.validation=5000"])
    estimates = [needed(config, n, 4, mapped=True) for n in (few, more)]
    assert per_sample <= (estimates[1] - estimates[0]) / (more - few) <= 16


@pytest.mark.filterwarnings("ignore:no test samples")
def test_mapped_pictures_may_be_larger_than_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = many(tmp_path / "data", 100_000)
    config = load_config(overrides=[f"data.directory={directory}"])
    monkeypatch.setattr("mnist_mlp.training.memory.available", lambda *_: needed(config, 100_000, 4, mapped=True))
    assert len(load_data(config).train) == 90_000


# --- Files that change ------------------------------------------------------------------------------------------------


def config_of(raw: Path) -> Config:
    return load_config(overrides=settings(raw)[1::2])


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("name", FILES["train"])
def test_a_file_that_is_cut_while_it_is_trained_on_ends_the_run_and_put_back_it_goes_on_to_the_same_bytes(
    tmp_path: Path, raw: Path, undisturbed: Path, name: str, workers: int
) -> None:
    config = config_of(raw)
    run = Run(tmp_path / "run")
    training = start(run, config, load_data(config), workers=workers).train()
    for _ in range(6):
        next(training)
    before = lasting(run.directory)
    content, stat = (raw / name).read_bytes(), (raw / name).stat()
    os.truncate(raw / name, 9)
    # A worker has read some batches before; what is trained on them is not saved.
    with pytest.raises(DataError, match=f"data changed during training: .*{name}: it had .* bytes, now 9;"):
        for _ in training:
            pass
    assert lasting(run.directory) == before
    with pytest.raises(DataError, match=f"not a valid IDX file: .*{name}"):
        resume(run)
    (raw / name).write_bytes(content)
    os.utime(raw / name, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    for _ in resume(run).train():
        pass
    assert lasting(run.directory) == lasting(undisturbed)


def test_nothing_is_saved_that_was_trained_on_a_changed_file(tmp_path: Path, raw: Path) -> None:
    config = config_of(raw)
    run = Run(tmp_path / "run")
    running = start(run, config, load_data(config))
    next(running.train())
    with (raw / IMAGES).open("r+b") as file:
        file.seek(100)
        file.write(b"\xff")
    with pytest.raises(DataError, match="it was written to again"):
        running.save()
    assert not run.last.exists()


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("held_out", [False, True], ids=["training", "validation"])
def test_labels_outside_the_classes_that_are_written_during_training_are_a_changed_file(
    tmp_path: Path, raw: Path, workers: int, held_out: bool
) -> None:
    config = load_config(overrides=settings(raw, "training.checkpoint_every=0")[1::2])
    run = Run(tmp_path / "run")
    data = load_data(config)
    training = start(run, config, data, workers=workers).train()
    next(training)
    with (raw / LABELS).open("r+b") as file:
        for index in data.validation if held_out else data.train:
            file.seek(8 + int(index))
            file.write(b"\xfa")
    with pytest.raises(DataError, match=f"data changed during training: .*{LABELS}: it was written to again"):
        for _ in training:
            pass
    assert not run.last.exists()


def test_a_file_that_is_replaced_whole_is_trained_on_as_it_was(tmp_path: Path, raw: Path, undisturbed: Path) -> None:
    config = config_of(raw)
    run = Run(tmp_path / "run")
    training = start(run, config, load_data(config)).train()
    next(training)
    other = raw / "other"
    other.write_bytes(b"something else")
    other.replace(raw / IMAGES)
    for _ in training:
        pass
    assert lasting(run.directory) == lasting(undisturbed)


# --- Digests ----------------------------------------------------------------------------------------------------------


def test_a_resumed_run_does_not_read_large_files_for_their_digest(
    tmp_path: Path, raw: Path, undisturbed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "LARGE", 1)
    for path in raw.iterdir():
        os.utime(path, ns=(10**18, 10**18))
    config, known = config_of(raw), read_digests(tmp_path / "none")
    run = Run(tmp_path / "run")
    data = load_data(config, known)
    training = start(run, config, data, known).train()
    for _ in range(6):
        next(training)
    monkeypatch.setattr(digests, "sha256", lambda _: pytest.fail("read again"))
    for _ in resume(run).train():
        pass
    assert lasting(run.directory) == lasting(undisturbed)
    assert load_dataset(raw).train.sha256 == data.samples.sha256
