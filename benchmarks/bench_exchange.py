"""What the simulated exchange costs: book events, synthetic flow, packet encoding.

Run from the project's root: ``python -m benchmarks.bench_exchange``. Prints one line a figure,
with the machine it was measured on.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from random import Random

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.units import MS, NS, Side
from tui_scalper.core.venues import HOUR, NSE
from tui_scalper.exchange.book import Book
from tui_scalper.exchange.kite_packets import PacketTable
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.master import load_master
from tui_scalper.exchange.orders import NewOrder, OrderType
from tui_scalper.exchange.recorded import RecordedMarket
from tui_scalper.exchange.synthetic import SyntheticMarket

TEN = NSE.midnight(1_795_400_000 * NS) + 10 * HOUR
EVENTS = 100_000
SECONDS = 60
PUMP = 30 * MS


def best_of(times: int, work: Callable[[], int]) -> float:
    """Seconds of processor time a unit of `work`, which returns how many it did."""
    figures = []
    for _ in range(times):
        begun = time.process_time()
        done = work()
        figures.append((time.process_time() - begun) / done)
    return min(figures)


def book_events() -> int:
    """Adds around a touch, one in three crossing, one in three cancelled."""
    rng, book = Random(1), Book()
    for number in range(1, EVENTS):
        side = Side.BUY if rng.random() < 0.5 else Side.SELL
        if number % 3 == 0:
            book.cancel(number - int(rng.random() * 200) - 1)
        else:
            offset = int(rng.random() * 20) - 4
            book.submit(number, side, 10_000 - side * offset, 1 + int(rng.random() * 50))
    return EVENTS


def synthetic(count: int) -> tuple[float, float, float]:
    """Share of one core at real time, events a second, seconds to start."""
    master = load_master(count=count)
    begun = time.process_time()
    market = SyntheticMarket(master.universe, master.references, seed=1, start_ns=TEN)
    started = time.process_time() - begun
    events, begun = market.events(), time.process_time()
    for step in range(1, SECONDS * NS // PUMP):
        market.advance(TEN + step * PUMP)
    return (time.process_time() - begun) / SECONDS, (market.events() - events) / SECONDS, started


def encode(rows_a_frame: int) -> float:
    """Seconds to encode one full packet in all modes, in frames of this many rows."""
    universe = Universe(
        NSE, [Instrument(symbol=str(n), token=256 * n + 1, tick=5) for n in range(1, 3_001)]
    )
    table = PacketTable(universe)
    cells = np.full((len(universe), c.COLUMNS), 123_456, dtype=np.int64)
    rows = np.arange(0, 3_000, 3_000 // rows_a_frame)[:rows_a_frame]

    def work() -> int:
        for _ in range(200):
            table.refresh(cells, rows)
            table.frame({"full": rows})
        return 200 * rows_a_frame

    return best_of(5, work)


def recorded_match() -> float:
    """Seconds to look at one changed row on which a stop of ours rests."""
    universe = Universe(NSE, [Instrument(symbol="X", token=1, tick=5)])
    cells = np.zeros((1, c.COLUMNS), dtype=np.int64)
    cells[0, c.LTP] = 100_000
    exchange = Exchange(universe, RecordedMarket(universe, cells))
    stop = NewOrder(
        symbol="X", side=Side.SELL, quantity=1, type=OrderType.STOP_LIMIT,
        price=99_000, trigger=99_500,
    )  # fmt: skip
    exchange.place(stop, TEN)
    row = np.array([0])

    def work() -> int:
        for step in range(20_000):
            exchange.match(row, TEN + step)
        return 20_000

    return best_of(3, work)


def main() -> None:
    """Measure and print."""
    print(f"machine              {platform.processor() or platform.machine()}, "
          f"Python {platform.python_version()}")  # fmt: skip
    print(f"book                 {1 / best_of(3, book_events):>10,.0f} events/s")
    for count in (50, 200):
        share, events, started = synthetic(count)
        print(f"{count:>4} stocks at 1x      {share:>10.2%} of a core, {events:,.0f} events/s, "
              f"started in {started * 1e3:.0f} ms")  # fmt: skip
    for rows in (1, 10, 50, 500):
        print(f"encode, {rows:>3} a frame  {encode(rows) * 1e6:>10.2f} µs a packet")
    print(f"match one tape row   {recorded_match() * 1e6:>10.2f} µs")


if __name__ == "__main__":
    main()
