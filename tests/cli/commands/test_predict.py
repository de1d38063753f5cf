import csv
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp import load_checkpoint, load_dataset, prepare
from tests.cli.conftest import CUP, SEVEN, Run, mnist_pictures, tiny
from tests.pages.sheets import paper


def test_a_digit_is_read_with_its_probability(run: Run) -> None:
    result = run("predict", SEVEN)
    assert result.exit_code == 0, result.stderr
    assert re.fullmatch(rf"{re.escape(str(SEVEN))}: 7 \((9\d|100)\.\d %\)\n", result.stdout)


def test_mnist_pictures_are_read_as_the_model_predicts_them(run: Run) -> None:
    X = load_dataset().test.X[:20]
    names = [f"{i}.png" for i in range(len(X))]
    for name, pixels in zip(names, X, strict=True):
        Image.fromarray(pixels.reshape(28, 28)).save(name)
    result = run("predict", "--json", *names)
    records = [json.loads(line) for line in result.stdout.splitlines()]
    expected = load_checkpoint("pretrained").model.predict(X)
    assert [record["picture"] for record in records] == names
    assert [record["digit"] for record in records] == expected.argmax(axis=1).tolist()
    np.testing.assert_allclose([record["probabilities"] for record in records], expected, atol=1e-6)


def test_top_k_lists_the_most_probable_in_order(run: Run) -> None:
    guesses = run("predict", SEVEN, "--top", "3").stdout.strip().partition(": ")[2].split(", ")
    percents = [float(guess.partition("(")[2].removesuffix(" %)")) for guess in guesses]
    assert len(guesses) == 3
    assert percents == sorted(percents, reverse=True)
    assert len(run("predict", SEVEN, "--top", "99").stdout.split(", ")) == 10


def test_standard_input_is_a_picture_too(run: Run) -> None:
    result = run("predict", "-", "--json", stdin=SEVEN.read_bytes())
    assert json.loads(result.stdout)["digit"] == 7


def test_show_input_draws_what_the_network_sees(run: Run) -> None:
    lines = run("predict", SEVEN, "--show-input", "--save-input", "input.png").stdout.splitlines()
    assert len(lines) == 14 + 2
    with Image.open("input.png") as saved:
        ink = np.asarray(saved) >= 128
    np.testing.assert_array_equal(ink, prepare(SEVEN).pixels >= 128)
    assert [[half in "▀█" for half in line] for line in lines[:14]] == ink[::2].tolist()
    assert [[half in "▄█" for half in line] for line in lines[:14]] == ink[1::2].tolist()
    json_lines = run("predict", SEVEN, "--show-input", "--json").stdout.splitlines()
    assert len(json_lines) == 1, "the drawing stays out of the JSON"


def test_show_steps_draws_the_preparation_even_if_nothing_is_drawn(run: Run) -> None:
    Image.new("L", (60, 40), 200).save("blank.png")
    for picture in (SEVEN, "blank.png"):
        assert run("predict", picture, "--show-steps", "steps.png").exit_code == 0
        with Image.open("steps.png") as drawn:
            assert drawn.width > 400
        Path("steps.png").unlink()


DRAWINGS = [["--save-input"], ["--show-steps"], ["--all", "--save-marked"]]


@pytest.mark.parametrize("options", DRAWINGS)
@pytest.mark.parametrize("pictures", [["a.png", "b.png"], ["*.png"], ["."]])
def test_what_is_one_image_of_one_picture_is_not_made_of_several(
    run: Run, pictures: list[str], options: list[str]
) -> None:
    for name in ("a.png", "b.png"):
        Path(name).write_bytes(SEVEN.read_bytes())
    result = run("predict", *pictures, *options, "image.png")
    assert result.exit_code == 2
    assert not Path("image.png").exists()


