"""The day's results where the session has room: the curve as a plot, the newest trades."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui_scalper.core.snapshot import TradeRow
from tui_scalper.widgets import text
from tui_scalper.widgets.lines import Line, Span, fit
from tui_scalper.widgets.palette import Role
from tui_scalper.widgets.plot import plot, row_of
from tui_scalper.widgets.table import Column, fitting, header, row

EDGE: Final = 12
"""Cells right of the plot, for money."""
PLOT_LINES: Final = 8
LEAST_PLOT: Final = 3

SYMBOL: Final = Column("TRADE", 10)
SIDE: Final = Column("SIDE", 6)
QUANTITY: Final = Column("QTY", 5, right=True)
NET: Final = Column("NET", 9, right=True)
HELD: Final = Column("HELD", 4, right=True)
REASON: Final = Column("OUT BY", 16)
COLUMNS: Final = (SYMBOL, SIDE, QUANTITY, NET, HELD, REASON)
DROPPED_FIRST: Final = (QUANTITY, REASON, HELD, SIDE)


def money_role(paise: int) -> Role:
    """Gain, loss, or neither."""
    return Role.GAIN if paise > 0 else Role.LOSS if paise < 0 else Role.TEXT


def spread_over(values: Sequence[int], width: int) -> list[int]:
    """`width` of `values`, evenly spread, the newest the last; few of them are repeated."""
    if not values:
        return []
    return [values[-(-(at + 1) * len(values) // width) - 1] for at in range(width)]


def result_lines(
    curve: Sequence[int], trades: Sequence[TradeRow], *, width: int, height: int
) -> list[Line]:
    """The plot, and below it as many trades as `height` has lines for, the newest first."""
    if height < LEAST_PLOT or not curve:
        return []
    plotted = _plot(curve, width, min(height, PLOT_LINES))
    room = height - len(plotted)
    if room < 2 or not trades:
        return plotted
    columns = fitting(COLUMNS, DROPPED_FIRST, width)
    newest = [_trade(one, columns, width) for one in trades[:-room:-1]]
    return [*plotted, header(columns, width, Role.PANEL), *newest]


def _plot(curve: Sequence[int], width: int, height: int) -> list[Line]:
    """The day's result after costs; nothing earned is always inside the range."""
    across = max(width - EDGE, 1)
    values = spread_over(curve, across)
    low, high = min(0, *values), max(0, *values)
    marks = {row_of(paise, height, low, high): paise for paise in (low, high, 0, values[-1])}
    role = money_role(values[-1])
    return [
        fit(((line, role), *_mark(marks.get(at), values[-1])), width, Role.TEXT)
        for at, line in enumerate(plot(values, across, height, low, high))
    ]


def _mark(paise: int | None, last: int) -> Line:
    if paise is None:
        return ()
    tag = "•" if paise == last else " "
    return ((f" {text.signed(paise):>10}{tag}", Role.STRONG if paise == last else Role.DIM),)


def _trade(trade: TradeRow, columns: Sequence[Column], width: int) -> Line:
    net = trade.pnl - trade.costs
    cells: dict[Column, Span] = {
        SYMBOL: (trade.symbol, Role.TEXT),
        SIDE: (text.SIDE_TEXT[trade.side], Role.TEXT),
        QUANTITY: (str(trade.quantity), Role.TEXT),
        NET: (text.signed(net), money_role(net)),
        HELD: (text.age(trade.exit_ns - trade.entry_ns), Role.TEXT),
        REASON: (trade.reason, Role.DIM),
    }
    return row([cells[column] for column in columns], columns, width, cursor=False)
