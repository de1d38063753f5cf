import re
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image

import mnist_mlp.pictures
from mnist_mlp.errors import DataError, MnistMlpError
from mnist_mlp.pictures import STAGES, NothingDrawnError, Picture, prepare
from mnist_mlp.pictures.decode import Source
from tests.pictures.drawing import SOME, Array, canvas, digits, encoded, grey, likeness, on_paper, photograph, stroke


def layers(colour: tuple[int, int, int], alpha: Array) -> Image.Image:
    """One colour everywhere, seen through ``alpha``."""
    planes = [Image.new("L", (alpha.shape[1], alpha.shape[0]), level) for level in colour]
    return Image.merge("RGBA", [*planes, Image.fromarray(alpha)])


def with_margin(digit: Array, margin: int) -> Array:
    return grey(255 - 255 * np.pad(stroke(digit, 200), margin))


# How a picture is made of a digit, and how like the digit it must come out on average (correlation).
WAYS: MappingProxyType[str, tuple[Callable[[Array], bytes], float]] = MappingProxyType(
    {
        "dark on white": (lambda d: encoded(on_paper(d)), 0.97),
        "light on dark": (lambda d: encoded(grey(30 + 0.8 * (255 - on_paper(d).astype(int)))), 0.97),
        "black and white": (lambda d: encoded(on_paper(d) > 127), 0.94),
        "sixteen bit": (lambda d: encoded(on_paper(d).astype(np.uint16) * 257), 0.97),
        "coloured on transparent": (lambda d: encoded(layers((120, 20, 10), 255 - on_paper(d))), 0.97),
        "white on transparent": (lambda d: encoded(layers((255, 255, 255), 255 - on_paper(d))), 0.97),
        "faint pencil": (lambda d: encoded(grey(240 - 0.15 * (255 - on_paper(d).astype(int)))), 0.97),
        "thin margin": (lambda d: encoded(with_margin(d, 3)), 0.95),
        "wide margin": (lambda d: encoded(with_margin(d, 400)), 0.95),
        "small": (lambda d: encoded(grey(255 - 255 * canvas(stroke(d, 40), 60, 60, 2, 25))), 0.95),
        "in a corner of 28x28": (lambda d: encoded(grey(255 * canvas(stroke(d, 28), 28, 28, 0, 0))), 0.98),
        "photograph": (lambda d: encoded(photograph(d), "JPEG", quality=80), 0.94),
    }
)


@pytest.mark.parametrize("way", WAYS)
def test_pictures_of_a_digit_come_out_like_the_original(way: str) -> None:
    make, expected = WAYS[way]
    alike = [likeness(prepare(make(digits()[i])).pixels, digits()[i]) for i in SOME]
    assert np.mean(alike) >= expected
    assert min(alike) >= expected - 0.12


def test_mnists_own_pictures_pass_unchanged_bit_for_bit_and_so_do_their_negatives() -> None:
    for digit in digits()[::50]:
        picture = prepare(encoded(digit))
        np.testing.assert_array_equal(picture.pixels, digit)
        assert picture.steps == ()
        negative = prepare(encoded(255 - digit))
        np.testing.assert_array_equal(negative.pixels, digit)
        assert negative.steps == ("inverted",)


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "PPM"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_the_container_makes_no_difference(form: str, mode: str) -> None:
    picture = prepare(encoded(Image.fromarray(digits()[3]).convert(mode), form))
    np.testing.assert_array_equal(picture.pixels, digits()[3])


def test_preparing_twice_is_preparing_once() -> None:
    for i in SOME:
        once = prepare(encoded(on_paper(digits()[i])))
        twice = prepare(encoded(once.pixels))
        np.testing.assert_array_equal(twice.pixels, once.pixels)
        assert twice.steps == ()


def test_the_steps_are_told_in_words() -> None:
    sheet = np.full((412, 380), 255, dtype=np.uint8)
    sheet[100:300, 100:128] = 0
    sheet[100:128, 100:240] = 0
    # A gamma, turned by EXIF: its centre of mass is at (9.6, 12.6) of 14x20 and goes to (14, 14), so that the box
    # starts at (4, 1) instead of (7, 4).
    exif = Image.Exif()
    exif[0x0112] = 3
    picture = prepare(encoded(sheet, exif=exif))
    assert picture.steps == (
        "turned upright as EXIF says",
        "inverted",
        "cropped 140x200",
        "scaled to 14x20",
        "shifted -3 -3",
    )


