import os
import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from mnist_mlp.errors import DataError
from mnist_mlp.pictures import decode as decode_module
from mnist_mlp.pictures.decode import FORMATS, Source, decode_grey
from tests.pictures.drawing import Array, digits, encoded

GREY = digits()[0]
UNEVEN = np.repeat(GREY, 2, axis=1)[:40, :30]  # nothing about it is symmetric, sides differ


def pixels(source: Source) -> Array:
    return decode_grey(source, "it")[0]


def refusal(source: Source) -> str:
    with pytest.raises(DataError) as caught:
        decode_grey(source, "it.png")
    message = str(caught.value)
    assert "it.png: " in message
    assert "\n" not in message
    assert "; " in message, "the remedy is missing"
    return message


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nothing."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    empty = b"IDAT" + zlib.compress(b"")
    return (
        b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", len(empty) - 4) + empty + struct.pack(">I", zlib.crc32(empty))
    )


@pytest.mark.parametrize("form", ["PNG", "GIF", "BMP", "TIFF", "PPM"])
def test_lossless_formats_keep_every_grey_level(form: str) -> None:
    np.testing.assert_array_equal(pixels(encoded(GREY, form)), GREY)


@pytest.mark.parametrize(("form", "options"), [("JPEG", {"quality": 95}), ("WEBP", {"lossless": True})])
def test_other_formats_come_close(form: str, options: dict[str, object]) -> None:
    np.testing.assert_allclose(pixels(encoded(GREY, form, **options)).astype(int), GREY, atol=8)


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "LA"])
def test_grey_survives_every_colour_mode(mode: str) -> None:
    np.testing.assert_array_equal(pixels(encoded(Image.fromarray(GREY).convert(mode))), GREY)


def test_colours_become_their_luminance() -> None:
    red_green_blue = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], dtype=np.uint8)
    np.testing.assert_array_equal(pixels(encoded(red_green_blue)), [[76, 150, 29]])


@pytest.mark.parametrize("form", ["TIFF", "JPEG"])
def test_cmyk_is_read_as_ink_on_paper(form: str) -> None:
    cmyk = Image.new("CMYK", (8, 8), (0, 0, 0, 0))
    cmyk.paste((0, 0, 0, 255), (0, 0, 4, 8))
    seen = pixels(encoded(cmyk, form))
    assert seen[:, :3].max() < 10
    assert seen[:, 5:].min() > 245


def test_one_bit_is_black_and_white() -> None:
    np.testing.assert_array_equal(pixels(encoded(Image.fromarray(GREY > 127))), np.where(GREY > 127, 255, 0))


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM"])
def test_sixteen_bit_is_scaled_to_eight(form: str) -> None:
    np.testing.assert_array_equal(pixels(encoded(GREY.astype(np.uint16) * 257, form)), GREY)


def test_eight_bit_levels_in_a_deeper_file_stay_as_they_are() -> None:
    np.testing.assert_array_equal(pixels(encoded(GREY.astype(np.uint16), "PNG")), GREY)
    np.testing.assert_array_equal(pixels(encoded(GREY.astype(np.int32), "TIFF")), GREY)


@pytest.mark.parametrize("scale", [1.0, 255.0, 65535.0])
def test_floats_may_count_to_one_or_as_integers_do(scale: float) -> None:
    floats = (GREY / 255 * scale).astype(np.float32)
    floats[0, 0] = scale
    expected = GREY.copy()
    expected[0, 0] = 255
    np.testing.assert_array_equal(pixels(encoded(floats, "TIFF")), expected)


def test_levels_below_zero_or_beyond_sixteen_bit_are_stretched() -> None:
    assert pixels(encoded(np.array([[-2.0, 0.0, 2.0]], dtype=np.float32), "TIFF")).tolist() == [[0, 128, 255]]
    assert pixels(encoded(np.array([[0, 10**6]], dtype=np.int32), "TIFF")).tolist() == [[0, 255]]
    assert pixels(encoded(np.array([[-5, -5]], dtype=np.int32), "TIFF")).tolist() == [[0, 0]]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_floats_that_are_no_numbers_are_refused(bad: float) -> None:
    assert "NaN or infinity" in refusal(encoded(np.array([[0.0, bad]], dtype=np.float32), "TIFF"))


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_put_on_white(form: str) -> None:
    rgba = np.zeros((4, 4, 4), dtype=np.uint8)
    rgba[:, 2:, 3] = 255
    rgba[0, 0, 3] = 128
    seen, steps = decode_grey(encoded(rgba, form, **({"lossless": True} if form == "WEBP" else {})), "it")
    expected = np.full((4, 4), 255)
    expected[:, 2:] = 0
    expected[0, 0] = 127
    np.testing.assert_array_equal(seen, expected)
    assert steps == ("transparency put on white",)


