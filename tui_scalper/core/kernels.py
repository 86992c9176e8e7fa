"""Compiled kernels over rows of the market table: readings, gates, wake-ups.

Integer arithmetic throughout, so every machine and every replay decides alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import rules as u
from tui_scalper.core.adapting import learn_limits, put_in_force
from tui_scalper.core.confirming import confirm
from tui_scalper.core.gates import BITS
from tui_scalper.core.gating import book_blockers, flow_blockers, spike_blocker
from tui_scalper.core.jit import kernel
from tui_scalper.core.lasting import end_silent, lasted, live_on
from tui_scalper.core.lent import Table, Takers, borrower, lend
from tui_scalper.core.lives import Lives
from tui_scalper.core.market import Cells, Market
from tui_scalper.core.mids import Mids, note_mid
from tui_scalper.core.race import NEXT_NS, SEEN_NS, keep_list, note_strength, run_race
from tui_scalper.core.readings.ahead import fetch_first, fetch_written, row_ahead
from tui_scalper.core.readings.reading import read
from tui_scalper.core.regime import regime_blocker
from tui_scalper.core.ripening import ripen
from tui_scalper.core.rules import Rules

# Layout of the counters array.
GATE_COUNTS: Final = 0
"""A cell for each bit: how many evaluated updates that gate blocked."""
SIGNALS: Final = BITS
"""How many times a row became a signal."""
UPDATES: Final = BITS + 1
FRAMES: Final = BITS + 2
COUNTERS: Final = BITS + 3

QUIET: Final = 0
WAKE_CANDIDATE: Final = 1
WAKE_PRICE: Final = 2
WAKE_EXCHANGE: Final = 4
WAKE_SIGNAL: Final = 16
"""A row became a signal; only where rules.SIGNALS_WAKE asks for it."""
TOUCHED: Final = 8
"""The row is, or was until now, a signal; never leaves the kernels of whole frames."""


@kernel
def evaluate_row(market: Market, index: int, rules: Rules, counters: Cells, ahead: int) -> int:
    """Readings, gates and signal life of row `index`; returns WAKE_* bits, and TOUCHED.

    Row `ahead`, which may be itself, is asked for meanwhile (core.readings.ahead).
    """
    row = market.cells[index]
    whole = rules.whole
    was = row[c.LEAN] if row[c.BLOCKERS] == 0 and row[c.SIGNAL_NS] > 0 else 0
    memory = market.memory[index]
    mid2, heard = memory[m.PAST_MID2], memory[m.NOW_NS]
    read(market, index, rules, ahead)
    at = memory[m.NOW_NS]
    if memory[m.PAST_MID2] != mid2 or market.mids.newest[1 + index] == 0:
        note_mid(market.mids, index, at, memory[m.PAST_MID2])
    put_in_force(row, memory, whole)
    blockers = book_blockers(row, whole)
    learn_limits(row, market.reals[index], memory, whole, blockers)
    blockers |= flow_blockers(row) | spike_blocker(row, whole)
    blockers |= confirm(row, market.reals[index], rules, market.said)
    blockers |= regime_blocker(market.regime, row[c.BLOCKERS], blockers, whole, row[c.RECEIVED_NS])
    row[c.BLOCKERS] = blockers
    counters[UPDATES] += 1
    awake = QUIET
    was = lasted(market, index, was, heard, whole[u.MAX_LAG_NS])
    live_on(market, index, was, row[c.LEAN] if blockers == 0 else 0)
    if blockers == 0:
        if was != row[c.LEAN]:
            row[c.SIGNAL_NS] = row[c.RECEIVED_NS]
            counters[SIGNALS] += 1
            if whole[u.SIGNALS_WAKE] != 0:
                awake |= WAKE_SIGNAL
        if whole[u.ENTRIES_OPEN] != 0 and row[c.RECEIVED_NS] >= row[c.HOLD_UNTIL_NS]:
            awake |= WAKE_CANDIDATE
    else:
        row[c.SIGNAL_NS] = 0
        count_gates(blockers, counters)
    if keep_list(market.race, index, blockers == 0):
        awake |= TOUCHED
    if blockers == 0:
        note_strength(market.race, index, row, row[c.RECEIVED_NS], whole[u.MAX_LAG_NS])
    if price_reached(row, row[c.WAKE_BID_HIGH : c.WAKE_LTP_HIGH + 1]):
        awake |= WAKE_PRICE
    return awake


@kernel
def end_frame(market: Market, rules: Rules, now_ns: int, touched: bool) -> None:
    """All rows of the frame at `now_ns` are in: who leads, which lives of signals are ripe."""
    race = market.race
    timed = now_ns >= race[NEXT_NS] or now_ns < race[SEEN_NS]
    race[SEEN_NS] = now_ns
    if timed:
        end_silent(market, rules.whole, now_ns)
    if touched or timed:
        run_race(market.cells, race, rules.whole, now_ns)
    ripen(market.lives, market.mids, now_ns)


@kernel
def count_gates(blockers: int, counters: Cells) -> None:
    """Count every gate that is closed."""
    for bit in range(BITS):
        counters[GATE_COUNTS + bit] += blockers >> bit & 1


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
def evaluate(market: Market, rows: Cells, rules: Rules, counters: Cells) -> int:
    """Evaluate the `rows` that one frame changed; returns WAKE_* bits of all of them."""
    awake = QUIET
    counters[FRAMES] += 1
    if rows.shape[0] > 0:
        now_ns = market.cells[rows[0], c.RECEIVED_NS]
        fetch_first(market, rows, 0, rules.whole, now_ns)
        for i in range(rows.shape[0]):
            ahead = row_ahead(market, rows, i, rules.whole, now_ns)
            awake |= evaluate_row(market, rows[i], rules, counters, ahead)
        end_frame(market, rules, now_ns, awake & TOUCHED != 0)
    return awake & ~TOUCHED


@kernel
def run_frames(
    market: Market,
    tape_rows: Cells,
    tape_cells: Cells,
    tape_ns: Cells,
    start: int,
    until_ns: int,
    rules: Rules,
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
    if start < end:
        fetch_first(market, tape_rows, start, rules.whole, tape_ns[start])
    while i < end:
        now = tape_ns[i]
        if now > until_ns:
            return i, QUIET
        awake = QUIET
        counters[FRAMES] += 1
        while i < end and tape_ns[i] == now:
            fetch_written(market, tape_rows, i)
            ahead = row_ahead(market, tape_rows, i, rules.whole, now)
            row = market.cells[tape_rows[i]]
            updates = row[c.UPDATES]
            for column in range(c.MARKET_END):
                row[column] = tape_cells[i, column]
            row[c.RECEIVED_NS] = now
            row[c.UPDATES] = updates + 1
            awake |= evaluate_row(market, tape_rows[i], rules, counters, ahead)
            if price_reached(row, exchange_wakes[tape_rows[i]]):
                awake |= WAKE_EXCHANGE
            i += 1
        end_frame(market, rules, now, awake & TOUCHED != 0)
        awake &= ~TOUCHED
        if awake != QUIET:
            return i, awake
    return i, QUIET


def lend_all(market: Market, rules: Rules, counters: Cells) -> Table:
    """All that kernels of whole frames work on, as `evaluate_lent` and `run_lent` take it."""
    return lend(*market[:6], *market.mids, *market.lives, *rules, counters)


def _all_lent(take: Takers) -> Callable[[Table], tuple[Market, Rules, Cells]]:
    whole, wholes, real, reals = take

    def all_lent(_lent: Table) -> tuple[Market, Rules, Cells]:
        return (
            Market(
                wholes(_lent, 0),
                reals(_lent, 1),
                wholes(_lent, 2),
                whole(_lent, 3),
                whole(_lent, 4),
                real(_lent, 5),
                Mids(wholes(_lent, 6), whole(_lent, 7)),
                Lives(
                    wholes(_lent, 8),
                    whole(_lent, 9),
                    whole(_lent, 10),
                    whole(_lent, 11),
                    whole(_lent, 12),
                    whole(_lent, 13),
                ),
            ),
            Rules(whole(_lent, 14), real(_lent, 15)),
            whole(_lent, 16),
        )

    return all_lent


all_lent = borrower(_all_lent)
"""What lend_all lent."""


@kernel
def evaluate_lent(lent: Table, rows: Cells) -> int:
    """Evaluate `rows` of what was lent; see evaluate."""
    market, rules, counters = all_lent(lent)
    return evaluate(market, rows, rules, counters)


@kernel
def run_lent(
    lent: Table,
    tape_rows: Cells,
    tape_cells: Cells,
    tape_ns: Cells,
    start: int,
    until_ns: int,
    exchange_wakes: Cells,
) -> tuple[int, int]:
    """Play recorded frames over what was lent; see run_frames."""
    market, rules, counters = all_lent(lent)
    return run_frames(
        market, tape_rows, tape_cells, tape_ns, start, until_ns, rules, counters, exchange_wakes
    )
