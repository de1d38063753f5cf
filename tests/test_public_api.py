"""The public names: documented, with examples that run, reprs of one line, and errors without flags of the commands."""

import ast
import doctest
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from PIL import Image

import mnist_mlp as mm
from mnist_mlp.storage.durable import write
from tests.pages.sheets import paper

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mnist_mlp"
PICTURES = ROOT / "tests" / "cli"
DOCUMENT = (ROOT / "docs" / "from-python.md").read_text(encoding="utf-8")

CALLABLES = [name for name in mm.__all__ if inspect.isfunction(getattr(mm, name))]
CLASSES = [name for name in mm.__all__ if inspect.isclass(getattr(mm, name))]
WITHOUT_ERRORS = {"all_runs", "as_yaml", "json_schema", "new_state", "packaged_configs"} | {
    "draw_disagreements",
    "draw_explanation",
    "draw_mistakes",
    "draw_steps",
}
LONG = {"History", "reproduce", "train_run", "train_sweep"}  # their examples train for minutes, or need a run


@pytest.mark.parametrize("name", mm.__all__)
def test_every_public_name_is_in_the_document(name: str) -> None:
    assert re.search(rf"\bmm\.{name}\b", DOCUMENT)


def test_the_document_names_nothing_that_does_not_exist() -> None:
    assert set(re.findall(r"\bmm\.(\w+)", DOCUMENT)) - {"NAME"} == set(mm.__all__)


@pytest.mark.parametrize("name", CALLABLES)
def test_every_public_function_describes_its_arguments_and_errors(name: str) -> None:
    function = getattr(mm, name)
    text = inspect.getdoc(function) or ""
    assert text.partition("\n")[0].endswith((".", "?"))
    assert [name for name in inspect.signature(function).parameters if not re.search(rf"\b{name}\b", text)] == []
    assert name in WITHOUT_ERRORS or re.search(r"\w+Error\b|\berrors\b", text), "which errors does it raise?"


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_class_and_what_it_offers_has_a_docstring(name: str) -> None:
    cls = getattr(mm, name)
    assert cls.__doc__
    assert not cls.__doc__.startswith(f"{name}("), "dataclass and NamedTuple write this one themselves"
    for attribute, value in vars(cls).items():
        if not attribute.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
            assert value.__doc__, f"{name}.{attribute}"


# --- Examples ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with the files that the examples name."""
    monkeypatch.chdir(tmp_path)
    for name in ("seven.png", "cup.png", "scans/1.png", "my-digits/7/1.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        copy(PICTURES / ("cup.png" if name == "cup.png" else "seven.png"), name)
    copy(PICTURES / "cup.png", "scans/2.png")
    copy(PICTURES / "seven.png", "seven.jpg")  # the content decides
    write(Path("notes.txt"), b"no picture")
    Image.fromarray(paper(["47"])[0]).save("page.png")
    return tmp_path


def examples() -> dict[str, str]:
    """The docstrings with examples, by the name of what they describe."""
    described = {"mnist_mlp": mm, "Model.predict": mm.Model.predict} | {name: getattr(mm, name) for name in mm.__all__}
    texts = {name: inspect.getdoc(value) or "" for name, value in described.items()}
    return {name: text for name, text in texts.items() if ">>>" in text}


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("name", sorted(examples().keys() - LONG))
def test_the_examples_of_the_docstrings_give_what_they_print(name: str) -> None:
    names = {"mm": mm, "Path": Path, "state": mm.load_checkpoint().state}
    test = doctest.DocTestParser().get_doctest(examples()[name], names, name, None, None)
    failures: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=failures.append)
    assert result.failed == 0, "".join(failures)
    assert result.attempted


@pytest.mark.usefixtures("desk")
def test_the_examples_of_the_document_run() -> None:
    code = "\n".join(re.findall(r"```python\n(.*?)```", DOCUMENT, re.S))
    # Short: one epoch on few samples. What is learned from them still tells digits from noise.
    code, n = re.subn(r'"training.epochs=\d+"', '"training.epochs=1", "data.validation=50000"', code)
    assert n == 5
    code = code.replace("max_iter=10,", "max_iter=1,").replace("dataset.train", "dataset.test")
    printed: list[Any] = []
    exec(compile(code, "from-python.md", "exec"), {"print": lambda *values: printed.append(values)})
    shown = iter(printed)
    assert next(shown)[0] == 7
    assert len(next(shown)[0]) == 3, "the most probable classes"
    assert next(shown)[1].digit == 7
    assert next(shown)[1].reason == "this does not look like a digit"
    assert "notes.txt" in str(next(shown)[1])
    assert str(next(shown)[0]) == "47"
    assert [next(shown)[0], next(shown)[0]] == [4, 7], "digits of the page"
    assert next(shown), "steps"
    assert next(shown)[0] == (28, 28)
    assert next(shown)[0] > 0
    assert next(shown)[0] != 7, "the counterfactual"
    assert next(shown)[0].tolist() == [7, 2, 1, 0, 4]
    assert next(shown)[2] > 0.8, "validation accuracy"
    assert next(shown)[0] in range(10)
    assert next(shown)[1] > 0.8, "the run"
    assert [run.directory.name for run in next(shown)[0]] == ["short"]
    assert next(shown)[0] > 0.8, "the sweep"
    assert next(shown)[0] > 0.8, "the best epoch"
    assert next(shown)[0] > 0.8, "accuracy"
    assert len(next(shown)[0]) == 3
    assert next(shown)[0] > 0.8, "accuracy of the run"
    assert next(shown) == (1.0, 1.0, [])
    assert next(shown)[1] == 7, "the label of a file"
    assert next(shown)[0] > 0, "pretrained is better"
    assert next(shown)[0] == (1000, 784)
    assert next(shown)[0] == (Path.cwd() / "page.html").stat().st_size
    assert "nowhere.png" in str(next(shown)[0])
    assert next(shown)[0]
    assert next(shown)[0]["hidden"] == [128]
    assert next(shown)[0] > 0.99
    assert 0 <= next(shown)[0] < 100
    assert next(shown)[0] == (100, 101_770)
    assert next(shown)[0] == (100, 784)
    assert next(shown)[0] > 0, "curvature"
    assert next(shown)[0] < 1e-6, "the largest error of a derivative"
    assert next(shown)[0] > 0.9, "wine"
    assert next(shown)[0] > 0.9, "digits"
    assert list(shown) == []


