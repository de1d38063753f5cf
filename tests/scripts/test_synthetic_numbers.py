"""The pictures of numbers show what their truth says, and the score counts what a reader gets wrong."""

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from mnist_mlp.errors import DataError
from mnist_mlp.pictures.connected_components import connected_components
from scripts.synthetic_numbers import scoring, sets
from scripts.synthetic_numbers.__main__ import END, START, main
from scripts.synthetic_numbers.edit_distance import edit_distance
from scripts.synthetic_numbers.lines import even, grouped, ligature, proportional
from scripts.synthetic_numbers.sets import CONDITIONS, Truth, truths
from scripts.synthetic_numbers.sheet import INKED, close_view, drawn
from scripts.synthetic_numbers.writers import handwriting, mnist_writer, random_writer
from scripts.synthetic_pictures import digits as single_digits
from tests.scripts.test_synthetic_pictures import digests

# Those of a hundred digits, and most photographs, would take most of the time.
LARGE = re.compile("page-(?!turned)|photo-(?!table)|mixed-words")
ME = f"{__name__}:"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of each condition but the large ones."""
    directory = tmp_path_factory.mktemp("numbers")
    sets.make(directory, 1, 1, [name for name in CONDITIONS if not LARGE.match(name)])
    return directory


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Empty pictures of numbers and of none, with their truth."""
    known: tuple[tuple[str, list[str]], ...] = (
        ("string-even", ["123"]),
        ("string-even", ["4"]),
        ("photo-lamp", ["12 34", "5"]),
        ("page-scattered", ["67"]),
        ("none-words", []),
    )
    rows = [Truth(f"{k}.png", condition, lines, []) for k, (condition, lines) in enumerate(known)]
    sets.write_truths(tmp_path / "set", rows)
    for row in rows:
        Image.new("L", (30, 30), 255).save(tmp_path / "set" / row.file)
    return tmp_path / "set"


def what_is_true(file: Path) -> str:
    """Return the text of the truth of a picture: a reader without errors."""
    return "\n".join(next(truth.lines for truth in truths(file.parent) if truth.file == file.name))


def what_is_wrong(file: Path) -> str:
    """Read a picture wrong, each in another way."""
    if file.name == "4.png":
        raise DataError("nothing is drawn")
    return ["1293", "?", "123 45", "6 7"][int(file.stem)]


def grey(file: Path) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    with Image.open(file) as image:
        return np.asarray(image.convert("L"), dtype=np.float32)


