"""Settings of the command line, ``KEY=VALUE``, as one document, so that their order does not matter."""

from collections.abc import Sequence
from typing import Any

from mnist_mlp.config.describe import describe
from mnist_mlp.config.files import EXTENDS
from mnist_mlp.config.strict_yaml import MAX_DEPTH, Document, parse
from mnist_mlp.errors import ConfigError


def parse_overrides(texts: Sequence[str]) -> Document:
    """Return one document of all overrides ``a.b=VALUE``; VALUE is YAML, or a list without brackets, as in ``256,128``.

    If two give a value to the same setting, as ``a.b=1`` and ``a={b: 2}`` do, the later one counts.
    """
    document: Any = {}
    places: dict[str, str] = {}
    for text in texts:
        key, equals, content = text.partition("=")
        keys = key.strip().split(".")
        if not equals or not all(keys) or len(keys) > MAX_DEPTH:
            raise ConfigError("not KEY=VALUE", where=text, fix="for example training.epochs=3")
        if keys == [EXTENDS]:
            raise ConfigError(f"{EXTENDS} is not a setting", where=text, fix="give several configs, the base first")
        value, lines = _parse_value(".".join(keys), content, text)
        if not lines:
            raise ConfigError("setting is empty", where=text, fix="give a value; null stands for none")
        for i, part in enumerate(reversed(keys)):
            places[".".join(keys[: len(keys) - i])] = text
            value = {part: value}
        places |= {f"{'.'.join(keys)}.{path}": text for path in lines}
        document = _joined(document, value, text)
    return Document(document, places)


def key_of(setting: str) -> str:
    """Return the key of ``KEY=VALUE``."""
    return setting.partition("=")[0].strip()


def _parse_value(key: str, content: str, text: str) -> Document:
    """Return the value of a setting; of one that is a list, brackets may be left out, which shells give a meaning."""
    document = parse(content, text)
    is_scalar = isinstance(document.value, str | int | float) and not isinstance(document.value, bool)
    if not is_scalar or content.strip()[0] in "'\"":
        return document
    field = describe({}).get(key)
    allowed = field.allowed if field else ""
    if allowed.startswith("a list of") or ("a list of" in allowed and "," in content):
        return parse(f"[{content.strip().removesuffix(',')}]", text)
    return document


def _joined(one: Any, other: Any, text: str, path: str = "") -> Any:
    """Return the settings of two overrides; of the same setting, at ``path``, the value of the other one."""
    if isinstance(one, dict) and isinstance(other, dict):
        both = {key: _joined(one[key], other[key], text, f"{path}.{key}".lstrip(".")) for key in one if key in other}
        return one | other | both
    if isinstance(one, dict) or isinstance(other, dict):
        value = other if isinstance(one, dict) else one
        why = "another override gives a value where this one gives a section, or the reverse"
        is_name = isinstance(value, str) and f"{path}.name" in describe({})
        fix = f"did you mean {path}.name={value}?" if is_name else "leave one of them out"
        raise ConfigError("overrides contradict each other", where=text, why=why, fix=fix)
    return other
