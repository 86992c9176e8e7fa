"""Start-up and recovery, one path: rebuild from the journal, then agree with the broker.

`rebuild` applies journalled intents and news to an empty desk; it decides nothing anew, and
compares with the books an earlier start was shown, as that start did.
`reconcile` holds the result against the broker's order book, and takes over what of it was
ours. Until then the desk is frozen: it asks nothing of the broker.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from tui_scalper.core import commands as cm
from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.adoption import adopt
from tui_scalper.core.blotter import Order
from tui_scalper.core.config import ProtectionRules
from tui_scalper.core.decisions import Steered
from tui_scalper.core.desk import Desk
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.hand_credit import credit, disown, stray
from tui_scalper.core.instruments import Universe
from tui_scalper.core.journalled import Body, Record, RunStarted
from tui_scalper.core.order_book import entries_first
from tui_scalper.core.order_table import OrderInput, OrderState
from tui_scalper.core.orders import OrderKind, OrderReport, OrderTerms, Purpose, ReportStatus
from tui_scalper.core.positions import Position
from tui_scalper.core.units import FOREVER

WORKING: Final = frozenset({ReportStatus.PENDING, ReportStatus.OPEN, ReportStatus.TRIGGER_PENDING})


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """What a journal came to."""

    records: int
    orders: int
    open_positions: int
    run_ids: tuple[str, ...]
    beyond: frozenset[str] = frozenset()
    """Stocks that orders of it are in, and that are not on the list of this run."""


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """How our orders compared with the broker's."""

    known: int
    """Live orders of ours the broker has too."""
    adopted: int
    """Orders of ours the broker has and our books lacked."""
    missing: tuple[str, ...]
    """Tags of orders we thought live and the broker does not list."""
    foreign: int
    """Live orders of somebody else in this account; left alone."""


@dataclass(slots=True)
class _Comparison:
    """What a start was told before its books agreed with the broker's.

    `unowned` are updates of orders that were not ours then, by the broker's id.
    """

    reports: tuple[OrderReport, ...] = ()
    unowned: dict[str, OrderReport] = field(default_factory=dict)
    book_ns: int = FOREVER
    news_ns: int = -1
    _now_ns: int = 0

    def settled_by(self, body: Body) -> bool:
        """Whether `body` says what is held, asked for after the order book came and all news."""
        if isinstance(body, ev.Event):
            self._now_ns = max(self._now_ns, body.at_ns)
        if isinstance(body, ev.OrderReported):
            self.news_ns = self._now_ns
        elif isinstance(body, ev.OrderBookReported):
            self.reports, self.book_ns = body.reports, self._now_ns
        elif isinstance(body, ev.PositionsReported):
            return body.asked_ns >= self.book_ns and self.news_ns < body.asked_ns
        return False


