"""Read and write a strict subset of YAML; errors name the line.

Numbers, booleans and null are YAML 1.2's (PyYAML alone reads ``1e-3`` as a string, ``010`` as 8, ``1:30`` as 90 and
``on`` as true). Duplicate keys, aliases and tags are refused, as are files over 64 KiB and nesting deeper than 32,
before anything is built. The pure-Python parser is used because the C parser crashes on deep nesting.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml

from mnist_mlp.errors import ConfigError

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_TOKENS = 5000  # the parser takes up to 0.1 ms for each; a config has at most a few hundred

_FLOAT = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
_SCALARS = (
    ("null", re.compile(r"~|null|Null|NULL|", re.ASCII)),
    ("bool", re.compile(r"true|True|TRUE|false|False|FALSE", re.ASCII)),
    ("int", re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)),
    ("float", re.compile(_FLOAT, re.ASCII)),
)


class Document(NamedTuple):
    """The values of a file, and the line of each key path, such as ``optimizer.learning_rate``.

    Of overrides, it is the text ``KEY=VALUE`` instead of the line.
    """

    value: Any
    lines: Mapping[str, int | str]


def parse(text: bytes | str, name: str) -> Document:
    """Parse a document; errors (``ConfigError``) call it ``name``."""
    if len(text) > MAX_BYTES:
        fix = f"a config has at most {MAX_BYTES} bytes"
        raise ConfigError("config too large", where=name, why=f"{len(text)} bytes", fix=fix)
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        _check_tokens(decoded, name)
        node = yaml.compose(decoded, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise ConfigError("config is not text", where=name, why=f"byte {error.start} is not UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark else name
        why = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable")
        raise ConfigError("not valid YAML", where=where, why=why, fix="see the examples in `config list`") from None
    lines: dict[str, int] = {}
    return Document(None if node is None else _build(node, "", lines, name), lines)


def _check_tokens(text: str, name: str) -> None:
    """Refuse anchors, aliases, tags, directives, deep nesting and long documents, before they are parsed."""
    depth = 0
    for number, token in enumerate(yaml.scan(text, Loader=yaml.SafeLoader)):
        if number > MAX_TOKENS:
            raise ConfigError("config too long", where=name, why="it has more keys and values than any config")
        where = f"{name}:{token.start_mark.line + 1}"
        kind = type(token).__name__.removesuffix("Token")
        if kind in ("Anchor", "Alias", "Tag", "Directive"):
            raise ConfigError(f"YAML {kind.lower()} refused", where=where, fix="write the value itself")
        if kind.startswith(("Block", "Flow")):  # BlockMappingStart, FlowSequenceEnd, BlockEnd, ...
            depth += kind.endswith("Start") - kind.endswith("End")
        if depth > MAX_DEPTH:
            raise ConfigError("config nested too deeply", where=where, fix=f"at most {MAX_DEPTH} levels")


def _build(node: yaml.Node, path: str, lines: dict[str, int], name: str) -> Any:
    """Return the Python values of a node, and note the line of each in ``lines``."""
    line = node.start_mark.line + 1
    lines[path] = line
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node.value, f"{name}:{line}") if node.style is None else node.value  # None: not quoted
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, f"{path}[{i}]", lines, name) for i, child in enumerate(node.value)]
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        where = f"{name}:{key_node.start_mark.line + 1}"
        if not isinstance(key_node, yaml.ScalarNode):
            raise ConfigError("config key is not a name", where=where, fix="write names as keys")
        key = key_node.value
        if key in result:
            raise ConfigError("duplicate key", where=f"{where} {path}.{key}".replace(" .", " "), fix="keep one of them")
        child = f"{path}.{key}" if path else key
        result[key] = _build(value_node, child, lines, name)
        lines[child] = key_node.start_mark.line + 1
    return result


def _scalar(text: str, where: str) -> Any:
    """Return the value of a plain scalar in the core schema of YAML 1.2."""
    kind = next((kind for kind, pattern in _SCALARS if pattern.fullmatch(text)), "str")
    if kind in ("int", "float") and len(text) > 400:
        raise ConfigError("number too long", where=where, why=f"{len(text)} digits", fix="at most 400")
    match kind:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
        case "float":
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


class _Dumper(yaml.SafeDumper):
    """Quotes every string that YAML 1.1 or 1.2 would not read as a string."""


for _kind, _pattern in _SCALARS:
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(rf"^(?:{_pattern.pattern})$"), None)


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Escape characters that are not printable: some readers take U+0085 or U+2028 for the end of a line."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, None if text.isprintable() else '"')


_Dumper.add_representer(str, _represent_text)


def dump(value: Any) -> str:
    """Return block-style YAML with the same meaning in YAML 1.1 and 1.2, the keys in the given order."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)
