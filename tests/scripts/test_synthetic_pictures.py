"""The generators write the pictures that they promise, and preparation copes with them."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import DataError
from mnist_mlp.inference.rejection import parameters, regression
from mnist_mlp.pictures import prepare
from mnist_mlp.pretrained import REJECTION
from scripts.synthetic_pictures import digits, nondigits, rejection, scoring
from scripts.synthetic_pictures.__main__ import END, START, main
from scripts.synthetic_pictures.digits import CONDITIONS, LOSSLESS
from scripts.synthetic_pictures.rejection import DIGITS, MNIST, Features, Groups
from scripts.synthetic_pictures.sheet import README_DIGITS, README_NONDIGITS

EACH = 3  # pictures of a condition
LARGE = ("photo-12-megapixels", "scan-whole-page")  # which would take half of the time


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small set without fonts and without the largest pictures."""
    directory = tmp_path_factory.mktemp("synthetic")
    digits.make(directory, EACH * len(CONDITIONS), 1, [], [name for name in CONDITIONS if name not in LARGE])
    return directory


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pictures of each kind of non-digit."""
    directory = tmp_path_factory.mktemp("others")
    nondigits.make(directory, 2, 0)
    return directory


def digests(directory: Path) -> dict[str, str]:
    files = (file for file in directory.rglob("*") if file.is_file())
    return {str(file.relative_to(directory)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def run(*arguments: object) -> str:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_there_are_63_conditions_of_four_kinds() -> None:
    kinds = [name.partition("-")[0] for name in CONDITIONS]
    assert {kind: kinds.count(kind) for kind in kinds} == {"photo": 25, "scan": 12, "paint": 16, "crop": 10}
    assert all(condition.__doc__ for condition in CONDITIONS.values())
    assert set(CONDITIONS) > LOSSLESS


def test_the_same_seed_gives_the_same_files_and_another_one_others(tmp_path: Path) -> None:
    conditions = ["photo-shadow", "scan-fax", "paint-transparent", "crop-cell"]
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        digits.make(tmp_path / name, 2 * len(CONDITIONS), seed, [], conditions)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert not set(digests(tmp_path / "a").values()) & set(digests(tmp_path / "c").values())


@pytest.mark.slow
def test_every_condition_has_its_pictures_under_their_digits(pictures: Path) -> None:
    for folder in pictures.iterdir():
        files = list(folder.glob("[0-9]/*"))
        assert len(files) == EACH, folder.name
        for file in files:
            with Image.open(file) as image:
                assert 3 <= min(image.size) <= max(image.size) <= 4000
    assert len(list(pictures.iterdir())) == len(CONDITIONS) - len(LARGE)


# Well below what was measured with ten times as many: a single picture is two to three percent of a kind here.
@pytest.mark.parametrize("kind", ["photo", "scan", "paint", "crop"])
def test_most_pictures_of_each_kind_are_read_right(pictures: Path, kind: str) -> None:
    conditions = [folder.name for folder in pictures.glob(f"{kind}-*")]
    answers = scoring.answers(pictures, "pretrained", conditions)
    assert len(answers) == EACH * len(conditions)
    assert np.mean([answer.correct for answer in answers]) >= 0.8


def test_non_digits_are_made_of_every_kind_and_alike_for_a_seed(others: Path, tmp_path: Path) -> None:
    nondigits.make(tmp_path, 2, 0)
    assert digests(tmp_path) == digests(others)
    assert {file.parent.name for file in others.rglob("*.png")} == set(nondigits.KINDS)
    assert len(set(digests(others).values())) == 2 * len(nondigits.KINDS)
    for file in others.rglob("*.png"):
        try:
            facts = prepare(file).features
        except DataError as error:
            assert "nothing is drawn" in str(error)  # noqa: PT017 - the others are pictures
        else:
            assert facts.contrast > 0


@pytest.fixture
def blank_pictures(tmp_path: Path) -> Path:
    """Empty pictures, labelled 3 and 7, of two conditions."""
    for condition in ("photo-a", "photo-b"):
        for digit in (3, 7):
            folder = tmp_path / "set" / condition / str(digit)
            folder.mkdir(parents=True)
            Image.new("L", (30, 30), 255).save(folder / "font-0.png")
    return tmp_path / "set"


def test_the_table_counts_correct_answers_in_all_by_kind_and_by_condition(blank_pictures: Path) -> None:
    answers = scoring.answers(blank_pictures, "pretrained")
    assert [answer.digit for answer in answers] == [-1] * 4, "nothing is drawn there"
    all_3 = [answer._replace(digit=3) for answer in answers]
    assert scoring.table([all_3[:1], all_3], ["a", "b"], ["all", "kind", "condition"]).splitlines() == [
        "| | a: pictures | right | b: pictures | right |",
        "|---|---|---|---|---|",
        "| **all** | 1 | 100.0 % | 4 | 50.0 % |",
        "| **photo** | 1 | 100.0 % | 4 | 50.0 % |",
        "| photo-a | 1 | 100.0 % | 2 | 50.0 % |",
        "| photo-b | 0 |  | 2 | 50.0 % |",
    ]
    assert scoring.table([all_3], ["a"], ["source"]).splitlines()[2:] == ["| **font** | 4 | 50.0 % |"]


def test_score_writes_the_table_between_the_marks_and_draws_the_mistakes(
    blank_pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.synthetic_pictures.__main__.DOCS", tmp_path)
    document, sheet = tmp_path / "accuracy.md", tmp_path / "sheet.png"
    document.write_text(f"before\n{START}\nold\n{END}\nafter\n")
    output = run("score", blank_pictures, "--write", "--sheet", sheet)
    assert "| **all** | 4 | 0.0 % |" in output
    assert "| **font** | 4 | 0.0 % |" in output
    text = document.read_text()
    assert text.startswith(f"before\n{START}\n\n| | set: pictures | right |\n")
    assert text.endswith(f"| photo-b | 2 | 0.0 % |\n\n{END}\nafter\n")
    assert "old" not in text
    with Image.open(sheet) as image:
        assert image.width > image.height


def test_the_pictures_of_the_readme_are_of_conditions_and_kinds_that_are_drawn() -> None:
    assert set(README_DIGITS) <= set(digits.CONDITIONS)
    assert set(README_NONDIGITS) <= set(nondigits.KINDS)


def test_make_and_collect_write_a_data_set_of_digits_and_non_digits(
    tmp_path: Path, others: Path, tiny_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("make", tmp_path / "digits", "--count", "1", "--condition", "paint-28", "--fonts", tmp_path)
    monkeypatch.setattr("scripts.synthetic_pictures.collection.load_dataset", lambda: load_dataset(tiny_data))
    monkeypatch.setattr("scripts.synthetic_pictures.collection.N_HANDWRITTEN", 60)
    monkeypatch.setattr("scripts.synthetic_pictures.collection.N_PLAIN", 10)
    run("collect", tmp_path / "data", "--digits", tmp_path / "digits", "--nondigits", others)
    dataset, tiny = load_dataset(tmp_path / "data"), load_dataset(tiny_data)
    y = np.concatenate([dataset.train.y, dataset.test.y])
    assert (y == 0).sum() == -(-5 * len(tiny.train.y) // 12) + 60 + 10 + 1
    assert 20 < (y == 1).sum() < 2 * len(nondigits.KINDS), "several digits that are separate are left out"
    assert len(dataset.test.y) == -(-len(y) // 10)


def test_the_fit_separates_digits_from_the_rest_and_rejects_the_share_that_was_asked_for() -> None:
    generator = np.random.default_rng(0)

    def group(mean: float, n: int) -> list[Features]:
        return [
            dict(zip(("network", "a", "b"), row.tolist(), strict=True)) for row in generator.normal(mean, 1, (n, 3))
        ]

    groups: Groups = {MNIST: group(-2, 100), DIGITS: group(-2, 200), "letter": group(2, 100), "blank": [None] * 5}
    fitted = rejection.fit(groups, 0.05)
    assert rejection.share(groups[DIGITS], fitted) == 0.05
    assert rejection.share(groups["letter"], fitted) > 0.95
    assert rejection.share(groups["blank"], fitted) == 1
    assert all(weights.weight > 0 for weights in fitted.weights.values())


def test_the_fit_trusts_the_network_as_far_as_the_strokes_are_clean() -> None:
    """The network separates the pictures of long strokes, and is random on the others."""
    generator = np.random.default_rng(0)

    def group(mean: float) -> list[Features]:
        long = [{"network": value, "length": 1.0} for value in generator.normal(mean, 1, 500)]
        return [*long, *({"network": value, "length": 0.0} for value in generator.normal(0, 3, 500))]

    groups: Groups = {MNIST: group(-3), DIGITS: group(-3), "letter": group(3)}
    fitted = rejection.fit(groups, 0.05)
    assert fitted.weights["length"].product > 0.5
    assert fitted.threshold < regression({"network": 3.0, "length": 1.0}, fitted)
    assert fitted.threshold > regression({"network": 3.0, "length": 0.0}, fitted)


def test_the_three_groups_weigh_the_same_however_many_pictures_they_have() -> None:
    generator = np.random.default_rng(0)

    def group(mean: float) -> list[Features]:
        return [{"network": value} for value in generator.normal(mean, 1, 200)]

    groups: Groups = {MNIST: group(-1.5), DIGITS: group(-0.5), "letter": group(1)}
    once = rejection.fit(groups, 0.05)
    often = rejection.fit({**groups, "letter": 20 * groups["letter"]}, 0.05)
    for value in (-1.0, 0.0, 1.0):
        found, expected = regression({"network": value}, often), regression({"network": value}, once)
        assert found == pytest.approx(expected, abs=0.5), "20 times as many would add log 20 = 3.0"


def test_the_weights_of_the_package_reject_non_digits(others: Path) -> None:
    features = [rejection.features_in(file) for file in sorted(others.rglob("*.png"))]
    assert rejection.share(features, parameters()) >= 0.8
    assert rejection.as_json(parameters()) + "\n" == REJECTION.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["make", "new", "--seed", "-1"], "'--seed'"),
        (["make", "new", "--count", "0"], "'--count'"),
        (["make-nondigits", "new", "--count", "-3"], "'--count'"),
        (["score", "empty"], "Error: no pictures: empty"),
    ],
)
def test_numbers_out_of_range_and_empty_sets_are_errors(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code in (1, 2)
    assert words in result.stderr
    assert not Path("new").exists()
