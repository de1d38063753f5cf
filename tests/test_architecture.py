"""Imports point one way, and the first sentence of each room says what it is for."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import mnist_mlp
import mnist_mlp.config

PACKAGE = Path(mnist_mlp.__file__).parent
TESTS = Path(__file__).parent

# A room may import itself and what is in lower rows.
ROWS = (
    ("errors", "formatting", "random_streams", "threads", "pretrained"),
    ("nn",),
    ("config", "pictures", "handwriting"),
    ("data",),
    ("models",),
    ("evaluation",),
    ("training",),
    ("storage",),
    ("runs",),
    ("inference",),
    ("pages",),
    ("reports", "export", "sklearn"),
    ("cli",),
    ("__main__",),
)
ROW = {room: i for i, rooms in enumerate(ROWS) for room in rooms}

THIRD_PARTY = {
    "errors": set(),
    "formatting": set(),
    "random_streams": {"numpy"},
    "threads": {"numpy", "threadpoolctl"},
    "pretrained": set(),
    "nn": {"numpy"},
    "config": {"msgspec", "yaml"},
    "data": {"numpy"},
    "handwriting": {"numpy"},
    "pictures": {"numpy", "PIL", "pi_heif"},
    "models": {"numpy"},
    "evaluation": {"numpy", "msgspec"},
    "training": {"numpy", "msgspec", "psutil", "mpi4py"},
    "storage": {"numpy", "msgspec", "safetensors", "threadpoolctl"},
    "runs": {"msgspec", "filelock", "optuna", "tensorboard"},
    "inference": {"numpy"},
    "pages": {"numpy"},
    "reports": {"numpy", "PIL", "matplotlib", "jinja2", "markupsafe"},
    "export": {"numpy", "onnx"},
    "sklearn": {"numpy", "sklearn"},
    "cli": {"click", "tqdm", "mpi4py"},
    "__main__": set(),
}

# The first sentence of each room: its rule, as CONTRIBUTING repeats it.
ROOMS = {
    "cli": "The command line: parses arguments, calls one function, prints its result, turns errors into exit codes.",
    "cli/commands": "The commands, one file each.",
    "config": "The configuration: its schema, strict YAML in and out, and how files and overrides are merged.",
    "data": "Data sets: from files to pixels and labels, splits, batches, distortions.",
    "evaluation": "How good a model is: arrays in, metrics out.",
    "export": "Export a trained network: a web page to draw on, ONNX, NumPy arrays, weights.",
    "handwriting": "Synthetic handwriting: digits as strokes of a pen, in many styles, drawn in MNIST's format.",
    "handwriting/digits": "The styles of each digit, one file a digit.",
    "inference": "What a model reads in a picture, and why.",
    "pages": "Read every digit in a picture: strokes, characters, cuts, segmentation graph, text lines, orientation.",
    "nn": "The network and what trains it: NumPy only, no files, no config, no console.",
    "nn/calculus": "Derivatives of first to third order, and their checks against independent references.",
    "pictures": "Prepare any picture of a digit in MNIST's format: a pipeline of stages.",
    "pretrained": "The weights that come with the package: the digit, rejection, segmentation and pair networks.",
    "reports": "Results as pictures and HTML pages.",
    "runs": "Runs and sweeps on the disk, from start to end: directory, lock, session, sweep, search, reproduction.",
    "storage": "Files that last: durable writes, the checkpoint format, environment, digests.",
    "training": "How a network learns: loop, step, state, diagnosis, several processes; no run directory, no console.",
}

MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.parent != PACKAGE or path.name != "__init__.py"]


# No logic of their own: they name types or paths, or are tested where they are used.
NO_TESTS = {"__init__.py", "__main__.py", "drawing.py", "types.py"}


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


KNOWN = {module_of(path) for path in MODULES}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports, at its top or in a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            module = node.module or ""
            names = [f"{module}.{alias.name}" for alias in node.names]
            yield from (name if name in KNOWN else module for name in names)


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


def test_the_core_of_nn_does_not_import_the_calculus() -> None:
    for path in (PACKAGE / "nn").glob("*.py"):
        assert not any("calculus" in name for name in imports_of(path)), path.name


def test_every_room_begins_with_its_rule() -> None:
    rooms = {str(path.parent.relative_to(PACKAGE)) for path in PACKAGE.rglob("__init__.py")} - {"."}
    assert rooms == set(ROOMS)
    for room, sentence in ROOMS.items():
        docstring = ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8"))) or ""
        assert " ".join(docstring.split()).startswith(sentence), room


def test_no_two_modules_have_the_same_name() -> None:
    names = Counter(path.name for path in MODULES if path.name != "__init__.py")
    assert [name for name, times in names.items() if times > 1] == []


def test_no_imports_form_a_circle() -> None:
    """Imports in functions count too: they only delay a circle."""
    graph = {module_of(path): {name for name in imports_of(path) if name in KNOWN} for path in MODULES}
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " -> ".join([*above, module])
        if module not in done:
            for other in graph.get(module, ()):
                visit(other, (*above, module))
            done.add(module)

    for module in graph:
        visit(module, ())


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.name not in NO_TESTS and path.parent.name != "digits"],  # see test_styles.py
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)
def test_every_module_of_logic_has_a_test_file(path: Path) -> None:
    relative = path.relative_to(PACKAGE)
    assert (TESTS / relative.parent / f"test_{relative.name}").is_file()


@pytest.mark.parametrize("path", sorted((PACKAGE / "cli").rglob("*.py")), ids=lambda path: path.name)
def test_no_function_of_the_command_line_is_longer_than_40_lines(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.end_lineno:
            assert node.end_lineno - node.lineno < 40, node.name


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
    assert not {"csv", "gzip", "safetensors", "mnist_mlp.data.dataset", "mnist_mlp.handwriting"} & imported


def test_a_command_does_not_look_for_cycles_of_objects_as_it_exits() -> None:
    code = (
        "import atexit, gc, sys; atexit.register(lambda: print(len(gc.get_objects()) < 1000)); sys.argv[1:] = ['-h']; "
        "from mnist_mlp.__main__ import main; main()"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.splitlines()[-1] == "True"


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
    assert not set(mnist_mlp.__all__) & set(ROW), "a room of the same name would hide it once it is imported"


@pytest.mark.parametrize("package", [mnist_mlp, mnist_mlp.config], ids=lambda package: package.__name__)
def test_a_name_that_is_imported_lazily_is_the_one_that_mypy_sees(package: ModuleType) -> None:
    tree = ast.parse(Path(package.__file__ or "").read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    seen = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(seen) == set(package.__all__)
    for name, module in seen.items():
        assert getattr(package, name) is getattr(import_module(module or ""), name), name


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'tarin'"):
        _ = mnist_mlp.tarin
