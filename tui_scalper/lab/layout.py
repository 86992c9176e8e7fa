"""How a tape lies on disk: its columns, its metadata, and the way to and from market cells.

A tape is one Parquet file, one row an update of one stock, in the order of receipt. The
symbol is dictionary text; every other column is an int64 of the market table, in the
venue's paise, shares and nanoseconds UTC, so no price or quantity can overflow it. Between
the updates stands what else the feed said (lab.news).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.jit import kernel
from tui_scalper.core.venues import VENUES

Ints = NDArray[np.int64]

VERSION: Final = 2
"""Written; every one up to it is read. Tapes of format 1 hold updates alone."""
META_KEY: Final = b"tui_scalper.tape"
CHECK_KEY: Final = b"tui_scalper.tape.crc32"
"""Parquet checks its pages, not its metadata; a flipped bit must not become another tick."""
SYMBOL: Final = "symbol"
PART_MAGIC: Final = b"\xff\xff\xff\xff"
"""First bytes of a recording still being written (an Arrow IPC stream)."""


def part_of(path: Path) -> Path:
    """Where the recording of the tape `path` lies while it runs."""
    return path.with_name(path.name + ".part")


class TapeError(Exception):
    """A tape or recording cannot be used: what, where, why, what to do, in one line."""


class Span(msgspec.Struct, frozen=True, array_like=True):
    """What one row group holds: first and last receipt, number of updates, of lines of news."""

    first_ns: int
    last_ns: int
    updates: int
    news: int = 0


class TapeMeta(msgspec.Struct, frozen=True, kw_only=True):
    """What a tape says about itself; kept as JSON under `META_KEY` in the file."""

    version: int
    venue: str
    instruments: tuple[Instrument, ...]
    """In row order."""
    source: str = ""
    """Name of the file it was made from; empty for a live recording."""
    sha256: str = ""
    """Digest of that file."""
    spans: tuple[Span, ...] = ()
    """One a row group; the reader checks each against its data."""
    notes: tuple[tuple[str, int], ...] = ()
    """What was left out or mended, and how often."""


def is_news(cells: Ints) -> NDArray[np.bool_]:
    """Which lines of a tape, int64[k, MARKET_END], are no updates: no price is below zero."""
    return cells[:, c.LTP] < 0


def span_of(lines: pa.RecordBatch) -> Span:
    """What lines of a tape hold, at least one."""
    received_ns, ltp = (lines.column(name).to_numpy() for name in ("received_ns", "ltp"))
    news = int(np.count_nonzero(ltp < 0))
    return Span(int(received_ns[0]), int(received_ns[-1]), len(ltp) - news, news)


def _levels(side: str, price: int, quantity: int, orders: int) -> list[tuple[str, int]]:
    starts = (("price", price), ("quantity", quantity), ("orders", orders))
    return [
        (f"{side}_{what}_{level + 1}", start + level)
        for what, start in starts
        for level in range(c.LEVELS)
    ]


FIELDS: Final = (
    ("received_ns", c.RECEIVED_NS),
    ("exchange_ns", c.EXCHANGE_NS),
    ("traded_ns", c.TRADED_NS),
    ("ltp", c.LTP),
    ("ltq", c.LTQ),
    ("average", c.AVERAGE),
    ("volume", c.VOLUME),
    ("total_buy", c.TOTAL_BUY),
    ("total_sell", c.TOTAL_SELL),
    ("open", c.OPEN),
    ("high", c.HIGH),
    ("low", c.LOW),
    ("close", c.CLOSE),
    *_levels("bid", c.BID_PRICE, c.BID_QUANTITY, c.BID_ORDERS),
    *_levels("ask", c.ASK_PRICE, c.ASK_QUANTITY, c.ASK_ORDERS),
)
"""Name on the tape and column of the market table; UPDATES is a live count and not kept."""

TIMES: Final = ("received_ns", "exchange_ns", "traded_ns")
SCHEMA: Final = pa.schema(
    [
        pa.field(SYMBOL, pa.dictionary(pa.int32(), pa.string()), nullable=False),
        *(pa.field(name, pa.int64(), nullable=False) for name, _ in FIELDS),
    ]
)


def _checksum(text: bytes) -> bytes:
    return f"{zlib.crc32(text):08x}".encode()


def meta_of(universe: Universe) -> TapeMeta:
    """Metadata of a tape of `universe`, nothing known of its source yet."""
    return TapeMeta(version=VERSION, venue=universe.venue.code, instruments=universe.instruments)


def encode_meta(meta: TapeMeta) -> dict[bytes, bytes]:
    """The key-value metadata of the file: `meta` as JSON, and its checksum."""
    text = msgspec.json.encode(meta)
    return {META_KEY: text, CHECK_KEY: _checksum(text)}


def decode_meta(kept: Mapping[bytes, bytes] | None, where: object) -> TapeMeta:
    """Metadata from that of a file. Raises TapeError naming the file `where`."""
    text = (kept or {}).get(META_KEY)
    if kept is None or text is None:
        raise TapeError(f"{where}: a data file, but not a tape; make one from a recording: import")
    if kept.get(CHECK_KEY) != _checksum(text):
        raise TapeError(f"{where}: tape metadata damaged; import the recording again")
    try:
        meta = msgspec.json.decode(text, type=TapeMeta)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TapeError(f"{where}: tape metadata unreadable ({error}); import it again") from error
    if not 1 <= meta.version <= VERSION:
        raise TapeError(
            f"{where}: tape format {meta.version}, this program reads 1 to {VERSION}; import its "
            "recording again, or read it with the build that wrote it"
        )
    return meta


def universe_of(meta: TapeMeta, where: object) -> Universe:
    """Universe a tape was recorded on. Raises TapeError naming the file `where`."""
    venue = VENUES.get(meta.venue)
    if venue is None:
        known = ", ".join(VENUES)
        raise TapeError(f"{where}: unknown venue {meta.venue!r}, known: {known}; import it again")
    try:
        return Universe(venue, meta.instruments)
    except ValueError as error:
        raise TapeError(f"{where}: {error}; import it again") from error


_PAD: Final = 8
"""Cells between columns in memory: at a power of two apart they would share cache lines."""


@kernel
def _scatter(cells: Ints, wide: Ints) -> None:
    for update in range(cells.shape[0]):
        for column in range(c.MARKET_END):
            wide[column, update] = cells[update, column]


@kernel
def _gather(wide: Ints, cells: Ints) -> None:
    for update in range(cells.shape[0]):
        for column in range(c.MARKET_END):
            cells[update, column] = wide[column, update]


def _wide(updates: int) -> Ints:
    return np.empty((c.MARKET_END, updates + _PAD), dtype=np.int64)[:, :updates]


def compile_writing() -> None:
    """Compile what `to_columns` needs for a part of wider lines, before it is in a hurry."""
    lines = np.zeros((2, c.MARKET_END + 1), dtype=np.int64)
    _scatter(lines[:, : c.MARKET_END], _wide(len(lines)))


def to_columns(symbols: pa.Array, rows: Ints, cells: Ints) -> pa.RecordBatch:
    """Updates as one record batch of `SCHEMA`.

    `symbols` are those of the universe in row order, `rows` int64[k] the row of each
    update, `cells` int64[k, MARKET_END or more] its cells.
    """
    wide = _wide(len(rows))
    _scatter(cells, wide)
    named = pa.DictionaryArray.from_arrays(pa.array(rows, pa.int32()), symbols)
    columns = [named, *(pa.array(wide[column]) for _, column in FIELDS)]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def to_cells(symbols: pa.Array, updates: pa.RecordBatch) -> tuple[Ints, Ints]:
    """Rows int64[k] and C-contiguous cells int64[k, MARKET_END] of a record batch.

    Raises ValueError when a symbol is not among `symbols`.
    """
    named = cast("pa.DictionaryArray", updates.column(SYMBOL))
    found = pc.index_in(named.dictionary, value_set=symbols)
    row_of = found.fill_null(-1).to_numpy()
    rows = row_of.astype(np.int64)[named.indices.to_numpy()]
    if rows.size and rows.min() < 0:
        raise ValueError("a symbol is missing in the tape's instrument list")
    wide = _wide(len(rows))
    wide[c.UPDATES] = 0
    for name, column in FIELDS:
        wide[column] = updates.column(name).to_numpy()
    cells = np.empty((len(rows), c.MARKET_END), dtype=np.int64)
    _gather(wide, cells)
    return rows, cells
