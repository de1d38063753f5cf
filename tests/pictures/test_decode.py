import os
import struct
import subprocess
import sys
import time
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from mnist_mlp.errors import DataError
from mnist_mlp.pictures import decode as decode_module
from mnist_mlp.pictures.decode import FORMATS, decode_grey
from tests.pictures.decoding import GREY, UNEVEN, pixels, refusal
from tests.pictures.drawing import encoded


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nothing."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    empty = b"IDAT" + zlib.compress(b"")
    return (
        b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", len(empty) - 4) + empty + struct.pack(">I", zlib.crc32(empty))
    )


@pytest.mark.parametrize("form", ["PNG", "GIF", "BMP", "TIFF", "PPM", "DIB"])
def test_lossless_formats_keep_every_grey_level(form: str) -> None:
    np.testing.assert_array_equal(pixels(encoded(GREY, form)), GREY)


@pytest.mark.parametrize(("form", "options"), [("JPEG", {"quality": 95}), ("WEBP", {"lossless": True})])
def test_other_formats_come_close(form: str, options: dict[str, object]) -> None:
    np.testing.assert_allclose(pixels(encoded(GREY, form, **options)).astype(int), GREY, atol=8)


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "LA"])
def test_grey_survives_every_colour_mode(mode: str) -> None:
    np.testing.assert_array_equal(pixels(encoded(Image.fromarray(GREY).convert(mode))), GREY)


@pytest.mark.parametrize("form", ["TIFF", "JPEG"])
def test_cmyk_is_read_as_ink_on_paper(form: str) -> None:
    cmyk = Image.new("CMYK", (8, 8), (0, 0, 0, 0))
    cmyk.paste((0, 0, 0, 255), (0, 0, 4, 8))
    seen = pixels(encoded(cmyk, form))
    assert seen[:, :3].max() < 10
    assert seen[:, 5:].min() > 245


def test_one_bit_is_black_and_white() -> None:
    np.testing.assert_array_equal(pixels(encoded(Image.fromarray(GREY > 127))), np.where(GREY > 127, 255, 0))


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
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
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


@pytest.mark.parametrize("form", FORMATS)
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


def odd_tiff() -> bytes:
    """A TIFF that is read, and of which both libtiff and Pillow complain: a tag's data lie behind the end."""
    file = bytearray(encoded(GREY, "TIFF", compression="tiff_lzw"))
    at = struct.unpack_from("<I", file, 4)[0]
    extra = struct.pack("<HHII", 65000, 5, 9, 10**6)
    count = struct.unpack_from("<H", file, at)[0]
    directory = struct.pack("<H", count + 1) + bytes(file[at + 2 : at + 2 + 12 * count]) + extra + bytes(4)
    struct.pack_into("<I", file, 4, len(file))
    return bytes(file) + directory


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_many_threads_that_read_pictures_change_nothing_that_belongs_to_the_process() -> None:
    broken = bytearray(encoded(GREY, "TIFF", compression="tiff_lzw"))
    broken[40:60] = bytes(20)
    sources = [odd_tiff(), bytes(broken), encoded(GREY), encoded(GREY, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff")]
    filters, copy, limit = warnings.filters, list(warnings.filters), Image.MAX_IMAGE_PIXELS
    error = os.fstat(2)
    seen: set[bool] = set()

    def read(i: int) -> None:
        with suppress(DataError):
            decode_grey(sources[i % len(sources)], "it")
        seen.add(warnings.filters is filters and os.path.samestat(os.fstat(2), error))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read, range(400)))
    assert seen == {True}
    assert list(warnings.filters) == copy
    assert limit == Image.MAX_IMAGE_PIXELS


def test_nothing_stays_open() -> None:
    tracked = Path("/proc/self/fd")
    if not tracked.is_dir():
        pytest.skip("only Linux lists the open files")
    file = encoded(GREY, "TIFF", compression="tiff_lzw")
    pixels(file)
    before = len(list(tracked.iterdir()))
    for _ in range(50):
        pixels(file)
    assert len(list(tracked.iterdir())) == before


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def jpeg_of_scans(extra: int) -> bytes:
    file = encoded(Image.new("L", (4000, 4000)), "JPEG", progressive=True)
    return file[:-2] + file[file.rindex(b"\xff\xda") : -2] * extra + file[-2:]


