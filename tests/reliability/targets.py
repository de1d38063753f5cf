"""The parsers under hypothesis: each target makes inputs, good ones among many spoilt, and reads them.

The one rule: what comes back is valid, or a ``MnistMlpError`` was raised; in bounded time, and (see ``fuzz.py``) in
bounded memory.
"""

import atexit
import gzip
import json
import math
import shutil
import struct
import tempfile
import time
import warnings
import zlib
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from mnist_mlp.config import Config, load_config
from mnist_mlp.data.dataset import FILES
from mnist_mlp.data.idx import read_idx, read_shape
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import DataWarning, MnistMlpError
from mnist_mlp.pictures import prepare
from mnist_mlp.storage.checkpoint import Checkpoint, load
from tests.storage.states import as_format_1, metadata_of, packed, sealed

# Seconds that one input may take: a second is promised, and a loaded machine is slow at times.
PATIENCE = 5.0

PLACE = Path(tempfile.mkdtemp(prefix="mnist-mlp-fuzz-"))
atexit.register(shutil.rmtree, PLACE, ignore_errors=True)


class Target(NamedTuple):
    """Inputs, and what reads them and checks the result."""

    inputs: st.SearchStrategy[Any]
    read: Callable[[Any], None]


def check_rule(target: Target, value: Any) -> None:
    """Read one input: valid data or a MnistMlpError, within bounds."""
    start = time.perf_counter()
    try:
        target.read(value)
    except MnistMlpError as error:
        message = str(error)
    else:
        message = ""
    assert message.isprintable(), "one line, without control characters"
    assert time.perf_counter() - start < PATIENCE


@st.composite
def spoilt(draw: st.DrawFn, good: st.SearchStrategy[bytes]) -> bytes:
    """A good file with a few bytes changed, cut out or put in, or cut short."""
    content = bytearray(draw(good))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(content)))
        match draw(st.sampled_from(["change", "insert", "delete", "cut", "repeat"])):
            case "change":
                patch = draw(st.binary(min_size=1, max_size=8))
                content[at : at + len(patch)] = patch
            case "insert":
                content[at:at] = draw(st.binary(max_size=16))
            case "delete":
                del content[at : at + draw(st.integers(1, 16))]
            case "cut":
                del content[at:]
            case "repeat":
                content[at:at] = content[at : at + draw(st.integers(1, 64))] * draw(st.integers(1, 20))
    return bytes(content)


# --- IDX and gzip -----------------------------------------------------------------------------------------------------


