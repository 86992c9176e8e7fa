"""Experiment: is a queue that is traded against and comes back seen from snapshots?

Truth by the orders: at an unchanged best price, at least half of what traded there between
two snapshots was added there again after the first of those trades. The score sees the two
snapshots: traded volume, given to a side by the last price, less what the queue lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from tui_scalper.core.units import Side
from tui_scalper.lab.layout import Ints
from tui_scalper.lab.parsing import Mask
from tui_scalper.lab.study.day import StockDay
from tui_scalper.lab.study.detection import Cases, joined, percent
from tui_scalper.lab.study.fits import NAN, Floats
from tui_scalper.lab.study.hours import SECOND, STRETCHES, grid, last_before
from tui_scalper.lab.study.icebergs import REPEATS, count_chains
from tui_scalper.lab.study.orders import ADD, TRADE, OrderEvents
from tui_scalper.lab.study.page import Section, table
from tui_scalper.lab.study.rebuild import Books
from tui_scalper.lab.study.sampled import BLOCK
from tui_scalper.lab.study.svg import Chart, Series

STEPS: Final = (SECOND, 3 * SECOND)
BACK: Final = 0.5
"""Share of the traded quantity that must come back to be a refill."""
THRESHOLDS: Final = (0.01, 0.5, 1.0)
TRUTHS: Final = ("after", "any time")
CURVE: Final = tuple(np.arange(-1.0, 3.01, 0.1).tolist())
SEED: Final = 707


def refill_score(books: Books, side: Side) -> Floats:
    """float64[n - 1]: share of the traded quantity that the queue got back between
    neighbouring books; NaN where the best price moved or nothing traded on that side.

    All volume counts for the side the last price is on, seen from the mid before.
    """
    s = 0 if side is Side.BUY else 1
    best, held = books.price[:, s, 0], books.quantity[:, s, 0]
    traded = np.diff(books.volume)
    hit = side * (books.mid[:-1] - books.last[1:]) > 0
    usable = (best[1:] == best[:-1]) & (best[1:] > 0) & hit & (traded > 0)
    lost = held[:-1] - held[1:]
    return np.where(usable, (traded - lost) / np.where(traded > 0, traded, 1), NAN)


@dataclass(frozen=True)
class Happened:
    """At the best price of one side between neighbouring snapshots, int64[n - 1] each."""

    traded: Ints
    """Against resting orders of the side, at that price."""
    added: Ints
    """Added there in the whole interval."""
    added_after: Ints
    """Added there after the first of those trades."""


def happened(events: OrderEvents, index: Ints, best: Ints, side: Side) -> Happened:
    """What the orders say of the events after `index[i]` up to `index[i + 1]` at `best[i]`."""
    size = len(index) - 1
    interval = np.searchsorted(index, np.arange(len(events))) - 1
    inside = (interval >= 0) & (interval < size)
    interval = np.clip(interval, 0, size - 1)
    at_best = inside & (events.price == best[interval])
    trades = at_best & (events.kind == TRADE) & (events.side == -side)
    first = np.full(size, len(events))
    np.minimum.at(first, interval[trades], np.nonzero(trades)[0])
    added = at_best & (events.kind == ADD) & (events.side == side)
    after = added & (np.arange(len(events)) > first[interval])

    def summed(which: Mask) -> Ints:
        return np.bincount(interval[which], events.quantity[which], size).astype(np.int64)

    return Happened(summed(trades), summed(added), summed(after))


def cases(stock: StockDay, step: int) -> tuple[Cases, Cases]:
    """Both sides, every pair of snapshots in which the score is defined: against what was added
    after the trades, and against what was added at any time in between."""
    parts = []
    for bounds in STRETCHES:
        at = grid(step, bounds)
        index = last_before(stock.books.ms, at)
        books = stock.books.at(index)
        block = (at[:-1] - STRETCHES[0][0]) // BLOCK
        for s, side in enumerate((Side.BUY, Side.SELL)):
            score = refill_score(books, side)
            truth = happened(stock.events, index, books.price[:-1, s, 0], side)
            used = np.isfinite(score)
            hit = truth.traded > 0
            after = hit & (truth.added_after >= BACK * truth.traded)
            ever = hit & (truth.added >= BACK * truth.traded)
            parts.append((score[used], after[used], ever[used], block[used]))
    score, after, ever, block = (np.concatenate(one) for one in zip(*parts, strict=True))
    return Cases(score, after, block), Cases(score, ever, block)


def study(stocks: tuple[StockDay, ...]) -> Section:
    """The section of this experiment."""
    both = {step: [cases(stock, step) for stock in stocks] for step in STEPS}
    found = {
        (step, truth): joined([one[number] for one in parts])
        for step, parts in both.items()
        for number, truth in enumerate(TRUTHS)
    }
    rows = [
        (
            f"{step // SECOND} s, {truth}, share >= {bound:g}",
            percent(each.base_rate),
            *each.at(bound, SEED).cells(),
        )
        for (step, truth), each in found.items()
        for bound in THRESHOLDS
    ]
    return Section(
        "Refills",
        (
            "Truth: at an unchanged best price, at least half of what traded there between two "
            "snapshots was added there again, by whatever order: *after* the first of those "
            "trades (a refill), or at *any time* in between. Score: volume by last price and "
            "mid, less the queue's loss, as a share of that volume. Cases: intervals in which "
            "something traded at an unchanged best.",
            table(("snapshots, truth, score", "base rate", "flagged", "precision", "recall"), rows),
            "The score sees that a queue was replenished and misses next to nothing; but two "
            "snapshots do not tell what came before the trades from what came after: flagged at "
            "a share of 1, 96 % of the queues were replenished at some time, 56 % after being "
            "hit.",
            "**Icebergs.** Shanghai has no iceberg order, and the data no account numbers; what "
            "an iceberg worked by hand would leave is a new order of exactly the same size, "
            "side and price within a second of the last one being filled. Counted so, and as a "
            "placebo in the second *before* the fill was complete:",
            _iceberg_table(stocks),
            "In four of the five stocks there are fewer after than before: equal sizes are round "
            "lots meeting by chance, and **this day holds no truth that an iceberg detector could "
            "be measured on**. The refill reading finds replenished queues, which is what it "
            "says; that somebody hides behind them stays a guess.",
        ),
        (("refills", _chart(found)),),
    )


def _iceberg_table(stocks: tuple[StockDay, ...]) -> str:
    rows = []
    for stock in stocks:
        chains = count_chains(stock.events, stock.continuous)
        rows.append(
            (
                stock.events.code,
                f"{chains.filled:,}",
                *(f"{count:,}" for count in chains.after),
                f"{chains.before:,}",
            )
        )
    head = (
        "stock",
        "orders filled",
        *(f"{count}+ after" for count in REPEATS),
        "1+ before",
    )
    return table(head, rows)


def _chart(found: Mapping[tuple[int, str], Cases]) -> Chart:
    series = []
    for (step, truth), each in found.items():
        recall, precision = zip(*(each.point(threshold) for threshold in CURVE), strict=True)
        series.append(Series(f"{step // SECOND} s, added {truth}", recall, precision))
    return Chart("Refills: precision against recall", "recall", "precision", tuple(series))
