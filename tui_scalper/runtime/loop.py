"""The engine loop: events in, effects out, time passed, pictures published.

Everything here runs on one thread. An event goes to the engine directly, and its effects
leave in the same turn of the loop: journalled first, then carried out.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from typing import Protocol

from tui_scalper.brokers.port import Gateway
from tui_scalper.core.commands import Pause
from tui_scalper.core.effects import Effect
from tui_scalper.core.engine import Engine
from tui_scalper.core.events import ClockTicked, Commanded, Event, Ticks
from tui_scalper.core.picture import take_picture
from tui_scalper.core.snapshot import Latency, Severity
from tui_scalper.runtime.clocks import MarketClock, WallClock, machine_seconds
from tui_scalper.runtime.journal import Journal, JournalError
from tui_scalper.runtime.meter import LatencyMeter
from tui_scalper.runtime.store import CommandQueue, SnapshotStore

PULSE_S = 0.05
"""Longest time between two looks at the clock, the commands and the screen."""
METER_EVERY = 10
"""Pulses between two looks at the percentiles."""


class FrameTap(Protocol):
    """Somebody who keeps what the feed said, such as the tape recorder."""

    def frame(self, event: Ticks) -> None:
        """A frame was decoded; must return at once."""


class EngineLoop:
    """Carries one engine: its sink takes events, its `run` passes time."""

    def __init__(
        self,
        engine: Engine,
        clock: WallClock | MarketClock,
        store: SnapshotStore,
        commands: CommandQueue,
        journal: Journal | None,
        tap: FrameTap | None = None,
    ) -> None:
        self.engine = engine
        self.gateway: Gateway | None = None
        self.errors = 0
        """Exceptions the engine raised: bugs, each shown, none of them fatal."""
        self._clock = clock
        self._store = store
        self._commands = commands
        self._journal = journal
        self._tap = tap
        self._meter = LatencyMeter()
        self._latency = Latency()
        self._pictures = 0
        self._woken = asyncio.Event()

    def sink(self, event: Event) -> None:
        """Take an event now; brokers.port.Sink."""
        began = time.perf_counter_ns()
        is_frame = isinstance(event, Ticks)
        try:
            if not is_frame and not isinstance(event, ClockTicked):
                self._keep_event(event)
            effects = self.engine.receive(event)
            if effects:
                self._carry_out(event.at_ns, effects)
        except JournalError as error:
            self._fail(event, str(error))
        except Exception as error:  # noqa: BLE001 - the engine must outlive its own bugs
            self._keep_note(traceback.format_exc())
            self._fail(event, f"{type(error).__name__}: {error}")
        if isinstance(event, Ticks):
            self._meter.record(time.perf_counter_ns() - began)
            if self._tap is not None:
                self._tap.frame(event)

    def _carry_out(self, at_ns: int, effects: tuple[Effect, ...]) -> None:
        if self._journal is not None:
            self._journal.effects(at_ns, effects)
        for effect in effects:
            if self.gateway is not None:
                self.gateway.carry_out(effect)

    def _keep_event(self, event: Event) -> None:
        if self._journal is not None:
            self._journal.event(event)

    def _keep_note(self, text: str) -> None:
        if self._journal is None:
            return
        try:
            self._journal.note(self.engine.now_ns, text)
        except JournalError as error:
            self.engine.chronicle.say(self.engine.now_ns, Severity.ALARM, str(error))

    def _fail(self, event: Event, text: str) -> None:
        """Something broke while `event` was handled: no more entries, exits go on."""
        self.errors += 1
        engine = self.engine
        engine.chronicle.say(
            engine.now_ns,
            Severity.ALARM,
            f"internal error in {type(event).__name__} ({text}); entries are paused",
        )
        engine.operator.paused = True
        engine.operator.auto = False

    def wake(self) -> None:
        """Look at the commands now; callable from the loop's thread only."""
        self._woken.set()

    async def run(self) -> None:
        """Pass time, take commands, publish pictures; until cancelled."""
        pulses = 0
        while True:
            self.take_commands()
            now = self._clock.now()
            self.sink(ClockTicked(at_ns=now))
            if pulses % METER_EVERY == 0:
                self._latency = self._meter.latency(self.engine.order_ack_ns, -1)
            pulses += 1
            self.publish(now)
            await self._rest(now)

    async def _rest(self, now: int) -> None:
        until_wake = machine_seconds(self._clock, self.engine.wake_ns - now)
        wait = min(max(until_wake, 0.001), PULSE_S)
        try:
            await asyncio.wait_for(self._woken.wait(), wait)
        except TimeoutError:
            return
        self._woken.clear()

    def take_commands(self) -> None:
        """Hand all waiting commands to the engine."""
        for command in self._commands.drain():
            self.sink(Commanded(at_ns=self._clock.now(), command=command))

    def publish(self, now: int) -> None:
        """Take a picture and make it the newest."""
        self._pictures += 1
        self._store.publish(take_picture(self.engine, self._pictures, now, self._latency))

    def pause(self, why: str) -> None:
        """Hold entries, from the runtime's side, and say why."""
        now = self._clock.now()
        self.engine.chronicle.say(now, Severity.ALARM, why)
        self.sink(Commanded(at_ns=now, command=Pause(key_ns=now)))
