"""The scripts of the page in Node.js, without a browser."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.export.about import About
from mnist_mlp.export.html import records
from mnist_mlp.models import Model

SCRIPTS = Path(__file__).parent / "scripts"
NODE = shutil.which("node")


def run(
    directory: Path, arguments: Sequence[str | Path], model: Model, *, rejects: bool = True, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run Node.js where the scripts find the records of a page of the model, which are written to ``directory``."""
    if NODE is None:
        pytest.skip("no Node.js on this machine (Debian: apt-get install nodejs)")
    path = directory / "records.json"
    path.write_text(json.dumps(records(model, rejects, About())), encoding="utf-8")
    environment = {**os.environ, "PAGE_RECORDS": str(path)}
    command = [NODE, *map(str, arguments)]
    return subprocess.run(command, input=text, env=environment, capture_output=True, text=True, check=False)


def read(
    directory: Path, pictures: Sequence[Image.Image], model: Model, *, rejects: bool = True, off: object = ()
) -> list[dict[str, Any]]:
    """Return what the page makes of each picture."""
    lines = [
        json.dumps({"width": p.width, "height": p.height, "data": np.asarray(p).ravel().tolist(), "off": off})
        for p in pictures
    ]
    result = run(directory, [SCRIPTS / "read.mjs"], model, rejects=rejects, text="\n".join(lines))
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]
