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

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="Windows has other signals")]

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
LONG = ("training.epochs=40", "training.batch_size=16", "training.checkpoint_every=0", "network.hidden=[32]")

# Promised are 2 seconds; a machine that runs other tests as well gets some more.
PROMPT = 10


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Path:
    """The directory of a longer run that nobody interrupted."""
    directory = tmp_path_factory.mktemp("whole") / "run"
    assert run("train", "--run-dir", directory, *settings(tiny_data, *LONG), cwd=directory.parent).returncode == 0
    return directory


@pytest.mark.parametrize("workers", ["0", "1"])
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_ends_the_batch_saves_and_the_run_resumes_to_the_same_bytes(
    tmp_path: Path, tiny_data: Path, whole: Path, number: int, code: int, workers: str
) -> None:
    directory = tmp_path / "run"
    arguments = ["train", "--workers", workers, "--run-dir", str(directory), *settings(tiny_data, *LONG)]
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
        arguments = ["train", "--workers", workers, "--resume", str(directory)]
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


def ended_by_the_second(process: subprocess.Popen[str], number: int) -> int:
    """Send a signal, which is deferred, and another one, which ends the process at once; return its exit code."""
    process.send_signal(number)
    time.sleep(0.5)
    assert process.poll() is None, "the first one waits for the step to end"
    process.send_signal(number)
    sent = time.monotonic()
    process.communicate(timeout=TIMEOUT)
    assert time.monotonic() - sent < PROMPT
    return process.returncode


