"""Promises 7 to 10: a checkpoint that is damaged, hostile or foreign is refused, and never half believed."""

import json
import os
import pickle
import resource
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mnist_mlp
from mnist_mlp.errors import CheckpointError
from mnist_mlp.storage.checkpoint import load, unpack
from tests.reliability.trainers import TIMEOUT, Zygote, is_one_error_line, lasting, run, settings
from tests.storage.states import as_format_1, metadata_of, packed, sealed, small_config, tampered

# One second is promised; a machine that runs other tests as well gets some more.
PROMPT = 3

GOLDEN = Path(__file__).parents[1] / "golden"

# --- 7: the newest is corrupt -----------------------------------------------------------------------------------------


def flip(path: Path, at: int = -100) -> bytes:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    return bytes(content)


@pytest.mark.parametrize("spoil", [flip, lambda p: p.write_bytes(b""), lambda p: p.write_bytes(p.read_bytes()[:1000])])
def test_a_corrupt_newest_checkpoint_is_kept_aside_and_the_one_before_resumed_to_the_same_bytes(
    tmp_path: Path, tiny_data: Path, zygote: Zygote, undisturbed: Path, spoil: Callable[[Path], object]
) -> None:
    directory = tmp_path / "run"
    new = settings(tiny_data)
    assert zygote.run("train", "--run-dir", directory, *new, cwd=tmp_path, at=72, fault="kill").status == -9
    last = directory / "checkpoints" / "last.safetensors"
    assert load(last).metadata.progress.step > load(last.with_name("best.safetensors")).metadata.progress.step
    spoil(last)
    spoilt = last.read_bytes()
    resumed = zygote.run("train", "--resume", directory, cwd=tmp_path)
    assert resumed.status == 0, resumed.stderr
    assert resumed.stderr.startswith("warning: ")
    assert "renamed to last.damaged" in resumed.stderr
    assert "resumed after epoch 1, step 4" in resumed.stdout
    assert last.with_name("last.damaged").read_bytes() == spoilt
    assert lasting(directory) == lasting(undisturbed)


@pytest.mark.parametrize("names", [("last",), ("last", "best")])
def test_a_finished_run_with_corrupt_checkpoints_is_brought_back_by_resuming(
    tmp_path: Path, zygote: Zygote, undisturbed: Path, names: tuple[str, ...]
) -> None:
    directory = tmp_path / "run"
    shutil.copytree(undisturbed, directory)
    for name in names:
        flip(directory / "checkpoints" / f"{name}.safetensors")
    resumed = zygote.run("train", "--resume", directory, cwd=tmp_path)
    assert resumed.status == 0, resumed.stderr
    assert resumed.stderr.count("renamed to") == len(names)
    assert lasting(directory) == lasting(undisturbed)


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_a_corrupt_checkpoint_named_explicitly_is_exit_4_and_never_another_one(
    tmp_path: Path, undisturbed: Path, zygote: Zygote, command: str
) -> None:
    directory = tmp_path / "run"
    shutil.copytree(undisturbed, directory)
    best = directory / "checkpoints" / "best.safetensors"
    spoilt = flip(best)
    for name in (best, directory):
        arguments = ["evaluate", name] if command == "evaluate" else ["predict", "x.png", "--checkpoint", name]
        refused = zygote.run(*arguments, cwd=tmp_path)
        assert refused.status == 4
        assert is_one_error_line(refused.stderr)
        assert "SHA-256" in refused.stderr
        assert refused.stdout == ""
    assert best.read_bytes() == spoilt


# --- 8: flips and truncations -----------------------------------------------------------------------------------------

SMALL = ("network.hidden=[]", "optimizer.name=momentum", "network.bias=false", "training.ema_decay=0.9")


@pytest.mark.parametrize("pattern", [0x01, 0x80, 0x20, 0xFF], ids=hex)
def test_every_flipped_byte_of_a_checkpoint_is_noticed(tried: Counter[str], pattern: int) -> None:
    content = bytearray(packed(*SMALL))
    for at in range(len(content)):
        content[at] ^= pattern
        with pytest.raises(CheckpointError):
            unpack(bytes(content))
        content[at] ^= pattern
        tried["flips"] += 1
    unpack(bytes(content))
    assert tried["flips"] == len(content) > 1000


