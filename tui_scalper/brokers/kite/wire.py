"""Kite market data frames, decoded straight into the market table by compiled code.

A frame is big-endian: u16 number of packets, then a u16 length and a payload for each.
Every payload begins with u32 instrument token and u32 last price; its length tells what
follows: 8 nothing, 28/32 an index, 44 quote, 184 quote with times and five levels a side.
Prices on NSE come in paise. Source: Kite Connect v3 documentation, "WebSocket streaming".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec
import numpy as np

from tui_scalper.brokers.kite.big_endian import Bytes, half, word
from tui_scalper.brokers.kite.tokens import (
    KEPT,
    NO_ROW,
    Tokens,
    ask_place,
    keep,
    kept,
    row_of,
    tokens_of,
)
from tui_scalper.core import columns as c
from tui_scalper.core.events import FeedFault, Rows
from tui_scalper.core.fetch import LARGE, fetch
from tui_scalper.core.jit import kernel
from tui_scalper.core.lent import Table, Takers, borrower, lend
from tui_scalper.core.market import Cells, MarketTable
from tui_scalper.core.units import NS
from tui_scalper.core.venues import DAY

LTP_PACKET: Final = 8
INDEX_QUOTE_PACKET: Final = 28
INDEX_FULL_PACKET: Final = 32
QUOTE_PACKET: Final = 44
FULL_PACKET: Final = 184
HEARTBEAT_FRAME: Final = 1

# Offsets in a full packet. The ten words from the last price on stand in the order of the
# table's columns LTP .. CLOSE.
_LAST_PRICE: Final = 4
_LAST_QUANTITY: Final = 8
_AVERAGE: Final = 12
_OPEN: Final = 28
_TRADED_AT: Final = 44
_EXCHANGE_AT: Final = 60
_LEVELS_AT: Final = 64
_LEVEL_SIZE: Final = 12

AHEAD: Final = 2 * NS
"""How far an exchange stamp may run ahead of our clock and still be believed."""
_ABSURD: Final = 1 << 31
"""No price in paise and no quantity of one order or level reaches this; volumes of a day do."""
_FAULTS: Final = tuple(FeedFault)
_TRUNCATED: Final = _FAULTS.index(FeedFault.TRUNCATED)
_UNKNOWN_LENGTH: Final = _FAULTS.index(FeedFault.UNKNOWN_LENGTH)
_UNKNOWN_TOKEN: Final = _FAULTS.index(FeedFault.UNKNOWN_TOKEN)
_TIME_BACK: Final = _FAULTS.index(FeedFault.TIME_BACK)
_BAD_VALUE: Final = _FAULTS.index(FeedFault.BAD_VALUE)
_NO_FAULT: Final = -1

_AHEAD: Final = 16
"""Packets ahead of which a row is looked up and asked for, in a large market."""


@kernel
def _quote_fault(data: Bytes, start: int) -> int:
    prices = word(data, start + _AVERAGE)
    for field in range(4):
        prices |= word(data, start + _OPEN + 4 * field)
    if (prices | word(data, start + _LAST_QUANTITY)) >= _ABSURD:
        return _BAD_VALUE
    return _NO_FAULT


@kernel
def _depth_fault(data: Bytes, start: int, known_ns: int, received_ns: int) -> int:
    exchange_ns = word(data, start + _EXCHANGE_AT) * NS
    # A stamp from the far future would make every honest one after it look late.
    if exchange_ns > received_ns + DAY:
        return _BAD_VALUE
    # A row whose stamp lies ahead of our clock was told a wrong one: an earlier one mends it.
    if exchange_ns < known_ns <= received_ns + AHEAD:
        return _TIME_BACK
    values = 0
    for level in range(2 * c.LEVELS):
        at = start + _LEVELS_AT + _LEVEL_SIZE * level
        values |= word(data, at) | word(data, at + 4)
    if values >= _ABSURD:
        return _BAD_VALUE
    return _NO_FAULT


@kernel
def _fault_of(data: Bytes, start: int, length: int, known_ns: int, received_ns: int) -> int:
    last_price = word(data, start + _LAST_PRICE)
    if last_price == 0 or last_price >= _ABSURD:
        return _BAD_VALUE
    fault = _NO_FAULT
    if length >= QUOTE_PACKET:
        fault = _quote_fault(data, start)
    if fault == _NO_FAULT and length == FULL_PACKET:
        fault = _depth_fault(data, start, known_ns, received_ns)
    return fault


@kernel
def _write_side(
    data: Bytes, at: int, cells: Cells, row: int, price: int, quantity: int, orders: int
) -> None:
    for level in range(c.LEVELS):
        cells[row, quantity + level] = word(data, at)
        cells[row, price + level] = word(data, at + 4)
        cells[row, orders + level] = half(data, at + 8)
        at += _LEVEL_SIZE


@kernel
def _write(data: Bytes, start: int, length: int, cells: Cells, row: int) -> None:
    cells[row, c.LTP] = word(data, start + _LAST_PRICE)
    if length >= QUOTE_PACKET:
        for field in range(1, c.CLOSE - c.LTP + 1):
            cells[row, c.LTP + field] = word(data, start + _LAST_PRICE + 4 * field)
    if length == FULL_PACKET:
        cells[row, c.TRADED_NS] = word(data, start + _TRADED_AT) * NS
        cells[row, c.EXCHANGE_NS] = word(data, start + _EXCHANGE_AT) * NS
        bids = start + _LEVELS_AT
        asks = bids + _LEVEL_SIZE * c.LEVELS
        _write_side(data, bids, cells, row, c.BID_PRICE, c.BID_QUANTITY, c.BID_ORDERS)
        _write_side(data, asks, cells, row, c.ASK_PRICE, c.ASK_QUANTITY, c.ASK_ORDERS)
    else:
        # Depth is not streamed: what was known of it must not pass for current.
        cells[row, c.BID_PRICE : c.MARKET_END] = 0


@kernel
def _is_index(length: int) -> bool:
    return length in (INDEX_QUOTE_PACKET, INDEX_FULL_PACKET)


@kernel
def _is_known(length: int) -> bool:
    return length in (LTP_PACKET, QUOTE_PACKET, FULL_PACKET) or _is_index(length)


@kernel
def _take_packet(
    data: Bytes,
    start: int,
    length: int,
    received_ns: int,
    cells: Cells,
    row: int,
    faults: Cells,
) -> int:
    """Write one packet to its `row` and return the row, or count why not and return -1."""
    if not _is_known(length):
        faults[_UNKNOWN_LENGTH] += 1
        return NO_ROW
    if row < 0:
        faults[_UNKNOWN_TOKEN] += 1
        return NO_ROW
    if _is_index(length):
        return NO_ROW
    fault = _fault_of(data, start, length, cells[row, c.EXCHANGE_NS], received_ns)
    if fault >= 0:
        faults[fault] += 1
        return NO_ROW
    _write(data, start, length, cells, row)
    cells[row, c.RECEIVED_NS] = received_ns
    cells[row, c.UPDATES] += 1
    return row


@kernel
def _ask_places(data: Bytes, tokens: Tokens, log2: int) -> None:
    """Ask for where the rows of all packets of a frame are looked up."""
    at = 2
    while at + 2 + _LAST_PRICE <= data.size:
        ask_place(tokens, log2, word(data, at + 2))
        at += 2 + half(data, at)


@kernel
def _row_at(data: Bytes, at: int, tokens: Tokens, log2: int) -> int:
    """Row of the packet at `at`; NO_ROW where it is nobody's."""
    if at + 2 + _LAST_PRICE > data.size:
        return NO_ROW
    return row_of(tokens, log2, word(data, at + 2))


