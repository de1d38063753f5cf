"""Checkpoints: bit for bit what was saved, or refused with a reason."""

import hashlib
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import safetensors
import safetensors.numpy

from mnist_mlp.errors import CheckpointError, StorageError
from mnist_mlp.storage.checkpoint import canonical_json, load, pack, unpack, without_path
from mnist_mlp.training.state import TrainState
from tests.storage.states import (
    DATA,
    ENVIRONMENT,
    SHAPE,
    metadata_of,
    packed,
    sealed,
    small_config,
    small_state,
    tampered,
)

VARIANTS = [
    ("optimizer.name=sgd",),
    ("optimizer.name=momentum",),
    ("optimizer.name=adam",),
    ("network.bias=false",),
    ("network.dtype=float64",),
    ("network.hidden=[]",),
    ("loss=squared_error", "schedule.name=cosine"),
    ("training.ema_decay=0.99",),
    ("training.ema_decay=0.5", "network.bias=false", "network.dtype=float64", "optimizer.name=sgd"),
    ("augmentation.name=distort", "schedule={name: one_cycle, warmup: 0.5}", "training.dropout=0.1"),
]


def assert_same(found: TrainState, state: TrainState) -> None:
    """Every number of the two is the same, to the last bit."""
    assert found.model.mlp.theta.tobytes() == state.model.mlp.theta.tobytes()
    assert found.model.mlp.dtype == state.model.mlp.dtype
    assert {name: v.tobytes() for name, v in found.optimizer.state.items()} == {
        name: v.tobytes() for name, v in state.optimizer.state.items()
    }
    assert (found.ema_model is None) == (state.ema_model is None)
    if found.ema_model is not None and state.ema_model is not None:
        assert found.ema_model.mlp.theta.tobytes() == state.ema_model.mlp.theta.tobytes()
        assert not np.shares_memory(found.ema_model.mlp.theta, found.model.mlp.theta)
    assert found.progress == state.progress
    assert found.calibration == state.calibration


# --- What is kept -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("overrides", VARIANTS, ids=" ".join)
def test_a_state_comes_back_bit_for_bit(overrides: tuple[str, ...]) -> None:
    state = small_state(*overrides)
    assert all(vector.any() for vector in state.optimizer.state.values())
    found = unpack(packed(*overrides))
    assert_same(found.state, state)
    assert found.metadata.config == small_config(*overrides)
    assert found.metadata.image_shape == SHAPE
    assert found.metadata.data == DATA
    assert found.metadata.environment == ENVIRONMENT


def test_the_optimizer_goes_on_counting_where_it_was() -> None:
    assert unpack(packed()).state.optimizer.steps == 5


def test_the_model_answers_as_before() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (9, 6), np.uint8)
    np.testing.assert_array_equal(unpack(packed()).model.predict(pixels), small_state().inference_model.predict(pixels))


def test_what_answers_is_the_average_at_its_temperature() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (9, 6), np.uint8)
    state = small_state("training.ema_decay=0.99")
    found = unpack(packed("training.ema_decay=0.99"))
    assert state.ema_model is not None
    a: Any = pixels / 255.0
    for W, b in state.ema_model.mlp.layers:
        z = a @ W + b
        a = np.maximum(z, 0)
    e = np.exp(z / 1.25)
    np.testing.assert_allclose(found.model.predict(pixels), e / e.sum(axis=1, keepdims=True), rtol=1e-5)
    assert np.abs(found.model.predict(pixels) - state.model.predict(pixels)).max() > 0.01
    assert found.metadata.calibration == state.calibration


def test_what_is_loaded_can_be_trained_on_and_is_nobody_elses_memory() -> None:
    content = packed()
    first, second = unpack(content).state, unpack(content).state
    first.model.mlp.theta += 1
    first.model.mlp.layers[0].W[0, 0] = 7
    assert first.model.mlp.theta[0] == 7
    assert_same(second, small_state())


