"""The ranked table: the strongest stocks, and why the others are no signal.

The order on the screen is kept still while the operator picks: nothing moves under a finger.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui_scalper.core.gates import GATE_TEXT, gate_names
from tui_scalper.core.snapshot import SignalRow
from tui_scalper.core.units import NS, PPM, Side
from tui_scalper.widgets import text
from tui_scalper.widgets.lines import Line, LinePanel, Span, fit
from tui_scalper.widgets.palette import Role
from tui_scalper.widgets.table import Column, columns_width, fitting, header, row

RERANK_NS: Final = NS // 2
"""The list takes a new order at most this often."""

RANK: Final = Column("#", 2, right=True)
SYMBOL: Final = Column("SIGNAL", 10)
SIDE: Final = Column("SIDE", 6)
BAR: Final = Column("", 3)
DOMINANCE: Final = Column("DOM", 4, right=True)
PRESSURE: Final = Column("TBQ", 4, right=True)
DEPTH: Final = Column("B5:A5", 5, right=True)
GRADIENT: Final = Column("GR", 2, right=True)
FLOW: Final = Column("OFI", 5, right=True)
FOOTPRINT: Final = Column("FP", 2, right=True)
CONFIRMED: Final = Column("CNF", 3, right=True)
LAST: Final = Column("LAST", 9, right=True)
SPREAD: Final = Column("SPRD", 4, right=True)
AGE: Final = Column("AGE", 4, right=True)
COLUMNS: Final = (
    RANK,
    SYMBOL,
    SIDE,
    BAR,
    DOMINANCE,
    PRESSURE,
    DEPTH,
    GRADIENT,
    FLOW,
    FOOTPRINT,
    CONFIRMED,
    LAST,
    SPREAD,
    AGE,
)
DROPPED_FIRST: Final = (
    PRESSURE,
    LAST,
    SPREAD,
    BAR,
    AGE,
    FOOTPRINT,
    DEPTH,
    FLOW,
    CONFIRMED,
    GRADIENT,
)
"""Columns that go, in this order, where the reason would not fit."""
FAR_WIDTH: Final = 1_000
"""Room enough for any reason."""
WHY_LEAST: Final = 20
"""Cells the short name of any gate needs."""
CLEAR_T: Final = 2.0
"""From this t-value on a gradient is told from noise."""
SIDE_ROLE: Final = {Side.BUY: Role.BID_BEST, Side.SELL: Role.ASK_BEST}
SPEAKS: Final = {Side.BUY: "▲", Side.SELL: "▼", None: "·"}


class StillOrder:
    """Which stock stands on which line; re-ranked slowly, and not at all while held."""

    def __init__(self) -> None:
        self._rows: tuple[int, ...] = ()
        self._ranked_ns = 0

    def arrange(
        self, signals: Sequence[SignalRow], places: int, *, now_ns: int, held: bool
    ) -> tuple[SignalRow | None, ...]:
        """The signals for `places` lines; None keeps the line of a stock that left the ranking.

        Between two rankings a stock that left gives its line to the best one not shown;
        while `held` its line stays empty.
        """
        by_row = {signal.row: signal for signal in signals}
        lines = min(places, len(by_row))
        due = not 0 <= now_ns - self._ranked_ns < RERANK_NS
        if (due and not held) or len(self._rows) != lines:
            self._rows = tuple(by_row)[:lines]
            self._ranked_ns = now_ns
        elif not held:
            waiting = iter([row for row in by_row if row not in self._rows])
            self._rows = tuple(row if row in by_row else next(waiting, row) for row in self._rows)
        return tuple(by_row.get(row) for row in self._rows)

    @property
    def rows(self) -> tuple[int, ...]:
        """Rows of the universe in the order shown."""
        return self._rows


def matches_signal(signal: SignalRow, wanted: str) -> bool:
    """Whether the symbol, the side or the reason of a row, as shown, holds `wanted`."""
    side = text.SIDE_TEXT[signal.side] if signal.side and not signal.blockers else ""
    state = why_not(signal, FAR_WIDTH) or "READY"
    return wanted.lower() in f"{signal.symbol} {side} {state}".lower()


def signal_columns(width: int) -> tuple[Column, ...]:
    """The columns that fit `width`, the reason taking what is left."""
    chosen = fitting(COLUMNS, DROPPED_FIRST, width - WHY_LEAST - 1)
    left = width - columns_width(chosen) - 2
    return (*chosen, Column("WHY NOT", max(left, 1)))


def gradient_arrow(signal: SignalRow) -> str:
    """Where the pressure is going: steep when it is clear of noise, a point when not known."""
    slope, t = signal.gradient, signal.gradient_t
    if slope is None or t is None:
        return "·"
    if abs(t) >= CLEAR_T:
        return "↑" if slope > 0 else "↓"
    return "↗" if slope > 0 else "↘" if slope < 0 else "→"


def _confirmations(signal: SignalRow) -> str:
    return f"{signal.confirmed}/{signal.needed}" if signal.needed else str(signal.confirmed)


def _flow(signal: SignalRow) -> str:
    return "-" if signal.flow is None else f"{max(min(signal.flow, 99.9), -99.9):+.1f}"


def why_not(signal: SignalRow, width: int) -> str:
    """What stops this row from being traded now; empty when nothing does.

    As much as fits `width` whole: sentences, the gates' short names, and last the first reason
    with the number of the others.
    """
    held = [(signal.held, signal.held_short or signal.held)] if signal.held else []
    long = [words for gate, words in GATE_TEXT.items() if signal.blockers & gate]
    short = [name.replace("_", " ") for name in gate_names(signal.blockers)]
    long += [words for words, _ in held]
    short += [word for _, word in held]
    if not long:
        return ""
    others = f" +{len(long) - 1}" if long[1:] else ""
    ways = (", ".join(long), ", ".join(short), f"{long[0]}{others}", f"{short[0]}{others}")
    return next((words for words in ways if len(words) <= width), ways[-1])


def signal_line(
    number: int, signal: SignalRow, columns: Sequence[Column], width: int, *, cursor: bool
) -> Line:
    """Line `number` of the table; digit keys pick by that number."""
    live = not signal.blockers
    role = Role.TEXT if live else Role.DIM
    lean = text.SIDE_TEXT[signal.side] if live and signal.side is not None else "·"
    reason = why_not(signal, columns[-1].width) or f"READY for {text.age(signal.signal_age_ns)}"
    weight = text.rule(text.halves(signal.dominance_ppm, PPM, BAR.width))
    footprint = SIDE_ROLE[signal.footprint] if signal.footprint else Role.DIM
    cells: dict[str, Span] = {
        BAR.title: (weight, SIDE_ROLE[signal.side] if live and signal.side else Role.DIM),
        GRADIENT.title: (gradient_arrow(signal), role),
        FLOW.title: (_flow(signal), role),
        FOOTPRINT.title: (SPEAKS[signal.footprint], footprint),
        CONFIRMED.title: (_confirmations(signal), role),
        RANK.title: (str(number), Role.DIM),
        SYMBOL.title: (signal.symbol, Role.STRONG if live else Role.DIM),
        SIDE.title: (lean, SIDE_ROLE[signal.side] if live and signal.side else Role.DIM),
        DOMINANCE.title: (text.percent(signal.dominance_ppm), role),
        PRESSURE.title: (text.percent(signal.pressure_ppm), role),
        DEPTH.title: (text.ratio(signal.bid_depth, signal.ask_depth), role),
        LAST.title: (text.price(signal.ltp), role),
        SPREAD.title: (f"{signal.spread_ticks}t" if signal.spread_ticks >= 0 else "-", role),
        AGE.title: (text.age(signal.age_ns), role),
        "WHY NOT": (reason, Role.GOOD if live and not signal.held else Role.DIM),
    }
    return row([cells[column.title] for column in columns], columns, width, cursor=cursor)


class SignalsPanel(LinePanel):
    """The ranked table on the screen."""

    def draw(
        self, shown: Sequence[SignalRow | None], *, wanted: str, selected: int, focus: bool
    ) -> None:
        """Show the rows that hold `wanted`, in the order given; None is a stock that left."""
        width = self.extent.width
        columns = signal_columns(width)
        lines = [header(columns, width, Role.PANEL_FOCUS if focus else Role.PANEL)]
        for number, signal in enumerate(shown, 1):
            if signal is None:
                lines.append(((" -- left the list".ljust(width), Role.DIM),))
            else:
                cursor = signal.row == selected
                lines.append(signal_line(number, signal, columns, width, cursor=cursor))
        if not shown:
            none = f"no ranked stock holds {wanted!r}" if wanted else "no stock ranked yet"
            lines.append(fit(((f" {none}", Role.DIM),), width, Role.DIM))
        self.show(lines)
