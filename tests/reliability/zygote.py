"""A process that has imported everything, and forks a real trainer for each line of JSON it reads.

That saves the half second that NumPy and its friends take to import, a few hundred times.
"""

import json
import os
import sys
import tempfile
import traceback
from typing import Any

from mnist_mlp.cli.main import main
from mnist_mlp.runs import open_session  # noqa: F401
from mnist_mlp.storage import checkpoint, durable  # noqa: F401  imported for the children
from tests.reliability.faults import Faults, failing, kill


def child(order: dict[str, Any], out: int, err: int, report: int) -> None:
    """Be the trainer; never return."""
    code = 99
    try:
        os.chdir(order["cwd"])
        os.dup2(out, 1)
        os.dup2(err, 2)
        fault = {"": lambda: None, "kill": kill}.get(order["fault"]) or failing(order["fault"])
        faults = Faults(order["at"], fault, forever=order["forever"])
        vars(durable)["os"] = faults
        try:
            main(order["arguments"])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 98
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(report, str(len(faults.calls)).encode())
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def serve() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as report:
            pid = os.fork()
            if pid == 0:
                child(order, out.fileno(), err.fileno(), report.fileno())
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            texts = []
            for file in (out, err, report):
                file.seek(0)
                texts.append(file.read().decode())
        print(json.dumps([status, *texts]), flush=True)


if __name__ == "__main__":
    serve()
