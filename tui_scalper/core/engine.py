"""The engine: `receive(event) -> effects`. A pure state machine; time arrives in events.

The market table, the operator machine and the desk each keep their own rules; the engine
lets events in, asks the controls, and says when it wants to be called again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core import kernels as k
from tui_scalper.core.checks import Proposal, Sender, Standing
from tui_scalper.core.chronicle import Chronicle
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.costs import VENUE_CHARGES
from tui_scalper.core.depth import best_price
from tui_scalper.core.desk import Desk
from tui_scalper.core.effects import (
    CancelOrder,
    Effect,
    ModifyOrder,
    PlaceOrder,
    PollFunds,
    PollPositions,
    SetLatch,
)
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.instruments import Universe
from tui_scalper.core.journalled import Record
from tui_scalper.core.kernels import FRAMES, UPDATES, Cells
from tui_scalper.core.market import MarketTable
from tui_scalper.core.operator import Operator, Staged
from tui_scalper.core.operator_table import OperatorInput
from tui_scalper.core.prices import collared
from tui_scalper.core.ranking import ranked
from tui_scalper.core.recovery import rebuild, reconcile
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.risk import Approved, Refused, judge
from tui_scalper.core.sent import SentToday
from tui_scalper.core.session_table import Group
from tui_scalper.core.sessions import Calendar, every_day
from tui_scalper.core.sizing import entry_quantity
from tui_scalper.core.snapshot import Mode, OperatorState, Severity, TradingState
from tui_scalper.core.tables import step
from tui_scalper.core.trading_table import TRADING_TABLE, TradingInput
from tui_scalper.core.units import FOREVER, NS, Side
from tui_scalper.core.venues import Phase

RISKY = (
    cm.Arm,
    cm.Stage,
    cm.StageBest,
    cm.NudgePrice,
    cm.NudgeQuantity,
    cm.Confirm,
    cm.AutoOn,
    cm.Resume,
    cm.ResetKill,
)
"""Commands that can increase risk; they need a fresh key."""

SESSION_GROUP = Group.CLOSING_AUCTION
"""The group whose hours every stock keeps here: the earlier end is safe for all of them."""

CONTINUOUS = frozenset({Phase.OPEN, Phase.HOLD, Phase.SQUARE_OFF})
"""Phases in which the exchange takes orders of ours."""

LEAVING = frozenset({Phase.SQUARE_OFF, Phase.AUCTION, Phase.CLOSED})
"""Phases in which no position may stand."""

TRADING_REFUSALS = {
    TradingState.STARTING: Refusal.STARTING,
    TradingState.REDUCING: Refusal.REDUCING,
    TradingState.HALTED: Refusal.HALTED,
}

FAULTS_EVERY_NS = 60 * NS
"""How often bad input of one kind is said, however often it comes."""

WATCH_NS = 5 * NS
"""How often open losses are held against the limits; closed ones are at once."""

LASTING = frozenset(
    {Refusal.DAILY_TRADES, Refusal.DAILY_LOSS, Refusal.REPEATED, Refusal.DAILY_ORDERS}
)
"""Refusals that no tick can lift: the stock steps back for longer."""

ACCOUNT_WIDE = LASTING | {
    Refusal.LINK_DOWN,
    Refusal.SESSION,
    Refusal.FUNDS_UNKNOWN,
    Refusal.MAX_POSITIONS,
    Refusal.OPEN_ORDERS,
    Refusal.GROSS_NOTIONAL,
    Refusal.FUNDS,
    Refusal.ORDER_RATE,
    Refusal.MINUTE_RATE,
    Refusal.DAY_RATE,
} - {Refusal.REPEATED}
"""Refusals that concern every stock alike."""

OFFERED = 12
"""How many of the best signals are tried for one the controls let through."""

PROPOSALS_A_FRAME = 4
"""How many candidates one frame may propose before the rest wait for the next."""


class Engine:
    """One run of one account on one universe."""

    def __init__(
        self, config: EngineConfig, universe: Universe, calendar: Calendar | None = None
    ) -> None:
        self.config = config
        self.universe = universe
        self.table = MarketTable(universe)
        self.rules = k.rules_array(config.signals)
        self.counters: Cells = np.zeros(k.COUNTERS, dtype=np.int64)
        self.chronicle = Chronicle()
        self.operator = Operator(config.operator)
        self._effects: list[Effect] = []
        charges = VENUE_CHARGES[universe.venue.code]
        self.sent = SentToday()
        self.desk = Desk(config, self.table, charges, self.chronicle, self._send)
        self.now_ns = 0
        self.link = ev.Link.DOWN
        self.link_text = "not connected yet"
        self.calendar = calendar or every_day(universe.venue)
        self.phase = Phase.CLOSED
        self.session_text = ""
        """What kind of day it is, in the calendar's words."""
        self.funds: int | None = None
        self._funds_as_of_ns = 0
        """Entries sent after this may not be in `funds` yet."""
        self.trading = TradingState.ACTIVE
        self.trading_text = ""
        self._agreed = True
        """Our books were compared with the broker's, or there was nothing to compare."""
        self._run_ids: tuple[str, ...] = (config.run_id,)
        self._first_book: ev.OrderBookReported | None = None
        self._news_ns = -1
        """When the broker volunteered news of an order last."""
        self._books_ns = FOREVER
        """When the broker is asked for its books again at the start."""
        self._best_result = 0
        self._fault_said_ns: dict[str, int] = {}
        self._watched_trades = 0
        self._watch_ns = 0
        """When open losses are looked at again while positions stand."""
        self.focus = 0
        self.watched_ladders = 3
        self.watched_signals = 30
        self.order_ack_ns = -1
        self._funds_ns = FOREVER
        self._phase_ns = 0
        self._wake_ns = 0
        self._said: dict[int, tuple[int, Refusal]] = {}
        """What was refused last of a row: its signal's start and the reason, said once."""
        self._said_of_account: Refusal | None = None
        """The account-wide refusal said last; counted, not said, for every further stock."""
        self._handlers: dict[type[ev.Event], Callable[[Any], None]] = {
            ev.ClockTicked: lambda _e: None,
            ev.LinkChanged: self._link_changed,
            ev.FaultsSeen: self._faults_seen,
            ev.Placed: self._placed,
            ev.PlaceRefused: self._place_refused,
            ev.PlaceUnknown: self.desk.place_unknown,
            ev.ModifyAccepted: lambda _e: None,
            ev.CancelAccepted: lambda _e: None,
            ev.ModifyRefused: self.desk.change_answered,
            ev.CancelRefused: self.desk.change_answered,
            ev.ChangeUnknown: self.desk.change_answered,
            ev.OrderReported: self._order_reported,
            ev.OrderBookReported: self._book_reported,
            ev.PositionsReported: self._positions_reported,
            ev.FundsReported: self._funds_reported,
            ev.PollFailed: self._poll_failed,
            ev.Commanded: self._commanded,
        }
        self._commands: dict[type[cm.Command], Callable[[Any], None]] = {
            cm.Arm: self._arm,
            cm.Disarm: self._disarm,
            cm.Stage: self._stage,
            cm.StageBest: self._stage_best,
            cm.DropStage: lambda _c: self._give(OperatorInput.DROP, "staged entry dropped"),
            cm.NudgePrice: self._nudge_price,
            cm.NudgeQuantity: self._nudge_quantity,
            cm.Confirm: self._confirm,
            cm.AutoOn: self._auto_on,
            cm.AutoOff: self._auto_off,
            cm.Pause: self._pause,
            cm.Resume: self._resume,
            cm.CancelEntries: self._cancel_entries,
            cm.Flatten: self._flatten,
            cm.BreakEven: self._break_even,
            cm.Kill: self._kill,
            cm.ResetKill: self._reset_kill,
            cm.Focus: self._focus,
            cm.Watch: self._watch,
        }

    # -- the way in ------------------------------------------------------------------------

    def receive(self, event: ev.Event) -> tuple[Effect, ...]:
        """Take an event in; returns what must be done now, in order.

        What was due by then happens before the event does. An event that says an earlier
        time than one before it counts as happening now.
        """
        if event.at_ns < self.now_ns:
            event = msgspec.structs.replace(event, at_ns=self.now_ns)
        self.now_ns = event.at_ns
        if self.now_ns >= self._wake_ns:
            self._pass_time()
            self._plan()
        if isinstance(event, ev.Ticks):
            awake = k.evaluate(self.table.cells, event.rows, self.rules, self.counters)
            return self.after_frames(self.now_ns, awake)
        self._handlers[type(event)](event)
        self._plan()
        return self._taken()

    def after_frames(self, at_ns: int, awake: int) -> tuple[Effect, ...]:
        """React to frames already evaluated, the last of them at `at_ns` (see run_tape)."""
        self.now_ns = max(self.now_ns, at_ns)
        if awake == k.QUIET and self.now_ns < self._wake_ns:
            return self._taken()
        self._pass_time()
        if awake & k.WAKE_PRICE:
            for row in list(self.desk.positions):
                self.desk.priced(row, self.now_ns)
        if awake & k.WAKE_CANDIDATE:
            self._propose_the_strongest()
        self._plan()
        return self._taken()

    def run_tape(
        self,
        rows: Cells,
        cells: Cells,
        received_ns: Cells,
        start: int,
        *,
        until_ns: int,
        exchange_wakes: Cells,
    ) -> tuple[int, int]:
        """Play recorded frames up to the first that needs the engine or the exchange.

        Decides exactly as receiving each frame as Ticks would, without the calls. Plays no
        frame at or after `wake_ns`, nor after `until_ns`. Returns (index of the next update,
        WAKE_* bits); pass the bits to after_frames.
        """
        return k.run_frames(
            self.table.cells,
            rows,
            cells,
            received_ns,
            start,
            min(self._wake_ns - 1, until_ns),
            self.rules,
            self.counters,
            exchange_wakes,
        )

    @property
    def wake_ns(self) -> int:
        """Call again by this time, with ClockTicked when nothing else happens."""
        return self._wake_ns

    @property
    def updates(self) -> int:
        """Depth updates evaluated so far."""
        return int(self.counters[UPDATES])

    @property
    def frames(self) -> int:
        """Frames evaluated so far."""
        return int(self.counters[FRAMES])

    def _send(self, effect: Effect) -> None:
        self._effects.append(effect)
        self.sent.take(effect, self.now_ns)
        most = self.config.risk.otr_alarm
        if self.sent.turns_chatty(self.trades_done(), most):
            text = f"{self.sent.requests} order requests, more than {most} a trade"
            self.chronicle.say(self.now_ns, Severity.ALARM, text)

    def trades_done(self) -> int:
        """Orders that traded today, at the least: every entry filled, an exit a closed trade."""
        return self.desk.entered + len(self.desk.trades)

    def _taken(self) -> tuple[Effect, ...]:
        if not self._effects:
            return ()
        effects = tuple(self._effects)
        self._effects.clear()
        return effects

    def _pass_time(self) -> None:
        now = self.now_ns
        if now >= self._phase_ns:
            self._enter_phase(now)
        if now < self._wake_ns:
            return
        self.operator.timed(now)
        self.desk.timed(now)
        if now >= self._funds_ns:
            self._ask_funds()
        if now >= self._books_ns:
            self._ask_books()

    def _leaving(self) -> GoalInput | None:
        if self.operator.state is OperatorState.KILLED:
            return GoalInput.KILL
        return GoalInput.SQUARE_OFF if self.phase in LEAVING else None

    def _plan(self) -> None:
        if self.now_ns >= self._watch_ns or len(self.desk.trades) != self._watched_trades:
            self._watch_losses()
        self.desk.leaving = self._leaving()
        active = self.trading is TradingState.ACTIVE
        self.rules[k.ENTRIES_OPEN] = int(active and self.operator.may_auto())
        self._wake_ns = min(
            self.desk.next_wake(),
            self.operator.next_wake(),
            self._phase_ns,
            self._funds_ns,
            self._books_ns,
            self._watch_ns if self.desk.positions else FOREVER,
        )

    # -- session, link, funds --------------------------------------------------------------

    def _enter_phase(self, now: int) -> None:
        phase = self.calendar.phase(SESSION_GROUP, now)
        self._phase_ns = self.calendar.next_change(SESSION_GROUP, now)
        self.session_text = self.calendar.why(now)
        self.rules[k.IN_SESSION] = int(phase is Phase.OPEN)
        if phase is self.phase:
            return
        self.phase = phase
        if phase in CONTINUOUS:
            self.desk.market_opens(now)
        else:
            self.desk.market_closes()
        self.chronicle.say(now, Severity.INFO, f"session: {phase.value} ({self.session_text})")
        if phase in LEAVING:
            self.desk.leave(None, GoalInput.SQUARE_OFF, now)

    def _link_changed(self, event: ev.LinkChanged) -> None:
        was = self.link
        self.link, self.link_text = event.link, event.why
        if event.link is ev.Link.LIVE and was is not ev.Link.LIVE:
            self.chronicle.say(event.at_ns, Severity.GOOD, "market data is live")
            self._ask_books()
        elif event.link in (ev.Link.DOWN, ev.Link.STALLED):
            text = f"market data {event.link.value}: {event.why}; entries stop, stops stay"
            self.chronicle.say(event.at_ns, Severity.ALARM, text)

    # -- start-up and recovery -------------------------------------------------------------

    def begin(self, past: Sequence[Record], now_ns: int, *, latched: bool) -> None:
        """Take over what a journal says of today, and trade only when the broker agrees.

        `latched`: the kill latch was set when the last run ended. An engine that is never
        told of a past has none and needs no agreement.
        """
        assert self.trading is TradingState.ACTIVE and not self.desk.blotter.live()
        self.now_ns = now_ns
        self._agreed = False
        self._books_ns = now_ns
        self.trading = TradingState.STARTING
        self.trading_text = "comparing books with the broker"
        rebuilt = rebuild(self.desk, self.universe, past, now_ns)
        self._run_ids = (*rebuilt.run_ids, self.config.run_id)
        self._remember_requests(past)
        self._say_unknown_symbols()
        if rebuilt.orders:
            self.chronicle.say(
                now_ns,
                Severity.WARN,
                f"journal: {rebuilt.records} records, {rebuilt.orders} orders, "
                f"{rebuilt.open_positions} positions open; asking the broker",
            )
        if latched:
            self.operator.give(OperatorInput.KILL)
            self.desk.leaving = GoalInput.KILL
            self.chronicle.say(now_ns, Severity.ALARM, "the kill latch is set from before")

    def _remember_requests(self, past: Sequence[Record]) -> None:
        """Requests of earlier runs of the day count in rates and daily limits."""
        for record in past:
            if isinstance(record.body, PlaceOrder | ModifyOrder | CancelOrder):
                at_ns = min(record.at_ns, self.now_ns)
                self.sent.take(record.body, at_ns)
                self.desk.window.remember(at_ns)

    def _say_unknown_symbols(self) -> None:
        """A misspelt symbol in a list would guard nothing, or leave nothing to trade."""
        lists = self.config.lists
        named = sorted(lists.allow | lists.deny)
        unknown = [symbol for symbol in named if self.universe.row_of_symbol(symbol) is None]
        if unknown:
            text = f"lists.allow, lists.deny: not in the universe: {', '.join(unknown)}"
            self.chronicle.say(self.now_ns, Severity.WARN, text)

    def _ask_books(self) -> None:
        self.desk.poll(self.now_ns)
        self._ask_funds()
        if not self._agreed:
            self._books_ns = self.now_ns + self.config.polls.doubt_ns

    def _book_reported(self, event: ev.OrderBookReported) -> None:
        """At the start, the holdings are asked for when the orders are known, never before:

        holdings older than the orders would show what a stop has closed since.
        """
        if self._agreed:
            self.desk.book_reported(event)
            return
        self._first_book = event
        self._effects.append(PollPositions())

    def _positions_reported(self, event: ev.PositionsReported) -> None:
        """Compare, unless an order moved since these holdings were asked for: then ask again."""
        book = self._first_book
        if self._agreed or book is None or event.asked_ns < book.at_ns:
            return
        if self._news_ns >= event.asked_ns:
            self._effects.append(PollPositions())
            return
        self._compare_books(book, event)

    def _order_reported(self, event: ev.OrderReported) -> None:
        self._news_ns = event.at_ns
        self.desk.reported(event)

    def _compare_books(self, book: ev.OrderBookReported, held: ev.PositionsReported) -> None:
        """Agree with the broker's orders and holdings, and go on."""
        found = reconcile(
            self.desk,
            self.universe,
            book.reports,
            held.holdings,
            run_ids=self._run_ids,
            now_ns=self.now_ns,
        )
        self._books_ns = FOREVER
        self._agreed = True
        self._trade(TradingInput.RECONCILED)
        self.desk.thaw(self.now_ns)
        if found.known or found.adopted or found.missing or found.foreign:
            missing = f" ({', '.join(found.missing)})" if found.missing else ""
            self.chronicle.say(
                self.now_ns,
                Severity.WARN if found.missing or found.adopted else Severity.GOOD,
                f"books compared: {found.known} live orders known, {found.adopted} adopted, "
                f"{len(found.missing)} missing{missing}, {found.foreign} of others",
            )
        for position in self.desk.positions.values():
            self.chronicle.say(
                self.now_ns,
                Severity.WARN,
                f"{position.instrument.symbol} {position.side.name} {position.held} taken over, "
                f"{position.protection().value}",
            )

    def _trade(self, given: TradingInput) -> None:
        """Move the trading state by its table and say so."""
        outcome = step(TRADING_TABLE, self.trading, given)
        if not isinstance(outcome, TradingState) or outcome is self.trading:
            return
        self.trading = outcome
        self.trading_text = "" if outcome is TradingState.ACTIVE else given.value
        if outcome is not TradingState.ACTIVE:
            self.operator.auto = False
            self.operator.give(OperatorInput.DROP)
        self.chronicle.say(
            self.now_ns,
            Severity.GOOD if outcome is TradingState.ACTIVE else Severity.ALARM,
            f"trading {outcome.value}: {given.value}",
        )

    def halt(self, given: TradingInput) -> None:
        """Something outside the engine broke (journal, internal error): no more entries."""
        self._trade(given)

    def _watch_losses(self) -> None:
        """Latch when a loss limit is reached; asked while positions stand and as they close."""
        desk, risk = self.desk, self.config.risk
        self._watch_ns = self.now_ns + WATCH_NS
        self._watched_trades = len(desk.trades)
        result = desk.day.realised - desk.day.costs + desk.open_pnl()
        self._best_result = max(self._best_result, result)
        if result <= -risk.daily_loss:
            self._trade(TradingInput.DAILY_LOSS)
        elif self._best_result - result >= risk.drawdown:
            self._trade(TradingInput.DRAWDOWN)
        elif desk.loss_streak() >= risk.loss_streak:
            self._trade(TradingInput.LOSS_STREAK)

    def _faults_seen(self, event: ev.FaultsSeen) -> None:
        """Count; say the first of a kind at once, the rest a minute's worth at a time."""
        name = event.fault.value
        self.chronicle.faults[name] += event.count
        if event.at_ns - self._fault_said_ns.get(name, -FAULTS_EVERY_NS) < FAULTS_EVERY_NS:
            return
        self._fault_said_ns[name] = event.at_ns
        total = self.chronicle.faults[name]
        text = f"feed: {name}, {total} so far {event.detail}".rstrip()
        self.chronicle.say(event.at_ns, Severity.WARN, text)

    def _ask_funds(self) -> None:
        self._funds_ns = self.now_ns + self.config.polls.funds_ns
        self._effects.append(PollFunds())

    def _funds_reported(self, event: ev.FundsReported) -> None:
        self.funds = event.available
        self._funds_as_of_ns = event.at_ns - self.config.polls.funds_lag_ns

    def _poll_failed(self, event: ev.PollFailed) -> None:
        self.chronicle.say(event.at_ns, Severity.WARN, f"{event.what}: {event.text}")

    def _placed(self, event: ev.Placed) -> None:
        order = self.desk.blotter.by_tag(event.tag)
        if order is not None:
            self.order_ack_ns = event.at_ns - order.sent_ns
        self.desk.placed(event)

    def _place_refused(self, event: ev.PlaceRefused) -> None:
        self.chronicle.refused[Refusal.BROKER.value] += 1
        self.desk.place_refused(event)

    # -- proposals -------------------------------------------------------------------------

    def _propose_the_strongest(self) -> None:
        """Auto: send the strongest signal; refused rows step back, the next best competes."""
        for _ in range(PROPOSALS_A_FRAME):
            if not self.operator.may_auto():
                return
            row = int(k.strongest(self.table.cells, self.now_ns, self.config.signals.max_lag_ns))
            if row < 0:
                return
            lean = Side(int(self.table.cells[row, c.LEAN]))
            result = self.judged(self.proposal(row, lean, Sender.ENGINE))
            if isinstance(result, Approved):
                self._said.pop(row, None)
                self._said_of_account = None
                self.desk.open(result, self.now_ns)
                return
            self._step_back(row, result.reason)

    def _step_back(self, row: int, reason: Refusal) -> None:
        risk = self.config.risk
        wait = risk.cooldown_ns if reason in LASTING else risk.refusal_cooldown_ns
        self.table.cells[row, c.HOLD_UNTIL_NS] = self.now_ns + wait
        said = (int(self.table.cells[row, c.SIGNAL_NS]), reason)
        if self._said.get(row) == said:
            return
        self._said[row] = said
        what = f"auto {self.universe[row].symbol}"
        if reason in ACCOUNT_WIDE and self._said_of_account is reason:
            self.chronicle.count(reason)
            return
        self._said_of_account = reason if reason in ACCOUNT_WIDE else self._said_of_account
        self.chronicle.refuse(self.now_ns, reason, what)

    def proposal(self, row: int, side: Side, sender: Sender = Sender.PERSON) -> Proposal:
        """What an entry in `row` would be now: collared limit, sized by mode and funds."""
        instrument = self.universe[row]
        best = best_price(self.table.cells[row], side)
        if best <= 0:
            return Proposal(row=row, side=side, quantity=0, limit=0)
        limit = collared(best, side, self.config.entry.collar_bp, instrument.tick)
        quantity = entry_quantity(
            self.config.mode, self.config.sizing, self.funds or 0, limit, instrument.lot
        )
        return Proposal(row=row, side=side, quantity=quantity, limit=limit, sender=sender)

    def staged_proposal(self, staged: Staged) -> Proposal:
        """What a confirmation of `staged` would send now: its limit inside the present collar."""
        limit = self._inside_collar(staged.row, staged.side, staged.limit)
        return Proposal(row=staged.row, side=staged.side, quantity=staged.quantity, limit=limit)

    def judged(self, proposal: Proposal) -> Approved | Refused:
        """Ask every control about `proposal` as the account stands now."""
        refusal = self.entry_refusal()
        if refusal is not None:
            return Refused(proposal=proposal, reason=refusal)
        return judge(
            self.config,
            proposal,
            self.standing(proposal.row),
            self.table.cells[proposal.row],
        )

    def entry_refusal(self) -> Refusal | None:
        """Why no entry may leave now, whatever the stock; None when one may."""
        return TRADING_REFUSALS.get(self.trading) or self.operator.entry_refusal()

    def standing(self, row: int) -> Standing:
        """Where the account stands for an entry in `row`."""
        desk = self.desk
        entering = sum(position.bought == 0 for position in desk.positions.values())
        return Standing(
            now_ns=self.now_ns,
            instrument=self.universe[row],
            link_live=self.link is ev.Link.LIVE,
            session_open=self.phase is Phase.OPEN,
            funds=self.funds,
            reserved=desk.sent_since(self._funds_as_of_ns),
            trades=desk.entered + entering,
            orders=self.sent.placed,
            entries=self.sent.entries(self.universe[row].symbol),
            positions=len(desk.positions),
            open_orders=len(desk.blotter.live()),
            exposure=desk.exposure(row),
            gross=desk.gross(),
            day_result=desk.day.realised - desk.day.costs + desk.open_pnl(),
            held=row in desk.positions,
            unknown=desk.unknown(row, self.now_ns),
            full=desk.window.entry_waits(self.now_ns),
        )

    # -- commands --------------------------------------------------------------------------

    def _commanded(self, event: ev.Commanded) -> None:
        command = event.command
        if isinstance(command, RISKY):
            age = self.now_ns - command.key_ns
            if age > self.config.operator.key_age_ns:
                self._refuse(Refusal.OLD_KEY, type(command).__name__)
                return
        self._commands[type(command)](command)

    def _refuse(self, reason: Refusal, what: str) -> None:
        self.chronicle.refuse(self.now_ns, reason, what)

    def _give(self, given: OperatorInput, text: str) -> None:
        before = (self.operator.state, self.operator.auto)
        if self.operator.give(given) and before != (self.operator.state, self.operator.auto):
            self.chronicle.say(self.now_ns, Severity.INFO, text)

    def _arm(self, command: cm.Arm) -> None:
        if self.config.mode is Mode.LIVE and command.word != self.config.operator.live_word:
            self._refuse(Refusal.WRONG_WORD, "arm")
        elif self.operator.arm(self.now_ns):
            self.chronicle.say(self.now_ns, Severity.WARN, "armed: entries may leave")
        else:
            self._refuse(Refusal.KILLED, "arm")

    def _disarm(self, command: cm.Disarm) -> None:
        auto = self.operator.auto
        self._give(OperatorInput.DISARM, f"disarmed {command.why}".rstrip())
        if auto:
            text = f"auto is off: disarmed {command.why}".rstrip()
            self.chronicle.say(self.now_ns, Severity.ALARM if command.why else Severity.WARN, text)

    def _known(self, row: int) -> bool:
        return 0 <= row < len(self.universe)

    def _stage(self, command: cm.Stage) -> None:
        if not self._known(command.row):
            self._refuse(Refusal.UNKNOWN_STOCK, "stage")
            return
        cells = self.table.cells[command.row]
        side = command.side
        if side is None:
            if cells[c.BLOCKERS] != 0 or cells[c.LEAN] == 0:
                self._refuse(Refusal.NO_SIGNAL, f"stage {self.universe[command.row].symbol}")
                return
            side = Side(int(cells[c.LEAN]))
        self._put_on_strip(command.row, side)

    def _stage_best(self, _: cm.StageBest) -> None:
        """Stage the strongest signal the controls let through."""
        lag = self.config.signals.max_lag_ns
        signals = ranked(self.table.cells, self.now_ns, lag, OFFERED)
        best = [int(row) for row in signals if self.is_signal(int(row))]
        if not best:
            self._refuse(Refusal.NO_SIGNAL, "stage")
            return
        chosen = next((row for row in best if self.why_not(row) is None), best[0])
        self._put_on_strip(chosen, Side(int(self.table.cells[chosen, c.LEAN])))

    def is_signal(self, row: int) -> bool:
        """Whether `row` is a fresh signal now."""
        cells = self.table.cells[row]
        fresh = self.now_ns - int(cells[c.RECEIVED_NS]) <= self.config.signals.max_lag_ns
        return bool(cells[c.BLOCKERS] == 0 and cells[c.SIGNAL_NS] > 0 and fresh)

    def why_not(self, row: int) -> Refusal | None:
        """Which control would refuse the signal of `row` now, the operator's state aside."""
        sender = Sender.ENGINE if self.operator.auto else Sender.PERSON
        proposal = self.proposal(row, Side(int(self.table.cells[row, c.LEAN])), sender)
        result = judge(self.config, proposal, self.standing(row), self.table.cells[row])
        return result.reason if isinstance(result, Refused) else None

    def _put_on_strip(self, row: int, side: Side) -> None:
        """Stage what would be sent; refused at once when the controls refuse it already."""
        what = f"stage {side.name} {self.universe[row].symbol}"
        result = self.judged(self.proposal(row, side))
        if isinstance(result, Refused):
            self._refuse(result.reason, what)
            return
        self.operator.stage(
            row,
            side,
            result.proposal.quantity,
            result.proposal.limit,
            seen_best=best_price(self.table.cells[row], side),
            now_ns=self.now_ns,
        )

    def _nudge_price(self, command: cm.NudgePrice) -> None:
        staged = self.operator.staged
        if staged is None:
            self._refuse(Refusal.NOT_STAGED, "price")
            return
        limit = staged.limit + command.ticks * self.universe[staged.row].tick
        limit = max(limit, self.universe[staged.row].tick)
        limit = self._inside_collar(staged.row, staged.side, limit)
        if limit == staged.limit:
            self._refuse(Refusal.PRICE_COLLAR, "price")
        self.operator.tweak(self.now_ns, limit=limit)

    def _inside_collar(self, row: int, side: Side, limit: int) -> int:
        """`limit`, drawn back to the collar of the present book where it lies beyond it."""
        best = best_price(self.table.cells[row], side)
        if best <= 0:
            return limit
        edge = collared(best, side, self.config.entry.collar_bp, self.universe[row].tick)
        return min(limit, edge) if side is Side.BUY else max(limit, edge)

    def _nudge_quantity(self, command: cm.NudgeQuantity) -> None:
        staged = self.operator.staged
        if staged is None:
            self._refuse(Refusal.NOT_STAGED, "quantity")
            return
        lot = self.universe[staged.row].lot
        most = max(self.proposal(staged.row, staged.side).quantity, lot)
        quantity = max(lot, min(staged.quantity + command.lots * lot, most))
        if quantity == staged.quantity:
            self._refuse(Refusal.MOST, "quantity")
        self.operator.tweak(self.now_ns, quantity=quantity)

    def _confirm(self, command: cm.Confirm) -> None:
        staged = self.operator.staged
        if staged is None or staged.stage_id != command.stage_id:
            self._refuse(Refusal.NOT_STAGED, "send")
            return
        symbol = self.universe[staged.row].symbol
        drift = best_price(self.table.cells[staged.row], staged.side) - staged.seen_best
        allowed = self.config.entry.max_drift_ticks * self.universe[staged.row].tick
        if drift * staged.side > allowed:
            self._refuse(Refusal.PRICE_MOVED, f"send {symbol}")
            self.operator.give(OperatorInput.DROP)
            return
        result = self.judged(self.staged_proposal(staged))
        if isinstance(result, Refused):
            self._refuse(result.reason, f"send {symbol}")
            return
        self.operator.give(OperatorInput.SENT)
        self.desk.open(result, self.now_ns)

    def _auto_on(self, _: cm.AutoOn) -> None:
        refusal = self.entry_refusal()
        if refusal is not None:
            self._refuse(refusal, "auto on")
            return
        self.operator.auto = True
        self.chronicle.say(self.now_ns, Severity.WARN, "auto on: the strongest signal is sent")
        self._propose_the_strongest()

    def _auto_off(self, _: cm.AutoOff) -> None:
        if self.operator.auto:
            self.operator.auto = False
            self.chronicle.say(self.now_ns, Severity.INFO, "auto off")

    def _pause(self, _: cm.Pause) -> None:
        self.operator.paused = True
        self.operator.give(OperatorInput.DROP)
        self.chronicle.say(self.now_ns, Severity.INFO, "entries paused; exits go on")

    def _resume(self, _: cm.Resume) -> None:
        self.operator.paused = False
        self.chronicle.say(self.now_ns, Severity.INFO, "entries may go on")

    def _cancel_entries(self, command: cm.CancelEntries) -> None:
        asked = self.desk.cancel_entries(command.row, self.now_ns)
        self.chronicle.say(self.now_ns, Severity.INFO, f"cancelling {asked} entry orders")

    def _flatten(self, command: cm.Flatten) -> None:
        if command.row is None:
            self.operator.paused = True
            self.operator.auto = False
            self.operator.give(OperatorInput.DROP)
        count = self.desk.leave(command.row, GoalInput.FLATTEN, self.now_ns)
        if count == 0:
            self._refuse(Refusal.NO_POSITION, "flatten")

    def _break_even(self, command: cm.BreakEven) -> None:
        if not self.desk.break_even(command.row, self.now_ns):
            self._refuse(Refusal.NOT_POSSIBLE, "break-even")

    def _kill(self, _: cm.Kill) -> None:
        self.operator.give(OperatorInput.KILL)
        self._effects.append(SetLatch(killed=True))
        self.chronicle.say(
            self.now_ns, Severity.ALARM, "KILL: entries blocked, cancelling and flattening all"
        )
        self.desk.leave(None, GoalInput.KILL, self.now_ns)

    def _reset_kill(self, command: cm.ResetKill) -> None:
        if command.word != self.config.operator.reset_word:
            self._refuse(Refusal.WRONG_WORD, "reset")
            return
        if self.desk.positions:
            self._refuse(Refusal.NOT_POSSIBLE, "reset before every position is flat")
            return
        if self.operator.state is OperatorState.KILLED:
            self.operator.give(OperatorInput.RESET)
            self._effects.append(SetLatch(killed=False))
            self.chronicle.say(self.now_ns, Severity.WARN, "kill latch released; disarmed")
        self._best_result = self.desk.day.realised - self.desk.day.costs
        self.desk.forgive_streak()
        self._trade(TradingInput.RESET)

    def _focus(self, command: cm.Focus) -> None:
        if self._known(command.row):
            self.focus = command.row

    def _watch(self, command: cm.Watch) -> None:
        self.watched_ladders = min(max(command.ladders, 0), 12)
        self.watched_signals = min(max(command.signals, 0), 200)
