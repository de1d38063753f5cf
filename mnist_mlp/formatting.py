"""Format numbers for people, and for programs."""

import json
from collections.abc import Sequence
from math import isfinite
from typing import Any

SHOWN = 10  # names in a message


def listed(names: Sequence[str]) -> str:
    """Return the first of some names, and the number of the others."""
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def class_name(label: int, names: Sequence[str] = ()) -> str:
    """Return the name of a class; without names, its number."""
    return names[label] if names else str(label)


def percent(value: float | None, decimals: int = 2) -> str:
    """Return ``98.27 %`` for 0.9827, or a dash for None."""
    return "-" if value is None else f"{100 * value:.{decimals}f} %"


def clock(seconds: float) -> str:
    """Return ``1:05`` for 65 seconds, or ``2:01:05`` with hours."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def output(value: float, kind: str, decimals: int = 1) -> str:
    """Return an output of a network: ``99.8 %`` for a probability, ``score 0.998`` for a score."""
    return percent(value, decimals) if kind == "probabilities" else f"score {value:.3f}"


def to_json(value: Any) -> str:
    """Return JSON on one line; NaN and infinite numbers, which JSON does not have, become null."""
    return json.dumps(_finite(value), allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(child) for child in value]
    return None if isinstance(value, float) and not isfinite(value) else value