class Rebuilder:
    """Applies records one by one to an empty, frozen desk."""

    def __init__(self, desk: Desk, universe: Universe) -> None:
        self.desk = desk
        self.universe = universe
        self.run_ids: list[str] = []
        self.beyond: set[str] = set()
        """Stocks with orders of ours that this universe lacks."""
        self._symbols: dict[int, str] = {}
        """By row, as far as the run that wrote a record is known to have had them."""
        self._moved = False
        """A stock of that run is known to have another row here."""
        self._orders = -1
        """How many orders the last book listed: one more may be in a stock not seen before."""
        self._comparison: _Comparison | None = None
        """Of a start whose books were not compared yet at this record."""
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
        here = msgspec.structs.replace(record, body=self._here(record.body))
        self._compare(here)
        self._take(here)

    def _here(self, body: Body) -> Body:
        """`body` with the rows of this universe: the run that wrote it may have had another."""
        match body:
            case ev.OrderReported():
                return msgspec.structs.replace(body, report=self._report_here(body.report))
            case ev.OrderBookReported():
                known, self._orders = self._orders, len(body.reports)
                if known == self._orders and not self._moved:
                    return body
                reports = tuple(map(self._report_here, body.reports))
                return msgspec.structs.replace(body, reports=reports)
            case ev.Commanded(command=cm.Flatten() | cm.TakeOver() | cm.GiveBack() as command):
                if command.row is None or command.row not in self._symbols:
                    return body
                row = self._row_here(command.row, self._symbols[command.row])
                command = msgspec.structs.replace(command, row=row)
                return msgspec.structs.replace(body, command=command)
        return body

    def _report_here(self, report: OrderReport) -> OrderReport:
        if report.row < 0:
            return report
        row = self._row_here(report.row, report.symbol)
        return report if row == report.row else msgspec.structs.replace(report, row=row)

    def _row_here(self, row: int, symbol: str) -> int:
        """Row of `symbol`, which had `row` in the run at hand; -1 when it has none here."""
        self._symbols[row] = symbol
        here = self.universe.row_of_symbol(symbol)
        self._moved |= here != row
        return -1 if here is None else here

    def _take(self, record: Record) -> None:
        body, at_ns = record.body, record.at_ns
        match body:
            case RunStarted():
                self.run_ids.append(body.run_id)
                self._symbols.clear()
                self._moved, self._orders = False, -1
                self._comparison = _Comparison()
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
        row = self._row_here(effect.row, effect.symbol)
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
        row = self._row_here(held.row, held.symbol)
        if row < 0:
            self.beyond.add(held.symbol)
        elif self.desk.blotter.by_tag(held.tag) is None:
            adopt(self.desk, self.universe, msgspec.structs.replace(held, row=row), at_ns)

    def _over_by(self, noted: ef.NoteOver, at_ns: int) -> None:
        order = self.desk.blotter.by_tag(noted.tag)
        if order is not None and order.live:
            self.desk.blotter.conclude(order, noted.filled, noted.value, at_ns)

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
            run_ids=self.run_ids,
            now_ns=record.at_ns,
        )

    def _volunteered(self, report: OrderReport, at_ns: int) -> None:
        """An update larger than we asked was not believed then, and is not now."""
        if self.desk.premature(report):
            return
        order = self.desk.mine(report, at_ns)
        if order is None:
            self._of_others(report)
        elif order.may_be_for(report.terms.quantity):
            self._told(order, report, at_ns)

    def _listed(self, reports: Sequence[OrderReport], at_ns: int) -> None:
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
            _go_on(position, self.desk.protection, now_ns)


def _go_on(position: Position, rules: ProtectionRules, now_ns: int) -> None:
    """What `position` wanted when the last run ended it wants still, as its exit order says."""
    position.end_entry()
    newest = position.exit
    if newest is None:
        return
    if position.goal is Goal.PROTECT and newest.wanted.kind is OrderKind.LIMIT:
        taking = newest.live and newest.wanted.price == position.target(rules)
        position.goal = Goal.TAKE if taking else Goal.EXIT
        position.reason = GoalInput.TARGET_TOUCHED.value if taking else "exit before a restart"
    if position.goal is Goal.TAKE:
        position.deadline_ns = newest.asked_ns + rules.take_ns
    elif position.goal is Goal.EXIT:
        position.deadline_ns = now_ns  # its price is as old as the last run
    _keep_moved_stop(position, rules)
    if any(_refused_for_its_price(order) for order in position.exits):
        position.stay_at_best()


def _keep_moved_stop(position: Position, rules: ProtectionRules) -> None:
    """A stop that was trailed or moved to the entry never goes back."""
    live, stop = position.live_exit, position.stop(rules)
    if live is None or live.wanted.kind is not OrderKind.STOP_LIMIT or stop == 0:
        return
    if (live.wanted.trigger - stop) * position.side > 0:
        position.break_even = live.wanted.trigger


