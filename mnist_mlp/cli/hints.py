"""How to fix an error with the options of a command, which the modules below ``cli`` do not know."""

import shlex

from mnist_mlp.errors import MnistMlpError

DATA = "name the directory of the data with --data DIR"

# command -> what went wrong -> how to fix it; {where}, quoted for the shell, and {fix} are those of the error
HINTS = {
    "train": {
        "directory holds a run": "resume it with --resume {where}, or choose another --run-dir",
        "run in use": "wait for it, stop it, or choose another --run-dir",
        "cannot lock": "{fix} (--run-dir DIR)",
        "cannot write": "{fix} (--run-dir DIR)",
        "interrupted": "resume with: mnist-mlp train --resume {where}",
        "training diverged": "use a smaller learning rate: -o optimizer.learning_rate=...",
    },
    "sweep": {
        "directory holds a run": "resume it with --resume {where}, or choose another --run-dir",
        "cannot write": "{fix} (--run-dir DIR)",
        "interrupted": "resume with: mnist-mlp sweep --resume {where}",
        "sweep without validation samples": "hold some out: -o data.validation=10000",
    },
    "evaluate": {
        "no validation samples": "use --split test",
        "data directory not known": DATA,
        "data not found": DATA,
        "not the data of the run": DATA,
    },
    "compare": {
        "checkpoints trained on different data": DATA,
        "data directory not known": DATA,
        "data not found": DATA,
    },
    "report": {"data not found": DATA},
    "reproduce": {"run not finished": "resume it with: mnist-mlp train --resume {where}"},
    "export": {"network too large for ONNX": "export it with --format npz"},
}


def message(error: MnistMlpError, command: str | None) -> str:
    """Return the line that the command line prints for an error of a command."""
    hint = HINTS.get(command or "", {}).get(error.what)
    if hint is None:
        return str(error)
    fix = hint.format(where=shlex.quote(error.where or ""), fix=error.fix)
    return str(MnistMlpError(error.what, where=error.where, why=error.why, fix=fix))
