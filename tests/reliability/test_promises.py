"""docs/reliability.md tells the promises, each with its tests: all of them exist."""

import ast
import re
from pathlib import Path

import pytest

from tests.reliability.trainers import ROOT

DOCUMENT = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


def defined_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_test_that_the_document_names_exists() -> None:
    named = NAMED.findall(DOCUMENT)
    assert len(named) >= 22
    assert len(named) == DOCUMENT.count("::"), "each is written as `file::test`"
    for file, name in named:
        assert any(name in defined_in(path) for path in (ROOT / "tests").rglob(file)), f"{file}::{name}"


@pytest.mark.parametrize("number", range(1, 26))
def test_every_promise_is_told_with_a_test(number: int) -> None:
    sections = re.split(r"^### (\d+)\. ", DOCUMENT, flags=re.M)
    told = dict(zip(map(int, sections[1::2]), sections[2::2], strict=True))
    assert NAMED.search(told[number])
    assert list(told) == list(range(1, 26))
