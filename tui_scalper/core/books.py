"""Our books against the broker's: what a start takes over, and when the two agree.

Nothing is traded before they were compared once: orders first, holdings when no order has
moved since. Holdings older than the orders would show what a stop has closed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui_scalper.core import events as ev
from tui_scalper.core.effects import OrderRequest, PollPositions
from tui_scalper.core.emergency import Emergency
from tui_scalper.core.exits import remember_pause
from tui_scalper.core.floor import Floor
from tui_scalper.core.funds import Funds
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.holdings_watch import HoldingsWatch
from tui_scalper.core.journalled import Record
from tui_scalper.core.lost_entries import LostEntries
from tui_scalper.core.operator_table import OperatorInput
from tui_scalper.core.orders import OrderReport
from tui_scalper.core.reconciling import WORKING, Reconciled, keep_newest, reconcile
from tui_scalper.core.recovery import rebuild
from tui_scalper.core.snapshot import Severity, TradingState
from tui_scalper.core.stock_switches import remember_switches
from tui_scalper.core.trade_watch import TradeWatch
from tui_scalper.core.trading import Trading
from tui_scalper.core.trading_table import TradingInput
from tui_scalper.core.units import FOREVER
from tui_scalper.core.unlisted import Unlisted
from tui_scalper.core.unread import Unread
from tui_scalper.core.unseen import NewestBook

NOT_LISTED: Final = (
    "an earlier run left shares or orders open, and it is not on the list of stocks now; nothing "
    "here guards or closes them, so start again with it on the list"
)
UNKNOWN_RUN: Final = (
    "shares or orders are open of a run that this journal does not know: another state directory "
    "or mode, or its journal is gone; nothing here guards or closes them, so start as that run did"
)


class Books:
    """The comparison with the broker. A run that is never told of a past needs none."""

    def __init__(self, floor: Floor, trading: Trading, funds: Funds) -> None:
        self._floor = floor
        self._trading = trading
        self._funds = funds
        self.holdings = HoldingsWatch(floor, trading)
        self.trades = TradeWatch(floor)
        self._newest = NewestBook(floor.desk.blotter)
        self.unread = Unread(floor, trading, self._newest)
        self._lost = LostEntries(floor.desk, floor.universe)
        self._unlisted = Unlisted(floor, trading, self._newest)
        self.order_denied = self._unlisted.denied
        self._agreed = True
        """Our orders were compared with the broker's, or there was nothing to compare."""
        self._run_ids: tuple[str, ...] = (floor.config.run_id,)
        self._beyond: frozenset[str] = frozenset()
        """Stocks that earlier runs of today traded and that are not on the list of this one."""
        self._first_book: ev.OrderBookReported | None = None
        self._unowned: dict[str, OrderReport] = {}
        """What was said at the start of orders that may turn out ours, by the broker's id."""
        self._news_ns = -1
        """When the broker volunteered news of an order last."""
        self.ask_ns = FOREVER
        """When the broker is asked for its books again at the start."""

    def begin(self, past: Sequence[Record], emergency: Emergency, *, latched: bool) -> None:
        """Take over what a journal says of today; trade only when the broker agrees."""
        floor = self._floor
        assert self._trading.state is TradingState.ACTIVE and not floor.desk.blotter.live()
        self._agreed = False
        self.ask_ns = floor.now_ns
        self._trading.starting("comparing books with the broker")
        rebuilt = rebuild(floor.desk, floor.universe, past, floor.now_ns)
        self._run_ids = (*rebuilt.run_ids, floor.config.run_id)
        self._beyond = rebuilt.beyond
        self._remember_requests(past)
        self._trading.remember(past)
        remember_pause(floor, past)
        remember_switches(floor, past)
        emergency.remember(past)
        self._say_unknown_symbols()
        if rebuilt.orders:
            floor.say(
                Severity.WARN,
                f"journal: {rebuilt.records} records, {rebuilt.orders} orders, "
                f"{rebuilt.open_positions} positions open; asking the broker",
            )
        if latched:
            floor.operator.give(OperatorInput.KILL)
            floor.desk.hold_nothing(GoalInput.KILL)
            floor.say(Severity.ALARM, "the kill latch is set from before")

    def _remember_requests(self, past: Sequence[Record]) -> None:
        """Requests of earlier runs of the day count in rates and daily limits."""
        for record in past:
            if isinstance(record.body, OrderRequest):
                at_ns = min(record.at_ns, self._floor.now_ns)
                self._floor.sent.take(record.body, at_ns)
                self._floor.desk.window.remember(at_ns)

    def _say_unknown_symbols(self) -> None:
        """A misspelt symbol in a list would guard nothing, or leave nothing to trade."""
        lists, universe = self._floor.config.lists, self._floor.universe
        named = sorted(lists.allow | lists.deny)
        unknown = [symbol for symbol in named if universe.row_of_symbol(symbol) is None]
        if unknown:
            text = f"lists.allow, lists.deny: not in the universe: {', '.join(unknown)}"
            self._floor.say(Severity.WARN, text)

    def timed(self) -> None:
        """Ask for the books that are due."""
        for one in (self, self.holdings, self.trades, self.unread):
            if self._floor.now_ns >= one.ask_ns:
                one.ask()

    def next_wake(self) -> int:
        """When `timed` must run next."""
        return min(self.ask_ns, self.holdings.ask_ns, self.trades.ask_ns, self.unread.ask_ns)

    def ask(self) -> None:
        """Ask the broker for orders and funds; again soon while the books are not compared."""
        self._floor.desk.poll(self._floor.now_ns)
        self._funds.ask()
        if self._agreed:
            self.holdings.ask()
            self.trades.ask()
        else:
            self.ask_ns = self._floor.now_ns + self._floor.config.polls.doubt_ns

    def order_reported(self, event: ev.OrderReported) -> None:
        """The broker volunteered news of an order."""
        self._news_ns = event.at_ns
        self.holdings.moved(event.at_ns)
        if self._agreed and self._lost.is_one(event.report, event.at_ns):
            self._floor.desk.poll(event.at_ns)
        elif self._agreed or self._floor.desk.blotter.find(event.report) is not None:
            self._floor.desk.reported(event)
        else:
            keep_newest(self._unowned, event.report)

    def book_reported(self, event: ev.OrderBookReported) -> None:
        """The broker's order book; at the start the holdings are asked for when it is there."""
        self._newest.seen(event)
        self.unread.book_seen(event)
        if self._agreed:
            self._take_over_lost(event)
            self._floor.desk.book_reported(event)
            self.holdings.book_seen(event.asked_ns)
            self.trades.book_seen(event.asked_ns)
            self._unlisted.book_seen(event)
            return
        self._first_book = event
        self._floor.send(PollPositions())

    def _take_over_lost(self, event: ev.OrderBookReported) -> None:
        for order in self._lost.taken_over(event.reports, event.at_ns):
            self._floor.say(
                Severity.ALARM,
                f"{order.symbol}: an entry of an earlier run ({order.tag}) that the journal lost "
                "can be read now; it is ours again, and what it traded is guarded",
            )

    def positions_reported(self, event: ev.PositionsReported) -> None:
        """Compare, unless an order moved since these holdings were asked for: then ask again."""
        if self._agreed:
            if self._news_ns < event.asked_ns:
                self._unlisted.held(event)
                self.unread.held(event)
            self.holdings.compare(event)
            return
        book = self._first_book
        if book is None or event.asked_ns < book.at_ns:
            return
        if self._news_ns >= event.asked_ns:
            self._floor.send(PollPositions())
            return
        self._compare(book, event)

    def _compare(self, book: ev.OrderBookReported, held: ev.PositionsReported) -> None:
        """Agree with the broker's orders, guard what is open; holdings that agree end the start."""
        floor = self._floor
        found = reconcile(
            floor.desk,
            floor.universe,
            (*book.reports, *self._unowned.values()),
            unreadable=book.unreadable,
            run_ids=self._run_ids,
            now_ns=floor.now_ns,
        )
        self._lost.begin(book.unreadable, self._run_ids, floor.now_ns)
        self.ask_ns = FOREVER
        self._agreed = True
        floor.desk.thaw(floor.now_ns)
        self._say_found(found)
        self._look_beyond(self._beyond, NOT_LISTED, book, held)
        self._look_beyond(found.lost, UNKNOWN_RUN, book, held)
        self.unread.held(held)
        self.holdings.begin(held)
        self.trades.ask()

    def _look_beyond(
        self,
        left: frozenset[str],
        why: str,
        book: ev.OrderBookReported,
        held: ev.PositionsReported,
    ) -> None:
        """Halt for what earlier runs left open in stocks that nothing here can guard."""
        works = {one.symbol for one in book.reports if one.status in WORKING}
        holds = {one.symbol for one in held.holdings if one.quantity}
        for symbol in sorted(left & (works | holds)):
            self._trading.give(TradingInput.MISMATCH)
            self._floor.say(
                Severity.ALARM,
                f"{symbol}: {why}, or close what is open on the broker's own screen, then reset",
            )

    def _say_found(self, found: Reconciled) -> None:
        floor = self._floor
        if found.known or found.adopted or found.missing or found.foreign:
            missing = f" ({', '.join(found.missing)})" if found.missing else ""
            floor.say(
                Severity.WARN if found.missing or found.adopted else Severity.GOOD,
                f"books compared: {found.known} live orders known, {found.adopted} adopted, "
                f"{len(found.missing)} missing{missing}, {found.foreign} of others",
            )
        for tag in found.missing:
            order = floor.desk.blotter.by_tag(tag)
            if order is not None and order.order_id:
                floor.say(
                    Severity.ALARM,
                    f"{order.symbol}: {order.purpose.value} order {order.order_id} is not in the "
                    "broker's order book; nothing is done in this stock until it is, so look at "
                    "the broker's own screen and close there what is open",
                )
        for position in floor.desk.positions.values():
            floor.say(
                Severity.WARN,
                f"{position.instrument.symbol} {position.side.name} {position.held} found again, "
                f"{position.protection().value}",
            )
