"""``docs/mathematics.md``: what it names exists, and no equation is missing."""

import ast
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "mathematics.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
PROSE = re.sub(r"^    .*$|`[^`\n]*`", "", TEXT, flags=re.M)  # without code

EQUATIONS = {
    "000": ["forward propagation", "weight 2", "weight 1, flattened", "weight 1, directly", "update"],
    "001": [
        *("1a", "1b", "1c"),
        *("2a", "2b", "2c", "2d", "2e"),
        *("3a", "3b", "3c", "3d"),
        "4",
        *("5a", "5b", "5c", "5d", "5e"),
        *("6a", "6b", "6c", "6d", "6e"),
        *("7a", "7b", "7c", "7d", "7e"),
        *("B_{ji}", "C_{jil}", "N_T"),
    ],
    "002": [str(number) for number in range(1, 17)],
    "003": ["1.2", "1.3", "2.1", "2.2.1", "2.2.2", "2.2.3", "2.2.4", "2.3", "3", "3.1", "3.2"],
    "004": [str(number) for number in range(1, 41)],
}
MISPRINTS = [f"E{number}" for number in range(1, 16)]
TYPOGRAPHIC = {"E8", "E9", "E14"}  # no number depends on them


def section(heading: str) -> str:
    """The text from a heading to the next of its own or a higher level."""
    level = heading.index(" ")
    _, _, rest = TEXT.partition(f"\n{heading}\n")
    assert rest, f"no heading {heading!r}"
    return re.split(rf"^#{{2,{level}}} ", rest, flags=re.M)[0]


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every row of every table, without the two lines of its head."""
    for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
        yield from ([cell.strip() for cell in line[1:-1].split("|")] for line in table.splitlines()[2:])


def equations(document: str) -> list[str]:
    """What the first column of a document's table counts off."""
    cells = [row[0].replace("†", "").strip() for row in rows(section(f"### {document}"))]
    if document == "000":
        return cells
    if document == "003":
        return list(dict.fromkeys(cells))  # a section may take two rows
    return [
        name
        for cell in cells
        for name in re.findall(r"\((\d+[a-e]?)\)|\$([A-Z]_\{?\w+\}?)\$", cell)
        for name in name
        if name
    ]


def resolve(dotted: str) -> object:
    """The module, class, function or field of that name."""
    parts = dotted.split(".")
    found: object = importlib.import_module(parts[0])
    for i, part in enumerate(parts[1:], start=2):
        if isinstance(found, ModuleType) and not hasattr(found, part):
            importlib.import_module(".".join(parts[:i]))
        found = getattr(found, part)
    return found


