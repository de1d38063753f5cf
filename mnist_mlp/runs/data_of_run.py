"""The data set of a run, from whatever directory a command is started: it is identified by the SHA-256 of its files."""

import os
from collections.abc import Mapping
from pathlib import Path

from mnist_mlp.config.schema import Config
from mnist_mlp.data.dataset import Dataset, Digest
from mnist_mlp.data.source import configured_dataset, expanded, load_dataset
from mnist_mlp.errors import DataError, MnistMlpError, warn_of_data
from mnist_mlp.formatting import listed
from mnist_mlp.runs.directory import Run
from mnist_mlp.storage.digests import Digests
from mnist_mlp.training.distributed import SINGLE_PROCESS, ProcessGroup
from mnist_mlp.training.loop import Split, split
from mnist_mlp.training.memory import check_memory

_ABOVE = 3  # directories above a run in which its data may be: runs/NAME/seed-0 is three below the first


def origin(config: Config) -> dict[str, str]:
    """Return where a run that starts now finds its data, for its environment file."""
    if config.data.directory is None:
        return {}
    path = _absolute(expanded(config.data.directory))
    return {"data_directory": path} if path.isprintable() else {}  # a name that is no text cannot be written as JSON


def is_origin(run: Run, dataset: Dataset) -> bool:
    """Whether a data set is in the place where the run found its data."""
    return run.environment().get("data_directory") == _absolute(dataset.directory)


def dataset_of(run: Run, config: Config, sha256: Mapping[str, str], digest: Digest | None = None) -> Dataset:
    """Return the data set of a run whose training files have the digests ``sha256``, by name.

    A relative ``data.directory`` is looked for in the current directory, where the run found it, and beside the run.
    The first place with the right files is taken, or else the first that exists. Raises ``DataError`` if none does.
    """
    directory, classes, names = config.data.directory, config.data.classes, config.data.names
    if directory is None:
        return load_dataset(None, classes, digest, names)
    places = _places(run, expanded(directory))
    found = [load_dataset(place, classes, digest, names) for place in places if place.is_dir()]
    if not found:
        fix = "copy it to one of these places, or start in the directory that contains it"
        why = f"no such directory; looked for {', '.join(map(_absolute, places))}"
        raise DataError("data not found", where=directory, why=why, fix=fix)
    if len(found) == 1 or _fits(found[0], sha256):
        return found[0]
    right = next((dataset for dataset in found[1:] if _fits(dataset, sha256)), None)
    if right is None:
        return found[0]
    other = _absolute(found[0].directory)
    warn_of_data(f"{other} is not the data of the run, which is read from {right.directory}")
    return right


def check_origin(dataset: Dataset, sha256: Mapping[str, str]) -> None:
    """Raise ``DataError`` unless the training files of a data set have the digests ``sha256``, by name."""
    now = dataset.train_sha256 if sha256 else {}
    if other := [name for name, digest in sha256.items() if now.get(name) != digest]:
        where = _absolute(dataset.directory)
        why, fix = f"the run was trained on other {listed(other)}", "restore the files in this directory"
        raise DataError("not the data of the run", where=where, why=why, fix=fix)


def warn_of_origin(dataset: Dataset, sha256: Mapping[str, str]) -> bool:
    """Warn of what ``check_origin`` raises, and of training files that cannot be read; return whether all is well."""
    try:
        check_origin(dataset, sha256)
    except MnistMlpError as error:
        warn_of_data(str(error))
        return False
    return True


def load_data(
    config: Config,
    digests: Digests | None = None,
    group: ProcessGroup = SINGLE_PROCESS,
    dataset: Dataset | None = None,
    *,
    workers: int = 0,
    needs_test: bool = False,
) -> Split:
    """Load the training files, after a check that training on them fits into memory; warn if there are no test files.

    dataset: None: that of the config. needs_test: raise ``DataError`` instead of the warning.
    """
    dataset = dataset or configured_dataset(config, digests)
    processes = group.local_size
    check_memory(config, *dataset.announced_shape, mapped=dataset.is_mapped, processes=processes, workers=workers)
    if needs_test:
        dataset.check_test_files()
    data = split(config, dataset)
    if group.is_root and not needs_test:
        _warn_of_missing_test(dataset)
    return data


def _fits(dataset: Dataset, sha256: Mapping[str, str]) -> bool:
    try:
        check_origin(dataset, sha256)
    except MnistMlpError:
        return False
    return True


def _places(run: Run, path: Path) -> list[Path]:
    """Return where the data of a run may be, the likeliest first: each directory once."""
    if path.is_absolute():
        return [path]
    recorded = run.environment().get("data_directory")
    places = [path, *([Path(recorded)] if isinstance(recorded, str) else [])]
    places += [above / path for above in run.directory.resolve().parents[:_ABOVE]]
    once = dict[str, Path]()
    for place in places:
        once.setdefault(os.path.realpath(place), place)
    return list(once.values())


def _absolute(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps ".."


def _warn_of_missing_test(dataset: Dataset) -> None:
    try:
        dataset.check_test_files()
    except MnistMlpError as error:
        told = DataError("no test samples", where=error.where, why=error.why, fix="evaluate the validation split")
        warn_of_data(str(told))
