"""Protected positions, and below them, where there is room, the orders of today."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui_scalper.core.snapshot import OrderRow, PositionRow, Protection
from tui_scalper.core.units import Side
from tui_scalper.widgets import text
from tui_scalper.widgets.lines import Line, LinePanel, Span
from tui_scalper.widgets.measures import Measure, distance, profit
from tui_scalper.widgets.palette import Role
from tui_scalper.widgets.table import Column, columns_width, header, row

PROTECTION_ROLE: Final = {
    Protection.ENTERING: Role.OWN,
    Protection.UNPROTECTED: Role.ALARM,
    Protection.PROTECTED: Role.GOOD,
    Protection.TAKING: Role.OWN,
    Protection.EXITING: Role.OWN,
    Protection.UNKNOWN: Role.ALARM,
    Protection.CLOSED: Role.DIM,
}
PROTECTION_WORD: Final = {
    Protection.ENTERING: "entering",
    Protection.UNPROTECTED: "UNPROTECTED",
    Protection.PROTECTED: "protected",
    Protection.TAKING: "taking",
    Protection.EXITING: "exiting",
    Protection.UNKNOWN: "! UNKNOWN",
    Protection.CLOSED: "closed",
}

NARROW: Final = (
    Column("POSITION", 10),
    Column("QTY", 6, right=True),
    Column("ENTRY", 9, right=True),
    Column("STOP", 9, right=True),
    Column("→STP", 6, right=True),
    Column("→TGT", 6, right=True),
    Column("P&L", 9, right=True),
    Column("STATE", 11),
    Column("TIME", 4, right=True),
)
SMALL: Final = (
    Column("POSITION", 10),
    Column("QTY", 6, right=True),
    Column("P&L", 9, right=True),
    Column("STATE", 11),
)
WIDE: Final = (
    Column("POSITION", 11),
    Column("SIDE", 6),
    Column("SHARES", 6, right=True),
    Column("ENTRY", 9, right=True),
    Column("LAST", 9, right=True),
    Column("STOP", 9, right=True),
    Column("→STP", 6, right=True),
    Column("TARGET", 9, right=True),
    Column("→TGT", 6, right=True),
    Column("P&L", 10, right=True),
    Column("STATE", 12),
    Column("TIME", 4, right=True),
    Column("NOTE", 9),
)
ORDERS: Final = (
    Column("ORDER", 10),
    Column("SIDE", 6),
    Column("FOR", 7),
    Column("TYPE", 5),
    Column("QTY", 5, right=True),
    Column("DONE", 5, right=True),
    Column("PRICE", 9, right=True),
    Column("TRIG", 9, right=True),
    Column("STATE", 15),
)
GLYPH: Final = {Side.BUY: "▲", Side.SELL: "▼"}
SIDE_ROLE: Final = {Side.BUY: Role.BID, Side.SELL: Role.ASK}


OVER: Final = frozenset({"filled", "cancelled", "rejected", "absent"})
"""States of orders that can trade no more; they stand below the others."""


def position_columns(width: int) -> tuple[Column, ...]:
    """The columns that fit `width`."""
    return next((one for one in (WIDE, NARROW) if columns_width(one) < width), SMALL)


def money_role(paise: int) -> Role:
    """Gain, loss, or neither."""
    return Role.GAIN if paise > 0 else Role.LOSS if paise < 0 else Role.TEXT


def _level(paise: int) -> str:
    return text.price(paise) if paise else "-"


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
    state = (PROTECTION_WORD[position.protection], PROTECTION_ROLE[position.protection])
    cells: dict[str, Span] = {
        "POSITION": (position.symbol, Role.STRONG if open_now else Role.DIM),
        "SIDE": (text.SIDE_TEXT[position.side], SIDE_ROLE[position.side] if open_now else role),
        "QTY": (f"{GLYPH[position.side]}{_quantity(position)}", role),
        "SHARES": (_quantity(position), role),
        "ENTRY": (_level(position.entry_price), role),
        "LAST": (_level(position.ltp), role),
        "STOP": (_level(position.stop), role),
        "→STP": (distance(position, position.stop if open_now else 0, measure), role),
        "TARGET": (_level(position.target), role),
        "→TGT": (distance(position, position.target if open_now else 0, measure), role),
        "P&L": (profit(position, measure), money_role(position.pnl) if open_now else role),
        "STATE": state,
        "TIME": (text.age(now_ns - position.since_ns), role),
        "NOTE": (position.text, role),
    }
    # The alarm of an unguarded position must not vanish under the cursor.
    plain_cursor = cursor and state[1] is not Role.ALARM
    spans = [cells[column.title] for column in columns]
    if cursor and not plain_cursor:
        spans[0] = (spans[0][0], Role.CURSOR)
    return row(spans, columns, width, cursor=plain_cursor)


def _quantity(position: PositionRow) -> str:
    if position.protection is Protection.ENTERING and position.quantity != position.ordered:
        return f"{position.quantity}+"
    return str(position.quantity)


def order_line(order: OrderRow, columns: Sequence[Column], width: int) -> Line:
    """One order."""
    cells: tuple[Span, ...] = (
        (order.symbol, Role.TEXT),
        (text.SIDE_TEXT[order.side], SIDE_ROLE[order.side]),
        (order.purpose, Role.TEXT),
        (order.kind, Role.TEXT),
        (str(order.quantity), Role.TEXT),
        (str(order.filled), Role.TEXT),
        (_level(order.price), Role.TEXT),
        (_level(order.trigger), Role.TEXT),
        (order.state, Role.ALARM if order.state.upper() == "UNKNOWN" else Role.INFO),
    )
    return row(cells, columns, width, cursor=False)


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
    lines = [header(columns, width, Role.PANEL_FOCUS if focus else Role.PANEL)]
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
    room = height - len(lines)
    if orders and room >= 2 and columns is not SMALL:
        lines.append(header(ORDERS, width, Role.PANEL))
        newest = sorted(orders, key=lambda order: (order.state in OVER, -order.at_ns))
        lines += [order_line(order, ORDERS, width) for order in newest[: room - 1]]
    return lines


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