def test_every_truncation_of_a_checkpoint_is_noticed(tried: Counter[str]) -> None:
    content = packed(*SMALL)
    for length in range(len(content)):
        with pytest.raises(CheckpointError):
            unpack(content[:length])
        tried["truncations"] += 1


def test_a_flip_or_a_truncation_is_exit_4_on_the_command_line(
    tmp_path: Path, undisturbed: Path, zygote: Zygote, tried: Counter[str]
) -> None:
    good = (undisturbed / "checkpoints" / "best.safetensors").read_bytes()
    path = tmp_path / "some.safetensors"
    for i in range(8):
        at = i * len(good) // 8
        path.write_bytes(good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :])
        flipped = zygote.run("evaluate", path, cwd=tmp_path)
        path.write_bytes(good[:at])
        cut = zygote.run("evaluate", path, cwd=tmp_path)
        for ended in (flipped, cut):
            assert ended.status == 4
            assert is_one_error_line(ended.stderr)
        tried["flips"] += 1
        tried["truncations"] += 1


# --- 9: hostile -------------------------------------------------------------------------------------------------------


def rewritten(change: Callable[[dict[str, Any]], object]) -> bytes:
    """A checkpoint whose header was changed, its digest right again."""
    content = packed()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    metadata = metadata_of(content) | {"sha256": "0" * 64}
    header["__metadata__"]["mnist_mlp"] = json.dumps(metadata, sort_keys=True, separators=(",", ":"))
    change(header)
    return headed(json.dumps(header, separators=(",", ":")).encode(), content[8 + length :])


def headed(header: bytes, rest: bytes) -> bytes:
    return sealed(len(header).to_bytes(8, "little") + header + rest)


def in_format_1(change: Callable[[Any], object]) -> bytes:
    """A checkpoint of release 0.1.0 whose metadata was changed, its digest right again."""
    return tampered(as_format_1(packed()), lambda tensors, metadata: change(metadata))


