"""Images from arrays, decoded from their addresses, and images in files."""

from base64 import b64decode
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.errors import StorageError
from mnist_mlp.reports.images import (
    AROUND_WHITE,
    DARK_TO_LIGHT,
    SUFFIXES,
    coloured,
    data_url,
    ink_on_paper,
    write_picture,
)
from mnist_mlp.storage.durable import write

PICTURE = Image.new("RGB", (3, 2), "red")


def decoded(address: str) -> np.ndarray:
    kind, _, content = address.partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(BytesIO(b64decode(content, validate=True))) as picture:
        return np.asarray(picture)


def test_a_digit_is_dark_ink_on_white_paper() -> None:
    pixels = np.arange(0, 240, 20, dtype=np.uint8)
    np.testing.assert_array_equal(decoded(data_url(ink_on_paper(pixels, (3, 4)))), 255 - pixels.reshape(3, 4))


def test_weights_are_drawn_on_a_scale_of_their_own() -> None:
    column = np.linspace(-0.3, 0.2, 12)
    found = coloured(column, DARK_TO_LIGHT)
    np.testing.assert_array_equal(found, coloured(column, DARK_TO_LIGHT, 0.3))
    np.testing.assert_array_equal(found, coloured(100 * column, DARK_TO_LIGHT))


def test_colours_are_symmetric_about_zero_and_never_cut_off() -> None:
    values = np.array([-2.0, 0.0, 2.0, 1.0])
    assert coloured(values, AROUND_WHITE, 2.0)[1].tolist() == [255, 255, 255]
    blue, orange = coloured(values, AROUND_WHITE, 2.0)[[0, 2]].tolist()
    assert blue[2] > blue[0] + 50
    assert orange[0] > orange[2] + 50
    assert coloured(values, AROUND_WHITE, 4.0)[0].tolist() != blue, "the scale counts, not the values alone"
    assert coloured(np.zeros(2), AROUND_WHITE, 0.0).tolist() == [[255] * 3] * 2


def test_dark_to_light_is_ordered_by_lightness_alone() -> None:
    shades = coloured(np.linspace(-1, 1, 41), DARK_TO_LIGHT, 1.0).astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(shades) > 0).all()


def test_pixels_are_drawn_as_dark_ink_on_white_paper() -> None:
    drawn = np.asarray(ink_on_paper(np.array([0, 255, 10, 20, 30, 40], np.uint8), (2, 3), 4))
    np.testing.assert_array_equal(drawn[::4, ::4], [[255, 0, 245], [235, 225, 215]])
    np.testing.assert_array_equal(drawn, drawn[::4, ::4].repeat(4, axis=0).repeat(4, axis=1))


@pytest.mark.parametrize("name", ["a.png", "a.PNG", "a.gif"])
def test_a_picture_is_written_as_its_name_says(tmp_path: Path, name: str) -> None:
    write_picture(PICTURE, tmp_path / name)
    with Image.open(tmp_path / name) as read:
        assert (read.size, read.format) == ((3, 2), name[2:].upper())
    assert [path.name for path in tmp_path.iterdir()] == [name], "no temporary file is left"


@pytest.mark.parametrize("name", ["a", "a.nonsense", "a.psd", "nowhere/a.png"])
def test_what_cannot_be_written_is_one_line_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageError, match="cannot write"):
        write_picture(PICTURE, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "r.html").write_bytes(b"old")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", full)
    with pytest.raises(StorageError, match="No space left") as caught:
        write(tmp_path / "r.html", b"new")
    assert "--run-dir" not in str(caught.value)
    assert (tmp_path / "r.html").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("name", "why"), [("out", "its name has no suffix"), ("out.foo", "unknown suffix .foo"), ("out.", "its name has")]
)
def test_a_suffix_that_cannot_be_written_brings_those_that_can(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(StorageError) as error:
        write_picture(PICTURE, tmp_path / name)
    assert error.value.why.startswith(why)
    assert error.value.fix == f"use one of {SUFFIXES}"


@pytest.mark.parametrize("suffix", SUFFIXES.split(", "))
def test_every_suffix_that_is_named_can_be_written(tmp_path: Path, suffix: str) -> None:
    write_picture(PICTURE, tmp_path / f"a{suffix}")
    assert (tmp_path / f"a{suffix}").stat().st_size > 0
