"""What an order would meet in the visible book."""

from __future__ import annotations

from enum import StrEnum

import msgspec
import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core.units import BP, Side


class Verdict(StrEnum):
    """Whether the visible book can take an order."""

    TAKES = "takes it"
    TOO_THIN = "not enough quantity inside the limit price"
    TOO_DEAR = "expected slippage too large"


class Walk(msgspec.Struct, frozen=True):
    """Walking the levels with a marketable order: quantity that fills, its value, the best."""

    filled: int
    value: int
    best: int


def best_price(row: NDArray[np.int64], taking: Side) -> int:
    """Best price an order on `taking` side would trade against; 0 when that side is empty."""
    return int(row[c.ASK_PRICE if taking is Side.BUY else c.BID_PRICE])


def walk(row: NDArray[np.int64], taking: Side, quantity: int, limit: int) -> Walk:
    """Fill `quantity` from the visible levels no worse than `limit` (paise)."""
    prices = c.ASK_PRICE if taking is Side.BUY else c.BID_PRICE
    quantities = c.ASK_QUANTITY if taking is Side.BUY else c.BID_QUANTITY
    filled = value = 0
    for level in range(c.LEVELS):
        price = int(row[prices + level])
        if price <= 0 or (price - limit) * taking > 0:
            break
        take = min(quantity - filled, int(row[quantities + level]))
        filled += take
        value += take * price
    return Walk(filled, value, best_price(row, taking))


def verdict(found: Walk, quantity: int, taking: Side, max_slippage_bp: int) -> Verdict:
    """Judge a walk: all of `quantity` must fill, at an average near the best price."""
    if found.filled < quantity:
        return Verdict.TOO_THIN
    slip = (found.value - found.best * quantity) * taking
    if slip * BP > max_slippage_bp * found.best * quantity:
        return Verdict.TOO_DEAR
    return Verdict.TAKES
