"""The product's thresholds tried on a recorded day, each through the real engine."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Final, NamedTuple

from tui_scalper.core.config import EngineConfig, RiskLimits, SignalRules, SizingRules
from tui_scalper.core.positions import ClosedTrade
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import BP
from tui_scalper.lab.replay import Replay, ReplayPlan
from tui_scalper.lab.tape import Tape

PRESSURES: Final = (5_500, 6_000, 6_500, 7_000, 7_500, 8_000)
RATIOS: Final = (100, 120, 150, 200)
NOTIONAL: Final = 50_000_00
"""Of one entry: small enough for the visible book to take."""
CASH: Final = 10_000_000_00
_PLENTY: Final = 100_000
_ENOUGH_MONEY: Final = 10**15


class Thresholds(NamedTuple):
    """Least share of the stronger side, basis points; five levels over five, percent."""

    pressure_bp: int
    ratio_pct: int

    def text(self) -> str:
        """As a table shows it."""
        return f"{self.pressure_bp / 100:g} %, {self.ratio_pct / 100:g}"


GRID: Final = tuple(Thresholds(*pair) for pair in product(PRESSURES, RATIOS))
DEFAULT: Final = Thresholds(SignalRules().pressure_low_bp, SignalRules().depth_ratio_pct)


def config_of(thresholds: Thresholds) -> EngineConfig:
    """The product's own settings, but for the thresholds, the size of an entry, and limits a
    day that would end the experiment early."""
    return EngineConfig(
        mode=Mode.REPLAY,
        signals=SignalRules(
            pressure_low_bp=thresholds.pressure_bp, depth_ratio_pct=thresholds.ratio_pct
        ),
        sizing=SizingRules(max_notional=NOTIONAL),
        risk=RiskLimits(
            daily_trades=_PLENTY,
            daily_orders=_PLENTY,
            auto_entries=_PLENTY,
            daily_loss=_ENOUGH_MONEY,
            drawdown=_ENOUGH_MONEY,
            loss_streak=_PLENTY,
            orders_per_day=_PLENTY,
            day_limit=_PLENTY,
        ),
    )


def trades_of(tape: Tape, thresholds: Thresholds) -> tuple[ClosedTrade, ...]:
    """Every trade the engine makes of the tape by itself, by the time of entry."""
    return trades_by(tape, config_of(thresholds))


def trades_by(tape: Tape, config: EngineConfig) -> tuple[ClosedTrade, ...]:
    """The same by a whole configuration."""
    replay = Replay(tape, config, ReplayPlan(auto=True, opening_cash=CASH))
    replay.run()
    return tuple(sorted(replay.engine.desk.trades, key=lambda trade: trade.entry_ns))


def net_bp(trades: Sequence[ClosedTrade]) -> list[float]:
    """Result of each trade after costs, basis points of what was entered."""
    return [(trade.pnl - trade.costs) * BP / trade.entry_value for trade in trades]
