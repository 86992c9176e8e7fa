"""Our holdings against the broker's, again and again while the run lasts.

News of a fill can be late or lost, so one difference proves nothing: order books are asked
for, and the holdings again. What differs the same way after as many order books and as long a
time as prove the absence of an order (risk.absent_books, risk.absent_ns) is a mismatch:
somebody's books are wrong, and trading halts until a person looked.

A start is over when nothing differs. Shares that are held beyond all orders by then, of a
stock in which we hold nothing, are taken over instead: they get a stop like our own.
"""

from __future__ import annotations

from collections import deque

import msgspec

from tui_scalper.core import events as ev
from tui_scalper.core.adoption import adopt
from tui_scalper.core.effects import NoteHolding, PollPositions
from tui_scalper.core.floor import Floor
from tui_scalper.core.orders import Holding
from tui_scalper.core.snapshot import Severity, TradingState
from tui_scalper.core.trading import Trading
from tui_scalper.core.trading_table import TradingInput
from tui_scalper.core.units import FOREVER


class Difference(msgspec.Struct, frozen=True):
    """A stock of which we and the broker hold different quantities, short is negative."""

    row: int
    symbol: str
    ours: int
    theirs: int

    @property
    def is_more(self) -> bool:
        """Whether the broker holds what we do and more of it."""
        return self.ours * self.theirs >= 0 and abs(self.theirs) > abs(self.ours)


class HoldingsWatch:
    """The continuous comparison. `ask_ns` says when the broker is asked next."""

    def __init__(self, floor: Floor, trading: Trading) -> None:
        self._floor = floor
        self._trading = trading
        self.ask_ns = FOREVER
        self._suspected: dict[Difference, int] = {}
        """When the holdings were asked for that first differed so."""
        self._books_ns: deque[int] = deque(maxlen=floor.config.risk.absent_books)
        """When the newest order books were asked for."""
        self._news_ns = -1
        """When an order moved last."""
        self._said: tuple[Difference, ...] = ()
        self._starting = False
        """A start compared, and something differed."""
        self.compared = 0
        """Comparisons that came to a result."""

    def ask(self) -> None:
        """Ask now, and again after a while."""
        self.ask_ns = self._floor.now_ns + self._floor.config.polls.holdings_ns
        self._floor.send(PollPositions())

    def begin(self, event: ev.PositionsReported) -> None:
        """A start compared orders: entries may leave when `event`, or what follows, agrees."""
        self._starting = True
        self._judge(event)
        self.ask_ns = min(self.ask_ns, self._floor.now_ns + self._floor.config.polls.holdings_ns)

    def moved(self, at_ns: int) -> None:
        """An order moved: holdings asked for before say nothing."""
        self._news_ns = at_ns

    def book_seen(self, asked_ns: int) -> None:
        """An order book asked for at `asked_ns` was taken in."""
        self._books_ns.append(asked_ns)

    def compare(self, event: ev.PositionsReported) -> None:
        """Hold `event` against our books."""
        if self._news_ns >= event.asked_ns:
            self._look_again()
            return
        self._judge(event)

    def _judge(self, event: ev.PositionsReported) -> None:
        self.compared += 1
        found = self._differences(event.holdings)
        self._suspected = {one: self._suspected.get(one, event.asked_ns) for one in found}
        proven = tuple(one for one in found if self._is_proven(one, event.asked_ns))
        if self._starting:
            proven = self._taken_over(proven, event.holdings)
        if proven:
            self._end_start()
            self._halt(proven)
        elif found:
            self._look_again()
        elif self._starting:
            self._end_start()
            self._trading.give(TradingInput.RECONCILED)
        self._said = proven

    def _end_start(self) -> None:
        self._starting = False
        self._trading.compared = True

    def _taken_over(
        self, proven: tuple[Difference, ...], holdings: tuple[Holding, ...]
    ) -> tuple[Difference, ...]:
        """Take over what may be; returns what may not."""
        desk = self._floor.desk
        by_row = {one.row: one for one in holdings}
        kept = tuple(one for one in proven if one.row in desk.positions or not one.is_more)
        for one in proven:
            if one not in kept:
                self._take_over(one, by_row[one.row])
        return kept

    def _take_over(self, more: Difference, held: Holding) -> None:
        """Shares beyond all orders are a position of ours from now on."""
        floor = self._floor
        quantity = more.theirs - more.ours
        note = NoteHolding(
            tag=floor.desk.tags.next("A"),
            row=more.row,
            symbol=more.symbol,
            quantity=quantity,
            value=held.value * quantity // held.quantity,
        )
        floor.send(note)
        floor.say(
            Severity.ALARM,
            f"{more.symbol}: {quantity} shares are held that no order explains; they get a stop",
        )
        floor.desk.guard(adopt(floor.desk, floor.universe, note, floor.now_ns), floor.now_ns)

    def _halt(self, proven: tuple[Difference, ...]) -> None:
        """Halt, again after every reset while the difference stands; said when it is news."""
        if proven != self._said or self._trading.state is not TradingState.HALTED:
            self._say(proven)
        self._trading.give(TradingInput.MISMATCH)

    def _is_proven(self, difference: Difference, asked_ns: int) -> bool:
        since_ns = self._suspected[difference]
        risk = self._floor.config.risk
        books = sum(book_ns > since_ns for book_ns in self._books_ns)
        return books >= risk.absent_books and asked_ns - since_ns >= risk.absent_ns

    def _look_again(self) -> None:
        """Fills we have not heard of are in the order book: ask for it, then for the holdings."""
        floor = self._floor
        floor.desk.poll(floor.now_ns)
        self.ask_ns = min(self.ask_ns, floor.now_ns + floor.config.polls.doubt_ns)

    def _differences(self, holdings: tuple[Holding, ...]) -> tuple[Difference, ...]:
        """By row, leaving out stocks with an order of which nobody knows what it filled."""
        desk = self._floor.desk
        theirs = {one.row: one.quantity for one in holdings if self._floor.known(one.row)}
        held = {row: one.held * one.side for row, one in desk.positions.items()}
        rows = sorted({*theirs, *held, *desk.strangers.net})
        ours = {row: held.get(row, 0) + desk.strangers.net[row] for row in rows}
        return tuple(
            Difference(row, self._floor.universe[row].symbol, ours[row], theirs.get(row, 0))
            for row in rows
            if ours[row] != theirs.get(row, 0) and not desk.unknown(row, self._floor.now_ns)
        )

    def _say(self, standing: tuple[Difference, ...]) -> None:
        for one in standing:
            self._floor.say(
                Severity.ALARM,
                f"{one.symbol}: we hold {one.ours}, the broker says {one.theirs}; look at the "
                "broker's own screen, square what differs there, then reset",
            )