def in_tensor(name: str, key: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda header: header[name].update({key: value})


def poison(value: float) -> Callable[[Any, Any], object]:
    return lambda tensors, metadata: tensors["layers.1.W"].reshape(-1).__setitem__(3, value)


def in_metadata(*path: str, value: Any) -> Callable[[Any, Any], object]:
    def change(tensors: Any, metadata: Any) -> None:
        for key in path[:-1]:
            metadata = metadata[key]
        metadata[path[-1]] = value

    return change


class Bomb:
    """A pickle that leaves a trace when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("executed"),)


def large_with_nan() -> bytes:
    """18 MB, all of it right but one number at the end."""
    return tampered(
        packed("network.hidden=[1500, 1500]", "optimizer.name=momentum"),
        lambda tensors, metadata: tensors["optimizer.v"].__setitem__(-1, np.nan),
    )


HOSTILE: dict[str, Callable[[], bytes]] = {
    "header longer than the file": lambda: (2**40).to_bytes(8, "little") + packed()[8:],
    "header of all that can be": lambda: b"\xff" * 8 + packed()[8:],
    "header cut": lambda: (100).to_bytes(8, "little") + packed()[8:],
    "header of a million brackets": lambda: (900_000).to_bytes(8, "little") + b"[" * 900_000,
    "header of a million objects": lambda: (900_000).to_bytes(8, "little") + b'{"a":' * 180_000,
    "header with a number of 5000 digits": lambda: headed(b'{"a":' + b"9" * 5000 + b"}", b""),
    "a tensor over another": lambda: rewritten(in_tensor("optimizer.m", "data_offsets", [0, 4 * 74])),
    "two tensors in one place": lambda: rewritten(
        lambda h: h["optimizer.m"].update(data_offsets=h["optimizer.v"]["data_offsets"])
    ),
    "a tensor beyond the end": lambda: rewritten(in_tensor("optimizer.v", "data_offsets", [2**50, 2**50 + 4 * 79])),
    "negative offsets": lambda: rewritten(in_tensor("layers.0.W", "data_offsets", [-120, 0])),
    "offsets the wrong way round": lambda: rewritten(in_tensor("layers.0.W", "data_offsets", [120, 0])),
    "offsets that are text": lambda: rewritten(in_tensor("layers.0.W", "data_offsets", "all")),
    "offsets of a thousand digits": lambda: rewritten(in_tensor("layers.0.W", "data_offsets", [0, 10**1000])),
    "negative shape": lambda: rewritten(in_tensor("layers.0.W", "shape", [-6, -5])),
    "huge shape": lambda: rewritten(in_tensor("layers.0.W", "shape", [2**62, 4])),
    "other shape of the same size": lambda: rewritten(in_tensor("layers.0.W", "shape", [5, 6])),
    "integers": lambda: rewritten(in_tensor("layers.0.W", "dtype", "I32")),
    "a dtype there is not": lambda: rewritten(in_tensor("layers.0.W", "dtype", "F31")),
    "a key too many": lambda: rewritten(in_tensor("layers.0.W", "code", "import os")),
    "a tensor that is a list": lambda: rewritten(lambda h: h.update({"layers.0.W": [1, 2]})),
    "a tensor too many": lambda: rewritten(lambda h: h.update(more=h["layers.0.W"])),
    "a tensor twice": lambda: rewritten(lambda h: None).replace(b'"layers.0.b":', b'"layers.0.W":', 1),
    "NaN": lambda: tampered(packed(), poison(np.nan)),
    "infinity": lambda: tampered(packed(), poison(-np.inf)),
    "NaN at the end of 18 MB": large_with_nan,
    "float64 where float32 is said": lambda: tampered(
        packed(), lambda t, m: t.update({"layers.0.W": t["layers.0.W"].astype("f8")})
    ),
    "a network of a billion neurons": lambda: tampered(
        packed(), in_metadata("config", "network", "hidden", value=[10**9, 10**9])
    ),
    "pictures of negative size": lambda: tampered(packed(), in_metadata("picture_shape", value=[-3, -2])),
    "pictures of no size": lambda: tampered(packed(), in_metadata("picture_shape", value=[0, 6])),
    "a step before the first": lambda: tampered(packed(), in_metadata("progress", "step", value=-5)),
    "a batch before the first": lambda: tampered(packed(), in_metadata("progress", "batch", value=-1)),
    "a step of a thousand digits": lambda: tampered(packed(), in_metadata("progress", "step", value=10**1000)),
    "epochs without figures": lambda: tampered(packed(), in_metadata("progress", "best", value=None)),
    "NaN in the average": lambda: tampered(
        packed("training.ema_decay=0.9"), lambda t, m: t["ema.layers.1.W"].reshape(-1).__setitem__(3, np.nan)
    ),
    "an average that is not there": lambda: tampered(
        packed(), in_metadata("config", "training", "ema_decay", value=0.9)
    ),
    "an average over the weights": lambda: rewritten(
        lambda h: h.update({f"ema.{name}": h[name] for name in list(h) if name.startswith("layers")})
    ),
    "a temperature of 0": lambda: tampered(packed(), in_metadata("calibration", "temperature", value=0)),
    "a temperature that no logit survives": lambda: tampered(
        packed(), in_metadata("calibration", "temperature", value=1e-300)
    ),
    "a temperature that makes all digits equal": lambda: tampered(
        packed(), in_metadata("calibration", "temperature", value=1e6)
    ),
    "weights of 3e38": lambda: tampered(packed(), lambda t, m: t["layers.0.W"].fill(3e38)),
    "one weight of -1e20": lambda: tampered(packed(), poison(-1e20)),
    "biases of 1e38": lambda: tampered(packed(), lambda t, m: t["layers.2.b"].fill(1e38)),
    "an average of 3e38": lambda: tampered(
        packed("training.ema_decay=0.9"), lambda t, m: t["ema.layers.1.W"].fill(3e38)
    ),
    "weights whose product overflows": lambda: tampered(
        packed(), lambda t, m: [t[f"layers.{i}.W"].fill(9e14) for i in range(3)]
    ),
    "a temperature of text": lambda: tampered(packed(), in_metadata("calibration", "temperature", value="warm")),
    "a distortion of a thousand digits": lambda: tampered(
        packed(), in_metadata("config", "augmentation", value={"name": "distort", "rotation": 10**1000})
    ),
    "format 1 without a config": lambda: in_format_1(lambda m: m.pop("config")),
    "format 1 whose config is a list": lambda: in_format_1(lambda m: m.update(config=[])),
    "format 1 whose training is a text": lambda: in_format_1(lambda m: m["config"].update(training="hard")),
    "format 1 with an average of a thousand digits": lambda: in_format_1(
        lambda m: m["config"]["training"].update(average=10**1000)
    ),
    "format 1 with a calibration that is a list": lambda: in_format_1(lambda m: m.update(calibration=[1.25])),
    "format 0": lambda: tampered(packed(), in_metadata("format", value=0)),
    "a pickle": lambda: pickle.dumps(Bomb()),
    "a pickle of the first protocol": lambda: pickle.dumps(Bomb(), 0),
    "a pickle behind a header": lambda: headed(pickle.dumps(Bomb()), pickle.dumps(Bomb())),
    "nothing": lambda: b"",
    "64 MB of zeros": lambda: bytes(2**26),
}

# Reads each file in the memory that is promised: that of the file, and 64 MB. Prints each result.
READER = """
import gc, json, resource, sys, time
from pathlib import Path
from mnist_mlp.errors import MnistMlpError
from mnist_mlp.storage.checkpoint import load
load(Path(sys.argv[1]))  # imports whatever is imported late
for name in sys.argv[2:]:
    gc.collect()
    path = Path(name)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + path.stat().st_size + 2**26, resource.RLIM_INFINITY))
    start = time.perf_counter()
    try:
        load(path)
        result = "loaded"
    except MnistMlpError as error:
        result = f"{error.exit_code} {error}"
    except BaseException as error:
        result = f"{type(error).__name__} {error}"
    print(json.dumps([result, time.perf_counter() - start]))
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_AS") or sys.platform != "linux", reason="needs /proc and RLIMIT_AS")
def test_a_hostile_checkpoint_is_refused_within_a_second_in_little_memory_and_nothing_is_executed(
    tmp_path: Path,
) -> None:
    (tmp_path / "good").write_bytes(packed())
    for i, make in enumerate(HOSTILE.values()):
        (tmp_path / f"{i}.safetensors").write_bytes(make())
    read = subprocess.run(
        [sys.executable, "-W", "error", "-c", READER, "good", *(f"{i}.safetensors" for i in range(len(HOSTILE)))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    results = [json.loads(line) for line in read.stdout.splitlines()]
    for name, (result, seconds) in zip(HOSTILE, results, strict=True):
        assert result.startswith("4 "), f"{name}: {result}"
        assert seconds < PROMPT, f"{name}: {seconds} s"
    assert read.stderr == ""
    assert not (tmp_path / "executed").exists()


def test_a_large_hostile_checkpoint_takes_no_copy_of_itself() -> None:
    import tracemalloc

    content = large_with_nan()
    assert len(content) > 2**24
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError, match="not finite"):
            unpack(content)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="devices that never end")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "pipe"])
