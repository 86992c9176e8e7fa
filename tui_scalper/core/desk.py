"""The desk: our orders and positions, and what is asked of the broker for them.

The face of its parts, each in a file: `ledger` (what is), `steering` (what is asked),
`order_news` and `order_book` (what is heard), `aftermath` (what that means), `closing`
(what it came to), `stake` (what is at risk).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tui_scalper.core import columns as c
from tui_scalper.core.aftermath import Aftermath
from tui_scalper.core.blotter import Order
from tui_scalper.core.by_hand import ByHand
from tui_scalper.core.checks import Proposal
from tui_scalper.core.chronicle import Chronicle
from tui_scalper.core.closing import Closing
from tui_scalper.core.config import EngineConfig, ProtectionRules
from tui_scalper.core.costs import Charges
from tui_scalper.core.depth import best_price
from tui_scalper.core.effects import Effect, ModifyOrder
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.ledger import Ledger, Surroundings
from tui_scalper.core.market import MarketTable
from tui_scalper.core.order_book import OrderBook
from tui_scalper.core.order_news import OrderNews
from tui_scalper.core.orders import Purpose
from tui_scalper.core.outbox import Outbox
from tui_scalper.core.positions import Position
from tui_scalper.core.price_watch import judge_deadline, judge_price, watch
from tui_scalper.core.prices import collared
from tui_scalper.core.risk import Approved, entry_order, waits
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.stake import Stake
from tui_scalper.core.steering import Steering
from tui_scalper.core.tags import TagMaker
from tui_scalper.core.trades import DayResult
from tui_scalper.core.units import FOREVER, rupees


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
        around = Surroundings(config, table, charges, chronicle, emit)
        self._config = config
        self._table = table
        self._chronicle = chronicle
        self.tags = TagMaker(config.run_id)
        self._ledger = ledger = Ledger(table)
        self.blotter = ledger.blotter
        self.positions = ledger.positions
        self.trades = ledger.trades
        self.strangers = ledger.strangers
        self.doubts = ledger.doubts
        self._outbox = Outbox(config, ledger.blotter, emit)
        self.window = self._outbox.window
        self._closing = Closing(around, ledger)
        self._steering = Steering(around, ledger, self._outbox, self._closing, self.tags)
        by_hand = ByHand(ledger, chronicle, self._steering)
        aftermath = Aftermath(around, ledger, self._outbox, self._closing, self._steering, by_hand)
        self._news = OrderNews(around, ledger, self._outbox, self._steering, by_hand, aftermath)
        self.placed = self._news.placed
        self.place_refused = self._news.place_refused
        self.place_unknown = self._news.place_unknown
        self.change_answered = self._news.change_answered
        self.unlist = self._news.unlisted
        self.conclude = self._news.concluded
        self.suppose = self._news.supposed
        self.reported = self._news.reported
        self.book_reported = OrderBook(around, ledger, self._steering, by_hand, self._news).reported
        stake = Stake(ledger, table)
        self.open_pnl = stake.open_pnl
        self.mark = stake.mark
        self.gross = stake.gross
        self.exposure = stake.exposure
        self.sector = stake.sector
        self.sent_since = stake.sent_since
        self.loss_streak = stake.loss_streak
        self.forgive_streak = stake.forgive_streak
        self.unknown = ledger.unknown
        self.believed = ledger.believed
        self.learn_held = ledger.learn_held
        self.contradicted = ledger.contradicted
        self.enrol = ledger.enrol
        self.owner = ledger.owner
        self.owned = ledger.owned
        self.mine = ledger.mine
        self.premature = ledger.premature
        self.awaits_book = ledger.awaits_book
        self.newest = ledger.newest
        self.holder = ledger.holder
        self.settle_books = self._closing.settle

    @property
    def day(self) -> DayResult:
        """What the closed trades of the day came to."""
        return self._ledger.day

    @property
    def entered(self) -> int:
        """Entries that filled at least one share today."""
        return self._ledger.entered

    @property
    def protection(self) -> ProtectionRules:
        """The rules stops and targets follow."""
        return self._config.protection

    @property
    def frozen(self) -> bool:
        """While true nothing is asked of the broker: our books are not compared with its yet."""
        return self._steering.frozen

    def hold_nothing(self, why: GoalInput | None) -> None:
        """Nothing may be held from now on, and why (kill latch, emergency); None: it may."""
        self._steering.leaving = why

    # -- entries ---------------------------------------------------------------------------

    def open(self, approved: Approved, now_ns: int) -> None:
        """Send an approved entry."""
        proposal = approved.proposal
        instrument = self._table.universe[proposal.row]
        assert proposal.row not in self.positions
        effect = entry_order(approved, instrument, self.tags.next("E"), self._config.protection)
        order = Order(
            effect.tag,
            proposal.row,
            instrument.symbol,
            proposal.side,
            Purpose.ENTRY,
            effect.terms,
            now_ns,
            leg=effect.leg,
        )
        self.blotter.add(order)
        rules = self._config.entry
        waiting = waits(proposal, self._table.cells[proposal.row])
        position = Position(
            proposal.row,
            instrument,
            proposal.side,
            order,
            now_ns,
            entry_ends_ns=now_ns + (rules.rest_ns if waiting else rules.remainder_ns),
            edge=proposal.limit if waiting else self._edge(proposal, instrument.tick),
        )
        self.enrol(position, order)
        self._outbox.request(effect, order, now_ns)
        self._chronicle.say(
            now_ns,
            Severity.INFO,
            f"{proposal.side.name} {proposal.quantity} {instrument.symbol} sent, "
            f"limit {rupees(proposal.limit)}",
        )

    def _edge(self, proposal: Proposal, tick: int) -> int:
        best = best_price(self._table.cells[proposal.row], proposal.side)
        return collared(best, proposal.side, self._config.entry.collar_bp, tick)

    def chase(self, position: Position, price: int, now_ns: int) -> None:
        """Ask for the rest of a settled entry at `price`, inside the collar of its decision."""
        entry = position.entry
        assert (price - position.edge) * position.side <= 0
        position.chases += 1
        position.entry_ends_ns = now_ns + self._config.entry.remainder_ns
        if price != entry.terms.price:
            terms = msgspec.structs.replace(entry.terms, price=price)
            change = ModifyOrder(order_id=entry.order_id, terms=terms, leg=entry.leg)
            self._outbox.change(change, entry, now_ns)

    def cancel_entries(self, row: int | None, now_ns: int) -> int:
        """Take back resting entries of `row`, or of all; returns how many."""
        return self._end_entries(self._ledger.of(row), now_ns)

    def cancel_entries_of(self, group: int, now_ns: int) -> None:
        """Take back resting entries of a session group."""
        self._end_entries(self._of_group(group), now_ns)

    def _end_entries(self, positions: Sequence[Position], now_ns: int) -> int:
        resting = [position for position in positions if position.entry.live]
        for position in resting:
            position.end_entry()
            self._steering.steer(position, now_ns)
        return len(resting)

    # -- taking over what stood before -----------------------------------------------------

    def freeze(self) -> None:
        """Ask nothing of the broker before `thaw`."""
        self._steering.frozen = True

    def thaw(self, now_ns: int) -> None:
        """Our books are compared: guard what is open, positions without a stop first."""
        self._steering.frozen = False
        if self.blotter.live():
            self._outbox.follow(now_ns)
        naked = sorted(self.positions.values(), key=lambda one: one.live_exit is not None)
        for position in naked:
            self.guard(position, now_ns)

    def guard(self, position: Position, now_ns: int) -> None:
        """Guard a position that was taken over, or leave it where nothing may be held."""
        hold_ns = self._config.protection.time_exit_ns
        if hold_ns and position.filled_ns and not position.manual:
            position.leave_ns = position.filled_ns + hold_ns
        why = self._steering.why_leave(position.row)
        if why is not None:
            self._steering.turn(position, why, now_ns)
        self._steering.steer(position, now_ns)

    def new_day(self) -> None:
        """Forget what is closed; what is open stays."""
        self._ledger.new_day()

    # -- exits -----------------------------------------------------------------------------

    def market_opens(self, group: int, now_ns: int) -> None:
        """The exchange takes orders of this session group: ask what had to wait for it."""
        if group in self._steering.open_groups:
            return
        self._steering.open_groups.add(group)
        for position in self._of_group(group):
            self._steering.steer(position, now_ns)

    def market_closes(self, group: int) -> None:
        """It takes none from now on: nothing is asked until it does again."""
        self._steering.open_groups.discard(group)

    def rest_groups(self, groups: set[int]) -> None:
        """Of these session groups nothing may be held now."""
        self._steering.resting_groups = groups

    def leave_group(self, group: int, why: GoalInput, now_ns: int) -> None:
        """Close every position of a session group."""
        for position in self._of_group(group):
            self.leave(position.row, why, now_ns)

    def _of_group(self, group: int) -> list[Position]:
        groups = self._table.cells[:, c.GROUP]
        return [one for row, one in self.positions.items() if groups[row] == group]

    def leave(self, row: int | None, why: GoalInput, now_ns: int) -> int:
        """Close the position of `row`, or all; returns how many there were."""
        found = self._ledger.of(row)
        for position in found:
            self._steering.turn(position, why, now_ns)
            self._steering.steer(position, now_ns)
        return len(found)

    def take_over(self, row: int, now_ns: int) -> bool:
        """The operator manages the position from now on, behind its stop; False without one."""
        position = self.positions.get(row)
        if position is None or position.held == 0 or position.goal is Goal.EXIT:
            return False
        position.manual = True
        position.leave_ns = FOREVER
        self._steering.turn(position, GoalInput.TAKE_EXPIRED, now_ns)
        self._steering.steer(position, now_ns)
        self._say_manager(position, "taken over by the operator; its stop stays", now_ns)
        return True

    def give_back(self, row: int, now_ns: int) -> bool:
        """The engine manages the position again; False when no operator had taken it over."""
        position = self.positions.get(row)
        if position is None or not position.manual:
            return False
        position.manual = False
        hold_ns = self._config.protection.time_exit_ns
        if hold_ns:
            position.leave_ns = position.filled_ns + hold_ns
        self._steering.steer(position, now_ns)
        self._say_manager(position, "managed by the engine again", now_ns)
        return True

    def _say_manager(self, position: Position, text: str, now_ns: int) -> None:
        self._chronicle.say(now_ns, Severity.WARN, f"{position.instrument.symbol}: {text}")

    def break_even(self, row: int, now_ns: int) -> bool:
        """Move the stop to the entry price; False where the market does not allow it."""
        position = self.positions.get(row)
        if position is None or position.held == 0 or position.goal is not Goal.PROTECT:
            return False
        entry = position.even()
        if (int(self._table.cells[row, c.LTP]) - entry) * position.side <= 0:
            return False
        position.break_even = entry
        self._steering.steer(position, now_ns)
        stop = rupees(position.stop(self._config.protection))
        text = f"stop of {position.instrument.symbol} to {stop}"
        self._chronicle.say(now_ns, Severity.INFO, text)
        return True

    # -- the market moved, time passed -----------------------------------------------------

    def priced(self, row: int, now_ns: int) -> None:
        """A quote of `row` reached a price the desk waits for."""
        position = self.positions.get(row)
        if position is None or position.held == 0:
            return
        rules = self._config.protection
        steps = position.steps
        given = judge_price(position, self._table.cells[row], rules, now_ns)
        turned = given is not None and self._steering.turn(position, given, now_ns)
        if turned or position.steps > steps:
            self._steering.steer(position, now_ns)
        watch(position, self._table, rules)

    def timed(self, now_ns: int) -> None:
        """Time passed: deadlines, unanswered requests, postponed ones, polls."""
        self._news.doubt_the_unanswered(now_ns)
        postponed = self._outbox.retries(now_ns)
        for position in list(self.positions.values()):
            ended = now_ns >= position.entry_ends_ns
            if ended:
                position.end_entry()
            overdue = now_ns >= position.leave_ns
            if overdue:
                position.leave_ns = FOREVER
                self._steering.turn(position, GoalInput.TIME_EXIT, now_ns)
            if now_ns >= position.thin_ns:
                position.thin_ns = FOREVER
                self._steering.turn(position, GoalInput.STOP_LOST, now_ns)
                self._steering.steer(position, now_ns)
            due = now_ns >= position.deadline_ns
            if due:
                self._deadline(position, now_ns)
            if postponed or ended or overdue or due:
                self._steering.steer(position, now_ns)
        self._outbox.polls(now_ns)

    def _deadline(self, position: Position, now_ns: int) -> None:
        rules = self._config.protection
        position.deadline_ns = FOREVER
        given = judge_deadline(position, self._table.cells[position.row], rules)
        if given is not None:
            self._steering.turn(position, given, now_ns)
        elif position.goal is Goal.EXIT:
            position.exit_price = 0
            position.deadline_ns = now_ns + rules.reprice_ns

    def poll(self, now_ns: int) -> None:
        """Ask for the order book now."""
        self._outbox.poll(now_ns)

    def next_wake(self) -> int:
        """When `timed` must run next."""
        wake = self._outbox.wake_ns
        for one in self.positions.values():
            wake = min(wake, one.deadline_ns, one.entry_ends_ns, one.leave_ns, one.thin_ns)
        for order in self.blotter.live():
            if order.in_flight:
                wake = min(wake, order.asked_ns + self._config.risk.doubt_ns)
        return wake
