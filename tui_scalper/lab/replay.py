"""Replays a tape through the engine and the exchange machine, as fast as they go.

No socket, no clock, no thread: time is the tape's. Quiet frames stay inside the compiled
kernel; the engine and the exchange are called where something can happen.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.engine import Engine
from tui_scalper.core.kernels import QUIET, WAKE_EXCHANGE
from tui_scalper.core.session_table import SessionRules
from tui_scalper.core.sessions import every_day
from tui_scalper.core.units import NS
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.recorded import RecordedMarket
from tui_scalper.lab.paper import Latency, PaperBroker
from tui_scalper.lab.tape import Batch, Tape

WIND_UP_NS = 60 * NS
"""After the last frame, positions get this long to close against the last book."""


class ReplayPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How a tape is replayed."""

    auto: bool
    """Let the engine send the strongest signal by itself."""
    opening_cash: int
    """Paise."""
    latency: Latency = Latency()
    session: SessionRules = SessionRules()
    """What the trader makes of the venue's hours."""


class Replay:
    """One replay. `run` plays the whole tape; the engine keeps the results."""

    def __init__(self, tape: Tape, config: EngineConfig, plan: ReplayPlan) -> None:
        self._tape = tape
        self._plan = plan
        calendar = every_day(tape.universe.venue, plan.session)
        self.engine = Engine(config, tape.universe, calendar)
        market = RecordedMarket(tape.universe, cells=self.engine.table.cells)
        exchange = Exchange(tape.universe, market, opening_cash=plan.opening_cash)
        self.broker = PaperBroker(exchange, self._sink, plan.latency)

    def run(self, progress: Callable[[int], None] | None = None) -> None:
        """Play every frame; `progress` is told how many updates are done."""
        done = 0
        started = False
        for batch in self._tape.batches():
            if not started and len(batch.rows):
                self._begin(int(batch.received_ns[0]))
                started = True
            self._play(batch)
            done += len(batch.rows)
            if progress is not None:
                progress(done)
        if started:
            self._wind_up()

    def run_until(self, at_ns: int) -> None:
        """Play every frame received by `at_ns` and leave the engine as it stands then."""
        started = False
        for batch in self._tape.batches():
            if not started and len(batch.rows):
                self._begin(int(batch.received_ns[0]))
                started = True
            seen = int(np.searchsorted(batch.received_ns, at_ns, side="right"))
            self._play(Batch(batch.rows[:seen], batch.cells[:seen], batch.received_ns[:seen]))
            if seen < len(batch.rows):
                break
        self._happen_until(at_ns)
        self._sink(ev.ClockTicked(at_ns=at_ns))

    def _sink(self, event: ev.Event) -> None:
        for effect in self.engine.receive(event):
            self.broker.carry_out(effect, event.at_ns)

    def _begin(self, first_ns: int) -> None:
        self._sink(ev.LinkChanged(at_ns=first_ns, link=ev.Link.LIVE))
        funds = self.broker.exchange.margins().available
        self._sink(ev.FundsReported(at_ns=first_ns, available=funds))
        if self._plan.auto:
            for command in (cm.Arm(key_ns=first_ns), cm.AutoOn(key_ns=first_ns)):
                self._sink(ev.Commanded(at_ns=first_ns, command=command))

    def _play(self, batch: Batch) -> None:
        index, end = 0, len(batch.rows)
        while index < end:
            self._happen_until(int(batch.received_ns[index]))
            index, awake = self.engine.run_tape(
                batch.rows,
                batch.cells,
                batch.received_ns,
                index,
                until_ns=self.broker.next_ns - 1,
                exchange_wakes=self.broker.wakes,
            )
            if awake == QUIET:
                continue
            now = int(batch.received_ns[index - 1])
            if awake & WAKE_EXCHANGE:
                self.broker.frame(now)
            for effect in self.engine.after_frames(now, awake):
                self.broker.carry_out(effect, now)

    def _happen_until(self, now_ns: int) -> None:
        """Deliver everything due up to `now_ns`, timers of the engine included, in order."""
        while True:
            due, wake = self.broker.next_ns, self.engine.wake_ns
            if min(due, wake) > now_ns:
                return
            if due <= wake:
                self.broker.deliver(due)
            else:
                self._sink(ev.ClockTicked(at_ns=wake))

    def _wind_up(self) -> None:
        """The tape is over: close what is open against the last book."""
        engine = self.engine
        end = engine.now_ns + WIND_UP_NS
        if engine.desk.positions:
            command = cm.Flatten(key_ns=engine.now_ns)
            self._sink(ev.Commanded(at_ns=engine.now_ns, command=command))
        while engine.desk.positions and min(self.broker.next_ns, engine.wake_ns) <= end:
            self._happen_until(min(self.broker.next_ns, engine.wake_ns))
