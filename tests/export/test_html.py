"""The page as a file: whole, alone, with nothing in it that could be taken for something else."""

import base64
import hashlib
import json
import re

import numpy as np
import pytest

from mnist_mlp import export_model
from mnist_mlp.export.about import About
from mnist_mlp.export.bundle import EXPORT, IMPORT, modules
from mnist_mlp.export.html import PAGE, STAGES, to_html
from mnist_mlp.pictures import stroke_width
from tests.evaluation.networks import network

SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in modules(PAGE / "main.mjs")}
# The names that each script of the page takes from the constants.
CONSTANTS_USED = {
    name: re.findall(r"\w+", " ".join(re.findall(r"const \{([^}]*)\} = CONSTANTS", script)))
    for name, script in SCRIPTS.items()
}
PREPARATION = (
    "image.mjs",
    "distance.mjs",
    "components.mjs",
    "features.mjs",
    "strokes.mjs",
    "find.mjs",
    "normalise.mjs",
)


@pytest.fixture(scope="module")
def html() -> str:
    return to_html(network(n_in=784, hidden="[11]", temperature=1.3)).decode()


def test_it_names_no_address_and_the_policy_allows_none(html: str) -> None:
    assert not re.search(r"https?:|[\"'`(]//|@import|url\(|\bfetch\b|XMLHttpRequest|WebSocket|\bimport\b", html)
    assert re.findall(r'(?:src|href)="([^"]*)"', html) == ["data:,"]
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for kind in ("style", "script"):
        (text,) = re.findall(rf'<{kind}(?: type="module")?>(.*?)</{kind}>', html, re.S)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_its_parts_cannot_end_early_and_all_of_them_are_there(html: str) -> None:
    for name, part in {**SCRIPTS, "style.css": (PAGE / "style.css").read_text(encoding="utf-8")}.items():
        assert EXPORT.sub("", IMPORT.sub("", part)) in html, name
        assert not re.search(r"</|<!--", part), name
    assert {path.name for path in PAGE.iterdir()} == {*SCRIPTS, "style.css", "page.html"}
    assert "$" not in re.sub(r"<(script|style).*?</\1>", "", html, flags=re.S), "every place is filled in"


def test_the_network_in_it_is_the_whole_network(html: str) -> None:
    model = network(n_in=784, hidden="[11]")
    (text,) = re.findall(r'<script type="application/json" id="network">(.*?)</script>', html, re.S)
    assert "<" not in text
    record = json.loads(text)
    theta = np.frombuffer(base64.b64decode(record.pop("theta")), "<f8")
    np.testing.assert_array_equal(theta, model.mlp.theta)
    assert record == {
        "sizes": [784, 11, 5],
        "bias": True,
        "activations": ["relu"],
        "output": "softmax",
        "temperature": 1.3,
        "dtype": "float64",
    }


def constants_in(html: str) -> dict[str, float]:
    (text,) = re.findall(r'<script type="application/json" id="constants">(.*?)</script>', html, re.S)
    constants: dict[str, float] = json.loads(text)
    return constants


def test_the_pages_constants_are_those_of_the_pictures(html: str, monkeypatch: pytest.MonkeyPatch) -> None:
    constants = constants_in(html)
    assert constants["LONGEST"] == 20
    used = {name for names in CONSTANTS_USED.values() for name in names}
    assert used <= set(constants)
    for stage in STAGES:
        for name, value in vars(stage).items():
            if name in used:
                assert constants[name] == value, f"{name}: only one stage may define it"
    monkeypatch.setattr(stroke_width, "THIN", 0.125)
    changed = constants_in(to_html(network(n_in=784, hidden="[11]")).decode())
    assert changed == constants | {"THIN": 0.125}


def test_the_page_has_no_constants_of_its_own_for_what_python_knows() -> None:
    for name in PREPARATION:
        assert not re.search(r"const [A-Z_]+ = ", SCRIPTS[name]) or name == "image.mjs"
        for constant in CONSTANTS_USED[name]:
            assert len(re.findall(rf"\b{constant}\b", SCRIPTS[name])) > 1, f"{name}: {constant} is used"
    assert sum(map(len, CONSTANTS_USED.values())) > 15


def test_equal_networks_give_equal_pages(html: str) -> None:
    assert to_html(network(n_in=784, hidden="[11]", temperature=1.3)).decode() == html


def test_the_page_of_the_network_that_comes_with_the_package_has_less_than_1_mb() -> None:
    assert len(export_model("pretrained", "html")) <= 1_000_000


def test_what_the_page_says_about_its_network_cannot_end_early(html: str) -> None:
    odd = "</script><script>alert(1)</script>"
    page = to_html(network(n_in=784, hidden="[11]"), about=About(odd)).decode()
    assert page.count("</script>") == html.count("</script>")
