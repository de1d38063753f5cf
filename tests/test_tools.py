"""The tools that check the project are pinned, and what describes the project agrees."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import mnist_mlp

ROOT = Path(__file__).parents[1]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]


def requirements(lines: list[str]) -> Iterator[Requirement]:
    """The requirements of these lines, with those of the project's extras that they name."""
    for requirement in map(Requirement, lines):
        if requirement.name != PROJECT["name"]:
            yield requirement
        for extra in requirement.extras if requirement.name == PROJECT["name"] else ():
            yield from requirements(PROJECT["optional-dependencies"][extra])


def test_the_lock_pins_every_tool_and_every_package_whose_types_are_read() -> None:
    lines = (ROOT / "requirements-checks.txt").read_text(encoding="utf-8").splitlines()
    locked = [Requirement(line) for line in lines if not line.startswith("#")]
    pins = {canonicalize_name(one.name): str(one.specifier) for one in locked}
    assert all(re.fullmatch(r"==[\w.]+", pin) for pin in pins.values())
    for requirement in requirements([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["checks"]]):
        version = pins[canonicalize_name(requirement.name)].removeprefix("==")
        assert requirement.specifier.contains(version), f"{requirement}: {version} is locked"


def test_scripts_without_a_suffix_are_checked_too() -> None:
    scripts = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "scripts").iterdir()
        if path.is_file() and path.read_text(encoding="utf-8").startswith("#!/usr/bin/env python3")
    }
    assert scripts <= set(PYPROJECT["tool"]["ruff"]["extend-include"])
    assert scripts <= set(PYPROJECT["tool"]["mypy"]["files"])


def test_the_workflow_tries_the_pythons_that_the_package_names() -> None:
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["systems"]["strategy"]["matrix"]["python"] == named
    assert PROJECT["requires-python"] == f">={named[0]}"


def test_the_citation_names_this_version_and_the_day_of_its_release() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == mnist_mlp.__version__
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {citation['version']} - {citation['date-released']}" in changelog
