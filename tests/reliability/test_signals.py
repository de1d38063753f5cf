"""Promise 5: Ctrl-C and kill end the batch, save, and say how to go on; a second one ends at once."""

import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from mnist_mlp.data.dataset import BUNDLED
from mnist_mlp.storage.checkpoint import load
from tests.reliability.trainers import (
    COMMAND,
    TIMEOUT,
    begin,
    is_one_error_line,
    lasting,
    run,
    settings,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has other signals")

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
LONG = ("training.epochs=40", "training.batch_size=16", "training.checkpoint_every=0", "network.hidden=[32]")

# Promised are 2 seconds; a machine that runs other tests as well gets some more.
PROMPT = 10


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Path:
    """The directory of a longer run that nobody interrupted."""
    directory = tmp_path_factory.mktemp("whole") / "run"
    assert run("train", "--run-dir", directory, *settings(tiny_data, *LONG), cwd=directory.parent).returncode == 0
    return directory


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_ends_the_batch_saves_and_the_run_resumes_to_the_same_bytes(
    tmp_path: Path, tiny_data: Path, whole: Path, number: int, code: int
) -> None:
    directory = tmp_path / "run"
    arguments = ["train", "--run-dir", str(directory), *settings(tiny_data, *LONG)]
    interrupted = 0
    for pause in (0, 0.2, 0.8, 1.6, 3.2):  # on a slow machine a later one still hits
        trainer = begin(*arguments, cwd=tmp_path)
        assert trainer.stdout is not None
        trainer.stdout.readline()
        time.sleep(pause / 10)
        trainer.send_signal(number)
        sent = time.monotonic()
        _, stderr = trainer.communicate(timeout=TIMEOUT)
        assert time.monotonic() - sent < PROMPT
        arguments = ["train", "--resume", str(directory)]
        if trainer.returncode == 0:
            break
        assert trainer.returncode == code
        assert is_one_error_line(stderr)
        assert f"resume with: mnist-mlp train --resume {directory}" in stderr
        progress = load(directory / "checkpoints" / "last.safetensors").metadata.progress
        assert f"saved after epoch {progress.epoch}, step {progress.step}" in stderr
        interrupted += 1
    assert interrupted >= 3
    assert run("train", "--resume", directory, cwd=tmp_path).returncode == 0
    assert lasting(directory) == lasting(whole)


STARTED = """
import sys
from mnist_mlp.__main__ import main
from mnist_mlp.cli.signals import end_at_signals
end_at_signals()
print("started", flush=True)
main()
"""

SLOW_SAVE = """
import sys, time
from mnist_mlp.storage import durable
from mnist_mlp.cli.main import main
real = durable.os.fsync
def slow(descriptor):
    real(descriptor)
    print("saving", flush=True)
    time.sleep(60)
class Slow:
    fsync = staticmethod(slow)
    def __getattr__(self, name):
        import os
        return getattr(os, name)
import mnist_mlp.runs.directory as run
save = run.Run.save
def slowly(*arguments):
    durable.os = Slow()
    save(*arguments)
run.Run.save = slowly
main(sys.argv[1:])
"""


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_second_signal_ends_at_once_in_the_middle_of_a_save_and_the_files_are_whole(
    tmp_path: Path, undisturbed: Path, tried: Counter[str], number: int, code: int
) -> None:
    directory = tmp_path / "run"
    shutil.copytree(undisturbed, directory)
    config = directory / "config.yaml"
    config.write_text(config.read_text().replace("name: linear", "name: constant"))
    for name in ("last", "best"):
        (directory / "checkpoints" / f"{name}.safetensors").unlink()
    before = lasting(directory)
    trainer = subprocess.Popen(
        [COMMAND[0], "-c", SLOW_SAVE, "train", "--resume", directory],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert trainer.stdout is not None
    while trainer.stdout.readline() != "saving\n":
        assert trainer.poll() is None
    trainer.send_signal(number)
    time.sleep(0.2)
    assert trainer.poll() is None, "the first one waits for the batch to end"
    trainer.send_signal(number)
    sent = time.monotonic()
    trainer.communicate(timeout=TIMEOUT)
    assert trainer.returncode == code
    assert time.monotonic() - sent < PROMPT
    tried["kills"] += 1
    assert lasting(directory).keys() <= before.keys()
    for checkpoint in (directory / "checkpoints").glob("*.safetensors"):
        load(checkpoint)


def start(*arguments: object, cwd: Path, **environment: str) -> subprocess.Popen[str]:
    """``mnist-mlp ...``, which says when its own code begins."""
    return subprocess.Popen(
        [COMMAND[0], "-c", STARTED, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("moment", [0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3])
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_while_training_starts_is_one_line_and_its_exit_code(
    tmp_path: Path, tiny_data: Path, moment: float, number: int, code: int
) -> None:
    training = start("train", "--run-dir", "run", *settings(tiny_data, *LONG), cwd=tmp_path)
    interrupt_soon(training, moment, number, code)


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.2, 0.3, 0.4])
@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_ctrl_c_while_predicting_or_evaluating_is_one_line_and_exit_130(
    tmp_path: Path, undisturbed: Path, command: str, moment: float
) -> None:
    arguments: dict[str, tuple[object, ...]] = {
        "predict": ("predict", "-", "--checkpoint", undisturbed),  # waits for a picture that never comes
        "evaluate": ("evaluate", undisturbed, "--data", BUNDLED),  # 10,000 pictures take a while
    }
    interrupt_soon(start(*arguments[command], cwd=tmp_path), moment)


@pytest.mark.parametrize("moment", [0.0, 0.3, 0.6])
def test_ctrl_c_while_reproducing_leaves_no_temporary_directory(
    tmp_path: Path, undisturbed: Path, moment: float
) -> None:
    (tmp_path / "tmp").mkdir()
    interrupt_soon(start("reproduce", undisturbed, cwd=tmp_path, TMPDIR=str(tmp_path / "tmp")), moment)
    assert not list((tmp_path / "tmp").iterdir())


def interrupt_soon(process: subprocess.Popen[str], moment: float, number: int = signal.SIGINT, code: int = 130) -> None:
    """Send a signal some time after the process has come to its own code; Python's start before that is Python's."""
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    time.sleep(moment)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=TIMEOUT)
    if process.returncode == 0:
        return  # it was done before
    assert process.returncode == code, stderr
    assert is_one_error_line(stderr), stderr


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_a_signal_while_python_exits_does_not_change_the_exit_code(tmp_path: Path, number: str) -> None:
    late = "import atexit, os, signal; from mnist_mlp.__main__ import main; "
    late += f"atexit.register(os.kill, os.getpid(), signal.{number}); main()"
    command = [COMMAND[0], "-c", late, "config", "list"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "reference" in ended.stdout


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_a_signal_between_the_end_of_training_and_the_exit_is_ignored(number: str) -> None:
    code = "import signal; from mnist_mlp.cli.signals import end_at_signals, interruption; end_at_signals()\n"
    code += f"with interruption(): pass\nsignal.raise_signal(signal.{number})"
    ended = subprocess.run([COMMAND[0], "-c", code], capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
