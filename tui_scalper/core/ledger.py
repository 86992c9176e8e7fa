"""The ledger: every order, who it belongs to, what is open, what was closed today.

The parts of the desk share one `Ledger`; it holds what is and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from tui_scalper.core.blotter import Blotter, Order, stop_tag
from tui_scalper.core.chronicle import Chronicle
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.costs import Charges
from tui_scalper.core.doubts import Doubts
from tui_scalper.core.effects import Effect
from tui_scalper.core.market import MarketTable
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import Holding, Leg, OrderReport, OrderTerms, Purpose, ReportStatus
from tui_scalper.core.positions import Position
from tui_scalper.core.strangers import Strangers
from tui_scalper.core.trades import ClosedTrade, DayResult
from tui_scalper.core.units import FOREVER, Side


class Surroundings(NamedTuple):
    """What every part of the desk works with."""

    config: EngineConfig
    table: MarketTable
    charges: Charges
    chronicle: Chronicle
    emit: Callable[[Effect], None]
    """Takes what is to be done, in order."""


class Ledger:
    """Orders, positions and closed trades of one run."""

    def __init__(self, table: MarketTable) -> None:
        self.blotter = Blotter()
        self.positions: dict[int, Position] = {}
        """Open positions by row."""
        self.trades: list[ClosedTrade] = []
        self.day = DayResult()
        self.entered = 0
        """Entries that filled at least one share today."""
        self.strangers = Strangers(len(table.universe))
        self.doubts = Doubts()
        self._theirs: dict[int, int] = {}
        self._theirs_ns = -1
        """When the broker was asked for these holdings, by row, negative when short."""
        self._table = table
        self._owners: dict[str, Position] = {}
        """The position, open or closed, of every order by its tag."""
        self._haunted: dict[int, int] = {}
        """Until when an order of a row, proven absent, may still turn up."""

    def attach(self, position: Position, order: Order) -> None:
        """`order`, already in the blotter, belongs to `position`."""
        self._owners[order.tag] = position
        if order is not position.entry:
            position.exits.append(order)

    def enrol(self, position: Position, order: Order) -> None:
        """`order`, already in the blotter, belongs to `position`, which is open from now on."""
        self.attach(position, order)
        self.positions[position.row] = position
        self._table.hold(position.row, FOREVER)

    def expect_stop(self, position: Position, terms: OrderTerms, now_ns: int) -> Order:
        """The broker holds, or will hold, one more stop for the entry of `position`.

        It is in flight until the broker shows it, like an order whose answer is awaited.
        """
        entry = position.entry
        number = len(self.blotter.stops_of(entry)) + 1
        order = Order(
            stop_tag(entry, number),
            entry.row,
            entry.symbol,
            entry.side.opposite,
            Purpose.EXIT,
            terms,
            now_ns,
            leg=Leg.STOP,
            parent_id=entry.order_id,
        )
        self.blotter.add(order)
        self.attach(position, order)
        return order

    def premature(self, report: OrderReport) -> bool:
        """Whether this is news of a stop of the broker's ahead of news of its entry.

        With what others of that entry closed it covers more than we know to be filled, or its
        entry may be one of ours of which no number is known yet. The order book tells both
        together.
        """
        if not report.parent_id:
            return False
        entry = self.blotter.by_id(report.parent_id)
        if entry is not None:
            others = (one for one in self.blotter.stops_of(entry) if one.order_id)
            closed = sum(one.filled for one in others if one.order_id != report.order_id)
            return closed + report.terms.quantity > entry.filled
        return any(
            order.row == report.row and order.leg is Leg.GUARDED and not order.order_id
            for order in self.blotter
            if order.state is not OrderState.REJECTED
        )

    def awaits_book(self, report: OrderReport) -> bool:
        """Whether an update says too little by itself: the order book, which tells all, decides."""
        return self.premature(report) or self._partial(report)

    def _partial(self, report: OrderReport) -> bool:
        """Whether a stop of the broker's failed that cannot be the only one of its entry.

        It covers less than is filled, and nothing we know of covers the rest: news of another
        stop is still on its way, which may have traded already. The order book tells of both.
        """
        entry = self.blotter.by_id(report.parent_id)
        failed = report.status in (ReportStatus.REJECTED, ReportStatus.CANCELLED)
        if entry is None or not failed or self.blotter.by_id(report.order_id) is not None:
            return False
        seen = (one for one in self.blotter.stops_of(entry) if one.order_id)
        return report.terms.quantity + sum(one.terms.quantity for one in seen) < entry.filled

    def mine(self, report: OrderReport, now_ns: int) -> Order | None:
        """The order of ours a report is about; a stop the broker holds for one is taken over.

        Not one whose fills were booked as somebody else's before its entry was known.
        """
        if report.parent_id and self.strangers.know(report.order_id):
            return None
        known = self.blotter.find(report)
        entry = self.blotter.by_id(report.parent_id)
        if known is not None or entry is None:
            return known
        return self.expect_stop(self.owner(entry), report.terms, now_ns)

    def owner(self, order: Order) -> Position:
        """The position of an order of ours."""
        return self._owners[order.tag]

    def owned(self) -> list[Position]:
        """Every position of the run, open or closed, oldest first."""
        return list({id(one): one for one in self._owners.values()}.values())

    def newest(self, row: int) -> Position | None:
        """The position of `row` opened last, open or closed."""
        return next((one for one in reversed(self.owned()) if one.row == row), None)

    def holder(self, row: int, side: Side) -> Position | None:
        """The position of `row` that a trade on `side` would close, the oldest of them."""
        mine = (one for one in self.owned() if one.row == row)
        return next((one for one in mine if one.held and side is one.holding.opposite), None)

    def of(self, row: int | None) -> list[Position]:
        """The open position of `row`, or all of them."""
        if row is None:
            return list(self.positions.values())
        return [self.positions[row]] if row in self.positions else []

    def believed(self, row: int) -> int:
        """Shares of `row` the broker should hold by all we know, negative when short."""
        position = self.positions.get(row)
        held = position.held * position.side if position is not None else 0
        return held + self.strangers.net[row]

    def learn_held(self, holdings: Iterable[Holding], asked_ns: int) -> None:
        """What the broker holds, no order having moved since it was asked."""
        self._theirs = {one.row: one.quantity for one in holdings}
        self._theirs_ns = asked_ns

    def contradicted(self, row: int, since_ns: int) -> bool:
        """Whether the broker, asked after `since_ns`, holds of `row` what we do not believe."""
        return self._theirs_ns > since_ns and self._theirs.get(row, 0) != self.believed(row)

    def new_day(self) -> None:
        """Forget what is closed and begin the sums of the day anew; what is open stays."""
        self._owners = {tag: one for tag, one in self._owners.items() if not one.done}
        self.blotter.keep(self._owners)
        self.trades.clear()
        self.day = DayResult()
        self.entered = 0

    def haunt(self, row: int, until_ns: int) -> None:
        """An order of `row`, proven absent, may still turn up before `until_ns`."""
        self._haunted[row] = until_ns

    def unknown(self, row: int, now_ns: int) -> bool:
        """Whether an order of `row` is in an unknown state, unlisted, or may yet turn up."""
        if self._haunted.get(row, 0) > now_ns:
            return True
        live = (one for one in self.blotter.live() if one.row == row)
        return any(one.state is OrderState.UNKNOWN or one.missing_ns for one in live)
