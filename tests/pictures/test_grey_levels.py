import numpy as np
import pytest
from PIL import Image, ImageFilter

from mnist_mlp.pictures import grey_levels
from mnist_mlp.pictures.decode import decode_grey
from tests.pictures.decoding import GREY, pixels, refusal
from tests.pictures.drawing import encoded


def test_colours_become_their_luminance() -> None:
    red_green_blue = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], dtype=np.uint8)
    np.testing.assert_array_equal(pixels(encoded(red_green_blue)), [[76, 150, 29]])


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM"])
def test_sixteen_bit_is_scaled_to_eight(form: str) -> None:
    np.testing.assert_array_equal(pixels(encoded(GREY.astype(np.uint16) * 257, form)), GREY)


def test_eight_bit_levels_in_a_deeper_file_stay_as_they_are() -> None:
    np.testing.assert_array_equal(pixels(encoded(GREY.astype(np.uint16), "PNG")), GREY)
    np.testing.assert_array_equal(pixels(encoded(GREY.astype(np.int32), "TIFF")), GREY)


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM"])
@pytest.mark.parametrize("depth", [9, 10, 12, 14])
def test_fewer_bits_in_a_deeper_file_are_scaled_to_eight(form: str, depth: int) -> None:
    levels = np.rint(GREY.astype(float) * ((2**depth - 1) / 255)).astype(np.uint16)
    levels[0, 0] = 2**depth - 1
    header, least = b"P5 28 28 %d\n" % (2**depth - 1), 2 ** (depth - 1) - 1
    content = header + levels.astype(">u2").tobytes() if form == "PPM" else encoded(levels, form)
    seen = pixels(content)
    np.testing.assert_allclose(seen[1:].astype(int), GREY[1:], atol=1)
    assert seen[0, 0] == 255
    if form != "PPM":  # its header says what white is
        assert pixels(encoded(np.array([[0, least]], np.uint16), form)).tolist() == [[0, 255]]


def test_a_mask_of_zero_and_one_is_black_and_white() -> None:
    for mask in (np.array([[0, 1]], np.uint16), np.array([[0, 1]], np.int32), np.array([[0, 1.02]], np.float32)):
        assert pixels(encoded(mask, "TIFF")).tolist() == [[0, 255]]


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


@pytest.mark.parametrize("darker", ["rim", "shadow"])
def test_white_strokes_with_a_darker_rim_or_a_shadow_are_put_on_black(darker: str) -> None:
    soft = np.asarray(Image.fromarray(GREY).filter(ImageFilter.GaussianBlur(1)))
    alpha = np.maximum(GREY, soft if darker == "rim" else np.roll(soft, (2, 2), (0, 1)))
    rgba = np.dstack([np.where(alpha > GREY, 90, 255).astype(np.uint8)] * 3 + [alpha])
    seen, steps = decode_grey(encoded(rgba), "it")
    assert steps == ("transparency put on black",)
    assert (seen[GREY > 250] > 240).all()


@pytest.mark.parametrize("alpha", [0, 9, 128, 254])
def test_the_same_transparency_everywhere_is_left_out(alpha: int) -> None:
    rgba = np.dstack([GREY, GREY, GREY, np.full_like(GREY, alpha)])
    seen, steps = decode_grey(encoded(rgba), "it")
    np.testing.assert_array_equal(seen, GREY)
    assert steps == ()


def test_hues_in_a_picture_with_transparent_corners_are_told_apart() -> None:
    rgba = np.full((40, 40, 4), (60, 131, 60, 255), dtype=np.uint8)
    rgba[10:30, 18:22, :3] = 200, 60, 60
    rgba[:2, :2, 3] = 0
    seen, steps = decode_grey(encoded(rgba), "it")
    assert steps == ("transparency put on white", "separated by hue")
    assert abs(int(seen[20, 20]) - int(seen[20, 5])) > 100


@pytest.mark.parametrize("mode", ["RGBA", "LA", "RGBa"])
def test_strokes_that_are_only_in_the_alpha_channel_are_read_in_every_mode(mode: str) -> None:
    black = Image.merge("LA", [Image.new("L", (28, 28)), Image.fromarray(GREY)])
    via = black if mode == "LA" else black.convert("RGBA")
    np.testing.assert_allclose(pixels(via.convert(mode)).astype(int), 255 - GREY.astype(int), atol=1)


def test_a_transparent_palette_entry_is_put_on_white() -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([0, 0, 0, 90, 90, 90])
    image.paste(1, (2, 0, 4, 4))
    for form in ("PNG", "GIF"):
        seen = pixels(encoded(image, form, transparency=0))
        assert (seen[:, :2] == 255).all()
        assert (seen[:, 2:] == 90).all()


def test_large_pictures_are_converted_in_strips_as_small_ones_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    colours = np.stack([GREY, GREY.T, 255 - GREY], axis=2)
    alpha = np.concatenate([colours, GREY[..., None]], axis=2)
    hue = np.where(GREY[..., None] > 99, (200, 30, 30), (30, 80, 200)).astype(np.uint8)
    deep = GREY.astype(np.uint16) * 200
    for levels in (colours, alpha, hue, deep, GREY):
        whole = decode_grey(encoded(levels), "it")
        with monkeypatch.context() as patched:
            patched.setattr(grey_levels, "AT_ONCE", 100)
            cut = decode_grey(encoded(levels), "it")
        np.testing.assert_array_equal(cut[0], whole[0])
        assert cut[1] == whole[1]


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
