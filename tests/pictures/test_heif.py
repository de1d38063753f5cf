"""HEIC and AVIF, with and without the packages that decode them.

seven.heic has 78x86 pixels, is stored lying on its side, and was written by pillow-heif; pi-heif only decodes.
"""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from PIL import Image

from mnist_mlp.errors import DataError, DataWarning
from mnist_mlp.pictures import decode, heif, prepare
from mnist_mlp.pictures.heif import AVIF, HEIC, has_decoder, modern_format
from mnist_mlp.pictures.picture_folders import pictures_in
from tests.pictures.drawing import digits, encoded, on_paper
from tests.pictures.test_prepare import picture_or_refusal

SEVEN = (Path(__file__).parent / "seven.heic").read_bytes()
needs_heic = pytest.mark.skipif(not has_decoder(HEIC), reason="pi-heif is not installed")
needs_avif = pytest.mark.skipif(not has_decoder(AVIF), reason="this Pillow does not read AVIF")


@pytest.fixture
def no_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heif, "find_spec", lambda name: None)


def header(major: bytes, *compatible: bytes) -> bytes:
    box = b"ftyp" + major + bytes(4) + b"".join(compatible)
    return (4 + len(box)).to_bytes(4) + box


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (header(b"heic"), "HEIC"),
        (header(b"mif1", b"mif1", b"heic"), "HEIC"),
        (header(b"avif", b"avif", b"mif1"), "AVIF"),
        (header(b"mif1", b"miaf", b"avif"), "AVIF"),
        (header(b"mif1") + b"avif", "HEIC"),  # what follows is no brand
        (header(b"isom", b"mp42"), None),
        (header(b"heic")[:9], None),
        (b"\xff" * 4 + b"ftyp" + bytes(999), None),
        (b"", None),
    ],
)
def test_the_format_is_told_by_the_brands(content: bytes, expected: str | None) -> None:
    assert modern_format(content) == expected


@pytest.mark.usefixtures("no_decoder")
def test_without_a_decoder_the_error_says_what_to_install() -> None:
    with pytest.raises(DataError, match=r"its format is HEIC.*; pip install 'mnist-mlp\[heic\]', or save it as PNG"):
        prepare(SEVEN)
    with pytest.raises(DataError, match=r"its format is AVIF.*; pip install 'pillow>=11.3', or save it as PNG"):
        prepare(header(b"avif"))


@pytest.mark.usefixtures("no_decoder")
def test_without_a_decoder_pictures_in_a_directory_are_named_with_what_to_install(tmp_path: Path) -> None:
    for name in ("a.png", "b.heic", "c.AVIF"):
        (tmp_path / name).touch()
    fix = r"pip install 'pillow>=11.3', or pip install 'mnist-mlp\[heic\]', or save them as PNG or JPEG"
    with pytest.warns(DataWarning, match=rf": b\.heic, c\.AVIF; {fix}"):
        assert [path.name for path, _ in pictures_in(tmp_path)] == ["a.png"]


@needs_heic
@needs_avif
def test_with_the_decoders_pictures_in_a_directory_are_found(tmp_path: Path) -> None:
    for name in ("a.heic", "b.HEIF", "c.hif", "d.avif"):
        (tmp_path / name).touch()
    assert len(pictures_in(tmp_path)) == 4


@needs_heic
def test_a_heic_is_read_upright() -> None:
    grey, _ = decode.decode_grey(SEVEN, "it")
    assert grey.shape == (78, 86)
    ink = grey < 128
    assert ink.sum(axis=1).argmax() == np.flatnonzero(ink.any(axis=1))[0] + 2, "the bar of the 7 is at its top"
    assert "inverted" in prepare(SEVEN).steps


@needs_avif
def test_an_avif_is_read_upright() -> None:
    image = Image.fromarray(on_paper(digits()[0]))
    lying, exif = image.transpose(Image.Transpose.ROTATE_90), Image.Exif()
    exif[274] = 6
    grey, steps = decode.decode_grey(encoded(lying, "AVIF", exif=exif, quality=90), "it")
    np.testing.assert_allclose(grey.astype(int), np.asarray(image), atol=24)
    assert steps == ("turned upright as EXIF says",)


def sound(form: str) -> bytes:
    return SEVEN if form == "HEIC" else encoded(Image.fromarray(on_paper(digits()[0])), "AVIF")


FORMS = [pytest.param("HEIC", marks=needs_heic), pytest.param("AVIF", marks=needs_avif)]


@pytest.mark.parametrize("form", FORMS)
def test_a_size_beyond_the_limit_is_refused_before_decoding(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = sound(form)
    monkeypatch.setattr(decode, "MAX_PIXELS", 1000)
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(DataError, match="too large"):
        decode.decode_grey(content, "it")


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    damages=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4), st.integers(0, 4)), max_size=6
    ),
    kept=st.floats(0, 1),
)
def test_a_damaged_file_is_a_picture_or_an_error_of_one_line(
    form: str, damages: list[tuple[float, bytes, int]], kept: float
) -> None:
    content = sound(form)
    for place, new, removed in damages:
        at = 12 + int(place**2 * (len(content) - 12))  # behind the brand
        content = content[:at] + new + content[at + removed :]
    picture_or_refusal(content[: round((1 - kept**4) * len(content))])


@needs_heic
def test_pillows_own_list_of_formats_does_not_change() -> None:
    prepare(SEVEN)
    assert "HEIF" not in Image.OPEN
