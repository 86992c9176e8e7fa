"""The compiled frame decoder against a plain struct reference and the recorded packets."""

from __future__ import annotations

import base64
import json
import struct
from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.brokers.kite.tokens import KEPT
from tui_scalper.brokers.kite.wire import FrameDecoder
from tui_scalper.core import columns as c
from tui_scalper.core.events import FeedFault
from tui_scalper.core.fetch import LARGE
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.market import MarketTable
from tui_scalper.core.units import NS
from tui_scalper.core.venues import NSE

PACKETS = Path(__file__).parents[2] / "shared" / "data" / "packets" / "kite"
INFY = 408065
STAMP = 1_625_461_887
NOW_NS = (STAMP + 30) * NS
TOKENS = [INFY, 257, 513, 2_953_217]
recorded = pytest.mark.skipif(not PACKETS.is_dir(), reason="the recordings are not here")


def universe_of(tokens: list[int]) -> Universe:
    return Universe(NSE, [Instrument(symbol=f"S{t}", token=t, tick=5) for t in tokens])


def decoder_of(tokens: list[int] | None = None) -> tuple[FrameDecoder, MarketTable]:
    table = MarketTable(universe_of(TOKENS if tokens is None else tokens))
    return FrameDecoder(table), table


def frame_of(*packets: bytes) -> bytes:
    return struct.pack(">H", len(packets)) + b"".join(
        struct.pack(">H", len(packet)) + packet for packet in packets
    )


def full_packet(token: int = INFY, *, ltp: int = 157_370, stamp: int = STAMP, **levels) -> bytes:
    head = [token, ltp, 7, 157_037, 1_192_471, 256_443, 363_009, 1, 4, 2, 3, stamp, 0, 0, 0, stamp]
    rows = [(5 + n, levels.get("price", 157_340) + n, 1 + n, 0) for n in range(10)]
    return struct.pack(">16I", *head) + b"".join(struct.pack(">IIHH", *row) for row in rows)


# -- the reference: slow, plain, one field at a time ------------------------------------------


class Reference:
    """What the decoder must do, written without any cleverness."""

    def __init__(self, tokens: list[int]) -> None:
        self.tokens = tokens
        self.cells = [[0] * c.MARKET_END for _ in tokens]
        self.faults: Counter[FeedFault] = Counter()

    def decode(self, frame: bytes, received_ns: int) -> list[int]:
        changed: dict[int, None] = {}
        if len(frame) < 2:
            self.faults[FeedFault.TRUNCATED] += 1
            return []
        (count,) = struct.unpack_from(">H", frame)
        at = 2
        for _ in range(count):
            if len(frame) - at < 2:
                self.faults[FeedFault.TRUNCATED] += 1
                return list(changed)
            (length,) = struct.unpack_from(">H", frame, at)
            packet = frame[at + 2 : at + 2 + length]
            if len(packet) < length:
                self.faults[FeedFault.TRUNCATED] += 1
                return list(changed)
            at += 2 + length
            result = self.packet(packet, received_ns)
            if isinstance(result, FeedFault):
                self.faults[result] += 1
            elif result is not None:
                changed[result] = None
        if at != len(frame):
            self.faults[FeedFault.UNKNOWN_LENGTH] += 1
        return list(changed)

    def packet(self, packet: bytes, received_ns: int) -> int | FeedFault | None:
        if len(packet) not in (8, 28, 32, 44, 184):
            return FeedFault.UNKNOWN_LENGTH
        words = struct.unpack(f">{len(packet) // 4}I", packet)
        if words[0] not in self.tokens:
            return FeedFault.UNKNOWN_TOKEN
        if len(packet) in (28, 32):
            return None
        row = self.tokens.index(words[0])
        cells = self.cells[row]
        fault = self.fault(packet, words, cells, received_ns)
        if fault:
            return fault
        cells[c.LTP] = words[1]
        if len(packet) >= 44:
            cells[c.LTQ], cells[c.AVERAGE], cells[c.VOLUME] = words[2:5]
            cells[c.TOTAL_BUY], cells[c.TOTAL_SELL] = words[5:7]
            cells[c.OPEN], cells[c.HIGH], cells[c.LOW], cells[c.CLOSE] = words[7:11]
        if len(packet) == 184:
            cells[c.TRADED_NS] = words[11] * NS
            cells[c.EXCHANGE_NS] = words[15] * NS
            for n in range(10):
                quantity, price, orders = struct.unpack_from(">IIH", packet, 64 + 12 * n)
                first = c.BID_PRICE if n < 5 else c.ASK_PRICE
                cells[first + n % 5] = price
                cells[first + 5 + n % 5] = quantity
                cells[first + 10 + n % 5] = orders
        else:
            cells[c.BID_PRICE : c.MARKET_END] = [0] * (c.MARKET_END - c.BID_PRICE)
        cells[c.RECEIVED_NS] = received_ns
        cells[c.UPDATES] += 1
        return row

    def fault(self, packet, words, cells, received_ns) -> FeedFault | None:
        absurd = 1 << 31
        suspects = [words[1]]
        if len(packet) >= 44:
            suspects += [words[2], words[3], *words[7:11]]
        if words[1] == 0 or max(suspects) >= absurd:
            return FeedFault.BAD_VALUE
        if len(packet) < 184:
            return None
        if words[15] * NS > received_ns + 86_400 * NS:
            return FeedFault.BAD_VALUE
        if words[15] * NS < cells[c.EXCHANGE_NS]:
            return FeedFault.TIME_BACK
        levels = [v for n in range(10) for v in struct.unpack_from(">II", packet, 64 + 12 * n)]
        return FeedFault.BAD_VALUE if max(levels) >= absurd else None


