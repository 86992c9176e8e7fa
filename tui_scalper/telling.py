"""What the console tells besides pictures: the engine what is shown, the terminal its title."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui_scalper.core.commands import AnyCommand, Watch
from tui_scalper.core.snapshot import Snapshot
from tui_scalper.widgets.layout import Layout, Panel

SPARE_SIGNALS: Final = 16
"""Signal rows asked for beyond those shown, so that a stock that slips is still known."""
MOST_SIGNALS: Final = 100
"""Signal rows asked of the engine at most."""
TITLE_KEEP: Final = "\x1b[22;2t"
TITLE_BACK: Final = "\x1b[23;2t"
"""Lay the terminal's own title aside, and put it back."""


class Shown:
    """Tells the engine how much is shown; a full queue is tried again with the next layout."""

    def __init__(self, put: Callable[[AnyCommand], bool]) -> None:
        self._put = put
        self._told: tuple[int, int, bool] = (-1, -1, False)

    def tell(self, layout: Layout, key_ns: int) -> None:
        """Say what `layout` shows, when that is news."""
        lines = layout.signal_lines
        signals = min(lines + SPARE_SIGNALS, MOST_SIGNALS) if lines else 0
        shown = (layout.watched, signals, Panel.EXPLAIN in layout.panels)
        if shown == self._told:
            return
        ladders, signals, explained = shown
        watch = Watch(key_ns=key_ns, ladders=ladders, signals=signals, explained=explained)
        if self._put(watch):
            self._told = shown


class Title:
    """The mode in the terminal's title, where a window list shows it."""

    def __init__(self) -> None:
        self._titled = ""

    def news(self, snapshot: Snapshot) -> str:
        """What to send the terminal for `snapshot`; empty while its title is right."""
        auto = " AUTO" if snapshot.auto else ""
        title = f"{snapshot.mode.value} {snapshot.operator.value}{auto} - scalper-tui"
        if title == self._titled:
            return ""
        keep = "" if self._titled else TITLE_KEEP
        self._titled = title
        return f"{keep}\x1b]2;{title}\x07"
