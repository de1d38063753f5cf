"""Sets of digits in the formats of their makers are recognised and measured; malformed files are named."""

import bz2
import gzip
import shutil
import sys
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageFont

import mnist_mlp as mm
from mnist_mlp.data.dataset import Samples
from mnist_mlp.errors import DataError
from mnist_mlp.inference.reader import state_of
from scripts.digit_sets import fonts, tools
from scripts.digit_sets.find import DigitSet, find_sets, with_margin
from scripts.digit_sets.formats import Uint8
from scripts.digit_sets.measure import Readings, read_set

SCRIPT = Path(__file__).parents[2] / "scripts" / "other_digits"
BITS = np.random.default_rng(0).integers(0, 2, (12, 16, 16)).astype(np.uint8)
Y = np.array([6, 0, 1, 2, 3, 4, 5, 7, 8, 9, 9, 0], np.uint8)
X = 255 * BITS
LARGE = np.kron(BITS, np.ones((2, 2), np.uint8))  # (12, 32, 32)


def zip_code() -> bytes:
    rows = [
        f"{y:.4f} " + " ".join(f"{2 * int(bit) - 1:.3f}" for bit in bits.flat) for y, bits in zip(Y, BITS, strict=True)
    ]
    return "".join(f"{row} \n" for row in rows).encode()


def libsvm() -> bytes:
    rows = (f"{y + 1} {pairs(bits)}\n" for y, bits in zip(Y, BITS, strict=True))
    return "".join(rows).encode()


def pairs(bits: Uint8) -> str:
    return " ".join(f"{k}:{2 * int(bit) - 1}" for k, bit in enumerate(bits.flat, 1))


def semeion() -> bytes:
    rows = (" ".join([*(f"{bit:.4f}" for bit in bits.flat), *map(str, np.eye(10, dtype=int)[y])])
            for y, bits in zip(Y, BITS, strict=True))  # fmt: skip
    return "".join(f"{row} \n" for row in rows).encode()


def optdigits() -> bytes:
    digits = (
        "".join("".join(map(str, row)) + "\n" for row in bits) + f" {y}\n" for y, bits in zip(Y, LARGE, strict=True)
    )
    return f"BU handwritten digit database\n\nentwidth = 32\nntot = 12\nlastparag = 0\n{''.join(digits)}".encode()