def assert_same(decoder: FrameDecoder, table: MarketTable, reference: Reference) -> None:
    np.testing.assert_array_equal(table.cells[:, : c.MARKET_END], np.array(reference.cells))
    assert dict(decoder.take_faults()) == dict(reference.faults)


# -- strategies -------------------------------------------------------------------------------

word = st.one_of(st.integers(1, 1 << 20), st.integers(0, (1 << 32) - 1))
tokens = st.sampled_from([*TOKENS, *TOKENS, 99 * 256 + 1])
stamps = st.integers(STAMP - 2, STAMP + 2)


@st.composite
def packets(draw) -> bytes:
    length = draw(st.sampled_from([8, 28, 32, 44, 184, 184, 184, 0, 1, 3, 12, 183, 300]))
    raw = bytearray(draw(st.binary(min_size=length, max_size=length)))
    if draw(st.booleans()):
        # Small enough words that most packets are believable.
        for at in range(0, length - 3, 4):
            raw[at] = 0
    if length >= 8:
        struct.pack_into(">I", raw, 0, draw(tokens))
        struct.pack_into(">I", raw, 4, draw(word))
    if length == 184:
        struct.pack_into(">I", raw, 60, draw(stamps))
    return bytes(raw)


@st.composite
def frames(draw) -> bytes:
    # Again and again, so that some frames are longer than rows are asked for ahead.
    frame = frame_of(*draw(st.lists(packets(), max_size=8)) * draw(st.sampled_from([1, 1, 4])))
    spoilt = draw(st.sampled_from(["whole", "whole", "cut", "longer"]))
    if spoilt == "cut":
        return frame[: draw(st.integers(2, len(frame)))]
    return frame + (b"\x01\x02\x03" if spoilt == "longer" else b"")


SHARED_DECODER, SHARED_TABLE = decoder_of()
LARGE_MARKET = [*TOKENS, *(256 * (100_000 + n) + 1 for n in range(LARGE))]
LARGE_DECODER, LARGE_TABLE = decoder_of(LARGE_MARKET)


