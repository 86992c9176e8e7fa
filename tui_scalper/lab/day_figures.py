"""The figures of a day, as they are written down.

Money is in the venue's currency with exact decimals; times are nanoseconds of market time,
-1 where nothing was measured; a ratio nobody can know yet is NaN (null in JSON).
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from tui_scalper.core.snapshot import Limit
from tui_scalper.lab.report import TradeLine
from tui_scalper.lab.signal_quality import SignalQuality


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What ran, and when."""

    journal: str
    venue: str
    currency: str
    utc_offset: int
    modes: tuple[str, ...]
    brokers: tuple[str, ...]
    builds: tuple[str, ...]
    runs: int
    speed: float
    """Market seconds a second; latencies are market time."""
    from_ns: int
    to_ns: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What the closed trades came to, and what they prove."""

    trades: int
    wins: int
    losses: int
    win_rate: float
    win_low: float
    win_high: float
    """The true win rate lies between these with 95 % confidence (Wilson)."""
    chance: float
    """Wins that stop and target would give by pure chance."""
    break_even: float
    """Wins at which stop and target earn the costs paid."""
    planned_risk_reward: float
    """Target over stop."""
    payoff: float
    """Mean win over mean loss, after costs."""
    gross: Decimal
    costs: Decimal
    net: Decimal
    expectancy: Decimal
    """Mean net profit a trade."""
    sharpe: float
    """A trade, not annualised: one day is one sample."""
    sharpe_certainty: float
    """Probability that the true ratio is above 0, skew and tails counted."""
    trades_needed: float
    """Trades after which a ratio of this size would be certain to 95 %."""
    drawdown: Decimal
    """Of closed trades."""
    drawdown_open: Decimal
    """Open positions at last prices included."""
    best: Decimal
    worst: Decimal
    """Of the result in between, open positions included."""
    open_positions: int


class Slippage(msgspec.Struct, frozen=True, kw_only=True):
    """Fills of one kind against the price expected when they were asked for."""

    kind: str
    orders: int
    shares: int
    value: Decimal
    worse: Decimal
    """Paid more or got less than expected; negative is better."""
    worse_bp: float
    """The same in basis points of what was expected."""
    unexplained: int
    """Shares whose expected price was not kept."""


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """How long something took, nanoseconds; -1 when it never happened."""

    count: int
    p50: int = -1
    p99: int = -1
    most: int = -1


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of the broker and what it said."""

    placed: int
    modified: int
    cancelled: int
    ended: dict[str, int]
    """Orders by the state they are in at the end."""
    cancel_ratio: float
    """Cancellations asked for, over orders placed."""
    order_to_trade: float
    """Requests over orders that traded."""
    rejects: dict[str, int]
    refusals: dict[str, int]
    polls_failed: dict[str, int]


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """Latencies, market time."""

    order_ack: Times
    change_ack: Times
    stop_placed: Times
    """From the first fill of an entry until an exit order was known to rest."""
    unprotected: Times
    """Each time shares stood without an exit order."""
    unprotected_stock: str
    """Of the longest."""
    decide_p50: int
    decide_p99: int


class AlarmLine(msgspec.Struct, frozen=True):
    """A line of the log that was an alarm."""

    at_ns: int
    text: str


class DayReport(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    head: Head
    result: Result
    slippage: tuple[Slippage, ...]
    orders: Orders
    speed: Speed
    limits: tuple[Limit, ...]
    """The most that was used of each."""
    faults: dict[str, int]
    alarms: tuple[AlarmLine, ...]
    trades: tuple[TradeLine, ...]
    signals: SignalQuality
    """What became of the signals."""
