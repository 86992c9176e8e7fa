"""What a run comes to: one JSON object, the same for a replay and for a live run.

Prices, profit and costs are in the venue's currency with exact decimals; `seconds` is
market time. Nothing in it depends on how fast the machine was.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from tui_scalper.core import kernels as k
from tui_scalper.core.control_counts import control_counts
from tui_scalper.core.engine import Engine
from tui_scalper.core.lives import MISSED
from tui_scalper.core.picture import blocked_counts
from tui_scalper.core.signal_life import SignalLife
from tui_scalper.core.trades import ClosedTrade
from tui_scalper.core.units import NS
from tui_scalper.lab.signal_quality import SignalQuality, signal_quality

CENT = Decimal("0.01")
FINE = Decimal("0.0001")


class TradeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One closed trade. Times are nanoseconds UTC; prices are averages of the fills."""

    symbol: str
    side: str
    qty: int
    entry_price: Decimal
    exit_price: Decimal
    entry_ns: int
    exit_ns: int
    exit_reason: str
    pnl: Decimal
    """Before costs."""
    costs: Decimal


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """Counts and trades of one run."""

    updates: int
    instruments: int
    seconds: Decimal
    signals: int
    blocked: dict[str, int]
    """Updates each gate blocked."""
    refused: dict[str, int]
    """Proposals and commands refused, by reason."""
    controls: dict[str, int]
    """How often each control acted, by its name."""
    orders: int
    trades: tuple[TradeLine, ...]
    pnl: Decimal
    """After costs, of the closed trades."""
    open_positions: int
    errors: int
    signal_quality: SignalQuality
    """What became of the signals."""


def run_report(
    engine: Engine, market_ns: int, lives: Sequence[SignalLife], errors: int = 0
) -> RunReport:
    """The report of what `engine` did in `market_ns` nanoseconds of market time.

    `lives` are those of its signals.
    """
    day = engine.desk.day
    return RunReport(
        updates=engine.updates,
        instruments=len(engine.universe),
        seconds=(Decimal(market_ns) / NS).quantize(Decimal("0.001")),
        signals=int(engine.counters[k.SIGNALS]),
        blocked=dict(blocked_counts(engine)),
        refused=dict(sorted(engine.chronicle.refused.items())),
        controls=dict(control_counts(engine.chronicle, engine.counters)),
        orders=sum(1 for _ in engine.desk.blotter),
        trades=tuple(trade_line(trade) for trade in engine.desk.trades),
        pnl=money(day.realised - day.costs),
        open_positions=len(engine.desk.positions),
        errors=errors + engine.desk.blotter.errors,
        signal_quality=signal_quality(lives, int(engine.table.market.lives.head[MISSED])),
    )


def trade_line(trade: ClosedTrade) -> TradeLine:
    """A closed trade as the report shows it."""
    return TradeLine(
        symbol=trade.symbol,
        side=trade.side.name,
        qty=trade.quantity,
        entry_price=average(trade.entry_value, trade.quantity),
        exit_price=average(trade.exit_value, trade.quantity),
        entry_ns=trade.entry_ns,
        exit_ns=trade.exit_ns,
        exit_reason=trade.reason,
        pnl=money(trade.pnl),
        costs=money(trade.costs),
    )


def money(paise: int) -> Decimal:
    """Paise as an exact amount of the currency."""
    return (Decimal(paise) / 100).quantize(CENT)


def average(value: int, quantity: int) -> Decimal:
    """Average price of `quantity` shares worth `value` paise, four decimals."""
    return (Decimal(value) / 100 / quantity).quantize(FINE)


def to_json(report: RunReport) -> bytes:
    """One line of JSON with numbers as numbers."""
    return msgspec.json.Encoder(decimal_format="number").encode(report)