@st.composite
def idx_files(draw: st.DrawFn) -> bytes:
    """Mostly well-formed headers, with dimensions and contents that may have nothing to do with each other."""
    code = draw(st.sampled_from([8, 9, 0x0B, 0x0C, 0x0D, 0x0E]) | st.integers(0, 255))
    sizes = draw(st.lists(st.integers(0, 12) | st.integers(0, 2**32 - 1), max_size=9))
    header = bytes([0, 0, code, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)
    honest = min(8 * math.prod(sizes), 4096)
    length = draw(st.sampled_from([honest // 8, honest // 4, honest // 2, honest]) | st.integers(0, 500))
    return header + bytes(length)


def read_any_idx(content: bytes) -> None:
    path = PLACE / "file-idx"
    path.write_bytes(content)
    array = read_idx(path)
    assert array.shape == read_shape(path)
    assert array.dtype.byteorder in ">|"
    raw = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    assert array.tobytes() == raw[4 + 4 * array.ndim :]


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, 1, mtime=0)


def read_any_dataset(files: tuple[bytes, bytes]) -> None:
    directory = PLACE / "data"
    directory.mkdir(exist_ok=True)
    for name, content in zip(FILES["train"], files, strict=True):
        (directory / name).write_bytes(content)
    dataset = load_dataset(directory, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        samples = dataset.train
    assert samples.X.dtype == samples.y.dtype == np.uint8
    assert dataset.announced_shape == samples.X.shape
    assert len(samples.X) == len(samples.y) > 0
    assert samples.y.max() < 3


@st.composite
def datasets(draw: st.DrawFn) -> tuple[bytes, bytes]:
    n, m = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    height, width = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    pictures = bytes([0, 0, 8, 3]) + struct.pack(">III", n, height, width) + bytes(n * height * width)
    labels = bytes([0, 0, 8, 1]) + struct.pack(">I", m) + draw(st.binary(min_size=m, max_size=m))
    return draw(spoilt(st.just(pictures)) | st.just(pictures)), draw(spoilt(st.just(labels)) | st.just(labels))


# --- Checkpoints ------------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@cache
def good_checkpoint() -> bytes:
    return packed("network.hidden=[2]", "optimizer.name=momentum")


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into nested JSON."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in places(child, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    value[path[0]] = put(value[path[0]], path[1:], new)
    return value


@st.composite
def forged_checkpoints(draw: st.DrawFn) -> bytes:
    """A checkpoint with anything in its header or metadata, and a digest that is right all the same."""
    content = draw(st.sampled_from([good_checkpoint(), as_format_1(good_checkpoint())]))
    length = int.from_bytes(content[:8], "little")
    header, metadata = json.loads(content[8 : 8 + length]), metadata_of(content)
    for _ in range(draw(st.integers(0, 2))):
        metadata = put(metadata, draw(st.sampled_from(places(metadata))), draw(JSON))
    if isinstance(metadata, dict):
        metadata["sha256"] = "0" * 64
    header["__metadata__"]["mnist_mlp"] = json.dumps(metadata, sort_keys=True, separators=(",", ":"))
    for _ in range(draw(st.integers(0, 2))):
        header = put(header, draw(st.sampled_from(places(header))), draw(JSON))
    text = json.dumps(header, separators=(",", ":")).encode()
    rest = draw(st.just(content[8 + length :]) | spoilt(st.just(content[8 + length :])))
    return sealed(len(text).to_bytes(8, "little") + text + rest)


def read_any_checkpoint(content: bytes) -> None:
    path = PLACE / "some.safetensors"
    path.write_bytes(content)
    checkpoint = load(path)
    assert isinstance(checkpoint, Checkpoint)
    for array in (checkpoint.model.mlp.theta, *checkpoint.state.optimizer.state.values()):
        assert np.isfinite(array).all()
    height, width = checkpoint.metadata.picture_shape
    outputs = checkpoint.model.predict(np.zeros((1, height * width), np.uint8))
    assert outputs.shape == (1, checkpoint.metadata.config.data.classes)


# --- YAML -------------------------------------------------------------------------------------------------------------

KEYS = (
    "seed data directory classes validation network hidden activation initializer bias dtype loss optimizer name "
    "learning_rate beta schedule training epochs batch_size checkpoint_every l2"
)
ODD = "relu adam sgd linear null true ~ .nan .inf -.inf 0x1f 0o17 1e-3 1e999 010 1:30 on <<"
WORDS = st.sampled_from([*KEYS.split(), *ODD.split()])
MARKS = [*"[]{},:?-&*!|>'\"%@`#\n\t \0\x85\u2028\ufeff", ": ", "- ", "\n  ", "\n    ", "---\n", "!!"]
PIECES = st.one_of(
    WORDS,
    st.sampled_from(MARKS),
    st.integers().map(str),
    st.text(max_size=5),
)
VALUES = st.recursive(
    WORDS | st.integers().map(str) | st.floats().map(repr),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(WORDS, inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"{key}: {value}" for key, value in items.items()) + "}"
        )
    ),
    max_leaves=10,
)
YAML = st.one_of(
    st.lists(PIECES, max_size=40).map("".join).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.dictionaries(WORDS, VALUES, max_size=5).map(
        lambda items: "".join(f"{key}: {value}\n" for key, value in items.items()).encode()
    ),
    st.binary(max_size=60),
    st.tuples(st.lists(PIECES, min_size=1, max_size=4), st.integers(1, 20_000)).map(
        lambda part: ("".join(part[0]) * part[1]).encode("utf-8", "surrogatepass")[:66_000]
    ),
)

OVERRIDES = st.tuples(st.lists(WORDS, min_size=1, max_size=3).map(".".join), VALUES | st.text(max_size=20)).map(
    "=".join
)


def read_any_config(content: bytes) -> None:
    path = PLACE / "some.yaml"
    path.write_bytes(content)
    assert isinstance(load_config(path), Config)


def read_any_override(text: str) -> None:
    assert isinstance(load_config(overrides=[text]), Config)


def read_config_or_override(value: bytes | str) -> None:
    if isinstance(value, bytes):
        read_any_config(value)
    else:
        read_any_override(value)


# --- Pictures ---------------------------------------------------------------------------------------------------------

FORMS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "DIB")
MODES = {"PNG": ("L", "RGBA", "P", "I;16"), "TIFF": ("L", "CMYK", "F"), "GIF": ("P",), "JPEG": ("L", "RGB", "CMYK")}


@cache
def good_picture(form: str, mode: str, animated: bool) -> bytes:
    grey = np.full((12, 9), 255, np.uint8)
    grey[2:10, 3:6] = 0
    image = Image.fromarray(grey.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(grey).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = 6
    options: dict[str, Any] = {"exif": exif} if form in ("PNG", "JPEG", "WEBP") else {}
    if animated:
        options |= {"save_all": True, "append_images": [image.rotate(90)]}
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


@st.composite
def pictures(draw: st.DrawFn) -> bytes:
    form = draw(st.sampled_from(FORMS))
    mode = draw(st.sampled_from(MODES.get(form, ("L", "RGB"))))
    animated = form in ("GIF", "TIFF", "WEBP", "PNG") and mode != "I;16" and draw(st.booleans())
    content = draw(spoilt(st.just(good_picture(form, mode, animated))))
    return repaired(content) if form == "PNG" and draw(st.booleans()) else content


def repaired(content: bytes) -> bytes:
    """A PNG with the right checksum in each chunk, so that what was spoilt is reached."""
    result, at = content[:8], 8
    while at + 8 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        body = content[at + 4 : at + 8 + length]
        result += content[at : at + 4] + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + length
    return result


def read_any_picture(content: bytes) -> None:
    picture = prepare(content)
    assert picture.pixels.shape == (28, 28)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.any()


def read_idx_or_dataset(value: bytes | tuple[bytes, bytes]) -> None:
    if isinstance(value, bytes):
        read_any_idx(value)
    else:
        read_any_dataset(value)


TARGETS = {
    "idx": Target(idx_files() | spoilt(idx_files()) | datasets(), read_idx_or_dataset),
    "gzip": Target(spoilt(idx_files().map(gzipped)) | idx_files().map(gzipped), read_any_idx),
    "checkpoint": Target(
        forged_checkpoints()
        | spoilt(st.builds(good_checkpoint) | st.builds(lambda: as_format_1(good_checkpoint())))
        | st.binary(max_size=200),
        read_any_checkpoint,
    ),
    "yaml": Target(YAML | OVERRIDES, read_config_or_override),
    "picture": Target(pictures() | st.binary(max_size=100), read_any_picture),
}
