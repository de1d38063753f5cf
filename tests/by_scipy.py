"""SciPy as a reference, in a process of its own.

SciPy brings a BLAS of its own. In the process of the tests it would stand in the environment of every checkpoint that
they write, which then differ from those that the command line writes.
"""

import atexit
import pickle
import subprocess
import sys
from functools import cache
from typing import Any

CHILD = """
import pickle, sys
from scipy import ndimage
while True:
    name, arguments, settings = pickle.load(sys.stdin.buffer)
    pickle.dump(getattr(ndimage, name)(*arguments, **settings), sys.stdout.buffer)
    sys.stdout.buffer.flush()
"""


@cache
def _process() -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", CHILD]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    atexit.register(process.communicate)  # closes its input, which ends it
    return process


def ndimage(name: str, *arguments: Any, **settings: Any) -> Any:
    """``scipy.ndimage.name(*arguments, **settings)``."""
    process = _process()
    assert process.stdin is not None
    assert process.stdout is not None
    pickle.dump((name, arguments, settings), process.stdin)
    process.stdin.flush()
    return pickle.load(process.stdout)
