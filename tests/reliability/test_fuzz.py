"""The rule of the parsers: valid data or a MnistMlpError, whatever comes, in bounded time and memory."""

import os
import subprocess
import sys
from collections import Counter

import pytest

from tests.reliability.targets import TARGETS, check_rule
from tests.reliability.trainers import ROOT
from tests.storage.states import packed, tampered

EXAMPLES = {"idx": 600, "gzip": 600, "checkpoint": 800, "yaml": 400, "picture": 800}


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_whatever_a_parser_is_given_it_returns_valid_data_or_a_known_error(name: str, tried: Counter[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.reliability.fuzz", name, "--examples", str(EXAMPLES[name])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-6000:]
    assert ended.stderr == ""
    tried["fuzz cases"] += int(ended.stdout)
    assert tried["fuzz cases"] >= EXAMPLES[name] // 2


# What broke a parser once, by target. scripts/fuzz finds more.
FOUND: list[tuple[str, object]] = [
    ("yaml", b"[" + b"[]," * 20_000 + b"]"),  # took 4 seconds
    ("yaml", b"training: [" + b"a: b," * 13_000 + b"]"),  # took 5
    ("checkpoint", tampered(packed(), lambda _, metadata: metadata.update(picture_shape=[-3, -2]))),  # was believed
    ("checkpoint", tampered(packed(), lambda _, metadata: metadata["progress"].update(batch=-1))),  # was believed
]


@pytest.mark.parametrize(("name", "value"), FOUND, ids=range(len(FOUND)))
def test_what_broke_a_parser_once_does_not_break_it_again(name: str, value: object) -> None:
    check_rule(TARGETS[name], value)


def test_the_script_goes_on_for_as_long_as_it_is_asked_to(tried: Counter[str]) -> None:
    ended = subprocess.run(
        [ROOT / "scripts" / "fuzz", "--seconds", "3", "gzip"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"},  # noqa: PTH120
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("gzip: ")
    tried["fuzz cases"] += int(ended.stdout.split()[1].replace(",", ""))