@pytest.mark.parametrize("overrides", VARIANTS, ids=" ".join)
def test_equal_states_give_equal_bytes_and_a_loaded_state_gives_them_again(overrides: tuple[str, ...]) -> None:
    content = packed(*overrides)
    assert packed(*overrides) == content
    found = unpack(content)
    again = pack(
        found.metadata.config, found.state, image_shape=SHAPE, data=DATA, environment=found.metadata.environment
    )
    assert again == content


def test_saving_changes_nothing() -> None:
    state = small_state()
    pack(small_config(), state, image_shape=SHAPE, data=DATA, environment=ENVIRONMENT)
    assert_same(state, small_state())


# --- The format -------------------------------------------------------------------------------------------------------


def test_the_plain_safetensors_library_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(packed())
    state = small_state()
    with safetensors.safe_open(path, framework="numpy") as file:
        assert set(file.keys()) == {
            *(f"layers.{i}.{name}" for i in range(3) for name in "Wb"),
            "optimizer.m",
            "optimizer.v",
        }
        assert list(file.metadata()) == ["mnist_mlp"]
        for i, (W, b) in enumerate(state.model.mlp.layers):
            np.testing.assert_array_equal(file.get_tensor(f"layers.{i}.W"), W)
            np.testing.assert_array_equal(file.get_tensor(f"layers.{i}.b"), b)
        for name, vector in state.optimizer.state.items():
            np.testing.assert_array_equal(file.get_tensor(f"optimizer.{name}"), vector)


def test_an_average_is_stored_as_layers_of_its_own_and_only_where_the_config_asks_for_one() -> None:
    tensors = safetensors.numpy.load(packed("training.ema_decay=0.99"))
    state = small_state("training.ema_decay=0.99")
    names = {f"layers.{i}.{name}" for i in range(3) for name in "Wb"}
    assert set(tensors) == names | {f"ema.{name}" for name in names} | {"optimizer.m", "optimizer.v"}
    assert state.ema_model is not None
    for i, (W, b) in enumerate(state.ema_model.mlp.layers):
        np.testing.assert_array_equal(tensors[f"ema.layers.{i}.W"], W)
        np.testing.assert_array_equal(tensors[f"ema.layers.{i}.b"], b)
    assert not any(name.startswith("average") for name in safetensors.numpy.load(packed()))


def test_the_temperature_stands_in_the_metadata_and_none_is_null() -> None:
    state = small_state()
    assert metadata_of(packed())["calibration"] == {"temperature": 1.25, "doubt": 0.5}
    state.calibration = None
    content = pack(small_config(), state, image_shape=SHAPE, data=DATA, environment=ENVIRONMENT)
    assert metadata_of(content)["calibration"] is None
    assert unpack(content).state.calibration is None


def test_its_metadata_is_canonical_json_with_everything_a_later_release_needs() -> None:
    content = packed()
    metadata = metadata_of(content)
    assert set(metadata) == {
        "format",
        "config",
        "image_shape",
        "progress",
        "data",
        "environment",
        "calibration",
        "sha256",
    }
    assert metadata["format"] == 1
    assert canonical_json(metadata).replace('"', '\\"').encode() in content
    assert msgspec.convert(metadata["config"], type(small_config())) == small_config()


def test_its_digest_is_that_of_the_whole_file_with_64_zeros_in_its_place() -> None:
    content = packed()
    digest = metadata_of(content)["sha256"]
    assert content.count(digest.encode()) == 1
    assert hashlib.sha256(content.replace(digest.encode(), b"0" * 64)).hexdigest() == digest


def test_canonical_json_is_one_text_for_equal_values() -> None:
    assert canonical_json({"b": [1, 0.1, None], "a": "ö"}) == '{"a":"\\u00f6","b":[1,0.1,null]}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"loss": float("nan")})