@pytest.mark.parametrize(
    ("decoder", "table", "tokens"),
    [(SHARED_DECODER, SHARED_TABLE, TOKENS), (LARGE_DECODER, LARGE_TABLE, LARGE_MARKET)],
    ids=["few stocks", "many"],
)
@settings(max_examples=300)
@given(several=st.lists(frames(), min_size=1, max_size=4))
def test_decoding_equals_the_plain_reference(decoder, table, tokens, several):
    table.cells[:, : c.MARKET_END] = 0
    decoder.take_faults()
    reference = Reference(tokens)
    for number, frame in enumerate(several):
        rows = decoder.decode(frame, NOW_NS + number).rows.tolist()
        assert rows == reference.decode(frame, NOW_NS + number)
    assert_same(decoder, table, reference)


@settings(max_examples=300)
@given(st.binary(max_size=2_000))
def test_garbage_never_crashes_and_never_touches_other_columns(garbage):
    for decoder, table in ((SHARED_DECODER, SHARED_TABLE), (LARGE_DECODER, LARGE_TABLE)):
        before = table.cells[:, c.MARKET_END :].copy()
        decoded = decoder.decode(garbage, NOW_NS)
        assert len(set(decoded.rows.tolist())) == decoded.rows.size
        np.testing.assert_array_equal(table.cells[:, c.MARKET_END :], before)


@pytest.mark.parametrize("tokens", [TOKENS, LARGE_MARKET], ids=["few stocks", "many"])
def test_a_frame_cut_at_every_byte_equals_the_reference(tokens):
    whole = frame_of(full_packet(INFY), full_packet(257)[:44], full_packet(513)[:8])
    for size in range(2, len(whole) + 1):
        decoder, table = decoder_of(tokens)
        reference = Reference(tokens)
        cut = whole[:size]
        assert decoder.decode(cut, NOW_NS).rows.tolist() == reference.decode(cut, NOW_NS)
        assert_same(decoder, table, reference)
        assert size == len(whole) or reference.faults[FeedFault.TRUNCATED] == 1


def test_heartbeats_and_empty_frames():
    decoder, table = decoder_of()
    assert decoder.decode(b"\0", NOW_NS).heartbeat
    assert decoder.take_faults() == []
    assert not decoder.decode(b"\0\0", NOW_NS).heartbeat
    assert decoder.take_faults() == []
    decoder.decode(b"", NOW_NS)
    assert decoder.take_faults() == [(FeedFault.TRUNCATED, 1)]
    assert not table.cells[:, : c.MARKET_END].any()


def test_a_row_twice_in_a_frame_is_listed_once_and_counted_twice():
    decoder, table = decoder_of()
    frame = frame_of(full_packet(257), full_packet(INFY), full_packet(257, ltp=9))
    assert decoder.decode(frame, NOW_NS).rows.tolist() == [1, 0]
    assert table.cells[1, c.UPDATES] == 2
    assert table.cells[1, c.LTP] == 9
    assert decoder.decode(frame, NOW_NS).rows.tolist() == [1, 0]


def test_faults_are_drained_by_taking_them():
    decoder, _ = decoder_of()
    decoder.decode(frame_of(b"12345", full_packet(12 * 256), full_packet(ltp=0)), NOW_NS)
    assert decoder.take_faults() == [
        (FeedFault.UNKNOWN_LENGTH, 1),
        (FeedFault.UNKNOWN_TOKEN, 1),
        (FeedFault.BAD_VALUE, 1),
    ]
    assert decoder.take_faults() == []


def test_an_older_packet_does_not_touch_the_row():
    decoder, table = decoder_of()
    decoder.decode(frame_of(full_packet(stamp=STAMP)), NOW_NS)
    before = table.cells.copy()
    assert decoder.decode(frame_of(full_packet(stamp=STAMP - 1, ltp=5)), NOW_NS).rows.size == 0
    np.testing.assert_array_equal(table.cells, before)
    assert decoder.take_faults() == [(FeedFault.TIME_BACK, 1)]


def test_a_stamp_from_the_far_future_cannot_block_the_row():
    decoder, table = decoder_of()
    decoder.decode(frame_of(full_packet(stamp=STAMP + 100_000)), NOW_NS)
    assert decoder.take_faults() == [(FeedFault.BAD_VALUE, 1)]
    assert decoder.decode(frame_of(full_packet(stamp=STAMP)), NOW_NS).rows.tolist() == [0]
    assert table.cells[0, c.EXCHANGE_NS] == STAMP * NS


