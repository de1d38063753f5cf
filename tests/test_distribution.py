"""What is published holds what it should, and nothing else."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import mnist_mlp
from mnist_mlp.config import packaged_configs
from mnist_mlp.data.dataset import FILES

ROOT = Path(__file__).parents[1]
SUFFIXES = {".py", ".gz", ".json", ".md", ".safetensors", ".yaml", ".j2", ".html", ".css", ".js", ".mjs", ".typed"}


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The wheel and the source archive of this tree."""
    directory = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(directory), str(ROOT)]
    built = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert built.returncode == 0, built.stdout + built.stderr
    return sorted(directory.iterdir(), key=lambda path: path.suffix)


@pytest.mark.slow
def test_both_are_named_after_the_version_and_pass_the_index_checks(distributions: list[Path]) -> None:
    version = mnist_mlp.__version__
    names = [path.name for path in distributions]
    assert names == [f"mnist_mlp-{version}.tar.gz", f"mnist_mlp-{version}-py3-none-any.whl"]
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, distributions)]
    checked = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.slow
def test_the_wheel_holds_the_package_with_its_data_and_nothing_else(distributions: list[Path]) -> None:
    with zipfile.ZipFile(distributions[1]) as wheel:
        names = set(wheel.namelist())
    info = f"mnist_mlp-{mnist_mlp.__version__}.dist-info/"
    outside = {name for name in names if not name.startswith("mnist_mlp/")}
    assert {name.removeprefix(info) for name in outside} == {
        "METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE",
        "licenses/mnist_mlp/data/mnist/LICENSE.md",
    }  # fmt: skip
    package = {name.removeprefix("mnist_mlp/") for name in names - outside}
    assert {f"data/mnist/{file}.gz" for files in FILES.values() for file in files} <= package
    assert {f"configs/{name}.yaml" for name in packaged_configs()} <= package
    assert {"py.typed", "pretrained/default.safetensors", "pretrained/rejection.safetensors"} <= package
    assert {Path(name).suffix for name in package} == SUFFIXES
    tracked = {str(path.relative_to(ROOT / "mnist_mlp")) for path in (ROOT / "mnist_mlp").rglob("*")
               if path.is_file() and "__pycache__" not in path.parts}  # fmt: skip
    assert {name for name in package if not name.startswith("configs/")} == tracked


@pytest.mark.slow
def test_the_source_archive_can_be_tested(distributions: list[Path]) -> None:
    with tarfile.open(distributions[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "RELEASING.md", "SECURITY.md", "LICENSE",
        "CITATION.cff", "mkdocs.yml", "requirements-checks.txt", "scripts/test", "scripts/venv.sh", ".ci/run",
        "docs/mathematics.md", ".github/workflows/tests.yml", ".pre-commit-config.yaml",
    } <= names  # fmt: skip
    tests = {f"tests/{path.relative_to(ROOT / 'tests')}" for path in (ROOT / "tests").rglob("*.py")}
    assert tests <= names
    assert not {name for name in names if "__pycache__" in name or name.startswith((".venv", "runs", ".git/"))}
