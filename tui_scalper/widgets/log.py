"""The log: what the engine did and why, the newest at the bottom."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from textwrap import wrap
from typing import Final

from tui_scalper.core.snapshot import LogLine, Severity
from tui_scalper.widgets import text
from tui_scalper.widgets.lines import Line, LinePanel, fit
from tui_scalper.widgets.palette import Palette, Role

TITLE_FROM: Final = 4
"""Lines from which on the log can spare one for its title."""
KEPT: Final = 2_000
"""Lines the console remembers; older ones are in the journal."""
INDENT: Final = len(" 09:15:00 ! ")
"""Cells before the words of a line."""
LEAST_WORDS: Final = 8
SEVERITY_FACE: Final = {
    Severity.INFO: ("·", Role.INFO),
    Severity.GOOD: ("✓", Role.GOOD),
    Severity.WARN: ("!", Role.WARN),
    Severity.ALARM: ("‼", Role.ALARM),
}


class LogBook:
    """The lines seen so far, each once."""

    def __init__(self) -> None:
        self.lines: deque[LogLine] = deque(maxlen=KEPT)
        self._newest = -1

    def add(self, lines: Sequence[LogLine]) -> Sequence[LogLine]:
        """Keep the lines not seen before; returns them."""
        fresh = [line for line in lines if line.number > self._newest]
        if fresh:
            self.lines.extend(fresh)
            self._newest = fresh[-1].number
        return fresh

    @property
    def newest(self) -> int:
        """Number of the newest line, -1 before the first."""
        return self._newest

    def page(self, size: int, back: int, wanted: str) -> list[LogLine]:
        """The `size` lines that end `back` before the newest, of those that hold `wanted`."""
        if not wanted:
            end = max(len(self.lines) - back, 0)
            return list(islice(self.lines, max(end - size, 0), end))
        word = wanted.lower()
        fitting = [one for one in self.lines if word in one.text.lower() or word in one.severity]
        end = max(len(fitting) - back, 0)
        return fitting[max(end - size, 0) : end]


def log_line(line: LogLine, width: int, utc_offset: int) -> Line:
    """One line: time, severity glyph, text, cut where it is too long."""
    return _opening(line, line.text, width, utc_offset)


def whole_lines(line: LogLine, width: int, utc_offset: int) -> list[Line]:
    """All that `line` says, in as many lines as it takes."""
    room = max(width - INDENT, LEAST_WORDS)
    first, *more = wrap(line.text, room) or [""]
    _, role = SEVERITY_FACE[line.severity]
    return [
        _opening(line, first, width, utc_offset),
        *(fit(((" " * INDENT + part, role),), width, Role.TEXT) for part in more),
    ]


def _opening(line: LogLine, words: str, width: int, utc_offset: int) -> Line:
    glyph, role = SEVERITY_FACE[line.severity]
    stamp = f" {text.clock(line.at_ns, utc_offset)} "
    return fit(((stamp, Role.DIM), (f"{glyph} {words}", role)), width, Role.TEXT)


def _title(back: int, width: int, wanted: str, *, focus: bool) -> Line:
    role = Role.PANEL_FOCUS if focus else Role.PANEL
    only = f"  only {wanted!r}" if wanted else ""
    more = f"  {back} newer below" if back else ""
    return fit(((f" LOG{only}{more}", role),), width, role)


class LogPanel(LinePanel):
    """The end of the log, or a page further back."""

    def __init__(self, palette: Palette, *, panel_id: str) -> None:
        super().__init__(palette, panel_id=panel_id)
        self._formed: tuple[object, ...] = ()

    def draw(self, book: LogBook, *, utc_offset: int, back: int, wanted: str, focus: bool) -> None:
        """Show the page that ends `back` lines before the newest, of those with `wanted`."""
        width, height = self.extent
        formed = (book.newest, width, height, utc_offset, back, wanted, focus)
        if formed == self._formed or height < 1:
            return
        self._formed = formed
        titled = height >= TITLE_FROM or focus or wanted
        titles = [_title(back, width, wanted, focus=focus)] if titled else []
        room = height - len(titles)
        page = book.page(room, back, wanted)
        # In front it is read, and nothing is cut; beside other panels it tells the newest.
        if focus:
            shown = [part for line in page for part in whole_lines(line, width, utc_offset)]
        else:
            shown = [log_line(line, width, utc_offset) for line in page]
        self.show([*titles, *shown[max(len(shown) - room, 0) :]])
