"""Trainers as users run them: real processes, and what they leave behind."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "mnist_mlp")

# A loaded machine may be slow; a process that takes longer than this hangs.
TIMEOUT = 120

# The files that must be the same, byte for byte, however often a run was stopped.
LASTING = ("checkpoints/last.safetensors", "checkpoints/best.safetensors", "metrics.jsonl")


# What makes a run more than plain descent, all of it at once.
EVERYTHING = (
    "data.synthetic=0.2",
    "augmentation.name=distort",
    "schedule={name: one_cycle, warmup: 0.5}",
    "training.ema_decay=0.9",
    "training.dropout=0.2",
    "training.label_smoothing=0.1",
    "training.clip_norm=0.5",
)

# A rate so large that better epochs are soon over.
IMPATIENT = ("training.epochs=30", "training.patience=2", "optimizer.learning_rate=0.3", "schedule.name=constant")


def settings(data: Path, *more: str) -> list[str]:
    """A network small enough to be trained hundreds of times, saved in the middle of its epochs too."""
    own = (
        f"data.directory={data}",
        "data.validation=50",
        "network.hidden=[16]",
        "training.epochs=2",
        "training.batch_size=64",
        "training.checkpoint_every=3",
        "training.l2=0.0003",
        "augmentation.name=none",
    )
    return [part for setting in (*own, *more) for part in ("-o", setting)]


def run(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """``mnist-mlp ...`` to its end."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


def begin(*arguments: object, cwd: Path, **environment: str) -> subprocess.Popen[str]:
    """``mnist-mlp ...``, running."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def lasting(directory: Path) -> dict[str, bytes]:
    """The bytes of a run that must not depend on how it came about."""
    return {name: (directory / name).read_bytes() for name in LASTING if (directory / name).is_file()}


def temporary_files(directory: Path) -> list[Path]:
    return list(directory.rglob("*.tmp"))


def is_one_error_line(stderr: str) -> bool:
    return stderr.startswith("error: ") and stderr.count("\n") == 1 and stderr.endswith("\n")


class Ended(NamedTuple):
    """How a trainer ended."""

    status: int  # exit code, or minus the signal
    stdout: str
    stderr: str
    calls: int  # of the operating system, for durable writes; 0 when killed


class Zygote:
    """Quickly started trainers, each a process of its own. See ``zygote.py``."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.zygote"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object, cwd: Path, at: int = 0, fault: str = "", forever: bool = False) -> Ended:
        """``mnist-mlp ...``; the ``at``-th call of a durable write kills it or fails."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        order = {
            "arguments": list(map(str, arguments)),
            "cwd": str(cwd),
            "at": at,
            "fault": fault,
            "forever": forever,
        }
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        status, stdout, stderr, calls = json.loads(self.process.stdout.readline())
        return Ended(status, stdout, stderr, int(calls or 0))

    def end(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(TIMEOUT)
        self.process.stdout.close()


def resume_or_begin(directory: Path, new: Sequence[str]) -> list[str]:
    """The arguments that carry a run on: as long as it has no config, it has not begun."""
    begun = (directory / "config.yaml").is_file()
    return ["train", "--resume", str(directory)] if begun else ["train", "--run-dir", str(directory), *new]