def test_a_checkpoint_names_no_path_but_what_is_there() -> None:
    here, there, other = (
        pack(
            small_config(f"data.directory={directory}"),
            small_state(),
            image_shape=SHAPE,
            data=data,
            environment=ENVIRONMENT,
        )
        for directory, data in (("/secret/here", DATA), ("there", DATA), ("there", DATA | {"x": "ef" * 32}))
    )
    assert here == there != other
    assert b"secret" not in here
    directory = unpack(here).metadata.config.data.directory
    assert directory == "sha256:" + hashlib.sha256(canonical_json(DATA).encode()).hexdigest()


def test_the_bundled_data_need_no_digest_in_the_config() -> None:
    assert without_path(small_config(), DATA) == small_config()


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("overrides", [(), ("training.ema_decay=0.99",)], ids=" ".join)
def test_every_single_changed_byte_is_noticed(overrides: tuple[str, ...]) -> None:
    content = packed("network.hidden=[]", *overrides)
    for i in range(len(content)):
        changed = bytearray(content)
        changed[i] ^= 1 << i % 8
        with pytest.raises(CheckpointError):
            unpack(bytes(changed))


def test_a_file_cut_short_anywhere_is_refused() -> None:
    content = packed("network.hidden=[]")
    for length in range(len(content)):
        with pytest.raises(CheckpointError):
            unpack(content[:length])


def test_bytes_behind_the_end_are_noticed() -> None:
    with pytest.raises(CheckpointError, match="its SHA-256 is not the one it was saved with"):
        unpack(packed() + b"\0")


def test_the_forger_of_these_tests_writes_good_checkpoints() -> None:
    content = packed()
    assert tampered(content, lambda tensors, metadata: None) == content
    halved = tampered(content, lambda tensors, metadata: tensors["layers.0.W"].__imul__(0.5))
    np.testing.assert_array_equal(
        unpack(halved).model.mlp.layers[0].W, small_state().model.mlp.layers[0].W * np.float32(0.5)
    )


def set_first(name: str, value: float) -> Callable[[Any, Any], object]:
    return lambda tensors, metadata: tensors[name].reshape(-1).__setitem__(0, value)


