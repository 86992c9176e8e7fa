"""Compiled kernels over rows of the market table: readings, gates, wake-ups.

Integer arithmetic throughout, so every machine and every replay decides alike.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core.config import SignalRules
from tui_scalper.core.gates import Gate
from tui_scalper.core.jit import kernel

Cells = NDArray[np.int64]

# Layout of the rules array.
PRESSURE_LOW_BP: Final = 0
PRESSURE_HIGH_BP: Final = 1
DEPTH_RATIO_PCT: Final = 2
MAX_SPREAD_BP: Final = 3
MAX_LAG_NS: Final = 4
IN_SESSION: Final = 5
"""1 while the session lets rows be signals."""
ENTRIES_OPEN: Final = 6
"""1 while the engine would act on a signal by itself."""
SPIKE_BP: Final = 7
SPIKE_SPAN_NS: Final = 8
SPIKE_REST_NS: Final = 9
RULES: Final = 10

# Layout of the counters array.
GATE_COUNTS: Final = 0
"""16 cells: how many evaluated updates each gate blocked, by bit."""
SIGNALS: Final = 16
"""How many times a row became a signal."""
UPDATES: Final = 17
FRAMES: Final = 18
COUNTERS: Final = 19

QUIET: Final = 0
WAKE_CANDIDATE: Final = 1
WAKE_PRICE: Final = 2
WAKE_EXCHANGE: Final = 4

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


def rules_array(rules: SignalRules) -> Cells:
    """`rules` as the kernels read them, both switches off."""
    array = np.zeros(RULES, dtype=np.int64)
    array[PRESSURE_LOW_BP] = rules.pressure_low_bp
    array[PRESSURE_HIGH_BP] = rules.pressure_high_bp
    array[DEPTH_RATIO_PCT] = rules.depth_ratio_pct
    array[MAX_SPREAD_BP] = rules.max_spread_bp
    array[MAX_LAG_NS] = rules.max_lag_ns
    array[SPIKE_BP] = rules.spike_bp
    array[SPIKE_SPAN_NS] = rules.spike_span_ns
    array[SPIKE_REST_NS] = rules.spike_rest_ns
    return array


@kernel
def book_blockers(row: Cells, rules: Cells) -> int:
    """Gates that ask whether the book can be traded at all."""
    bid = row[c.BID_PRICE]
    ask = row[c.ASK_PRICE]
    ltp = row[c.LTP]
    blockers = 0
    if row[c.UPDATES] == 0 or ltp <= 0:
        blockers |= NO_DATA
    if row[c.EXCHANGE_NS] > 0 and abs(row[c.RECEIVED_NS] - row[c.EXCHANGE_NS]) > rules[MAX_LAG_NS]:
        blockers |= STALE
    if rules[IN_SESSION] == 0:
        blockers |= SESSION
    if bid <= 0 or ask <= 0 or row[c.TOTAL_BUY] <= 0 or row[c.TOTAL_SELL] <= 0:
        return blockers | EMPTY_SIDE
    if bid >= ask:
        blockers |= CROSSED
    if row[c.HIGH] > 0 and (ltp > row[c.HIGH] or ltp < row[c.LOW]):
        blockers |= LTP_RANGE
    spread = ask - bid
    if spread > row[c.TICK] and spread * 20_000 > rules[MAX_SPREAD_BP] * (bid + ask):
        blockers |= WIDE_SPREAD
    return blockers


@kernel
def flow_blockers(row: Cells, rules: Cells) -> int:
    """Gates that ask whether the book leans enough, and not too much; writes the readings."""
    buy = row[c.TOTAL_BUY]
    sell = row[c.TOTAL_SELL]
    bids = 0
    asks = 0
    for level in range(c.LEVELS):
        bids += row[c.BID_QUANTITY + level]
        asks += row[c.ASK_QUANTITY + level]
    row[c.BID_DEPTH] = bids
    row[c.ASK_DEPTH] = asks
    total = buy + sell
    if total <= 0:
        row[c.LEAN] = 0
        row[c.DOMINANCE] = 0
        return BALANCED
    lean = 1 if buy > sell else (-1 if sell > buy else 0)
    strong = buy if buy > sell else sell
    row[c.LEAN] = lean
    row[c.DOMINANCE] = abs(buy - sell) * 1_000_000 // total
    blockers = 0
    if lean == 0 or strong * 10_000 < rules[PRESSURE_LOW_BP] * total:
        blockers |= BALANCED
    if strong * 10_000 > rules[PRESSURE_HIGH_BP] * total:
        blockers |= ONE_SIDED
    leading = bids if lean > 0 else asks
    trailing = asks if lean > 0 else bids
    if lean == 0 or leading * 100 <= rules[DEPTH_RATIO_PCT] * trailing:
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
        if row[c.SPAN_LOW] == 0 or now - row[c.SPAN_NS] >= rules[SPIKE_SPAN_NS]:
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
        if (high - low) * 10_000 > rules[SPIKE_BP] * low:
            row[c.CALM_NS] = now + rules[SPIKE_REST_NS]
    return SPIKE if now < row[c.CALM_NS] else 0


@kernel
def evaluate_row(row: Cells, rules: Cells, counters: Cells) -> int:
    """Readings, gates and signal life of one row; returns WAKE_* bits."""
    was = row[c.LEAN] if row[c.BLOCKERS] == 0 and row[c.SIGNAL_NS] > 0 else 0
    blockers = book_blockers(row, rules) | flow_blockers(row, rules) | spike_blocker(row, rules)
    row[c.BLOCKERS] = blockers
    counters[UPDATES] += 1
    awake = QUIET
    if blockers == 0:
        if was != row[c.LEAN]:
            row[c.SIGNAL_NS] = row[c.RECEIVED_NS]
            counters[SIGNALS] += 1
        if rules[ENTRIES_OPEN] != 0 and row[c.RECEIVED_NS] >= row[c.HOLD_UNTIL_NS]:
            awake |= WAKE_CANDIDATE
    else:
        row[c.SIGNAL_NS] = 0
        for bit in range(16):
            counters[GATE_COUNTS + bit] += (blockers >> bit) & 1
    if price_reached(row, row[c.WAKE_BID_HIGH : c.WAKE_LTP_HIGH + 1]):
        awake |= WAKE_PRICE
    return awake


@kernel
def price_reached(row: Cells, wakes: Cells) -> bool:
    """Whether a quote of `row` is at or beyond one of four prices.

    `wakes` holds: best bid at or above, best ask at or below, last price at or below, last
    price at or above. An empty side reaches nothing.
    """
    bid = row[c.BID_PRICE]
    ask = row[c.ASK_PRICE]
    ltp = row[c.LTP]
    return bool(
        (bid > 0 and bid >= wakes[0])
        or (ask > 0 and ask <= wakes[1])
        or (ltp > 0 and (ltp <= wakes[2] or ltp >= wakes[3]))
    )


@kernel
def evaluate(cells: Cells, rows: Cells, rules: Cells, counters: Cells) -> int:
    """Evaluate the `rows` that one frame changed; returns WAKE_* bits of all of them."""
    awake = QUIET
    counters[FRAMES] += 1
    for i in range(rows.shape[0]):
        awake |= evaluate_row(cells[rows[i]], rules, counters)
    return awake


@kernel
def run_frames(
    cells: Cells,
    tape_rows: Cells,
    tape_cells: Cells,
    tape_ns: Cells,
    start: int,
    until_ns: int,
    rules: Cells,
    counters: Cells,
    exchange_wakes: Cells,
) -> tuple[int, int]:
    """Play recorded frames from index `start` until one of them needs attention.

    A frame is a run of updates with one received time. Stops after the first frame that
    wakes somebody, or before the first frame later than `until_ns`, or at the end. Returns
    (index of the next update, WAKE_* bits). `exchange_wakes` has shape (instruments, 4), as
    price_reached reads them. Decides exactly as copying each frame and calling evaluate.
    """
    i = start
    end = tape_rows.shape[0]
    while i < end:
        now = tape_ns[i]
        if now > until_ns:
            return i, QUIET
        awake = QUIET
        counters[FRAMES] += 1
        while i < end and tape_ns[i] == now:
            row = cells[tape_rows[i]]
            updates = row[c.UPDATES]
            row[: c.MARKET_END] = tape_cells[i]
            row[c.RECEIVED_NS] = now
            row[c.UPDATES] = updates + 1
            awake |= evaluate_row(row, rules, counters)
            if price_reached(row, exchange_wakes[tape_rows[i]]):
                awake |= WAKE_EXCHANGE
            i += 1
        if awake != QUIET:
            return i, awake
    return i, QUIET


@kernel
def strongest(cells: Cells, now_ns: int, max_age_ns: int) -> int:
    """Row of the best signal that may be proposed at `now_ns`, -1 when there is none.

    Greatest dominance; then the tighter spread in parts of the price; then the lower row.
    """
    best = -1
    for i in range(cells.shape[0]):
        row = cells[i]
        if row[c.BLOCKERS] != 0 or row[c.SIGNAL_NS] == 0 or row[c.HOLD_UNTIL_NS] > now_ns:
            continue
        if now_ns - row[c.RECEIVED_NS] > max_age_ns:
            continue
        if best < 0 or stronger(row, cells[best]):
            best = i
    return best


@kernel
def stronger(a: Cells, b: Cells) -> bool:
    """Whether signal `a` goes before signal `b` (rows apart from that equal: neither does)."""
    if a[c.DOMINANCE] != b[c.DOMINANCE]:
        return bool(a[c.DOMINANCE] > b[c.DOMINANCE])
    a_spread = (a[c.ASK_PRICE] - a[c.BID_PRICE]) * b[c.ASK_PRICE]
    b_spread = (b[c.ASK_PRICE] - b[c.BID_PRICE]) * a[c.ASK_PRICE]
    return bool(a_spread < b_spread)