# --- Reprs and errors -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def objects() -> dict[str, Any]:
    """An object of each public class, and what these objects hold."""
    checkpoint, dataset = mm.load_checkpoint(), mm.load_dataset()
    explanation = mm.explain(PICTURES / "seven.png")
    comparison = mm.compare("pretrained", "pretrained")
    evaluation = mm.evaluate_checkpoint("pretrained")
    page = mm.read_page(PICTURES / "seven.png")
    every = [
        checkpoint, checkpoint.state, checkpoint.model, checkpoint.model.mlp, checkpoint.state.config,
        checkpoint.state.progress.best, dataset, dataset.test, mm.split(checkpoint.state.config, dataset),
        explanation, explanation.attribution, explanation.counterfactual, explanation.reading,
        explanation.reading.picture, comparison, comparison.statistics, comparison.samples, evaluation,
        evaluation.metrics, evaluation.calibration, mm.Run(Path("runs/it")), mm.Reproduction(True, "", []),
        mm.compare_all(["pretrained"] * 2), mm.draw_digits(10), page, page.lines[0], page.digits[0],
        mm.History([checkpoint.state.progress.best]),
        mm.MnistMlpError("what", where="where", why="why", fix="fix"),
    ]  # fmt: skip
    return {type(value).__name__: value for value in every}


def test_every_public_object_is_shown_on_one_short_line(objects: dict[str, Any]) -> None:
    assert set(CLASSES) - set(objects) == {"PictureEvaluation"}  # of tests/inference/test_labelled_pictures.py
    for name, value in objects.items():
        text = repr(value)
        assert "\n" not in text, name
        assert len(text) <= (1000 if name == "Config" else 400), name


def test_no_message_outside_the_command_line_names_a_flag() -> None:
    found = []
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        if "cli" not in path.relative_to(PACKAGE).parts:
            found += [
                f"{path.relative_to(PACKAGE)}:{node.lineno}: {node.value}"
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
                if not re.fullmatch(r"--[a-z-]+", node.value)  # an argument of a process
                if re.search(r"(?<!\w)--[a-z]+", re.sub(r"var\(--\w+\)|-->|<!--", "", node.value))
            ]
    assert found == []


SEVEN = Path(__file__).parent / "cli" / "seven.png"
EMPTY: dict[str, Callable[[str], object]] = {
    "load_config": mm.load_config,
    "load_checkpoint": mm.load_checkpoint,
    "load_dataset": mm.load_dataset,
    "save_checkpoint": lambda name: mm.save_checkpoint(mm.load_checkpoint().state, name),
    "export_model": lambda name: mm.export_model(mm.load_checkpoint().state, name),
    "read_digit": lambda name: mm.read_digit(SEVEN, name),
    "read_digit, source": mm.read_digit,
    "read_digits": lambda name: list(mm.read_digits([SEVEN], name)),
    "explain": lambda name: mm.explain(SEVEN, name),
    "explain, source": mm.explain,
    "prepare": mm.prepare,
    "train_run, config": mm.train_run,
    "train_run": lambda name: mm.train_run("default", name),
    "train_run, resume": lambda name: mm.train_run(directory=name, resume=True),
    "train_sweep": lambda name: mm.train_sweep(mm.load_config(), [0], name),
    "train_sweep, resume": lambda name: mm.train_sweep(mm.load_config(), [0], name, resume=True),
    "reproduce": mm.reproduce,
    "evaluate_checkpoint": mm.evaluate_checkpoint,
    "evaluate_checkpoint, data": lambda name: mm.evaluate_checkpoint("pretrained", data=name),
    "evaluate_checkpoint, split": lambda name: mm.evaluate_checkpoint("pretrained", split=name),
    "evaluate_pictures": mm.evaluate_pictures,
    "evaluate_pictures, checkpoint": lambda name: mm.evaluate_pictures(SEVEN.parent, name),
    "compare": lambda name: mm.compare("pretrained", name),
    "compare, data": lambda name: mm.compare("pretrained", "pretrained", data=name),
    "calibrate": lambda name: mm.calibrate("pretrained", name),
    "History": mm.History,
    "write_report": mm.write_report,
    "write_report, path": lambda name: mm.write_report("pretrained", name),
    "write_report, data": lambda name: mm.write_report("pretrained", "page.html", data=name),
}


@pytest.mark.parametrize("name", ["", " "])
@pytest.mark.parametrize("call", EMPTY.values(), ids=EMPTY)
def test_an_empty_name_is_an_error_of_the_package_and_nothing_is_written(
    call: Callable[[str], object], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(mm.MnistMlpError) as error:
        call(name)
    assert type(error.value).__name__ in ("ConfigError", "DataError")
    assert list(tmp_path.iterdir()) == []
