"""What the machine could do at best: its SGEMM rate, and the two large products of a step of 004's settings.

Prints one line of JSON. `python limits.py products` does the products alone, `python limits.py sgemm` the rate.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_info

SIZE = 4096


def seconds(action: Callable[[], object]) -> float:
    """The time of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def sgemm() -> dict[str, float | str]:
    """Floating-point operations a second of one 4096^3 product in float32."""
    generator = np.random.default_rng(0)
    A, B = (generator.random((SIZE, SIZE), np.float32) for _ in range(2))
    C = np.empty_like(A)
    times = [seconds(lambda: np.matmul(A, B, out=C)) for _ in range(3)]
    return {"flops": 2 * SIZE**3 / statistics.median(times), "kernel": threadpool_info()[0]["architecture"]}


def products() -> dict[str, float]:
    """Seconds of (100, 784) @ (784, 128) and (784, 100) @ (100, 128)."""
    generator = np.random.default_rng(0)
    X, W, delta = (generator.random(shape, np.float32) for shape in ((100, 784), (784, 128), (100, 128)))
    z, dW = np.empty((100, 128), np.float32), np.empty((784, 128), np.float32)

    def both() -> None:
        np.matmul(X, W, out=z)
        np.matmul(X.T, delta, out=dW)

    return {"seconds": statistics.median([seconds(both) for _ in range(3000)][200:])}


if __name__ == "__main__":
    print(json.dumps({"sgemm": sgemm, "products": products}[sys.argv[1]]()))
