"""Books and order events made by hand for the study's tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tui_scalper.lab.study.day import StockDay, stock_day
from tui_scalper.lab.study.orders import ADD, CANCEL, ORDERS_FILE, TRADE, OrderEvents
from tui_scalper.lab.study.rebuild import LEVELS, Books

DEPTH = Path(__file__).parents[2] / "shared" / "data" / "depth"
OPENING = 34_200_000
"""09:30, milliseconds after midnight."""


def recordings_folder() -> Path:
    """The folder of the recordings; skips the test where it is absent."""
    if not (DEPTH / ORDERS_FILE).exists():
        pytest.skip(f"recording {DEPTH / ORDERS_FILE} is absent")
    return DEPTH


def books_from(bids, asks, ms=None) -> Books:
    """Books from lists of levels, each side a list of (price, quantity), best first."""
    size = len(bids)
    price, quantity, orders = (np.zeros((size, 2, LEVELS), dtype=np.int64) for _ in range(3))
    for i in range(size):
        for side, levels in ((0, bids[i]), (1, asks[i])):
            for level, (at, held) in enumerate(levels[:LEVELS]):
                price[i, side, level] = at
                quantity[i, side, level] = held
                orders[i, side, level] = 1
    when = np.arange(size) * 1000 + OPENING if ms is None else np.asarray(ms)
    volume, last = np.zeros((2, size), dtype=np.int64)
    return Books("1", when, price, quantity, orders, quantity.sum(axis=2), volume, last)


def events_from(lines, code="1") -> OrderEvents:
    """Events from tuples (ms, kind, side, buy, sell, price, quantity) in sequence."""
    columns = np.array(lines, dtype=np.int64).reshape(-1, 7).T
    return OrderEvents(code, np.arange(len(lines)), *columns)


def made_day(seed: int, code: str = "1", events: int = 3_000) -> StockDay:
    """Random orders near a fixed price over both stretches of trading."""
    random = np.random.default_rng(seed)
    lines, resting = [], {}
    times = np.sort(random.integers(OPENING, OPENING + 14_220_000, events))
    times[0] = OPENING
    times += np.where(times > OPENING + 7_200_000, 5_400_000, 0)
    for number, ms in enumerate(times.tolist(), start=1):
        side = int(random.choice((1, -1)))
        mine = [one for one, (of, *_) in resting.items() if of == side]
        if len(mine) > 10 and random.random() < 0.5:
            best = max(mine, key=lambda one: side * resting[one][1])
            victim = best if random.random() < 0.5 else mine[0]
            of, price, size = resting.pop(victim)
            orders = (victim, 0) if of > 0 else (0, victim)
            if victim == best:
                lines.append((ms, TRADE, -side, *orders, price, size))
            else:
                lines.append((ms, CANCEL, side, *orders, price, size))
        else:
            price = 1_000 - side * int(random.integers(1, 8))
            size = 100 * int(random.integers(1, 9))
            resting[number] = (side, price, size)
            lines.append((ms, ADD, side, *((number, 0) if side > 0 else (0, number)), price, size))
    return stock_day(events_from(lines, code))
