"""A loud broker on loopback: 500 frames a second of 20 full packets, from a process of its own.

Orders and questions go to the simulated exchange; market data comes from a socket that does
nothing but send frames encoded beforehand. Once a second their time stamps are renewed.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Final

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.market import MarketTable
from tui_scalper.core.venues import NSE
from tui_scalper.exchange.kite_packets import MODES, PacketTable
from tui_scalper.exchange.kite_server import LOOPBACK, start_server
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.recorded import RecordedMarket

STOCKS: Final = 2_000
FRAMES: Final = 500
"""Frames a second."""
PACKETS: Final = 20
SEED: Final = 7
PACKET: Final = 2 + MODES["full"]
STAMPS: Final = (2 + 44, 2 + 60)
"""Where a packet with its length in front says when it traded and when it was sent."""
START_S: Final = 60
CASH: Final = 100_000_000


def universe() -> Universe:
    """The stocks it speaks of."""
    return Universe(
        NSE,
        [
            Instrument(symbol=f"STOCK{number:04}", token=number * 256 + 1, tick=5, exchange="NSE")
            for number in range(1, STOCKS + 1)
        ],
    )


def second_of_frames(stocks: Universe) -> NDArray[np.uint8]:
    """uint8[FRAMES, bytes of a frame]: every stock in turn, its book walking at random."""
    random = np.random.default_rng(SEED)
    cells = MarketTable(stocks).cells
    middle = random.integers(10_000, 400_000, STOCKS) // 5 * 5
    packets = PacketTable(stocks)
    frames = []
    for number in range(FRAMES):
        rows = (np.arange(PACKETS) + number * PACKETS) % STOCKS
        middle[rows] += random.integers(-2, 3, PACKETS) * 5
        write_books(cells, rows, middle[rows], random)
        packets.refresh(cells, rows)
        frames.append(np.frombuffer(packets.frame({"full": rows}), dtype=np.uint8))
    return np.stack(frames)


def write_books(
    cells: NDArray[np.int64],
    rows: NDArray[np.int64],
    middle: NDArray[np.int64],
    random: np.random.Generator,
) -> None:
    """Five levels a side around `middle`, and the totals and last prices that fit them."""
    steps = np.arange(c.LEVELS) * 5
    for price, quantity, orders, away in (
        (c.BID_PRICE, c.BID_QUANTITY, c.BID_ORDERS, -1),
        (c.ASK_PRICE, c.ASK_QUANTITY, c.ASK_ORDERS, 1),
    ):
        cells[rows, price : price + c.LEVELS] = middle[:, None] + away * (5 + steps)
        shape = (PACKETS, c.LEVELS)
        cells[rows, quantity : quantity + c.LEVELS] = random.integers(10, 5_000, shape)
        cells[rows, orders : orders + c.LEVELS] = random.integers(1, 40, shape)
    for column in (c.LTP, c.AVERAGE, c.OPEN, c.CLOSE):
        cells[rows, column] = middle
    cells[rows, c.HIGH], cells[rows, c.LOW] = middle + 5_000, middle - 5_000
    cells[rows, c.TOTAL_BUY] = random.integers(10_000, 500_000, PACKETS)
    cells[rows, c.TOTAL_SELL] = random.integers(10_000, 500_000, PACKETS)
    cells[rows, c.LTQ], cells[rows, c.VOLUME] = 10, 1_000_000


async def pour(socket: ServerConnection, frames: NDArray[np.uint8]) -> None:
    """Send the frames at an even pace for as long as the client listens."""
    packets = frames[:, 2:].reshape(FRAMES, PACKETS, PACKET)
    clock = asyncio.get_running_loop().time
    began, sent = clock(), 0
    try:
        while True:
            if sent % FRAMES == 0:
                stamp = np.frombuffer(int(time.time()).to_bytes(4, "big"), dtype=np.uint8)
                for at in STAMPS:
                    packets[:, :, at : at + 4] = stamp
            await socket.send(frames[sent % FRAMES].tobytes())
            sent += 1
            await asyncio.sleep(max(began + sent / FRAMES - clock(), 0))
    except ConnectionClosed:
        return


async def serve_both(ports: Connection) -> None:
    """Serve until the other end of `ports` is closed."""
    stocks = universe()
    frames = second_of_frames(stocks)
    market = RecordedMarket(stocks, MarketTable(stocks).cells)
    exchange = Exchange(stocks, market, opening_cash=CASH)
    rest = await start_server(exchange, time.time_ns, port=0)
    async with serve(lambda socket: pour(socket, frames), LOOPBACK, 0, compression=None) as feed:
        ports.send((rest.port, next(iter(feed.sockets)).getsockname()[1]))
        closed = asyncio.Event()
        asyncio.get_running_loop().add_reader(ports.fileno(), closed.set)
        await closed.wait()
    await rest.close()


def run(ports: Connection) -> None:
    """The process's whole life."""
    asyncio.run(serve_both(ports))


@contextmanager
def blaster() -> Iterator[tuple[int, int]]:
    """A running blaster; its REST and WebSocket ports."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=run, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(START_S):
            raise TimeoutError(f"the blaster did not start within {START_S} s")
        yield ours.recv()
    finally:
        ours.close()
        process.join(5)
        process.kill()