@kernel
def _fetch_row(data: Bytes, at: int, cells: Cells, tokens: Tokens, log2: int) -> int:
    """Ask for the row of the packet at `at`, which is decoded soon, and return it."""
    row = _row_at(data, at, tokens, log2)
    if row >= 0:
        fetch(cells, row, c.MARKET_END)
    return row


@kernel
def _after(data: Bytes, at: int) -> int:
    """Where the packet after the one at `at` is."""
    return at + 2 + half(data, at) if at + 2 <= data.size else int(data.size)


class Held(NamedTuple):
    """What kernels of a FrameDecoder work on."""

    cells: Cells
    tokens: Tokens
    """With each stock the serial number of the last frame it was in."""
    changed: Cells
    faults: Cells
    coming: Cells
    """int64[_AHEAD]: rows of the packets that come next, at their number modulo the size."""


def _all_held(take: Takers) -> Callable[[Table], Held]:
    whole, wholes, _, _ = take

    def all_held(_lent: Table) -> Held:
        return Held(
            wholes(_lent, 0),
            Tokens(wholes(_lent, 1), wholes(_lent, 2)),
            whole(_lent, 3),
            whole(_lent, 4),
            whole(_lent, 5),
        )

    return all_held


_borrow = borrower(_all_held)


@kernel
def _take_next(
    data: Bytes, at: int, row: int, number: int, received_ns: int, serial: int, held: Held
) -> tuple[int, int]:
    """Take the packet at `at`, which is that of `row`, after `number` rows were written.

    Returns where the next one is, beyond the frame when this one was cut off, and the number of
    rows written now; those go once each to `changed`.
    """
    start = at + 2
    if start > data.size:
        return start, number
    after = start + half(data, at)
    if after > data.size:
        return after, number
    taken = _take_packet(data, start, after - start, received_ns, held.cells, row, held.faults)
    if taken >= 0 and kept(held.tokens, taken) != serial:
        keep(held.tokens, taken, serial)
        held.changed[number] = taken
        number += 1
    return after, number


