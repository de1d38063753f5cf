"""Join ES modules into one script, which a page can contain without a second file."""

import re
from pathlib import Path

IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\S+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=const|function|async)", re.MULTILINE)


def modules(main: Path) -> list[Path]:
    """Return the modules that one imports, each after those that it imports itself, and this one last."""
    found: list[Path] = []

    def visit(path: Path) -> None:
        for name in IMPORT.findall(path.read_text(encoding="utf-8")):
            if path.parent / name not in found:
                visit(path.parent / name)
        found.append(path)

    visit(main)
    return found


def bundle(main: Path) -> str:
    """Return a module and all that it imports as one script, without imports and exports.

    The modules share one scope, so that no name may be defined by two of them.
    """
    return "\n".join(EXPORT.sub("", IMPORT.sub("", path.read_text(encoding="utf-8"))) for path in modules(main))
