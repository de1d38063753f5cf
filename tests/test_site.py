"""The site of the documents: every document is a page of it, found by its search, and loads nothing from elsewhere."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_mlp import export_model

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as strictly as mkdocs can: a link or an anchor that leads nowhere is an error."""
    directory = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(directory)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=120)
    assert built.returncode == 0, built.stdout + built.stderr
    return directory


@pytest.mark.slow
def test_every_document_is_a_page_and_can_be_searched(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    searched = {entry["location"].partition("#")[0] for entry in index["docs"]}
    found = (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs").glob("*.ipynb"))
    documents = [path.relative_to(ROOT) for path in found]
    pages = {"index.html" if path.name == "README.md" else path.with_suffix(".html").as_posix() for path in documents}
    assert all((site / page).is_file() for page in pages)
    assert pages <= searched


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    for page in site.rglob("*.html"):
        loaded = re.findall(
            r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=\"?(https?:[^\">\s]*)", page.read_text("utf-8")
        )
        assert not loaded, page.name


def test_formulas_are_mathml_without_a_macro_left_over(site: Path) -> None:
    page = (site / "docs" / "mathematics.html").read_text(encoding="utf-8")
    formulas = re.findall(r"<math\b.*?</math>", page, re.S)
    assert len(formulas) > 100
    assert "arithmatex" not in page
    assert not [formula for formula in formulas if "\\" in formula]


def test_the_notebook_shows_its_code_and_its_pictures(site: Path) -> None:
    page = (site / "docs" / "notebook.html").read_text(encoding="utf-8")
    assert page.count('src="data:image/png;base64,') == 4
    assert "highlight" in page
    assert "best validation accuracy: 9" in page


def test_the_page_to_draw_on_is_in_the_site_and_in_its_document(site: Path) -> None:
    (name,) = re.findall(r'<iframe src="?([^" >]+)', (site / "docs" / "browser.html").read_text(encoding="utf-8"))
    assert (site / "docs" / name).read_bytes() == export_model("pretrained", "html")
