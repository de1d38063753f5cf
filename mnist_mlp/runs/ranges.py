"""The values from which a search draws a setting."""

from typing import TYPE_CHECKING

import msgspec

from mnist_mlp.config.describe import describe
from mnist_mlp.errors import ConfigError

if TYPE_CHECKING:
    from optuna import Trial


class Range(msgspec.Struct, frozen=True, omit_defaults=True):
    """An interval, or choices."""

    key: str
    low: float = 0.0
    high: float = 0.0
    log: bool = False  # drawn uniformly on a logarithmic scale
    integer: bool = False
    choices: tuple[str, ...] = ()

    @property
    def is_drawable(self) -> bool:
        """Whether there are values to draw: no setting is negative."""
        return bool(self.choices) or self.log * 1e-300 <= self.low < self.high < float("inf")

    def text(self, value: float | str) -> str:
        """Return a drawn value as in an override; numbers have four digits."""
        if isinstance(value, str):
            return value
        return str(int(value)) if self.integer else f"{min(max(float(f'{value:.4g}'), self.low), self.high):g}"

    def extremes(self) -> tuple[str, ...]:
        """Return the overrides of which all values must be valid: those of both ends, or of all choices."""
        return tuple(f"{self.key}={value}" for value in self.choices or map(self.text, (self.low, self.high)))

    def draw(self, trial: "Trial") -> None:
        """Draw a value for a trial of Optuna."""
        if self.choices:
            trial.suggest_categorical(self.key, self.choices)
        elif self.integer:
            trial.suggest_int(self.key, int(self.low), int(self.high), log=self.log)
        else:
            trial.suggest_float(self.key, self.low, self.high, log=self.log)


def parse_range(text: str) -> Range:
    """Return the range of ``KEY=LOW:HIGH``, ``KEY=LOW:HIGH:log``; raise ``ConfigError`` if it is none.

    >>> parse_range("optimizer.learning_rate=1e-4:1e-1:log")
    Range(key='optimizer.learning_rate', low=0.0001, high=0.1, log=True, integer=False, choices=())
    """
    key, _, rest = text.partition("=")
    low, *more = rest.split(":")
    fix = "for example optimizer.learning_rate=1e-4:1e-1:log or training.dropout=0:0.5"
    try:
        found = Range(key.strip(), float(low), float(more[0]), more[1:] == ["log"])
    except (ValueError, IndexError):
        raise ConfigError("not KEY=LOW:HIGH or KEY=LOW:HIGH:log", where=text, fix=fix) from None
    if len(more) > 1 + found.log or not found.is_drawable:
        why = "LOW must be smaller than HIGH, and positive for log"
        raise ConfigError("not KEY=LOW:HIGH or KEY=LOW:HIGH:log", where=text, why=why, fix=fix)
    allowed = {field.key: field.allowed for field in describe().values()}
    # Also of a list of integers: network.hidden=16:256 draws one layer.
    return msgspec.structs.replace(found, integer="an integer" in allowed.get(found.key, ""))
