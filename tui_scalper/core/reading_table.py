"""Every reading of a stock as a table: what it is called, where it stands, what it speaks for.

Formulas stand where they are computed (core.readings); the columns in core.columns and
core.reals. What a screen or a command shows of the readings is drawn out of this table.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core import rules as u
from tui_scalper.core.market import Cells, Reals
from tui_scalper.core.units import NS, PPM, Side


class Window(StrEnum):
    """The time a reading is about."""

    BOOK = "book"
    """The book as it stands."""
    UPDATE = "update"
    """From the update before to this one."""
    BEST = "best price"
    """Since the best price of the side last changed."""
    SHORT = "short"
    MIDDLE = "middle"
    LONG = "long"
    TREND = "trend"
    SLOW = "slow"
    DAY = "day"
    RUNNING = "running"
    """All that was seen, forgetting what is long past."""


WINDOW_RULES: Final[dict[Window, int]] = {
    Window.SHORT: u.FLOW_NS,
    Window.MIDDLE: u.FLOW_NS + 1,
    Window.LONG: u.FLOW_NS + 2,
    Window.TREND: u.TREND_NS,
    Window.SLOW: u.SLOW_NS,
}
"""Which of the whole rules says how long a window is; the other windows have no length."""
FLOWS: Final = (Window.SHORT, Window.MIDDLE, Window.LONG)


class Speaks(StrEnum):
    """Which side the value of a reading is for."""

    NOBODY = "nobody"
    SIGN = "sign"
    """Buyers where it is positive, sellers where it is negative."""
    HALF = "half"
    """Buyers above one half, sellers below."""
    ONE = "one"
    """Buyers above one, sellers below."""
    LEAN = "lean"
    """The side the book leans to."""
    BUYERS = "buyers"
    SELLERS = "sellers"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table."""

    name: str
    unit: str
    column: int
    """Index in core.columns, or in core.reals where `real`."""
    real: bool = False
    window: Window = Window.BOOK
    speaks: Speaks = Speaks.NOBODY
    scale: float = 1.0
    """What is shown is the value in the table over this."""
    nothing: int | None = None
    """The whole number that stands for not known; a real one is NaN then."""

    def value(self, row: Cells, real: Reals) -> float | None:
        """The reading of a stock in its unit; None when it is not known."""
        if self.real:
            found = float(real[self.column])
            return None if math.isnan(found) else found / self.scale
        whole = int(row[self.column])
        return None if whole == self.nothing else whole / self.scale

    def side(self, value: float | None, lean: int) -> Side | None:
        """The side that `value` speaks for in a book that leans to `lean`; None for neither."""
        if value is None:
            return None
        favour = FAVOURS[self.speaks](value, lean)
        return None if favour == 0 else Side.BUY if favour > 0 else Side.SELL


FAVOURS: Final[dict[Speaks, Callable[[float, int], float]]] = {
    Speaks.NOBODY: lambda _v, _l: 0,
    Speaks.SIGN: lambda value, _l: value,
    Speaks.HALF: lambda value, _l: value - 0.5,
    Speaks.ONE: lambda value, _l: value - 1.0,
    Speaks.LEAN: lambda _v, lean: lean,
    Speaks.BUYERS: lambda _v, _l: 1,
    Speaks.SELLERS: lambda _v, _l: -1,
}
"""Above 0 for buyers, below for sellers, of a value in a book that leans somewhere."""


def _whole(
    name: str,
    unit: str,
    column: int,
    window: Window = Window.BOOK,
    speaks: Speaks = Speaks.NOBODY,
    *,
    scale: float = 1.0,
    nothing: int | None = None,
) -> Reading:
    return Reading(
        name=name,
        unit=unit,
        column=column,
        window=window,
        speaks=speaks,
        scale=scale,
        nothing=nothing,
    )


def _real(
    name: str,
    unit: str,
    column: int,
    window: Window = Window.BOOK,
    speaks: Speaks = Speaks.NOBODY,
) -> Reading:
    return Reading(name=name, unit=unit, column=column, real=True, window=window, speaks=speaks)


HALF_PAISE: Final = 200.0
"""Half paise in a rupee: what twice a mid is counted in."""
BUYERS, SELLERS, SIGN, LEAN = Speaks.BUYERS, Speaks.SELLERS, Speaks.SIGN, Speaks.LEAN
BOOK, BEST, MIDDLE = Window.BOOK, Window.BEST, Window.MIDDLE
TREND, SLOW, RUNNING = Window.TREND, Window.SLOW, Window.RUNNING

