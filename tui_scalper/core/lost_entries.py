"""Entries of ours that the journal lost and that nobody could read at the start.

A start takes over what bears a tag of ours and its journal lacks. Where it could not read such
an entry, the first order book that shows it readable makes it ours: what it traded gets its
stop, and its rest is taken back. Until then its stock takes no entry (core.unread).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tui_scalper.core.blotter import Order
from tui_scalper.core.desk import Desk
from tui_scalper.core.instruments import Universe
from tui_scalper.core.orders import OrderReport, Purpose, UnreadableOrder
from tui_scalper.core.reconciling import adopt_order, purpose_of


class LostEntries:
    """Those that may still turn up; the same while a run lasts and when it is rebuilt."""

    def __init__(self, desk: Desk, universe: Universe) -> None:
        self._desk = desk
        self._universe = universe
        self._unread: tuple[UnreadableOrder, ...] = ()
        self._run_ids: tuple[str, ...] = ()
        self._day_ns = -1
        """Midnight of that start: on another day its orders are over and forgotten."""

    def begin(
        self, unreadable: Sequence[UnreadableOrder], run_ids: Sequence[str], now_ns: int
    ) -> None:
        """A start compared books; these of its entries could not be read."""
        self._unread, self._run_ids = tuple(unreadable), tuple(run_ids)
        self._day_ns = self._universe.venue.midnight(now_ns)

    def is_one(self, report: OrderReport, now_ns: int) -> bool:
        """Whether `report` is of one of them.

        Not when its stock has a position by now, nor when its shares were taken over already:
        what it traded is counted there.
        """
        return (
            self._universe.venue.midnight(now_ns) == self._day_ns
            and purpose_of(report.tag, self._run_ids) is Purpose.ENTRY
            and self._desk.blotter.find(report) is None
            and self._desk.blotter.by_tag(report.tag) is None
            and report.row not in self._desk.positions
            and not self._desk.strangers.explains(report)
            and any(_may_be(report, one) for one in self._unread)
        )

    def taken_over(self, reports: Iterable[OrderReport], now_ns: int) -> list[Order]:
        """Those of an order book that are ours from now on; each is once."""
        taken = []
        for report in reports if self._unread else ():
            order = self._taken(report, now_ns) if self.is_one(report, now_ns) else None
            if order is not None:
                taken.append(order)
        return taken

    def _taken(self, report: OrderReport, now_ns: int) -> Order | None:
        self._unread = tuple(one for one in self._unread if not _is(report, one))
        return adopt_order(self._desk, self._universe, report, self._run_ids, now_ns)


def _may_be(report: OrderReport, unread: UnreadableOrder) -> bool:
    """Whether nothing that could be read of `unread` says that it is another order."""
    return (
        unread.order_id in ("", report.order_id)
        and unread.tag in ("", report.tag)
        and unread.symbol in ("", report.symbol)
    )


def _is(report: OrderReport, unread: UnreadableOrder) -> bool:
    return unread.order_id == report.order_id or unread.tag == report.tag
