"""How much was tried: counted by each test, told at the end of the run, with pytest-xdist as well."""

from collections import Counter

import pytest

KINDS = ("kills", "faults", "power cuts", "flips", "truncations", "fuzz cases")
PROPERTY = "tried"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line, when any test of tests/reliability ran. Reports bring what they counted from every worker."""
    total: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "teardown":
                total.update({k: n for name, counts in report.user_properties if name == PROPERTY for k, n in counts})
    if total:
        terminalreporter.section("reliability")
        terminalreporter.write_line("tried: " + ", ".join(f"{total[kind]:,} {kind}" for kind in KINDS))
