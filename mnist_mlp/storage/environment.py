"""The environment that a result depends on, besides the config and the data."""

import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import threadpoolctl

import mnist_mlp

Leaf = str | bool | int | float | None
# Entries of the environment file of a run on which its results do not depend.
NO_CAUSE = ("data", "data_directory", "workers")
Environment = dict[str, Leaf | list[dict[str, Leaf]] | dict[str, Leaf]]


def fingerprint() -> dict[str, Any]:
    """Return versions, BLAS with its kernel and threads, and platform; equal fingerprints give equal results."""
    blas = [
        {key: library.get(key) for key in ("internal_api", "version", "architecture", "num_threads")}
        for library in _blas_of_numpy()
    ]
    return {
        "mnist_mlp": mnist_mlp.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": blas,
        "system": platform.system(),
        "machine": platform.machine(),
        "byte_order": sys.byteorder,
    }


def threads_of(environment: dict[str, Any]) -> int:
    """Return the number of BLAS threads in an environment; 1 if it is not recorded."""
    match environment.get("blas"):
        case [{"num_threads": int(found)}, *_] if found > 0:
            return found
    return 1


def _blas_of_numpy() -> list[dict[str, Any]]:
    """Return the BLAS that comes with NumPy, or every BLAS in this process if NumPy uses that of the system."""
    libraries = [library for library in threadpoolctl.threadpool_info() if library["user_api"] == "blas"]
    package = Path(np.__file__).parent
    directories = package.with_name("numpy.libs"), package  # the second on macOS
    own = [lib for lib in libraries if any(Path(lib["filepath"]).is_relative_to(path) for path in directories)]
    return own or libraries


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return the differences of two environments, such as ``numpy 2.3.1, now 2.4.0``."""
    return changes(*({key: value for key, value in part.items() if key not in NO_CAUSE} for part in (before, now)))


def changes(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return the innermost values in which two nested records differ, each with its path."""
    old, new = dict(_leaves(before)), dict(_leaves(now))
    return [f"{key} {old.get(key)}, now {new.get(key)}" for key in {**old, **new} if old.get(key) != new.get(key)]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the innermost values with their paths, such as ``blas.0.num_threads``."""
    if not isinstance(value, (dict, list)):
        yield path, value
        return
    for key, child in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _leaves(child, f"{path}.{key}" if path else str(key))
