"""The generators of difficult pictures give what they say, and preparation is up to them."""

import hashlib
import sys
from collections import defaultdict
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from mnist_mlp.errors import DataError
from mnist_mlp.pictures import prepare
from mnist_mlp.storage.find import load_checkpoint

ROOT = Path(__file__).parents[2] / "scripts" / "difficult"
EACH = 3  # pictures of a condition
LARGE = ("photo-12-megapixels", "scan-whole-page")  # which would take half of the time


def script(name: str) -> ModuleType:
    """A script without a suffix as a module; those beside it are found too."""
    sys.path.insert(0, str(ROOT))
    try:
        loader = SourceFileLoader(f"difficult_{name}", str(ROOT / name))
        spec = spec_from_loader(loader.name, loader)
        assert spec is not None
        module = module_from_spec(spec)
        loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT))
    return module


@pytest.fixture(scope="module")
def make() -> ModuleType:
    return script("make")


@pytest.fixture(scope="module")
def pictures(make: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small set without fonts and without the largest pictures."""
    directory = tmp_path_factory.mktemp("difficult")
    conditions = [name for name in make.CONDITIONS if name not in LARGE]
    make.make(directory, EACH * len(make.CONDITIONS), 1, [], conditions)
    return directory


def digests(directory: Path) -> dict[str, str]:
    files = (file for file in directory.rglob("*") if file.is_file())
    return {str(file.relative_to(directory)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_there_are_conditions_enough_of_four_kinds(make: ModuleType) -> None:
    assert len(make.CONDITIONS) >= 20
    assert {name.partition("-")[0] for name in make.CONDITIONS} == {"photo", "scan", "paint", "crop"}
    assert all(condition.__doc__ for condition in make.CONDITIONS.values())


def test_the_same_seed_gives_the_same_files_and_another_one_others(make: ModuleType, tmp_path: Path) -> None:
    conditions = ["photo-shadow", "scan-fax", "paint-transparent", "crop-cell"]
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        make.make(tmp_path / name, 2 * len(make.CONDITIONS), seed, [], conditions)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert not set(digests(tmp_path / "a").values()) & set(digests(tmp_path / "c").values())


def test_every_condition_has_its_pictures_under_their_digits(make: ModuleType, pictures: Path) -> None:
    for folder in pictures.iterdir():
        files = list(folder.glob("[0-9]/*"))
        assert len(files) == EACH, folder.name
        for file in files:
            with Image.open(file) as image:
                assert 3 <= min(image.size) <= max(image.size) <= 4000
    assert len(list(pictures.iterdir())) == len(make.CONDITIONS) - len(LARGE)


# Well below what was measured with ten times as many: a single picture is two to three percent of a kind here.
@pytest.mark.parametrize(("kind", "bar"), [("photo", 0.8), ("scan", 0.8), ("paint", 0.8), ("crop", 0.8)])
def test_most_difficult_pictures_of_each_kind_are_read_right(pictures: Path, kind: str, bar: float) -> None:
    model = load_checkpoint("pretrained").model
    rights: dict[str, list[bool]] = defaultdict(list)
    for file in sorted(pictures.glob(f"{kind}-*/[0-9]/*")):
        try:
            pixels = prepare(file).pixels
        except DataError:
            rights[kind].append(False)
            continue
        rights[kind].append(int(model.predict(pixels.reshape(1, -1))[0].argmax()) == int(file.parent.name))
    assert sum(rights[kind]) >= bar * len(rights[kind])


def test_non_digits_are_made_of_every_kind_and_alike_for_a_seed(tmp_path: Path) -> None:
    module = script("make_nondigits")
    for name in ("a", "b"):
        module.make(tmp_path / name, 2, 0)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert {file.parent.name for file in (tmp_path / "a").rglob("*.png")} == set(module.KINDS)
    assert len(set(digests(tmp_path / "a").values())) == 2 * len(module.KINDS)
    for file in (tmp_path / "a").rglob("*.png"):
        try:
            facts = prepare(file).features
        except DataError as error:
            assert "nothing is drawn" in str(error)  # noqa: PT017 - the others are pictures
        else:
            assert facts.contrast > 0


def test_scores_are_counted_by_condition_and_written_between_the_marks(tmp_path: Path) -> None:
    module = script("score")
    for name in ("photo-a", "photo-b"):
        for digit in (3, 7):
            folder = tmp_path / name / str(digit)
            folder.mkdir(parents=True)
            Image.new("L", (30, 30), 255).save(folder / "font-0.png")
    answers = module.answers_in("pretrained", sorted(tmp_path.rglob("*.png")))
    assert [given.digit for given in answers] == [-1] * 4, "nothing is drawn there"
    right = [given._replace(digit=3) for given in answers]
    assert module.shares([right], module.condition) == {"photo-a": [[True, False]], "photo-b": [[True, False]]}
    assert module.shares([right[:1], right], module.kind) == {"photo": [[True], [True, False, True, False]]}
    document = f"before\n{module.START}\nold\n{module.END}\nafter\n"
    text = module.written(document, [right[:1], right], ["a", "b"])
    assert text.startswith(
        f"before\n{module.START}\n\n| | a: pictures | right | b: pictures | right |\n|---|---|---|---|---|\n"
    )
    assert "\n| photo-b | 0 |  | 2 | 50.0 % |\n" in text
    assert text.endswith(f"\n\n{module.END}\nafter\n")
    assert "old" not in text
    assert module.written(text, [right[:1], right], ["a", "b"]) == text