def test_rows_are_told_of_also_when_numbers_of_frames_begin_anew():
    decoder, _ = decoder_of()
    decoder._serial = KEPT - 3
    twice = frame_of(full_packet(), full_packet())
    for _ in range(6):
        assert decoder.decode(twice, NOW_NS).rows.tolist() == [0]
    assert decoder._serial == 4


def test_a_table_without_instruments_takes_frames():
    decoder, _ = decoder_of([])
    assert decoder.decode(frame_of(full_packet()), NOW_NS).rows.size == 0
    assert decoder.take_faults() == [(FeedFault.UNKNOWN_TOKEN, 1)]


@settings(max_examples=100)
@given(st.sets(st.integers(0, (1 << 32) - 1), max_size=60), st.integers(0, (1 << 32) - 1))
def test_every_token_finds_its_row_and_no_other_does(known, stranger):
    ordered = sorted(known)
    decoder, _ = decoder_of(ordered)
    frame = frame_of(*(struct.pack(">II", token, 100) for token in ordered))
    assert decoder.decode(frame, NOW_NS).rows.tolist() == list(range(len(ordered)))
    rows = decoder.decode(frame_of(struct.pack(">II", stranger, 100)), NOW_NS).rows
    assert rows.tolist() == ([ordered.index(stranger)] if stranger in known else [])


# -- recordings -------------------------------------------------------------------------------


def recording(name: str) -> tuple[bytes, dict]:
    packet = base64.b64decode((PACKETS / f"{name}.packet").read_text())
    return packet, json.loads((PACKETS / f"{name}.json").read_text())


def assert_quote(cells: np.ndarray, expected: dict) -> None:
    def money(column: int) -> float:
        return cells[column] / 100

    assert money(c.LTP) == expected["last_price"]
    assert cells[c.LTQ] == expected["last_quantity"]
    assert money(c.AVERAGE) == expected["average_price"]
    assert cells[c.VOLUME] == expected["volume"]
    assert cells[c.TOTAL_BUY] == expected["buy_quantity"]
    assert cells[c.TOTAL_SELL] == expected["sell_quantity"]
    assert [money(n) for n in (c.OPEN, c.HIGH, c.LOW, c.CLOSE)] == [
        expected["ohlc"][word] for word in ("open", "high", "low", "close")
    ]


@pytest.mark.data
@recorded
def test_the_recorded_full_packet():
    packet, expected = recording("ticker_full")
    decoder, table = decoder_of()
    assert decoder.decode(frame_of(packet), NOW_NS).rows.tolist() == [0]
    cells = table.cells[0]
    assert_quote(cells, expected)
    stamp = round(datetime.fromisoformat(expected["timestamp"]).timestamp()) * NS
    assert (cells[c.EXCHANGE_NS], cells[c.TRADED_NS]) == (stamp, stamp)
    for side, price in (("buy", c.BID_PRICE), ("sell", c.ASK_PRICE)):
        for level, row in enumerate(expected["depth"][side]):
            assert cells[price + level] / 100 == row["price"]
            assert cells[price + 5 + level] == row["quantity"]
            assert cells[price + 10 + level] == row["orders"]


@pytest.mark.data
@recorded
def test_a_quote_packet_says_that_the_depth_is_not_known_any_more():
    full, _ = recording("ticker_full")
    quote, expected = recording("ticker_quote")
    decoder, table = decoder_of()
    decoder.decode(frame_of(full), NOW_NS)
    stamp = table.cells[0, c.EXCHANGE_NS]
    decoder.decode(frame_of(quote), NOW_NS)
    assert_quote(table.cells[0], expected)
    assert not table.cells[0, c.BID_PRICE : c.MARKET_END].any()
    assert table.cells[0, c.EXCHANGE_NS] == stamp > 0
