"""The thresholds of the gates as a table: what is held against what, in which unit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import msgspec

from tui_scalper.core import columns as c
from tui_scalper.core import rules as u
from tui_scalper.core.adaptive import Moving
from tui_scalper.core.gates import Gate
from tui_scalper.core.market import Cells
from tui_scalper.core.units import BP, NS
from tui_scalper.core.witnesses import Sense


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """One threshold of a gate."""

    name: str
    gate: Gate
    unit: str
    sense: Sense
    rule: int
    """Index of the limit of the settings in the whole rules."""
    column: int | None = None
    """The cell of a row that holds the one in force, where it can move."""
    scale: float
    """What is shown of it is the rule over this."""
    measured: Callable[[Cells, int], float | None]
    """What is held against it, in the unit, of a row at a time; None: not known."""
    least: Callable[[Cells], float] = lambda _row: 0.0
    """The limit of a row is never below this, in the unit."""
    strict: bool = False
    """Whether the limit itself already closes the gate."""


def _pressure(row: Cells, _now: int) -> float | None:
    total = int(row[c.TOTAL_BUY] + row[c.TOTAL_SELL])
    return max(int(row[c.TOTAL_BUY]), int(row[c.TOTAL_SELL])) * 100 / total if total > 0 else None


def _depth_ratio(row: Cells, _now: int) -> float | None:
    lean = int(row[c.LEAN])
    strong, weak = (c.BID_DEPTH, c.ASK_DEPTH) if lean > 0 else (c.ASK_DEPTH, c.BID_DEPTH)
    if lean == 0 or row[strong] == 0:
        return None
    return int(row[strong]) / int(row[weak]) if row[weak] > 0 else math.inf


def _of_mid(row: Cells, price: int) -> float | None:
    mid2 = int(row[c.MID2])
    return price * 2 * 100 / mid2 if mid2 > 0 else None


def _spread(row: Cells, _now: int) -> float | None:
    return _of_mid(row, int(row[c.ASK_PRICE] - row[c.BID_PRICE]))


def _one_tick(row: Cells) -> float:
    return _of_mid(row, int(row[c.TICK])) or 0.0


def stamp_lag(row: Cells) -> int:
    """How far the exchange's stamp of the last update is from its receipt; 0: it has none."""
    return abs(int(row[c.RECEIVED_NS] - row[c.EXCHANGE_NS])) if row[c.EXCHANGE_NS] > 0 else 0


def _age(row: Cells, now: int) -> float | None:
    if row[c.UPDATES] == 0:
        return None
    return max(now - int(row[c.RECEIVED_NS]), stamp_lag(row)) / NS


def _jump(row: Cells, _now: int) -> float | None:
    low = min((int(row[at]) for at in (c.SPAN_LOW, c.PAST_LOW) if row[at] > 0), default=0)
    high = max(int(row[c.SPAN_HIGH]), int(row[c.PAST_HIGH]))
    return (high - low) * 100 / low if low > 0 else None


PERCENT: Final = BP / 100
"""Basis points in a percent."""

BOUNDS: Final[tuple[Bound, ...]] = (
    Bound(
        name="pressure least",
        gate=Gate.BALANCED,
        unit="%",
        sense=Sense.AT_LEAST,
        rule=u.STATIC + Moving.PRESSURE_LOW,
        column=c.PRESSURE_LOW_BP,
        scale=PERCENT,
        measured=_pressure,
    ),
    Bound(
        name="pressure most",
        gate=Gate.ONE_SIDED,
        unit="%",
        sense=Sense.AT_MOST,
        rule=u.STATIC + Moving.PRESSURE_HIGH,
        column=c.PRESSURE_HIGH_BP,
        scale=PERCENT,
        measured=_pressure,
    ),
    Bound(
        name="depth ratio",
        gate=Gate.DEPTH_RATIO,
        unit="times",
        sense=Sense.AT_LEAST,
        rule=u.STATIC + Moving.DEPTH_RATIO,
        column=c.DEPTH_RATIO_PCT,
        scale=100.0,
        measured=_depth_ratio,
        strict=True,
    ),
    Bound(
        name="spread or tick",
        gate=Gate.WIDE_SPREAD,
        unit="%",
        sense=Sense.AT_MOST,
        rule=u.MAX_SPREAD_BP,
        scale=PERCENT,
        measured=_spread,
        least=_one_tick,
    ),
    Bound(
        name="book age",
        gate=Gate.STALE,
        unit="s",
        sense=Sense.AT_MOST,
        rule=u.MAX_LAG_NS,
        scale=NS,
        measured=_age,
    ),
    Bound(
        name="price jump",
        gate=Gate.SPIKE,
        unit="%",
        sense=Sense.AT_MOST,
        rule=u.SPIKE_BP,
        scale=PERCENT,
        measured=_jump,
    ),
    Bound(
        name="confirmations",
        gate=Gate.UNCONFIRMED,
        unit="",
        sense=Sense.AT_LEAST,
        rule=u.NEEDED,
        scale=1.0,
        measured=lambda row, _now: int(row[c.CONFIRMED]),
    ),
)
"""Every threshold of a gate; the gates without one ask what has no measure."""
