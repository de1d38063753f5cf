"""The schema: every setting has a type, a default, finite bounds and a description."""

import math
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from msgspec.inspect import FloatType, IntType, StructType, type_info

from mnist_mlp.config.schema import (
    HORIZON_FREE,
    AdamConfig,
    Config,
    ConstantSchedule,
    Distortion,
    NoDistortion,
    OneCycleSchedule,
    Section,
    SGDConfig,
    TrainingConfig,
    name_of,
)


def sections(section: type[Section] = Config) -> Iterator[type[Section]]:
    """A section and all within it, those of every choice included."""
    yield section
    for field in msgspec.structs.fields(section):
        for kind in (field.type, *get_args(field.type)):
            if isinstance(kind, type) and issubclass(kind, Section):
                yield from sections(kind)


def numbers(kind: Any) -> Iterator[IntType | FloatType]:
    """The number types within a type."""
    if isinstance(kind, IntType | FloatType):
        yield kind
    for inner in (getattr(kind, "item_type", None), getattr(kind, "type", None), *getattr(kind, "types", ())):
        if inner is not None:
            yield from numbers(inner)


@pytest.mark.parametrize("section", sorted(set(sections()), key=str))
def test_every_section_is_frozen_strict_and_described(section: type[Section]) -> None:
    assert section.__struct_config__.frozen
    assert section.__struct_config__.forbid_unknown_fields
    assert section.__doc__
    info = type_info(section)
    assert isinstance(info, StructType)
    for field in info.fields:
        assert not field.required, field.name
        for number in numbers(field.type):
            lower, upper = (number.ge, number.gt), (number.le, number.lt)
            assert any(x is not None and math.isfinite(x) for x in lower), f"{field.name} has no lower bound"
            assert any(x is not None and math.isfinite(x) for x in upper), f"{field.name} has no upper bound"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
def test_no_number_of_a_config_may_be_infinite_or_nan(value: float) -> None:
    for section in ("optimizer", "schedule", "augmentation", "training"):
        fields = msgspec.to_builtins(Config())[section]
        for name, default in fields.items():
            if isinstance(default, float):
                with pytest.raises(msgspec.ValidationError):
                    msgspec.convert({section: fields | {name: value}}, Config)


def test_a_choice_is_read_by_its_name() -> None:
    config = msgspec.convert({"optimizer": {"name": "sgd"}, "augmentation": {"name": "none"}}, Config)
    assert config == Config(optimizer=SGDConfig(), augmentation=NoDistortion())


@pytest.mark.parametrize(
    ("section", "name"),
    [
        (SGDConfig(), "sgd"),
        (AdamConfig(), "adam"),
        (Distortion(), "distort"),
        (ConstantSchedule(), "constant"),
        (OneCycleSchedule(), "one_cycle"),
    ],
)
def test_the_name_of_a_choice_is_the_one_in_the_file(section: Section, name: str) -> None:
    assert name_of(section) == name == msgspec.to_builtins(section)["name"]


def test_the_schedules_that_do_not_depend_on_the_number_of_epochs_exist() -> None:
    names = {kind.__struct_config__.tag for kind in sections() if kind.__name__.endswith("Schedule")}
    assert set(HORIZON_FREE) < names


def test_the_old_name_of_ema_decay_is_no_field() -> None:
    assert "ema_decay" in TrainingConfig.__struct_fields__
    assert "average" not in TrainingConfig.__struct_fields__
