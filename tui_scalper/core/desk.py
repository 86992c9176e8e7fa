"""The desk: our orders and positions, and what must be asked of the broker for them.

Level-triggered: after any news of a position, `_steer` compares what its exit order should
be with what rests at the broker and asks for the difference, one request at a time.
Nothing new is asked while an answer is awaited or an order is in an unknown state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from tui_scalper.core import columns as c
from tui_scalper.core import events as ev
from tui_scalper.core.blotter import Blotter, Order, same_terms
from tui_scalper.core.chronicle import Chronicle
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.costs import Charges, order_costs
from tui_scalper.core.effects import (
    CancelOrder,
    Effect,
    ModifyOrder,
    PollFunds,
    PollOrderBook,
)
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.market import MarketTable
from tui_scalper.core.order_table import TERMINAL, OrderInput, OrderState
from tui_scalper.core.orders import OrderKind, OrderReport, OrderTerms, Purpose, ReportStatus
from tui_scalper.core.pacing import SendWindow, windows_of
from tui_scalper.core.positions import ClosedTrade, Position
from tui_scalper.core.risk import Approved, entry_order, exit_order
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.strangers import Strangers, Traded
from tui_scalper.core.tags import TagMaker
from tui_scalper.core.units import FOREVER, NS, Side, rupees

NEVER_RESTED: Final = frozenset({OrderState.REJECTED, OrderState.ABSENT})
HAUNT_NS: Final = 60 * NS
"""No entry in a stock for this long after an order of it was found absent: it may turn up."""
EAGER: Final = 3
"""How many failing exits of a position are followed by the next at once."""
ODD_UPDATE: Final = "order update larger than asked"
BACK_OFF: Final = 2
"""How often the wait between failing exits doubles after that."""


@dataclass(slots=True)
class DayResult:
    """Sums of the closed trades of the day, paise."""

    realised: int = 0
    costs: int = 0
    wins: int = 0
    losses: int = 0

    def add(self, trade: ClosedTrade) -> None:
        """Take a closed trade in; one that ends at nothing after costs is a loss."""
        self.realised += trade.pnl
        self.costs += trade.costs
        if trade.pnl > trade.costs:
            self.wins += 1
        else:
            self.losses += 1


def day_result(trades: Iterable[ClosedTrade]) -> DayResult:
    """The sums of `trades`."""
    result = DayResult()
    for trade in trades:
        result.add(trade)
    return result


class Glimpse(NamedTuple):
    """What was known of an order before some news of it."""

    state: OrderState
    filled: int
    value: int


class Desk:
    """Orders, positions and closed trades of one run."""

    def __init__(
        self,
        config: EngineConfig,
        table: MarketTable,
        charges: Charges,
        chronicle: Chronicle,
        emit: Callable[[Effect], None],
    ) -> None:
        self.blotter = Blotter()
        self.positions: dict[int, Position] = {}
        self.trades: list[ClosedTrade] = []
        self.day = DayResult()
        self.entered = 0
        """Entries that filled at least one share today."""
        self.window = SendWindow(windows_of(config.risk))
        self.tags = TagMaker(config.run_id)
        self._config = config
        self._table = table
        self._charges = charges
        self._chronicle = chronicle
        self._emit = emit
        self._market_open = False
        self.frozen = False
        """While true nothing is asked of the broker: our books are not compared with its yet."""
        self.leaving: GoalInput | None = None
        """Why nothing may be held now (kill latch, end of session); None while it may."""
        self.strangers = Strangers()
        self._gathered: list[Position] | None = None
        """Positions to steer once the order book at hand is taken in; None for at once."""
        self._haunted: dict[int, int] = {}
        """Until when an order of a row, proven absent, may still turn up."""
        self._owners: dict[str, Position] = {}
        """The position, open or closed, of every order by its tag."""
        self._forgiven = 0
        self._poll_ns = FOREVER
        self._send_ns = FOREVER
        """When a request that did not fit the order rate is tried again."""

    # -- entries ---------------------------------------------------------------------------

    def open(self, approved: Approved, now_ns: int) -> None:
        """Send an approved entry."""
        proposal = approved.proposal
        instrument = self._table.universe[proposal.row]
        assert proposal.row not in self.positions
        effect = entry_order(approved, instrument, self.tags.next("E"))
        order = Order(
            effect.tag,
            proposal.row,
            instrument.symbol,
            proposal.side,
            Purpose.ENTRY,
            effect.terms,
            now_ns,
        )
        self.blotter.add(order)
        position = Position(
            proposal.row,
            instrument,
            proposal.side,
            order,
            now_ns,
            entry_ends_ns=now_ns + self._config.entry.remainder_ns,
        )
        self.positions[proposal.row] = self._owners[order.tag] = position
        self._hold(proposal.row, FOREVER)
        self._request(effect, order, now_ns)
        self._chronicle.say(
            now_ns,
            Severity.INFO,
            f"{proposal.side.name} {proposal.quantity} {instrument.symbol} sent, "
            f"limit {rupees(proposal.limit)}",
        )

    # -- taking over what stood before -----------------------------------------------------

    def enrol(self, position: Position, order: Order) -> None:
        """`order`, already in the blotter, belongs to `position`, which is open from now on."""
        self._owners[order.tag] = position
        if order is not position.entry:
            position.exits.append(order)
        self.positions[position.row] = position
        self._hold(position.row, FOREVER)

    def owner(self, order: Order) -> Position:
        """The position of an order of ours."""
        return self._owners[order.tag]

    def owned(self) -> list[Position]:
        """Every position of the run, open or closed, oldest first."""
        return list({id(one): one for one in self._owners.values()}.values())

    def newest(self, row: int) -> Position | None:
        """The position of `row` opened last, open or closed."""
        return next((one for one in reversed(self.owned()) if one.row == row), None)

    def settle_books(self, now_ns: int) -> None:
        """Work out anew what is open, what was earned and what was traded."""
        self.trades.clear()
        self.entered = sum(one.bought > 0 for one in self.owned())
        self.positions = {}
        for position in self.owned():
            if not position.done:
                self.positions[position.row] = position
                self._hold(position.row, FOREVER)
                continue
            self._hold(position.row, now_ns + self._config.risk.cooldown_ns)
            if position.bought:
                position.trade = self._trade(position, now_ns)
                self.trades.append(position.trade)
        self.day = day_result(self.trades)

    def thaw(self, now_ns: int) -> None:
        """Our books are compared: guard what is open, positions without a stop first."""
        self.frozen = False
        naked = sorted(self.positions.values(), key=lambda one: one.live_exit is not None)
        for position in naked:
            if self._config.protection.time_exit_ns and position.filled_ns:
                position.leave_ns = position.filled_ns + self._config.protection.time_exit_ns
            if self.leaving is not None:
                self._turn(position, self.leaving, now_ns)
            self._steer(position, now_ns)

    def cancel_entries(self, row: int | None, now_ns: int) -> int:
        """Take back resting entries of `row`, or of all; returns how many."""
        asked = 0
        for position in self._of(row):
            if position.entry.live:
                asked += 1
                position.end_entry()
                self._steer(position, now_ns)
        return asked

    def market_opens(self, now_ns: int) -> None:
        """The exchange takes orders from now on: ask what had to wait for it."""
        if self._market_open:
            return
        self._market_open = True
        for position in list(self.positions.values()):
            self._steer(position, now_ns)

    def market_closes(self) -> None:
        """The exchange takes no orders from now on: nothing is asked until it does again."""
        self._market_open = False

    # -- exits -----------------------------------------------------------------------------

    def leave(self, row: int | None, why: GoalInput, now_ns: int) -> int:
        """Close the position of `row`, or all; returns how many there were."""
        found = self._of(row)
        for position in found:
            self._turn(position, why, now_ns)
            self._steer(position, now_ns)
        return len(found)

    def break_even(self, row: int, now_ns: int) -> bool:
        """Move the stop to the entry price; False where the market does not allow it."""
        position = self.positions.get(row)
        if position is None or position.held == 0 or position.goal is not Goal.PROTECT:
            return False
        tick = position.instrument.tick
        average = position.entry.value // position.bought
        entry = -(-average // tick) * tick if position.side is Side.BUY else average // tick * tick
        if (int(self._table.cells[row, c.LTP]) - entry) * position.side <= 0:
            return False
        position.break_even = entry
        self._steer(position, now_ns)
        return True

    def _of(self, row: int | None) -> list[Position]:
        if row is None:
            return list(self.positions.values())
        return [self.positions[row]] if row in self.positions else []

    # -- the market moved, time passed -----------------------------------------------------

    def priced(self, row: int, now_ns: int) -> None:
        """A quote of `row` reached a price the desk waits for."""
        position = self.positions.get(row)
        if position is None or position.held == 0:
            return
        if self._judge_price(position, now_ns):
            self._steer(position, now_ns)
        self._watch(position)

    def _judge_price(self, position: Position, now_ns: int) -> bool:
        cells = self._table.cells[position.row]
        rules = self._config.protection
        if position.goal is Goal.PROTECT and position.stop_is_jumped(cells):
            position.deadline_ns = min(position.deadline_ns, now_ns + rules.jump_ns)
            return False
        if position.goal is Goal.TAKE and position.stop_is_passed(cells, rules):
            return self._turn(position, GoalInput.STOP_PASSED, now_ns)
        target = position.target(rules)
        best = int(cells[c.BID_PRICE if position.side is Side.BUY else c.ASK_PRICE])
        if best > 0 and (best - target) * position.side >= 0:
            return self._turn(position, GoalInput.TARGET_TOUCHED, now_ns)
        steps = position.steps_at(best, rules)
        trailed = steps > position.steps
        position.steps = max(steps, position.steps)
        return trailed

    def timed(self, now_ns: int) -> None:
        """Time passed: deadlines, unanswered requests, postponed ones, polls."""
        self._doubt_the_unanswered(now_ns)
        postponed = now_ns >= self._send_ns
        if postponed:
            self._send_ns = FOREVER
        for position in list(self.positions.values()):
            ended = now_ns >= position.entry_ends_ns
            if ended:
                position.end_entry()
            overdue = now_ns >= position.leave_ns
            if overdue:
                position.leave_ns = FOREVER
                self._turn(position, GoalInput.TIME_EXIT, now_ns)
            if now_ns >= position.deadline_ns:
                self._deadline(position, now_ns)
            elif postponed or ended or overdue:
                self._steer(position, now_ns)
        if now_ns >= self._poll_ns:
            self.poll(now_ns)

    def _deadline(self, position: Position, now_ns: int) -> None:
        rules = self._config.protection
        position.deadline_ns = FOREVER
        if position.goal is Goal.PROTECT and position.stop_is_jumped(
            self._table.cells[position.row]
        ):
            self._turn(position, GoalInput.STOP_JUMPED, now_ns)
        elif position.goal is Goal.TAKE:
            if position.stop_is_passed(self._table.cells[position.row], rules):
                self._turn(position, GoalInput.STOP_PASSED, now_ns)
            else:
                self._turn(position, GoalInput.TAKE_EXPIRED, now_ns)
        elif position.goal is Goal.EXIT:
            position.exit_price = 0
            position.deadline_ns = now_ns + rules.reprice_ns
        self._steer(position, now_ns)

    def _doubt_the_unanswered(self, now_ns: int) -> None:
        for order in self.blotter.live():
            if order.in_flight and now_ns - order.asked_ns >= self._config.risk.doubt_ns:
                self._doubted(order, now_ns, "no answer in time")

    def poll(self, now_ns: int) -> None:
        """Ask for the order book now; sooner again while an order is in doubt."""
        live = self.blotter.live()
        doubtful = any(order.state is OrderState.UNKNOWN for order in live)
        every = self._config.polls.doubt_ns if doubtful else self._config.polls.orders_ns
        self._poll_ns = now_ns + every if live else FOREVER
        self._emit(PollOrderBook())

    def next_wake(self) -> int:
        """When `timed` must run next."""
        wakes = [self._poll_ns, self._send_ns]
        for position in self.positions.values():
            wakes += (position.deadline_ns, position.entry_ends_ns, position.leave_ns)
        wakes += [
            order.asked_ns + self._config.risk.doubt_ns
            for order in self.blotter.live()
            if order.in_flight
        ]
        return min(wakes)

    # -- news of orders --------------------------------------------------------------------

    def placed(self, event: ev.Placed) -> None:
        """The broker took a new order."""
        order = self.blotter.by_tag(event.tag)
        if order is not None:
            self.blotter.named(order, event.order_id)
            self._moved(order, OrderInput.PLACED, event.at_ns)
            if order.purpose is Purpose.EXIT and not order.seen:
                self.poll(event.at_ns)  # brokers volunteer nothing when an order is just taken

    def place_refused(self, event: ev.PlaceRefused) -> None:
        """The broker did not take it."""
        order = self.blotter.by_tag(event.tag)
        if order is not None:
            self._moved(order, OrderInput.REFUSED, event.at_ns, event.text)

    def place_unknown(self, event: ev.PlaceUnknown) -> None:
        """Nobody knows whether it did."""
        order = self.blotter.by_tag(event.tag)
        if order is not None:
            self._doubted(order, event.at_ns, event.text)

    def change_answered(
        self, event: ev.ModifyRefused | ev.CancelRefused | ev.ChangeUnknown
    ) -> None:
        """A modification or cancellation was refused, or nobody knows."""
        order = self.blotter.by_id(event.order_id)
        if order is None:
            return
        order.patient_ns = event.at_ns + self._config.protection.reprice_ns
        if isinstance(event, ev.ChangeUnknown):
            self._doubted(order, event.at_ns, event.text)
            return
        given = (
            OrderInput.MODIFY_REFUSED
            if isinstance(event, ev.ModifyRefused)
            else OrderInput.CANCEL_REFUSED
        )
        self._chronicle.say(
            event.at_ns, Severity.WARN, f"{order.symbol} {given.value}: {event.text}"
        )
        if given is OrderInput.MODIFY_REFUSED:
            order.wanted = order.terms
            self._after_refused_change(order, event.at_ns)
        self._moved(order, given, event.at_ns, event.text)
        if order.state is OrderState.UNKNOWN:
            self.poll(event.at_ns)

    def _after_refused_change(self, order: Order, now_ns: int) -> None:
        """A stop the market passed becomes an exit; an exit that cannot be changed is replaced."""
        position = self.positions.get(order.row)
        if position is None or order is not position.exit:
            return
        if position.goal is Goal.PROTECT and position.stop_is_passed(
            self._table.cells[order.row], self._config.protection
        ):
            self._turn(position, GoalInput.STOP_PASSED, now_ns)
        if position.goal is Goal.EXIT:
            order.stuck = not position.collared
            order.patient_ns = 0
            position.stay_at_best()

    def reported(self, event: ev.OrderReported) -> None:
        """The broker volunteered an update: a hint, which the order book confirms if it is odd.

        One that makes an order larger than we ever asked is not acted on; only the order book,
        which we ask for ourselves, is believed that somebody enlarged it by hand.
        """
        report = event.report
        order = self.blotter.find(report)
        if order is not None and report.terms.quantity > order.largest:
            self._chronicle.faults[ODD_UPDATE] += 1
            self._chronicle.say(
                event.at_ns,
                Severity.ALARM,
                f"{report.symbol}: an update says {report.filled} of {report.terms.quantity} "
                f"where {order.largest} were asked; asking the order book",
            )
            self.poll(event.at_ns)
            return
        self._take_report(report, event.at_ns)

    def book_reported(self, event: ev.OrderBookReported) -> None:
        """The broker's whole order book arrived: the truth, as of when it was asked.

        Absence proves something only of an order the broker never numbered. Nothing is asked
        before the whole book is taken in: one order of it may answer for another.
        """
        gathered: list[Position] = []
        self._gathered = gathered
        self._take_book(event)
        self._gathered = None
        for position in {position.row: position for position in gathered}.values():
            self._steer(position, event.at_ns)

    def _take_book(self, event: ev.OrderBookReported) -> None:
        seen: set[str] = set()
        if not self.strangers.acquainted:
            self.acquaint(event.reports)
        for report in event.reports:
            order = self._take_report(report, event.at_ns)
            if order is not None:
                seen.add(order.tag)
        for order in self.blotter.live():
            nameless = order.state is OrderState.UNKNOWN and not order.order_id
            missing = nameless and order.tag not in seen
            if missing and self._is_absent(order, event.asked_ns):
                self._haunted[order.row] = event.at_ns + HAUNT_NS
                self._moved(order, OrderInput.NOT_IN_BOOK, event.at_ns, "never reached the broker")

    def _is_absent(self, order: Order, asked_ns: int) -> bool:
        """Whether this order book, which does not show a doubted order, settles that it is not."""
        risk = self._config.risk
        since_ns = order.missed_ns + self._config.polls.doubt_ns if order.missed else 0
        if asked_ns >= max(order.doubted_ns, since_ns):
            order.missed += 1
            order.missed_ns = asked_ns
        waited_ns = asked_ns - order.doubted_ns
        return waited_ns >= risk.absent_ns and order.missed >= risk.absent_books

    def acquaint(self, reports: Iterable[OrderReport]) -> None:
        """What somebody else traded before our first look at the order book is no news."""
        self.strangers.acquainted = True
        for report in reports:
            before = self.strangers.learn(report) if self.blotter.find(report) is None else None
            if before is not None:
                self.strangers.net[before.row] += before.side * before.quantity

    def _take_report(self, report: OrderReport, at_ns: int) -> Order | None:
        order = self.blotter.find(report)
        if order is None:
            self._say_twin(report, at_ns)
            traded = self.strangers.learn(report)
            if traded is not None:
                self._traded_by_hand(traded, at_ns)
            return None
        before = Glimpse(order.state, order.filled, order.value)
        if self.blotter.report(order, report, at_ns):
            self._say_progress(order, before, at_ns)
            self._after(order, before, at_ns)
        return order

    def _traded_by_hand(self, traded: Traded, now_ns: int) -> None:
        """Somebody else traded: what closes shares of ours is no longer ours to guard."""
        row, side = traded.row, traded.side
        position = self.positions.get(row)
        taken = 0
        if position is not None and side is position.holding.opposite:
            taken = min(traded.quantity - self.strangers.closing(traded), abs(position.held))
        self.strangers.net[row] += side * (traded.quantity - taken)
        self._chronicle.say(
            now_ns,
            Severity.ALARM,
            f"{traded.symbol}: {side.name} {traded.quantity} by hand or by "
            f"another program, {taken} of them close our position; the rest is not guarded",
        )
        if position is not None and taken:
            closed = -1 if side is position.side else 1
            position.taken += closed * taken
            position.taken_value += closed * traded.value * taken // traded.quantity
            position.reason = "by hand"
            self._steer(position, now_ns)

    def _say_twin(self, report: OrderReport, at_ns: int) -> None:
        """The broker has a second order under one of our tags: nobody here guards it."""
        harmless = report.status in (ReportStatus.REJECTED, ReportStatus.CANCELLED)
        if self.blotter.by_tag(report.tag) is None or (harmless and report.filled == 0):
            return
        self._chronicle.say(
            at_ns,
            Severity.ALARM,
            f"{report.symbol}: order {report.order_id} bears our tag {report.tag} but is not the "
            "order sent under it; close it at the broker by hand",
        )

    def _say_progress(self, order: Order, before: Glimpse, at_ns: int) -> None:
        if order.filled > before.filled:
            average = order.value // order.filled
            self._chronicle.say(
                at_ns,
                Severity.GOOD,
                f"{order.purpose} {order.symbol} {order.side.name} filled "
                f"{order.filled}/{order.wanted.quantity} at {rupees(average)}",
            )
        if order.state is not before.state and order.state is OrderState.REJECTED:
            self._chronicle.say(
                at_ns, Severity.ALARM, f"{order.purpose} {order.symbol} rejected: {order.text}"
            )

    def _doubted(self, order: Order, at_ns: int, text: str) -> None:
        if self.blotter.apply(order, OrderInput.DOUBTED, at_ns, text):
            self._chronicle.say(
                at_ns,
                Severity.ALARM,
                f"{order.purpose} {order.symbol} is UNKNOWN ({text}); asking the broker",
            )
            self.poll(at_ns)

    def _moved(self, order: Order, given: OrderInput, at_ns: int, text: str = "") -> None:
        before = Glimpse(order.state, order.filled, order.value)
        self.blotter.apply(order, given, at_ns, text)
        self._say_progress(order, before, at_ns)
        self._after(order, before, at_ns)

    def _after(self, order: Order, before: Glimpse, now_ns: int) -> None:
        """Something of `order` changed: count, judge a lost exit, steer its position."""
        position = self._owners[order.tag]
        if self.positions.get(position.row) is not position:
            if position.done:
                return
            if position.row in self.positions:
                self._strayed(position, order, before, now_ns)
                return
            self._reopen(position, order, now_ns)
        if position.bought and not position.filled_ns:
            position.filled_ns = now_ns
            if self._config.protection.time_exit_ns:
                position.leave_ns = now_ns + self._config.protection.time_exit_ns
            self.entered += 1
        if position.exited and not position.entry_ended:
            position.end_entry()
        ended = order.state in TERMINAL and before.state not in TERMINAL
        if order is position.entry and ended and position.bought:
            self._emit(PollFunds())
        if order is position.exit and ended and position.held > 0:
            self._exit_lost(position, order, now_ns)
        if position.held < 0 and order.filled > before.filled:
            self._chronicle.say(
                now_ns,
                Severity.ALARM,
                f"{order.symbol}: {-position.held} shares more were closed than were held; "
                "trading them back",
            )
            self._turn(position, GoalInput.OVERSOLD, now_ns)
        self._steer(position, now_ns)

    def _strayed(self, position: Position, order: Order, before: Glimpse, now_ns: int) -> None:
        """An order of an earlier position came back while another one is open.

        It is taken back; what it filled counts like a trade by somebody else.
        """
        self._chronicle.say(
            now_ns,
            Severity.ALARM,
            f"{order.symbol}: an order of an earlier position is {order.state.value} after all",
        )
        quantity = order.filled - before.filled
        if quantity > 0:
            position.taken += position.held
            stray = Traded(
                row=order.row,
                symbol=order.symbol,
                side=order.side,
                quantity=quantity,
                value=order.value - before.value,
            )
            self._traded_by_hand(stray, now_ns)
        if order.settled:
            self._take_back(order, now_ns)

    def _reopen(self, position: Position, order: Order, now_ns: int) -> None:
        """An order thought to be over fills or works after all: guard its position again."""
        self._chronicle.say(
            now_ns,
            Severity.ALARM,
            f"{order.symbol}: {order.purpose.value} {order.state.value} after all",
        )
        self.positions[position.row] = position
        if position.trade is not None:
            self.trades.remove(position.trade)
            self.day = day_result(self.trades)
            position.trade = None
        if self.leaving is not None:
            self._turn(position, self.leaving, now_ns)

    def _exit_lost(self, position: Position, order: Order, now_ns: int) -> None:
        self._chronicle.say(
            now_ns,
            Severity.ALARM,
            f"{position.instrument.symbol} has {position.held} shares and no exit order "
            f"({order.state.value}: {order.text or 'no reason given'}); leaving at market",
        )
        if order.state is OrderState.REJECTED and order.wanted.kind is OrderKind.LIMIT:
            position.stay_at_best()
        if not self._turn(position, GoalInput.STOP_LOST, now_ns):
            position.exit_price = 0
            position.deadline_ns = now_ns + self._config.protection.reprice_ns

    # -- steering --------------------------------------------------------------------------

    def _turn(self, position: Position, given: GoalInput, now_ns: int) -> bool:
        rules = self._config.protection
        waits = {
            GoalInput.TARGET_TOUCHED: now_ns + rules.take_ns,
            GoalInput.TAKE_EXPIRED: FOREVER,
        }
        turned = position.turn(given, waits.get(given, now_ns + rules.reprice_ns))
        if turned and given is not GoalInput.TAKE_EXPIRED:
            self._chronicle.say(
                now_ns,
                Severity.GOOD if given is GoalInput.TARGET_TOUCHED else Severity.WARN,
                f"{position.instrument.symbol}: {given.value}, {position.goal.value}",
            )
        return turned

    def _steer(self, position: Position, now_ns: int) -> None:
        if self.frozen:
            return
        if self._gathered is not None:
            self._gathered.append(position)
            return
        if position.done:
            self._close(position, now_ns)
            return
        if self._market_open:
            self._withdraw_unwanted(position, now_ns)
            self._steer_exit(position, now_ns)
        self._watch(position)

    def _withdraw_unwanted(self, position: Position, now_ns: int) -> None:
        """Take back what no longer serves: a late entry, an older exit, an exit of nothing."""
        newest = position.exit
        serves = newest is not None and position.held and newest.side is position.holding.opposite
        unwanted = position.exits[:-1] if serves else position.exits[:]
        if position.entry_ended or position.goal is not Goal.PROTECT:
            unwanted.append(position.entry)
        for order in unwanted:
            if order.settled:
                self._take_back(order, now_ns)

    def _steer_exit(self, position: Position, now_ns: int) -> None:
        live = position.live_exit
        over = position.held < 0
        if position.held == 0 or (over and any(o.live for o in position.exits if o is not live)):
            return
        cells = self._table.cells[position.row]
        rules = self._config.protection
        if live is None:
            if self._retry_waits(position, now_ns):
                return
            if position.goal is Goal.PROTECT and position.stop_is_passed(cells, rules):
                self._turn(position, GoalInput.STOP_PASSED, now_ns)
            self._place_exit(position, position.wanted_terms(cells, rules), now_ns)
        elif live.settled and live.side is position.holding.opposite:
            wanted = position.wanted_terms(cells, rules)
            if live.stuck:
                self._take_back(live, now_ns)
            elif not same_terms(live.terms, wanted):
                self._change(ModifyOrder(order_id=live.order_id, terms=wanted), live, now_ns)

    def _retry_waits(self, position: Position, now_ns: int) -> bool:
        """After a few failed exits each next one waits longer, so that it never storms."""
        last = position.exit
        if last is None or last.state not in NEVER_RESTED:
            return False
        failures = sum(order.state in NEVER_RESTED for order in position.exits)
        if failures < EAGER:
            return False
        wait = self._config.protection.reprice_ns << min(failures - EAGER, BACK_OFF)
        if now_ns >= last.asked_ns + wait:
            return False
        self._send_ns = min(self._send_ns, last.asked_ns + wait)
        return True

    def _place_exit(self, position: Position, terms: OrderTerms, now_ns: int) -> None:
        if not self.window.exit_fits(now_ns):
            self._send_ns = min(self._send_ns, self.window.next_free(now_ns))
            return
        effect = exit_order(
            abs(position.held),
            position.holding,
            terms,
            row=position.row,
            instrument=position.instrument,
            tag=self.tags.next("X"),
        )
        order = Order(
            effect.tag,
            position.row,
            effect.symbol,
            effect.side,
            Purpose.EXIT,
            effect.terms,
            now_ns,
        )
        self.blotter.add(order)
        self._owners[order.tag] = position
        position.exits.append(order)
        self._request(effect, order, now_ns)

    def _take_back(self, order: Order, now_ns: int) -> None:
        self._change(CancelOrder(order_id=order.order_id), order, now_ns)

    def _change(self, effect: ModifyOrder | CancelOrder, order: Order, now_ns: int) -> None:
        """Change a settled order; a while later when the last change just failed."""
        if now_ns < order.patient_ns:
            self._send_ns = min(self._send_ns, order.patient_ns)
        else:
            self._request(effect, order, now_ns)

    def _request(self, effect: Effect, order: Order, now_ns: int) -> None:
        """Send one request about `order`, or postpone it when the order rate is used up."""
        if not self.window.exit_fits(now_ns):
            self._send_ns = min(self._send_ns, self.window.next_free(now_ns))
            return
        self.window.record(now_ns)
        self._poll_ns = min(self._poll_ns, now_ns + self._config.polls.orders_ns)
        order.asked_ns = now_ns
        if isinstance(effect, ModifyOrder):
            order.ask(effect.terms)
            self.blotter.apply(order, OrderInput.MODIFY_SENT, now_ns)
        elif isinstance(effect, CancelOrder):
            self.blotter.apply(order, OrderInput.CANCEL_SENT, now_ns)
        self._emit(effect)

    def _watch(self, position: Position) -> None:
        """Set the prices at which the market table wakes the engine for this row."""
        self._table.clear_wake(position.row)
        cells = self._table.cells[position.row]
        live = position.live_exit
        if position.held <= 0 or position.goal is Goal.EXIT or live is None:
            return
        rules = self._config.protection
        taking = position.goal is Goal.TAKE
        against = position.stop(rules) if taking else live.terms.price - position.side
        towards = [position.target(rules)]
        if rules.trail_bp:
            towards.append(position.next_step(rules))
        if position.side is Side.BUY:
            cells[c.WAKE_BID_HIGH] = FOREVER if taking else min(towards)
            cells[c.WAKE_LTP_LOW] = against
        else:
            cells[c.WAKE_ASK_LOW] = -1 if taking else max(towards)
            cells[c.WAKE_LTP_HIGH] = against

    def _hold(self, row: int, until_ns: int) -> None:
        """No proposal of this stock before `until_ns`; while a position stands, never."""
        self._table.cells[row, c.HOLD_UNTIL_NS] = until_ns

    # -- closing ---------------------------------------------------------------------------

    def _close(self, position: Position, now_ns: int) -> None:
        del self.positions[position.row]
        self._table.clear_wake(position.row)
        if position.bought == 0:
            self._hold(position.row, now_ns + self._config.risk.refusal_cooldown_ns)
            self._chronicle.say(
                now_ns,
                Severity.WARN,
                f"{position.instrument.symbol} entry {position.entry.state.value}, nothing "
                f"filled {position.entry.text}".rstrip(),
            )
            return
        position.trade = trade = self._trade(position, now_ns)
        self.trades.append(trade)
        self.day.add(trade)
        self._hold(position.row, now_ns + self._config.risk.cooldown_ns)
        self._chronicle.say(
            now_ns,
            Severity.GOOD if trade.pnl > trade.costs else Severity.WARN,
            f"{trade.symbol} closed ({trade.reason}): {rupees(trade.pnl)} before, "
            f"{rupees(trade.pnl - trade.costs)} after costs",
        )
        self._emit(PollFunds())

    def _trade(self, position: Position, now_ns: int) -> ClosedTrade:
        costs = order_costs(self._charges, position.side, position.entry.value)
        costs += sum(
            order_costs(self._charges, order.side, order.value) for order in position.exits
        )
        return ClosedTrade(
            row=position.row,
            symbol=position.instrument.symbol,
            side=position.side,
            quantity=position.bought,
            entry_value=position.entry.value,
            exit_value=position.exit_value,
            entry_ns=position.filled_ns,
            exit_ns=now_ns,
            reason=position.reason,
            pnl=position.side * (position.exit_value - position.entry.value),
            costs=costs,
        )

    # -- where the account stands ----------------------------------------------------------

    def open_pnl(self) -> int:
        """Open profit of all positions at the last prices, paise, before costs."""
        return sum(
            position.open_pnl(self.mark(position))
            for position in self.positions.values()
            if position.bought
        )

    def mark(self, position: Position) -> int:
        """Price a position is valued at: the last price, its entry while there is none."""
        ltp = int(self._table.cells[position.row, c.LTP])
        return ltp or position.entry.value // max(position.bought, 1)

    def gross(self) -> int:
        """Notional of all that is held and all that may still fill, paise."""
        total = 0
        for position in self.positions.values():
            total += abs(position.held) * self.mark(position)
            total += position.entry.open_quantity * position.entry.wanted.price
        return total

    def exposure(self, row: int) -> int:
        """Notional of one stock: held, traded by hand, and what any entry may still fill, paise."""
        position = self.positions.get(row)
        held = abs(position.held) * self.mark(position) if position is not None else 0
        by_hand = abs(self.strangers.net[row]) * int(self._table.cells[row, c.LTP])
        working = sum(
            order.open_quantity * order.wanted.price
            for order in self.blotter.live()
            if order.row == row and order.purpose is Purpose.ENTRY
        )
        return held + by_hand + working

    def sent_since(self, at_ns: int) -> int:
        """Notional of open positions whose entry left after `at_ns`, paise."""
        return sum(
            position.entry.wanted.quantity * position.entry.wanted.price
            for position in self.positions.values()
            if position.entry.sent_ns > at_ns
        )

    def loss_streak(self) -> int:
        """Losing trades in a row up to now, since a person looked at the last streak."""
        streak = 0
        for trade in reversed(self.trades[self._forgiven :]):
            if trade.pnl > trade.costs:
                break
            streak += 1
        return streak

    def forgive_streak(self) -> None:
        """A person looked: trades so far count in no streak."""
        self._forgiven = len(self.trades)

    def unknown(self, row: int, now_ns: int) -> bool:
        """Whether an order of `row` is in an unknown state, or may yet turn up."""
        if self._haunted.get(row, 0) > now_ns:
            return True
        return any(o.row == row and o.state is OrderState.UNKNOWN for o in self.blotter.live())