def test_the_features_are_those_of_strokes() -> None:
    for i in SOME:
        for content in (encoded(digits()[i]), encoded(on_paper(digits()[i])), encoded(photograph(digits()[i]), "JPEG")):
            features = prepare(content).features
            assert 0.03 < features.stroke_width < 0.4
            assert 0.8 < features.stroke_length < 6
            assert features.main_share > 0.5
            assert features.beside < 0.3
    two = np.concatenate([on_paper(digits()[0]), on_paper(digits()[2])], axis=1)
    assert prepare(encoded(two)).features.beside > 0.3


def test_a_picture_is_frozen_and_its_pixels_are_its_own() -> None:
    picture = prepare(encoded(digits()[0]))
    picture.pixels[0, 0] = 9
    with pytest.raises(AttributeError):
        picture.steps = ()  # type: ignore[misc]


@pytest.mark.parametrize("mode", ["L", "RGBA", "1", "P", "I;16", "CMYK"])
def test_a_blank_picture_says_that_nothing_is_drawn(mode: str) -> None:
    with pytest.raises(DataError, match=r"nothing is drawn: picture: .*; .+"):
        prepare(encoded(Image.new(mode, (50, 40)), "TIFF"))


def test_errors_name_the_path_or_what_they_are_told(tmp_path: Path) -> None:
    file = tmp_path / "seven.png"
    file.write_bytes(b"no picture")
    cases: list[tuple[Source, str | None, str]] = [
        (file, None, str(file)),
        (str(file), None, str(file)),
        (file.read_bytes(), None, "picture"),
        (BytesIO(file.read_bytes()), "standard input", "standard input"),
        (file, "mine", "mine"),
    ]
    for source, name, expected in cases:
        with pytest.raises(DataError) as caught:
            prepare(source, name)
        assert caught.value.where == expected


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "1"])
def test_images_and_arrays_are_the_same_as_their_files(mode: str) -> None:
    image = Image.fromarray(on_paper(digits()[3])).convert(mode)
    expected = prepare(encoded(image))
    assert prepare(image).steps == expected.steps
    np.testing.assert_array_equal(prepare(image).pixels, expected.pixels)
    if mode in ("L", "RGB"):
        np.testing.assert_array_equal(prepare(np.asarray(image)).pixels, expected.pixels)


def test_an_image_is_left_as_it_was() -> None:
    image = Image.open(BytesIO(encoded(np.tile(on_paper(digits()[3]), (4, 4)), "JPEG")))
    size = image.size
    prepare(image)
    assert image.size == size
    np.testing.assert_array_equal(np.asarray(image).shape, size[::-1])


@pytest.mark.parametrize(
    "levels", [np.zeros((28, 28)), np.zeros((0, 28), np.uint8), np.zeros((9, 9, 4), np.uint8), np.zeros(9, np.uint8)]
)
def test_an_array_of_another_kind_is_refused_with_its_shape_and_type(levels: Array) -> None:
    with pytest.raises(DataError, match=r"not a picture: found shape .*, dtype .*; give uint8"):
        prepare(levels)


def test_a_closed_image_is_refused() -> None:
    image = Image.open(BytesIO(encoded(digits()[0])))
    image.close()
    with pytest.raises(DataError, match="broken picture"):
        prepare(image)


def test_the_trace_has_an_image_of_every_stage_and_changes_nothing() -> None:
    for content in (encoded(on_paper(digits()[3])), encoded(photograph(digits()[3]), "JPEG")):
        traced, plain = prepare(content, trace=True), prepare(content)
        assert [name for name, _ in traced.trace] == ["decoded", *(stage.name for stage in STAGES)]
        assert all(image.dtype == np.uint8 and image.ndim == 2 for _, image in traced.trace)
        np.testing.assert_array_equal(traced.trace[-1][1], traced.pixels)
        np.testing.assert_array_equal(traced.pixels, plain.pixels)
        assert plain.trace == ()