@pytest.mark.parametrize("workers", ["0", "1"])
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_second_signal_ends_at_once_in_the_middle_of_a_save_and_the_files_are_whole(
    tmp_path: Path, undisturbed: Path, tried: Counter[str], number: int, code: int, workers: str
) -> None:
    directory = tmp_path / "run"
    shutil.copytree(undisturbed, directory)
    config = directory / "config.yaml"
    config.write_text(config.read_text().replace("name: linear", "name: constant"))
    for name in ("last", "best"):
        (directory / "checkpoints" / f"{name}.safetensors").unlink()
    before = lasting(directory)
    trainer = subprocess.Popen(
        [COMMAND[0], "-c", SLOW_SAVE, "train", "--workers", workers, "--resume", directory],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert trainer.stdout is not None
    while trainer.stdout.readline() != "saving\n":
        assert trainer.poll() is None
    assert ended_by_the_second(trainer, number) == code
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
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_while_reproducing_leaves_no_temporary_directory(
    tmp_path: Path, whole: Path, moment: float, number: int, code: int
) -> None:
    (tmp_path / "tmp").mkdir()
    process = start("reproduce", whole, cwd=tmp_path, TMPDIR=str(tmp_path / "tmp"))
    deadline = time.monotonic() + TIMEOUT
    while moment and not list((tmp_path / "tmp").iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    interrupt_soon(process, moment, number, code)
    assert not list((tmp_path / "tmp").iterdir())


# The operation prints "begun" and then takes 60 seconds, in which Python's own signal handlers would not run.
BLOCKED = """
import sys, time
from importlib import import_module
def block(*_, **__):
    print("begun", flush=True)
    import ctypes
    end, sleep = time.monotonic() + 60, ctypes.CDLL(None).sleep  # releases the GIL, as a matrix product or a hash does
    while (rest := end - time.monotonic()) > 0:
        sleep(int(rest) + 1)
module, _, name = sys.argv.pop(1).rpartition(".")
setattr(import_module(module), name, block)
from mnist_mlp.__main__ import main
main()
"""


def block(function: str, *arguments: object, cwd: Path) -> subprocess.Popen[str]:
    """``mnist-mlp ...``, in which a function takes a minute and has begun."""
    process = subprocess.Popen(
        [COMMAND[0], "-c", BLOCKED, function, *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    while process.stdout.readline() != "begun\n":
        assert process.poll() is None, process.communicate()
    return process


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize(
    ("function", "command"),
    [
        ("mnist_mlp.storage.digests.sha256", "train --run-dir run"),
        ("mnist_mlp.data.dataset.read_idx", "train --run-dir run --seeds 0-2"),
        ("mnist_mlp.data.picture_folder.prepare", "train --run-dir run -o data.directory=digits -o data.validation=0"),
        ("mnist_mlp.training.state.build_model", "train --run-dir run"),
        ("mnist_mlp.inference.labelled_pictures.read_digit", "evaluate pretrained --pictures digits"),
        ("mnist_mlp.inference.reader.prepare", "predict digits"),
        ("mnist_mlp.export.html.to_html", "export pretrained --format html"),
    ],
)
def test_before_the_first_step_a_signal_is_obeyed_at_once(
    tmp_path: Path, function: str, command: str, number: int, code: int
) -> None:
    (tmp_path / "digits" / "7").mkdir(parents=True)
    shutil.copy(Path(__file__).parents[1] / "cli" / "seven.png", tmp_path / "digits" / "7")
    process = block(function, *command.split(), cwd=tmp_path)
    process.send_signal(number)
    sent = time.monotonic()
    _, stderr = process.communicate(timeout=TIMEOUT)
    assert time.monotonic() - sent < PROMPT
    assert (process.returncode, stderr) == (code, "error: interrupted\n")
    assert not list((tmp_path / "run").glob("*/*.safetensors"))


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_the_second_signal_ends_a_step_that_takes_too_long(
    tmp_path: Path, tiny_data: Path, number: int, code: int
) -> None:
    arguments = ("train", "--run-dir", "run", *settings(tiny_data))
    process = block("mnist_mlp.training.loop.TrainingStep", *arguments, cwd=tmp_path)
    assert ended_by_the_second(process, number) == code


SLOW_WRITE = """
import sys, time
from mnist_mlp.storage import durable
def slow(descriptor, content):
    durable.os.write(descriptor, content[:10])
    print("writing", flush=True)
    time.sleep(60)
durable._write_all = slow
from mnist_mlp.__main__ import main
main()
"""


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize(
    "command",
    [
        "export pretrained --format npz -o out/file",
        "predict SEVEN --save-input out/file.png",
        "evaluate RUN --mistakes out/file.png",
        "calibrate RUN --from RUN --output out/file",
        "train --run-dir out SETTINGS",
    ],
)
def test_a_signal_in_the_middle_of_a_write_leaves_no_temporary_file(
    tmp_path: Path, undisturbed: Path, tiny_data: Path, command: str, number: int, code: int
) -> None:
    (tmp_path / "out").mkdir()
    words = command.replace("RUN", str(undisturbed)).replace("SETTINGS", " ".join(settings(tiny_data)))
    words = words.replace("SEVEN", str(Path(__file__).parents[1] / "cli" / "seven.png"))
    arguments = [COMMAND[0], "-c", SLOW_WRITE, *words.split()]
    process = subprocess.Popen(
        arguments, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    while process.stdout.readline() != "writing\n":
        assert process.poll() is None, process.communicate()
    process.send_signal(number)
    _, stderr = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, stderr) == (code, "error: interrupted\n")
    assert {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()} <= {".lock", ".owner.json"}


@pytest.mark.parametrize("ignored", ["INT", "HUP", "INT HUP"])
def test_signals_that_the_caller_ignores_stay_ignored(tmp_path: Path, tiny_data: Path, ignored: str) -> None:
    words = " ".join(["train", "--run-dir", "run", *settings(tiny_data, *LONG)])
    shell = f"trap '' {ignored}; exec {' '.join(COMMAND)} {words}"
    process = subprocess.Popen(
        ["/bin/sh", "-c", shell], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for _ in range(4):  # it trains
        process.stdout.readline()
    for name in ignored.split():
        process.send_signal(getattr(signal, f"SIG{name}"))
        process.send_signal(getattr(signal, f"SIG{name}"))
    process.stdout.readline()
    process.terminate()
    _, stderr = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 143
    assert "saved after epoch " in stderr


def test_a_closed_terminal_saves_and_ends_the_training(tmp_path: Path, tiny_data: Path) -> None:
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execv(COMMAND[0], [*COMMAND, "train", "--run-dir", "run", *settings(tiny_data, *LONG)])
    shown = b""
    while b"2/40" not in shown:
        shown += os.read(terminal, 1000)
    os.close(terminal)  # the system sends SIGHUP, and writes to the terminal fail
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 129
    assert load(tmp_path / "run/checkpoints/last.safetensors").metadata.progress.step > 0


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


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_while_python_exits_does_not_change_the_exit_code(tmp_path: Path, number: str) -> None:
    late = "import atexit, os, signal; from mnist_mlp.__main__ import main; "
    late += f"atexit.register(os.kill, os.getpid(), signal.{number}); main()"
    command = [COMMAND[0], "-c", late, "config", "list"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "reference" in ended.stdout


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_between_the_end_of_training_and_the_exit_is_ignored(number: str) -> None:
    code = "import signal; from mnist_mlp.cli.signals import end_at_signals, interruption; end_at_signals()\n"
    code += f"with interruption(): pass\nsignal.raise_signal(signal.{number})"
    ended = subprocess.run([COMMAND[0], "-c", code], capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
