"""Agreeing with the broker at a start: our orders, as rebuilt, against its order book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from tui_scalper.core import events as ev
from tui_scalper.core.blotter import Order
from tui_scalper.core.desk import Desk
from tui_scalper.core.going_on import go_on
from tui_scalper.core.hand_credit import credit, disown
from tui_scalper.core.instruments import Universe
from tui_scalper.core.journalled import Body
from tui_scalper.core.order_book import entries_first
from tui_scalper.core.order_table import OrderInput
from tui_scalper.core.orders import OrderReport, Purpose, ReportStatus, UnreadableOrder
from tui_scalper.core.positions import Position
from tui_scalper.core.tags import made_here
from tui_scalper.core.units import FOREVER

WORKING: Final = frozenset({ReportStatus.PENDING, ReportStatus.OPEN, ReportStatus.TRIGGER_PENDING})


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
    lost: frozenset[str]
    """Stocks in which runs of this program that our journal does not know left something open."""


@dataclass(slots=True)
class Comparison:
    """What a start was told before its books agreed with the broker's.

    `unowned` are updates of orders that were not ours then, by the broker's id.
    """

    reports: tuple[OrderReport, ...] = ()
    unreadable: tuple[UnreadableOrder, ...] = ()
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
            self.unreadable = body.unreadable
        elif isinstance(body, ev.PositionsReported):
            return body.asked_ns >= self.book_ns and self.news_ns < body.asked_ns
        return False


def reconcile(
    desk: Desk,
    universe: Universe,
    reports: Sequence[OrderReport],
    *,
    unreadable: Sequence[UnreadableOrder] = (),
    run_ids: Sequence[str],
    now_ns: int,
) -> Reconciled:
    """Hold the frozen desk against the broker's orders; afterwards it knows of all of them.

    `run_ids` are the beginnings of all tags we may have used today: our own orders that the
    journal lost are taken over by their tag. What is held beyond all orders is judged later,
    by core.holdings_watch. What became of an `unreadable` one nobody knows; it is not missing.
    """
    adopted = 0
    foreign: dict[str, OrderReport] = {}
    desk.strangers.acquainted = True
    seen: set[str] = set()
    for report in entries_first(reports):
        order = desk.blotter.find(report)
        if order is None:
            order = adopt_order(desk, universe, report, run_ids, now_ns)
            adopted += order is not None
        if order is None:
            keep_newest(foreign, report)
            continue
        seen.add(order.tag)
        desk.blotter.report(order, report, now_ns)
    for entry in unreadable:
        adopted += _adopt_exit(desk, entry, run_ids, now_ns) is not None
    listed = {entry.order_id for entry in unreadable} - {""}
    missing = []
    for order in desk.blotter.live():
        if order.tag not in seen and order.order_id not in listed:
            missing.append(order.tag)
            desk.blotter.apply(order, OrderInput.UNLISTED, now_ns, "not in the order book")
    _credit_others(desk, foreign.values())
    for position in desk.owned():
        go_on(position, desk.protection, now_ns)
    desk.settle_books(now_ns)
    known = sum(order.tag in seen or order.order_id in listed for order in desk.blotter.live())
    working = sum(report.status in WORKING for report in foreign.values())
    return Reconciled(
        known=known,
        adopted=adopted,
        missing=tuple(missing),
        foreign=working,
        lost=_left_open([report for report in foreign.values() if made_here(report.tag)]),
    )


def _left_open(reports: Iterable[OrderReport]) -> frozenset[str]:
    """Stocks in which one of these orders works, or in which they bought and sold unlike much."""
    net: Counter[str] = Counter()
    works = set()
    for report in reports:
        net[report.symbol] += report.filled * report.side
        works |= {report.symbol} if report.status in WORKING else set()
    return frozenset(works.union(symbol for symbol, shares in net.items() if shares))


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


def adopt_order(
    desk: Desk,
    universe: Universe,
    report: OrderReport,
    run_ids: Sequence[str],
    now_ns: int,
) -> Order | None:
    """Take over an order of ours whose intent the journal lost; None when it is not ours."""
    if report.parent_id:
        return None if desk.premature(report) else desk.mine(report, now_ns)
    purpose = purpose_of(report.tag, run_ids)
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


def _adopt_exit(
    desk: Desk, entry: UnreadableOrder, run_ids: Sequence[str], now_ns: int
) -> Order | None:
    """Take over an exit order of ours that the journal lost and nobody can read, as UNKNOWN.

    It may guard the position, so none is put beside it before the broker's word is clear.
    """
    position = desk.newest(entry.row) if entry.row >= 0 else None
    unheard = desk.blotter.by_tag(entry.tag) is None and desk.blotter.by_id(entry.order_id) is None
    if position is None or not position.held or not unheard:
        return None
    if purpose_of(entry.tag, run_ids) is not Purpose.EXIT:
        return None
    order = Order(
        entry.tag,
        entry.row,
        entry.symbol,
        position.holding.opposite,
        Purpose.EXIT,
        position.wanted_stop(desk.protection),
        now_ns,
    )
    desk.blotter.add(order)
    desk.blotter.named(order, entry.order_id)
    desk.blotter.apply(order, OrderInput.DOUBTED, now_ns, entry.text)
    desk.enrol(position, order)
    return order


def purpose_of(tag: str, run_ids: Sequence[str]) -> Purpose | None:
    """What an order of one of these runs is for, by its tag; None when it is of none."""
    for run_id in run_ids:
        if tag.startswith(run_id) and len(tag) > len(run_id) + 1:
            return {"E": Purpose.ENTRY, "X": Purpose.EXIT}.get(tag[len(run_id)])
    return None
