"""Format numbers for people."""


def percent(value: float | None, decimals: int = 2) -> str:
    """Return ``98.27 %`` for 0.9827, or a dash for None."""
    return "-" if value is None else f"{100 * value:.{decimals}f} %"
