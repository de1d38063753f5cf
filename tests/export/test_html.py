"""The page as a file: whole, alone, with nothing in it that could be taken for something else."""

import base64
import hashlib
import json
import re

import numpy as np
import pytest

from mnist_mlp.export.html import PAGE, SCRIPTS, to_html
from tests.evaluation.networks import network


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
    for name in (*SCRIPTS, "style.css"):
        part = (PAGE / name).read_text(encoding="utf-8")
        assert part in html
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
        "activation": "relu",
        "output": "softmax",
        "temperature": 1.3,
        "dtype": "float64",
    }


def test_equal_networks_give_equal_pages(html: str) -> None:
    assert to_html(network(n_in=784, hidden="[11]", temperature=1.3)).decode() == html
