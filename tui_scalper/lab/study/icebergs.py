"""Orders that come again: same side, price and size right after the last one was filled."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from tui_scalper.lab.parsing import Mask
from tui_scalper.lab.study.orders import ADD, CANCEL, OrderEvents

WITHIN_MS: Final = 1_000
REPEATS: Final = (1, 2, 3)

Kind = tuple[int, int, int]
"""Side, price, size."""


@dataclass(frozen=True)
class Chains:
    """Orders filled whole in continuous trading, and how often a like order stood beside."""

    filled: int
    after: tuple[int, ...]
    """Like orders within a second after: at least the 1st, 2nd, 3rd repeat in a row."""
    before: int
    """Like orders in the second before the fill was complete: what chance gives."""


@dataclass
class _Watch:
    left: dict[int, int] = field(default_factory=dict)
    kind: dict[int, Kind] = field(default_factory=dict)
    filled: dict[Kind, tuple[int, int]] = field(default_factory=dict)
    """Last order of a kind filled whole: when, and its number."""
    came: dict[Kind, deque[tuple[int, int]]] = field(default_factory=dict)
    """Last few orders of a kind to come: when, and their numbers."""
    repeat: dict[int, int] = field(default_factory=dict)
    beside: set[int] = field(default_factory=set)
    fills: int = 0


def count_chains(events: OrderEvents, continuous: Mask) -> Chains:
    """Walk through the day; both counts link each order to at most one like it."""
    watch = _Watch()
    columns = (events.ms, events.kind, events.side, events.buy, events.sell, events.price)
    for ms, kind, side, buy, sell, price, size, trading in zip(
        *(column.tolist() for column in columns),
        events.quantity.tolist(),
        continuous.tolist(),
        strict=True,
    ):
        if kind == ADD:
            _come(watch, ms, buy or sell, (side, price, size), trading)
        elif kind == CANCEL:
            _lessen(watch, buy or sell, size)
        else:
            for number in (buy, sell):
                if _lessen(watch, number, size) and trading:
                    _fill(watch, ms, number)
    return Chains(watch.fills, _at_least(watch.repeat), len(watch.beside))


def _at_least(lengths: dict[int, int]) -> tuple[int, ...]:
    return tuple(sum(length >= least for length in lengths.values()) for least in REPEATS)


def _come(watch: _Watch, ms: int, number: int, kind: Kind, trading: bool) -> None:
    watch.left[number] = kind[2]
    watch.kind[number] = kind
    watch.came.setdefault(kind, deque(maxlen=4)).append((ms, number))
    gone = watch.filled.pop(kind, None)
    if gone is not None and trading and ms - gone[0] <= WITHIN_MS:
        watch.repeat[number] = watch.repeat.get(gone[1], 0) + 1


def _lessen(watch: _Watch, number: int, size: int) -> bool:
    """Whether that was the last of a resting order."""
    if number not in watch.left:
        return False
    watch.left[number] -= size
    if watch.left[number] > 0:
        return False
    del watch.left[number]
    return True


def _fill(watch: _Watch, ms: int, number: int) -> None:
    kind = watch.kind[number]
    watch.fills += 1
    watch.filled[kind] = (ms, number)
    for at, one in watch.came[kind]:
        if one != number and ms - at <= WITHIN_MS and one not in watch.beside:
            watch.beside.add(one)
            return