def test_what_is_no_regular_file_is_no_checkpoint(tmp_path: Path, zygote: Zygote, device: str) -> None:
    if device == "pipe":
        os.mkfifo(tmp_path / device)
    ended = zygote.run("evaluate", device, cwd=tmp_path)
    assert ended.status == 4
    assert "it is not a regular file" in ended.stderr


# --- 10: foreign ------------------------------------------------------------------------------------------------------


def test_a_checkpoint_of_a_newer_format_is_exit_4_and_says_to_upgrade(tmp_path: Path, zygote: Zygote) -> None:
    (tmp_path / "new.safetensors").write_bytes(tampered(packed(), in_metadata("format", value=3)))
    ended = zygote.run("evaluate", "new.safetensors", cwd=tmp_path)
    assert ended.status == 4
    assert is_one_error_line(ended.stderr)
    assert "format 3, this version reads up to 2; upgrade mnist-mlp" in ended.stderr


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("hidden: [16]", "hidden: [17]", "network.hidden.0 16, now 17"),
        ("activation: relu", "activation: tanh", "network.activation relu, now tanh"),
        ("batch_size: 64", "batch_size: 32", "training.batch_size 64, now 32"),
        ("l2: 0.0003", "l2: 0.5", "training.l2 0.0003, now 0.5"),
        ("seed: 0", "seed: 1", "seed 0, now 1"),
        ("epochs: 2", "epochs: 3", "training.epochs 2, now 3"),  # the schedule was laid out over 2
    ],
)
def test_a_checkpoint_that_does_not_fit_its_run_any_more_is_exit_4_with_the_differences(
    tmp_path: Path, zygote: Zygote, undisturbed: Path, old: str, new: str, told: str
) -> None:
    directory = tmp_path / "run"
    shutil.copytree(undisturbed, directory)
    config = directory / "config.yaml"
    assert old in config.read_text()
    config.write_text(config.read_text().replace(old, new))
    before = lasting(directory)
    ended = zygote.run("train", "--resume", directory, cwd=tmp_path)
    assert ended.status == 4
    assert is_one_error_line(ended.stderr)
    assert told in ended.stderr
    assert lasting(directory) == before


