"""Load a ``Config`` from defaults, files and overrides ``KEY=VALUE``; the later ones win."""

import difflib
import re
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from mnist_mlp.config.describe import Field, describe
from mnist_mlp.config.files import read_config
from mnist_mlp.config.guess import guess
from mnist_mlp.config.overrides import parse_overrides
from mnist_mlp.config.schema import Config, check_network
from mnist_mlp.config.strict_yaml import Document, dump
from mnist_mlp.errors import ConfigError, check_not_empty

Source = str | Path


def load_config(source: Source | Sequence[Source] | None = None, overrides: Sequence[str] = ()) -> Config:
    """Return a config.

    source: a file, the name of a config that comes with the package, or a list of these, of which the later ones win;
    None: the defaults. A file may extend others: ``extends: best``.
    overrides: settings that replace those of the files, such as ``["training.epochs=3"]``, in any order; of two values
    for the same setting, the later one counts. A list needs no brackets: ``network.hidden=256,128``.
    Raises ``ConfigError`` if a config is missing, malformed or invalid, ``StorageError`` if it cannot be read.
    """
    if isinstance(overrides, str) or not all(isinstance(text, str) for text in overrides):
        raise ConfigError("overrides are not a list of KEY=VALUE", fix='for example ["training.epochs=3", "seed=1"]')
    documents = []
    for one in [] if source is None else [source] if isinstance(source, str | Path) else source:
        check_not_empty(one, "config")
        documents += read_config(str(one))
    if overrides:
        documents.append((parse_overrides(overrides), ", ".join(overrides)))
    return resolve(documents)


def with_overrides(config: Config, overrides: Sequence[str]) -> Config:
    """Return a config in which overrides such as ``training.epochs=3`` replace settings."""
    base = Document(msgspec.to_builtins(config), {}), "config"
    return resolve([base, (parse_overrides(overrides), ", ".join(overrides))]) if overrides else config


def as_yaml(config: Config) -> str:
    """Return every setting of ``config`` as YAML, which ``load_config`` reads."""
    return dump(msgspec.to_builtins(config))


def resolve(documents: Iterable[tuple[Document, str]]) -> Config:
    """Merge documents into the defaults, and check after each, so that an error names the document."""
    merged = msgspec.to_builtins(Config())
    config, name = Config(), ""
    for document, name in documents:
        if document.value is None:
            continue
        if not isinstance(document.value, dict):
            why = f"found {_kind(document.value)}"
            raise ConfigError("not a config", where=name, why=why, fix="write `key: value`")
        current = _renamed(document, name)
        merged = merge(merged, current.value)
        config = _convert(merged, current, name)
    if config.data.names:
        data = msgspec.structs.replace(config.data, classes=len(config.data.names))
        config = msgspec.structs.replace(config, data=data)
    _check_together(config, name)
    return config


def _renamed(document: Document, name: str) -> Document:
    """Replace the keys of release 0.1.0 that were renamed."""
    old, new, training = "training.average", "training.ema_decay", document.value.get("training")
    if not isinstance(training, dict) or "average" not in training:
        return document
    if "ema_decay" in training:
        where, why = _location(document, name, new), f"{old} is the old name of {new}"
        raise ConfigError("setting given twice", where=where, why=why, fix="leave out the old one")
    place = document.lines.get(old)
    where = place if isinstance(place, str) else name
    warnings.warn(f"{where}: {old} is called {new} now", FutureWarning, stacklevel=4)
    renamed = {key: value for key, value in training.items() if key != "average"} | {"ema_decay": training["average"]}
    lines = document.lines if place is None else {**document.lines, new: place}
    return Document(document.value | {"training": renamed}, lines)


def _check_together(config: Config, name: str) -> None:
    """Raise ``ConfigError`` if settings cannot be used together."""
    training = config.training
    if training.patience and not config.data.validation:
        why = "early stopping needs validation samples, and data.validation is 0"
        fix = "set data.validation to 10000, for example"
        raise ConfigError("training.patience without validation", where=name, why=why, fix=fix)
    if training.dropout and training.input_gradient_penalty:
        what, why = "training.dropout with training.input_gradient_penalty", "the penalty is that of the whole network"
        raise ConfigError(what, where=name, why=why, fix="set one of them to 0")
    check_network(config, name)


def merge(base: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``update``; a section that changes its ``name`` gets the defaults of that name."""
    if "name" in update and update["name"] != base.get("name"):
        return dict(update)
    result = dict(base)
    for key, value in update.items():
        old = base.get(key)
        result[key] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def _convert(merged: dict[str, Any], document: Document, name: str) -> Config:
    """Check settings against the schema; an error says where, what was found and what is allowed."""
    try:
        return msgspec.convert(merged, Config)
    except msgspec.ValidationError as error:
        message = str(error)
    head, at, path = message.rpartition(" - at `$")  # the last one: a value may contain this text, too
    message, path = (head, path.rstrip("`").lstrip(".")) if at else (message, "")
    fields = describe(merged)
    if message.startswith("Object contains unknown field"):
        unknown, known = message.split("`")[1], _within(path, fields)
        where = _location(document, name, f"{path}.{unknown}" if path else unknown)
        found = _lookup(merged, f"{path}.{unknown}" if path else unknown)
        hint = _nearest(unknown, known, merged, found)
        raise ConfigError("unknown key", where=where, fix=f"known here: {', '.join(known)}{hint}")
    key = path.split("[")[0]
    value, within = _lookup(merged, key), _within(key, fields)
    allowed = fields[key].allowed if key in fields else f"a section with {', '.join(within)}"
    if key not in fields and isinstance(value, str) and "name" in within:
        allowed += f"; did you mean {key}.name?"
    why = _describe_value(value, allowed)
    raise ConfigError("bad value", where=_location(document, name, key), why=why, fix=f"allowed: {allowed}")


def _within(section: str, fields: dict[str, Field]) -> list[str]:
    """Return the keys of a section; ``""`` is the whole file."""
    prefix = f"{section}." if section else ""
    return sorted({key.removeprefix(prefix).split(".")[0] for key in fields if key.startswith(prefix)})


def _location(document: Document, name: str, path: str) -> str:
    """Return ``file:line key.path``, with the line of the key or of its nearest parent in the file."""
    parent = path
    while parent and parent not in document.lines:
        parent = parent.rpartition(".")[0]
    place = document.lines[parent] if parent else ""
    if isinstance(place, int):
        return f"{name}:{place} {path}"
    return place or f"{name} {path}"  # an override contains its key


def _nearest(word: str, known: Iterable[str], values: dict[str, Any], found: Any) -> str:
    """Return a hint at the name in ``known`` that a word resembles, or at a setting elsewhere in a config's values.

    found: the value under the word; of a section that does not exist, its keys say what was meant.
    """
    close = difflib.get_close_matches(word, list(known), n=1)
    while isinstance(found, dict) and len(found) == 1 and not close:
        word, found = next(iter(found.items()))
    close = [name for name in (guess(word, values, exact=True), *close, guess(word, values)) if name]
    return f"; did you mean {close[0]}?" if close else ""


def _lookup(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else value
    return value


def _describe_value(value: Any, allowed: str) -> str:
    if isinstance(value, str) and "number" in allowed and re.fullmatch(r"[-+]?\d+,\d+", value):
        return f"{value!r} is not a number (write {value.replace(',', '.')})"
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return f"found {text if len(text) <= 60 else text[:57] + '...'} ({_kind(value)})"


def _kind(value: Any) -> str:
    names = {
        bool: "a boolean",
        int: "an integer",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "a section",
    }
    return names.get(type(value), "nothing")
