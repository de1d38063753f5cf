"""Limits of the machine: its SGEMM rate, and the time of the two large products of a step of document 004's settings.

`python limits.py sgemm` and `python limits.py products` print one line of JSON.
"""

import json
import statistics
import sys

import numpy as np
from threadpoolctl import threadpool_info

from scripts.benchmarks.common import seconds_of

SIZE = 4096


def sgemm() -> dict[str, float | str]:
    """Return the floating-point operations a second of a 4096^3 product in float32, and the name of the kernel."""
    generator = np.random.default_rng(0)
    A, B = (generator.random((SIZE, SIZE), np.float32) for _ in range(2))
    C = np.empty_like(A)
    times = [seconds_of(lambda: np.matmul(A, B, out=C)) for _ in range(3)]
    return {"flops": 2 * SIZE**3 / statistics.median(times), "kernel": threadpool_info()[0]["architecture"]}


def products() -> dict[str, float | str]:
    """Return the seconds of (100, 784) @ (784, 128) and (784, 100) @ (100, 128) together."""
    generator = np.random.default_rng(0)
    X, W, delta = (generator.random(shape, np.float32) for shape in ((100, 784), (784, 128), (100, 128)))
    z, dW = np.empty((100, 128), np.float32), np.empty((784, 128), np.float32)
    times = [seconds_of(lambda: (np.matmul(X, W, out=z), np.matmul(X.T, delta, out=dW))) for _ in range(3000)]
    return {"seconds": statistics.median(times[200:])}


if __name__ == "__main__":
    print(json.dumps({"sgemm": sgemm, "products": products}[sys.argv[1]]()))
