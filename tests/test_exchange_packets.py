"""Market packets against the published samples and against a plain decoder."""

import base64
import json
import struct
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.units import NS
from tui_scalper.core.venues import NSE
from tui_scalper.exchange.kite_packets import PacketTable

SAMPLES = Path(__file__).parents[2] / "shared/data/packets/kite"
ALL = np.array([0], dtype=np.int64)
QUOTE = (c.LTP, c.LTQ, c.AVERAGE, c.VOLUME, c.TOTAL_BUY, c.TOTAL_SELL, c.OPEN, c.HIGH, c.LOW,
         c.CLOSE)  # fmt: skip


def table_for(token):
    return PacketTable(Universe(NSE, [Instrument(symbol="X", token=token, tick=5)]))


def packet(cells, token, mode):
    table = table_for(token)
    table.refresh(cells, ALL)
    frame = table.frame({mode: ALL})
    count, length = struct.unpack(">HH", frame[:4])
    assert (count, length) == (1, len(frame) - 4)
    return frame[4:]


def plain_decode(body):
    """Words of a full packet, read one field after the other."""
    head = struct.unpack(">16I", body[:64])
    levels = [struct.unpack(">IIHH", body[at : at + 12]) for at in range(64, 184, 12)]
    return head, levels


@settings(max_examples=100)
@given(
    st.lists(st.integers(0, (1 << 31) - 1), min_size=c.MARKET_END, max_size=c.MARKET_END),
    st.integers(1, (1 << 31) - 1),
)
def test_full_packet_says_what_the_cells_say(values, token):
    cells = np.array([values], dtype=np.int64)
    cells[:, c.BID_ORDERS : c.ASK_PRICE] %= 1 << 16
    cells[:, c.ASK_ORDERS :] %= 1 << 16
    cells[:, (c.TRADED_NS, c.EXCHANGE_NS)] *= NS
    row = cells[0].tolist()
    head, levels = plain_decode(packet(cells, token, "full"))
    assert head[0] == token
    assert head[1:11] == tuple(row[column] for column in QUOTE)
    assert head[11:16] == (row[c.TRADED_NS] // NS, 0, 0, 0, row[c.EXCHANGE_NS] // NS)
    for side, (price, quantity, orders) in enumerate(
        ((c.BID_PRICE, c.BID_QUANTITY, c.BID_ORDERS), (c.ASK_PRICE, c.ASK_QUANTITY, c.ASK_ORDERS))
    ):
        for level in range(c.LEVELS):
            assert levels[side * c.LEVELS + level] == (
                row[quantity + level],
                row[price + level],
                row[orders + level],
                0,
            )


def test_shorter_modes_are_the_beginning_of_the_full_packet():
    cells = np.arange(c.MARKET_END, dtype=np.int64).reshape(1, -1)
    full = packet(cells, 7, "full")
    assert packet(cells, 7, "quote") == full[:44]
    assert packet(cells, 7, "ltp") == full[:8]


def test_what_does_not_fit_is_held_at_the_limit():
    cells = np.zeros((1, c.MARKET_END), dtype=np.int64)
    cells[0, c.VOLUME] = 1 << 40
    cells[0, c.BID_ORDERS] = 1 << 20
    head, levels = plain_decode(packet(cells, 7, "full"))
    assert head[4] == (1 << 32) - 1
    assert levels[0] == (0, 0, (1 << 16) - 1, 0)


def test_a_frame_counts_packets_of_all_modes():
    universe = Universe(NSE, [Instrument(symbol=str(n), token=n, tick=5) for n in range(1, 6)])
    table = PacketTable(universe)
    table.refresh(np.zeros((5, c.MARKET_END), dtype=np.int64), np.arange(5))
    frame = table.frame(
        {"ltp": np.array([0, 2]), "quote": np.array([], int), "full": np.array([4])}
    )
    assert struct.unpack(">H", frame[:2]) == (3,)
    assert len(frame) == 2 + 2 * (2 + 8) + (2 + 184)
    tokens = [struct.unpack(">I", frame[at : at + 4])[0] for at in (4, 14, 24)]
    assert tokens == [1, 3, 5]


def cells_of_sample(sample):
    cells = np.zeros((1, c.MARKET_END), dtype=np.int64)
    row = cells[0]
    for column, value in zip(
        QUOTE,
        (
            sample["last_price"] * 100, sample["last_quantity"], sample["average_price"] * 100,
            sample["volume"], sample["buy_quantity"], sample["sell_quantity"],
            *(sample["ohlc"][name] * 100 for name in ("open", "high", "low", "close")),
        ),
        strict=True,
    ):  # fmt: skip
        row[column] = round(value)
    for column, name in ((c.TRADED_NS, "last_trade_time"), (c.EXCHANGE_NS, "timestamp")):
        if name in sample:
            row[column] = int(datetime.fromisoformat(sample[name]).timestamp()) * NS
    for side, first in (("buy", c.BID_PRICE), ("sell", c.ASK_PRICE)):
        for level, one in enumerate(sample.get("depth", {}).get(side, ())):
            row[first + level] = round(one["price"] * 100)
            row[first + 5 + level] = one["quantity"]
            row[first + 10 + level] = one["orders"]
    return cells


@pytest.mark.data
@pytest.mark.parametrize("mode", ["full", "quote"])
def test_published_packets_are_reproduced_byte_for_byte(mode):
    file = SAMPLES / f"ticker_{mode}.packet"
    if not file.exists():
        pytest.skip("no recordings at ../shared/data")
    sample = json.loads((SAMPLES / f"ticker_{mode}.json").read_text())
    expected = base64.b64decode(file.read_text())
    assert packet(cells_of_sample(sample), sample["instrument_token"], mode) == expected
