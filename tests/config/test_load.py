"""From files, names and overrides to a Config, and what is said of a wrong one."""

import contextlib
import os
import re
import tomllib
from itertools import permutations
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, strategies as st

from mnist_mlp.config import Config, dump, files, load_config, packaged_configs, resolve, with_overrides
from mnist_mlp.config.describe import describe
from mnist_mlp.config.schema import (
    AdamConfig,
    ConstantSchedule,
    CosineSchedule,
    DataConfig,
    Distortion,
    LinearSchedule,
    MomentumConfig,
    NetworkConfig,
    NoDistortion,
    OneCycleSchedule,
    SGDConfig,
    StepSchedule,
    TrainingConfig,
)
from mnist_mlp.config.strict_yaml import Document, parse
from mnist_mlp.errors import ConfigError, StorageError
from tests.config.strategies import CONFIGS

REPOSITORY = Path(__file__).parents[2]
PACKAGED = ("best", "deep", "default", "handwriting", "reference", "regression")


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write my.yaml in an empty directory and go there."""
    monkeypatch.chdir(tmp_path)

    def write_file(text: str) -> Path:
        path = Path("my.yaml")
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


# --- The configs ------------------------------------------------------------------------------------------------------


def test_the_defaults_are_those_of_the_packaged_default() -> None:
    assert load_config("default") == load_config() == Config()


def test_the_packaged_configs_are_those_of_the_repository() -> None:
    assert tuple(packaged_configs()) == PACKAGED
    assert packaged_configs() == {name: REPOSITORY / "configs" / f"{name}.yaml" for name in PACKAGED}


@pytest.mark.parametrize("name", PACKAGED)
def test_every_packaged_config_loads_by_name_and_by_path_and_is_a_config_of_its_own(name: str) -> None:
    config = load_config(name)
    assert config == load_config(REPOSITORY / "configs" / f"{name}.yaml")
    assert [other for other in PACKAGED if load_config(other) == config] == [name]


@pytest.mark.parametrize("name", PACKAGED)
def test_plain_pyyaml_reads_a_packaged_config_as_we_do(name: str) -> None:
    text = (REPOSITORY / "configs" / f"{name}.yaml").read_text(encoding="utf-8")
    text = text.replace("1e-8", "1.0e-8")  # PyYAML takes 1e-8 for a text: the reason for a parser of our own
    assert yaml.safe_load(text) == parse(text, name).value


@pytest.mark.parametrize("name", ["default", "reference"])
def test_the_packaged_config_spells_out_every_setting(name: str) -> None:
    document = parse((REPOSITORY / "configs" / f"{name}.yaml").read_bytes(), name)
    assert set(describe(document.value)) <= set(document.lines)


def test_the_reference_is_004_to_the_letter() -> None:
    assert load_config("reference") == Config(
        seed=0,
        data=DataConfig(directory=None, classes=10, validation=0),
        network=NetworkConfig(hidden=(128,), activation="relu", initializer="he_normal", bias=True, dtype="float32"),
        loss="cross_entropy",
        augmentation=NoDistortion(),
        optimizer=SGDConfig(learning_rate=0.001),
        schedule=ConstantSchedule(),
        training=TrainingConfig(epochs=10, batch_size=100, l2=0.0),
    )


def test_packaged_configs_are_found_beside_the_code_in_an_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    inside = wheel["targets"]["wheel"]["force-include"]["configs"]  # where a wheel holds the configs
    (tmp_path / inside).mkdir(parents=True)
    (tmp_path / inside / "mine.yaml").write_text("seed: 9")
    monkeypatch.setattr(files, "__file__", str(tmp_path / "mnist_mlp" / "config" / "files.py"))
    assert packaged_configs() == {"mine": tmp_path / inside / "mine.yaml"}
    assert load_config("mine").seed == 9


def test_a_file_of_a_packaged_configs_name_wins_over_it_and_a_directory_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("default").mkdir()
    assert load_config("default") == Config()
    Path("reference").write_text("seed: 77")
    assert load_config("reference") == Config(seed=77)


# --- Merging ----------------------------------------------------------------------------------------------------------


def test_a_file_is_merged_onto_the_defaults_and_overrides_onto_that_in_order(write: Any) -> None:
    path = write("seed: 3\nnetwork: {hidden: [7, 5]}\ntraining: {epochs: 2, l2: 0}\n")
    config = load_config(path, ["training.epochs=4", "network.bias=false", "training.epochs=6"])
    expected = Config(
        seed=3, network=NetworkConfig(hidden=(7, 5), bias=False), training=TrainingConfig(epochs=6, l2=0.0)
    )
    assert config == expected
    assert isinstance(config.training.l2, float)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("seed=5", Config(seed=5)),
        (" seed = 5", Config(seed=5)),
        ("network.hidden=[]", Config(network=NetworkConfig(hidden=()))),
        ("network.hidden=[64, 32]", Config(network=NetworkConfig(hidden=(64, 32)))),
        ("optimizer.learning_rate=1e-3", Config(optimizer=AdamConfig(learning_rate=0.001))),
        ("optimizer.learning_rate=1", Config(optimizer=AdamConfig(learning_rate=1.0))),
        ("data.directory=/some/where=odd", Config(data=DataConfig(directory="/some/where=odd"))),
        ("data.directory=null", Config()),
        ("data.directory='on'", Config(data=DataConfig(directory="on"))),
        ("training={epochs: 3, l2: 0.5}", Config(training=TrainingConfig(epochs=3, l2=0.5))),
        ("schedule.name=cosine", Config(schedule=CosineSchedule())),
        ("optimizer={name: sgd, learning_rate: 2}", Config(optimizer=SGDConfig(learning_rate=2.0))),
        ("optimizer={}", Config()),
        ("augmentation.name=distort", Config(augmentation=Distortion())),
        ("augmentation={name: distort, shift: 2}", Config(augmentation=Distortion(shift=2.0))),
        ("schedule.warmup=1.5", Config(schedule=LinearSchedule(warmup=1.5))),
        ("schedule={name: step, every: 3}", Config(schedule=StepSchedule(every=3))),
        ("schedule={name: one_cycle, peak: 0.5}", Config(schedule=OneCycleSchedule(peak=0.5))),
        ("training.patience=5", Config(training=TrainingConfig(patience=5))),
        ("training.ema_decay=0.999", Config(training=TrainingConfig(ema_decay=0.999))),
    ],
)
def test_an_override_changes_its_setting_and_nothing_else(override: str, expected: Config) -> None:
    assert load_config(overrides=[override]) == expected


def test_changing_a_name_resets_its_siblings(write: Any) -> None:
    path = write("optimizer: {name: adam, learning_rate: 0.5, beta1: 0.5}")
    assert load_config(path, ["optimizer.name=momentum"]).optimizer == MomentumConfig()
    assert load_config(path, ["optimizer.name=momentum", "optimizer.beta=0.3"]).optimizer == MomentumConfig(beta=0.3)


BOTH = ["optimizer.learning_rate=0.5", "optimizer.name=sgd"]


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        (BOTH, "optimizer: {name: sgd, learning_rate: 0.5}"),
        (["optimizer={learning_rate: 0.5}", "optimizer={name: sgd}"], "optimizer: {name: sgd, learning_rate: 0.5}"),
        (
            ["schedule.every=3", "schedule.name=step", "schedule.warmup=1"],
            "schedule: {name: step, every: 3, warmup: 1}",
        ),
        (["augmentation.name=distort", "augmentation.shift=2"], "augmentation: {name: distort, shift: 2}"),
        (
            ["training.epochs=3", "seed=7", "optimizer.beta1=0.5"],
            "{training: {epochs: 3}, seed: 7, optimizer: {beta1: 0.5}}",
        ),
    ],
)
@pytest.mark.parametrize(
    "below",
    ["", "optimizer: {name: momentum, beta: 0.1}\naugmentation: {name: none}", "schedule: {name: cosine, warmup: 2}"],
)
def test_overrides_in_any_order_are_the_lines_of_a_file(
    write: Any, overrides: list[str], text: str, below: str
) -> None:
    expected = outcome([(parse(below, "below"), "below"), (parse(text, "lines"), "lines")])
    path = write(below)
    for order in permutations(overrides):
        try:
            found: Config | str = load_config(path, order)
        except ConfigError as error:
            found = error.what
        assert found == expected


def outcome(documents: list[tuple[Document, str]]) -> Config | str:
    """The config of documents, or what is wrong."""
    try:
        return resolve(documents)
    except ConfigError as error:
        return error.what


def test_an_optimizer_named_after_its_learning_rate_keeps_the_learning_rate() -> None:
    assert load_config(overrides=BOTH).optimizer == load_config(overrides=BOTH[::-1]).optimizer == SGDConfig(0.5)


def test_of_two_overrides_of_one_setting_the_later_one_counts() -> None:
    assert load_config(overrides=["seed=1", "training.epochs=2", "seed=3"]).seed == 3
    assert load_config(overrides=["optimizer.name=sgd", "optimizer.name=adam"]).optimizer == AdamConfig()
    assert load_config(overrides=["network.hidden=[1, 2]", "network.hidden=[3]"]).network.hidden == (3,)
    both = ["augmentation.name=none", "augmentation={name: distort, shift: 2}"]
    assert load_config(overrides=both).augmentation == Distortion(shift=2)


@pytest.mark.parametrize("pair", [("optimizer=sgd", "optimizer.learning_rate=1"), ("seed=1", "seed.name=2")])
def test_a_value_and_a_section_under_one_key_are_refused_in_either_order(pair: tuple[str, str]) -> None:
    for order in (pair, pair[::-1]):
        with pytest.raises(ConfigError, match=rf"^overrides contradict each other: {re.escape(order[1])}: "):
            load_config(overrides=order)


@pytest.mark.parametrize(
    "override", ["data.directory=", "seed=  ", "network.hidden=", "optimizer=", "data.directory=#x"]
)
def test_an_override_without_a_value_is_refused(override: str) -> None:
    with pytest.raises(ConfigError, match=rf"^setting is empty: {re.escape(override.strip())}\s*; give a value"):
        load_config(overrides=[override])


@pytest.mark.parametrize("value", ["''", '" "', "'\t'"])
def test_an_empty_directory_is_refused_in_an_override_and_in_a_file(write: Any, value: str) -> None:
    with pytest.raises(ConfigError, match=r"allowed: a non-empty string or null$"):
        load_config(overrides=[f"data.directory={value}"])
    with pytest.raises(ConfigError, match=r"^bad value: my\.yaml:1 data\.directory: .*non-empty"):
        load_config(write(f"data: {{directory: {value}}}".replace("\t", "\\t").replace("'\\t'", '"\\t"')))


@pytest.mark.parametrize("name", ["", " ", "\n"])
def test_an_empty_name_of_a_config_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"^name of the config is empty; "):
        load_config(name)


@pytest.mark.parametrize("overrides", ["seed=1", [("seed", 1)], {1: 2}, [b"seed=1"]])
def test_overrides_that_are_no_list_of_texts_are_refused(overrides: Any) -> None:
    with pytest.raises(ConfigError, match=r"^overrides are not a list of KEY=VALUE; for example"):
        load_config("default", overrides)


def test_names_of_classes_are_their_number(write: Any) -> None:
    path = write("data: {classes: 10, names: [T-shirt, Trouser, Bag]}")
    assert load_config(path).data == DataConfig(classes=3, names=("T-shirt", "Trouser", "Bag"))
    assert load_config(path, ["data.names=a,b"]).data.class_names == ("a", "b")
    assert load_config(path, ["data.names=null", "data.classes=3"]).data.class_names == ("0", "1", "2")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("[a]", "data.names does not fit data.classes: .*: 1 names"),
        ("[]", "data.names does not fit|bad value"),
        ("[a, b, a]", "classes with the same name: .*: a; give each another name"),
        ("[a, ' b']", "bad name of a class: .*: found ' b'; names have 1 to 64 visible characters"),
        ('[a, "\\n"]', "bad value: .*each a non-empty string"),
        ('["a\\nb", b]', "bad name of a class"),
        ("[1, 2]", "bad value: .*found \\[1, 2\\]"),
        ("circle", "data.names does not fit data.classes: data.names=circle: 1 names"),
    ],
)
def test_names_that_cannot_be_told_apart_are_refused(names: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"^({message})") as caught:
        load_config(overrides=[f"data.names={names}"])
    assert str(caught.value).isprintable()


def test_a_chosen_distortion_is_changed_setting_by_setting(write: Any) -> None:
    overrides = ["augmentation.name=distort", "augmentation.rotation=15"]
    assert load_config(overrides=overrides) == Config(augmentation=Distortion(rotation=15.0))
    path = write("augmentation: {name: distort, elastic: 3}")
    assert load_config(path, overrides[1:]).augmentation == Distortion(elastic=3.0, rotation=15.0)
    assert load_config(path, ["augmentation.name=none"]).augmentation == NoDistortion()


def test_repeating_a_name_keeps_its_siblings(write: Any) -> None:
    path = write("optimizer: {name: momentum, learning_rate: 0.5, beta: 0.5}")
    config = load_config(path, ["optimizer.name=momentum"])
    assert config.optimizer == MomentumConfig(learning_rate=0.5, beta=0.5)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file_is_the_defaults(write: Any, text: str) -> None:
    assert load_config(write(text)) == Config()


@given(CONFIGS)
def test_any_config_is_dumped_read_and_resolved_to_itself(config: Config) -> None:
    text = dump(msgspec.to_builtins(config))
    assert resolve([(parse(text.encode(), "f"), "f")]) == config
    assert msgspec.convert(yaml.safe_load(text), Config) == config


def test_the_users_file_is_not_written_to(write: Any) -> None:
    path = write("seed: 1 # mine\r\n")
    os.utime(path, ns=(10**18, 10**18))
    load_config(path, ["seed=2"])
    with pytest.raises(ConfigError):
        load_config(path, ["sed=2"])
    assert path.read_bytes() == b"seed: 1 # mine\r\n"
    assert path.stat().st_mtime_ns == 10**18


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Config().seed = 3  # type: ignore[misc]


# --- The old name of training.ema_decay -------------------------------------------------------------------------------


@pytest.mark.parametrize("overrides", [["training.average=0.9"], ["training={average: 0.9, epochs: 12}"]])
def test_the_old_name_of_ema_decay_is_read_with_a_warning_that_names_the_new_one(overrides: list[str]) -> None:
    with pytest.warns(FutureWarning, match=r"training\.average is called training\.ema_decay now") as warned:
        config = load_config(overrides=overrides)
    assert config == Config(training=TrainingConfig(ema_decay=0.9))
    assert str(warned[0].message).startswith(overrides[0])


def test_a_file_with_the_old_name_of_ema_decay_is_read_and_what_follows_wins(write: Any) -> None:
    path = write("training: {average: 0.9, patience: 3}")
    with pytest.warns(FutureWarning, match=r"^my\.yaml: "):
        config = load_config(path, ["training.ema_decay=0.5"])
    assert config.training == TrainingConfig(ema_decay=0.5, patience=3)


def test_a_wrong_value_under_the_old_name_is_an_error(write: Any) -> None:
    with pytest.warns(FutureWarning), pytest.raises(ConfigError, match=r"my\.yaml:1 training\.ema_decay: found 2 "):
        load_config(write("training: {average: 2}"))


@pytest.mark.parametrize(
    "overrides",
    [
        ["training.average=0.9", "training.ema_decay=0.5"],
        ["training.ema_decay=0.5", "training.average=0.9"],
        ["training={average: 0.9, ema_decay: 0.9}"],
    ],
)
def test_the_old_and_the_new_name_of_ema_decay_together_are_refused(write: Any, overrides: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"^setting given twice: .*: training\.average is the old name of"):
        load_config(overrides=overrides)
    with pytest.raises(ConfigError, match=r"^setting given twice: my\.yaml:3 training\.ema_decay: "):
        load_config(write("training:\n  average: 0.9\n  ema_decay: 0.5"))


def test_a_wrong_value_under_the_old_name_is_an_error_that_names_its_override() -> None:
    with pytest.warns(FutureWarning), pytest.raises(ConfigError, match=r"^bad value: training\.average=2: found 2 "):
        load_config(overrides=["training.average=2", "seed=1"])


# --- Mistakes ---------------------------------------------------------------------------------------------------------

WRONG_VALUES = [
    ("seed", "-1", "-1 (an integer)", "an integer >= 0, <= 9,223,372,036,854,775,807"),
    ("seed", "9223372036854775808", "9223372036854775808 (an integer)", "an integer >= 0"),
    ("seed", "1.5", "1.5 (a number)", "an integer"),
    ("seed", "1.0", "1.0 (a number)", "an integer"),
    ("seed", "true", "true (a boolean)", "an integer"),
    ("seed", "null", "null (nothing)", "an integer"),
    ("seed", "'1'", "'1' (a string)", "an integer"),
    ("seed", "[1]", "[1] (a list)", "an integer"),
    ("seed", "{a: 1}", "{'a': 1} (a section)", "an integer"),
    ("data.directory", "7", "7 (an integer)", "a non-empty string or null"),
    ("data.classes", "1", "1 (an integer)", "an integer >= 2, <= 256"),
    ("data.classes", "257", "257 (an integer)", "an integer >= 2, <= 256"),
    ("data.validation", "-1", "-1 (an integer)", "an integer >= 0"),
    ("network.hidden", "[8, 0]", "[8, 0] (a list)", "a list of at most 100, each an integer >= 1"),
    ("network.hidden", "[8, x]", "[8, 'x'] (a list)", "a list of at most 100, each an integer >= 1"),
    ("network.hidden", "[2000000000]", "[2000000000] (a list)", "a list of at most 100, each an integer >= 1, <= 1,0"),
    ("network.activation", "gelu", "'gelu' (a string)", "one of identity, relu, sigmoid, softplus, tanh"),
    (
        "network.activation",
        "[relu, x]",
        "['relu', 'x'] (a list)",
        "one of identity, relu, sigmoid, softplus, tanh or a",
    ),
    ("network.activation", "null", "null (nothing)", "one of identity, relu, sigmoid, softplus, tanh or a list of at"),
    ("network.output", "relu", "'relu' (a string)", "one of auto, identity, sigmoid, softmax, tanh"),
    ("network.output", "[softmax]", "['softmax'] (a list)", "one of auto, identity, sigmoid, softmax, tanh"),
    ("network.initializer", "zeros", "'zeros' (a string)", "one of glorot_normal, glorot_uniform, he_normal"),
    ("network.bias", "on", "'on' (a string)", "true or false"),
    ("network.bias", "1", "1 (an integer)", "true or false"),
    ("network.dtype", "float16", "'float16' (a string)", "one of float32, float64"),
    ("loss", "mse", "'mse' (a string)", "one of binary_cross_entropy, cross_entropy"),
    ("loss", "unknown field", "'unknown field' (a string)", "one of binary_cross_entropy"),  # words of msgspec's own
    ("loss", "'x - at `$.seed`'", "'x - at `$.seed`' (a string)", "one of binary_cross_entropy"),
    ("optimizer.name", "rmsprop", "'rmsprop' (a string)", "one of sgd, momentum, adam"),
    ("optimizer.name", "[1]", "[1] (a list)", "one of sgd, momentum, adam"),
    ("optimizer.name", "null", "null (nothing)", "one of sgd, momentum, adam"),
    ("optimizer.learning_rate", "0", "0 (an integer)", "a number > 0"),
    ("optimizer.learning_rate", ".nan", "nan (a number)", "a number > 0"),
    ("optimizer.learning_rate", ".inf", "inf (a number)", "a number > 0"),
    ("optimizer.learning_rate", "1e999", "inf (a number)", "a number > 0"),
    ("optimizer.learning_rate", "1_0", "'1_0' (a string)", "a number > 0"),
    ("optimizer.beta1", "1.0", "1.0 (a number)", "a number >= 0, < 1"),
    ("optimizer.epsilon", "0.0", "0.0 (a number)", "a number > 0"),
    ("schedule.name", "exponential", "'exponential' (a string)", "one of constant, step, linear, cosine, one_cycle"),
    ("schedule.warmup", "-1", "-1 (an integer)", "a number >= 0"),
    ("augmentation.name", "elastic", "'elastic' (a string)", "one of none, distort"),
    ("training.dropout", "1", "1 (an integer)", "a number >= 0, < 1"),
    ("training.label_smoothing", "1.0", "1.0 (a number)", "a number >= 0, < 1"),
    ("training.ema_decay", "1", "1 (an integer)", "a number >= 0, < 1"),
    ("training.clip_norm", "-1", "-1 (an integer)", "a number >= 0"),
    ("training.patience", "0.5", "0.5 (a number)", "an integer >= 0"),
    ("training.epochs", "0", "0 (an integer)", "an integer >= 1, <= 1,000,000"),
    ("training.batch_size", "0", "0 (an integer)", "an integer >= 1"),
    ("training.l2", "-0.1", "-0.1 (a number)", "a number >= 0"),
    ("training.l2", "-.inf", "-inf (a number)", "a number >= 0"),
    ("network", "5", "5 (an integer)", "a section with activation, bias, dtype, hidden, initializer"),
    ("network", "null", "null (nothing)", "a section with activation"),
    ("optimizer", "sgd", "'sgd' (a string)", "a section with beta1, beta2, epsilon, learning_rate, name"),
    ("schedule", "[]", "[] (a list)", "a section with name, warmup"),
]


@pytest.mark.parametrize(("key", "value", "found", "allowed"), WRONG_VALUES)
def test_a_wrong_value_in_an_override_is_named_with_what_is_allowed(
    key: str, value: str, found: str, allowed: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(overrides=["training.epochs=2", f"{key}={value}"])
    assert caught.value.what == "bad value"
    assert caught.value.where == f"{key}={value}"
    assert caught.value.why == f"found {found}"
    assert caught.value.fix.startswith(f"allowed: {allowed}")


@pytest.mark.parametrize(("key", "value", "found", "allowed"), WRONG_VALUES)
def test_a_wrong_value_in_a_file_is_named_with_its_line_and_key(
    write: Any, key: str, value: str, found: str, allowed: str
) -> None:
    section, _, name = key.rpartition(".")
    lines = [f"{section}:", f"  # note\n  {name}: {value}"] if section else ["# note", "", f"{name}: {value}"]
    with pytest.raises(ConfigError) as caught:
        load_config(write("\n".join(lines)))
    assert caught.value.where == f"my.yaml:3 {key}"
    assert caught.value.why == f"found {found}"
    assert caught.value.fix.startswith(f"allowed: {allowed}")


@pytest.mark.parametrize(
    ("name", "key", "value", "found", "allowed"),
    [
        ("distort", "augmentation.rotation", "46", "46 (an integer)", "a number >= 0, <= 45"),
        ("distort", "augmentation.smoothness", "0", "0 (an integer)", "a number > 0, <= 100"),
        ("distort", "augmentation.elastic", ".nan", "nan (a number)", "a number >= 0, <= 1,000"),
        ("one_cycle", "schedule.peak", "1", "1 (an integer)", "a number > 0, < 1"),
        ("one_cycle", "schedule.start", "-0.1", "-0.1 (a number)", "a number >= 0, <= 1"),
        ("step", "schedule.every", "1.5", "1.5 (a number)", "an integer >= 1, <= 1,000,000"),
        ("step", "schedule.factor", "2", "2 (an integer)", "a number > 0, <= 1"),
    ],
)
def test_a_wrong_setting_of_a_choice_is_named_with_what_is_allowed(
    name: str, key: str, value: str, found: str, allowed: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(overrides=[f"{key.split('.')[0]}.name={name}", f"{key}={value}"])
    assert caught.value.where == f"{key}={value}"
    assert caught.value.why == f"found {found}"
    assert caught.value.fix == f"allowed: {allowed}"


UNKNOWN_KEYS = [
    ("sed", "1", "augmentation, data, loss, network, optimizer, schedule, seed, training; did you mean seed?"),
    ("Seed", "1", "augmentation, data, loss, network, optimizer, schedule, seed, training; did you mean seed?"),
    ("training.epoch", "1", f"{', '.join(sorted(TrainingConfig.__struct_fields__))}; did you mean epochs?"),
    ("network.hiden", "[]", "activation, bias, dtype, hidden, initializer, output; did you mean hidden?"),
    ("optimizer.lr", "1", "beta1, beta2, epsilon, learning_rate, name; did you mean optimizer.learning_rate?"),
    ("schedule.nam", "linear", "name, warmup; did you mean name?"),
    ("qqq", "1", "augmentation, data, loss, network, optimizer, schedule, seed, training"),
]


@pytest.mark.parametrize(
    ("override", "meant"),
    [
        ("epochs=3", "training.epochs"),
        ("lr=0.1", "optimizer.learning_rate"),
        ("learning_rate=0.1", "optimizer.learning_rate"),
        ("training.lr=0.1", "optimizer.learning_rate"),
        ("batch_size=3", "training.batch_size"),
        ("hidden=256", "network.hidden"),
        ("model.hidden=256", "network.hidden"),
        ("activation=tanh", "network.activation"),
        ("momentum=0.5", "optimizer.beta (of optimizer.name=momentum)"),
        ("optimizer.beta=0.5", "optimizer.beta (of optimizer.name=momentum)"),
        ("optimizer=sgd", "optimizer.name"),
        ("schedule=cosine", "schedule.name"),
        ("augmentation='none'", "augmentation.name"),
    ],
)
def test_a_key_that_people_guess_brings_the_key_that_they_meant(override: str, meant: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(overrides=[override])
    assert str(error.value).endswith(f"; did you mean {meant}?")


@pytest.mark.parametrize(("key", "value", "known"), UNKNOWN_KEYS)
def test_an_unknown_key_in_an_override_brings_the_known_ones_and_the_nearest(key: str, value: str, known: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(overrides=[f"{key}={value}"])
    assert str(caught.value) == f"unknown key: {key}={value}; known here: {known}"


@pytest.mark.parametrize(("key", "value", "known"), UNKNOWN_KEYS)
def test_an_unknown_key_in_a_file_is_named_with_its_line(write: Any, key: str, value: str, known: str) -> None:
    section, _, name = key.rpartition(".")
    text = f"# note\n{section}:\n  {name}: {value}" if section else f"# note\n\n{name}: {value}"
    with pytest.raises(ConfigError) as caught:
        load_config(write(text))
    assert str(caught.value) == f"unknown key: my.yaml:3 {key}; known here: {known}"


def test_a_setting_of_another_optimizer_is_unknown(write: Any) -> None:
    with pytest.raises(ConfigError, match=r"unknown key: my\.yaml:3 optimizer\.beta; known here: learning_rate, name"):
        load_config(write("optimizer:\n  name: sgd\n  beta: 0.9"))


def test_a_setting_of_a_distortion_that_is_not_chosen_is_unknown() -> None:
    with pytest.raises(ConfigError, match=r"^unknown key: augmentation\.rotation=15; known here: name; did") as error:
        load_config(overrides=["augmentation.name=none", "augmentation.rotation=15"])
    assert error.value.fix.endswith("did you mean augmentation.rotation (of augmentation.name=distort)?")


# Settings that are each right but mean nothing together, in either order.
CLASHES = [
    ("training.patience=3", "data.validation=0", "training.patience without validation"),
    ("training.dropout=0.1", "training.input_gradient_penalty=0.5", "training.dropout with training.input_gradient"),
    ("network.hidden=[5, 4]", "network.activation=[relu]", "network.activation does not fit network.hidden"),
    ("network.hidden=[]", "network.activation=[tanh]", "network.activation does not fit network.hidden"),
]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("one", "other", "what"), CLASHES)
def test_settings_that_mean_nothing_together_are_refused_and_each_is_fine_alone(
    one: str, other: str, what: str, turned: bool
) -> None:
    pair = [other, one] if turned else [one, other]
    for alone in pair:
        load_config(overrides=[alone])
    with pytest.raises(ConfigError, match=rf"^{re.escape(what)}.*: {re.escape(', '.join(pair))}: \S+") as caught:
        load_config(overrides=pair)
    assert str(caught.value).isprintable(), "one line"
    assert caught.value.fix


@pytest.mark.parametrize(
    ("loss", "output", "reason", "known"),
    [
        ("cross_entropy", "identity", "cross-entropy is defined for probabilities that sum to 1", "softmax"),
        ("cross_entropy", "sigmoid", "cross-entropy is defined for probabilities that sum to 1", "softmax"),
        ("cross_entropy", "tanh", "cross-entropy is defined for probabilities that sum to 1", "softmax"),
        ("binary_cross_entropy", "identity", "is defined for outputs between 0 and 1", "sigmoid or softmax"),
        ("binary_cross_entropy", "tanh", "is defined for outputs between 0 and 1", "sigmoid or softmax"),
    ],
)
def test_a_loss_that_is_not_defined_for_the_output_is_refused_with_the_reason(
    loss: str, output: str, reason: str, known: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(overrides=[f"loss={loss}", f"network.output={output}"])
    assert str(caught.value).startswith(f"loss {loss} does not fit network.output {output}: ")
    assert str(caught.value).endswith(f"{reason}; set network.output to {known}, or choose another loss")
    assert str(caught.value).isprintable(), "one line"
    load_config(overrides=[f"loss={loss}", "network.output=auto"])


def test_settings_of_a_file_that_mean_nothing_together_are_refused_under_its_name(write: Any) -> None:
    path = write("data: {validation: 0}\ntraining: {patience: 3}")
    with pytest.raises(ConfigError, match=r"^training\.patience without validation: my\.yaml: "):
        load_config(path)
    assert load_config(path, ["data.validation=5"]).training.patience == 3  # a later override may fix it


def test_an_error_names_the_source_that_brought_it(write: Any) -> None:
    with pytest.raises(ConfigError, match=r"my\.yaml:1 seed"):
        load_config(write("seed: -1"), ["seed=1"])
    with pytest.raises(ConfigError, match=r": optimizer\.name=sgd2:"):
        load_config(write("seed: 1"), ["seed=1", "optimizer.name=sgd2", "training.epochs=3"])
    with pytest.raises(ConfigError, match=r": optimizer={learning_rate: -1}:"):
        load_config(overrides=["optimizer={learning_rate: -1}", "optimizer.name=sgd"])


@pytest.mark.parametrize("override", ["seed", "=1", "", "a..b=1", ".seed=1", "seed.=1", "a" + ".a" * 5000 + "=1"])
def test_an_override_that_is_not_key_and_value_is_refused(override: str) -> None:
    with pytest.raises(ConfigError, match=r"^not KEY=VALUE.*; for example training\.epochs=3$") as caught:
        load_config(overrides=[override])
    assert (caught.value.where or "").startswith(override[:100])


def test_broken_yaml_in_an_override_is_named() -> None:
    with pytest.raises(ConfigError, match=r"not valid YAML: network\.hidden=\[1"):
        load_config(overrides=["network.hidden=[1"])


@pytest.mark.parametrize(
    ("text", "found"), [("[1]", "a list"), ("7", "an integer"), ("hello", "a string"), ("on", "a string")]
)
def test_a_file_without_keys_is_refused(write: Any, text: str, found: str) -> None:
    with pytest.raises(ConfigError, match=rf"not a config: my\.yaml: found {found}"):
        load_config(write(text))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "nowhere.yaml",
            r"no such config: nowhere\.yaml; give a file, or one of best, deep, default, handwriting, reference, reg",
        ),
        ("defualt", r"did you mean default\?$"),
        ("a\0b", "no such config: a\\\\x00b"),
        (".", "config is not a file"),
    ],
)
def test_a_config_that_is_not_there_is_named_with_the_packaged_ones(name: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        load_config(name)


def test_a_name_that_the_system_refuses_is_a_storage_error() -> None:
    with pytest.raises(StorageError, match="cannot read config"):
        load_config("x" * 5000)


def test_a_file_that_cannot_be_read_is_a_storage_error(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("seed: 1")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StorageError, match=r"^cannot read config: my\.yaml: Permission denied$"):
        load_config(path)


SECTION = st.dictionaries(
    st.sampled_from(["name", "hidden", "beta", "learning_rate"]),
    st.none() | st.text() | st.floats() | st.lists(st.integers()) | st.sampled_from(["sgd", "momentum"]),
)
DOCUMENT = st.dictionaries(
    st.sampled_from(["seed", "network", "optimizer", "name", "hidden", "loss", "x"]),
    st.none() | st.integers() | st.text() | st.lists(st.integers()) | SECTION,
)


@given(DOCUMENT)
def test_any_document_is_a_config_or_a_config_error(value: dict[str, Any]) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(resolve([(parse(dump(value).encode(), "f"), "f")]), Config)


def test_overrides_of_a_config_are_those_of_its_file() -> None:
    for overrides in ([], ["seed=3"], ["optimizer.name=sgd", "network.hidden=[3]"]):
        assert with_overrides(load_config("best"), overrides) == load_config("best", overrides)
    with pytest.raises(ConfigError, match=r"bad value: training\.l2=-1"):
        with_overrides(Config(), ["training.l2=-1"])
