"""Which gates block a row: integer comparisons over its cells."""

from __future__ import annotations

from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import rules as u
from tui_scalper.core.gates import Gate
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells

NO_DATA: Final = int(Gate.NO_DATA)
STALE: Final = int(Gate.STALE)
SESSION: Final = int(Gate.SESSION)
EMPTY_SIDE: Final = int(Gate.EMPTY_SIDE)
CROSSED: Final = int(Gate.CROSSED)
LTP_RANGE: Final = int(Gate.LTP_RANGE)
BALANCED: Final = int(Gate.BALANCED)
ONE_SIDED: Final = int(Gate.ONE_SIDED)
DEPTH_RATIO: Final = int(Gate.DEPTH_RATIO)
WIDE_SPREAD: Final = int(Gate.WIDE_SPREAD)
SPIKE: Final = int(Gate.SPIKE)


@kernel
def book_blockers(row: Cells, rules: Cells) -> int:
    """Gates that ask whether the book can be traded at all."""
    bid = row[c.BID_PRICE]
    ask = row[c.ASK_PRICE]
    ltp = row[c.LTP]
    blockers = 0
    if row[c.UPDATES] == 0 or ltp <= 0:
        blockers |= NO_DATA
    lag = abs(row[c.RECEIVED_NS] - row[c.EXCHANGE_NS])
    if row[c.EXCHANGE_NS] > 0 and lag > rules[u.MAX_LAG_NS]:
        blockers |= STALE
    if rules[u.IN_SESSION + row[c.GROUP]] == 0:
        blockers |= SESSION
    if bid <= 0 or ask <= 0 or row[c.TOTAL_BUY] <= 0 or row[c.TOTAL_SELL] <= 0:
        return blockers | EMPTY_SIDE
    if bid >= ask:
        blockers |= CROSSED
    if row[c.HIGH] > 0 and (ltp > row[c.HIGH] or ltp < row[c.LOW]):
        blockers |= LTP_RANGE
    spread = ask - bid
    if spread > row[c.TICK] and spread * 20_000 > rules[u.MAX_SPREAD_BP] * (bid + ask):
        blockers |= WIDE_SPREAD
    return blockers


@kernel
def flow_blockers(row: Cells) -> int:
    """Gates that ask whether the book leans enough, and not too much, by the row's IN_FORCE."""
    total = row[c.TOTAL_BUY] + row[c.TOTAL_SELL]
    if total <= 0:
        return BALANCED
    lean = row[c.LEAN]
    strong = max(row[c.TOTAL_BUY], row[c.TOTAL_SELL])
    blockers = 0
    if lean == 0 or strong * 10_000 < row[c.PRESSURE_LOW_BP] * total:
        blockers |= BALANCED
    if strong * 10_000 > row[c.PRESSURE_HIGH_BP] * total:
        blockers |= ONE_SIDED
    leading = row[c.BID_DEPTH if lean > 0 else c.ASK_DEPTH]
    trailing = row[c.ASK_DEPTH if lean > 0 else c.BID_DEPTH]
    if lean == 0 or leading * 100 <= row[c.DEPTH_RATIO_PCT] * trailing:
        blockers |= DEPTH_RATIO
    return blockers


@kernel
def spike_blocker(row: Cells, rules: Cells) -> int:
    """The gate of a last price that moved too far too fast; writes the ranges it is known by.

    Prices of the span under way and of the one before it are compared, so that no move within
    one span is missed; a slower one is seen when both spans hold it.
    """
    ltp = row[c.LTP]
    now = row[c.RECEIVED_NS]
    if ltp > 0:
        if row[c.SPAN_LOW] == 0 or now - row[c.SPAN_NS] >= rules[u.SPIKE_SPAN_NS]:
            row[c.PAST_LOW] = row[c.SPAN_LOW]
            row[c.PAST_HIGH] = row[c.SPAN_HIGH]
            row[c.SPAN_LOW] = ltp
            row[c.SPAN_HIGH] = ltp
            row[c.SPAN_NS] = now
        row[c.SPAN_LOW] = min(row[c.SPAN_LOW], ltp)
        row[c.SPAN_HIGH] = max(row[c.SPAN_HIGH], ltp)
        low = row[c.SPAN_LOW]
        if row[c.PAST_LOW] > 0:
            low = min(low, row[c.PAST_LOW])
        high = max(row[c.SPAN_HIGH], row[c.PAST_HIGH])
        if (high - low) * 10_000 > rules[u.SPIKE_BP] * low:
            row[c.CALM_NS] = now + rules[u.SPIKE_REST_NS]
    return SPIKE if now < row[c.CALM_NS] else 0