@pytest.mark.parametrize("options", DRAWINGS)
def test_a_drawing_does_not_replace_the_picture(run: Run, options: list[str]) -> None:
    Path("seven.png").write_bytes(SEVEN.read_bytes())
    os.link("seven.png", "hard.png")
    for drawing in ("seven.png", "./seven.png", "hard.png"):
        result = run("predict", "seven.png", *options, drawing)
        assert result.exit_code == 2
        assert f"{options[-1]} would replace the picture" in result.stderr
    assert Path("hard.png").read_bytes() == Path("seven.png").read_bytes() == SEVEN.read_bytes()
    command = [sys.executable, "-m", "mnist_mlp", "predict", "-", *options, "seven.png"]
    with Path("seven.png").open("rb") as file:
        assert subprocess.run(command, stdin=file, capture_output=True, check=False, timeout=60).returncode == 2
    assert Path("seven.png").read_bytes() == SEVEN.read_bytes()


def test_one_bad_picture_does_not_keep_the_others_from_being_read(run: Run) -> None:
    Path("bad.png").write_bytes(b"no picture")
    result = run("predict", SEVEN, "bad.png", SEVEN)
    assert result.exit_code == 3
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr.startswith("error: ")
    assert "bad.png" in result.stderr
    assert len(result.stderr.splitlines()) == 2, "the error and the summary"


def test_after_several_pictures_a_summary_counts_them_on_standard_error(run: Run) -> None:
    Path("bad.png").write_bytes(b"no picture")
    Image.new("L", (50, 50), 200).save("blank.png")
    pictures = [SEVEN, CUP, "blank.png", "bad.png", SEVEN]
    for options in ([], ["--json"], ["--csv"], ["--all"]):
        result = run("predict", *pictures, *options)
        assert result.stderr.splitlines()[-1] == "5 pictures: 2 read, 2 rejected, 1 unreadable"
        assert "5 pictures" not in result.stdout
    forced = run("predict", *pictures, "--force")
    assert forced.stderr.endswith("\n5 pictures: 4 read, 0 rejected, 1 unreadable\n")


def test_one_picture_has_no_summary(run: Run) -> None:
    Path("one").mkdir()
    Path("one/seven.png").write_bytes(SEVEN.read_bytes())
    for name in (SEVEN, CUP, "one"):
        assert run("predict", name).stderr == ""


def test_the_pictures_of_a_directory_are_read_in_the_order_of_their_names(run: Run) -> None:
    labels = mnist_pictures(Path("digits"), 20)
    Path("digits/notes.txt").write_text("no picture")
    Path("digits/bad.png").write_bytes(b"no picture")
    result = run("predict", SEVEN, "digits", "--json")
    assert result.exit_code == 3
    assert len(result.stderr.splitlines()) == 2, "the error and the summary"
    records = [json.loads(line) for line in result.stdout.splitlines()]
    files = sorted(Path("digits").rglob("[0-9]*.png"))
    read = [record for record in records if "error" not in record]
    assert [record["picture"] for record in read] == [str(SEVEN), *map(str, files)]
    assert [record["digit"] for record in read] == [7, *(int(file.parent.name) for file in files)]
    assert len(files) == len(labels)


def test_patterns_that_the_shell_has_not_expanded_are_expanded(run: Run) -> None:
    mnist_pictures(Path("digits"), 3)
    lines = run("predict", "digits/*/*.png").stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == sorted(map(str, Path("digits").rglob("*.png")))
    assert run("predict", "nothing/*.png").exit_code == 3


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(run: Run) -> None:
    Path("[7].png").write_bytes(SEVEN.read_bytes())
    assert run("predict", "[7].png").stdout.startswith("[7].png: 7 ")


def test_an_empty_directory_is_reported_and_the_rest_done(run: Run) -> None:
    Path("empty").mkdir()
    result = run("predict", "empty", SEVEN)
    assert result.exit_code == 3
    assert "no pictures: empty" in result.stderr
    assert len(result.stdout.splitlines()) == 1
    assert run("predict", "empty").exit_code == 3


