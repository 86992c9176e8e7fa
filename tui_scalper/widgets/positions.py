"""Protected positions, and below them, where there is room, the orders of today."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui_scalper.core.snapshot import OrderRow, PositionRow, Protection
from tui_scalper.core.units import Side
from tui_scalper.widgets import text
from tui_scalper.widgets.bracket import bracket_bar
from tui_scalper.widgets.lines import Line, LinePanel, Span, fit
from tui_scalper.widgets.measures import Measure, distance, price_is_old, profit
from tui_scalper.widgets.orders import level, order_lines
from tui_scalper.widgets.palette import Role
from tui_scalper.widgets.results import money_role
from tui_scalper.widgets.table import Column, columns_width, fitting, header, row

PROTECTION_FACE: Final = {
    Protection.ENTERING: ("… entering", Role.OWN),
    Protection.UNPROTECTED: ("‼ NO STOP", Role.ALARM),
    Protection.PROTECTED: ("■ protected", Role.GOOD),
    Protection.TAKING: ("▸ taking", Role.OWN),
    Protection.EXITING: ("◂ exiting", Role.OWN),
    Protection.UNKNOWN: ("? UNKNOWN", Role.ALARM),
    Protection.CLOSED: ("· closed", Role.DIM),
}
"""How a position is guarded, by glyph, word and role."""
BY_HAND_FACE: Final = {**PROTECTION_FACE, Protection.PROTECTED: ("■ by hand", Role.OWN)}
"""The same of a position the operator took over; what is urgent stays in its own words."""

SYMBOL: Final = Column("POSITION", 10)
QUANTITY: Final = Column("QTY", 7, right=True)
ENTRY: Final = Column("ENTRY", 9, right=True)
LAST: Final = Column("LAST", 9, right=True)
STOP: Final = Column("STOP", 9, right=True)
TO_STOP: Final = Column("→STP", 6, right=True)
BAR: Final = Column("STP─TGT", 8)
TO_TARGET: Final = Column("→TGT", 6, right=True)
TARGET: Final = Column("TARGET", 9, right=True)
PROFIT: Final = Column("P&L", 9, right=True)
STATE: Final = Column("STATE", 11)
TIME: Final = Column("TIME", 4, right=True)
NOTE: Final = Column("NOTE", 9)
COLUMNS: Final = (
    SYMBOL,
    QUANTITY,
    ENTRY,
    LAST,
    STOP,
    TO_STOP,
    BAR,
    TO_TARGET,
    TARGET,
    PROFIT,
    STATE,
    TIME,
    NOTE,
)
DROPPED_FIRST: Final = (NOTE, LAST, TARGET, STOP, BAR, TIME, TO_TARGET, ENTRY, TO_STOP)
"""Columns that go, in this order, where the width does not do for all."""
LONGEST_BAR: Final = 40
GLYPH: Final = {Side.BUY: "▲", Side.SELL: "▼"}


def position_columns(width: int) -> tuple[Column, ...]:
    """The columns that fit `width`; the bar takes what the others leave."""
    chosen = fitting(COLUMNS, DROPPED_FIRST, width)
    spare = max(width - columns_width(chosen) - 1, 0)
    bar = BAR._replace(width=min(BAR.width + spare, LONGEST_BAR))
    return tuple(bar if column is BAR else column for column in chosen)


def position_line(
    position: PositionRow,
    columns: Sequence[Column],
    width: int,
    *,
    now_ns: int,
    measure: Measure,
    cursor: bool,
) -> Line:
    """One position."""
    open_now = position.protection is not Protection.CLOSED
    role = Role.TEXT if open_now else Role.DIM
    old = price_is_old(position)
    priced = Role.DIM if old else role
    stop = position.stop if open_now else 0
    target = position.target if open_now else 0
    gain = Role.WARN if old else money_role(position.pnl) if open_now else role
    state = (BY_HAND_FACE if position.manual else PROTECTION_FACE)[position.protection]
    bar = next((column.width for column in columns if column.title == BAR.title), 0)
    cells: dict[str, Span] = {
        SYMBOL.title: (position.symbol, Role.STRONG if open_now else Role.DIM),
        QUANTITY.title: (f"{GLYPH[position.side]}{_quantity(position)}", role),
        ENTRY.title: (level(position.entry_price), role),
        LAST.title: (level(position.ltp), priced),
        STOP.title: (level(position.stop), role),
        TO_STOP.title: (distance(position, stop, measure), priced),
        BAR.title: (
            bracket_bar(position.side, stop, position.entry_price, target, position.ltp, bar),
            priced if old else gain,
        ),
        TO_TARGET.title: (distance(position, target, measure), priced),
        TARGET.title: (level(position.target), role),
        PROFIT.title: (f"{'?' * old}{profit(position, measure)}", gain),
        STATE.title: state,
        TIME.title: (text.age(now_ns - position.since_ns), role),
        NOTE.title: (_note(position, now_ns), Role.WARN if old else role),
    }
    # The alarm of an unguarded position must not vanish under the cursor.
    plain_cursor = cursor and state[1] is not Role.ALARM
    spans = [cells[column.title] for column in columns]
    if cursor and not plain_cursor:
        spans[0] = (spans[0][0], Role.CURSOR)
    return row(spans, columns, width, cursor=plain_cursor)


def _old(position: PositionRow, now_ns: int) -> str:
    return f"old {text.age(now_ns - position.price_ns)}" if position.price_ns else "no price"


def _warned(head: Line, positions: Sequence[PositionRow], now_ns: int, width: int) -> Line:
    """The titles; where a price is old, how old the oldest is stands in place of the first."""
    old = [one for one in positions if price_is_old(one)]
    if not old:
        return head
    word = f" ! {_old(min(old, key=lambda one: one.price_ns), now_ns)}"
    span = SYMBOL.width + 1
    titles, role = head[0]
    return fit(((text.cut(word, span).ljust(span), Role.WARN), (titles[span:], role)), width, role)


def _quantity(position: PositionRow) -> str:
    if position.protection is Protection.ENTERING and position.quantity != position.ordered:
        filled = f"{position.quantity}/{position.ordered}"
        return filled if len(filled) < QUANTITY.width else f"{position.quantity}+"
    return str(position.quantity)


def _note(position: PositionRow, now_ns: int) -> str:
    if price_is_old(position):
        return _old(position, now_ns)
    return position.text


def position_lines(
    positions: Sequence[PositionRow],
    orders: Sequence[OrderRow],
    *,
    width: int,
    height: int,
    now_ns: int,
    measure: Measure,
    selected: int,
    focus: bool,
) -> list[Line]:
    """Header, positions, and with room for two more lines the newest orders."""
    columns = position_columns(width)
    head = header(columns, width, Role.PANEL_FOCUS if focus else Role.PANEL)
    lines = [_warned(head, positions, now_ns, width)]
    for position in positions:
        cursor = focus and position.row == selected
        lines.append(
            position_line(position, columns, width, now_ns=now_ns, measure=measure, cursor=cursor)
        )
    if not positions:
        lines.append(((" flat: no position".ljust(width), Role.DIM),))
    if len(lines) > height:
        hidden = len(lines) - height + 1
        lines[height - 1 :] = [((f" ... and {hidden} more".ljust(width), Role.WARN),)]
    return [*lines, *order_lines(orders, width=width, height=height - len(lines))]


class PositionsPanel(LinePanel):
    """Positions and orders on the screen."""

    def draw(
        self,
        positions: Sequence[PositionRow],
        orders: Sequence[OrderRow],
        *,
        now_ns: int,
        measure: Measure,
        selected: int,
        focus: bool,
    ) -> None:
        """Show open positions first, as many as fit."""
        ranked = sorted(positions, key=lambda one: one.protection is Protection.CLOSED)
        width, height = self.extent
        self.show(
            position_lines(
                ranked,
                orders,
                width=width,
                height=height,
                now_ns=now_ns,
                measure=measure,
                selected=selected,
                focus=focus,
            )
        )