def set_metadata(path: str, value: Any) -> Callable[[Any, Any], object]:
    def change(tensors: Any, metadata: Any) -> None:
        *sections, key = path.split(".")
        for section in sections:
            metadata = metadata[section]
        metadata[key] = value

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t, m: t.pop("layers.1.b"), "tensors that do not fit its config: layers.1.b"),
        (lambda t, m: t.pop("optimizer.m"), "tensors that do not fit its config: optimizer.m"),
        (lambda t, m: t.update(extra=t["layers.1.b"]), "tensors that do not fit its config: extra"),
        (lambda t, m: t.update(w=t.pop("layers.0.W")), "do not fit its config: layers.0.W, w"),
        (lambda t, m: t.update({"layers.0.W": t["layers.0.W"].T.copy()}), r"layers.0.W is not F32 \[6, 5\]"),
        (lambda t, m: t.update({"layers.0.b": t["layers.0.b"][None]}), r"layers.0.b is not F32 \[5\]"),
        (lambda t, m: t.update({"layers.0.W": t["layers.0.W"].astype("f8")}), "layers.0.W is not F32"),
        (lambda t, m: t.update({"layers.0.W": t["layers.0.W"].view("i4")}), "layers.0.W is not F32"),
        (lambda t, m: t.update({"optimizer.v": t["optimizer.v"][1:].copy()}), r"optimizer.v is not F32 \[74\]"),
        (set_first("layers.0.W", np.nan), "layers.0.W holds numbers that are not finite"),
        (set_first("layers.2.b", np.inf), "layers.2.b holds numbers that are not finite"),
        (set_first("optimizer.m", -np.inf), "optimizer.m holds numbers that are not finite"),
        (set_metadata("config.network.hidden", [5, 5]), r"layers.1.W is not F32 \[5, 5\]"),
        (set_metadata("config.network.dtype", "float64"), "layers.0.W is not F64"),
        (set_metadata("config.network.bias", False), "tensors that do not fit its config: layers.0.b"),
        (set_metadata("config.optimizer", {"name": "sgd"}), "do not fit its config: optimizer.m, optimizer.v"),
        (set_metadata("image_shape", [28, 28]), r"layers.0.W is not F32 \[784, 5\]"),
        (set_metadata("image_shape", [6]), "its metadata: "),
        (set_metadata("config.network.activation", "gelu"), "its metadata: Invalid enum value 'gelu'"),
        (set_metadata("config.nonsense", 1), "its metadata: Object contains unknown field `nonsense`"),
        (set_metadata("nonsense", 1), "its metadata: Object contains unknown field `nonsense`"),
        (set_metadata("progress.epoch", "one"), "its metadata: Expected `int`"),
        (set_metadata("format", "1"), "its metadata: Expected `int`"),
        (lambda t, m: m.pop("format"), "its metadata: Object missing required field `format`"),
        (lambda t, m: m.pop("progress"), "its metadata: Object missing required field `progress`"),
        (lambda t, m: m.pop("calibration"), "its metadata: Object missing required field `calibration`"),
        (set_metadata("calibration.temperature", 0), "its metadata: Expected `float` > 0"),
        (set_metadata("calibration.temperature", -1.5), "its metadata: Expected `float` > 0"),
        (set_metadata("calibration.temperature", 1e300), "its metadata: Expected `float` <= "),
        (set_metadata("calibration.temperature", None), "its metadata: Expected `float`, got `null`"),
        (set_metadata("calibration", {}), "its metadata: Object missing required field `temperature`"),
        (set_metadata("calibration.nonsense", 1), "its metadata: Object contains unknown field `nonsense`"),
        (lambda t, m: t.update({"ema.layers.1.b": t["layers.1.b"]}), "fit its config: ema.layers.1.b"),
        (set_metadata("config.training.ema_decay", 0.5), "fit its config: ema.layers.0.W, ema.layers.0.b"),
    ],
)
def test_a_forged_checkpoint_is_refused_with_what_is_wrong(change: Callable[[Any, Any], object], reason: str) -> None:
    content = tampered(packed(), change)
    with pytest.raises(CheckpointError, match=f"^checkpoint damaged: .*{reason}"):
        unpack(content)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t, m: t.pop("ema.layers.1.b"), "tensors that do not fit its config: ema.layers.1.b"),
        (lambda t, m: t.update({"ema.layers.3.W": t["layers.1.W"]}), "fit its config: ema.layers.3.W"),
        (lambda t, m: t.update({"ema.m": t["optimizer.m"]}), "fit its config: average.m"),
        (set_metadata("config.training.ema_decay", 0.0), "fit its config: ema.layers.0.W, ema.layers.0.b"),
        (lambda t, m: t.update({"ema.layers.0.W": t["layers.0.W"].T.copy()}), r"ema.layers.0.W is not F32 \[6"),
        (lambda t, m: t.update({"ema.layers.0.b": t["layers.0.b"].astype("f8")}), "ema.layers.0.b is not F32"),
        (set_first("ema.layers.2.W", np.nan), "ema.layers.2.W holds numbers that are not finite"),
        (set_first("ema.layers.0.b", -np.inf), "ema.layers.0.b holds numbers that are not finite"),
    ],
)
def test_a_forged_average_is_refused_with_what_is_wrong(change: Callable[[Any, Any], object], reason: str) -> None:
    content = tampered(packed("training.ema_decay=0.99"), change)
    with pytest.raises(CheckpointError, match=f"^checkpoint damaged: .*{reason}"):
        unpack(content)


@pytest.mark.parametrize(
    "change", [set_metadata("format", 2), lambda t, m: (m.clear(), m.update(format=99, new_ideas=[]))]
)
def test_a_checkpoint_of_a_newer_format_asks_for_an_upgrade(change: Callable[[Any, Any], object]) -> None:
    with pytest.raises(CheckpointError, match=r"newer version: format \d+, this one reads up to 1; upgrade mnist-mlp"):
        unpack(tampered(packed(), change))