def test_the_trace_of_a_blank_picture_ends_where_nothing_is_left() -> None:
    with pytest.raises(NothingDrawnError) as caught:
        prepare(encoded(np.full((40, 50), 200, np.uint8)), trace=True)
    assert caught.value.trace[-1][0] == "threshold"
    assert not caught.value.trace[-1][1].any()


def test_what_is_normalized_already_has_a_trace_of_one_image() -> None:
    ((name, image),) = prepare(encoded(digits()[0]), trace=True).trace
    assert name == "decoded"
    np.testing.assert_array_equal(image, digits()[0])


def picture_or_refusal(content: bytes) -> None:
    outcome: Picture | MnistMlpError
    try:
        outcome = prepare(content)
    except MnistMlpError as error:
        outcome = error
    if isinstance(outcome, Picture):
        assert outcome.pixels.shape == (28, 28)
        assert outcome.pixels.dtype == np.uint8
        assert outcome.pixels.max() >= 128
    else:
        assert outcome.exit_code == 3
        assert "\n" not in str(outcome)


SOUND = [
    encoded(Image.fromarray(grey(255 - 255 * canvas(stroke(digits()[1], 40), 50, 60, 5, 9))).convert(mode), form)
    for form, modes in {
        "PNG": ("1", "L", "LA", "P", "RGB", "RGBA"),
        "JPEG": ("L", "RGB", "CMYK"),
        "GIF": ("P", "L"),
        "BMP": ("L", "RGB"),
        "WEBP": ("RGB", "RGBA"),
        "TIFF": ("1", "L", "RGB", "F", "I"),
        "PPM": ("1", "L", "RGB"),
    }.items()
    for mode in modes
]
MAGIC = [
    b"",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF89a",
    b"BM",
    b"RIFF\0\1\0\0WEBP",
    b"II*\0",
    b"MM\0*",
    b"P5 9 9 ",
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(MAGIC), st.binary(max_size=400))
def test_any_bytes_are_a_picture_or_a_data_error(magic: bytes, rest: bytes) -> None:
    picture_or_refusal(magic + rest)


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from(SOUND),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4), st.integers(0, 4)), max_size=6),
    st.floats(0, 1),
)
def test_a_damaged_picture_is_a_picture_or_a_data_error(
    sound: bytes, damages: list[tuple[float, bytes, int]], kept: float
) -> None:
    content = sound
    for place, new, removed in damages:
        # squared: most damage near the beginning, where the headers are
        at = int(place**2 * len(content))
        content = content[:at] + new + content[at + removed :]
    picture_or_refusal(content[: round((1 - kept**4) * len(content))])


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_any_pixels_are_a_picture_or_nothing_drawn(height: int, width: int, data: st.DataObject) -> None:
    levels = data.draw(st.binary(min_size=height * width, max_size=height * width))
    picture_or_refusal(encoded(np.frombuffer(levels, dtype=np.uint8).reshape(height, width)))


def test_no_two_files_define_a_constant_of_the_same_name() -> None:
    files = Path(mnist_mlp.pictures.__file__).parent.glob("*.py")
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    names = [name for line in lines for name in re.findall(r"^([A-Z][A-Z_]+) = ", line)]
    assert len(names) > 50
    assert sorted(set(names)) == sorted(names)


def test_importing_the_room_needs_numpy_and_pillow_alone() -> None:
    code = """
import sys
before = set(sys.modules)
import mnist_mlp.pictures
roots = {name.partition(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)
print(*sorted(roots))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"PIL", "mnist_mlp", "numpy", "_cython_3_0", "cython_runtime", "_cyutility"}


@pytest.mark.parametrize("levels", [[[0, 13], [13, 26]], [[0, 0, 0, 13], [13, 13, 13, 26]]])
def test_a_picture_that_is_a_border_all_over_is_a_picture_or_nothing_drawn(levels: list[list[int]]) -> None:
    picture_or_refusal(encoded(np.array(levels, np.uint8)))
