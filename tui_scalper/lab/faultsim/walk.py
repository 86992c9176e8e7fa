"""The market of a schedule: seeded random walks of a few stocks, as frames of book cells."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.units import BP, PPM
from tui_scalper.core.venues import NSE
from tui_scalper.lab.faultsim.script import BURST_NS, Manner

Ints = NDArray[np.int64]

UNIVERSE: Final = Universe(
    NSE,
    (
        Instrument(symbol="ALPHA", token=256, tick=5),
        Instrument(symbol="BRAVO", token=512, tick=10),
        Instrument(symbol="CANDOR", token=768, tick=1),
        Instrument(symbol="DELTA", token=1024, tick=5, lot=5),
    ),
)
CLOSES: Final = (100_000, 250_000, 18_000, 60_000)
"""Yesterday's close of each stock, paise."""
GAP_CHANCE: Final = 0.004
TRADED: Final = 10_000_000
"""Shares of each stock that traded before: enough to be let into the race."""


class Walks(msgspec.Struct, frozen=True):
    """Frames, one changed row each: when (ns after the start), which, and its cells.

    Shapes (frames,), (frames,) and (frames, MARKET_END).
    """

    at_ns: Ints
    rows: Ints
    cells: Ints


def draw_walks(seed: int, frames: int, manner: Manner) -> Walks:
    """The market of `seed`."""
    rng = np.random.Generator(np.random.PCG64(seed))
    gaps = rng.exponential(manner.frame_ns, frames).astype(np.int64)
    rows = rng.integers(0, len(UNIVERSE), frames)
    rows[: len(UNIVERSE)] = np.arange(len(UNIVERSE))
    cells = np.zeros((frames, c.MARKET_END), dtype=np.int64)
    for row in range(len(UNIVERSE)):
        places = np.flatnonzero(rows == row)
        cells[places] = _walk(rng, row, len(places), manner)
    at_ns = np.cumsum(gaps) + 1
    at_ns += at_ns // BURST_NS * manner.pause_ns
    return Walks(at_ns, rows.astype(np.int64), cells)


def _walk(rng: np.random.Generator, row: int, frames: int, manner: Manner) -> Ints:
    cells = np.zeros((frames, c.MARKET_END), dtype=np.int64)
    tick, lot, close = UNIVERSE[row].tick, UNIVERSE[row].lot, CLOSES[row]
    bid, ask = _quotes(rng, tick, close, frames, manner)
    lean = _leans(rng, frames)
    level = np.arange(c.LEVELS)
    cells[:, c.BID_PRICE : c.BID_PRICE + c.LEVELS] = bid[:, None] - level * tick
    cells[:, c.ASK_PRICE : c.ASK_PRICE + c.LEVELS] = ask[:, None] + level * tick
    shape = (frames, c.LEVELS)
    for first, side in ((c.BID_QUANTITY, 1), (c.ASK_QUANTITY, -1)):
        strength = np.where(lean == side, 4, 1)[:, None]
        lots = 1 + rng.integers(0, manner.depth // lot, shape) * strength
        cells[:, first : first + c.LEVELS] = lots * lot
    cells[:, c.BID_ORDERS : c.BID_ORDERS + c.LEVELS] = 1
    cells[:, c.ASK_ORDERS : c.ASK_ORDERS + c.LEVELS] = 1
    cells[:, c.TOTAL_BUY] = 500_000 + lean * 300_000
    cells[:, c.TOTAL_SELL] = 500_000 - lean * 300_000
    cells[:, c.LTP] = np.where(rng.random(frames) < 0.5, bid, ask)
    cells[:, c.VOLUME] = TRADED
    cells[:, c.CLOSE] = close
    if manner.band_bp:
        _keep_in_band(cells, close * manner.band_bp // BP)
    return cells


def _quotes(
    rng: np.random.Generator, tick: int, close: int, frames: int, manner: Manner
) -> tuple[Ints, Ints]:
    """Best bids and asks on the tick; one of them just outside a circuit limit that is hit."""
    steps = rng.normal(0, manner.step_ppm, frames)
    jumps = (rng.random(frames) < GAP_CHANCE) * rng.normal(0, 8 * manner.step_ppm, frames)
    path = close * (1 + np.clip(np.cumsum(steps + jumps) / PPM, -0.3, 0.3))
    bid = (path / tick).astype(np.int64) * tick
    if manner.band_bp:
        reach = close * manner.band_bp // BP
        bid = np.clip(bid, close - reach - tick, close + reach)
    ask = bid + tick * rng.choice((1, 1, 1, 2), frames)
    return bid, ask


def _leans(rng: np.random.Generator, frames: int) -> Ints:
    """+1, 0 or -1: buyers, nobody or sellers lead, for a while each."""
    changes = np.cumsum(rng.random(frames) < 0.1)
    return rng.integers(-1, 2, int(changes[-1]) + 1 if frames else 1)[changes]


def _keep_in_band(cells: Ints, reach: int) -> None:
    """Levels outside the circuit limits vanish; the last price stays inside."""
    low, high = cells[0, c.CLOSE] - reach, cells[0, c.CLOSE] + reach
    for prices, quantities, orders in (
        (c.BID_PRICE, c.BID_QUANTITY, c.BID_ORDERS),
        (c.ASK_PRICE, c.ASK_QUANTITY, c.ASK_ORDERS),
    ):
        for level in range(c.LEVELS):
            price = cells[:, prices + level]
            outside = (price < low) | (price > high)
            for first in (prices, quantities, orders):
                cells[outside, first + level] = 0
    cells[:, c.LTP] = np.clip(cells[:, c.LTP], low, high)
