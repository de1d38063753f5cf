"""Promises 11 to 16: data, pictures and configs that are malformed, damaged or hostile."""

import gzip
import os
import shutil
import struct
import time
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mnist_mlp
from mnist_mlp.data import idx
from mnist_mlp.data.dataset import FILES
from mnist_mlp.data.gunzip import Gunzip
from mnist_mlp.pictures import prepare
from tests.reliability.trainers import Zygote, is_one_error_line, run, settings

IMAGES, LABELS = FILES["train"]

# One second is promised; a machine that runs other tests as well gets some more.
PROMPT = 3

# --- 11: malformed IDX ------------------------------------------------------------------------------------------------


def raw(code: int, *shape: int, content: int) -> bytes:
    return bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + bytes(content)


PICTURES = 300 * 28 * 28

MALFORMED: dict[str, tuple[str, bytes, str]] = {
    "empty": (IMAGES, b"", "nothing"),
    "magic": (IMAGES, b"\1" + raw(8, 300, 28, 28, content=PICTURES)[1:], "not with an IDX header"),
    "dtype unknown": (IMAGES, raw(7, 300, 28, 28, content=PICTURES), "not with an IDX header"),
    "dtype of floats": (IMAGES, raw(0x0D, 300, 28, 28, content=4 * PICTURES), "not a file of pictures"),
    "no dimensions": (IMAGES, raw(8, content=10), "not with an IDX header"),
    "two dimensions": (IMAGES, raw(8, 300, 784, content=PICTURES), "not a file of pictures"),
    "255 dimensions": (IMAGES, bytes([0, 0, 8, 255]) + b"\1" * 1020, "not with an IDX header"),
    "pictures of no pixels": (IMAGES, raw(8, 300, 0, 28, content=0), "not a file of pictures"),
    "short by a byte": (IMAGES, raw(8, 300, 28, 28, content=PICTURES - 1), "its header announces"),
    "long by a byte": (IMAGES, raw(8, 300, 28, 28, content=PICTURES + 1), "its header announces"),
    "larger than any memory": (IMAGES, raw(8, 2**32 - 1, 2**16, 2**16, content=100), "its header announces"),
    "larger than a number": (IMAGES, raw(8, *[2**32 - 1] * 3, content=100), "an impossible size"),
    "labels as pictures": (IMAGES, raw(8, 300, content=300), "not a file of pictures"),
    "pictures as labels": (LABELS, raw(8, 300, 28, 28, content=PICTURES), "not a file of labels"),
    "counts that differ": (LABELS, raw(8, 299, content=299), "299 labels, 300 pictures"),
    "a label too high": (LABELS, raw(8, 300, content=299) + b"\x0a", "found 10, and data.classes is 10"),
}

# --- 12: gzip ---------------------------------------------------------------------------------------------------------

NOISE = np.random.default_rng(0).integers(0, 256, PICTURES, np.uint8).tobytes()
GOOD = gzip.compress(raw(8, 300, 28, 28, content=0) + NOISE, mtime=0)


def bomb(announced: int, held: int) -> bytes:
    """Gzipped pictures whose header announces one size and that unpack to another."""
    return gzip.compress(raw(8, announced, 28, 28, content=held), mtime=0)


