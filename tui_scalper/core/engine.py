"""The engine: `receive(event) -> effects`. A pure state machine; time arrives in events.

Each part keeps its own rules (core.floor says what they share); the engine lets events in,
hands them to the part they concern, and says when it wants to be called again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core import events as ev
from tui_scalper.core import kernels as k
from tui_scalper.core import rules as u
from tui_scalper.core.adaptive import Adaptive, begins_static
from tui_scalper.core.circuit import note_limits
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.effects import Effect
from tui_scalper.core.exits import disarm, pause
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.instruments import Universe
from tui_scalper.core.journalled import Record
from tui_scalper.core.market import Cells
from tui_scalper.core.parts import Parts
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.sessions import Calendar
from tui_scalper.core.snapshot import OperatorState, Severity, TradingState
from tui_scalper.core.trading_table import TradingInput

ANSWERS: Final = (
    ev.Placed,
    ev.ModifyAccepted,
    ev.CancelAccepted,
    ev.OrderBookReported,
    ev.OrderDenied,
    ev.PositionsReported,
    ev.TradesReported,
    ev.FundsReported,
)
"""What only a broker that knows us says."""

SILENCES: Final = (ev.PollFailed, ev.PlaceUnknown, ev.ChangeUnknown)
"""What a broker that cannot be reached leads to."""


class Engine(Parts):
    """One run of one account on one universe."""

    def __init__(
        self, config: EngineConfig, universe: Universe, calendar: Calendar | None = None
    ) -> None:
        super().__init__(config, universe, calendar)
        self.order_ack_ns = -1
        self._wake_ns = 0
        self._handlers: dict[type[ev.Event], Callable[[Any], None]] = {
            ev.LinkChanged: self._vigil.link_changed,
            ev.BooksLost: self._books_lost,
            ev.SessionRefused: self._vigil.session_refused,
            ev.ClockCompared: self._vigil.clock_compared,
            ev.FaultsSeen: self._feed.faults_seen,
            ev.LimitsTold: lambda event: note_limits(self.table.cells, event),
            ev.Placed: self._placed,
            ev.PlaceRefused: self._place_refused,
            ev.PlaceUnknown: self.desk.place_unknown,
            ev.ModifyAccepted: lambda _e: None,
            ev.CancelAccepted: lambda _e: None,
            ev.ModifyRefused: self.desk.change_answered,
            ev.CancelRefused: self.desk.change_answered,
            ev.ChangeUnknown: self.desk.change_answered,
            ev.OrderReported: self._books.order_reported,
            ev.OrderBookReported: self._books.book_reported,
            ev.OrderDenied: self._books.order_denied,
            ev.PositionsReported: self._books.positions_reported,
            ev.TradesReported: self._books.trades.reported,
            ev.FundsReported: self._funds.reported,
            ev.PollFailed: self._poll_failed,
            ev.Commanded: self.commander.commanded,
        }

    @property
    def wake_ns(self) -> int:
        """Call again by this time, with ClockTicked when nothing else happens."""
        return self._wake_ns

    # -- the way in ------------------------------------------------------------------------

    def begin(self, past: Sequence[Record], now_ns: int, *, latched: bool) -> None:
        """Take over what a journal says of today, and trade only when the broker agrees.

        `latched`: the kill latch was set when the last run ended. An engine that is never
        told of a past has none and needs no agreement.
        """
        self.floor.now_ns = now_ns
        self._books.begin(past, self._emergency, latched=latched)
        # What is held is looked at: after a start the keys of exits are about it.
        self.commander.focus = next(iter(self.desk.positions), self.commander.focus)
        adaptive = self.config.signals.adaptive
        if adaptive.mode is Adaptive.ON:
            self.chronicle.say(now_ns, Severity.INFO, begins_static(adaptive))

    def receive(self, event: ev.Event) -> tuple[Effect, ...]:
        """Take an event in; returns what must be done now, in order.

        What was due by then happens before the event does. An event that says an earlier
        time than one before it counts as happening now.
        """
        floor = self.floor
        if event.at_ns < floor.now_ns:
            event = msgspec.structs.replace(event, at_ns=floor.now_ns)
        floor.now_ns = event.at_ns
        if floor.now_ns >= self._wake_ns:
            self._pass_time()
            self._plan()
        if isinstance(event, ev.Ticks):
            awake = k.evaluate_lent(floor.lent, event.rows)
            return self.after_frames(floor.now_ns, awake)
        if not isinstance(event, ev.ClockTicked):
            self._handlers[type(event)](event)
            self._hear(event)
            self._kill.heard(event)
            self._plan()
        return floor.taken()

    def after_frames(self, at_ns: int, awake: int) -> tuple[Effect, ...]:
        """React to frames already evaluated, the last of them at `at_ns` (see run_tape)."""
        floor = self.floor
        floor.now_ns = max(floor.now_ns, at_ns)
        if awake == k.QUIET and floor.now_ns < self._wake_ns:
            return floor.taken()
        self._pass_time()
        if awake & k.WAKE_PRICE:
            for row in list(self.desk.positions):
                self.desk.priced(row, floor.now_ns)
        if awake & k.WAKE_CANDIDATE:
            self.proposer.propose_the_strongest()
        self._plan()
        return floor.taken()

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
        until_ns = min(self._wake_ns - 1, until_ns)
        lent = self.floor.lent
        return k.run_lent(lent, rows, cells, received_ns, start, until_ns, exchange_wakes)

    def _pass_time(self) -> None:
        now = self.floor.now_ns
        if now >= self._day.next_ns:
            self._day.timed()
        if now >= self._session.next_ns:
            self._session.timed()
        if now < self._wake_ns:
            return
        self._pass_operators_time(now)
        self._attendance.timed()
        self._chaser.timed()
        self.desk.timed(now)
        if now >= self._funds.ask_ns:
            self._funds.ask()
        self._books.timed()
        self._vigil.timed()
        self._kill.timed()
        self.floor.ask_again()

    def _pass_operators_time(self, now: int) -> None:
        staged = self.operator.staged
        expired = self.operator.timed(now)
        if staged is not None and self.operator.staged is None:
            self.floor.say(Severity.INFO, "the staged entry ran out")
        if expired:
            disarm(self.floor, "the arming time is over")

    def _plan(self) -> None:
        self._trading.watch()
        self._reverser.watch()
        self.desk.hold_nothing(self._leaving())
        self._kill.look()
        active = self._trading.state is TradingState.ACTIVE
        self.floor.rules.whole[u.ENTRIES_OPEN] = int(active and self.operator.may_auto())
        self._wake_ns = min(
            self.desk.next_wake(),
            self.operator.next_wake(),
            self._session.next_ns,
            self._day.next_ns,
            self._funds.ask_ns,
            self._books.next_wake(),
            self._trading.next_wake(),
            self._reverser.next_wake(),
            self._attendance.next_wake(),
            self._vigil.next_wake(),
            self._kill.next_ns,
            self.floor.questions.next_ns,
        )

    def _leaving(self) -> GoalInput | None:
        """Why nothing may be held now; None while it may."""
        if self.operator.state is OperatorState.KILLED:
            return GoalInput.KILL
        return self._emergency.leaving()

    # -- events that concern several parts -------------------------------------------------

    def _hear(self, event: ev.Event) -> None:
        """What an event says of the way to the broker, whatever else it says."""
        if isinstance(event, ANSWERS):
            self._vigil.answered()
        elif isinstance(event, SILENCES):
            self._vigil.unanswered(event.text)

    def _books_lost(self, event: ev.BooksLost) -> None:
        updates = self.table.cells[:, c.UPDATES]
        known = np.count_nonzero(updates)
        self.table.forget(event.rows)
        self._feed.books_lost(int(known), int(np.count_nonzero(updates)))

    def _poll_failed(self, event: ev.PollFailed) -> None:
        self.floor.say(Severity.WARN, f"{event.what}: {event.text}")
        self._funds.ask_soon()

    def _placed(self, event: ev.Placed) -> None:
        order = self.desk.blotter.by_tag(event.tag)
        if order is not None:
            self.order_ack_ns = event.at_ns - order.sent_ns
        self.desk.placed(event)

    def _place_refused(self, event: ev.PlaceRefused) -> None:
        self.chronicle.count(Refusal.BROKER)
        self.desk.place_refused(event)

    def pause(self) -> None:
        """Something of ours broke: no more entries until a person resumes."""
        pause(self.floor)

    def halt(self, given: TradingInput) -> None:
        """Something outside the engine broke (journal, internal error): no more entries."""
        self._trading.give(given)
        if given is TradingInput.ENGINE_ERROR:
            self._vigil.errors_seen()
            self._wake_ns = self.floor.now_ns
