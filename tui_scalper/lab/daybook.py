"""Reads a journal once, from its first record to its last, and notes what a report counts.

The books are rebuilt record by record as a start rebuilds them; beside them the daybook keeps
what the books forget: how long answers took, how long shares stood without an exit order,
at what price each fill was expected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.blotter import Order
from tui_scalper.core.closing import closed_trade
from tui_scalper.core.decisions import Decided, Steered
from tui_scalper.core.goal_table import Goal
from tui_scalper.core.journalled import Record, RunStarted
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import Leg, OrderReport, Purpose
from tui_scalper.core.positions import Position
from tui_scalper.core.recovery import Rebuilder
from tui_scalper.core.scribe import Counted, Said, most_used
from tui_scalper.core.signal_life import SignalLife
from tui_scalper.core.snapshot import Limit, Severity
from tui_scalper.core.trades import ClosedTrade
from tui_scalper.lab.past import charges_of, empty_desk, universe_of

ENTRY: Final = "entry"
KINDS: Final = {Goal.PROTECT: "stop", Goal.TAKE: "target", Goal.EXIT: "exit"}
"""What a fill of an exit order was, by what the order was for at the time."""
REQUEST: Final[dict[type[ev.Event], str]] = {
    ev.PlaceRefused: "new order",
    ev.ModifyRefused: "change",
    ev.CancelRefused: "cancellation",
}
"""What was refused, by the answer."""
LONGEST_TEXT: Final = 80
"""Characters of the broker's words that tell one reject from another."""


@dataclass(slots=True)
class Fills:
    """Fills of one kind: shares, what they were worth, and what they were expected to be worth.

    Money in paise; `worse` is what they cost more, or brought less, than expected.
    """

    orders: set[str] = field(default_factory=set)
    shares: int = 0
    value: int = 0
    expected: int = 0
    worse: int = 0
    unexplained: int = 0
    """Shares whose expected price the journal does not have."""


@dataclass(slots=True)
class Watched:
    """One position under way, for as long as records concern it."""

    position: Position
    naked_ns: int = -1
    """Since when shares of it have no exit order; -1 while they have."""
    guarded: bool = False
    """An exit order rested once."""
    exit_ns: int = 0