MALFORMED |= {
    "gzip: empty": (IMAGES, gzip.compress(b""), "nothing"),
    "gzip: cut": (IMAGES, GOOD[: len(GOOD) // 2], "broken gzip"),
    "gzip: cut in its header": (IMAGES, GOOD[:5], "broken gzip"),
    "gzip: without its checksum": (IMAGES, GOOD[:-8], "broken gzip"),
    "gzip: wrong checksum": (IMAGES, GOOD[:-8] + bytes([GOOD[-8] ^ 1]) + GOOD[-7:], "broken gzip"),
    "gzip: wrong length": (IMAGES, GOOD[:-1] + bytes([GOOD[-1] ^ 1]), "broken gzip"),
    "gzip: junk behind": (IMAGES, GOOD + b"junk", "broken gzip"),
    "gzip: zeros behind, a hundred million": (IMAGES, GOOD + bytes(10**8), "much longer than its content"),
    "gzip: a name of 100 MB": (IMAGES, GOOD[:3] + b"\x08" + GOOD[4:10] + b"a" * 10**8 + GOOD[9:], "much longer than"),
    "gzip: another one behind": (IMAGES, GOOD + GOOD, "more than the"),
    "gzip: garbage inside": (IMAGES, GOOD[:2000] + b"\xff" * 40 + GOOD[2040:], "broken gzip"),
    "gzip: bomb": (IMAGES, bomb(300, 10**8), "more than the"),
    "gzip: announces too much": (IMAGES, bomb(10**9, 1000), "more than"),
    "gzip: announces somewhat too much": (IMAGES, bomb(301, PICTURES), "it ends before"),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_malformed_data_are_exit_3_with_the_reason_before_a_run_begins(
    tmp_path: Path, tiny_data: Path, zygote: Zygote, kind: str
) -> None:
    name, content, reason = MALFORMED[kind]
    data = tmp_path / "data"
    shutil.copytree(tiny_data, data)
    (data / f"{name}.gz").unlink()
    (data / (f"{name}.gz" if kind.startswith("gzip") else name)).write_bytes(content)
    start = time.monotonic()
    ended = zygote.run("train", "--run-dir", "run", *settings(data), cwd=tmp_path)
    assert time.monotonic() - start < PROMPT
    assert ended.status == 3, ended.stderr
    assert is_one_error_line(ended.stderr)
    assert reason in ended.stderr
    assert not (tmp_path / "run").exists()


def test_of_a_gzip_bomb_no_more_is_unpacked_than_its_header_announces_and_a_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked = 0

    class Counting(Gunzip):
        def readinto(self, buffer: memoryview) -> int:
            nonlocal unpacked
            done = super().readinto(buffer)
            unpacked += done
            return done

    (tmp_path / "bomb.gz").write_bytes(bomb(300, 10**8))
    monkeypatch.setattr(idx, "Gunzip", Counting)
    with pytest.raises(mnist_mlp.errors.DataError):
        idx.read_idx(tmp_path / "bomb.gz")
    assert unpacked == 16 + PICTURES + 1


# --- Files that are no files, and names that are no text --------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("kind", ["pipe", "device"])
@pytest.mark.parametrize("name", ["pictures/1/7.png", "files/train-images-idx3-ubyte", "directory"])
def test_a_pipe_or_a_device_among_the_data_does_not_stop_a_command_for_ever(
    tmp_path: Path, zygote: Zygote, kind: str, name: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    start = time.monotonic()
    ended = zygote.run("train", "--run-dir", "run", *settings(tmp_path / name.split("/")[0]), cwd=tmp_path)
    assert time.monotonic() - start < PROMPT
    assert ended.status == 3, ended.stderr
    assert is_one_error_line(ended.stderr)
    assert not (tmp_path / "run").exists()


ODD = b"\xff\n\x1b[31m=1+1"


@pytest.mark.skipif(os.sep != "/", reason="names are text on Windows")
def test_names_of_any_bytes_end_no_command_with_an_internal_error(
    tmp_path: Path, tiny_data: Path, zygote: Zygote
) -> None:
    odd = tmp_path / os.fsdecode(ODD)
    shutil.copytree(tiny_data, odd / "data")
    ended = zygote.run("train", "--run-dir", "run", *settings(Path("data")), cwd=odd)
    assert ended.status == 0, ended.stderr
    for command in (
        ["evaluate", "run", "--split", "validation"],
        ["report", "run"],
        ["reproduce", "run"],
        ["train", "--resume", "run"],
    ):
        assert zygote.run(*command, cwd=odd).status == 0
    assert zygote.run("evaluate", "run", "--data", odd, cwd=odd).status == 0  # the files are in a folder below
    assert zygote.run("evaluate", "run", "--data", odd / "run", cwd=odd).status == 3
    shutil.rmtree(odd / "data")
    ended = zygote.run("evaluate", "run", cwd=odd)
    assert ended.status == 3
    assert is_one_error_line(ended.stderr)
    for file in ("broken.png", ODD + b".png"):
        folder = tmp_path / os.fsdecode(b"pictures/1")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / os.fsdecode(file)).write_bytes(b"no picture")
    ended = zygote.run("train", "--run-dir", "other", *settings(tmp_path / "pictures"), cwd=tmp_path)
    assert ended.status == 3
    assert is_one_error_line(ended.stderr)


# --- 13: bundled data -------------------------------------------------------------------------------------------------


def test_altered_bundled_data_are_exit_3_whichever_byte_it_is(tmp_path: Path, undisturbed: Path) -> None:
    package = tmp_path / "elsewhere" / "mnist_mlp"
    source = Path(mnist_mlp.__file__).parent
    shutil.copytree(source, package, ignore=shutil.ignore_patterns("__pycache__", "train-*"))
    path = package / "data" / "mnist" / "t10k-labels-idx1-ubyte.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[5000] = (content[5000] + 1) % 10  # one label of another digit: a valid file in every other respect
    path.write_bytes(gzip.compress(content))
    ended = run("evaluate", undisturbed, "--data", path.parent, cwd=tmp_path, PYTHONPATH=str(package.parent))
    assert ended.returncode == 3
    assert is_one_error_line(ended.stderr)
    assert "data altered" in ended.stderr
    assert "install the package again" in ended.stderr


# --- 14: pictures -----------------------------------------------------------------------------------------------------


def drawing() -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Black on white, something like a 7; not symmetric in any way."""
    grey = np.full((60, 40), 255, np.uint8)
    grey[10:16, 8:32] = 0
    grey[16:50, 26:32] = 0
    return grey


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def turned(orientation: int, *how: Image.Transpose) -> bytes:
    image = Image.fromarray(drawing())
    for turn in how:
        image = image.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(image, exif=exif)


def on_transparency() -> bytes:
    ink = Image.fromarray(np.zeros((60, 40), np.uint8))
    return encoded(Image.merge("LA", (ink, Image.fromarray(255 - drawing()))))


SAME: dict[str, Callable[[], bytes]] = {
    "16 bit": lambda: encoded(Image.fromarray(drawing().astype(np.uint16) * 257)),
    "CMYK": lambda: encoded(Image.fromarray(drawing()).convert("CMYK"), "TIFF"),
    "palette": lambda: encoded(Image.fromarray(drawing()).convert("P")),
    "colour": lambda: encoded(Image.fromarray(drawing()).convert("RGB")),
    "transparent": on_transparency,
    "light on dark": lambda: encoded(Image.fromarray(255 - drawing())),
    "upside down, as EXIF says": lambda: turned(3, Image.Transpose.ROTATE_180),
    "on its side, as EXIF says": lambda: turned(6, Image.Transpose.ROTATE_90),
    "mirrored, as EXIF says": lambda: turned(2, Image.Transpose.FLIP_LEFT_RIGHT),
    "animated": lambda: encoded(
        Image.fromarray(drawing()), "GIF", save_all=True, append_images=[Image.new("L", (40, 60), 128)] * 3
    ),
    "BMP": lambda: encoded(Image.fromarray(drawing()), "BMP"),
}


@pytest.mark.parametrize("kind", SAME)
def test_a_picture_of_any_kind_is_converted_to_what_its_plain_version_is(kind: str) -> None:
    plain = prepare(encoded(Image.fromarray(drawing())))
    np.testing.assert_array_equal(prepare(SAME[kind]()).pixels, plain.pixels)


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header announces a size that its few bytes do not hold."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9)))


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "the file is empty"),
    "not an image": (lambda: b"#!/bin/sh\necho 7\n", "not a picture that can be read"),
    "truncated": (lambda: encoded(Image.fromarray(drawing()))[:-40], "broken picture"),
    "broken": (lambda: encoded(Image.fromarray(drawing()), "JPEG")[:200], "broken picture"),
    "huge": (lambda: png_of_size(60_000, 60_000), "picture too large"),
    "of all pixels there can be": (lambda: png_of_size(2**31 - 1, 2**31 - 1), "picture too large"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_picture_that_cannot_be_read_is_exit_3_with_the_reason(
    tmp_path: Path, undisturbed: Path, zygote: Zygote, kind: str
) -> None:
    make, reason = REFUSED[kind]
    (tmp_path / "picture.png").write_bytes(make())
    start = time.monotonic()
    ended = zygote.run("predict", "picture.png", "--checkpoint", undisturbed, cwd=tmp_path)
    assert time.monotonic() - start < PROMPT
    assert ended.status == 3, ended.stderr
    assert is_one_error_line(ended.stderr)
    assert reason in ended.stderr


@pytest.mark.parametrize("paper", [Image.new("L", (50, 50), 255), Image.new("L", (28, 28), 0)])
def test_a_blank_picture_gets_no_digit(tmp_path: Path, undisturbed: Path, zygote: Zygote, paper: Image.Image) -> None:
    (tmp_path / "picture.png").write_bytes(encoded(paper))
    ended = zygote.run("predict", "picture.png", "--checkpoint", undisturbed, cwd=tmp_path)
    assert ended.status == 0, ended.stderr
    assert ended.stdout.startswith("picture.png: unsure: no stroke stands out from the background (best guess: ")


# --- 15 and 16: configs -----------------------------------------------------------------------------------------------

LAUGHS = "a: &a [x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)},*{chr(97 + i)}]\n" for i in range(24)
)

HOSTILE: dict[str, str | bytes] = {
    "a billion laughs": LAUGHS,
    "an alias of itself": "a: &a [*a]",
    "deep lists": "[" * 60_000,
    "deep sections": "{a: " * 15_000,
    "deep blocks": "\n".join(" " * i + "a:" for i in range(300)),
    "a tag that runs code": "seed: !!python/object/apply:os.system ['touch executed']",
    "a tag of its own": "seed: !seed 3",
    "a directive": "%YAML 1.1\n---\nseed: 1",
    "NUL": "seed: 1\0",
    "not UTF-8": b"seed: \xff\xfe",
    "an integer of 5000 digits": "seed: " + "9" * 5000,
    "a hexadecimal one": "seed: 0x" + "f" * 5000,
    "a float of 5000 digits": "training: {l2: 0." + "3" * 5000 + "}",
    "64 KiB of keys": "".join(f"k{i}:\n" for i in range(8000)),
    "64 KiB of values": "training: {epochs: [" + "1," * 32_000 + "]}",
    "64 KiB of text": "loss: " + "x " * 32_000,
    "64 KiB of lines": "loss:\n" + " x\n" * 21_000,
    "more than 64 KiB": "#" * 70_000,
    "a gigabyte of zeros": b"\0" * 70_000,
    "two documents": "seed: 1\n---\nseed: 2",
    "a list": "- 1",
    "a key that is a section": "{{a: b}: c}",
    "keys that merge": "training: {<<: {epochs: 3}}",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_config_is_exit_2_within_a_second_and_nothing_is_executed(
    tmp_path: Path, zygote: Zygote, kind: str
) -> None:
    text = HOSTILE[kind]
    (tmp_path / "hostile.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    start = time.monotonic()
    ended = zygote.run("train", "--config", "hostile.yaml", cwd=tmp_path)
    assert time.monotonic() - start < PROMPT
    assert ended.status == 2, ended.stderr
    assert is_one_error_line(ended.stderr)
    assert ended.stderr.startswith("error: ")
    assert {path.name for path in tmp_path.iterdir()} == {"hostile.yaml"}


MISTAKES = [
    ("seed: 1\ntraning:\n  epochs: 3\n", "my.yaml:2 traning: ", "did you mean training?"),
    ("training:\n  epochs: 3\n  epoch: 3\n", "my.yaml:3 training.epoch; known here: ", "did you mean epochs?"),
    ("training:\n  epochs: 3\n  epochs: 4\n", "my.yaml:3 training.epochs", "keep one of them"),
    ("training:\n  epochs: many\n", "my.yaml:2 training.epochs: found 'many'", "allowed: an integer >= 1"),
    ("training:\n  epochs: 0\n", "my.yaml:2 training.epochs: found 0", "allowed: an integer >= 1"),
    ("training:\n  epochs: 2.5\n", "my.yaml:2 training.epochs: found 2.5", "allowed: an integer >= 1"),
    ("optimizer:\n  learning_rate: .nan\n", "my.yaml:2 optimizer.learning_rate: found nan", "a number > 0"),
    ("optimizer:\n  learning_rate: .inf\n", "my.yaml:2 optimizer.learning_rate: found inf", "a number > 0"),
    ("optimizer:\n  learning_rate: -1\n", "my.yaml:2 optimizer.learning_rate: found -1", "a number > 0"),
    ("network:\n  hidden: 128\n", "my.yaml:2 network.hidden: found 128", "a list of at most 100"),
    ("network:\n  bias: on\n", "my.yaml:2 network.bias: found 'on'", "true or false"),
    ("loss: crossentropy\n", "my.yaml:1 loss: found 'crossentropy'", "one of binary_cross_entropy, cross_entropy, "),
    ("optimizer:\n  name: adm\n", "my.yaml:2 optimizer.name: found 'adm'", "one of sgd, momentum, adam"),
    ("training: 3\n", "my.yaml:1 training: found 3", "a section with "),
]


@pytest.mark.parametrize(("text", "where", "allowed"), MISTAKES, ids=[where for _, where, _ in MISTAKES])
def test_a_mistake_in_a_config_is_exit_2_with_its_line_key_and_what_is_allowed(
    tmp_path: Path, zygote: Zygote, text: str, where: str, allowed: str
) -> None:
    (tmp_path / "my.yaml").write_text(text)
    ended = zygote.run("train", "--config", "my.yaml", cwd=tmp_path)
    assert ended.status == 2
    assert is_one_error_line(ended.stderr)
    assert where.replace("; known here: ", "; ").rstrip(": ") in ended.stderr
    assert allowed in ended.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"my.yaml"}