def test_csv_can_be_read_by_spreadsheets(run: Run) -> None:
    name = 'odd, "quoted".png'
    Path(name).write_bytes(SEVEN.read_bytes())
    Image.new("L", (50, 50), 200).save("blank.png")
    heading, seven, blank = csv.reader(run("predict", name, "blank.png", "--csv").stdout.splitlines())
    assert heading == ["picture", "digit", "reason", *"0123456789", "probability", "error"]
    assert seven[:3] == [name, "7", ""]
    assert all(re.fullmatch(r"[01]\.\d{4}", cell) for cell in seven[3:-1])
    assert sum(map(float, seven[3:-2])) == pytest.approx(1, abs=1e-3)
    assert seven[-2] == seven[3 + 7] == max(seven[3:-2])
    assert blank[:3] == ["blank.png", "", "no stroke stands out from the background"]
    assert blank[-2] == "", "there is no answer"
    forced = list(csv.reader(run("predict", "blank.png", "--csv", "--force").stdout.splitlines()))[1]
    assert forced[-2] == max(forced[3:-2])
    assert seven[-1] == blank[-1] == forced[-1] == "", "they can be read"
    assert run("predict", SEVEN, "--csv", "--json").exit_code == 2


@pytest.mark.parametrize("options", [[], ["--all"]])
@pytest.mark.parametrize("pictures", [["d"], ["d/b.png", "d/a.png"], ["d/a.png"], ["missing.png"], ["empty"]])
def test_what_cannot_be_read_has_a_row_with_its_name_and_the_error(
    run: Run, pictures: list[str], options: list[str]
) -> None:
    Path("d").mkdir()
    Path("empty").mkdir()
    Path("d/a.png").write_bytes(b"no picture")
    Path("d/b.png").write_bytes(SEVEN.read_bytes())
    found, table = run("predict", *pictures, *options, "--json"), run("predict", *pictures, *options, "--csv")
    bad = "d/a.png" if pictures[0].startswith("d") else pictures[0]
    heading, *rows = csv.reader(table.stdout.splitlines())
    (row,) = (row for row in rows if row[-1])
    (record,) = (record for record in map(json.loads, found.stdout.splitlines()) if "error" in record)
    assert (len(row), row[0], set(row[1:-1])) == (len(heading), bad, {""})
    assert record == {"picture": bad, "error": row[-1]}
    for result in (found, table):
        assert result.exit_code == 3
        assert f"error: {row[-1]}\n" in result.stderr


def test_an_empty_picture_is_rejected_unless_forced(run: Run) -> None:
    Image.new("L", (50, 50), 200).save("blank.png")
    result = run("predict", "blank.png")
    assert result.exit_code == 0
    assert re.fullmatch(
        r"blank\.png: unsure: no stroke stands out from the background \(best guess: \d\)\n", result.stdout
    )
    record = json.loads(run("predict", "blank.png", "--json").stdout)
    assert record["digit"] is None
    assert record["reason"] == "no stroke stands out from the background"
    forced = json.loads(run("predict", "blank.png", "--json", "--force").stdout)
    assert forced["digit"] == int(np.argmax(forced["probabilities"]))
    assert forced["probabilities"] == record["probabilities"]


def test_a_picture_of_something_else_is_rejected_unless_forced(run: Run) -> None:
    unsure = "unsure: this does not look like a digit (best guess: 0)"
    assert run("predict", CUP).stdout == f"{CUP}: {unsure}\n"
    assert run("predict", CUP, "--top", 2).stdout.startswith(f"{CUP}: {unsure[:-1]} (")
    assert re.fullmatch(r"0 \(\d+\.\d %\)\n", run("predict", CUP, "--force").stdout.removeprefix(f"{CUP}: "))


@pytest.mark.parametrize("content", [None, b"", b"GIF89a", b"\x89PNG\r\n\x1a\n"])
def test_a_picture_that_is_none_is_one_line(run: Run, content: bytes | None) -> None:
    if content is not None:
        Path("odd.png").write_bytes(content)
    result = run("predict", "odd.png")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1