def test_a_digest_that_is_elsewhere_is_refused() -> None:
    content = tampered(
        packed(), set_metadata("environment", {}), finish=lambda text: text.replace('"sha256":', '"sha256": ')
    )
    with pytest.raises(CheckpointError, match="its SHA-256 is missing or misplaced"):
        unpack(content)


def headed(header: bytes, rest: bytes = b"") -> bytes:
    return len(header).to_bytes(8, "little") + header + rest


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it does not start as a safetensors file, or it is cut short"),
        (b"1234567", "it does not start as a safetensors file"),
        (pickle.dumps({"layers.0.W": [1.0]}), "it does not start as a safetensors file"),
        (b"PK\x03\x04" + bytes(100), "it does not start as a safetensors file"),
        ((2**64 - 1).to_bytes(8, "little") + b"{}", "it does not start as a safetensors file"),
        (headed(b"{}")[:-1], "it does not start as a safetensors file, or it is cut short"),
        (headed(b" " * 2_000_000 + b"{}"), "it does not start as a safetensors file"),
        (headed(b"hello"), "its header is not JSON"),
        (headed(b"\xff\xfe"), "its header is not JSON"),
        (headed(b"[" * 100_000), "its header is not JSON"),
        (headed(b"[]"), "its header is not a JSON object"),
        (headed(b"{}"), "its metadata has no key mnist_mlp"),
        (headed(b'{"__metadata__":[]}'), "its metadata has no key mnist_mlp"),
        (headed(b'{"__metadata__":{"mnist_mlp":1}}'), "its metadata has no key mnist_mlp"),
        (headed(b'{"__metadata__":{"mnist_mlp":"{}","x":"y"}}'), "its metadata has no key mnist_mlp"),
        (headed(b'{"__metadata__":{"mnist_mlp":"hello"}}'), "its metadata: JSON is malformed"),
        (safetensors.numpy.save({"w": np.zeros(2)}, {"format": "pt"}), "its metadata has no key mnist_mlp"),
    ],
)
def test_what_is_no_checkpoint_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(CheckpointError, match=reason):
        unpack(content)


def test_tensors_that_overlap_are_refused() -> None:
    content = packed()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    metadata = metadata_of(content) | {"sha256": "0" * 64}
    header["__metadata__"]["mnist_mlp"] = json.dumps(metadata, sort_keys=True, separators=(",", ":"))
    header["optimizer.m"]["data_offsets"] = header["optimizer.v"]["data_offsets"]
    forged = sealed(headed(json.dumps(header, separators=(",", ":")).encode(), content[8 + length :]))
    with pytest.raises(CheckpointError, match=r"^not a checkpoint: "):
        unpack(forged)


def test_loading_names_the_file_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "broken.safetensors"
    path.write_bytes(packed()[:-1])
    with pytest.raises(CheckpointError, match=r"^checkpoint damaged: .*broken.safetensors: .*; use another checkpoint"):
        load(path)


@pytest.mark.parametrize(("name", "reason"), [("missing", "no such checkpoint"), (".", "checkpoint is a directory")])
def test_a_checkpoint_that_is_not_there_is_named(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(CheckpointError, match=f"^{reason}: "):
        load(tmp_path / name)


def test_a_file_that_cannot_be_read_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(packed())

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(StorageError, match=r"cannot read checkpoint: .*: Permission denied"):
        load(path)


def test_a_file_of_an_absurd_size_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    with path.open("wb") as file:
        file.truncate(9 * 1024**3)  # sparse: it takes no space
    with pytest.raises(CheckpointError, match=r"checkpoint too large: .*: 9,663,676,416 bytes"):
        load(path)


def test_an_architecture_is_not_allocated_before_its_tensors_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def allocate(*_: object) -> None:
        raise AssertionError("a model was built")

    monkeypatch.setattr("mnist_mlp.storage.checkpoint.empty_state", allocate)
    with pytest.raises(CheckpointError, match=r"layers.0.W is not F32 \[6, 1000000000\]"):
        unpack(tampered(packed(), set_metadata("config.network.hidden", [10**9, 10**9])))
