"""Drive the targets, in bounded memory: ``python -m tests.reliability.fuzz TARGET --examples N | --seconds S``.

Prints how many inputs were tried. What breaks a parser is printed by hypothesis, kept in ``.hypothesis/`` and tried
first from then on, until it is fixed and a test.
"""

import argparse
import time
import warnings

from hypothesis import HealthCheck, Phase, given, settings

from tests.reliability.targets import TARGETS, check_rule

# What an input may take beyond what Python, NumPy and hypothesis have taken already.
MEMORY = 2**28


def limit_memory() -> None:
    """More than ``MEMORY`` is a MemoryError from here on; where the system has no such limit, nothing."""
    try:
        import resource
        from pathlib import Path

        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError):
        return
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, resource.RLIM_INFINITY))


def fuzz(name: str, examples: int, seconds: float) -> int:
    """Try inputs until there were enough of them or the time is over."""
    target, tried, end = TARGETS[name], 0, time.monotonic() + seconds

    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    )
    @given(target.inputs)
    def check(value: object) -> None:
        nonlocal tried
        tried += 1
        check_rule(target, value)

    check()
    while time.monotonic() < end:
        check()
    return tried


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--examples", type=int, default=500, help="inputs at a time")
    parser.add_argument("--seconds", type=float, default=0, help="go on that long")
    arguments = parser.parse_args()
    warnings.simplefilter("error")
    limit_memory()
    print(fuzz(arguments.target, arguments.examples, arguments.seconds))


if __name__ == "__main__":
    main()
