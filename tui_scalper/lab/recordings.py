"""The recordings of other programs that can become tapes, one table entry each.

A recording is known by the columns of its header. Its converter turns text columns into
market cells; rows it cannot read it marks.
"""

from __future__ import annotations

from calendar import timegm
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Instrument
from tui_scalper.core.units import MS, NS
from tui_scalper.core.venues import DAY, SSE, Venue
from tui_scalper.lab import parsing
from tui_scalper.lab.layout import Ints
from tui_scalper.lab.parsing import Mask

Text = Mapping[str, pa.Array]


@dataclass(frozen=True)
class Converted:
    """Some rows of a recording."""

    codes: Ints
    """int64[k]: the venue's number of each row's stock."""
    cells: Ints
    """int64[k, MARKET_END]."""
    bad: Mask
    """Rows that could not be read; their cells mean nothing."""


@dataclass(frozen=True)
class Recording:
    """A kind of recording."""

    name: str
    venue: Venue
    columns: tuple[str, ...]
    """The columns it must have and the only ones read."""
    dated: bool
    """Whether its rows carry their date; if not, the importer must know it."""
    ranged: bool
    """Whether its rows carry open, high and low; if not, they run along with the price."""
    instrument: Callable[[int], Instrument]
    """The stock of a venue's number."""
    convert: Callable[[Text, int], Converted]
    """From text columns and UTC nanoseconds of the local midnight (0 when the rows are dated)."""


def local_midnight(venue: Venue, day: date) -> int:
    """UTC nanoseconds at which `day` begins at `venue`."""
    return timegm(day.timetuple()) * NS - venue.utc_offset


def sse_instrument(code: int) -> Instrument:
    """A Shanghai stock: tick one fen, lots of 100, on the STAR market (688xxx) of 200."""
    symbol = f"{code:06d}"
    lot = 200 if symbol.startswith("688") else 100
    return Instrument(symbol=symbol, token=code * 256 + 1, tick=1, lot=lot, exchange=SSE.code)


def _side(prefix: str, first: int, price: str, quantity: str, orders: str) -> list[str]:
    return [
        f"{prefix}{what}{first + level}"
        for what in (price, quantity, orders)
        for level in range(c.LEVELS)
    ]


_DEPTH5_BOOK: Final = tuple(_side("b", 1, "p", "q", "o") + _side("a", 1, "p", "q", "o"))
_DEPTH5_PLAIN: Final = (
    ("ltp_fen", c.LTP),
    ("ltq", c.LTQ),
    ("volume", c.VOLUME),
    ("tbq", c.TOTAL_BUY),
    ("tsq", c.TOTAL_SELL),
    *((name, c.BID_PRICE + i) for i, name in enumerate(_DEPTH5_BOOK)),
)


def _depth5(text: Text, midnight: int) -> Converted:
    size = len(text["security"])
    cells, bad = _blank(size)
    _fill(cells, text, _DEPTH5_PLAIN, bad)
    of_day = parsing.integers(text["ms_since_midnight_cst"], bad)
    bad |= (of_day < 0) | (of_day >= DAY // MS)
    _stamp(cells, midnight + np.where(bad, 0, of_day) * MS)
    return Converted(parsing.codes(text["security"], bad), cells, bad)


_SNAPSHOT_PRICES: Final = (
    ("LastPx", c.LTP),
    ("PreClosePx", c.CLOSE),
    ("OpenPx", c.OPEN),
    ("HighPx", c.HIGH),
    ("LowPx", c.LOW),
    *((f"BidPrice{level}", c.BID_PRICE + level) for level in range(c.LEVELS)),
    *((f"OfferPrice{level}", c.ASK_PRICE + level) for level in range(c.LEVELS)),
)
_SNAPSHOT_PLAIN: Final = (
    ("TotalVolumeTrade", c.VOLUME),
    ("TotalBidQty", c.TOTAL_BUY),
    ("TotalOfferQty", c.TOTAL_SELL),
    *((f"BidOrderQty{level}", c.BID_QUANTITY + level) for level in range(c.LEVELS)),
    *((f"BidNumOrders{level}", c.BID_ORDERS + level) for level in range(c.LEVELS)),
    *((f"OfferOrderQty{level}", c.ASK_QUANTITY + level) for level in range(c.LEVELS)),
    *((f"OfferNumOrders{level}", c.ASK_ORDERS + level) for level in range(c.LEVELS)),
)


def _snapshots(text: Text, midnight: int) -> Converted:
    size = len(text["SecurityID"])
    cells, bad = _blank(size)
    _fill(cells, text, _SNAPSHOT_PLAIN, bad)
    for name, column in _SNAPSHOT_PRICES:
        cells[:, column] = parsing.hundredths(text[name], bad)
    turnover = parsing.hundredths(text["TotalValueTrade"], bad)
    bad |= turnover < 0
    volume = np.maximum(cells[:, c.VOLUME], 1)
    cells[:, c.AVERAGE] = (turnover + volume // 2) // volume
    _stamp(cells, parsing.moments(text["DateTime"], bad) - SSE.utc_offset)
    return Converted(parsing.codes(text["SecurityID"], bad), cells, bad)


def _blank(size: int) -> tuple[Ints, Mask]:
    return np.zeros((size, c.MARKET_END), dtype=np.int64), np.zeros(size, dtype=np.bool_)


def _fill(cells: Ints, text: Text, plain: Sequence[tuple[str, int]], bad: Mask) -> None:
    for name, column in plain:
        cells[:, column] = parsing.integers(text[name], bad)


def _stamp(cells: Ints, at_ns: Ints) -> None:
    # These recordings keep one time a row: the exchange's, taken for the receipt as well.
    cells[:, c.EXCHANGE_NS] = at_ns
    cells[:, c.RECEIVED_NS] = at_ns


RECORDINGS: Final = (
    Recording(
        name="Shanghai 5-level depth, one day",
        venue=SSE,
        columns=("ms_since_midnight_cst", "security", *(name for name, _ in _DEPTH5_PLAIN)),
        dated=False,
        ranged=False,
        instrument=sse_instrument,
        convert=_depth5,
    ),
    Recording(
        name="Shanghai Level-2 snapshots",
        venue=SSE,
        columns=(
            "SecurityID",
            "DateTime",
            "TotalValueTrade",
            *(name for name, _ in _SNAPSHOT_PRICES),
            *(name for name, _ in _SNAPSHOT_PLAIN),
        ),
        dated=True,
        ranged=True,
        instrument=sse_instrument,
        convert=_snapshots,
    ),
)