def test_other_data_under_the_same_name_are_exit_4_naming_the_file(
    tmp_path: Path, zygote: Zygote, tiny_data: Path
) -> None:
    import gzip

    data = tmp_path / "data"
    shutil.copytree(tiny_data, data)
    assert zygote.run("train", "--run-dir", "run", *settings(data), cwd=tmp_path).status == 0
    path = data / "train-images-idx3-ubyte.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[-1] ^= 1
    path.write_bytes(gzip.compress(content))
    ended = zygote.run("train", "--resume", "run", cwd=tmp_path)
    assert ended.status == 4
    assert is_one_error_line(ended.stderr)
    assert "changed since it was saved: the data file train-images-idx3-ubyte" in ended.stderr


def test_resuming_may_change_the_epochs_alone_and_a_longer_run_equals_one_begun_as_long(
    tmp_path: Path, tiny_data: Path, zygote: Zygote
) -> None:
    new = settings(tiny_data, "schedule.name=constant")
    assert zygote.run("train", "--run-dir", "short", *new, cwd=tmp_path).status == 0
    for override in ("seed=1", "optimizer.learning_rate=0.5", "training.batch_size=32"):
        ended = zygote.run("train", "--resume", "short", "-o", override, cwd=tmp_path)
        assert ended.status == 2
        assert "only training.epochs may change" in ended.stderr
    assert zygote.run("train", "--resume", "short", "-o", "training.epochs=4", cwd=tmp_path).status == 0
    assert zygote.run("train", "--run-dir", "long", *new, "-o", "training.epochs=4", cwd=tmp_path).status == 0
    assert lasting(tmp_path / "short") == lasting(tmp_path / "long")
    assert run("reproduce", "short", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.safetensors")), ids=lambda path: path.stem)
def test_the_checkpoints_of_earlier_releases_load(path: Path) -> None:
    """Each is what ``tests.storage.states.packed()`` was in its release; none is ever written again after it."""
    loaded = load(path)
    overrides = ("training.ema_decay=0.99",) if path.stem.endswith("-ema") else ()
    assert loaded.metadata.config == small_config(*overrides)
    assert (loaded.state.ema_model is not None) == bool(overrides)
    expected = json.loads(path.with_suffix(".json").read_text())
    pixels = np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)
    np.testing.assert_allclose(loaded.model.predict(pixels), expected, rtol=1e-5)


def test_there_is_a_golden_checkpoint_of_this_release() -> None:
    assert (GOLDEN / f"{mnist_mlp.__version__}.safetensors").is_file()