def test_white_strokes_on_transparency_are_put_on_black() -> None:
    rgba = np.full((28, 28, 4), 255, dtype=np.uint8)
    rgba[..., 3] = GREY
    seen, steps = decode_grey(encoded(rgba), "it")
    np.testing.assert_array_equal(seen, GREY)
    assert steps == ("transparency put on black",)


def test_a_transparent_palette_entry_is_put_on_white() -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([0, 0, 0, 90, 90, 90])
    image.paste(1, (2, 0, 4, 4))
    for form in ("PNG", "GIF"):
        seen = pixels(encoded(image, form, transparency=0))
        assert (seen[:, :2] == 255).all()
        assert (seen[:, 2:] == 90).all()


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(form: str, orientation: int) -> None:
    # As EXIF 2.3 has it: where the stored row 0 and column 0 belong in the upright picture.
    stored = {
        1: UNEVEN,
        2: UNEVEN[:, ::-1],
        3: UNEVEN[::-1, ::-1],
        4: UNEVEN[::-1],
        5: UNEVEN.T,
        6: np.rot90(UNEVEN, 1),
        7: np.rot90(UNEVEN, 2).T,
        8: np.rot90(UNEVEN, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = encoded(np.ascontiguousarray(stored), form, exif=exif, **({"lossless": True} if form == "WEBP" else {}))
    np.testing.assert_array_equal(pixels(file), UNEVEN)


@pytest.mark.parametrize("exif", [b"junk", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"Exif\0\0II*\0\xff\xff\xff\xff"])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_broken_metadata_does_not_spoil_a_sound_picture(form: str, exif: bytes) -> None:
    assert pixels(encoded(GREY, form, exif=exif)).shape == (28, 28)


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_first_frame_is_taken(form: str) -> None:
    others = [Image.new("RGB", (28, 28), colour) for colour in ("red", "green")]
    options = {"lossless": True} if form == "WEBP" else {}
    file = encoded(Image.fromarray(GREY).convert("RGB"), form, save_all=True, append_images=others, **options)
    seen, steps = decode_grey(file, "it")
    np.testing.assert_array_equal(seen, GREY)
    assert steps == ("first frame taken",)


def test_paths_bytes_and_file_objects_are_the_same(tmp_path: Path) -> None:
    file = tmp_path / "seven.png"
    file.write_bytes(encoded(GREY))
    with file.open("rb") as opened:
        for source in (file, str(file), file.read_bytes(), opened, BytesIO(file.read_bytes())):
            np.testing.assert_array_equal(pixels(source), GREY)


def test_the_name_does_not_matter_only_the_content(tmp_path: Path) -> None:
    file = tmp_path / "seven.txt"
    file.write_bytes(encoded(GREY, "BMP"))
    np.testing.assert_array_equal(pixels(file), GREY)


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "none" / "it.png")
    assert refusal(tmp_path)  # "is a directory"; Windows says permission denied
    assert "null" in refusal("it.png\0")
    closed = BytesIO(b"x")
    closed.close()
    assert "closed" in refusal(closed)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="who may read everything cannot be refused")
def test_an_unreadable_file_says_so(tmp_path: Path) -> None:
    file = tmp_path / "it.png"
    file.write_bytes(encoded(GREY))
    file.chmod(0)
    assert "permission" in refusal(file)


def test_an_empty_file_says_so() -> None:
    assert "the file is empty" in refusal(b"")


@pytest.mark.parametrize(
    "content", [b"7", b"hello, world\n" * 99, b"\0" * 999, b"%PDF-1.7\n", b"%!PS-Adobe EPSF-3.0\n"]
)
def test_what_is_no_picture_says_what_would_be(content: bytes) -> None:
    message = refusal(content)
    assert "PNG, JPEG" in message
    assert "save it as PNG or JPEG" in message


@pytest.mark.parametrize("form", ["ICO", "TGA", "PCX", "EPS", "JPEG2000", "PDF"])
def test_formats_off_the_list_are_refused_whatever_pillow_can_do(form: str) -> None:
    assert form not in FORMATS
    assert "not a picture that can be read" in refusal(encoded(Image.new("L", (32, 32), 9), form))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"])
