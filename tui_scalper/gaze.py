"""What the operator looks at: the newest snapshot, the selected stock, lists, zoom, log.

The selection is a row of the universe, never a line of the screen, so nothing moves under
the cursor when lists are ranked anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import replace
from typing import Final, NamedTuple

from tui_scalper.alarms import AlarmBook, conditions
from tui_scalper.core.snapshot import (
    OperatorState,
    OrderRow,
    PositionRow,
    Protection,
    SignalRow,
    Snapshot,
)
from tui_scalper.core.units import NS
from tui_scalper.widgets.explain import Depth
from tui_scalper.widgets.ladder_look import Columns, LadderLook
from tui_scalper.widgets.layout import LISTS, Panel, Wanted
from tui_scalper.widgets.log import LogBook
from tui_scalper.widgets.measures import Measure
from tui_scalper.widgets.rungs import View
from tui_scalper.widgets.signals import StillOrder, matches_signal
from tui_scalper.widgets.trace import Memory

SETTLE_NS: Final = 2 * NS
"""The list keeps still this long after the cursor moved."""
ORDER_OVER: Final = frozenset({"filled", "cancelled", "rejected", "absent"})
MATCHES_SHOWN: Final = 6


def is_ready(snapshot: Snapshot) -> bool:
    """Entries may be staged."""
    return snapshot.operator in (OperatorState.ARMED, OperatorState.STAGED)


def is_open(position: PositionRow) -> bool:
    """Something is held, or on its way."""
    return position.protection is not Protection.CLOSED


def is_working(order: OrderRow) -> bool:
    """The order may still fill."""
    return order.state not in ORDER_OVER


class News(NamedTuple):
    """What a new snapshot asks of the console: ring, and look at another row."""

    alarm: bool = False
    focus: int | None = None


class Gaze:
    """State of the screen that belongs to the operator; `symbols` names each row."""

    def __init__(self, symbols: tuple[str, ...]) -> None:
        self.symbols = symbols
        self.snapshot: Snapshot | None = None
        self.selected = 0
        self.panel = Panel.SIGNALS
        self.zoom: Panel | None = None
        self.explain = Depth.NOTHING
        self.explain_page = 0
        self.explain_pages = 1
        """Which page of what is explained is shown, and how many the screen has."""
        self.look = LadderLook()
        self.measure = Measure.MONEY
        self.filter = ""
        self.shown: Collection[Panel] = ()
        """Panels that have a place on the screen now."""
        self.too_small = False
        self.lag = False
        """The link to the screen is too slow to trade by."""
        self.signal_lines = 0
        self.log_back = 0
        self.signals: tuple[SignalRow | None, ...] = ()
        self.book = LogBook()
        self.alarms = AlarmBook()
        self.memory = Memory()
        self._order = StillOrder()
        self._moved_ns = 0
        self._heard = float("inf")
        self._looked_at = -1
        self._engine_focus = -1
        self._asked_focus: deque[int] = deque(maxlen=16)

    def see(self, snapshot: Snapshot, *, now_ns: int, monotonic: float) -> News:
        """Take in the newest snapshot."""
        news = News()
        if snapshot is not self.snapshot:
            self.snapshot = snapshot
            self._heard = monotonic
            self._follow_focus(snapshot.focus)
            news = News(self._read(snapshot), self._look_at_stage(snapshot))
            self.memory.see(snapshot)
        held = snapshot.stage is not None or 0 <= now_ns - self._moved_ns < SETTLE_NS
        signals = snapshot.signals
        if self.filter:
            signals = tuple(one for one in signals if matches_signal(one, self.filter))
        self.signals = self._order.arrange(signals, self.signal_lines, now_ns=now_ns, held=held)
        return news

    def turned_back(self) -> None:
        """The tape was turned back: forget what was seen of later."""
        self.book, self.alarms, self.memory = LogBook(), AlarmBook(), Memory()
        self._order = StillOrder()
        self._moved_ns = 0
        self._looked_at, self.log_back = -1, 0

    def _read(self, snapshot: Snapshot) -> bool:
        """Keep the new lines of the log and what is wrong now; True when the bell should ring."""
        fresh = self.book.add(snapshot.log)
        if self.log_back:
            self.log_back += len(fresh)
        self.alarms.hear(fresh)
        if snapshot.operator is not OperatorState.KILLED:
            self.alarms.released()
        return self.alarms.stand(conditions(snapshot, lag=self.lag), snapshot.at_ns)

    def _follow_focus(self, focus: int) -> None:
        """Follow the engine's focus, except where it only echoes a move made here."""
        if focus == self._engine_focus:
            return
        self._engine_focus = focus
        if focus not in self._asked_focus:
            self.selected = focus
        elif focus == self.selected:
            self._asked_focus.clear()

    def _look_at_stage(self, snapshot: Snapshot) -> int | None:
        """What is staged is what is looked at: its book belongs beside it."""
        stage = snapshot.stage
        if stage is None or stage.stage_id == self._looked_at:
            return None
        self._looked_at = stage.stage_id
        if self.zoom is not Panel.LADDERS:
            # What is about to be sent needs its ladder beside it.
            self.zoom = None
        if stage.row == self.selected:
            return None
        self.selected = stage.row
        self._asked_focus.append(stage.row)
        return stage.row

    def silence(self, monotonic: float) -> float:
        """Seconds since the engine's last snapshot."""
        return max(monotonic - self._heard, 0.0)

    def symbol(self, row: int) -> str:
        """Trading symbol of a row."""
        return self.symbols[row] if 0 <= row < len(self.symbols) else f"row {row}"

    def at_risk(self) -> tuple[int, int]:
        """Open positions and working orders."""
        if self.snapshot is None:
            return 0, 0
        positions, orders = self.snapshot.positions, self.snapshot.orders
        return sum(map(is_open, positions)), sum(map(is_working, orders))

    def matches(self, typed: str) -> tuple[str, ...]:
        """Symbols that fit `typed`: those that begin with it first, the shortest of them first."""
        if not typed:
            return ()
        wanted = typed.upper()
        ahead = [name for name in self.symbols if name.upper().startswith(wanted)]
        inside = [name for name in self.symbols if wanted in name.upper()[1:]]
        return tuple(dict.fromkeys([*sorted(ahead, key=len), *inside]))[:MATCHES_SHOWN]

    # -- moving ----------------------------------------------------------------------------------

    def rows(self) -> tuple[int, ...]:
        """Rows of the list in front, in the order shown."""
        if (self.zoom or self.panel) is Panel.POSITIONS and self.snapshot is not None:
            ranked = sorted(self.snapshot.positions, key=lambda one: not is_open(one))
            return tuple(dict.fromkeys(one.row for one in ranked))
        return self.signal_rows()

    def signal_rows(self) -> tuple[int, ...]:
        """Rows of the signals panel, in the order shown."""
        return self._order.rows

    def below(self, lines: int) -> int | None:
        """The row `lines` below the selected one in the list in front; the log only scrolls."""
        if (self.zoom or self.panel) is Panel.LOG:
            most = max(len(self.book.lines) - 1, 0)
            self.log_back = min(max(self.log_back - lines, 0), most)
            return None
        rows = self.rows()
        if not rows:
            return None
        at = rows.index(self.selected) + lines if self.selected in rows else 0
        return rows[min(max(at, 0), len(rows) - 1)]

    def select(self, row: int, now_ns: int) -> None:
        """Look at `row`."""
        self.selected = row
        self._moved_ns = now_ns
        self._asked_focus.append(row)

    def turn(self, step: int) -> None:
        """Bring the next list to the front."""
        self.panel = LISTS[(LISTS.index(self.panel) + step) % len(LISTS)]
        if self.zoom is not None:
            self.zoom = self.panel

    def front(self, panel: Panel) -> None:
        """Bring `panel` to the front; one already there, or without a place, is zoomed."""
        if self.panel is panel or self.zoom is panel or panel not in self.shown:
            self.panel = panel
            self.toggle_zoom(panel)
        else:
            self.panel, self.zoom = panel, None

    def toggle_zoom(self, panel: Panel) -> None:
        """Give `panel` nearly all the room, or give it back."""
        self.zoom = None if self.zoom is panel else panel
        self.log_back = 0

    @property
    def wanted(self) -> Wanted:
        """What the layout is asked for."""
        return Wanted(self.zoom, self.explain is not Depth.NOTHING)

    def next_explanation(self) -> None:
        """Explain more of the selected stock, and after the most nothing."""
        zoomed = self.zoom is Panel.EXPLAIN
        if zoomed and self.explain_page + 1 < self.explain_pages:
            self.explain_page += 1
            return
        self.explain_page, self.explain_pages = 0, 1
        if self.explain.is_page and not zoomed:
            self.explain = Depth.BESIDE  # the page was left for something else
        self.explain = self.explain.next
        if self.explain.is_page:
            self.zoom = Panel.EXPLAIN
        elif zoomed:
            self.zoom = None

    # -- how things are drawn --------------------------------------------------------------------

    def next_columns(self) -> str:
        """Show the next columns beside the ladder's prices; returns what they are."""
        every = tuple(Columns)
        columns = every[(every.index(self.look.columns) + 1) % len(every)]
        self.look = replace(self.look, columns=columns)
        return columns.value

    def next_rungs(self) -> str:
        """Show levels, or every tick; returns which."""
        view = View.TICKS if self.look.view is View.LEVELS else View.LEVELS
        self.look = replace(self.look, view=view)
        return view.value

    def centre(self) -> None:
        """Centre the ticks on the touch."""
        self.look = replace(self.look, centring=self.look.centring + 1)

    def next_measure(self) -> str:
        """Turn to the next unit of profit and distances; returns which."""
        self.measure = self.measure.next
        return self.measure.value

    def clear(self) -> None:
        """Nothing zoomed, filtered or explained."""
        self.zoom, self.filter, self.explain = None, "", Depth.NOTHING
