"""The log: what the engine did and why, the newest at the bottom."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final

from tui_scalper.core.snapshot import LogLine, Severity
from tui_scalper.widgets import text
from tui_scalper.widgets.lines import Line, LinePanel, fit
from tui_scalper.widgets.palette import Palette, Role

TITLE_FROM: Final = 4
"""Lines from which on the log can spare one for its title."""
KEPT: Final = 2_000
"""Lines the console remembers; older ones are in the journal."""
SEVERITY_FACE: Final = {
    Severity.INFO: ("·", Role.INFO),
    Severity.GOOD: ("✓", Role.GOOD),
    Severity.WARN: ("!", Role.WARN),
    Severity.ALARM: ("‼", Role.ALARM),
}


class LogBook:
    """The lines seen so far, each once, and which alarms nobody has acknowledged."""

    def __init__(self) -> None:
        self.lines: deque[LogLine] = deque(maxlen=KEPT)
        self._newest = -1
        self._alarms: deque[LogLine] = deque(maxlen=KEPT)

    def add(self, lines: Sequence[LogLine]) -> int:
        """Keep the lines not seen before; returns how many they were."""
        fresh = [line for line in lines if line.number > self._newest]
        if fresh:
            self.lines.extend(fresh)
            self._alarms.extend(one for one in fresh if one.severity is Severity.ALARM)
            self._newest = fresh[-1].number
        return len(fresh)

    def acknowledge(self) -> None:
        """Every alarm so far is known to the operator."""
        self._alarms.clear()

    def alarms(self) -> tuple[LogLine, ...]:
        """Alarms not acknowledged, the oldest first."""
        return tuple(self._alarms)


def log_line(line: LogLine, width: int, utc_offset: int) -> Line:
    """One line: time, severity glyph, text."""
    glyph, role = SEVERITY_FACE[line.severity]
    stamp = f" {text.clock(line.at_ns, utc_offset)} "
    return fit(((stamp, Role.DIM), (f"{glyph} {line.text}", role)), width, Role.TEXT)


def _title(back: int, width: int, *, focus: bool) -> Line:
    role = Role.PANEL_FOCUS if focus else Role.PANEL
    more = f"  {back} newer below" if back else ""
    return fit(((f" LOG{more}", role),), width, role)


class LogPanel(LinePanel):
    """The end of the log, or a page further back."""

    def __init__(self, palette: Palette, *, panel_id: str) -> None:
        super().__init__(palette, panel_id=panel_id)
        self._formed: tuple[object, ...] = ()

    def draw(self, book: LogBook, *, utc_offset: int, back: int, focus: bool) -> None:
        """Show the page that ends `back` lines before the newest."""
        width, height = self.extent
        newest = book.lines[-1].number if book.lines else -1
        formed = (newest, width, height, utc_offset, back, focus)
        if formed == self._formed or height < 1:
            return
        self._formed = formed
        end = max(len(book.lines) - back, 0)
        titles = [_title(back, width, focus=focus)] if height >= TITLE_FROM or focus else []
        page = islice(book.lines, max(end - height + len(titles), 0), end)
        self.show([*titles, *(log_line(line, width, utc_offset) for line in page)])
