"""What the documents say is so."""

import re
from pathlib import Path
from typing import Any

from mnist_mlp.cli.main import COMMANDS
from mnist_mlp.config import packaged_configs
from mnist_mlp.config.describe import markdown
from mnist_mlp.errors import MnistMlpError

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_has_the_reference_of_all_settings() -> None:
    assert markdown() in README, "run scripts/write_reference"


def test_the_readme_names_every_command_recipe_and_exit_code() -> None:
    for command in COMMANDS:
        assert f"mnist-mlp {command}" in README
    for recipe in packaged_configs():
        assert f"| `{recipe}` |" in README
    for error in MnistMlpError.__subclasses__():
        assert f"| {error.exit_code} |" in README or error.exit_code == 1


def test_links_between_documents_lead_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_python_in_the_readme_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    shorter = code.replace("training.epochs=3", "training.epochs=1")
    printed: list[tuple[Any, ...]] = []
    exec(compile(shorter, "README.md", "exec"), {"print": lambda *values: printed.append(values)})
    assert printed[-2][0] > 0.94, "accuracy on the test set"
    assert printed[-1][0].tolist() == [7, 2, 1, 0, 4], "the first test digits"
