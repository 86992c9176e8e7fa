"""The published Kite client, unchanged, trades on the server: the wire is the real one.

It pins old networking packages, so it lives in .venv-oracle and runs as a process of its own.
"""

import asyncio
import json
import time
from pathlib import Path

import pytest

from tui_scalper.core.units import NS
from tui_scalper.core.venues import HOUR, NSE
from tui_scalper.exchange.kite_server import start_server
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.master import load_master
from tui_scalper.exchange.synthetic import SyntheticMarket

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-oracle/bin/python"
SESSION = Path(__file__).parent / "oracle/kite_client_session.py"
TEN = NSE.midnight(1_795_400_000 * NS) + 10 * HOUR
WAIT = 60

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="no .venv-oracle with kiteconnect (make oracle)"
)


async def trade_with_the_client():
    """What the client saw in one session, and the machine afterwards."""
    master = load_master(count=50)
    market = SyntheticMarket(master.universe, master.references, seed=1, start_ns=TEN)
    exchange = Exchange(master.universe, market)
    begun = time.monotonic_ns()
    server = await start_server(exchange, lambda: TEN + time.monotonic_ns() - begun, port=0)
    client = await asyncio.create_subprocess_exec(
        str(PYTHON), str(SESSION), str(server.port),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(WAIT):
            out, complaints = await client.communicate()
    finally:
        if client.returncode is None:
            client.kill()
            await client.wait()
        await server.close()
    assert client.returncode == 0, complaints.decode()[-2_000:]
    assert out, complaints.decode()[-2_000:]
    return json.loads(out), exchange


async def test_the_published_client_streams_trades_and_reads_its_books():
    seen, exchange = await trade_with_the_client()
    resting, entry, protected = seen["ids"]
    assert seen["failures"] == []
    assert seen["instruments"] == 50
    assert seen["token"] == 408065

    tick = seen["tick"]
    assert tick["tradable"]
    assert len(tick["depth"]["buy"]) == len(tick["depth"]["sell"]) == 5
    bids = [level["price"] for level in tick["depth"]["buy"]]
    asks = [level["price"] for level in tick["depth"]["sell"]]
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]
    assert all(level["orders"] >= 1 for side in tick["depth"].values() for level in side)
    assert tick["total_buy_quantity"] >= sum(level["quantity"] for level in tick["depth"]["buy"])
    assert tick["ohlc"]["close"] == 1612.0

    assert seen["cancelled"] == ["UPDATE", "CANCELLED"]
    assert seen["filled"][-1] == "COMPLETE"
    assert seen["sold"][-1] == "COMPLETE"
    assert seen["fill"]["tag"] == "entry1"
    assert seen["book"] == {resting: "CANCELLED", entry: "COMPLETE", protected: "COMPLETE"}
    assert seen["history"][0] == "PUT ORDER REQ RECEIVED"
    assert seen["history"][-1] == "CANCELLED"
    assert (seen["naked"], seen["again"]) == ("InputException", "OrderException")
    assert seen["stranger"] == "TokenException"

    machine_fill = exchange.history(entry)[-1]
    average, filled = seen["fill"]["average_price"], seen["fill"]["filled_quantity"]
    assert round(average * filled * 100) == machine_fill.filled_value
    assert sum(one["quantity"] for one in seen["entry_trades"]) == 2
    assert seen["positions"][0]["quantity"] == 0
    assert round(seen["margins"] * 100) == exchange.margins().available
    assert seen["quote"] == 408065
