"""Our orders: what we asked for, what the broker says, which state follows.

The blotter applies news to orders through the order table. Quantities filled only grow:
late and doubled reports cannot take a fill back. One that was supposed ends with the broker's
last word on it.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from itertools import count, takewhile
from typing import Final

from tui_scalper.core.order_table import (
    IN_FLIGHT,
    ORDER_TABLE,
    TERMINAL,
    OrderInput,
    OrderState,
)
from tui_scalper.core.orders import (
    Leg,
    OrderKind,
    OrderReport,
    OrderTerms,
    Purpose,
    ReportStatus,
    UnreadableOrder,
)
from tui_scalper.core.tables import Outcome, step
from tui_scalper.core.units import FOREVER, NS, Side


@dataclass(slots=True)
class Order:
    """One order of ours. `wanted` are the terms we asked for last, `terms` those in force."""

    tag: str
    row: int
    symbol: str
    side: Side
    purpose: Purpose
    wanted: OrderTerms
    sent_ns: int
    asked_ns: int = 0
    """When the last request about it left (place, modify or cancel)."""
    state: OrderState = OrderState.SENT
    terms: OrderTerms = field(init=False)
    order_id: str = ""
    filled: int = 0
    value: int = 0
    """Sum of price x quantity over its fills, paise."""
    most_asked: int = 0
    """The largest quantity we ever asked for."""
    seen: bool = False
    """The broker reported it at least once: it is known to stand as its terms say."""
    priced: bool = True
    """Whether the broker said at what price it filled; its limit stands in until then."""
    supposed: bool = False
    """What it filled is told from what is held: the broker's own last word may be less."""
    text: str = ""
    doubted_ns: int = 0
    """When it became UNKNOWN; 0 when it is not."""
    missed: int = 0
    """How many order books asked for since then, each a while after the last, did not show it."""
    missed_ns: int = 0
    """When the last of these was asked for."""
    missing_ns: int = 0
    """When the first of these was asked for, of an order that has its number."""
    unlisted: bool = False
    """The broker's order book is known not to show it, though it has its number."""
    denials: int = 0
    """How often the broker denied it by its number since."""
    denied_ns: int = 0
    """When it was asked, the last time it did."""
    heard_ns: int = 0
    """When the broker last spoke of it unasked."""
    turned_ns: int = 0
    """When its state last changed; of one that is over, when it ended."""
    stuck: bool = False
    """The broker would not change it (brokers bound the changes of an order): replace it."""
    short: int = 0
    """How often a change was refused while it, a stop, was for fewer shares than are held."""
    patient_ns: int = 0
    """No change of it is asked before this time: one was just refused, or got lost."""
    leg: Leg = Leg.PLAIN
    parent_id: str = ""
    """The broker's id of the entry it guards, when the broker holds it."""

    def __post_init__(self) -> None:
        self.terms = self.wanted
        self.most_asked = self.wanted.quantity
        self.asked_ns = self.sent_ns

    def ask(self, terms: OrderTerms) -> None:
        """We ask for these terms from now on."""
        self.wanted = terms
        self.most_asked = max(self.most_asked, terms.quantity)

    def found(self) -> None:
        """The broker shows it: no order book without it counts any more."""
        self.missed = self.missed_ns = self.missing_ns = 0
        self.denials = self.denied_ns = 0
        self.unlisted = False

    @property
    def largest(self) -> int:
        """The most shares it can be for, by what we asked and what the order book showed."""
        return max(self.most_asked, self.terms.quantity)

    def may_be_for(self, quantity: int) -> bool:
        """Whether so many shares are believed: the broker sizes a stop it holds itself."""
        return self.leg is Leg.STOP or quantity <= self.largest

    @property
    def live(self) -> bool:
        """Something of it may still rest or trade at the broker."""
        return self.state not in TERMINAL

    @property
    def in_flight(self) -> bool:
        """An answer is awaited."""
        return self.state in IN_FLIGHT

    @property
    def settled(self) -> bool:
        """It rests at the broker and nothing is asked of it: it can be changed now."""
        return self.state is OrderState.WORKING and bool(self.order_id)

    @property
    def open_quantity(self) -> int:
        """Shares that may still trade."""
        return max(self.wanted.quantity - self.filled, 0) if self.live else 0


ALIKE_NS: Final = 5 * NS
"""An order without its tag is taken for ours when the exchange had it so soon after we sent it."""