class Daybook:
    """What one journal says, gathered in one pass over its records."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.universe = universe_of(records)
        self.desk = empty_desk(self.universe)
        self.runs: list[RunStarted] = []
        self.first_ns = records[0].at_ns if records else 0
        self.last_ns = records[-1].at_ns if records else 0
        self.placed = self.modified = self.cancelled = 0
        self.order_acks: list[int] = []
        self.change_acks: list[int] = []
        self.guard_waits: list[int] = []
        """From the first fill of an entry until an exit order is known to rest."""
        self.naked: list[tuple[int, str]] = []
        """How long shares of which stock stood without an exit order."""
        self.rejects: Counter[str] = Counter()
        self.polls_failed: Counter[str] = Counter()
        self.alarms: list[Said] = []
        self.fills: dict[str, Fills] = {}
        self.counts: list[Counted] = []
        """The last counts of each run."""
        self.lives: list[SignalLife] = []
        """Of the signals of all runs."""
        self._counting: Counted | None = None
        self._rebuilder = Rebuilder(self.desk, self.universe)
        self._asked: dict[str, int] = {}
        self._known: dict[str, tuple[int, int, OrderState]] = {}
        self._decided: dict[str, Decided] = {}
        self._steered: dict[str, Steered] = {}
        self._watched: dict[str, Watched] = {}
        self._under_way: dict[str, Watched] = {}
        """Those of `_watched` that are not over."""
        for record in records:
            self._note(record)
            self._rebuilder.step(record)
            self._look(record)
        self._end_of_run()
        self._end_of_day()

    @property
    def trades(self) -> list[ClosedTrade]:
        """Closed trades in the order they closed."""
        charges = charges_of(self.universe)
        done = [one for one in self._watched.values() if one.position.done and one.position.bought]
        closed = [closed_trade(one.position, charges, one.exit_ns) for one in done]
        return sorted(closed, key=lambda trade: trade.exit_ns)

    @property
    def positions_open(self) -> list[Position]:
        """Positions that are not over, oldest first."""
        return [one.position for one in self._watched.values() if not one.position.done]

    @property
    def open_positions(self) -> int:
        """Positions that hold shares at the last record."""
        return sum(one.position.held != 0 for one in self._watched.values())

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Of each limit, the most any run used."""
        used: tuple[Limit, ...] = ()
        for counts in self.counts:
            used = most_used(used, counts.limits)
        return used

    # -- records as they come --------------------------------------------------------------

    def _note(self, record: Record) -> None:
        """What the record says by itself."""
        body, at_ns = record.body, record.at_ns
        match body:
            case RunStarted():
                self._end_of_run()
                self.runs.append(body)
            case Counted():
                self._counting = body
            case SignalLife():
                self.lives.append(body)
            case Said(severity=Severity.ALARM):
                self.alarms.append(body)
            case Decided():
                self._decided[body.tag] = body
            case Steered():
                self._steered[body.tag] = body
            case _ if isinstance(body, ef.OrderRequest):
                self._request(body, at_ns)
            case _ if isinstance(body, ev.Event):
                self._answer(body)

    def _end_of_run(self) -> None:
        if self._counting is not None:
            self.counts.append(self._counting)
        self._counting = None

    def _end_of_day(self) -> None:
        for watched in self._under_way.values():
            if watched.naked_ns >= 0:
                stock = watched.position.instrument.symbol
                self.naked.append((self.last_ns - watched.naked_ns, stock))

    def _request(self, body: ef.OrderRequest, at_ns: int) -> None:
        if isinstance(body, ef.PlaceOrder):
            self.placed += 1
            self._asked[body.tag] = at_ns
            return
        self.modified += isinstance(body, ef.ModifyOrder | ef.ExitStop)
        self.cancelled += isinstance(body, ef.CancelOrder)
        self._asked[body.order_id] = at_ns

    def _answer(self, body: ev.Event) -> None:
        match body:
            case ev.Placed():
                self._answered(body.tag, body.at_ns, self.order_acks)
            case ev.ModifyAccepted() | ev.CancelAccepted():
                self._answered(body.order_id, body.at_ns, self.change_acks)
            case ev.PlaceRefused() | ev.ModifyRefused() | ev.CancelRefused():
                self._rejected(f"{REQUEST[type(body)]}: {body.text}")
            case ev.PollFailed():
                self.polls_failed[f"{body.what}: {body.text}"[:LONGEST_TEXT]] += 1

    def _answered(self, key: str, at_ns: int, taken: list[int]) -> None:
        asked_ns = self._asked.pop(key, None)
        if asked_ns is not None:
            taken.append(at_ns - asked_ns)

    def _rejected(self, text: str) -> None:
        self.rejects[text[:LONGEST_TEXT].rstrip(" :")] += 1

    # -- what the record did to the books --------------------------------------------------

    def _look(self, record: Record) -> None:
        body, at_ns = record.body, record.at_ns
        if isinstance(body, ev.OrderReported):
            self._reported(body.report)
        elif isinstance(body, ev.OrderBookReported):
            for report in body.reports:
                self._reported(report)
        elif not isinstance(body, ef.PlaceOrder | ev.Event):
            return
        for position in self.desk.positions.values():
            self._follow(position)
        for watched in tuple(self._under_way.values()):
            self._watch(watched, at_ns)

    def _follow(self, position: Position) -> None:
        tag = position.entry.tag
        watched = self._watched.get(tag)
        if watched is None:
            watched = self._watched[tag] = Watched(position)
        elif position.done:
            return
        self._under_way[tag] = watched

    def _reported(self, report: OrderReport) -> None:
        """Count the fills that are news, by what the order was for when they came."""
        order = self.desk.blotter.find(report)
        if order is None:
            return
        before = self._known.get(order.tag, (0, 0, OrderState.SENT))
        now = (order.filled, order.value, order.state)
        if now == before:
            return
        self._known[order.tag] = now
        self._follow(self.desk.owner(order))
        if order.state is OrderState.REJECTED is not before[2]:
            self._rejected(f"{order.purpose.value}: {order.text}")
        shares, value = order.filled - before[0], order.value - before[1]
        if shares or value:
            self._filled(order, shares, value)

    def _filled(self, order: Order, shares: int, value: int) -> None:
        expected = self._expected(order, shares)
        fills = self.fills.setdefault(self._kind(order), Fills())
        fills.orders.add(order.tag)
        fills.shares += shares
        fills.value += value
        if expected is None:
            fills.unexplained += shares
            return
        fills.expected += expected
        fills.worse += (value - expected) * order.side

    def _kind(self, order: Order) -> str:
        steered = self._steered.get(order.tag)
        if order.purpose is Purpose.ENTRY:
            return ENTRY
        if steered is not None:
            return KINDS[steered.goal]
        return KINDS[Goal.PROTECT] if order.leg is Leg.STOP else "exit"

    def _expected(self, order: Order, shares: int) -> int | None:
        """What `shares` more of `order` were expected to be worth; None when nobody wrote it.

        A stop of the broker's that nobody touched is expected at its trigger.
        """
        decided, steered = self._decided.get(order.tag), self._steered.get(order.tag)
        if decided is not None:
            return decided.expected_value * shares // decided.proposal.quantity
        if steered is not None:
            return steered.expected * shares
        return order.terms.trigger * shares if order.leg is Leg.STOP else None

    def _watch(self, watched: Watched, at_ns: int) -> None:
        position = watched.position
        naked = position.held != 0 and not has_exit(position)
        if naked and watched.naked_ns < 0:
            watched.naked_ns = at_ns
        elif not naked and watched.naked_ns >= 0:
            self.naked.append((at_ns - watched.naked_ns, position.instrument.symbol))
            watched.naked_ns = -1
        if position.held and not naked and not watched.guarded:
            watched.guarded = True
            self.guard_waits.append(at_ns - position.filled_ns)
        if position.done:
            watched.exit_ns = at_ns
            del self._under_way[position.entry.tag]


def has_exit(position: Position) -> bool:
    """Whether an exit order that the broker is known to have covers every share held."""
    order = position.live_exit
    if order is None or not order.seen or order.state is OrderState.UNKNOWN:
        return False
    return order.terms.quantity - order.filled >= abs(position.held)
