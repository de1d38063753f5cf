"""Classes with names, from folders to every output: pictures of shapes, drawn here."""

import csv
import json
from pathlib import Path

import onnx
import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw

from mnist_mlp import load_checkpoint, read_digit
from mnist_mlp.cli.main import main
from tests.cli.conftest import Run

SHAPES = ("circle", "square", "triangle")


def draw_shape(name: str, i: int) -> Image.Image:
    """A shape as an outline in black on white; another place and size for each i."""
    image = Image.new("L", (60, 60), 255)
    pen = ImageDraw.Draw(image)
    left, right = 8 + i, 44 + i
    match name:
        case "circle":
            pen.ellipse((left, left, right, right), outline=0, width=5)
        case "square":
            pen.rectangle((left, left, right, right), outline=0, width=5)
        case _:
            pen.polygon([(left, right), (right, right), ((left + right) // 2, left)], outline=0, width=5)
    return image


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with train/circle/0.png and so on, and a network that was trained on it in run/."""
    directory = tmp_path_factory.mktemp("shapes")
    for part, n in (("train", 8), ("test", 2)):
        for name in SHAPES:
            (directory / "data" / part / name).mkdir(parents=True)
            for i in range(n):
                draw_shape(name, i).save(directory / "data" / part / name / f"{i}.png")
    options = ["--epochs", "10", "--batch-size", "4", "-o", "augmentation.name=none", "-o", "data.validation=3"]
    options += ["--run-dir", str(directory / "run"), "-o", f"data.directory={directory / 'data'}"]
    result = CliRunner().invoke(main, ["train", *options])
    assert result.exit_code == 0, result.stderr
    assert "3 classes: circle 8, square 8, triangle 8\n" in result.stdout
    assert "digit" not in result.stdout
    return directory


def test_the_checkpoint_and_the_config_of_the_run_have_the_names(shapes: Path) -> None:
    assert load_checkpoint(shapes / "run").state.config.data.names == SHAPES
    assert "  names: [circle, square, triangle]\n" in (shapes / "run" / "config.yaml").read_text()


def test_evaluate_says_the_names(shapes: Path, run: Run) -> None:
    for more in ([], ["--pictures", shapes / "data" / "test"]):
        text = run("evaluate", shapes / "run", *more).stdout
        assert "\n  circle   100.00 %" in text
        assert "\ntriangle   2 " in text
        assert "digit" not in text
    record = json.loads(run("evaluate", shapes / "run", "--json").stdout)
    assert record["names"] == list(SHAPES)
    assert [row["class"] for row in record["classes"]] == [0, 1, 2]


def test_predict_says_the_names(shapes: Path, run: Run) -> None:
    picture, model = shapes / "data" / "test" / "square" / "0.png", ["--checkpoint", shapes / "run"]
    text = run("predict", picture, *model, "--top", 3).stdout
    assert text.split(": ")[1].startswith("square (")
    assert sorted(answer.split()[0] for answer in text.split(": ")[1].split(", ")) == sorted(SHAPES)
    record = json.loads(run("predict", picture, *model, "--json").stdout)
    assert (record["class"], record["reason"], "digit" in record) == ("square", None, False)
    head, row = csv.reader(run("predict", picture, *model, "--csv").stdout.splitlines())
    assert head == ["picture", "class", "reason", *SHAPES, "probability", "error"]
    assert row[1] == "square"
    reading = read_digit(picture, shapes / "run")
    assert (reading.digit, reading.best_name) == (1, "square")
    assert repr(reading).startswith("<Reading square, probability ")


def test_pages_of_other_things_than_digits_are_not_read(shapes: Path, run: Run) -> None:
    result = run("predict", shapes / "data" / "test" / "square" / "0.png", "--checkpoint", shapes / "run", "--all")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--all reads digits, and the classes of this network have names" in result.stderr


def test_an_empty_picture_is_rejected_without_a_name(shapes: Path, run: Run) -> None:
    Image.new("L", (28, 28)).save("empty.png")
    options = ["predict", "empty.png", "--checkpoint", shapes / "run"]
    record = json.loads(run(*options, "--json").stdout)
    assert record["class"] is None
    assert "(best guess: " in (text := run(*options).stdout)
    assert text.rstrip(")\n").rpartition(" ")[2] in SHAPES
    assert json.loads(run(*options, "--json", "--force").stdout)["class"] in SHAPES


def test_explain_says_the_names(shapes: Path, run: Run) -> None:
    text = run("explain", shapes / "data" / "test" / "circle" / "1.png", "--checkpoint", shapes / "run").stdout
    assert "\nscore of circle minus score of " in text
    assert "\npixels in favour of circle: " in text
    assert "the answer is then square (" in text or "the answer is then triangle (" in text


def test_the_report_says_the_names(shapes: Path, run: Run) -> None:
    run("report", shapes / "run", "-o", "report.html")
    page = Path("report.html").read_text(encoding="utf-8")
    for name in SHAPES:
        assert page.count(f'<th scope="row">{name}</th>') == 2
        assert f'<th scope="col">{name}</th>' in page
    assert "Handwritten" not in page


def test_exports_have_the_names(shapes: Path, run: Run) -> None:
    run("export", shapes / "run", "--format", "html", "-o", "page.html")
    page = Path("page.html").read_text(encoding="utf-8")
    assert '"names": ["circle", "square", "triangle"]' in page
    assert "<h1>Draw a picture</h1>" in page
    run("export", shapes / "run", "--format", "onnx", "-o", "shapes.onnx")
    model = onnx.load("shapes.onnx")
    assert {entry.key: json.loads(entry.value) for entry in model.metadata_props} == {"names": list(SHAPES)}
    assert [output.name for output in model.graph.output] == ["probabilities", "label"]


def test_networks_of_digits_say_digit_as_before(run: Run) -> None:
    run("export", "pretrained", "--format", "html", "-o", "page.html")
    page = Path("page.html").read_text(encoding="utf-8")
    assert "<h1>Draw a digit</h1>" in page
    assert '"names": []' in page


def test_names_in_another_order_give_other_labels_and_the_same_answers(shapes: Path, run: Run) -> None:
    options = ["--epochs", 10, "--batch-size", 4, "-o", "augmentation.name=none", "-o", "data.validation=0"]
    options += ["-o", "data.names=triangle,square,circle", "-o", f"data.directory={shapes / 'data'}"]
    assert run("train", "--run-dir", "turned", *options).exit_code == 0
    picture = shapes / "data" / "test" / "triangle" / "0.png"
    assert read_digit(picture, "turned").digit == 0
    assert read_digit(picture, "turned").best_name == "triangle"
    assert run("train", "--resume", "turned").exit_code == 0
