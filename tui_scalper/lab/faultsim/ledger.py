"""The truth: every order of ours as it stands at the exchange, kept up by its updates."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.orders import OrderReport, Purpose
from tui_scalper.exchange.bridge import report
from tui_scalper.exchange.orders import LIVE, Order


@dataclass(slots=True)
class Sent:
    """A new order the engine asked for."""

    effect: PlaceOrder
    best: int = 0
    """The price an entry would have traded at when it was decided, paise."""
    dead: bool = False
    """It certainly never reaches the exchange."""
    doubled: bool = False
    """The broker makes a second order of it, which counts as somebody else's."""
    order_ids: list[str] = field(default_factory=list)
    """What it became at the exchange; more than one is a duplicate."""


class Ledger:
    """Orders at the exchange by id, what the engine sent by tag, what is held by row."""

    def __init__(self, rows: int) -> None:
        self.sent: dict[str, Sent] = {}
        self.orders: dict[str, Order] = {}
        self.reports: dict[str, OrderReport] = {}
        self.history: list[tuple[int, OrderReport]] = []
        """Every report ever current, by when it became so."""
        self.forgotten: set[str] = set()
        """Ids of orders the broker lost: it neither lists them nor speaks of them."""
        self.version = 0
        """Grows with every change at the exchange."""
        self.net = [0] * rows
        """Shares held through our orders, negative when short."""
        self.by_hand = [0] * rows
        """Shares held through orders of somebody else."""
        self.exits: list[dict[str, Order]] = [{} for _ in range(rows)]
        """Our live exits by row and id."""
        self.entries: list[dict[str, Order]] = [{} for _ in range(rows)]
        self.stops: dict[str, Order] = {}
        """Stops the broker holds or held for our entries, by id."""
        self.entered: set[str] = set()
        """Tags of entries that filled at least one share."""

    def send(self, effect: PlaceOrder, best: int) -> None:
        """The engine asked for a new order while `best` was the price it would trade at."""
        self.sent[effect.tag] = Sent(effect, best)

    def takes(self, order: Order, now_ns: int) -> OrderReport:
        """The exchange says how `order` stands now."""
        before = self.orders.get(order.order_id)
        told = report(order)
        self.version += 1
        self.orders[order.order_id] = order
        self.reports[order.order_id] = told
        self.history.append((now_ns, told))
        if order.parent_id:
            self._takes_stop(order, before)
            return told
        traded = (order.filled - (before.filled if before else 0)) * order.asked.side
        sent = self.sent.get(order.asked.tag)
        if sent is None or (
            sent.order_ids and sent.doubled and order.order_id != sent.order_ids[0]
        ):
            self.by_hand[order.row] += traded
            return told
        self.net[order.row] += traded
        if before is None:
            sent.order_ids.append(order.order_id)
        entry = sent.effect.purpose is Purpose.ENTRY
        if entry and order.filled:
            self.entered.add(order.asked.tag)
        live = (self.entries if entry else self.exits)[order.row]
        if order.status in LIVE:
            live[order.order_id] = order
        else:
            live.pop(order.order_id, None)
        return told

    def _takes_stop(self, order: Order, before: Order | None) -> None:
        """Of a stop the broker holds; it is ours when the entry is that we sent first."""
        traded = (order.filled - (before.filled if before else 0)) * order.asked.side
        sent = self.sent.get(order.asked.tag)
        if sent is None or sent.order_ids[:1] != [order.parent_id]:
            self.by_hand[order.row] += traded
            return
        self.net[order.row] += traded
        self.stops[order.order_id] = order
        if order.status in LIVE:
            self.exits[order.row][order.order_id] = order
        else:
            self.exits[order.row].pop(order.order_id, None)

    def book(self) -> tuple[OrderReport, ...]:
        """The broker's whole order book now."""
        if not self.forgotten:
            return tuple(self.reports.values())
        return tuple(one for one in self.reports.values() if one.order_id not in self.forgotten)

    def book_at(self, at_ns: int) -> tuple[OrderReport, ...]:
        """The broker's order book as it was at `at_ns`."""
        return tuple({r.order_id: r for ns, r in self.history if ns <= at_ns}.values())

    def state_of(self, sent: Sent) -> Order | None:
        """The order a sent one became, None when the exchange does not know it."""
        return self.orders[sent.order_ids[0]] if sent.order_ids else None

    def may_fill(self, sent: Sent) -> int:
        """Shares of a sent order that can still trade, counting it while it is on its way."""
        order = self.state_of(sent)
        if order is not None:
            return order.pending
        return 0 if sent.dead else sent.effect.terms.quantity
