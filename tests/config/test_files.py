"""Configs that extend others."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from mnist_mlp.config import Config, load_config
from mnist_mlp.config.files import MAX_FILES
from mnist_mlp.config.schema import SGDConfig
from mnist_mlp.errors import ConfigError


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write files into an empty directory, by name, and go there."""
    monkeypatch.chdir(tmp_path)

    def write_files(**texts: str) -> None:
        for name, text in texts.items():
            Path(f"{name}.yaml").write_text(text, encoding="utf-8")

    return write_files


def test_a_file_changes_the_packaged_config_that_it_extends(write: Any) -> None:
    write(my="extends: best\nseed: 3\ntraining: {epochs: 2}")
    best = load_config("best")
    training = msgspec.structs.replace(best.training, epochs=2)
    assert load_config("my.yaml") == msgspec.structs.replace(best, seed=3, training=training)


def test_a_file_extends_files_beside_it_in_order_and_they_extend_others(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        first="extends: base.yaml\ntraining: {epochs: 2, batch_size: 7}",
        second="training: {epochs: 3}",
        base="seed: 5\ntraining: {epochs: 1, l2: 0.5}",
        my="extends: [first.yaml, second.yaml]\ntraining: {l2: 0.25}",
    )
    monkeypatch.chdir("/")
    config = load_config(tmp_path / "my.yaml")
    assert config.seed == 5
    assert (config.training.epochs, config.training.batch_size, config.training.l2) == (3, 7, 0.25)


def test_a_name_that_an_extending_file_changes_gets_its_own_defaults(write: Any) -> None:
    write(base="optimizer: {name: adam, learning_rate: 0.5}", my="extends: base.yaml\noptimizer: {name: sgd}")
    assert load_config("my.yaml").optimizer == SGDConfig()


def test_the_home_directory_may_be_extended_from(write: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(base="seed: 4", my="extends: ~/base.yaml")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert load_config("my.yaml").seed == load_config("~/base.yaml").seed == 4


def test_of_several_configs_the_later_ones_win_and_overrides_win_over_them(write: Any) -> None:
    write(one="seed: 1\ntraining: {epochs: 2, l2: 0.5}", two="training: {epochs: 3}")
    config = load_config(["one.yaml", Path("two.yaml")], ["training.l2=0"])
    assert (config.seed, config.training.epochs, config.training.l2) == (1, 3, 0)
    assert load_config([]) == Config()
    with pytest.raises(ConfigError, match=r"^name of the config is empty"):
        load_config(["one.yaml", " "])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"my": "extends: my.yaml"},
            r"^config extends itself: my\.yaml: my\.yaml extends my\.yaml; remove one extends$",
        ),
        (
            {"my": "extends: [a.yaml, b.yaml]", "a": "seed: 1", "b": "extends: c.yaml", "c": "extends: my.yaml"},
            r"^config extends itself: my\.yaml: my\.yaml extends b\.yaml extends c\.yaml extends my\.yaml; remove one",
        ),
        (
            {"my": "seed: 1\nextends: bset"},
            r"^no such config: my\.yaml:2 extends: found 'bset'; .*did you mean best\?$",
        ),
        ({"my": "extends: ."}, r"^config is not a file: my\.yaml:1 extends: found '\.'; give a \.yaml file$"),
        ({"my": "extends:"}, r"^bad value: my\.yaml:1 extends: found None; give the name of a config, a file, or a"),
        ({"my": "extends: []"}, r"^bad value: my\.yaml:1 extends: found \[\]; give"),
        ({"my": "extends: [best, 7]"}, r"^bad value: my\.yaml:1 extends: found \['best', 7\]; give"),
        ({"my": "extends: {a: b}"}, r"^bad value: my\.yaml:1 extends: found \{'a': 'b'\}; give"),
        ({"my": "extends: a.yaml", "a": "seed: -1"}, r"^bad value: a\.yaml:1 seed: found -1 "),
        ({"my": "extends: a.yaml", "a": "sed: 1"}, r"^unknown key: a\.yaml:1 sed; "),
        ({"my": "extends: a.yaml", "a": "[1]"}, r"^not a config: a\.yaml: found a list"),
        ({"my": "network: {extends: best}"}, r"^unknown key: my\.yaml:1 network\.extends; "),
    ],
)
def test_a_wrong_extends_is_refused_with_its_place(write: Any, files: dict[str, str], message: str) -> None:
    write(**files)
    with pytest.raises(ConfigError, match=message):
        load_config("my.yaml")


def test_files_that_extend_each_other_many_times_are_refused_and_not_read_for_ever(write: Any) -> None:
    chain = {f"f{i}": f"extends: [f{i + 1}.yaml, f{i + 1}.yaml]" for i in range(30)}  # the last is read 2**30 times
    write(**chain, f30="seed: 1")
    with pytest.raises(ConfigError, match=rf"^config extends too many: f0\.yaml; at most {MAX_FILES} files$"):
        load_config("f0.yaml")


def test_extends_is_no_override() -> None:
    with pytest.raises(ConfigError, match=r"^extends is not a setting: extends=best; give several configs, the base"):
        load_config(overrides=["extends=best"])