def tiff_of_strips(strips: int, *, big: bool = False) -> bytes:
    code, entry, number = ("Q", "<HHQQ", "<Q") if big else ("I", "<HHII", "<H")
    tags = [(256, 4, 1, 1), (257, 4, 1, strips), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, strips, 8)]
    tags += [(277, 3, 1, 1), (278, 4, 1, 1), (279, 4, strips, 8)]
    head = b"II+\0\x08\0\0\0" if big else b"II*\0"
    file = head + struct.pack(f"<{code}", len(head) + struct.calcsize(code)) + struct.pack(number, len(tags))
    return file + b"".join(struct.pack(entry, *tag) for tag in tags) + bytes(4 * strips)


HEAVY: dict[str, Callable[[], bytes]] = {
    "a PNM comment of 10 MB": lambda: b"P5\n#" + b"x" * 10**7 + b"\n28 28\n255\n" + bytes(784),
    "spaces in a PNM header": lambda: b"P6" + b" " * 10**7 + b"28 28\n255\n" + bytes(784 * 3),
    "millions of PNM comments": lambda: b"P2\n28 28\n255\n" + b"#\n9 " * 2 * 10**6,
    "a number of 10 MB": lambda: b"P2\n28 28\n255\n" + b"9" * 10**7,
    "millions of PNG chunks": lambda: encoded(GREY)[:33] + chunk(b"tEXt", b"a\0b") * 10**6 + encoded(GREY)[33:],
    "thousands of scans": lambda: jpeg_of_scans(3000),
    "millions of strips": lambda: tiff_of_strips(3 * 10**6),
    "millions of strips of a BigTIFF": lambda: tiff_of_strips(3 * 10**6, big=True),
}


@pytest.mark.parametrize("kind", HEAVY)
def test_a_file_that_would_take_minutes_is_refused_in_seconds(kind: str) -> None:
    file = HEAVY[kind]()
    start = time.process_time()
    message = refusal(file)
    assert time.process_time() - start < 15
    assert ("262,144 tiles" in message) == ("strips" in kind)


def test_comments_and_scans_in_usual_numbers_are_read() -> None:
    commented = b"P2\n#" + b"x" * 10**6 + b"\n28 28\n255\n" + b"#y\n" * 999
    levels = b" ".join(str(level).encode() for level in GREY.ravel().tolist())
    np.testing.assert_array_equal(pixels(commented + levels), GREY)
    assert pixels(jpeg_of_scans(20)).shape == (1000, 1000)


LARGE: dict[str, Callable[[], bytes]] = {
    "16 bit": lambda: png_of_zeros(16, 0),
    "16 bit RGBA": lambda: png_of_zeros(16, 6),
    "float": lambda: encoded(Image.new("F", (SIDE, SIDE)), "TIFF", compression="tiff_adobe_deflate"),
    "CMYK": lambda: encoded(Image.new("CMYK", (SIDE, SIDE)), "TIFF", compression="tiff_adobe_deflate"),
}
SIDE = 8192  # of a picture of MAX_PIXELS
MEMORY = 700  # MB

PEAK = """
import resource, sys
from mnist_mlp.errors import DataError
from mnist_mlp.pictures import prepare
try:
    prepare(sys.argv[1])
except DataError as error:
    assert error.what == "nothing is drawn", error
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def png_of_zeros(depth: int, colour: int) -> bytes:
    squeeze, row = zlib.compressobj(1), bytes(1 + SIDE * depth // 8 * {0: 1, 6: 4}[colour])
    content = b"".join(squeeze.compress(row) for _ in range(SIDE)) + squeeze.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", content) + chunk(b"IEND", b"")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="its unit of memory is that of Linux")
@pytest.mark.parametrize("kind", LARGE)
def test_a_picture_at_the_limit_of_pixels_takes_bounded_memory(kind: str, tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(LARGE[kind]())
    # A process that is started by a larger one inherits the peak of that one, except through another in between.
    command = f'"{sys.executable}" -c "$0" "$1" & wait $!'
    ended = subprocess.run(["sh", "-c", command, PEAK, tmp_path / "it"], capture_output=True, text=True, check=True)
    assert int(ended.stdout) < MEMORY


def test_large_jpegs_are_reduced_as_they_are_decoded() -> None:
    sheet = np.full((3000, 2000, 3), 200, dtype=np.uint8)
    sheet[600:1200, 500:600] = 20
    levels, steps = decode_grey(encoded(Image.fromarray(sheet), "JPEG"), "it")
    assert levels.shape == (1500, 1000)
    assert steps == ("reduced to 1000x1500",)
    assert abs(int(levels[450, 275]) - 20) < 5
    assert decode_grey(encoded(Image.fromarray(sheet[:1500]), "JPEG"), "it")[0].shape == (750, 1000)
    assert decode_grey(encoded(Image.fromarray(sheet[:1500, :999]), "JPEG"), "it")[0].shape == (1500, 999)
