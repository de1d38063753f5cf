"""What a result depends on besides the config and the data."""

import platform
import sys
from typing import Any

import numpy as np
import threadpoolctl

import mnist_mlp


def fingerprint() -> dict[str, Any]:
    """Versions, BLAS with its kernel and threads, and the platform: equal fingerprints, equal bytes."""
    blas = [
        {key: library.get(key) for key in ("internal_api", "version", "architecture", "num_threads")}
        for library in threadpoolctl.threadpool_info()
        if library["user_api"] == "blas"
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
