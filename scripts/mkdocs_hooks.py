"""What the site needs beside mkdocs.yml: files above docs/, formulas as MathML, a notebook, and a page to draw on."""

import html
import json
import re
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from mnist_mlp import export_model

# What the documents link to outside docs/.
BESIDE = ("*.md", "LICENSE", "CITATION.cff", "mnist_mlp/data/mnist/LICENSE.md", "scripts/examples/*.py")
DRAW = "docs/draw.html"  # docs/browser.md shows it
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.S)


class Notebook(File):
    """A notebook, which is a page, too."""

    def is_documentation_page(self) -> bool:
        return True


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Name every file as it is named in the repository, so that the links between them are the same there and here."""
    root = Path(config.config_file_path).parent
    docs = [f"docs/{file.src_uri}" for file in files if file.src_dir == config.docs_dir]
    beside = [path.relative_to(root).as_posix() for pattern in BESIDE for path in sorted(root.glob(pattern))]
    theme = [file for file in files if file.src_dir != config.docs_dir]
    own = [
        (Notebook if name.endswith(".ipynb") else File)(name, str(root), config.site_dir, config.use_directory_urls)
        for name in (*beside, *docs)
    ]
    network = export_model("pretrained", "html")
    return Files([*theme, *own, File.generated(config, DRAW, content=network)])


def on_page_read_source(page: Page, config: MkDocsConfig) -> str | None:
    """Return a notebook as Markdown; None: the page is Markdown."""
    return as_markdown(json.loads(page.file.content_string)) if isinstance(page.file, Notebook) else None


def as_markdown(notebook: dict[str, Any]) -> str:
    """Return the texts, the code and the outputs of a notebook."""
    parts = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        parts.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "image/png" in data:
                parts.append(f"![What the code shows](data:image/png;base64,{''.join(data['image/png']).strip()})")
            else:
                parts.append(f"```text\n{''.join(output.get('text') or data['text/plain'])}\n```")
    return "\n\n".join(parts)


def on_page_content(content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Write formulas as MathML, which browsers draw by themselves."""

    def mathml(formula: re.Match[str]) -> str:
        return convert(html.unescape(formula[2]), display="block" if formula[1] == "div" else "inline")

    return FORMULA.sub(mathml, content)
