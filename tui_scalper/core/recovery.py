"""Start-up and recovery, one path: rebuild from the journal, then agree with the broker.

`rebuild` applies journalled intents and news to an empty desk; it decides nothing anew, and
compares with the books an earlier start was shown, as that start did (core.reconciling).
Until this one compared, the desk is frozen: it asks nothing of the broker.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tui_scalper.core import commands as cm
from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.adoption import adopt
from tui_scalper.core.blotter import Order
from tui_scalper.core.decisions import Steered
from tui_scalper.core.desk import Desk
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.going_on import go_on
from tui_scalper.core.hand_credit import credit, stray
from tui_scalper.core.instruments import Universe
from tui_scalper.core.journalled import Record, RunStarted
from tui_scalper.core.lost_entries import LostEntries
from tui_scalper.core.order_book import entries_first
from tui_scalper.core.order_table import OrderInput, OrderState
from tui_scalper.core.orders import OrderReport, OrderTerms, Purpose
from tui_scalper.core.positions import Position
from tui_scalper.core.reconciling import Comparison, keep_newest, reconcile
from tui_scalper.core.rows_here import RowsHere


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """What a journal came to."""

    records: int
    orders: int
    open_positions: int
    run_ids: tuple[str, ...]
    beyond: frozenset[str] = frozenset()
    """Stocks that orders of it are in, and that are not on the list of this run."""


class Rebuilder:
    """Applies records one by one to an empty, frozen desk."""

    def __init__(self, desk: Desk, universe: Universe) -> None:
        self.desk = desk
        self.universe = universe
        self.run_ids: list[str] = []
        self.beyond: set[str] = set()
        """Stocks with orders of ours that this universe lacks."""
        self._rows = RowsHere(universe)
        self._comparison: Comparison | None = None
        """Of a start whose books were not compared yet at this record."""
        self._lost = LostEntries(desk, universe)
        self._over: dict[str, OrderReport] = {}
        """The report that ended an order, by the broker's id: order books repeat it all day."""

    def step(self, record: Record) -> None:
        """Apply the next record."""
        if isinstance(record.body, Steered):
            self._wanted(record.body)
            return
        if isinstance(record.body, ef.NoteHolding):
            self._took_over(record.body, record.at_ns)
            return
        if isinstance(record.body, ef.NoteOver):
            self._over_by(record.body, record.at_ns)
            return
        if isinstance(record.body, ef.NoteFilled):
            self._filled_by(record.body, record.at_ns)
            return
        here = msgspec.structs.replace(record, body=self._rows.body(record.body))
        self._compare(here)
        self._take(here)

    def _take(self, record: Record) -> None:
        body, at_ns = record.body, record.at_ns
        match body:
            case RunStarted():
                self.run_ids.append(body.run_id)
                self._rows.another_run()
                self._comparison = Comparison()
            case ef.PlaceOrder():
                self._sent(body, at_ns)
            case ef.ModifyOrder() | ef.ExitStop():
                self._asked(body.order_id, OrderInput.MODIFY_SENT, at_ns, body.terms)
            case ef.CancelOrder():
                self._asked(body.order_id, OrderInput.CANCEL_SENT, at_ns, None)
            case ev.Placed() | ev.PlaceRefused() | ev.PlaceUnknown():
                self._answered(body)
            case ev.ModifyRefused() | ev.CancelRefused() | ev.ChangeUnknown():
                self._change_answered(body)
            case ev.Commanded():
                self._commanded(body.command, at_ns)
            case ev.OrderReported():
                self._volunteered(body.report, at_ns)
            case ev.OrderBookReported():
                self._listed(body.reports, at_ns)

    def _sent(self, effect: ef.PlaceOrder, at_ns: int) -> None:
        row = self._rows.row(effect.row, effect.symbol)
        if row < 0:
            self.beyond.add(effect.symbol)
        if row < 0 or self.desk.blotter.by_tag(effect.tag) is not None:
            return
        order = Order(
            effect.tag,
            row,
            effect.symbol,
            effect.side,
            effect.purpose,
            effect.terms,
            at_ns,
            leg=effect.leg,
        )
        if effect.purpose is Purpose.EXIT:
            position = self.desk.positions.get(row)
            if position is not None:
                self.desk.blotter.add(order)
                self.desk.enrol(position, order)
            return
        position = Position(row, self.universe[row], effect.side, order, at_ns)
        self.desk.blotter.add(order)
        self.desk.enrol(position, order)

    def _took_over(self, held: ef.NoteHolding, at_ns: int) -> None:
        row = self._rows.row(held.row, held.symbol)
        if row < 0:
            self.beyond.add(held.symbol)
        elif self.desk.blotter.by_tag(held.tag) is None:
            adopt(self.desk, self.universe, msgspec.structs.replace(held, row=row), at_ns)

    def _over_by(self, noted: ef.NoteOver, at_ns: int) -> None:
        order = self.desk.blotter.by_tag(noted.tag)
        if order is not None and order.live:
            # The doubt itself is no record: it came of time that passed.
            working = order.state is OrderState.WORKING
            doubt = OrderInput.UNLISTED if working else OrderInput.DOUBTED
            self.desk.blotter.apply(order, doubt, at_ns)
            self.desk.blotter.conclude(order, noted.filled, noted.value, at_ns)

    def _filled_by(self, noted: ef.NoteFilled, at_ns: int) -> None:
        order = self.desk.blotter.by_tag(noted.tag)
        if order is not None:
            self.desk.blotter.suppose(order, noted.filled, noted.value)
            position = self.desk.owner(order)
            position.filled_ns = position.filled_ns or at_ns

    def _commanded(self, command: cm.AnyCommand, at_ns: int) -> None:
        match command:
            case cm.Flatten(row=row):
                self._left(row, at_ns)
            case cm.TakeOver(row=row) | cm.GiveBack(row=row):
                self._managed(row, manual=isinstance(command, cm.TakeOver))

    def _managed(self, row: int, *, manual: bool) -> None:
        """Whoever managed a position before the restart manages it now."""
        position = self.desk.positions.get(row)
        if position is not None:
            position.manual = manual and position.held > 0

    def _left(self, row: int | None, at_ns: int) -> None:
        """A key closed positions: they end, whether its requests left or not."""
        for position in self.desk.positions.values():
            if row in (None, position.row) and not position.done:
                position.turn(GoalInput.FLATTEN, at_ns)

    def _wanted(self, steered: Steered) -> None:
        """What an exit was asked for is what its position wants, and why it ends."""
        order = self.desk.blotter.by_tag(steered.tag)
        if order is not None:
            position = self.desk.owner(order)
            position.goal, position.reason = steered.goal, steered.reason

    def _asked(
        self, order_id: str, given: OrderInput, at_ns: int, terms: OrderTerms | None
    ) -> None:
        order = self.desk.blotter.by_id(order_id)
        if order is None:
            return
        order.asked_ns = at_ns
        if terms is not None:
            order.ask(terms)
        self.desk.blotter.apply(order, given, at_ns)

    def _answered(self, event: ev.Placed | ev.PlaceRefused | ev.PlaceUnknown) -> None:
        order = self.desk.blotter.by_tag(event.tag)
        if order is None:
            return
        if isinstance(event, ev.Placed):
            self.desk.blotter.named(order, event.order_id)
            self.desk.blotter.apply(order, OrderInput.PLACED, event.at_ns)
            return
        refused = isinstance(event, ev.PlaceRefused)
        given = OrderInput.REFUSED if refused else OrderInput.DOUBTED
        self.desk.blotter.apply(order, given, event.at_ns, event.text)

    def _change_answered(
        self, event: ev.ModifyRefused | ev.CancelRefused | ev.ChangeUnknown
    ) -> None:
        order = self.desk.blotter.by_id(event.order_id)
        if order is None:
            return
        given = {
            ev.ModifyRefused: OrderInput.MODIFY_REFUSED,
            ev.CancelRefused: OrderInput.CANCEL_REFUSED,
            ev.ChangeUnknown: OrderInput.DOUBTED,
        }[type(event)]
        if given is OrderInput.MODIFY_REFUSED:
            order.wanted = order.terms
        self.desk.blotter.apply(order, given, event.at_ns, event.text)

    def _compare(self, record: Record) -> None:
        """Where a start of the past compared books, take over what it did."""
        comparison = self._comparison
        if comparison is None or not comparison.settled_by(record.body):
            return
        self._comparison = None
        reconcile(
            self.desk,
            self.universe,
            (*comparison.reports, *comparison.unowned.values()),
            unreadable=comparison.unreadable,
            run_ids=self.run_ids,
            now_ns=record.at_ns,
        )
        self._lost.begin(comparison.unreadable, self.run_ids, record.at_ns)

    def _volunteered(self, report: OrderReport, at_ns: int) -> None:
        """An update larger than we asked was not believed then, and is not now."""
        if self.desk.awaits_book(report) or self._is_lost(report, at_ns):
            return
        order = self.desk.mine(report, at_ns)
        if order is None:
            self._of_others(report)
        elif order.may_be_for(report.terms.quantity):
            self._told(order, report, at_ns)

    def _is_lost(self, report: OrderReport, at_ns: int) -> bool:
        """Whether only the order book makes it ours."""
        return self._comparison is None and self._lost.is_one(report, at_ns)

    def _listed(self, reports: Sequence[OrderReport], at_ns: int) -> None:
        if self._comparison is None:
            self._lost.taken_over(reports, at_ns)
        for report in entries_first(reports):
            if self._over.get(report.order_id) is report or self.desk.premature(report):
                continue
            order = self.desk.mine(report, at_ns)
            if order is not None:
                self._told(order, report, at_ns)
            elif self._comparison is None:
                self._of_others(report)

    def _of_others(self, report: OrderReport) -> None:
        """What was said of an order that is not ours, or that only a comparison makes ours."""
        if self._comparison is not None:
            keep_newest(self._comparison.unowned, report)
            return
        traded = self.desk.strangers.learn(report)
        if traded is not None:
            credit(self.desk.strangers, self.desk.positions.get(report.row), traded)

    def _told(self, order: Order, report: OrderReport, at_ns: int) -> None:
        filled, value = order.filled, order.value
        self.desk.blotter.report(order, report, at_ns)
        position = self.desk.owner(order)
        if position.bought and not position.filled_ns:
            position.filled_ns = at_ns
        if not order.live:
            self._over[report.order_id] = report
        if self.desk.positions.get(order.row) is not position and not position.done:
            self._back(position, order, filled, value)

    def _back(self, position: Position, order: Order, filled: int, value: int) -> None:
        """An order of an earlier position works or filled after all; see core.aftermath."""
        current = self.desk.positions.get(order.row)
        if current is None or current.done:
            self.desk.positions[order.row] = position
            return
        traded = stray(position, order, filled, value)
        if traded is not None:
            credit(self.desk.strangers, current, traded)

    def finish(self, now_ns: int) -> None:
        """What was on its way when the process ended is in doubt now."""
        for order in self.desk.blotter.live():
            if order.in_flight:
                self.desk.blotter.apply(order, OrderInput.DOUBTED, now_ns, "asked before a restart")
        for position in self.desk.owned():
            go_on(position, self.desk.protection, now_ns)


def rebuild(desk: Desk, universe: Universe, records: Iterable[Record], now_ns: int) -> Rebuilt:
    """Apply `records` to the empty `desk` and leave it frozen."""
    desk.freeze()
    worker = Rebuilder(desk, universe)
    past = tuple(records)
    for record in past:
        worker.step(record)
    worker.finish(now_ns)
    desk.settle_books(now_ns)
    return Rebuilt(
        records=len(past),
        orders=sum(1 for _ in desk.blotter),
        open_positions=len(desk.positions),
        run_ids=tuple(worker.run_ids),
        beyond=frozenset(worker.beyond),
    )