@cache
def defined_tests(file: str) -> set[str]:
    """The test functions that a file defines, parametrised or not."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def named_tests(text: str) -> list[tuple[str, str]]:
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(mnist_mlp\.[\w.]+)`", TEXT))))
def test_every_function_that_is_named_can_be_imported(name: str) -> None:
    assert resolve(name) is not None


@pytest.mark.parametrize(("file", "name"), sorted(set(named_tests(TEXT))))
def test_every_test_that_is_named_exists(file: str, name: str) -> None:
    assert name in defined_tests(file)


def test_nothing_that_looks_like_a_test_or_a_path_escapes_these_checks() -> None:
    assert TEXT.count("::") == len(named_tests(TEXT))
    assert TEXT.count("::test_") == TEXT.count("::")
    for path in re.findall(r"`\.?/?((?:tests|scripts|configs|docs|mnist_mlp)/[\w/.]+)", TEXT):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("document", EQUATIONS)
def test_every_equation_of_the_documents_stands_in_its_table_once(document: str) -> None:
    found, expected = equations(document), EQUATIONS[document]
    assert [name for name in expected if name not in found] == []
    assert len(found) == len(set(found))
    if document in ("000", "001", "004"):
        assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("document", [*EQUATIONS, "In none of the documents"])
def test_every_equation_has_its_formula_its_function_and_its_test(document: str) -> None:
    for equation, here, function, test in rows(section(f"### {document}")):
        assert here, equation
        assert "`mnist_mlp." in function, equation
        assert named_tests(test), equation


def planted() -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """The equations of each function with the tests of its row."""
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for document in (*EQUATIONS, "In none of the documents"):
        for equation, _, functions, cell in rows(section(f"### {document}")):
            tests = tuple(sorted(f"{file}::{name}" for file, name in named_tests(cell)))
            for function in re.findall(r"`(mnist_mlp\.[\w.]+)`", functions):
                found.setdefault((function, tests), []).append(f"{document} {equation}")
    return found


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="starts its processes with fork")
def test_the_tests_of_every_row_fail_if_a_function_of_the_row_is_wrong_by_a_thousandth() -> None:
    plants = planted()
    every_test = sorted({test for _, tests in plants for test in tests})
    jobs = [("", every_test), *plants]  # all pass if nothing is wrong
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "tests.planted"]
    done = subprocess.run(
        command, input=json.dumps(jobs), env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    clean, *codes = json.loads(done.stdout)
    assert clean == pytest.ExitCode.OK
    unnoticed = {
        f"{function} of {', '.join(equations)}: {code}"
        for ((function, _), equations), code in zip(plants.items(), codes, strict=True)
        if code != pytest.ExitCode.TESTS_FAILED
    }
    assert unnoticed == set()


def test_every_misprint_is_told_with_its_correction_its_size_and_the_test_that_rejects_it() -> None:
    found = list(rows(section("## 5. Errata of the documents")))
    assert [row[0] for row in found] == MISPRINTS
    for name, *cells, test in found:
        assert all(cells), name
        assert named_tests(test) or name in TYPOGRAPHIC, name


def test_misprinted_equations_are_marked_in_the_tables() -> None:
    misprints = section("## 5. Errata of the documents")
    for document in ("001", "004"):
        cells = " ".join(row[0] for row in rows(section(f"### {document}")))
        for number in re.findall(r"\((\d+[a-e]?)\) †", cells):
            assert re.search(rf"\| {document}[^|]*\({number}\)|after \({number}\)", misprints), f"{document} {number}"


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    for table in re.findall(r"(?:^\|.*\n)+", TEXT, re.M):
        assert len({line.count("|") for line in table.splitlines()}) == 1, table.splitlines()[0]


def test_links_into_the_document_lead_to_its_headings() -> None:
    headings = re.findall(r"^#+ (.*)$", TEXT, re.M)
    anchors = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    assert len(anchors) == len(set(anchors))
    links = re.findall(r"\]\(#([^)]*)\)", TEXT)
    assert links
    assert set(links) <= set(anchors)


def test_references_to_sections_have_one() -> None:
    numbers = set(re.findall(r"^#+ (\d+(?:\.\d+)?)\.? ", TEXT, re.M))
    for number in re.findall(r"\b(?:in|of|from) (3\.\d+)\b", PROSE):
        assert number in numbers, number
    assert {row[0] for row in rows(section("### In none of the documents"))} <= numbers


def test_the_formulas_survive_githubs_markdown() -> None:
    """Markdown eats a backslash before punctuation, and takes an underscore between punctuation for emphasis."""
    inline = re.findall(r"\$([^$]+)\$", re.sub(r"\$\$.*?\$\$", "", PROSE, flags=re.S))
    blocks = re.findall(r"\$\$(.*?)\$\$", PROSE, re.S)
    assert len(inline) > 300
    assert len(blocks) > 15
    for formula in (*inline, *blocks):
        assert not re.search(r"\\[^A-Za-z]|[^\w ]_|\*", formula), formula
        assert formula.count("{") == formula.count("}"), formula
        assert formula.count("(") == formula.count(")"), formula
    for formula in inline:
        assert formula == formula.strip(), formula
        assert "\n" not in formula, formula
    assert PROSE.count("$") == 2 * len(inline) + 4 * len(blocks)


def test_the_robustness_table_compares_with_and_without_the_penalty() -> None:
    rows = re.findall(r"^\| ([\d.]+) \| ([\d.]+) ± [\d.]+ % \| ([\d.]+) ± [\d.]+ % \|$", TEXT, re.M)
    penalties, clean, attacked = zip(*[map(float, row) for row in rows], strict=True)
    assert penalties[0] == 0
    assert len(rows) > 1
    assert list(attacked) == sorted(attacked)
    assert min(clean) > 98
