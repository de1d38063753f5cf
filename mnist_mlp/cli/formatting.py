"""Figures as people read them."""


def percent(value: float | None) -> str:
    """``98.27 %``, or a dash where there is none."""
    return "-" if value is None else f"{100 * value:.2f} %"
