"""Order flow of one synthetic stock: who sends what, event by event.

Arrivals are a Hawkes process (trades excite it), drawn by thinning. Quotes gather around a
hidden anchor price that wanders, drifts during episodes and leans towards the market's own
price. Everything is drawn from one random stream of the stock, one event after the other,
so the result depends on (seed, token) only, not on how time is sliced.
"""

from __future__ import annotations

import math
from random import Random
from typing import Final

from tui_scalper.core.instruments import Instrument
from tui_scalper.core.units import NS, Side
from tui_scalper.core.venues import Phase, Venue
from tui_scalper.exchange.book import Book, Half
from tui_scalper.exchange.day import Day, DaySoFar
from tui_scalper.exchange.episode import draw_episode
from tui_scalper.exchange.institution import Institution
from tui_scalper.exchange.market import Execution, Notice, Triggered, WorkingOrder
from tui_scalper.exchange.temper import draw_distance, draw_lots, draw_temper

CONTINUOUS: Final = frozenset({Phase.OPEN, Phase.SQUARE_OFF})
TAKER_SHARE: Final = 0.14
"""Part of the arrivals that take liquidity at once."""
TAKER_REACH: Final = 3
"""Ticks beyond the touch a taker pays at most."""
PULL: Final = 0.08
"""How fast (1/s) the anchor follows the market's own price."""
MOOD_SECONDS: Final = 180.0
MOOD_WIDTH: Final = 0.07
"""Time constant and deviation of the wandering imbalance of resting orders."""
INSTITUTION_SHARE: Final = 0.6
"""Part of the arrivals that are the institution's while it works."""


OPENING_GAP: Final = 0.004
"""Standard deviation of a day's first price around yesterday's close."""


