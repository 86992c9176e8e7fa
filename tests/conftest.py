"""What a run proved, as tables at its end, however many workers it had; pictures drawn anew."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from picture_book import REDRAWN

from tui_scalper.lab.faultsim.runner import Tally
from tui_scalper.lab.faultsim.tables import met, table
from tui_scalper.soak.claims import Result, results_table

# Neither a busy machine nor counting branches makes a drawn example wrong.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

LONGEST = ("test_gates_schedules.py", "test_recovery_kill.py")
"""Files whose tests take a minute each: begun last, they would be waited for alone."""
GATE = "gate"
SCHEDULES = "schedules"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture
def proved(record_property) -> Callable[[Result], None]:
    """Put a result into the table at the end of the run."""
    return lambda result: record_property(GATE, msgspec.json.encode(result).decode())


@pytest.fixture
def played(record_property) -> Callable[[Tally], None]:
    """Add fault schedules to the figures at the end of the run."""
    return lambda tally: record_property(SCHEDULES, msgspec.json.encode(tally).decode())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables."""
    reports = [
        report
        for kind in ("passed", "failed")
        for report in terminalreporter.stats.get(kind, ())
        if report.when == "call"
    ]
    told = [(name, value) for report in reports for name, value in report.user_properties]
    results = [msgspec.json.decode(value, type=Result) for name, value in told if name == GATE]
    whole = Tally(next_seed=0)
    for name, value in told:
        if name == SCHEDULES:
            whole.take(msgspec.json.decode(value, type=Tally))
    if whole.families:
        terminalreporter.write_sep("=", "fault schedules")
        terminalreporter.write_line(f"{table(whole)}\n\n{met(whole)}")
    if REDRAWN:
        terminalreporter.write_sep("=", "pictures drawn anew: look at them")
        terminalreporter.write_line("\n".join(REDRAWN))
    if results:
        terminalreporter.write_sep("=", "reliability gates")
        terminalreporter.write_line(results_table(results))
