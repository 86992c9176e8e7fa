"""The engine's own log: a bounded ring of lines, and counts of refusals and faults."""

from __future__ import annotations

from collections import Counter, deque
from typing import Final

from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.refusals import REFUSAL_TEXT, Refusal
from tui_scalper.core.snapshot import LogLine, Severity
from tui_scalper.core.trading_table import TradingInput
from tui_scalper.core.units import NS

KEPT: Final = 500
QUIET_NS: Final = 2 * NS
"""A text is said once in this time, however often it happens."""


class Chronicle:
    """What happened, in words. Lines are numbered from 1 and never change."""

    def __init__(self) -> None:
        self.lines: deque[LogLine] = deque(maxlen=KEPT)
        self.refused: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.acted: Counter[GoalInput | TradingInput] = Counter()
        """What turned a position or the trading state, and how often."""
        self._number = 0
        self._recent: dict[str, tuple[int, int]] = {}
        """When each text was said last, and how often it was not since."""

    def say(self, at_ns: int, severity: Severity, text: str) -> None:
        """Add a line; one that was said a moment ago is counted, and said when it comes again."""
        said_ns, unsaid = self._recent.pop(text, (-QUIET_NS, 0))
        if at_ns - said_ns < QUIET_NS:
            self._recent[text] = (said_ns, unsaid + 1)
            return
        self._recent[text] = (at_ns, 0)
        if len(self._recent) > KEPT:
            self._recent.pop(next(iter(self._recent)))
        self._number += 1
        often = "once" if unsaid == 1 else f"{unsaid} times"
        more = f" ({often} more meanwhile)" if unsaid else ""
        self.lines.append(LogLine(self._number, at_ns, severity, text + more))

    def count(self, reason: Refusal) -> None:
        """Count a refusal without saying it."""
        self.refused[reason.value] += 1

    def refuse(self, at_ns: int, reason: Refusal, what: str) -> None:
        """Count a refusal and say it."""
        self.count(reason)
        self.say(at_ns, Severity.WARN, f"{what}: {REFUSAL_TEXT[reason]}")
