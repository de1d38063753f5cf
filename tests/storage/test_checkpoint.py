"""Checkpoints: bit for bit what was saved, or refused with a reason."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import safetensors
import safetensors.numpy

from mnist_mlp.errors import CheckpointError, ConfigError
from mnist_mlp.storage import container
from mnist_mlp.storage.checkpoint import canonical_json, load, pack, repack, unpack, without_path
from mnist_mlp.training.loop import Split, train
from mnist_mlp.training.state import TrainState, without_training
from tests.storage.states import (
    DATA,
    ENVIRONMENT,
    SHAPE,
    as_format_1,
    metadata_of,
    packed,
    small_config,
    small_samples,
    small_state,
    tampered,
)

GOLDEN = Path(__file__).parents[1] / "golden"

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
    assert (found.shape, found.data, found.environment) == (state.shape, state.data, state.environment)


# --- What is kept -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("overrides", VARIANTS, ids=" ".join)
def test_a_state_comes_back_bit_for_bit(overrides: tuple[str, ...]) -> None:
    state = small_state(*overrides)
    assert all(vector.any() for vector in state.optimizer.state.values())
    found = unpack(packed(*overrides))
    assert_same(found.state, state)
    assert found.metadata.config == found.state.config == small_config(*overrides)
    assert found.metadata.picture_shape == SHAPE
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
    assert pack(found.state) == content


def test_saving_changes_nothing() -> None:
    state = small_state()
    pack(state)
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
    assert metadata_of(packed())["calibration"] == {"temperature": 1.25}
    state.calibration = None
    content = pack(state)
    assert metadata_of(content)["calibration"] is None
    assert unpack(content).state.calibration is None


def test_its_metadata_is_canonical_json_with_everything_a_later_release_needs() -> None:
    content = packed()
    metadata = metadata_of(content)
    assert set(metadata) == {
        "format",
        "config",
        "picture_shape",
        "progress",
        "data",
        "environment",
        "calibration",
        "sha256",
    }
    assert metadata["format"] == 2
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
    def packed_of(directory: str, data: dict[str, str]) -> bytes:
        state = small_state(f"data.directory={directory}")
        state.data = data
        return pack(state)

    here, there = packed_of("/secret/here", DATA), packed_of("there", DATA)
    other = packed_of("there", DATA | {"x": "ef" * 32})
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
    with pytest.raises(CheckpointError, match="its SHA-256 is not the one that it was saved with"):
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
        (set_metadata("picture_shape", [28, 28]), r"layers.0.W is not F32 \[784, 5\]"),
        (set_metadata("picture_shape", [6]), "its metadata: "),
        (set_metadata("config.network.activation", "gelu"), "its metadata: Invalid enum value 'gelu'"),
        (set_metadata("config.network.activation", ["relu"]), "network.activation does not fit network.hidden: 1 "),
        (
            set_metadata("config.network.output", "identity"),
            "its metadata: loss cross_entropy does not fit network.output id",
        ),
        (set_metadata("config.nonsense", 1), "its metadata: Object contains unknown field `nonsense`"),
        (set_metadata("nonsense", 1), "its metadata: Object contains unknown field `nonsense`"),
        (set_metadata("progress.epoch", "one"), "its metadata: Expected `int`"),
        (set_metadata("format", "1"), "its metadata: Expected `int`"),
        (lambda t, m: m.pop("format"), "its metadata: Object missing required field `format`"),
        (lambda t, m: m.pop("progress"), "its metadata: Object missing required field `progress`"),
        (lambda t, m: m.pop("calibration"), "its metadata: Object missing required field `calibration`"),
        (set_metadata("calibration.temperature", 0), "its metadata: Expected `float` >= 0.03125"),
        (set_metadata("calibration.temperature", -1.5), "its metadata: Expected `float` >= 0.03125"),
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
        (lambda t, m: t.update({"ema.m": t["optimizer.m"]}), "fit its config: ema.m"),
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
    "change", [set_metadata("format", 3), lambda t, m: (m.clear(), m.update(format=99, new_ideas=[]))]
)
def test_a_checkpoint_of_a_newer_format_asks_for_an_upgrade(change: Callable[[Any, Any], object]) -> None:
    with pytest.raises(
        CheckpointError, match=r"newer version: format \d+, this version reads up to 2; upgrade mnist-mlp"
    ):
        unpack(tampered(packed(), change))


# --- Format 1, of release 0.1.0 ---------------------------------------------------------------------------------------


def test_format_1_in_these_tests_is_what_release_0_1_0_wrote() -> None:
    for name, overrides in (("0.1.0", ()), ("0.1.0-ema", ("training.ema_decay=0.99",))):
        assert as_format_1(packed(*overrides)) == (GOLDEN / f"{name}.safetensors").read_bytes()


@pytest.mark.parametrize("overrides", VARIANTS, ids=" ".join)
def test_a_checkpoint_of_format_1_holds_the_same_state(overrides: tuple[str, ...]) -> None:
    old, new = unpack(as_format_1(packed(*overrides))), unpack(packed(*overrides))
    assert_same(old.state, small_state(*overrides))
    assert msgspec.structs.replace(old.metadata, sha256=new.metadata.sha256) == new.metadata


@pytest.mark.parametrize("overrides", VARIANTS, ids=" ".join)
def test_repack_converts_format_1_and_leaves_format_2_as_it_is(overrides: tuple[str, ...]) -> None:
    content = packed(*overrides)
    assert repack(content) == content
    assert repack(as_format_1(content)) == content != as_format_1(content)
    assert repack(as_format_1(content, threshold=None)) == content


def test_format_1_without_a_calibration_has_none() -> None:
    state = small_state()
    state.calibration = None
    assert unpack(as_format_1(pack(state))).state.calibration is None


def test_every_changed_byte_of_format_1_is_noticed() -> None:
    content = as_format_1(packed("network.hidden=[]", "training.ema_decay=0.99"))
    for i in range(len(content)):
        changed = bytearray(content)
        changed[i] ^= 1 << i % 8
        with pytest.raises(CheckpointError):
            unpack(bytes(changed))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t, m: m.pop("config"), "its metadata: "),
        (lambda t, m: m["config"].pop("training"), "its metadata: "),
        (lambda t, m: m["config"]["training"].pop("average"), "its metadata: "),
        (lambda t, m: m.pop("image_shape"), "its metadata: "),
        (lambda t, m: m.pop("calibration"), "its metadata: "),
        (lambda t, m: m.pop("progress"), "its metadata: Object missing required field `progress`"),
        (set_metadata("config", []), "its metadata: "),
        (set_metadata("config", None), "its metadata: "),
        (set_metadata("config.training", 7), "its metadata: "),
        (set_metadata("config.training", ["average"]), "its metadata: "),
        (set_metadata("config.training.average", "0.9"), "its metadata: Expected `float`, got `str`"),
        (set_metadata("config.training.average", 1), "its metadata: Expected `float` < 1"),
        (set_metadata("config.training.average", 0.9), "fit its config: ema.layers.0.W, ema.layers.0.b"),
        (set_metadata("image_shape", "6"), "its metadata: "),
        (set_metadata("calibration", [1.25, 0.5]), "its metadata: "),
        (set_metadata("calibration", "warm"), "its metadata: "),
        (set_metadata("calibration", 7), "its metadata: "),
        (set_metadata("calibration.temperature", 0), "its metadata: Expected `float` >= 0.03125"),
        (set_metadata("calibration.nonsense", 1), "its metadata: Object contains unknown field `nonsense`"),
        (set_metadata("nonsense", 1), "its metadata: Object contains unknown field `nonsense`"),
        (lambda t, m: t.update({"average.layers.1.b": t["layers.1.b"]}), "fit its config: ema.layers.1.b"),
        (set_first("layers.0.W", np.nan), "layers.0.W holds numbers that are not finite"),
    ],
)
def test_forged_metadata_of_format_1_are_refused(change: Callable[[Any, Any], object], reason: str) -> None:
    with pytest.raises(CheckpointError, match=f"^checkpoint damaged: .*({reason})") as caught:
        unpack(tampered(as_format_1(packed()), change))
    assert str(caught.value).isprintable(), "one line"


@pytest.mark.parametrize("text", ["[]", "1", '"x"', '{"format":1}', '{"format":1,"config":{}}'])
def test_metadata_that_are_no_record_of_format_1_are_refused(text: str) -> None:
    content = safetensors.numpy.save({"w": np.zeros(1)}, {"mnist_mlp": text})
    with pytest.raises(CheckpointError, match=r"^checkpoint damaged: its metadata: "):
        unpack(content)


def test_names_of_format_1_are_unknown_to_format_2_and_the_other_way_round() -> None:
    with pytest.raises(CheckpointError, match="its metadata: "):
        unpack(tampered(as_format_1(packed()), set_metadata("format", 2)))
    with pytest.raises(CheckpointError, match="its metadata: "):
        unpack(tampered(packed(), set_metadata("format", 1)))


def test_a_digest_that_is_elsewhere_is_refused() -> None:
    content = tampered(
        packed(), set_metadata("environment", {}), finish=lambda text: text.replace('"sha256":', '"sha256": ')
    )
    with pytest.raises(CheckpointError, match="its SHA-256 is missing or misplaced"):
        unpack(content)


def test_loading_names_the_file_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "broken.safetensors"
    path.write_bytes(packed()[:-1])
    with pytest.raises(CheckpointError, match=r"^checkpoint damaged: .*broken.safetensors: .*; use another checkpoint"):
        load(path)


def test_an_architecture_is_not_allocated_before_its_tensors_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def allocate(*_: object) -> None:
        raise AssertionError("a model was built")

    monkeypatch.setattr("mnist_mlp.storage.checkpoint.empty_state", allocate)
    with pytest.raises(CheckpointError, match=r"layers.0.W is not F32 \[6, 1000000000\]"):
        unpack(tampered(packed(), set_metadata("config.network.hidden", [10**9, 10**9])))


# --- Memory order -----------------------------------------------------------------------------------------------------


def test_arrays_in_the_order_of_fortran_and_views_are_written_as_they_are() -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    text = f'{{"sha256":"{container.NO_DIGEST}"}}'
    expected = container.seal({"a": array}, text)
    wide = np.zeros((3, 8), np.float32)
    wide[:, ::2] = array
    for same in (np.asfortranarray(array), wide[:, ::2], array[::-1][::-1], array.T.copy().T):
        assert container.seal({"a": same}, text) == expected


@pytest.mark.parametrize("overrides", [(), ("training.ema_decay=0.9",)])
def test_weights_only_hold_the_model_to_predict_with_and_nothing_of_the_training(overrides: tuple[str, ...]) -> None:
    state = small_state(*overrides)
    content = pack(without_training(state))
    assert set(safetensors.numpy.load(content)) == {f"layers.{i}.{name}" for i in range(3) for name in "Wb"}
    loaded = unpack(content).state
    X = small_samples().X
    np.testing.assert_array_equal(loaded.inference_model.predict(X), state.inference_model.predict(X))
    assert (loaded.config, loaded.progress, loaded.data) == (state.config, state.progress, state.data)
    assert pack(loaded) == content
    assert state.optimizer.state["m"].any(), "the state itself stays as it is"


def test_training_does_not_resume_from_weights_only(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(pack(without_training(small_state())))
    with pytest.raises(CheckpointError, match="training cannot be resumed from weights only"):
        load(path, to_train=True)
    state, config = load(path).state, small_config()
    with pytest.raises(ConfigError, match="training cannot start from weights only"):
        train(config, Split(small_samples(), np.arange(20), np.arange(20, 30)), state)