def _refused_for_its_price(order: Order) -> bool:
    return order.state is OrderState.REJECTED and order.wanted.kind is OrderKind.LIMIT


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


def reconcile(
    desk: Desk,
    universe: Universe,
    reports: Sequence[OrderReport],
    *,
    run_ids: Sequence[str],
    now_ns: int,
) -> Reconciled:
    """Hold the frozen desk against the broker's orders; afterwards it knows of all of them.

    `run_ids` are the beginnings of all tags we may have used today: our own orders that the
    journal lost are taken over by their tag. What is held beyond all orders is judged later,
    by core.holdings_watch.
    """
    adopted = 0
    foreign: dict[str, OrderReport] = {}
    desk.strangers.acquainted = True
    seen: set[str] = set()
    for report in entries_first(reports):
        order = desk.blotter.find(report)
        if order is None:
            order = _adopt_order(desk, universe, report, run_ids, now_ns)
            adopted += order is not None
        if order is None:
            keep_newest(foreign, report)
            continue
        seen.add(order.tag)
        desk.blotter.report(order, report, now_ns)
    missing = []
    for order in desk.blotter.live():
        if order.tag not in seen:
            missing.append(order.tag)
            desk.blotter.apply(order, OrderInput.UNLISTED, now_ns, "not in the order book")
    _credit_others(desk, foreign.values())
    for position in desk.owned():
        _go_on(position, desk.protection, now_ns)
    desk.settle_books(now_ns)
    known = sum(order.tag in seen for order in desk.blotter.live())
    working = sum(report.status in WORKING for report in foreign.values())
    return Reconciled(known=known, adopted=adopted, missing=tuple(missing), foreign=working)


def keep_newest(reports: dict[str, OrderReport], report: OrderReport) -> None:
    """Keep `report` by its id, unless one that knows of more fills is kept already."""
    known = reports.get(report.order_id)
    if known is None or report.filled >= known.filled:
        reports[report.order_id] = report


def _credit_others(desk: Desk, foreign: Iterable[OrderReport]) -> None:
    """Take in what others traded while nobody watched; all shares stay counted.

    When they did is not known: it closed the oldest position that was not closed. What an
    earlier position seems to hold after that was closed or turned up unseen.
    """
    for report in foreign:
        traded = desk.strangers.learn(report)
        if traded is not None:
            credit(desk.strangers, desk.holder(traded.row, traded.side), traded)
    open_ = {one.row: one for one in desk.owned() if not one.done}
    for position in desk.owned():
        if position.held and position is not open_[position.row]:
            disown(desk.strangers, position)


def _adopt_order(
    desk: Desk,
    universe: Universe,
    report: OrderReport,
    run_ids: Sequence[str],
    now_ns: int,
) -> Order | None:
    """Take over an order of ours whose intent the journal lost; None when it is not ours."""
    if report.parent_id:
        return None if desk.premature(report) else desk.mine(report, now_ns)
    purpose = _purpose_of(report.tag, run_ids)
    twin = desk.blotter.by_tag(report.tag) is not None
    if purpose is None or report.row < 0 or twin or desk.strangers.know(report.order_id):
        return None
    order = Order(
        report.tag,
        report.row,
        report.symbol,
        report.side,
        purpose,
        report.terms,
        now_ns,
        leg=report.leg,
    )
    if purpose is Purpose.EXIT:
        position = desk.newest(report.row)
        if position is None or position.side is report.side:
            return None
    else:
        position = Position(
            report.row, universe[report.row], report.side, order, now_ns, entry_ended=True
        )
    desk.blotter.add(order)
    desk.enrol(position, order)
    return order


def _purpose_of(tag: str, run_ids: Sequence[str]) -> Purpose | None:
    for run_id in run_ids:
        if tag.startswith(run_id) and len(tag) > len(run_id) + 1:
            return {"E": Purpose.ENTRY, "X": Purpose.EXIT}.get(tag[len(run_id)])
    return None
