"""The engine's own log: a bounded ring of lines, and counts of refusals and faults."""

from __future__ import annotations

from collections import Counter, deque
from typing import Final

from tui_scalper.core.refusals import REFUSAL_TEXT, Refusal
from tui_scalper.core.snapshot import LogLine, Severity

KEPT: Final = 500


class Chronicle:
    """What happened, in words. Lines are numbered from 1 and never change."""

    def __init__(self) -> None:
        self.lines: deque[LogLine] = deque(maxlen=KEPT)
        self.refused: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self._number = 0

    def say(self, at_ns: int, severity: Severity, text: str) -> None:
        """Add a line."""
        self._number += 1
        self.lines.append(LogLine(self._number, at_ns, severity, text))

    def refuse(self, at_ns: int, reason: Refusal, what: str) -> None:
        """Count a refusal and say it."""
        self.refused[reason.value] += 1
        self.say(at_ns, Severity.WARN, f"{what}: {REFUSAL_TEXT[reason]}")
