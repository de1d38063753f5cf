"""Find and read config files, with those that they extend."""

import difflib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mnist_mlp.config.strict_yaml import MAX_BYTES, Document, parse
from mnist_mlp.errors import ConfigError, storage_errors

SUFFIX = ".yaml"
EXTENDS = "extends"
MAX_FILES = 20  # that one file extends: each may extend several

Named = tuple[Document, str]  # a document and its name in errors


def packaged_configs() -> dict[str, Path]:
    """Return the paths of the configs that come with the package, by name."""
    package = Path(__file__).parents[1]
    installed, in_repository = package / "configs", package.parent / "configs"
    directory = installed if installed.is_dir() else in_repository
    return {path.stem: path for path in sorted(directory.glob(f"*{SUFFIX}"))}


def read_config(source: str) -> list[Named]:
    """Return the documents of a file or of a packaged config: those that it extends first, in order, itself last."""
    return _read_all(find_config(source), (), [])


def find_config(source: str, beside: Path = Path()) -> Path:
    """Return the path of a file, relative to ``beside``, or of a packaged config."""
    path, packaged = beside / os.path.expanduser(source), packaged_configs()  # noqa: PTH111 - as in data.source
    with storage_errors("cannot read config", source):
        if path.is_file():
            return path
        if source in packaged:
            return packaged[source]
        if path.exists():
            raise ConfigError("config is not a file", where=source, fix=f"give a {SUFFIX} file")
    fix = f"give a file, or one of {', '.join(packaged)}{nearest(source, packaged)}"
    raise ConfigError("no such config", where=source, fix=fix)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint at the name in ``known`` that a word resembles, or ""."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _read_all(path: Path, below: tuple[Path, ...], read: list[Path]) -> list[Named]:
    """Return the documents of a file; ``below``: the files that led to it; ``read``: all files so far."""
    chain = (*below, path)
    if any(path.samefile(other) for other in below):
        why = " extends ".join(map(str, chain))
        raise ConfigError("config extends itself", where=path, why=why, fix=f"remove one {EXTENDS}")
    read.append(path)
    if len(read) > MAX_FILES:
        raise ConfigError("config extends too many", where=chain[0], fix=f"at most {MAX_FILES} files")
    document = _read(path)
    if not isinstance(document.value, dict) or EXTENDS not in document.value:
        return [(document, str(path))]
    where = f"{path}:{document.lines[EXTENDS]} {EXTENDS}"
    documents = []
    for source in _sources(document.value[EXTENDS], where):
        try:
            base = find_config(source, path.parent)
        except ConfigError as error:
            raise ConfigError(error.what, where=where, why=f"found {source!r}", fix=error.fix) from None
        documents += _read_all(base, chain, read)
    own = {key: value for key, value in document.value.items() if key != EXTENDS}
    return [*documents, (Document(own, document.lines), str(path))]


def _sources(value: Any, where: str) -> list[str]:
    """Return the names in ``extends``."""
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) and name.strip() for name in names):
        fix = "give the name of a config, a file, or a list of these"
        raise ConfigError("bad value", where=where, why=f"found {value!r}", fix=fix)
    return names


def _read(path: Path) -> Document:
    with storage_errors("cannot read config", path), path.open("rb") as file:
        return parse(file.read(MAX_BYTES + 1), str(path))
