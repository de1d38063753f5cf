"""Describe the schema, for error messages, docs/configuration.md and ``config schema``."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from mnist_mlp.config.schema import Config


class Field(NamedTuple):
    """The description of a setting."""

    key: str  # such as optimizer.learning_rate
    default: Any
    allowed: str  # such as "a number > 0, <= 1000000"
    description: str
    only: str  # the name that the setting belongs to, such as adam, or ""


def describe(values: dict[str, Any] | None = None) -> dict[str, Field]:
    """Return all settings by key path; of sections with a ``name``, only those of the name in ``values``, if given."""
    fields: dict[str, Field] = {}
    for field in _fields(inspect.type_info(Config), "", values):
        fields.setdefault(f"{field.key}:{field.only}" if values is None else field.key, field)
    return fields


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a config file."""
    schema = msgspec.json.schema(Config)
    name = {"type": "string", "pattern": r"\S"}
    schema["$defs"]["Config"]["properties"]["extends"] = {
        "description": "config that this file changes, or a list, the later ones win: a file beside it, or a name of "
        + "`config list`",
        "anyOf": [name, {"type": "array", "items": name, "minItems": 1}],
    }
    return schema


def _fields(struct: inspect.Type, prefix: str, values: Any) -> Iterator[Field]:
    assert isinstance(struct, inspect.StructType)
    only = struct.tag if isinstance(struct.tag, str) else ""
    for field in struct.fields:
        key = f"{prefix}{field.name}"
        kind, description = _unwrap(field.type)
        value = values.get(field.name) if isinstance(values, dict) else None
        if isinstance(kind, inspect.StructType):
            yield from _fields(kind, f"{key}.", value if values is not None else None)
        elif isinstance(kind, inspect.UnionType) and isinstance(kind.types[0], inspect.StructType):
            yield from _choice(kind, field, key, value if values is not None else None)
        else:
            default = field.default if field.default is not msgspec.NODEFAULT else None
            yield Field(key, default, _allowed(kind), description, only)


def _choice(union: inspect.UnionType, field: inspect.Field, key: str, value: Any) -> Iterator[Field]:
    """Yield the settings of a section whose ``name`` chooses them."""
    members = {str(member.tag): member for member in union.types if isinstance(member, inspect.StructType)}
    default = type(field.default).__struct_config__.tag
    meanings = "; ".join(f"{name}: {(member.cls.__doc__ or '').rstrip('.')}" for name, member in members.items())
    yield Field(f"{key}.name", default, "one of " + ", ".join(members), meanings, "")
    name = value.get("name") if isinstance(value, dict) else None
    for tag, member in members.items():
        if value is None or tag == name or (name not in list(members) and tag == default):
            yield from _fields(member, f"{key}.", value)


def _unwrap(kind: inspect.Type) -> tuple[inspect.Type, str]:
    """Return the type without its metadata, and the description in these."""
    description = ""
    while isinstance(kind, inspect.Metadata):
        description = description or (kind.extra_json_schema or {}).get("description", "")
        kind = kind.type
    return kind, description


def _allowed(kind: inspect.Type) -> str:
    """Return which values a type allows, such as "an integer >= 1"."""
    match kind := _unwrap(kind)[0]:
        case inspect.BoolType():
            return "true or false"
        case inspect.NoneType():
            return "null"
        case inspect.StrType():
            return "a non-empty string" if kind.pattern else "a string"
        case inspect.LiteralType():
            return "one of " + ", ".join(map(str, kind.values))
        case inspect.IntType() | inspect.FloatType():
            bounds = ((">", kind.gt), (">=", kind.ge), ("<", kind.lt), ("<=", kind.le))
            limits = ", ".join(f"{sign} {bound:,}" for sign, bound in bounds if bound is not None)
            return f"{'an integer' if isinstance(kind, inspect.IntType) else 'a number'} {limits}".rstrip()
        case inspect.VarTupleType():
            return f"a list of at most {kind.max_length}, each {_allowed(kind.item_type)}"
        case inspect.UnionType():
            return " or ".join(_allowed(member) for member in kind.types)
    raise AssertionError(f"no description of {kind}")


def markdown() -> str:
    """Return the table of all settings in docs/configuration.md."""
    lines = ["| setting | default | allowed | meaning |", "|---|---|---|---|"]
    for field in describe().values():
        name = f"`{field.key}`" + (f" ({field.only})" if field.only else "")
        default = "null" if field.default is None else json.dumps(field.default)
        lines.append(f"| {name} | `{default}` | {field.allowed} | {field.description} |")
    return "\n".join(lines)