def lzw(content: bytes) -> bytes:
    """Return a .Z file of 9-bit codes: bytes as they are, and 256, which clears the dictionary before it is full."""
    codes = [code for k in range(0, len(content), 239) for code in (*content[k : k + 239], 256)]
    bits = sum(code << (9 * k) for k, code in enumerate(codes))
    return b"\x1f\x9d\x90" + int(bits).to_bytes(-(-9 * len(codes) // 8), "little")


FILES: dict[str, tuple[str, Callable[[], bytes], Uint8]] = {
    "zip.train": ("USPS, training part", zip_code, X),
    "zip.test.gz": ("USPS, test part", lambda: gzip.compress(zip_code(), mtime=0), X),
    "usps": ("USPS, training part", libsvm, X),
    "usps.t.bz2": ("USPS, test part", lambda: bz2.compress(libsvm()), X),
    "semeion.data": ("Semeion", semeion, X),
    "optdigits-orig.tra": ("optdigits, training part", optdigits, 255 * LARGE),
    "optdigits-orig.windep": ("optdigits, test part", optdigits, 255 * LARGE),
}


@pytest.fixture(scope="module")
def script() -> Any:
    loader = SourceFileLoader("other_digits", str(SCRIPT))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def mnist_digits(tmp_path: Path) -> Path:
    """A directory with 40 of MNIST's test digits, as an archive."""
    test = mm.load_dataset().test
    directory = tmp_path / "sets"
    directory.mkdir()
    np.savez(directory / "mine.npz", X=test.X[:40].reshape(40, 28, 28), y=test.y[:40])
    return directory


def run(script: Any, *arguments: object) -> Result:
    return CliRunner().invoke(script.main, [str(argument) for argument in arguments])


def only_set(directory: Path) -> DigitSet:
    (found,), unknown = find_sets(directory)
    assert not unknown
    return found.read()


@pytest.mark.parametrize("file", FILES)
def test_each_format_is_recognised_by_its_name_and_read(file: str, tmp_path: Path) -> None:
    name, content, expected = FILES[file]
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / file).write_bytes(content())
    digits = only_set(tmp_path)
    assert digits.name == name
    assert np.array_equal(digits.y, Y)
    assert np.array_equal(np.asarray(digits.pictures), expected)
    assert isinstance(digits.pictures, np.ndarray)
    assert digits.pictures.dtype == np.uint8


@pytest.mark.skipif(not shutil.which("gzip"), reason="gzip unpacks .Z")
def test_optdigits_are_read_from_compressed_files(tmp_path: Path) -> None:
    (tmp_path / "optdigits-orig.cv.Z").write_bytes(lzw(optdigits()))
    digits = only_set(tmp_path)
    assert digits.name == "optdigits, validation part"
    assert np.array_equal(np.asarray(digits.pictures), 255 * LARGE)


def test_grey_levels_of_usps_are_scaled_from_minus_1_and_1(tmp_path: Path) -> None:
    (tmp_path / "usps").write_text("10 1:-1 2:-0.5 4:1\n")
    digits = only_set(tmp_path)
    assert digits.y == [9]
    assert np.asarray(digits.pictures).reshape(-1)[:5].tolist() == [0, 64, 128, 255, 128], "zeros may be left out"


def test_hdf5_is_read_if_h5py_is_there_and_otherwise_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class File(dict[str, Any]):
        def __enter__(self) -> "File":
            return self

        def __exit__(self, *_: object) -> None:
            pass

    flat = BITS.reshape(-1, 256).astype(np.float64)
    content = File(train={"data": flat, "target": Y}, test={"data": flat[:2], "target": Y[:2]})
    (tmp_path / "usps.h5").touch()
    (train, test), _ = find_sets(tmp_path)
    monkeypatch.setitem(sys.modules, "h5py", type("h5py", (), {"File": staticmethod(lambda _: content)}))
    assert (train.read().name, len(train.read())) == ("USPS, training part", 12)
    assert (test.read().name, test.read().y.tolist()) == ("USPS, test part", [6, 0])
    assert np.array_equal(np.asarray(train.read().pictures), X)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(DataError, match="h5py is not installed"):
        train.read()


def damaged(file: str, change: Callable[[bytes], bytes]) -> tuple[str, bytes]:
    return file, change(FILES[file][1]())


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("zip.train", b""),
        ("zip.train", b"1 2 3\n"),
        ("zip.train", b"\xff\xfe"),
        damaged("zip.train", lambda content: content.replace(b"6.0000", b"6.5000")),
        damaged("zip.train", lambda content: content.replace(b"-1.000", b"-3.000")),
        damaged("zip.train", lambda content: content.replace(b"-1.000", b"nan", 1)),
        damaged("zip.test.gz", lambda content: content[:-20]),
        damaged("zip.test.gz", lambda content: content[5:]),
        ("usps", b"3 257:1\n"),
        ("usps", b"3 0:1\n"),
        ("usps", b"3 one\n"),
        ("usps", b"0 1:1\n"),
        damaged("usps.t.bz2", lambda content: content[:-20]),
        damaged("semeion.data", lambda content: content.replace(b" 1 0", b" 0 0")),
        damaged("optdigits-orig.tra", lambda content: content[:-40]),
        damaged("optdigits-orig.tra", lambda content: content[: content.rindex(b" 9\n") + 3]),
        damaged("optdigits-orig.tra", lambda content: content.replace(b" 6\n", b" x\n")),
        damaged("optdigits-orig.tra", lambda content: content.replace(b"ntot", b"n")),
        damaged("optdigits-orig.tra", lambda content: content[:-40] + b"2" + content[-39:]),
        ("optdigits-orig.cv.Z", b"not compressed"),
        damaged("zip.test.gz", lambda content: content[:40] + bytes(20) + content[60:]),
        ("mine.npz", b"PK\x03\x04"),
        ("mine.npz", b""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # bytes of compressed files differ between zlibs
)
def test_a_malformed_file_gives_one_line(file: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / file).write_bytes(content)
    (found,), _ = find_sets(tmp_path)
    with pytest.raises(DataError) as caught:
        found.read()
    assert str(caught.value).startswith(f"malformed set of digits: {tmp_path / file}: ")
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_and_a_missing_gzip_are_not_called_malformed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "optdigits-orig.cv.Z").touch()
    (tmp_path / "semeion.data").touch()
    found, _ = find_sets(tmp_path)
    (tmp_path / "semeion.data").unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    for one, why in zip(found, ("gzip: No such file", r".*semeion\.data: No such file"), strict=True):
        with pytest.raises(DataError, match=rf"^cannot read: .*: {why}"):
            one.read()


