"""The gallery's commands are those that draw its pictures."""

import importlib.machinery
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
DRAW = ROOT / "scripts" / "draw_gallery"
GALLERY = ROOT / "docs" / "gallery.md"


def test_every_picture_of_the_gallery_has_its_command_above_it() -> None:
    loader = importlib.machinery.SourceFileLoader("draw_gallery", str(DRAW))
    spec = importlib.util.spec_from_loader("draw_gallery", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    text = GALLERY.read_text(encoding="utf-8")
    for above, picture in re.findall(r"(?s)(.*?)!\[[^]]*\]\(([^)]+)\)", text):
        program = module.commands(above)[-1][0]
        drawn = (ROOT / program).read_text(encoding="utf-8") if program.endswith(".py") else above
        assert Path(picture).name in drawn


def test_the_commands_of_a_document_are_run_in_the_directory_of_the_project(tmp_path: Path) -> None:
    document, drawing = tmp_path / "gallery.md", tmp_path / "why.png"
    document.write_text(
        f"# Some\n\n    mnist-mlp explain tests/cli/seven.png --output {drawing.as_posix()}\n\nothers\n"
    )
    subprocess.run([sys.executable, DRAW, document], cwd=tmp_path, check=True, timeout=60)
    with Image.open(drawing) as drawn:
        assert drawn.width > 700


def test_a_command_that_fails_ends_the_script(tmp_path: Path) -> None:
    document = tmp_path / "gallery.md"
    document.write_text("    mnist-mlp explain nothing.png\n\n    mnist-mlp --version\n")
    assert subprocess.run([sys.executable, DRAW, document], check=False, timeout=60, capture_output=True).returncode
