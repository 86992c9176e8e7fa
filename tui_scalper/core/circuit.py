"""The circuit limits of a stock: prices beyond them are refused, whatever the need.

The broker tells them apart from the book, so a row may know none (0): then nothing is drawn
in, and the exchange's own refusal is the answer. Source: NSE, price bands; a stock with
derivatives has none of its own but a dynamic band, which the broker reports alike.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.events import LimitsTold
from tui_scalper.core.orders import OrderTerms
from tui_scalper.core.prices import stop_limit, stop_trigger
from tui_scalper.core.units import BP, Side, ceil_to_tick, floor_to_tick

Row = NDArray[np.int64]


def note_limits(cells: NDArray[np.int64], event: LimitsTold) -> None:
    """Keep what the broker told in the columns of the table."""
    for band in event.bands:
        cells[band.row, c.LIMIT_LOW] = band.low
        cells[band.row, c.LIMIT_HIGH] = band.high


def inside(price: int, row: Row, tick: int) -> int:
    """`price`, drawn in to the nearest tick inside the limits that `row` knows, paise."""
    low, high = int(row[c.LIMIT_LOW]), int(row[c.LIMIT_HIGH])
    if high > 0:
        price = min(price, floor_to_tick(high, tick))
    return max(price, ceil_to_tick(low, tick))


def drawn_in(terms: OrderTerms, row: Row, tick: int) -> OrderTerms:
    """`terms` with every price they name drawn in."""
    price = inside(terms.price, row, tick) if terms.price else 0
    trigger = inside(terms.trigger, row, tick) if terms.trigger else 0
    if (price, trigger) == (terms.price, terms.trigger):
        return terms
    return msgspec.structs.replace(terms, price=price, trigger=trigger)


def is_cramped(config: EngineConfig, limit: int, side: Side, row: Row, tick: int) -> bool:
    """Whether an entry at `limit` is too near a limit of its stock, or its stop beyond one."""
    low, high = int(row[c.LIMIT_LOW]), int(row[c.LIMIT_HIGH])
    if high <= 0:
        return False
    trigger = stop_trigger(limit, 1, side, config.protection.stop_bp, tick)
    farthest = stop_limit(trigger, side, config.protection.stop_gap_bp, tick)
    near = min(high - limit, limit - low) * BP < config.entry.limit_room_bp * limit
    return near or not low <= farthest <= high
