"""The recordings the study reads, opened once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.units import MS
from tui_scalper.core.venues import DAY, Venue
from tui_scalper.lab.importers import import_file
from tui_scalper.lab.layout import Ints
from tui_scalper.lab.parsing import Mask
from tui_scalper.lab.study.hours import continuous
from tui_scalper.lab.study.orders import OrderEvents, read_day
from tui_scalper.lab.study.rebuild import LEVELS, Books, Rebuilt, rebuild
from tui_scalper.lab.tape import Tape

DEPTH_FILE: Final = "sse5_depth5_20230711.csv.gz"
SNAPSHOT_FILE: Final = "sse20_snapshots_20211201.csv.gz"


@dataclass(frozen=True)
class StockDay:
    """One stock of the order-by-order day: its events and the book after each."""

    events: OrderEvents
    rebuilt: Rebuilt

    @property
    def books(self) -> Books:
        """Book `i` stands after event `i`."""
        return self.rebuilt.books

    @cached_property
    def continuous(self) -> Mask:
        """Which events lie in continuous trading."""
        return continuous(self.events.ms)


@dataclass(frozen=True)
class Recordings:
    """The order-by-order day; the tapes of the same day and of the snapshots of another."""

    stocks: tuple[StockDay, ...]
    day: Tape
    snapshots: Tape


def stock_day(events: OrderEvents) -> StockDay:
    """The books of `events`."""
    return StockDay(events, rebuild(events, continuous(events.ms)))


@contextmanager
def recordings(folder: Path) -> Iterator[Recordings]:
    """Everything in `folder`; what is derived lives in a temporary folder meanwhile."""
    with tempfile.TemporaryDirectory(prefix="study") as scratch:
        tapes = []
        for name in (DEPTH_FILE, SNAPSHOT_FILE):
            path = Path(scratch) / f"{name}.parquet"
            import_file(folder / name, path)
            tapes.append(Tape.open(path))
        stocks = tuple(stock_day(events) for events in read_day(folder))
        yield Recordings(stocks, tapes[0], tapes[1])


def tape_books(tape: Tape) -> tuple[Books, ...]:
    """The books of each stock of `tape` that has updates, in continuous trading, both sides
    there and not crossed."""
    batches = list(tape.batches())
    rows = np.concatenate([batch.rows for batch in batches])
    cells = np.concatenate([batch.cells for batch in batches])
    stocks = []
    for row, instrument in enumerate(tape.universe):
        mine = cells[rows == row]
        if len(mine):
            books = books_of(instrument.symbol, tape.universe.venue, mine)
            bid, ask = books.price[:, 0, 0], books.price[:, 1, 0]
            stocks.append(books.at((bid > 0) & (ask > bid) & continuous(books.ms)))
    return tuple(stocks)


def books_of(code: str, venue: Venue, cells: Ints) -> Books:
    """Rows of market cells as books."""

    def sides(bid: int, ask: int) -> Ints:
        return np.stack((cells[:, bid : bid + LEVELS], cells[:, ask : ask + LEVELS]), axis=1)

    of_day = (cells[:, c.RECEIVED_NS] + venue.utc_offset) % DAY
    return Books(
        code,
        of_day // MS,
        sides(c.BID_PRICE, c.ASK_PRICE),
        sides(c.BID_QUANTITY, c.ASK_QUANTITY),
        sides(c.BID_ORDERS, c.ASK_ORDERS),
        cells[:, [c.TOTAL_BUY, c.TOTAL_SELL]],
        cells[:, c.VOLUME],
        cells[:, c.LTP],
    )
