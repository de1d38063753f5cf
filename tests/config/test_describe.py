"""The schema in words."""

from typing import Any

import msgspec
import pytest

from mnist_mlp.config import Config, load_config
from mnist_mlp.config.describe import describe, json_schema
from mnist_mlp.config.schema import Distortion


def leaves(value: Any, prefix: str = "") -> dict[str, Any]:
    """The settings of nested sections, by key path."""
    if not isinstance(value, dict):
        return {prefix: value}
    return {
        path: leaf
        for key, child in value.items()
        for path, leaf in leaves(child, f"{prefix}.{key}" if prefix else key).items()
    }


def test_the_settings_of_the_default_config_are_described_with_their_defaults() -> None:
    values = msgspec.to_builtins(Config())
    described = {key: field.default for key, field in describe(values).items()}
    assert described == leaves(values)


@pytest.mark.parametrize(
    ("overrides", "present", "absent"),
    [
        (["optimizer.name=sgd"], {"optimizer.learning_rate"}, {"optimizer.beta", "optimizer.beta1"}),
        (["optimizer.name=momentum"], {"optimizer.beta"}, {"optimizer.beta1", "optimizer.epsilon"}),
        (["optimizer.name=adam"], {"optimizer.beta1", "optimizer.beta2", "optimizer.epsilon"}, {"optimizer.beta"}),
        (["augmentation.name=none"], {"augmentation.name"}, {"augmentation.rotation", "augmentation.elastic"}),
        (["augmentation.name=distort"], {f"augmentation.{name}" for name in Distortion.__struct_fields__}, set()),
        (["schedule.name=cosine"], {"schedule.warmup"}, {"schedule.every", "schedule.peak"}),
        (["schedule.name=step"], {"schedule.warmup", "schedule.every", "schedule.factor"}, {"schedule.peak"}),
        (["schedule.name=one_cycle"], {"schedule.warmup", "schedule.peak", "schedule.start"}, {"schedule.every"}),
    ],
)
def test_a_choice_brings_its_own_settings(overrides: list[str], present: set[str], absent: set[str]) -> None:
    keys = set(describe(msgspec.to_builtins(load_config(overrides=overrides))))
    assert present <= keys
    assert not absent & keys


def test_without_values_the_settings_of_every_choice_are_described_once() -> None:
    fields = describe()
    assert {key for key in fields if key.startswith("optimizer.")} == {
        "optimizer.name:",
        "optimizer.learning_rate:sgd",
        "optimizer.learning_rate:momentum",
        "optimizer.beta:momentum",
        "optimizer.learning_rate:adam",
        "optimizer.beta1:adam",
        "optimizer.beta2:adam",
        "optimizer.epsilon:adam",
    }
    assert {fields["optimizer.learning_rate:adam"].default, fields["optimizer.learning_rate:sgd"].default} == {
        0.01,
        0.1,
    }


@pytest.mark.parametrize("field", describe().values(), ids=lambda field: f"{field.key}:{field.only}")
def test_every_setting_says_what_it_means_and_what_it_may_be(field: Any) -> None:
    assert len(field.description) > 10
    assert field.allowed
    assert field.allowed.isprintable()


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        ("seed", "an integer >= 0, <= 9,223,372,036,854,775,807"),
        ("data.directory", "a non-empty string or null"),
        ("network.hidden", "a list of at most 100, each an integer >= 1, <= 1,000,000,000"),
        ("network.bias", "true or false"),
        ("network.dtype", "one of float32, float64"),
        ("optimizer.name", "one of sgd, momentum, adam"),
        ("optimizer.beta1", "a number >= 0, < 1"),
        ("augmentation.name", "one of none, distort"),
        ("schedule.name", "one of constant, step, linear, cosine, one_cycle"),
    ],
)
def test_what_is_allowed_is_said_in_words(key: str, allowed: str) -> None:
    assert describe(msgspec.to_builtins(Config()))[key].allowed == allowed


def test_an_unknown_name_is_described_as_the_default_choice() -> None:
    values = msgspec.to_builtins(Config())
    unknown = {key: {"name": "rmsprop"} for key in ("augmentation", "optimizer", "schedule")}
    assert describe(values | unknown).keys() == describe(values).keys()


def test_the_json_schema_forbids_unknown_keys_and_knows_every_section() -> None:
    schema = json_schema()
    top = schema["$defs"]["Config"]
    assert schema["$ref"] == "#/$defs/Config"
    assert set(top["properties"]) == {*msgspec.to_builtins(Config()), "extends"}
    objects = [definition for definition in schema["$defs"].values() if definition["type"] == "object"]
    assert len(objects) >= 10
    assert all(definition["additionalProperties"] is False for definition in objects)