class StockFlow:
    """Book, day and random stream of one stock. Numbers of its own orders are negative."""

    def __init__(
        self,
        stock: Instrument,
        venue: Venue,
        reference: int,
        *,
        seed: int,
        start_ns: int,
        activity: float,
        past: DaySoFar | None,
    ) -> None:
        self.stock = stock
        self.venue = venue
        self.rng = Random(f"{seed}/{stock.token}")
        self.temper = draw_temper(self.rng, stock, reference, activity)
        if past is not None:
            # The stock stays what it was, band and all; what happens to it is new.
            self.rng = Random(f"{seed}/{stock.token}/{start_ns}")
        self.book = Book()
        self.day = Day(reference) if past is None else Day.after(reference, past)
        self.notices: list[Notice] = []
        self.events = 0
        self.at_ns = self.changed_ns = start_ns
        self.stops: dict[int, WorkingOrder] = {}
        self._ids: dict[Side, list[int]] = {Side.BUY: [], Side.SELL: []}
        self._last_number = 0
        self._anchor = float(self.day.last)
        self._mood = 0.0
        self._excitement = 0.0
        self._set_band()
        self._institution = Institution(draw_episode(self.rng, start_ns, self.temper.episode_gap))
        self._open = venue.phase(start_ns) in CONTINUOUS
        self._boundary_ns = venue.next_change(start_ns)
        if self._open:
            if past is None:
                self._anchor *= 1 + self.rng.gauss(0.0, OPENING_GAP)
            self._gather()
            if past is None:
                self._pretend_history()
        self.next_ns = self._draw_next()

    # -- time -------------------------------------------------------------------------------

    def run(self, until_ns: int) -> None:
        """Let everything happen that is due up to and including `until_ns`."""
        while self.next_ns <= until_ns:
            past_ns, self.at_ns = self.at_ns, self.next_ns
            if self.at_ns == self._boundary_ns:
                self._cross_boundary()
            else:
                self._step((self.at_ns - past_ns) / NS)
            self.next_ns = self._draw_next()

    def _draw_next(self) -> int:
        if not self._open:
            return self._boundary_ns
        rate = self.temper.rate + self._excitement
        wait = int(self.rng.expovariate(rate) * NS) + 1
        return min(self.at_ns + wait, self._boundary_ns)

    def _cross_boundary(self) -> None:
        phase = self.venue.phase(self.at_ns)
        was_open, self._open = self._open, phase in CONTINUOUS
        self._boundary_ns = self.venue.next_change(self.at_ns)
        if phase is Phase.CLOSED:
            self._clear()
        elif phase is Phase.PRE_OPEN:
            self._start_day()
        elif self._open and not was_open and not len(self.book):
            self._gather()
        self._count(self.at_ns)

    def _count(self, at_ns: int) -> None:
        self.events += 1
        self.changed_ns = at_ns

    def _clear(self) -> None:
        for ids in (*self._ids.values(), self._institution.orders):
            for number in ids:
                self.book.cancel(number)
            ids.clear()

    def _start_day(self) -> None:
        self.day = Day(self.day.last)
        self._anchor = self.day.close * (1 + self.rng.gauss(0.0, 0.003))
        self._set_band()
        self._excitement = self._mood = 0.0
        self._institution.episode = draw_episode(self.rng, self.at_ns, self.temper.episode_gap)

    def _set_band(self) -> None:
        close, tick = self.day.close, self.stock.tick
        reach = int(close * self.temper.band)
        self.band = (-(-(close - reach) // tick) * tick, (close + reach) // tick * tick)

    # -- one event --------------------------------------------------------------------------

    def _step(self, seconds: float) -> None:
        temper = self.temper
        bound = temper.rate + self._excitement
        self._excitement *= math.exp(-temper.calm * seconds)
        self._wander(seconds)
        if self.rng.random() * bound >= temper.rate + self._excitement:
            return
        self._count(self.at_ns)
        draw = self.rng.random()
        if self._institution.busy(self.at_ns) and draw < INSTITUTION_SHARE:
            self._institute()
        elif self.rng.random() < TAKER_SHARE:
            self._take()
        else:
            self._quote()

    def _wander(self, seconds: float) -> None:
        rng, anchor, temper = self.rng, self._anchor, self.temper
        bids, asks = self.book.bids, self.book.asks
        if bids.keys and asks.keys:
            middle = (bids.best() + asks.best()) / 2
            anchor += (middle - anchor) * min(1.0, PULL * seconds)
        drift = self._institution.episode.drift_at(self.at_ns)
        step = drift * seconds + rng.gauss(0.0, temper.volatility * math.sqrt(seconds))
        low, high = self.band
        self._anchor = min(float(high), max(float(low), anchor * (1 + step)))
        part = seconds / MOOD_SECONDS
        self._mood += rng.gauss(0.0, MOOD_WIDTH * math.sqrt(2 * part)) - self._mood * part

    def _quote(self) -> None:
        side = Side.BUY if self.rng.random() < 0.5 else Side.SELL
        ids = self._ids[side]
        wanted = self.temper.resting * (1 + self._mood * side)
        crowding = (len(ids) / wanted) ** 3
        if self.rng.random() * (1 + crowding) < crowding:
            self._cancel_one(ids)
        else:
            self._add(side, draw_distance(self.rng))

    def _add(self, side: Side, distance: int) -> None:
        price = self._touch(side) - side * distance * self.stock.tick
        number = self._send(side, price, draw_lots(self.rng, self.temper) * self.stock.lot)
        ids = self._ids[side]
        if number in self.book:
            ids.append(number)
            if len(ids) > 3 * self.temper.resting:
                ids[:] = [one for one in ids if one in self.book]

    def _touch(self, side: Side) -> int:
        """Where quoters of `side` see the best price: half a tick off the anchor, outwards."""
        tick = self.stock.tick
        off = self._anchor / tick - side * 0.5
        return (math.floor(off) if side > 0 else math.ceil(off)) * tick

    def _cancel_one(self, ids: list[int]) -> None:
        while ids:
            place = int(self.rng.random() * len(ids))
            number, ids[place] = ids[place], ids[-1]
            ids.pop()
            if self.book.cancel(number):
                return

    def _take(self) -> None:
        bids, asks = self.book.bids, self.book.asks
        if not bids.keys or not asks.keys:
            return
        lean = (self._anchor - (bids.best() + asks.best()) / 2) / (2 * self.stock.tick)
        buys = self.rng.random() < 1 / (1 + math.exp(-max(-20.0, min(20.0, lean))))
        side = Side.BUY if buys else Side.SELL
        best = asks.best() if buys else bids.best()
        quantity = draw_lots(self.rng, self.temper) * self.stock.lot
        number = self._send(side, best + side * TAKER_REACH * self.stock.tick, quantity)
        self.book.cancel(number)

    def _institute(self) -> None:
        change = self._institution.act(self.rng, self.book, self.stock, self.at_ns)
        if change is not None:
            number = self._send(change.side, change.price, change.quantity)
            if number in self.book:
                self._institution.orders.append(number)

    # -- the way into the book --------------------------------------------------------------

    def _send(self, side: Side, price: int, quantity: int) -> int:
        self._last_number -= 1
        low, high = self.band
        self._submit(self._last_number, side, min(high, max(low, price)), quantity)
        return self._last_number

    def _submit(self, number: int, side: Side, price: int, quantity: int) -> None:
        matches = self.book.submit(number, side, price, quantity)
        if not matches:
            return
        for maker, at, shares in matches:
            self.day.trade(at, shares, self.at_ns)
            if maker > 0:
                self.notices.append(Execution(self.at_ns, maker, at, shares))
            if number > 0:
                self.notices.append(Execution(self.at_ns, number, at, shares))
        self._excitement = min(self._excitement + self.temper.excite, 3 * self.temper.rate)
        if self.stops:
            self.fire_stops()

    def fire_stops(self) -> None:
        """Send stop orders whose trigger the last price reached into the book."""
        reached = [one for one in self.stops.values() if one.reached_by(self.day.last)]
        for stop in reached:
            del self.stops[stop.number]
            self.notices.append(Triggered(self.at_ns, stop.number))
        for stop in reached:
            self._submit(stop.number, stop.side, stop.price, stop.quantity)

    def enter(self, order: WorkingOrder, now_ns: int) -> None:
        """Take an order of ours at `now_ns`, after everything due before it."""
        self.withdraw(order.number, now_ns)
        if order.trigger and not order.reached_by(self.day.last):
            self.stops[order.number] = order
            return
        if order.trigger:
            self.notices.append(Triggered(now_ns, order.number))
        held, self.at_ns = self.at_ns, now_ns
        self._submit(order.number, order.side, order.price, order.quantity)
        self.at_ns = held

    def withdraw(self, number: int, now_ns: int) -> int:
        """Take an order of ours out; the quantity it still had."""
        self.run(now_ns)
        self._count(now_ns)
        stop = self.stops.pop(number, None)
        return self.book.cancel(number) if stop is None else stop.quantity

    def reduce(self, order: WorkingOrder, now_ns: int) -> None:
        """Leave an order of ours only `order.quantity` shares, in its place."""
        self.run(now_ns)
        self._count(now_ns)
        if order.number in self.stops:
            self.stops[order.number] = order
        elif order.quantity < self.book.quantity_of(order.number):
            self.book.reduce(order.number, order.quantity)

    # -- the beginning ----------------------------------------------------------------------

    def _gather(self) -> None:
        """Fill the book at once, as if the stock had been quoted for long."""
        for side in (Side.BUY, Side.SELL):
            for _ in range(int(self.temper.resting * 0.8)):
                self._add(side, draw_distance(self.rng))

    def _pretend_history(self) -> None:
        """A started session has figures of the hours before: open, range and volume."""
        day, tick = self.day, self.stock.tick
        last = self._best_or_close(self.book.bids)
        spread = [round(self.rng.gauss(0.0, 0.004) * last / tick) * tick for _ in range(3)]
        low, high = self.band
        for price in (day.last, *(last + off for off in spread), last):
            lots = 40 * draw_lots(self.rng, self.temper)
            day.trade(min(high, max(low, price)), lots * self.stock.lot, self.at_ns)

    def _best_or_close(self, half: Half) -> int:
        return half.best() or self.day.close
