"""How a stock behaves: the numbers its order flow is drawn from."""

from __future__ import annotations

import math
from random import Random
from typing import Final

import msgspec

from tui_scalper.core.instruments import Instrument

TRADING_SECONDS: Final = 22_500.0
TYPICAL_ORDER_PAISE: Final = 4_000_000.0
SIZE_SPREAD: Final = 0.75


class Temper(msgspec.Struct, frozen=True, kw_only=True):
    """Character of one stock. Rates are events a second, prices paise, sizes shares."""

    rate: float
    """Arrivals a second while nothing excites the market."""
    excite: float
    """What a trade adds to the rate; it dies away with `calm` (1/s)."""
    calm: float
    volatility: float
    """Standard deviation of the anchor after one second, as a part of the price."""
    resting: float
    """Orders a side that the book returns to."""
    log_size: float
    """Mean of the logarithm of an order's size in lots."""
    band: float
    """Circuit limit as a part of yesterday's close."""
    episode_gap: float
    """Mean seconds from one institutional episode to the next."""


def draw_temper(rng: Random, stock: Instrument, reference: int, activity: float) -> Temper:
    """Draw the character of a stock whose price is about `reference` paise.

    `activity` multiplies how often orders arrive; prices move less in a quieter market.
    """
    daily = rng.uniform(0.013, 0.026)
    lots = TYPICAL_ORDER_PAISE / (reference * stock.lot)
    return Temper(
        rate=activity * min(18.0, max(4.0, rng.lognormvariate(math.log(9.0), 0.4))),
        excite=rng.uniform(0.8, 1.6),
        calm=rng.uniform(1.5, 3.0),
        volatility=daily * math.sqrt(activity / TRADING_SECONDS),
        resting=rng.uniform(90.0, 150.0),
        log_size=math.log(max(1.0, lots * rng.uniform(0.6, 1.6))),
        band=rng.choice((0.10, 0.20)),
        episode_gap=rng.uniform(420.0, 900.0),
    )


def draw_lots(rng: Random, temper: Temper) -> int:
    """Size of one order in lots, log-normal, at least one."""
    return max(1, int(rng.lognormvariate(temper.log_size, SIZE_SPREAD)))


def draw_distance(rng: Random) -> int:
    """Ticks behind the touch: mostly near, now and then deep in the book."""
    mean = 3.0 if rng.random() < 0.60 else 25.0
    return int(rng.expovariate(1.0 / mean))