def ink_of(file: Path) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return the pixels of a drawing whose background is even that differ from its corner."""
    levels = grey(file)
    difference = np.abs(levels - np.median(levels))
    return np.asarray(difference > difference.max() * 0.4)


def test_conditions_are_of_eight_kinds_and_say_what_they_show() -> None:
    kinds = [name.partition("-")[0] for name in CONDITIONS]
    counts = {kind: kinds.count(kind) for kind in kinds}
    assert counts == {
        "string": 8, "touching": 5, "paper": 7, "photo": 7, "page": 4, "mixed": 3, "single": 1, "none": 3
    }  # fmt: skip
    assert all(condition.__doc__ for condition in CONDITIONS.values())


def test_the_same_seed_gives_the_same_files_and_another_one_others(tmp_path: Path) -> None:
    conditions = ["string-five", "touching-foot", "paper-fax", "mixed-signs"]
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        sets.make(tmp_path / name, 2, seed, conditions)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert not set(digests(tmp_path / "a").values()) & set(digests(tmp_path / "c").values())


@pytest.mark.slow
def test_each_digit_of_the_truth_has_a_box_inside_of_the_picture(pictures: Path) -> None:
    known = truths(pictures)
    assert [truth.condition for truth in known] == [name for name in CONDITIONS if not LARGE.match(name)]
    for truth in known:
        with Image.open(pictures / truth.file) as image:
            width, height = image.size
        if truth.condition != "single-digit":
            assert len(truth.boxes) == len("".join(scoring.digits_of(truth.lines))), truth.file
        for left, top, right, bottom in truth.boxes:
            assert 0 < left < right < width, truth.file
            assert 0 < top < bottom < height, truth.file
            assert max(right - left, bottom - top) >= 25
        assert bool(truth.lines) != truth.condition.startswith("none-")


@pytest.mark.parametrize("kind", ["string", "touching", "page"])
def test_the_ink_is_in_the_boxes(pictures: Path, kind: str) -> None:
    for truth in truths(pictures):
        if truth.condition.partition("-")[0] != kind:
            continue
        ink = ink_of(pictures / truth.file)
        boxes = np.zeros_like(ink)
        for left, top, right, bottom in truth.boxes:
            assert ink[top:bottom, left:right].mean() > 0.05, truth.file
            boxes[top - 2 : bottom + 2, left - 2 : right + 2] = True
        assert (ink & ~boxes).sum() <= 0.03 * ink.sum(), truth.file


def test_transparent_pictures_of_single_digits_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transparent = {"paint-transparent": single_digits.CONDITIONS["paint-transparent"]}
    monkeypatch.setattr("scripts.synthetic_numbers.mixed.single_digits.CONDITIONS", transparent)
    sets.make(tmp_path, 4, 0, ["single-digit"])
    assert [truth.boxes for truth in truths(tmp_path)] == [[]] * 4
    for truth in truths(tmp_path):
        with Image.open(tmp_path / truth.file) as image:
            assert image.mode == "RGBA"


def test_a_box_ends_where_the_ink_ends() -> None:
    rng = np.random.default_rng(0)
    lines = [even(rng, handwriting(rng), "0123456789", 2.0)]
    ink, boxes = drawn(rng, close_view(rng, lines, 40), lines, 0.1)
    for left, top, right, bottom in boxes:
        inside = ink[top:bottom, left:right] > INKED
        assert all(side.any() for side in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))
        ink[top:bottom, left:right] = 0
    assert ink.max() <= INKED


def test_gaps_between_groups_are_clearly_larger_than_those_within() -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        line = proportional(rng, random_writer(rng), grouped(rng, 3, 2, 4))
        assert len(line.text.split()) == 3
        sides = [(points[:, 0].min(), points[:, 0].max()) for points in (placed.points() for placed in line.placed)]
        gaps = [start - end for (_, end), (start, _) in pairwise(sides)]
        ends = set(np.cumsum([len(group) for group in line.text.split()]) - 1)
        between = [gap for k, gap in enumerate(gaps) if k in ends]
        within = [gap for k, gap in enumerate(gaps) if k not in ends]
        assert min(between) > 2 * max(within)


@pytest.mark.parametrize("condition", [name for name in CONDITIONS if name.startswith("touching-")])
def test_touching_digits_are_one_component(tmp_path: Path, condition: str) -> None:
    sets.make(tmp_path, 4, 0, [condition])
    connected = [n_components(tmp_path, truth) < len(truth.boxes) for truth in truths(tmp_path)]
    assert sum(connected) >= 3, "a digit may consist of two strokes that do not touch"


def test_overlapping_boxes_belong_to_digits_that_do_not_touch(tmp_path: Path) -> None:
    sets.make(tmp_path, 4, 0, ["string-overlapping"])
    for truth in truths(tmp_path):
        overlaps = [left[2] - right[0] for left, right in pairwise(truth.boxes)]
        assert max(overlaps) > 0
        assert n_components(tmp_path, truth) >= len(truth.boxes)


def n_components(directory: Path, truth: Truth) -> int:
    """Return the number of components of at least a tenth of a digit."""
    ink = ink_of(directory / truth.file)
    sizes = np.bincount(connected_components(ink).ravel())[1:]
    return int((sizes > ink.sum() / len(truth.boxes) / 10).sum())


def test_a_ligature_starts_at_the_one_digit_and_ends_at_the_next() -> None:
    rng = np.random.default_rng(0)
    left, right = even(rng, mnist_writer(rng), "00", 1.2).placed
    for band, (low, high) in {"top": (-0.7, 0), "foot": (0, 0.7)}.items():
        points = ligature(rng, left, right, band).points()
        assert low < points[:, 1].mean() < high
        for part, end in ((left, points[points[:, 0].argmin()]), (right, points[points[:, 0].argmax()])):
            assert np.hypot(*(part.points() - end).T).min() < 0.03


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [("", "", 0), ("", "123", 3), ("123", "123", 0), ("123", "13", 1), ("12", "21", 2), ("0151", "01151?", 2),
     ("kitten", "sitting", 3), ("intention", "execution", 5)],
)  # fmt: skip
def test_edit_distance(a: str, b: str, distance: int) -> None:
    assert edit_distance(a, b) == edit_distance(b, a) == distance


def test_a_reader_that_knows_the_truth_has_no_errors(small: Path) -> None:
    rows = scored(small, "what_is_true")
    assert rows["**all**"] == ["5", "100.0 %", "100.0 %", "100.0 %"]
    assert rows["none-words"] == ["1", "", "100.0 %", ""]


def test_the_score_counts_known_errors(small: Path) -> None:
    assert scored(small, "what_is_wrong") == {
        "**all**": ["5", "81.8 %", "40.0 %", ""],  # 2 of 11 digits: a 9 too many, and a question mark
        "**string**": ["2", "50.0 %", "0.0 %", ""],
        "**photo**": ["1", "100.0 %", "0.0 %", ""],  # all digits are right, but in one line
        "**page**": ["1", "100.0 %", "100.0 %", ""],  # its spaces do not count
        "**none**": ["1", "", "100.0 %", ""],
        "string-even": ["2", "50.0 %", "0.0 %", ""],
        "photo-lamp": ["1", "100.0 %", "0.0 %", ""],
        "page-scattered": ["1", "100.0 %", "100.0 %", ""],
        "none-words": ["1", "", "100.0 %", ""],
    }


def test_wrong_spaces_are_counted_where_the_digits_are_right() -> None:
    truth = Truth("a.png", "string-groups", ["12 34"], [])
    answers = [scoring.Answer(truth, [text]) for text in ("12 34", "1234", "12 35")]
    assert scoring.cells(answers) == ["3", "91.7 %", "66.7 %", "50.0 %"]


def scored(directory: Path, reader: str) -> dict[str, list[str]]:
    """Return the cells of each row of the table."""
    table = scoring.table(scoring.answers(directory, ME + reader))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {name: cells for name, *cells in rows}


def run(arguments: Sequence[object]) -> str:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_make_writes_a_set_and_score_writes_the_table_between_the_marks(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(["make", tmp_path / "made", "--count", 2, "--condition", "string-five"])
    assert [len(truth.lines[0]) for truth in truths(tmp_path / "made")] == [5, 5]
    monkeypatch.setattr("scripts.synthetic_numbers.__main__.DOCS", tmp_path)
    document = tmp_path / "accuracy.md"
    document.write_text(f"before\n{START}\nold\n{END}\nafter\n")
    output = run(["score", small, "--reader", f"{ME}what_is_true", "--condition", "string-even", "--write"])
    assert output.splitlines()[0] == "| | pictures | digits right | without error | spaces right |"
    assert document.read_text() == f"before\n{START}\n\n{output}\n{END}\nafter\n"
