"""Lists without brackets, which shells give a meaning. The other rules of overrides are tested in test_load."""

from pathlib import Path

import pytest

from mnist_mlp.config import load_config
from mnist_mlp.config.schema import NetworkConfig
from mnist_mlp.errors import ConfigError


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (["network.hidden=256"], NetworkConfig(hidden=(256,))),
        (["network.hidden=256,128"], NetworkConfig(hidden=(256, 128))),
        ([" network.hidden = 256, 128, "], NetworkConfig(hidden=(256, 128))),
        (["network.hidden=1,2", "network.activation=relu,tanh"], NetworkConfig((1, 2), ("relu", "tanh"))),
        (["network.activation=tanh"], NetworkConfig(activation="tanh")),
    ],
)
def test_a_list_needs_no_brackets(overrides: list[str], expected: NetworkConfig) -> None:
    assert load_config(overrides=overrides).network == expected


@pytest.mark.parametrize(
    ("override", "why"),
    [
        ("network.hidden=256,x", r"found \[256, 'x'\] \(a list\)"),
        ("network.hidden=true", r"found true \(a boolean\)"),
        ("network.hidden='256,128'", r"found '256,128' \(a string\)"),
        ("network.hidden=256]", "did not find|expected"),
        ("seed=1,2", r"found '1,2' \(a string\)"),
    ],
)
def test_what_is_no_list_of_the_setting_is_refused(override: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        load_config(overrides=[override])


@pytest.mark.parametrize("overrides", [["optimizer=sgd", "optimizer.beta=1"], ["optimizer.beta=1", "optimizer=sgd"]])
def test_a_name_beside_a_setting_of_its_section_brings_the_key_of_the_name(overrides: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"^overrides contradict .*; did you mean optimizer\.name=sgd\?$"):
        load_config(overrides=overrides)


def test_a_file_needs_the_brackets_of_yaml(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text("network: {hidden: 256}")
    with pytest.raises(ConfigError, match=r"found 256 \(an integer\); allowed: a list of at most 100"):
        load_config(path)