@pytest.mark.parametrize(
    "arrays",
    [
        {"X": X},
        {"X": X.astype(float), "y": Y},
        {"X": X[0], "y": Y},
        {"X": X, "y": Y[:-1]},
        {"X": X, "y": Y + 1},
        {"X": X[:0], "y": Y[:0]},
        {"X": X, "y": np.array([None] * 12)},
    ],
)
def test_an_archive_needs_pictures_and_labels(arrays: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", **arrays)
    with pytest.raises(DataError, match=r"malformed set of digits: .*mine\.npz"):
        only_set(tmp_path)


def test_folders_of_pictures_are_sets_and_conditions_of_a_kind_are_one(tmp_path: Path) -> None:
    for folder in ("mine/3", "full/photo-lamp/3", "full/photo-ruled/5", "full/scan-fax/5"):
        (tmp_path / folder).mkdir(parents=True)
        Image.new("L", (30, 30), 255).save(tmp_path / folder / "a.png")
    (tmp_path / "semeion.data").write_bytes(semeion())
    (tmp_path / "notes.txt").touch()
    (tmp_path / ".hidden").touch()
    found, unknown = find_sets(tmp_path)
    sets = {digits.name: digits.y.tolist() for digits in (one.read() for one in found)}
    assert sets == {"Semeion": Y.tolist(), "full, photo": [3, 5], "full, scan": [5], "mine": [3]}
    assert list(sets) == ["Semeion", "full, photo", "full, scan", "mine"], "files before folders"
    assert unknown == [tmp_path / "notes.txt"]


def test_a_sample_has_each_digit_in_proportion_and_is_always_the_same() -> None:
    y = np.repeat(np.arange(10, dtype=np.uint8), 20)
    y[:10] = 9
    digits = DigitSet("any", np.arange(200, dtype=np.uint8).reshape(-1, 1, 1), y)
    sample = digits.sample(20)
    assert np.bincount(sample.y).tolist() == [1, *[2] * 8, 3]
    assert np.array_equal(sample.y, digits.sample(20).y)
    assert all(
        y[np.asarray(picture).item()] == label
        for picture, label in zip(sample.pictures, sample.y, strict=True)
        if label
    )
    assert len(digits.sample(201)) == 200


def test_digits_that_touch_the_border_get_a_margin_of_their_background() -> None:
    padded = with_margin(DigitSet("any", 255 - X, Y))
    assert padded is not None
    assert padded.name == "any, with 4 px of margin"
    pictures = np.asarray(padded.pictures)
    assert pictures.shape == (12, 24, 24)
    assert np.array_equal(pictures[:, 4:-4, 4:-4], 255 - X)
    inside = np.zeros((12, 20, 20), np.uint8)
    inside[:, 2:-2, 2:-2] = X
    assert with_margin(DigitSet("any", inside, Y)) is None


def test_the_margin_has_the_level_of_the_border() -> None:
    pictures = np.full((3, 9, 9), 200, np.uint8)
    pictures[:, 4] = 0
    padded = with_margin(DigitSet("any", pictures, Y[:3]))
    assert padded is not None
    assert np.asarray(padded.pictures)[0, 0].tolist() == [200] * 17


def test_readings_count_right_rejected_and_right_of_the_rest() -> None:
    readings = Readings(Y[:4], np.array([6, 0, 7, -1]), np.array([False, True, False, True]))
    assert readings.cells() == ["4", "50.0 %", "50.0 %", "50.0 %"]
    assert readings.confusions().splitlines() == [
        "  0: 100.0 %, 1: 0.0 %, 2: 0.0 %, 6: 100.0 %",
        "  1 as 7: 1, 2 as nothing: 1",
    ]
    assert Readings(Y[:1], np.array([6]), np.array([True])).cells() == ["1", "100.0 %", "100.0 %", "-"]


def test_pictures_are_read_as_predict_reads_them(tmp_path: Path) -> None:
    test = mm.load_dataset().test
    (tmp_path / "broken.png").write_bytes(b"nothing")
    blank = np.zeros((28, 28), np.uint8)
    pictures = [test.X[0].reshape(28, 28), 255 - test.X[1].reshape(28, 28), blank, tmp_path / "broken.png"]
    readings = read_set(DigitSet("any", pictures, np.array([7, 2, 3, 3], np.uint8)), state_of("pretrained"))
    assert readings.guesses[[0, 1, 3]].tolist() == [7, 2, -1]
    assert readings.rejected.tolist() == [False, False, True, True]


def test_the_table_is_printed_and_written_and_unknown_files_are_named(
    script: Any, mnist_digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "accuracy.md"
    document.write_text(f"before\n{script.START}\nold\n{script.END}\nafter\n")
    monkeypatch.setattr(script, "DOCUMENT", document)
    (mnist_digits / "notes.txt").touch()
    monkeypatch.setattr(script, "TOOLS", {"mlp": ("always 7", lambda: lambda pictures: [7] * len(pictures))})
    result = run(script, mnist_digits, "--with", "mlp", "--tool-limit", 10, "--confusions", "--write")
    assert result.exit_code == 0, result.output
    assert "not sets of digits that are known: notes.txt\n" in result.stderr
    assert "all are right" in result.stderr
    head, _, row = result.stdout.splitlines()
    assert head == '| | digits | right | "unsure" | right of the rest | always 7 |'
    assert row == "| mine | 40 | 100.0 % | 0.0 % | 100.0 % | 10.0 % |"
    assert document.read_text() == f"before\n{script.START}\n\n{result.stdout}\n{script.END}\nafter\n"


def test_a_malformed_file_does_not_keep_the_others_from_being_measured(script: Any, mnist_digits: Path) -> None:
    (mnist_digits / "semeion.data").write_bytes(b"0 1\n")
    result = run(script, mnist_digits, "--limit", 20)
    assert result.exit_code == 3
    assert (
        f"error: malformed set of digits: {mnist_digits / 'semeion.data'}: it has 2 columns, not 266\n" in result.stderr
    )
    assert "| mine | 20 | 100.0 % | 0.0 % | 100.0 % |" in result.stdout


@pytest.mark.parametrize("option", [["--limit", 20], ["--checkpoint", "other"], []])
def test_a_sample_another_checkpoint_or_fewer_tools_do_not_replace_the_published_table(
    script: Any, mnist_digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: list[Any]
) -> None:
    monkeypatch.setattr(script, "DOCUMENT", tmp_path / "missing.md")
    monkeypatch.setattr(script, "TOOLS", {"mlp": ("always 7", lambda: lambda pictures: [7] * len(pictures))})
    monkeypatch.setattr(script, "state_of", lambda name: None)
    result = run(script, mnist_digits, "--write", *option, *(["--with", "mlp"] if option else []))
    assert result.exit_code == 2
    assert "--write needs `pretrained`, all digits and every TOOL" in result.stderr


def test_errors_are_one_line(script: Any, tmp_path: Path) -> None:
    for arguments, code, message in (
        ([tmp_path], 3, "error: no digits: "),
        ([tmp_path, "--fonts", tmp_path], 3, "error: no text fonts: "),
        ([tmp_path, "--checkpoint", tmp_path / "none"], 4, "error: "),
    ):
        result = run(script, *arguments)
        assert result.exit_code == code
        assert result.stderr.startswith(message)
        assert result.stderr.count("\n") == 1


def test_printed_digits_have_every_size_and_most_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    face = pillows_face()
    (tmp_path / "a.TTF").touch()
    (tmp_path / "Kristi.ttf").touch()
    monkeypatch.setattr(fonts, "faces_in", lambda file: [face])
    digits = fonts.printed_digits(tmp_path)
    assert digits.name == "printed digits, 1 face"
    assert digits.y.tolist() == [*range(10)] * len(fonts.SIZES)
    heights = [len(np.asarray(picture)) for picture in digits.pictures]
    assert heights[::10] == sorted(heights[::10])
    assert read_set(digits, state_of("pretrained")).correct.mean() >= 0.8


class Substituted(ImageFont.FreeTypeFont):
    """The face that comes with Pillow, with other characters instead of the ten digits."""

    characters: str

    def getbbox(self, text: Any, *arguments: Any, **settings: Any) -> Any:
        return super().getbbox(self.characters[int(text)], *arguments, **settings)

    def getmask2(self, text: Any, *arguments: Any, **settings: Any) -> Any:
        return super().getmask2(self.characters[int(text)], *arguments, **settings)


def substituted(characters: str) -> ImageFont.FreeTypeFont:
    face = pillows_face()
    face.__class__ = Substituted
    assert isinstance(face, Substituted)
    face.characters = characters
    return face


def pillows_face() -> ImageFont.FreeTypeFont:
    face = ImageFont.load_default(fonts.LARGE)
    assert isinstance(face, ImageFont.FreeTypeFont)
    return face


@pytest.mark.parametrize(
    ("characters", "why"),
    [
        (10 * "\U0010ffff", "all are missing, and drawn alike"),
        ("012345678 ", "9 is empty"),
        ("0123456y89", "7 descends below the line"),
        ("01234567z9", "8 is lower"),
        ("0123456709", "8 has one hole"),
        ("0i23456789", "1 has two pieces"),
    ],
)
def test_faces_are_left_out_if_digits_are_missing_of_other_height_or_of_other_form(characters: str, why: str) -> None:
    assert fonts.is_text_face(substituted("0123456789"))
    assert not fonts.is_text_face(substituted(characters)), why


def test_pictures_for_ocr_are_dark_on_light_enlarged_and_have_a_margin() -> None:
    white_on_black = np.zeros((16, 16), np.uint8)
    white_on_black[4:12, 8] = 255
    image = tools.for_ocr(white_on_black)
    assert image.size == (72, 72)
    pixels = np.asarray(image)
    assert pixels[0, 0] == 255
    assert pixels.min() < 60
    assert tools.for_ocr(np.full((4000, 20), 255, np.uint8)).size == (505, 1500)


def test_pictures_for_networks_are_light_on_dark_28x28(tmp_path: Path) -> None:
    image = Image.new("RGBA", (56, 40))
    image.paste("black", (20, 4, 30, 36))
    image.save(tmp_path / "transparent.png")
    pixels = tools.for_mnist(tmp_path / "transparent.png")
    assert pixels.shape == (28, 28)
    assert pixels[0, 0] == 0
    assert pixels[14, 12] == 255
    assert np.array_equal(tools.for_mnist(pixels), pixels)


def test_missing_tools_are_left_out_with_a_line(
    script: Any, mnist_digits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("rapidocr_onnxruntime", "sklearn.exceptions", "torch"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    names = [option for name in tools.TOOLS for option in ("--with", name)]
    result = run(script, mnist_digits, *names, "--limit", 10)
    assert result.exit_code == 0
    assert [line.partition(":")[0] for line in result.stderr.splitlines()[:4]] == [
        f"{title} is left out" for title, _ in tools.TOOLS.values()
    ]
    assert result.stdout.count("|") == 3 * 6


@pytest.mark.parametrize("end", ["", "\f"])
def test_tesseract_gets_all_pictures_at_once_and_may_leave_pages_empty(
    end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tesseract(command: list[str], **_: object) -> Any:
        files = Path(command[1]).read_text().splitlines()
        assert [Path(file).read_bytes()[1:4] for file in files] == [b"PNG"] * 12
        return type("Finished", (), {"stdout": "\f".join(["8\n", *[""] * 10, "4 \n"]) + end})

    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setattr("subprocess.run", tesseract)
    assert tools.tesseract()(X) == [8, *[-1] * 10, 4]


def test_the_mlp_of_scikit_learn_reads_digits_that_are_prepared_as_in_tutorials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("sklearn")
    train = mm.load_dataset().train
    few = Samples(train.X[:500], train.y[:500], train.shape, {})
    monkeypatch.setattr(tools, "mnist_training_part", lambda: few)
    answers = tools.mlp()(255 - few.X.reshape(-1, 28, 28))
    assert np.mean(answers == few.y) > 0.9
