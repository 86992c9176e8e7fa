"""Circuit limits: asked of the simulated broker in bounded batches, what is traded first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.brokers.kite.access import LoopbackAccess
from tui_scalper.brokers.kite.limits import ALL_S, BATCH, LimitKeeper, Pace, limits_in
from tui_scalper.core import columns as c
from tui_scalper.core.circuit import note_limits
from tui_scalper.core.events import FaultsSeen, FeedFault, LimitsTold
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.market import MarketTable
from tui_scalper.core.units import NS
from tui_scalper.core.venues import NSE
from tui_scalper.exchange.kite_server import RunningServer, start_server
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.recorded import RecordedMarket

BEGIN_NS = 1_795_408_200 * NS
PATIENCE = 10
COUNT = BATCH + 3
BAND_BP = 1_000
CLOSE = 100_00
QUICK = Pace(every=60.0, pause=0.001, retry=0.001)


def universe_of(count: int) -> Universe:
    """Stocks with long names, one with a sign that addresses do not take as it is."""
    names = ["M&M", *(f"LONGNAME{n:04}-L" for n in range(1, count))]
    return Universe(
        NSE, [Instrument(symbol=name, token=256 * (1 + n), tick=5) for n, name in enumerate(names)]
    )


class Asker:
    """A keeper at a simulated broker, and what it found and said."""

    def __init__(self, universe: Universe, server: RunningServer, token: str, pace: Pace) -> None:
        self.table = MarketTable(universe)
        self.said: list[FaultsSeen] = []
        self.told = 0
        self.heard = asyncio.Event()
        self.traded: list[int] = []
        access = LoopbackAccess(
            api_key="demo", access_token=token, http_root=server.url, ws_root=server.ws_url
        )
        self.keeper = LimitKeeper(
            access, self.table, self.sink, lambda: BEGIN_NS, traded=lambda: self.traded, pace=pace
        )

    def sink(self, event) -> None:
        if isinstance(event, LimitsTold):
            self.told += len(event.bands)
            note_limits(self.table.cells, event)
            return
        self.said.append(event)
        self.heard.set()

    def limits(self, row: int) -> list[int]:
        return self.table.cells[row, c.LIMIT_LOW : c.LIMIT_HIGH + 1].tolist()


@asynccontextmanager
async def asking(
    count: int = 2, token: str = "demo", pace: Pace = QUICK, band_bp: int = BAND_BP
) -> AsyncIterator[tuple[Asker, Exchange]]:
    universe = universe_of(count)
    cells = np.zeros((count, c.COLUMNS), dtype=np.int64)
    cells[:, c.CLOSE] = cells[:, c.LTP] = CLOSE
    exchange = Exchange(universe, RecordedMarket(universe, cells, band_bp=band_bp))
    server = await start_server(exchange, lambda: BEGIN_NS, port=0)
    asker = Asker(universe, server, token, pace)
    running = asyncio.create_task(asker.keeper.run())
    try:
        yield asker, exchange
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await server.close()


async def until(holds) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.002)


async def test_every_stock_is_asked_about_at_the_start_in_batches_the_broker_takes():
    async with asking(COUNT) as (asker, _):
        await until(asker.table.cells[:, c.LIMIT_HIGH].all)
        for row in (0, 1, COUNT - 1):
            assert asker.limits(row) == [90_00, 110_00]
        assert asker.said == []
        assert asker.told == COUNT


async def test_what_is_traded_is_asked_about_again_and_a_changed_band_is_seen():
    async with asking(pace=Pace(every=0.01, pause=0.001)) as (asker, exchange):
        await until(lambda: asker.limits(1) == [90_00, 110_00])
        asker.traded = [1]
        exchange.cells[:, c.CLOSE] = 200_00
        await until(lambda: asker.limits(1) == [180_00, 220_00])
        assert asker.limits(0) == [90_00, 110_00], "of the others once an hour is enough"
        assert asker.told == 3, "what is known already is not told again"


async def test_a_refusal_is_a_fault_that_names_what_stands_in():
    async with asking(token="wrong") as (asker, _):
        async with asyncio.timeout(PATIENCE):
            await asker.heard.wait()
        fault = asker.said[0]
        assert fault.fault is FeedFault.NO_LIMITS
        assert "access_token" in fault.detail
        assert "the day's range" in fault.detail
        assert asker.limits(0) == [0, 0]


async def test_after_a_failure_it_goes_on_asking():
    async with asking(pace=Pace(every=60.0, pause=0.001, retry=0.001)) as (asker, exchange):
        exchange.faults.answer_503 = 2
        asker.keeper._asked[:] = -np.inf
        await until(lambda: asker.limits(1) == [90_00, 110_00])


async def test_a_market_without_bands_leaves_them_unknown():
    async with asking(band_bp=0) as (asker, _):
        await until(lambda: np.isfinite(asker.keeper._asked).all())
        assert asker.limits(0) == [0, 0]


async def test_where_nothing_is_to_be_asked_nothing_runs():
    async with asking(pace=Pace(every=0)) as (asker, _):
        async with asyncio.timeout(PATIENCE):
            await asker.keeper.run()
        assert asker.limits(0) == [0, 0]


@given(
    asked=st.lists(st.sampled_from((-np.inf, 0.0, 3_000.0, 3_990.0)), min_size=1, max_size=8),
    traded=st.lists(st.integers(0, 7), max_size=4),
)
def test_what_is_due_is_bounded_each_once_and_what_is_traded_comes_first(asked, traded):
    table = MarketTable(universe_of(len(asked)))
    access = LoopbackAccess(
        api_key="demo",
        access_token="demo",
        http_root="http://127.0.0.1:1",
        ws_root="ws://127.0.0.1:1",
    )
    rows = [row for row in traded if row < len(asked)]
    keeper = LimitKeeper(access, table, lambda _: None, lambda: 0, traded=lambda: rows)
    keeper._asked[:] = asked
    now = 4_000.0
    due = keeper.due(now)
    assert len(due) == len(set(due)) <= BATCH
    assert set(due) == {row for row, at in enumerate(asked) if now - at >= ALL_S} | {
        row for row in rows if now - asked[row] >= keeper._pace.every
    }
    often = [row for row in dict.fromkeys(rows) if now - asked[row] >= keeper._pace.every]
    assert due[: len(often)] == often


def quoted(**words) -> bytes:
    return msgspec.json.encode({"status": "success", "data": {"NSE:INFY": words}})


@pytest.mark.parametrize(
    "low, high, expected",
    [
        (1_415.7, 1_730.3, (141_570, 173_030)),
        (0, 110.05, (0, 11_005)),
        (110, 90, (0, 0)),
        (-5, 90, (0, 0)),
        (None, 90.0, (0, 9_000)),
        (90.0, None, (0, 0)),
        (0, 0, (0, 0)),
        (1, 1e17, (0, 0)),
    ],
)
def test_limits_that_make_no_sense_are_unknown(low, high, expected):
    body = quoted(lower_circuit_limit=low, upper_circuit_limit=high, last_price=1.0)
    assert limits_in(body) == {"NSE:INFY": expected}


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data": null}', b'{"data": {"NSE:A": 3}}'])
def test_what_is_no_answer_is_said_to_be_none(body):
    with pytest.raises(msgspec.DecodeError):
        limits_in(body)
