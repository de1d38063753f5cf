import re
from pathlib import Path

from mnist_mlp.export.bundle import EXPORT, IMPORT, bundle, modules
from mnist_mlp.export.html import PAGE


def test_imported_modules_come_first_and_once(tmp_path: Path) -> None:
    (tmp_path / "main.mjs").write_text('import {b} from "./b.mjs";\nimport {c} from "./c.mjs";\n\nb(c);\n')
    (tmp_path / "b.mjs").write_text('import {c} from "./c.mjs";\n\nexport const b = (x) => x + c;\n')
    (tmp_path / "c.mjs").write_text("export const c = 1;\n")
    assert [path.name for path in modules(tmp_path / "main.mjs")] == ["c.mjs", "b.mjs", "main.mjs"]
    assert bundle(tmp_path / "main.mjs").split("\n") == [
        "const c = 1;",
        "",
        "",
        "const b = (x) => x + c;",
        "",
        "",
        "b(c);",
        "",
    ]


def test_every_import_of_the_page_is_exported_and_used() -> None:
    for path in modules(PAGE / "main.mjs"):
        text = path.read_text(encoding="utf-8")
        for names, other in re.findall(r'^import \{([^}]*)\} from "\./(\S+)";$', text, re.MULTILINE):
            exported = (PAGE / other).read_text(encoding="utf-8")
            for name in re.findall(r"\w+", names):
                assert re.search(rf"^export .*\b{name}\b", exported, re.MULTILINE), f"{path.name}: {name}"
                assert len(re.findall(rf"\b{name}\b", text)) > 1, f"{path.name}: {name}"
        assert "import" not in EXPORT.sub("", IMPORT.sub("", text)), path.name


def test_every_export_of_the_page_is_imported() -> None:
    texts = [path.read_text(encoding="utf-8") for path in modules(PAGE / "main.mjs")]
    imported = set(re.findall(r"\w+", " ".join(re.findall(r"^import \{([^}]*)\}", "\n".join(texts), re.MULTILINE))))
    names = r"^export (?:const \{(\w+)\}|(?:const|function|async function) (\w+))"
    exported = {a or b for text in texts for a, b in re.findall(names, text, re.MULTILINE)}
    # The tests of the preparation take these from their modules.
    assert exported - imported <= {"rint", "transposed", "strokeWidth"}
    assert imported <= exported
