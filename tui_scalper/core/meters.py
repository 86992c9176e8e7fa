"""How much of each limit is used: the figures behind the meters of the screen."""

from __future__ import annotations

from typing import Final

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.costs import VENUE_CHARGES, order_costs
from tui_scalper.core.desk import Desk
from tui_scalper.core.market import Cells
from tui_scalper.core.pacing import Span
from tui_scalper.core.sent import SentToday
from tui_scalper.core.snapshot import Limit, LimitUnit, TradeRow
from tui_scalper.core.trades import ClosedTrade
from tui_scalper.core.units import BP, PPM, Side

TRADES_SHOWN: Final = 100
"""Closed trades a snapshot carries, the newest."""
EVEN_PPM: Final = 500_000
"""Dominance of a book that leans to no side."""
STEP_PPM: Final = 50_000
STEPS: Final = (PPM - EVEN_PPM) // STEP_PPM


def limits(
    config: EngineConfig, desk: Desk, sent: SentToday, fall: int, now_ns: int
) -> tuple[Limit, ...]:
    """Every limit of the account, the ones that end a day first; `fall` from the best in paise."""
    risk = config.risk
    result = desk.day.realised - desk.day.costs + desk.open_pnl()
    entering = sum(position.bought == 0 for position in desk.positions.values())
    exposure = max((desk.exposure(row) for row in desk.positions), default=0)
    trades = desk.entered + len(desk.trades)
    return (
        _money("day loss", max(-result, 0), risk.daily_loss),
        _money("drawdown", fall, risk.drawdown),
        _count("streak", desk.loss_streak(), risk.loss_streak),
        _count("trades", desk.entered + entering, risk.daily_trades),
        _count("positions", len(desk.positions), risk.max_positions),
        _money("gross", desk.gross(), risk.max_gross_notional),
        _money("a stock", exposure, risk.max_stock_notional),
        _count("orders/s", desk.window.used(Span.SECOND, now_ns), risk.orders_per_second),
        _count("orders/min", desk.window.used(Span.MINUTE, now_ns), risk.orders_per_minute),
        _count("orders/day", desk.window.used(Span.DAY, now_ns), risk.orders_per_day),
        _count("new orders", sent.placed, risk.daily_orders),
        _count("open orders", len(desk.blotter.live()), risk.max_open_orders),
        Limit("per trade", sent.requests * 100 // max(trades, 1), risk.otr_alarm * 100, _PERCENT),
    )


_PERCENT: Final = LimitUnit.HUNDREDTHS


def _money(name: str, used: int, allowed: int) -> Limit:
    return Limit(name, used, allowed, LimitUnit.MONEY)


def _count(name: str, used: int, allowed: int) -> Limit:
    return Limit(name, used, allowed, LimitUnit.COUNT)


def trade_rows(trades: list[ClosedTrade]) -> tuple[TradeRow, ...]:
    """The newest closed trades, oldest first."""
    return tuple(
        TradeRow(
            row=one.row,
            symbol=one.symbol,
            side=one.side,
            quantity=one.quantity,
            entry_ns=one.entry_ns,
            exit_ns=one.exit_ns,
            entry_value=one.entry_value,
            exit_value=one.exit_value,
            pnl=one.pnl,
            costs=one.costs,
            reason=one.reason,
        )
        for one in trades[-TRADES_SHOWN:]
    )


def chance_ppm(config: EngineConfig) -> int:
    """Wins in a million that pure chance gives the bracket: stop over stop and target."""
    rules = config.protection
    return rules.stop_bp * PPM // (rules.stop_bp + rules.target_bp)


def break_even_ppm(config: EngineConfig, desk: Desk, venue: str, funds: int) -> int:
    """Wins in a million at which the bracket earns its costs.

    The costs are those paid so far; before the first trade those of one of the usual size.
    Source: p (target - cost) = (1 - p) (stop + cost), solved for p.
    """
    rules = config.protection
    cost, value = desk.day.costs, sum(trade.entry_value for trade in desk.trades)
    if not value:
        sizing = config.sizing
        value = min(max(funds, 0) * sizing.capital_bp // BP, sizing.max_notional)
        value = value or sizing.max_notional
        cost = sum(order_costs(VENUE_CHARGES[venue], side, value) for side in Side)
    needed = rules.stop_bp * value + cost * BP
    return needed * PPM // ((rules.stop_bp + rules.target_bp) * value)


def dominance_counts(cells: Cells) -> tuple[int, ...]:
    """How many stocks lean how far: counts by steps of five percent, from even to all."""
    lean = cells[:, c.DOMINANCE]
    steps = (lean[lean >= EVEN_PPM] - EVEN_PPM) // STEP_PPM
    counts = np.bincount(np.minimum(steps, STEPS - 1), minlength=STEPS)
    return tuple(counts.tolist())