def test_a_regression_network_gives_scores(run: Run, tiny_data: Path) -> None:
    assert run("train", "--config", "regression", "--run-dir", "r", *tiny(tiny_data)).exit_code == 0
    record = json.loads(run("predict", SEVEN, "--checkpoint", "r", "--json").stdout)
    assert "probabilities" not in record
    assert len(record["scores"]) == 10
    assert "(score " in run("predict", SEVEN, "--checkpoint", "r").stdout


def number(name: str, *lines: str) -> None:
    Image.fromarray(paper(lines)[0]).save(name)


def test_all_digits_of_a_picture_are_lines_of_text(run: Run) -> None:
    number("phone.png", "0472 19", "56 38")
    assert run("predict", "phone.png", "--all").stdout == "phone.png: 0472 19\nphone.png: 56 38\n"
    assert re.fullmatch(
        r"phone\.png: unsure: \d+ things are drawn, not one digit \(try --all; best guess: \d\)\n",
        run("predict", "phone.png").stdout,
    )
    assert run("predict", "-", "--all", stdin=Path("phone.png").read_bytes()).stdout.startswith("-: 0472 19\n")
    assert run("predict", SEVEN, "--all").stdout == f"{SEVEN}: 7\n"
    assert run("predict", CUP, "--all").stdout == f"{CUP}: unsure: this does not look like digits\n"


def test_all_digits_of_directories_and_bad_files_are_json_and_csv(run: Run) -> None:
    Path("d").mkdir()
    number("d/a.png", "472")
    number("d/c.png", "53", "8")
    Image.new("L", (90, 60), 255).save("d/d.png")
    Path("d/b.png").write_bytes(b"no picture")
    found, table = run("predict", "d", "--all", "--json"), run("predict", "d", "--all", "--csv")
    records = [json.loads(line) for line in found.stdout.splitlines()]
    assert [(record["picture"], record.get("text")) for record in records] == [
        ("d/a.png", "472"),
        ("d/b.png", None),
        ("d/c.png", "53\n8"),
        ("d/d.png", ""),
    ]
    heading, *rows = csv.reader(table.stdout.splitlines())
    assert heading[:5] == ["picture", "line", "group", "digit", "reason"]
    assert heading[-2:] == ["probability", "error"]
    assert [row[3] for row in rows] == [*"472", "", *"538", ""]
    assert all(len(row) == len(heading) for row in rows)
    for result in (found, table):
        assert result.exit_code == 3
        assert result.stderr.startswith("error: not a picture that can be read: d/b.png")


def test_boxes_and_answers_are_drawn_on_a_picture(run: Run) -> None:
    number("phone.png", "472")
    assert run("predict", "phone.png", "--all", "--save-marked", "marked.png").exit_code == 0
    with Image.open("marked.png") as marked, Image.open("phone.png") as picture:
        assert marked.size == picture.size
        assert marked.mode == "RGB"
    stdin = Path("phone.png").read_bytes()
    assert run("predict", "-", "--all", "--save-marked", "again.png", stdin=stdin).exit_code == 0
    assert Path("again.png").read_bytes() == Path("marked.png").read_bytes()


@pytest.mark.parametrize(
    "options",
    [
        ["--all", "--top", "3"],
        ["--all", "--force"],
        ["--all", "--show-input"],
        ["--all", "--save-input", "image.png"],
        ["--all", "--show-steps", "image.png"],
        ["--all", "--save-marked", "image.png", SEVEN],
        ["--save-marked", "image.png"],
    ],
)
def test_options_of_one_digit_and_of_all_exclude_each_other(run: Run, options: list[object]) -> None:
    result = run("predict", SEVEN, *options)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert not Path("image.png").exists()


