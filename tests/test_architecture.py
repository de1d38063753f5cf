"""Imports point one way: cli -> reports -> training -> evaluation -> storage -> state -> models -> the rooms below."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mnist_mlp

PACKAGE = Path(mnist_mlp.__file__).parent

# A room may import itself and what stands in lower rows.
ROWS = (
    ("errors", "streams"),
    ("nn",),
    ("config", "pictures"),
    ("data",),
    ("models",),
    ("state",),
    ("storage",),
    ("evaluation",),
    ("training",),
    ("reports", "export", "sklearn"),
    ("cli",),
    ("__main__",),
)
ROW = {room: i for i, rooms in enumerate(ROWS) for room in rooms}

THIRD_PARTY = {
    "errors": set(),
    "streams": {"numpy"},
    "nn": {"numpy"},
    "config": {"msgspec", "yaml"},
    "data": {"numpy"},
    "pictures": {"numpy", "PIL"},
    "models": {"numpy"},
    "state": {"msgspec"},
    "storage": {"numpy", "msgspec", "safetensors", "threadpoolctl", "filelock"},
    "evaluation": {"numpy"},
    "training": {"numpy", "msgspec", "psutil", "mpi4py"},
    "reports": {"numpy", "msgspec", "PIL", "matplotlib", "jinja2", "markupsafe"},
    "export": {"numpy", "onnx"},
    "sklearn": {"numpy", "sklearn"},
    "cli": {"click", "numpy", "msgspec", "tqdm", "threadpoolctl", "mpi4py"},
    "__main__": set(),
}

MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.parent != PACKAGE or path.name != "__init__.py"]


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports, at its top or in a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            if node.module == "mnist_mlp":
                yield from (f"mnist_mlp.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_stands_below_it(path: Path) -> None:
    room = room_of(path)
    for name in imports_of(path):
        top, _, rest = name.partition(".")
        if top == "mnist_mlp" and rest:
            other = rest.partition(".")[0]
            assert other == room or ROW[other] < ROW[room], f"{room} imports {name}"
        elif top != "mnist_mlp" and top not in sys.stdlib_module_names:
            assert top in THIRD_PARTY[room], f"{room} imports {name}"


def test_the_mathematics_imports_numpy_and_itself_alone() -> None:
    for path in (PACKAGE / "nn").glob("*.py"):
        for name in imports_of(path):
            ours = name.startswith("mnist_mlp.nn")
            assert ours or name == "numpy" or name.split(".")[0] in sys.stdlib_module_names, f"{path.name}: {name}"


@pytest.mark.parametrize(
    "arguments", [["-m", "mnist_mlp", "--help"], ["-m", "mnist_mlp", "--version"], ["-c", "import mnist_mlp"]]
)
def test_numpy_is_not_imported_before_it_is_needed(arguments: list[str]) -> None:
    assert not {"numpy", "msgspec", "safetensors", "PIL", "yaml", "tqdm"} & imported_by(*arguments)


def test_a_picture_is_read_without_what_only_training_needs() -> None:
    imported = imported_by("-m", "mnist_mlp", "predict", str(Path(__file__).parent / "cli" / "seven.png"))
    assert {"numpy", "PIL"} <= imported
    others = imported_by("-c", "import mnist_mlp, numpy, PIL.Image")  # tempfile, if it is Pillow 11
    assert not {"numpy.random", "yaml", "tqdm", "psutil", "filelock", "threadpoolctl", "tempfile"} & imported - others


def imported_by(*arguments: str) -> set[str]:
    """Every module that Python imports when it is started so."""
    result = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    imported = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert "mnist_mlp" in imported
    return imported


def test_every_public_name_exists() -> None:
    for name in mnist_mlp.__all__:
        assert getattr(mnist_mlp, name).__name__ == name
    assert set(mnist_mlp.__all__) <= set(dir(mnist_mlp))


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'tarin'"):
        _ = mnist_mlp.tarin