@kernel
def _end_frame(data: Bytes, at: int, faults: Cells) -> None:
    """All packets of a frame are taken and its end should be at `at`: count where it is not."""
    if at > data.size:
        faults[_TRUNCATED] += 1
    elif at < data.size:
        faults[_UNKNOWN_LENGTH] += 1


@kernel
def _decode_here(data: Bytes, received_ns: int, log2: int, serial: int, lent: Table) -> int:
    """Decode a frame into what FrameDecoder lent, all of which the processor keeps at hand;
    returns how many rows were written."""
    held = _borrow(lent)
    at, number = 2, 0
    packets = half(data, 0) if data.size >= at else 0
    for _ in range(packets):
        if at > data.size:
            break
        row = _row_at(data, at, held.tokens, log2)
        at, number = _take_next(data, at, row, number, received_ns, serial, held)
    _end_frame(data, at, held.faults)
    return number


@kernel
def _decode_far(data: Bytes, received_ns: int, log2: int, serial: int, lent: Table) -> int:
    """The same, of so many stocks that rows are asked for some packets ahead."""
    held = _borrow(lent)
    at, number, ahead = 2, 0, 2
    packets = half(data, 0) if data.size >= at else 0
    _ask_places(data, held.tokens, log2)
    for place in range(_AHEAD):
        held.coming[place] = _fetch_row(data, ahead, held.cells, held.tokens, log2)
        ahead = _after(data, ahead)
    for packet in range(packets):
        if at > data.size:
            break
        row = held.coming[packet % _AHEAD]
        held.coming[packet % _AHEAD] = _fetch_row(data, ahead, held.cells, held.tokens, log2)
        ahead = _after(data, ahead)
        at, number = _take_next(data, at, row, number, received_ns, serial, held)
    _end_frame(data, at, held.faults)
    return number


class Decoded(msgspec.Struct, frozen=True, gc=False):
    """What one frame did: rows of the table it changed (a view, good until the next frame)."""

    rows: Rows
    heartbeat: bool = False


class FrameDecoder:
    """Decodes frames into one market table.

    The cost of a packet does not depend on the number of instruments. Bad input is counted,
    skipped packet by packet, and never touches a row. A full packet older than its row, or
    stamped more than a day after `received_ns`, is bad input, so `received_ns` must be UTC.
    """

    def __init__(self, table: MarketTable) -> None:
        self._table = table
        self._tokens = tokens_of([one.token for one in table.universe])
        self._log2 = len(self._tokens.places).bit_length() - 1
        self._faults = np.zeros(len(_FAULTS), dtype=np.int64)
        self._coming = np.zeros(_AHEAD, dtype=np.int64)
        self._serial = 0
        self._lent = lend(table.cells, *self._tokens, table.changed, self._faults, self._coming)
        self._nothing = table.changed[:0]
        self._kernel = _decode_far if len(table.universe) >= LARGE else _decode_here
        # Compiles now rather than when the first frame of the day arrives, and for every size.
        for decode in (_decode_here, _decode_far):
            decode(np.zeros(2, dtype=np.uint8), 0, self._log2, self._serial, self._lent)

    def decode(self, frame: bytes, received_ns: int) -> Decoded:
        """Write the packets of `frame`, received at `received_ns` (UTC), to their rows."""
        if len(frame) == HEARTBEAT_FRAME:
            return Decoded(self._nothing, heartbeat=True)
        self._serial = self._serial % (KEPT - 1) + 1
        table = self._table
        number = self._kernel(
            np.frombuffer(frame, dtype=np.uint8),
            received_ns,
            self._log2,
            self._serial,
            self._lent,
        )
        return Decoded(table.changed[:number])

    def take_faults(self) -> list[tuple[FeedFault, int]]:
        """Faults counted since the last call, by kind; starts counting anew."""
        if not self._faults.any():
            return []
        counts = self._faults.tolist()
        self._faults[:] = 0
        return [(fault, count) for fault, count in zip(_FAULTS, counts, strict=True) if count]
