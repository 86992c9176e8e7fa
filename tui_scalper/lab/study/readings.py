"""The product's readings of a book, written plainly over whole arrays: float64[n] each.

Signed so that more means more buyers. NaN where a reading is not defined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from tui_scalper.core.config import SignalRules
from tui_scalper.core.units import BP
from tui_scalper.lab.layout import Ints
from tui_scalper.lab.study.fits import NAN, Floats
from tui_scalper.lab.study.flow_rules import cks, spanned
from tui_scalper.lab.study.rebuild import LEVELS, Books

Reading = Callable[[Books], Floats]

FLOW_SPAN_MS: Final = 10_000
"""Over how long flows are summed."""
DECAY: Final = 0.5
"""Weight lost from level to level, in the exponent."""


def _balance(buy: Ints | Floats, sell: Ints | Floats) -> Floats:
    """(buy - sell) / (buy + sell)."""
    both = buy + sell
    return np.where(both > 0, (buy - sell) / np.where(both > 0, both, 1), NAN)


def pressure(books: Books) -> Floats:
    """2P - 1, P the share of buyers in everything that rests (tbq, tsq); its size is dominance."""
    return _balance(books.total[:, 0], books.total[:, 1])


def depth_ratio(books: Books) -> Floats:
    """log of five levels of bids over five of asks."""
    bids, asks = books.quantity.sum(axis=2).T
    there = (bids > 0) & (asks > 0)
    return np.where(there, np.log(np.maximum(bids, 1) / np.maximum(asks, 1)), NAN)


def queue_imbalance(books: Books) -> Floats:
    """(bid - ask) / (bid + ask) of the best queues."""
    return _balance(books.quantity[:, 0, 0], books.quantity[:, 1, 0])


def weighted_imbalance(books: Books) -> Floats:
    """The same of five levels, weights exp(-level / 2)."""
    weights = np.exp(-DECAY * np.arange(LEVELS))
    bids, asks = (books.quantity @ weights).T
    return _balance(bids, asks)


def recent_sum(ms: Ints, steps: Ints, span_ms: int = FLOW_SPAN_MS) -> Floats:
    """Sum of what came in the last `span_ms`; `steps[i]` came with book i + 1."""
    run = np.concatenate(([0], np.cumsum(steps)))
    return (run - run[np.searchsorted(ms, ms - span_ms)]).astype(float)


def order_flow(books: Books) -> Floats:
    """Order flow imbalance of the rule that ships over 10 s, in mean best queues."""
    return recent_sum(books.ms, spanned(books)) / _usual_queue(books)


def best_quote_flow(books: Books) -> Floats:
    """The same by CKS on sampled best quotes."""
    return recent_sum(books.ms, cks(books)) / _usual_queue(books)


def trade_flow(books: Books) -> Floats:
    """Traded volume over 10 s, signed by the last price against the mid before, in mean best
    queues."""
    sign = np.sign(books.last[1:] - books.mid[:-1])
    return recent_sum(books.ms, sign * np.diff(books.volume)) / _usual_queue(books)


def _usual_queue(books: Books) -> Floats:
    """Mean best queue so far: known at the time."""
    held = books.quantity[:, :, 0].mean(axis=1)
    return np.cumsum(held) / np.arange(1, len(held) + 1)


READINGS: Final[Mapping[str, Reading]] = {
    "pressure (tbq, tsq)": pressure,
    "depth ratio, 5 levels": depth_ratio,
    "depth-weighted imbalance": weighted_imbalance,
    "queue imbalance": queue_imbalance,
    "order flow 10 s (ships)": order_flow,
    "order flow 10 s (CKS)": best_quote_flow,
    "trade flow 10 s": trade_flow,
}


def all_readings(books: Books) -> Mapping[str, Floats]:
    """Every reading of every book of a feed."""
    return {name: reading(books) for name, reading in READINGS.items()}


def lean(books: Books, rules: SignalRules) -> Ints:
    """int64[n]: +1 or -1 where the product's own signal stands, else 0.

    Share of the stronger side in tbq + tsq within the pressure band, and its five levels more
    than the ratio above the other's.
    """
    side = np.sign(books.total[:, 0] - books.total[:, 1])
    strong = books.total.max(axis=1) * BP
    total = books.total.sum(axis=1)
    inside = (strong >= rules.pressure_low_bp * total) & (strong <= rules.pressure_high_bp * total)
    bids, asks = books.quantity.sum(axis=2).T
    leading, trailing = np.where(side > 0, bids, asks), np.where(side > 0, asks, bids)
    return np.where(inside & (leading * 100 > rules.depth_ratio_pct * trailing), side, 0)
