"""Documents agree with the code, and are written in plain English."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mnist_mlp.cli.main import COMMANDS
from mnist_mlp.config import packaged_configs
from mnist_mlp.errors import MnistMlpError
from tests.test_architecture import ROOMS, ROWS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mnist_mlp"
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

# Names that the glossary has replaced, and phrases that a reader abroad has to read twice. The lookarounds keep what is
# ordinary: the key `doubt` and the file `recipe.yaml` of 0.1.0, `font-family`, `leads to`.
BANNED = re.compile(
    r"""
      (?<!["'`])\bdoubt\w* | \banswering\b | \bteams?\b | \bleads\b(?!\ to) | \brecipes?\b(?!\.yaml) | \bsureness\b
    | (?<![-.])\bfamily\b | \bstamps?\b | \bjudg(?:e|es|ed|ing)\b | \b(?:un)?luck\w* | \bmend(?:s|ed|ing)?\b
    | \b(?:tell|tells|told|telling)\ apart\b | \bhold(?:s|ing)?\ true\b | \bstrangers?\b | \bsurest\b | \bso\ sure\b
    | \b(?:go|goes|going|went|gone)\ on\b | \b(?:came|comes)\ of\b | \blies?\b | \bas\ if\ nothing\b | \bbeware\b
    | \btaken\ for\b | \bbelie(?:f|ve|ves|ved)\b | \b(?:that|which|what)\ (?:is|are)\ none\b | \bfor\ ever\b
    | \b(?:to\ the\ letter|letter\ by\ letter)\b | \banybod(?:y|y's)\b | \bflips?\ (?:it|the\ answer)\b
    | \bmakers\ would\b | \bin\ earnest\b | \bfalse\ friends?\b
    """,
    re.VERBOSE | re.IGNORECASE,
)


def test_the_references_are_up_to_date() -> None:
    check = [sys.executable, str(ROOT / "scripts" / "write_reference"), "--check"]
    assert subprocess.run(check, check=False, timeout=60).returncode == 0


def test_the_readme_names_every_command_config_and_exit_code() -> None:
    for command in COMMANDS:
        assert f"mnist-mlp {command}" in README
    for config in packaged_configs():
        assert f"| `{config}` |" in README
    for error in MnistMlpError.__subclasses__():
        assert f"| {error.exit_code} |" in README or error.exit_code == 1


def test_links_between_documents_have_a_target() -> None:
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


def written() -> Iterator[tuple[Path, int, str]]:
    """Every piece of text for a reader, with its file and first line: prose, templates, docstrings and messages."""
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *PACKAGE.rglob("*.md")):
        yield path, 1, re.sub(r"`[^`\n]*`", "``", path.read_text(encoding="utf-8"))  # code is no prose
    for path in (ROOT / "docs").glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                yield path, 1, "".join(cell["source"])
    for path in (*(ROOT / "configs").glob("*.yaml"), *PACKAGE.rglob("*.j2"), *PACKAGE.rglob("*.html")):
        yield path, 1, path.read_text(encoding="utf-8")
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                yield path, node.lineno, node.value


def test_documents_help_texts_and_docstrings_are_plain_english() -> None:
    """CONTRIBUTING, section English, says why; its own examples are code."""
    found = [
        f"{path.relative_to(ROOT)}:{line + text.count(chr(10), 0, match.start())}: {match[0]}"
        for path, line, text in written()
        for match in BANNED.finditer(text)
    ]
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    ("text", "banned"),
    [
        ("B is only luckier.", True),
        ("a checkpoint\nfrom a stranger", True),
        ("these recipes", True),
        ("the Family of runs", True),
        ('record.pop("doubt")', False),
        ("font-family: serif", False),
        ("a timestamp leads to a reliable result", False),
    ],
)
def test_the_check_of_the_english_can_fail(text: str, banned: bool) -> None:
    assert bool(BANNED.search(text)) == banned


def test_contributing_repeats_the_order_and_the_rules_of_the_rooms() -> None:
    block = re.findall(r"((?:^    .+\n)+)", CONTRIBUTING.partition("## The rooms")[2], re.M)[0]
    assert [tuple(line.strip().split(", ")) for line in block.splitlines()] == list(reversed(ROWS))
    for room, rule in ROOMS.items():
        assert f"| `{room}/` | {rule}" in CONTRIBUTING


def test_the_glossary_is_short_and_names_files_that_exist() -> None:
    section = CONTRIBUTING.partition("## Glossary")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    terms = [row[0].strip("| ") for row in rows]
    assert terms == sorted(terms, key=str.casefold)
    assert 20 <= len(rows) <= 35
    for row in rows:
        for place in re.findall(r"`([^`]+)`", row[-1]):
            assert (PACKAGE / place).exists(), place
