"""The visible book after every order event, rebuilt from the orders themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tui_scalper.core.jit import kernel
from tui_scalper.lab.layout import Ints
from tui_scalper.lab.parsing import Mask
from tui_scalper.lab.study.fits import Floats
from tui_scalper.lab.study.orders import ADD, CANCEL, TRADE, OrderEvents

LEVELS: Final = 5

_PRICE: Final = 0
_HELD: Final = 1
_COUNT: Final = 2
_MARKED: Final = 3
_SHOWN: Final = 4
"""What is known of a price: itself, the quantity there, the orders, the marked orders."""


@dataclass(frozen=True)
class Books:
    """The book of one stock at `n` moments, oldest first.

    `price`, `quantity` and `orders` are int64[n, 2, 5]: side (0 bid, 1 ask), then level,
    best first, 0 where a level is empty. `total` int64[n, 2] is all that rests on a side,
    `volume` int64[n] what traded so far, `last` the last price (0 before the first trade),
    `ms` milliseconds after local midnight.
    """

    code: str
    ms: Ints
    price: Ints
    quantity: Ints
    orders: Ints
    total: Ints
    volume: Ints
    last: Ints

    def __len__(self) -> int:
        return len(self.ms)

    @property
    def mid(self) -> Floats:
        """float64[n]: middle between the best quotes, hundredths."""
        return (self.price[:, 0, 0] + self.price[:, 1, 0]) / 2

    def at(self, which: Ints | Mask) -> Books:
        """The books at the indices (or where the mask) `which`."""
        return Books(
            self.code,
            self.ms[which],
            self.price[which],
            self.quantity[which],
            self.orders[which],
            self.total[which],
            self.volume[which],
            self.last[which],
        )


@dataclass(frozen=True)
class Rebuilt:
    """All books of a day, one after each event, and what did not fit."""

    books: Books
    marks: Ints
    """int64[n, 2, 5]: how many of the marked orders rest at each level."""
    unknown_cancels: int
    crossed: int
    """Books after an event in continuous trading whose bid is not below its ask."""


NOBODY: Final[Ints] = np.zeros(0, dtype=np.int64)


def rebuild(events: OrderEvents, continuous: Mask, marked: Ints = NOBODY) -> Rebuilt:
    """Play `events`; `continuous` marks those of continuous trading (bool[n]), `marked` are
    numbers of orders to be counted by level."""
    numbers = np.unique(np.concatenate((events.buy, events.sell, [0])))
    order = np.searchsorted(numbers, np.stack((events.buy, events.sell), axis=1))
    size = len(events)
    low, high = (int(events.price.min()), int(events.price.max())) if size else (0, 0)
    shown = _zeros(size, 2, _SHOWN, LEVELS)
    total, volume, last, faults = _zeros(size, 2), _zeros(size), _zeros(size), _zeros(2)
    _play(
        np.column_stack((events.kind, events.side, events.price - low, events.quantity)),
        order,
        continuous,
        np.isin(numbers, marked),
        _zeros(2, _SHOWN, high - low + 1),
        _zeros(2, 2, len(numbers)),
        shown,
        total,
        volume,
        last,
        np.array([-1, high - low + 1]),
        faults,
    )
    price = np.where(shown[:, :, _COUNT] > 0, shown[:, :, _PRICE] + low, 0)
    books = Books(
        events.code,
        events.ms,
        price,
        shown[:, :, _HELD],
        shown[:, :, _COUNT],
        total,
        volume,
        np.where(volume > 0, last + low, 0),
    )
    return Rebuilt(books, shown[:, :, _MARKED], int(faults[0]), int(faults[1]))


def _zeros(*shape: int) -> Ints:
    return np.zeros(shape, dtype=np.int64)


@kernel
def _play(
    events: Ints,
    order: Ints,
    continuous: Mask,
    marked: Mask,
    ladder: Ints,
    orders: Ints,
    shown: Ints,
    total: Ints,
    volume: Ints,
    last: Ints,
    best: Ints,
    faults: Ints,
) -> None:
    """One pass. `events` (n, 4) hold kind, side, price and quantity; `order` (n, 2) the buy and
    sell order; `ladder` (2, 4, prices) is the book, `orders` (2, 2, orders) what is left of
    each order and where it rests, `best` (2) where the sides begin; prices count from the
    lowest."""
    for i in range(len(events)):
        kind, side, at, size = events[i]
        s = 0 if side > 0 else 1
        if i > 0:
            for each in range(2):
                total[i, each] = total[i - 1, each]
            volume[i] = volume[i - 1]
            last[i] = last[i - 1]
        if kind == ADD:
            _add(ladder[s], orders[s], order[i, s], at, size, marked)
            total[i, s] += size
            best[s] = max(best[s], at) if s == 0 else min(best[s], at)
        elif kind == CANCEL:
            gone = _reduce(ladder[s], orders[s], order[i, s], size, marked)
            total[i, s] -= gone
            faults[0] += gone == 0
        elif kind == TRADE:
            for each in range(2):
                total[i, each] -= _reduce(ladder[each], orders[each], order[i, each], size, marked)
            volume[i] += size
            last[i] = at
        _settle(ladder, best)
        faults[1] += continuous[i] and best[0] >= best[1]
        _show(ladder[0], best[0], -1, shown[i, 0])
        _show(ladder[1], best[1], 1, shown[i, 1])


@kernel
def _add(ladder: Ints, orders: Ints, number: int, at: int, size: int, marked: Mask) -> None:
    """An order comes to rest."""
    orders[0, number] += size
    orders[1, number] = at
    ladder[_HELD, at] += size
    ladder[_COUNT, at] += 1
    ladder[_MARKED, at] += marked[number]


@kernel
def _reduce(ladder: Ints, orders: Ints, number: int, size: int, marked: Mask) -> int:
    """Take `size` from an order; returns how much of it rested there, 0 when none."""
    gone = min(size, orders[0, number])
    at = orders[1, number]
    if gone > 0:
        orders[0, number] -= gone
        ladder[_HELD, at] -= gone
        if orders[0, number] == 0:
            ladder[_COUNT, at] -= 1
            ladder[_MARKED, at] -= marked[number]
    return gone


@kernel
def _settle(ladder: Ints, best: Ints) -> None:
    """Both best prices move away from emptied levels."""
    while best[0] >= 0 and ladder[0, _HELD, best[0]] == 0:
        best[0] -= 1
    while best[1] < ladder.shape[2] and ladder[1, _HELD, best[1]] == 0:
        best[1] += 1


@kernel
def _show(ladder: Ints, best: int, step: int, shown: Ints) -> None:
    """The first levels of a side, from `best` by `step`, into `shown` (4, levels)."""
    level = 0
    at = best
    while level < LEVELS and 0 <= at < ladder.shape[1]:
        if ladder[_HELD, at] > 0:
            shown[_PRICE, level] = at
            shown[_HELD, level] = ladder[_HELD, at]
            shown[_COUNT, level] = ladder[_COUNT, at]
            shown[_MARKED, level] = ladder[_MARKED, at]
            level += 1
        at += step
