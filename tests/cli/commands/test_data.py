from pathlib import Path

import numpy as np
from PIL import Image

from tests.cli.conftest import Run, tiny


def test_the_sheet_shows_pictures_and_distorted_versions_of_them(run: Run, tiny_data: Path) -> None:
    settings = [*tiny(tiny_data), "-o", "augmentation={name: distort, shift: 4}"]
    result = run("data", "show", *settings, "--rows", 10, "--versions", 3, "--output", "sheet.png")
    assert (result.exit_code, result.stdout) == (0, "sheet.png\n")
    with Image.open("sheet.png") as sheet:
        assert sheet.height == 34 + 10 * 64 + 8
        pixels = np.asarray(sheet)[42:]
    columns = [pixels[:, 8 + 64 * i : 64 + 64 * i].astype(float) for i in range(4)]
    assert not pixels[:, 4 * 64 + 8 :].min(initial=255) < 255
    assert all(np.abs(columns[0] - other).mean() > 1 for other in columns[1:])
    assert np.abs(columns[1] - columns[2]).mean() > 1


def test_without_distortion_the_sheet_shows_the_pictures_alone_in_rows(run: Run, tiny_data: Path) -> None:
    result = run("data", "show", *tiny(tiny_data), "-o", "augmentation={name: none}", "--rows", 2)
    assert result.exit_code == 0, result.stderr
    with Image.open("digits.png") as sheet:
        assert sheet.height == 34 + 64 + 8
        assert np.asarray(sheet)[42:, 64 + 8 :].min() < 255
        assert np.asarray(sheet)[42:, 2 * 64 + 8 :].min(initial=255) == 255


def test_a_sheet_that_cannot_be_written_is_one_line(run: Run, tiny_data: Path) -> None:
    result = run("data", "show", *tiny(tiny_data), "--output", "nowhere/sheet.png")
    assert result.exit_code == 5
    assert len(result.stderr.splitlines()) == 1


def test_the_styles_of_synthetic_handwriting_are_drawn(run: Run) -> None:
    result = run("data", "show", "--styles", "--versions", 2, "--output", "styles.png")
    assert (result.exit_code, result.stdout) == (0, "styles.png\n")
    with Image.open("styles.png") as sheet:
        assert 600 < sheet.width <= 800


def test_of_the_config_the_styles_depend_on_the_seed_alone(run: Run) -> None:
    for seed in (0, 4):
        result = run("data", "show", "--styles", "--versions", 1, "-o", f"seed={seed}", "--output", f"{seed}.png")
        assert result.exit_code == 0, result.stderr
    assert Path("0.png").read_bytes() != Path("4.png").read_bytes()
    for others in (("--config", "best"), ("-o", "augmentation.name=none")):
        result = run("data", "show", "--styles", *others)
        assert result.exit_code == 2
        assert "the styles depend on -o seed=N alone" in result.stderr


def test_rows_have_no_meaning_for_styles(run: Run) -> None:
    result = run("data", "show", "--styles", "--rows", 3)
    assert result.exit_code == 2
    assert "--styles draws all styles; leave --rows out" in result.stderr