READINGS: Final[tuple[Reading, ...]] = (
    _real("pressure", "share", r.PRESSURE, speaks=Speaks.HALF),
    _whole("lean", "side", c.LEAN, speaks=SIGN),
    _whole("dominance", "share", c.DOMINANCE, speaks=LEAN, scale=PPM),
    _whole("bid depth", "shares", c.BID_DEPTH, speaks=BUYERS),
    _whole("ask depth", "shares", c.ASK_DEPTH, speaks=SELLERS),
    _real("depth ratio", "times", r.DEPTH_RATIO, speaks=Speaks.ONE),
    _whole("agreeing levels", "of 5", c.AGREEING, speaks=LEAN),
    _real("depth imbalance", "-1 to 1", r.DEPTH_IMBALANCE, speaks=SIGN),
    _real("queue imbalance", "-1 to 1", r.QUEUE_IMBALANCE, speaks=SIGN),
    _whole("mid", "rupees", c.MID2, scale=HALF_PAISE, nothing=0),
    _whole("spread", "ticks", c.SPREAD_TICKS, nothing=0),
    _real("micro-price", "ticks from mid", r.MICRO, speaks=SIGN),
    _real("adjusted mid", "ticks from mid", r.ADJUSTED_MID, speaks=SIGN),
    _whole("flow step", "shares", c.FLOW_STEP, Window.UPDATE, SIGN),
    *(_whole(f"flow {one}", "shares", c.FLOW + i, one, SIGN) for i, one in enumerate(FLOWS)),
    *(
        _real(f"flow rate {one}", "depths", r.FLOW_RATE + i, one, SIGN)
        for i, one in enumerate(FLOWS)
    ),
    *(
        _whole(f"level {level + 1} flow", "shares", c.LEVEL_FLOW + level, MIDDLE, SIGN)
        for level in range(c.LEVELS)
    ),
    _real("levels rate", "depths", r.LEVELS_RATE, MIDDLE, SIGN),
    *(
        _real(f"level {level + 1} usual depth", "shares", r.LEVEL_DEPTH + level, RUNNING)
        for level in range(c.LEVELS)
    ),
    _whole("traded", "shares", c.TRADED, Window.UPDATE),
    _whole("trade sign", "side", c.TRADE_SIGN, Window.UPDATE, SIGN),
    *(
        _whole(f"volume delta {one}", "shares", c.DELTA + i, one, SIGN)
        for i, one in enumerate(FLOWS)
    ),
    _real("pressure slope", "/s", r.PRESSURE_SLOPE, TREND, SIGN),
    _real("pressure t", "t", r.PRESSURE_T, TREND, SIGN),
    _real("imbalance slope", "/s", r.IMBALANCE_SLOPE, TREND, SIGN),
    _real("imbalance t", "t", r.IMBALANCE_T, TREND, SIGN),
    _real("steadiness", "share", r.STEADY, TREND, LEAN),
    _real("usual order size", "octaves", r.SIZE_MEDIAN, RUNNING),
    _real("order size spread", "octaves", r.SIZE_MAD, RUNNING),
    _real("footprint bid", "z", r.FOOTPRINT_BID, BOOK, BUYERS),
    _real("footprint ask", "z", r.FOOTPRINT_ASK, BOOK, SELLERS),
    _whole("wall bid", "shares", c.WALL_BID, BOOK, BUYERS, nothing=0),
    _whole("wall ask", "shares", c.WALL_ASK, BOOK, SELLERS, nothing=0),
    _real("wall bid size", "z", r.WALL_BID_Z, BOOK, BUYERS),
    _real("wall ask size", "z", r.WALL_ASK_Z, BOOK, SELLERS),
    _whole("refills bid", "times", c.REFILLS_BID, BEST, BUYERS),
    _whole("refills ask", "times", c.REFILLS_ASK, BEST, SELLERS),
    _whole("refilled bid", "shares", c.REFILLED_BID, BEST, BUYERS),
    _whole("refilled ask", "shares", c.REFILLED_ASK, BEST, SELLERS),
    _whole("slow delta", "shares", c.SLOW_DELTA, SLOW, SIGN),
    _whole("slow volume", "shares", c.SLOW_TRADED, SLOW),
    _whole("slow move", "rupees", c.SLOW_MOVE2, SLOW, SIGN, scale=HALF_PAISE),
    _whole("accumulated", "shares", c.ACCUMULATED, SLOW, SIGN),
    _real("accumulation t", "t", r.ACCUMULATION_T, SLOW, SIGN),
    _real("volatility", "bp", r.VOLATILITY, SLOW),
    _real("update rate", "/s", r.TICK_RATE, SLOW),
    _whole("gap", "s", c.GAP_NS, Window.UPDATE, scale=NS),
    _whole("probe", "shares", c.PROBE, nothing=0),
    _real("cost of buying", "bp", r.COST_BUY, BOOK, BUYERS),
    _real("cost of selling", "bp", r.COST_SELL, BOOK, SELLERS),
    _whole("beyond five, buying", "shares", c.BEYOND_BUY, BOOK, BUYERS),
    _whole("beyond five, selling", "shares", c.BEYOND_SELL, BOOK, SELLERS),
    _real("room up", "bp", r.ROOM_UP, Window.DAY, BUYERS),
    _real("room down", "bp", r.ROOM_DOWN, Window.DAY, SELLERS),
)
"""Every reading, those of one idea together."""

assert len(FLOWS) == m.WINDOWS


def window_ns(window: Window, rules: u.Rules) -> int:
    """How long a window is by the rules in force, nanoseconds; 0 for one without a length."""
    return int(rules.whole[WINDOW_RULES[window]]) if window in WINDOW_RULES else 0