def test_a_picture_cut_off_anywhere_is_refused_or_whole(form: str) -> None:
    file = encoded(np.tile(GREY, (2, 2)), form)
    whole = pixels(file)
    refused = 0
    for length in range(0, len(file), max(1, len(file) // 60)):
        try:
            np.testing.assert_array_equal(pixels(file[:length]), whole)
        except DataError:
            refused += 1
    assert refused > 50


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_a_broken_tiff_keeps_standard_error_clean(compression: str, capfd: pytest.CaptureFixture[str]) -> None:
    file = bytearray(encoded(GREY, "TIFF", compression=compression))
    outcomes = []
    for at in range(8, len(file), 5):
        broken = file.copy()
        broken[at] ^= 0xFF
        try:
            decode_grey(bytes(broken), "it.tif")
            outcomes.append("read")
        except DataError:
            outcomes.append("refused")
    assert "refused" in outcomes
    assert capfd.readouterr().err == ""
    os.write(2, b"heard again")
    assert capfd.readouterr().err == "heard again"


@pytest.mark.parametrize("size", [(8193, 8192), (60_000, 60_000), (2**31 - 1, 2**31 - 1), (2**26 + 1, 1)])
def test_a_size_beyond_the_limit_is_refused_before_decoding(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("decoded"))
    message = refusal(png_header(*size))
    assert "67 megapixels" in message
    assert "crop it" in message


def test_a_size_at_the_limit_is_not_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_module, "MAX_PIXELS", GREY.size)
    assert pixels(encoded(GREY)).shape == GREY.shape
    monkeypatch.setattr(decode_module, "MAX_PIXELS", GREY.size - 1)
    assert "28x28 pixels" in refusal(encoded(GREY))


def test_no_more_than_the_limit_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = encoded(GREY)
    monkeypatch.setattr(decode_module, "MAX_BYTES", len(file))
    assert pixels(BytesIO(file)).shape == GREY.shape
    monkeypatch.setattr(decode_module, "MAX_BYTES", len(file) - 1)
    endless = BytesIO(file * 9)
    assert "too large" in refusal(endless)
    assert endless.tell() == len(file)


def test_text_chunks_that_explode_are_refused() -> None:
    file = encoded(GREY)
    text = b"zTXt" + b"Comment\0\0" + zlib.compress(b"7" * 50_000_000)
    bomb = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    assert "too large" in refusal(file[:33] + bomb + file[33:])


@pytest.mark.parametrize(
    "raised", [MemoryError(), RecursionError("deep"), struct.error("odd"), AssertionError(), KeyError("tag")]
)
def test_whatever_pillow_raises_is_a_broken_picture(raised: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(self: ImageFile.ImageFile) -> None:
        raise raised

    file = encoded(GREY)
    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    assert "broken picture" in refusal(file)


def test_an_interruption_is_not_taken_for_a_broken_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(self: ImageFile.ImageFile) -> None:
        raise KeyboardInterrupt

    file = encoded(GREY)
    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    with pytest.raises(KeyboardInterrupt):
        decode_grey(file, "it")


def test_colours_as_light_as_each_other_are_told_apart_by_hue_and_others_by_lightness() -> None:
    drawn = np.zeros((60, 60), dtype=bool)
    drawn[10:50, 20:30] = True
    for ink, paper, by_hue in (
        ((200, 30, 30), (30, 80, 200), True),
        ((60, 150, 60), (200, 88, 90), True),
        ((20, 20, 90), (250, 250, 240), False),
        ((200, 30, 30), (250, 240, 235), False),
    ):
        levels, steps = decode_grey(
            encoded(Image.fromarray(np.where(drawn[..., None], ink, paper).astype(np.uint8))), "it"
        )
        assert (steps == ("separated by hue",)) == by_hue
        inside, outside = levels[drawn].astype(int), levels[~drawn].astype(int)
        assert abs(inside.mean() - outside.mean()) > (200 if by_hue else 90)
        assert np.ptp(inside) == np.ptp(outside) == 0


def test_large_jpegs_are_reduced_as_they_are_decoded() -> None:
    sheet = np.full((3000, 2000, 3), 200, dtype=np.uint8)
    sheet[600:1200, 500:600] = 20
    levels, steps = decode_grey(encoded(Image.fromarray(sheet), "JPEG"), "it")
    assert levels.shape == (1500, 1000)
    assert steps == ("reduced to 1000x1500",)
    assert abs(int(levels[450, 275]) - 20) < 5
    assert decode_grey(encoded(Image.fromarray(sheet[:1500]), "JPEG"), "it")[0].shape == (750, 1000)
    assert decode_grey(encoded(Image.fromarray(sheet[:1500, :999]), "JPEG"), "it")[0].shape == (1500, 999)
