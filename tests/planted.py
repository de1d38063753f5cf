"""Make a function wrong by a thousandth, in place, and run tests: ``python -m tests.planted < plants.json``.

Standard input is a list of [function, tests]; the output a list of pytest's exit codes, in the same order. Each is run
in a child process, which has the modules already. The output of the tests is added to the file in PLANTED_LOG, if set.
"""

import contextlib
import importlib
import json
import os
import signal
import sys
import traceback
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from mnist_mlp.evaluation.metrics import Evaluation
from mnist_mlp.nn.activations import ACTIVATIONS, Activation
from mnist_mlp.nn.calculus.first_order import SampleGradients
from mnist_mlp.nn.calculus.reference import HyperDual
from mnist_mlp.nn.network import Cache, Parameters
from mnist_mlp.nn.optimizers import Optimizer
from mnist_mlp.training.step import TrainingStep

WRONG = 1.001
AT_ONCE = 2
LONGEST = 300  # seconds; then a child is killed
CANNOT = 99  # and not an exit code of pytest
OPTIONS = ["-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]


def scaled(value: Any, arguments: tuple[object, ...] = ()) -> Any:
    """The result of a function, wrong by a thousandth; an array that it was given to write to is changed in place."""
    if isinstance(value, np.ndarray):
        if any(value is argument for argument in arguments):
            value *= WRONG
            return value
        return value * WRONG
    if isinstance(value, Parameters):
        value.flat[...] *= WRONG
        return value
    if isinstance(value, Cache):
        value.z[-1] *= WRONG
        return value
    if isinstance(value, SampleGradients):
        return value._replace(pairs=tuple(tuple((a, d * WRONG) for a, d in pairs) for pairs in value.pairs))
    if isinstance(value, bool | str | None):
        return value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float | HyperDual):
        return value * WRONG
    if isinstance(value, Iterator):
        return (scaled(item) for item in value)
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **_scaled_floats(value, value.__struct_fields__))
    if isinstance(value, Evaluation):
        return replace(value, loss=value.loss * WRONG)
    if isinstance(value, tuple | list):
        items = [scaled(item) for item in value]
        return value._make(items) if hasattr(value, "_make") else type(value)(items)
    if callable(value):
        return lambda *arguments, **named: scaled(value(*arguments, **named))
    print(f"a result of type {type(value).__name__} cannot be made wrong")
    os._exit(CANNOT)  # an exception would let the test fail


def _scaled_floats(record: object, fields: Iterable[str]) -> dict[str, float]:
    values = {name: getattr(record, name) for name in fields}
    return {name: value * WRONG for name, value in values.items() if isinstance(value, float)}


def wrong(right: Callable[..., Any]) -> Callable[..., Any]:
    """The function with a result that is wrong by a thousandth, and so is its update of parameters."""

    @wraps(right)
    def spoiled(*arguments: Any, **named: Any) -> Any:
        theta = _theta(arguments)
        before = None if theta is None else theta.copy()
        result = right(*arguments, **named)
        if theta is not None:
            theta += (WRONG - 1) * (theta - before)
        return scaled(result, (*arguments, *named.values()))

    return spoiled


def _theta(arguments: tuple[Any, ...]) -> Any:
    """The parameters that a training step or an optimiser updates; None for other functions."""
    if arguments and isinstance(arguments[0], TrainingStep):
        return arguments[0].model.mlp.theta
    return arguments[1] if arguments and isinstance(arguments[0], Optimizer) else None


def plant(name: str) -> None:
    """Make what has this dotted name wrong, wherever it was imported to."""
    module_name, *parts = _split(name)
    *owners, last = parts
    found: Any = importlib.import_module(module_name)
    for owner in owners:
        found = getattr(found, owner)
    if found is Activation:  # a field: that of every activation
        targets = [getattr(activation, last) for activation in ACTIVATIONS.values()]
    elif isinstance(target := getattr(found, last), Mapping):  # of activations, outputs or losses
        targets = [field for entry in target.values() for field in entry]
    elif isinstance(target, type):
        targets = [vars(target).get("__call__") or vars(target)["apply"]]
    else:
        targets = [target]
    for function in targets:
        if isinstance(function, types.FunctionType):  # no name, and no function of NumPy such as tanh
            _replace_code(function)


def _split(name: str) -> list[str]:
    """The module, and the names within it."""
    parts = name.split(".")
    for i in range(len(parts), 0, -1):
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(".".join(parts[:i]))
            return [".".join(parts[:i]), *parts[i:]]
    raise ModuleNotFoundError(name)


def _replace_code(function: types.FunctionType) -> None:
    """Replace the code of a function, so that all that refer to it are affected."""
    if hasattr(function, "is_wrong"):
        return
    code, name = function.__code__, f"wrong_{id(function)}"
    right = types.FunctionType(code, function.__globals__, code.co_name, function.__defaults__, function.__closure__)
    right.__kwdefaults__ = function.__kwdefaults__
    function.__globals__[name] = wrong(right)
    cells = "".join(f"{cell}, " for cell in code.co_freevars)  # as many as before, or Python refuses the new code
    made: dict[str, Any] = {}
    exec(
        f"def make({cells}):\n"
        f"    def spoiled(*arguments, **named):\n"
        f"        ({cells})\n"
        f"        return {name}(*arguments, **named)\n"
        f"    return spoiled",
        made,
    )
    spoiled = made["make"](*code.co_freevars)
    function.__code__, function.__defaults__, function.__kwdefaults__ = spoiled.__code__, None, None
    function.is_wrong = True  # type: ignore[attr-defined]


def run(function: str, tests: list[str]) -> int:
    """Start a process that runs the tests, with the function made wrong unless it is empty; return its id."""
    if child := os.fork():
        return child
    code = CANNOT
    try:
        with Path(os.environ.get("PLANTED_LOG", os.devnull)).open("a", encoding="utf-8") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        signal.alarm(LONGEST)
        if function:
            plant(function)
        code = int(pytest.main([*OPTIONS, *tests]))
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def main() -> None:
    """Run each [function, tests] of standard input, some at the same time."""
    plants = json.load(sys.stdin)
    for file in sorted({test.partition("::")[0] for _, tests in plants for test in tests}):
        importlib.import_module(file.removesuffix(".py").replace("/", "."))
    waiting, running, codes = list(range(len(plants))), dict[int, int](), dict[int, int]()
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            i = waiting.pop(0)
            running[run(*plants[i])] = i
        child, status = os.wait()
        codes[running.pop(child)] = os.waitstatus_to_exitcode(status)
    json.dump([codes[i] for i in range(len(plants))], sys.stdout)


if __name__ == "__main__":
    main()
