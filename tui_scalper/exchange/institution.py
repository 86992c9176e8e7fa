"""The large player of a synthetic stock: builds a wall near the touch and takes it back."""

from __future__ import annotations

from random import Random
from typing import Final

import msgspec

from tui_scalper.core.instruments import Instrument
from tui_scalper.core.units import Side
from tui_scalper.exchange.book import Book
from tui_scalper.exchange.episode import Episode

SLICES: Final = 6
"""An order of the wall is this part of what is still missing."""
REACH: Final = 5
"""Ticks behind the best price over which the wall is spread."""
STRAY: Final = 9
"""A piece of the wall farther than this many ticks from the best price is taken back."""
SLACK: Final = 0.03
"""Share above the wanted one from which the wall is taken back."""


class Quote(msgspec.Struct, frozen=True):
    """A limit order the institution wants to send."""

    side: Side
    price: int
    quantity: int


class Institution:
    """Works one episode after the other. `orders` are the numbers of its resting orders."""

    def __init__(self, episode: Episode) -> None:
        self.episode = episode
        self.orders: list[int] = []

    def busy(self, at_ns: int) -> bool:
        """Is it building its wall, or has it one to take back?"""
        return bool(self.orders) or self.episode.begins_ns <= at_ns < self.episode.ends_ns

    def act(self, rng: Random, book: Book, stock: Instrument, at_ns: int) -> Quote | None:
        """Do one thing: take an order back here, or return one to send."""
        half = book.half(self.episode.side)
        best = half.best()
        if at_ns >= self.episode.ends_ns or not best:
            self._take_back(book)
            return None
        other = book.half(self.episode.side.opposite).total
        share = half.total / max(1, half.total + other)
        if share > self.episode.share + SLACK or self._strays(book, best, stock.tick):
            self._take_back(book)
            return None
        missing = int(other * self.episode.share / (1 - self.episode.share)) - half.total
        if missing <= 0:
            return None
        lots = max(1, missing // (SLICES * stock.lot))
        distance = int(rng.random() * REACH) * stock.tick
        return Quote(self.episode.side, best - self.episode.side * distance, lots * stock.lot)

    def _strays(self, book: Book, best: int, tick: int) -> bool:
        while self.orders and self.orders[0] not in book:
            self.orders.pop(0)
        place = book.place_of(self.orders[0]) if self.orders else None
        return place is not None and abs(best - place[1]) > STRAY * tick

    def _take_back(self, book: Book) -> None:
        """Cancel the oldest order that still rests."""
        while self.orders:
            if book.cancel(self.orders.pop(0)):
                return