ENDS: Final = frozenset({ReportStatus.COMPLETE, ReportStatus.CANCELLED, ReportStatus.REJECTED})
"""What the broker says of an order that is over: a last word, not a moment's."""

SEEN: dict[ReportStatus, OrderInput] = {
    ReportStatus.PENDING: OrderInput.SEEN_WORKING,
    ReportStatus.OPEN: OrderInput.SEEN_WORKING,
    ReportStatus.TRIGGER_PENDING: OrderInput.SEEN_WORKING,
    ReportStatus.COMPLETE: OrderInput.SEEN_FILLED,
    ReportStatus.CANCELLED: OrderInput.SEEN_CANCELLED,
    ReportStatus.REJECTED: OrderInput.SEEN_REJECTED,
}


STOP_MARK: Final = "/"
"""Stands in no tag that is sent."""


def stop_tag(entry: Order, number: int) -> str:
    """Our own name, never sent, for a stop the broker holds: the `number`-th of `entry`."""
    return f"{entry.tag}{STOP_MARK}{number}"


class Blotter:
    """All orders of the run, by tag and by the broker's id."""

    def __init__(self) -> None:
        self._by_tag: dict[str, Order] = {}
        self._by_id: dict[str, Order] = {}
        self._live: dict[str, Order] = {}
        self.errors = 0
        """Inputs the order table calls an error; counted, never acted on."""
        self.version = 0
        """Grows with every change of an order."""

    def __iter__(self) -> Iterator[Order]:
        return iter(self._by_tag.values())

    def add(self, order: Order) -> None:
        """Enter a new order before it is sent, or one that is over already."""
        assert order.tag not in self._by_tag
        self._by_tag[order.tag] = order
        if order.live:
            self._live[order.tag] = order
        self.version += 1

    def keep(self, tags: Container[str]) -> None:
        """Forget every order but those with one of `tags`."""
        self._by_tag = {tag: order for tag, order in self._by_tag.items() if tag in tags}
        self._by_id = {one: order for one, order in self._by_id.items() if order.tag in tags}
        self._live = {tag: order for tag, order in self._live.items() if tag in tags}

    def by_tag(self, tag: str) -> Order | None:
        """The order with our `tag`."""
        return self._by_tag.get(tag)

    def by_id(self, order_id: str) -> Order | None:
        """The order with the broker's `order_id`."""
        return self._by_id.get(order_id)

    def live(self) -> list[Order]:
        """Orders of which something may still trade."""
        return list(self._live.values())

    def apply(self, order: Order, given: OrderInput, at_ns: int, text: str = "") -> bool:
        """Move `order` by the table; True when its state changed."""
        outcome = step(ORDER_TABLE, order.state, given)
        if outcome is Outcome.ERROR:
            self.errors += 1
            return False
        if text:
            order.text = text
        if isinstance(outcome, Outcome) or outcome is order.state:
            return False
        order.state, order.turned_ns = outcome, at_ns
        if order.live:
            self._live[order.tag] = order
        else:
            self._live.pop(order.tag, None)
        self.version += 1
        order.doubted_ns = at_ns if outcome is OrderState.UNKNOWN else 0
        if not order.order_id:
            order.missed = order.missed_ns = 0
        return True

    def conclude(self, order: Order, filled: int, value: int, at_ns: int) -> None:
        """`order`, which the broker denies, is over and traded `filled` shares in all."""
        given = OrderInput.NOT_IN_BOOK
        if filled > order.filled:
            complete = filled >= order.wanted.quantity
            given = OrderInput.SEEN_FILLED if complete else OrderInput.SEEN_CANCELLED
            order.priced = False
        order.filled, order.value = filled, value
        order.unlisted = True
        self.apply(order, given, at_ns, "denied by the broker")

    def suppose(self, order: Order, filled: int, value: int) -> None:
        """`order`, which nobody can read, traded so much by what is held, until it can be read."""
        order.filled, order.value = filled, value
        order.priced, order.supposed = False, True
        self.version += 1

    def named(self, order: Order, order_id: str) -> None:
        """Learn the broker's id of `order`."""
        if order_id and not order.order_id:
            order.order_id = order_id
            self._by_id[order_id] = order
            self.version += 1

    def find(self, report: OrderReport) -> Order | None:
        """The order a report is about: by the broker's id, else by our tag, else by likeness.

        A stop of the broker's is known by its entry: it may bear the tag of that as well.
        None for another order under the tag of one that has its number already.
        """
        known = self._by_id.get(report.order_id)
        if known is not None or report.parent_id:
            return known or self._awaited_stop(report.parent_id)
        if not report.tag:
            return self._alike(report)
        tagged = self._by_tag.get(report.tag)
        twin = tagged is not None and tagged.order_id and report.order_id
        return None if twin else tagged

    def _alike(self, report: OrderReport) -> Order | None:
        """The one order without a number that a report without a tag must be of.

        Brokers may lose a tag. Nobody else has an order of the same terms in the same seconds.
        """
        found = [
            one
            for one in self._live.values()
            if not one.order_id
            and (one.row, one.side) == (report.row, report.side)
            and same_terms(report.terms, one.wanted)
            and abs(report.exchange_ns - one.sent_ns) <= ALIKE_NS
        ]
        return found[0] if len(found) == 1 else None

    def may_be(self, order: Order, entry: UnreadableOrder) -> bool:
        """Whether an unreadable entry may be `order`, which has no number yet.

        Not one with the number of another order. A stop of the broker's bears the tag of its
        entry, or none.
        """
        known = self._by_id.get(entry.order_id)
        return known is None and entry.may_be(order.row, order.tag.partition(STOP_MARK)[0])

    def stops_of(self, entry: Order) -> list[Order]:
        """The stops the broker has held for `entry`, as far as we know of them, oldest first."""
        tags = (stop_tag(entry, number) for number in count(1))
        return list(takewhile(bool, map(self.by_tag, tags)))  # type: ignore[arg-type]

    def _awaited_stop(self, parent_id: str) -> Order | None:
        """The stop we expect for an entry and have not seen yet."""
        entry = self._by_id.get(parent_id)
        if entry is None:
            return None
        return next((one for one in self.stops_of(entry) if not one.order_id), None)

    def report(
        self, order: Order, report: OrderReport, at_ns: int, asked_ns: int = FOREVER
    ) -> bool:
        """Take in what the broker says of `order`; True when state, fills or terms changed.

        A report that fills more than the order asks for is counted as an error and dropped.
        One asked for (`asked_ns`) before the broker last spoke of the order by itself may be
        older than that: of an order that works it tells what traded, not how it rests.
        """
        if not 0 <= report.filled <= report.terms.quantity:
            self.errors += 1
            return False
        refused = order.state is OrderState.REJECTED and not order.order_id
        back = refused and self.apply(order, OrderInput.SEEN_THOUGH_REFUSED, at_ns)
        self.named(order, report.order_id)
        order.seen = True
        order.found()
        grown = report.filled > order.filled or _is_less(order, report)
        priced = report.filled == order.filled and not order.priced and report.filled_value > 0
        if grown or priced:
            order.filled = report.filled
            order.priced = report.filled_value > 0
            order.value = report.filled_value or report.filled * order.wanted.price
            order.supposed = False
        seen = SEEN[report.status]
        if asked_ns < order.heard_ns and seen is OrderInput.SEEN_WORKING:
            self.version += back or grown or priced
            return back or grown or priced
        before = order.terms
        if order.live and report.filled == order.filled:
            order.terms = report.terms
        if seen is OrderInput.SEEN_WORKING and not same_terms(
            report.terms, order.wanted, order.leg
        ):
            seen = OrderInput.SEEN_STALE
        moved = self.apply(order, seen, at_ns, report.text)
        if order.state is OrderState.WORKING:
            order.wanted = order.terms
        changed = back or moved or grown or priced or order.terms != before
        self.version += changed
        return changed


def _is_less(order: Order, report: OrderReport) -> bool:
    """Whether the broker's last word on `order` is less than was told from what is held."""
    return order.supposed and report.status in ENDS and report.filled < order.filled


def same_terms(told: OrderTerms, wanted: OrderTerms, leg: Leg = Leg.PLAIN) -> bool:
    """Whether a report shows the terms we asked for.

    A triggered stop may be shown as a plain limit order at its limit price. Of a stop the
    broker holds, kind and trigger are ours to say, quantity and price are the broker's.
    """
    if leg is Leg.STOP:
        limit = told.kind is OrderKind.LIMIT
        return told.kind is wanted.kind and (limit or told.trigger == wanted.trigger)
    if (told.quantity, told.price) != (wanted.quantity, wanted.price):
        return False
    if told.kind is wanted.kind:
        return told.kind is OrderKind.LIMIT or told.trigger == wanted.trigger
    return wanted.kind is OrderKind.STOP_LIMIT