ODD_NAMES = {
    b"line\nend.png": r"line\nend.png",
    b"\x1b[31mred.png": r"\x1b[31mred.png",
    "over\u202egnp.png".encode(): r"over\u202egnp.png",
    "zero\u200bwidth.png".encode(): r"zero\u200bwidth.png",
    "c1\x9b.png".encode(): r"c1\x9b.png",
    b"latin\xe9.png": r"latin\xe9.png",
    "fine \u00e9.png".encode(): "fine \u00e9.png",
}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not have these names")
def test_names_are_escaped_in_every_form_of_the_output(run: Run) -> None:
    Path("d").mkdir()
    for name in ODD_NAMES:
        Path(os.fsdecode(b"d/" + name)).write_bytes(SEVEN.read_bytes())
        Path(os.fsdecode(b"d/bad-" + name)).write_bytes(b"no picture")
    text, table, lines = run("predict", "d"), run("predict", "d", "--csv"), run("predict", "d", "--json")
    for result in (text, table, lines):
        assert result.exit_code == 3, result.stderr
        assert len(result.stderr.splitlines()) == len(ODD_NAMES) + 1, "the summary"
        assert (result.stdout + result.stderr).replace("\n", "").isprintable()
    shown = {f"d/{name}" for name in ODD_NAMES.values()}
    assert {line.partition(": ")[0] for line in text.stdout.splitlines()} == shown
    bad = {f"d/bad-{name}" for name in ODD_NAMES.values()}
    assert {row[0] for row in csv.reader(table.stdout.splitlines()[1:])} == shown | bad
    names = {os.fsencode(json.loads(line)["picture"]) for line in lines.stdout.splitlines()}
    assert names == {b"d/" + more + name for name in ODD_NAMES for more in (b"", b"bad-")}


@pytest.mark.parametrize("name", ["=1+1.png", "+a.png", "-a.png", "@a.png", "\uff1da.png"])
def test_no_name_is_a_formula_in_the_table(run: Run, name: str) -> None:
    Path(name).write_bytes(SEVEN.read_bytes())
    result = run("predict", "--csv", "--", name)
    cell = result.stdout.splitlines()[1].split(",")[0]
    assert cell == f"./{name}"
    assert Path(cell).is_file()


def test_after_a_path_that_cannot_be_read_the_others_are_read(run: Run) -> None:
    for bad in ("missing.png", "x" * 300, "a\0b", "missing/*.png"):
        result = run("predict", SEVEN, bad, CUP)
        assert result.exit_code == 3
        assert len(result.stdout.splitlines()) == 2
        assert len(result.stderr.splitlines()) == 2, "the error and the summary"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_read_if_it_is_named_and_refused_in_a_directory(run: Run) -> None:
    Path("d").mkdir()
    os.mkfifo("d/pipe.png")
    Path("d/seven.png").write_bytes(SEVEN.read_bytes())
    result = run("predict", "d")
    assert result.exit_code == 3
    assert result.stdout.startswith("d/seven.png: 7 ")
    assert result.stderr.startswith("error: not a picture: d/pipe.png: it is a pipe")
    with ThreadPoolExecutor() as pool:
        writing = pool.submit(Path("d/pipe.png").write_bytes, SEVEN.read_bytes())
        assert run("predict", "d/pipe.png").stdout.startswith("d/pipe.png: 7 ")
        writing.result()


def test_pictures_in_formats_that_are_not_read_are_named_in_one_line(run: Run) -> None:
    Path("d").mkdir()
    Path("d/a.jfif").write_bytes(SEVEN.read_bytes())
    Path("d/b.svg").touch()
    result = run("predict", "d")
    assert result.exit_code == 0
    assert result.stdout.startswith("d/a.jfif: 7 ")
    assert result.stderr.splitlines() == [
        "warning: pictures in formats that are not read: d: b.svg; save them as PNG or JPEG"
    ]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_an_output_without_block_characters_gets_others(encoding: str, tmp_path: Path) -> None:
    name = tmp_path / "\u4e03.png"
    name.write_bytes(SEVEN.read_bytes())
    ended = subprocess.run(
        [sys.executable, "-m", "mnist_mlp", "predict", name, "--show-input"],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert "#" in ended.stdout.decode(encoding)
    assert r"\u4e03.png: 7 (" in ended.stdout.decode(encoding)
