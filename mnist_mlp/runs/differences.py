"""What tells runs apart: the settings in which each differs from its base, the most similar config of the package."""

from collections import Counter
from collections.abc import Container, Sequence
from typing import Any, NamedTuple

import msgspec

from mnist_mlp.config import load_config, packaged_configs
from mnist_mlp.config.schema import Config
from mnist_mlp.config.strict_yaml import dump

FEW = 6  # settings; a run that differs in more from every config of the package is compared with the other runs

OF_DATA = ("data.directory", "data.names")  # settings that are too long for a title

Settings = dict[str, Any]  # by key path, such as ``optimizer.learning_rate``


class Differences(NamedTuple):
    """The settings in which a run differs from its base."""

    base: str | None  # a config of the package; None: the values that most of the other runs have
    settings: Settings

    def text(self, without: Container[str] = ()) -> str:
        """Return ``default: learning_rate=0.1, seed=3``; keys are without their section, and some are left out."""
        shown = (f"{short_key(key)}={text_of(value)}" for key, value in self.settings.items() if key not in without)
        changes = ", ".join(shown)
        return ": ".join(part for part in (self.base, changes) if part)

    def table(self) -> list[tuple[str, str, str]]:
        """Return each key, its value, and that of the base, or a dash if the base has no such setting."""
        base = flat(load_config(self.base)) if self.base else {}
        return [
            (key, text_of(value), text_of(base[key]) if key in base else "-") for key, value in self.settings.items()
        ]


def differences(every: Sequence[Settings]) -> list[Differences]:
    """Return the differences of the settings of each run from the most similar config of the package."""
    bases = {name: flat(load_config(name)) for name in sorted(packaged_configs(), key=lambda name: name != "default")}
    nearest = [_nearest(settings, bases) for settings in every]
    others = [settings for settings, near in zip(every, nearest, strict=True) if len(near.settings) > FEW]
    usual = _most_common(others)
    return [
        near if len(near.settings) <= FEW or len(others) < 2 else Differences(None, _changed(settings, usual))
        for settings, near in zip(every, nearest, strict=True)
    ]


def flat(config: Config) -> Settings:
    """Return all settings of a config, by key path."""
    found: Settings = {}
    for key, value in msgspec.to_builtins(config).items():
        found |= {f"{key}.{name}": child for name, child in value.items()} if isinstance(value, dict) else {key: value}
    return found


def short_key(key: str) -> str:
    """Return ``learning_rate`` for ``optimizer.learning_rate``, ``optimizer`` for ``optimizer.name``."""
    return key.removesuffix(".name").rpartition(".")[2]


def text_of(value: Any) -> str:
    """Return the value of a setting as on the command line."""
    return f"{value:g}" if isinstance(value, float) else dump(value).partition("\n")[0]


def _nearest(settings: Settings, bases: dict[str, Settings]) -> Differences:
    each = (Differences(name, _changed(settings, base)) for name, base in bases.items())
    return min(each, key=lambda found: len(found.settings))


def _changed(settings: Settings, base: Settings) -> Settings:
    return {key: value for key, value in settings.items() if key not in base or base[key] != value}


def _most_common(every: Sequence[Settings]) -> Settings:
    counts: dict[str, Counter[str]] = {}
    for settings in every:
        for key, value in settings.items():
            counts.setdefault(key, Counter())[repr(value)] += 1
    usual = {key: count.most_common(1)[0][0] for key, count in counts.items()}
    return {key: value for settings in every for key, value in settings.items() if repr(value) == usual[key]}
