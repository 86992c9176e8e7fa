"""The engine loop: events in, effects out, time passed, pictures published.

Everything here runs on one thread. An event goes to the engine directly, and its effects
leave in the same turn of the loop: journalled first, then carried out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from tui_scalper.core.commands import Kill
from tui_scalper.core.effects import Effect
from tui_scalper.core.engine import Engine
from tui_scalper.core.events import (
    ClockCompared,
    ClockTicked,
    Commanded,
    Event,
    FaultsSeen,
    FeedNews,
    Placed,
    PlaceRefused,
    Ticks,
)
from tui_scalper.core.picture import take_picture
from tui_scalper.core.snapshot import (
    Latency,
    OperatorState,
    Severity,
    Snapshot,
)
from tui_scalper.core.units import MS
from tui_scalper.core.venues import Phase
from tui_scalper.runtime.carrier import Carrier
from tui_scalper.runtime.clocks import MarketClock, WallClock, machine_seconds
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.latch import KillLatch
from tui_scalper.runtime.meter import LatencyMeter
from tui_scalper.runtime.store import CommandQueue, SnapshotStore

PULSE_S = 0.05
"""Longest time between two looks at the clock, the commands and the screen."""
SKEW_STEP_NS = 100 * MS
"""The engine is told of the machine's clock when it was set by this much."""
NOT_JOURNALLED = "not sent: it could not be journalled"
TRADING_DAY = frozenset({Phase.OPEN, Phase.HOLD, Phase.SQUARE_OFF, Phase.AUCTION})
"""Phases after which a close is the end of a day; before the open nothing ends."""
METER_EVERY = 10
"""Pulses between two looks at the percentiles."""


class FeedTap(Protocol):
    """Somebody who keeps what the feed said, such as the tape recorder."""

    def frame(self, event: Ticks) -> None:
        """A frame was decoded; must return at once."""

    def news(self, event: FeedNews) -> None:
        """Something else was said that readings follow from; must return at once."""


class EngineLoop:
    """Carries one engine: its sink takes events, its `run` passes time."""

    def __init__(
        self,
        engine: Engine,
        clock: WallClock | MarketClock,
        store: SnapshotStore,
        commands: CommandQueue,
        *,
        journal: Journal | None,
        latch: KillLatch,
        tap: FeedTap | None = None,
        trouble: Callable[[], str] | None = None,
        closed: Callable[[], None] | None = None,
        beat: Callable[[], None] | None = None,
    ) -> None:
        self.engine = engine
        self.carrier = Carrier(engine, journal, latch)
        self._clock = clock
        self._store = store
        self._commands = commands
        self._tap = tap
        self._trouble = trouble
        """What is wrong outside the engine, in words; empty when nothing is."""
        self._troubled = ""
        self._beat = beat
        """Called whenever a pulse went well."""
        self._closed = closed
        """Called when the venue's day ends."""
        self.day_over = False
        """The session is closed after this run saw it trade."""
        self._traded = False
        """It traded since it closed last."""
        self._skew_ns = 0
        """How far the machine's clock is ahead of the engine's, as the engine was told last."""
        self._meter = LatencyMeter()
        self._latency = Latency()
        self._fed_ns = -1
        """When the newest frame came; -1 before the first."""
        self._pictures = 0
        self._woken = asyncio.Event()

    def sink(self, event: Event) -> None:
        """Take an event now; brokers.port.Sink."""
        began = time.perf_counter_ns()
        self.carrier.write_beside()
        if not isinstance(event, Ticks | ClockTicked | FaultsSeen):
            self.carrier.note(event)
        try:
            effects = self.engine.receive(event)
        except Exception as error:  # noqa: BLE001 - the engine must outlive its own bugs
            self.carrier.broke(type(event).__name__, error)
            return
        if effects:
            self._carry_out(event.at_ns, effects)
        if isinstance(event, Ticks):
            self._meter.decisions.record(time.perf_counter_ns() - began)
            self._fed_ns = event.at_ns
            self._record(event)
        elif isinstance(event, FeedNews):
            self._record(event)
        elif isinstance(event, Placed) and self.engine.order_ack_ns >= 0:
            self._meter.acknowledgements.record(self.engine.order_ack_ns)

    def woken(self, at_ns: int, awake: int) -> None:
        """Frames of a tape were evaluated, the last at `at_ns`; `awake` as Engine.run_tape says."""
        self.carrier.write_beside()
        try:
            effects = self.engine.after_frames(at_ns, awake)
        except Exception as error:  # noqa: BLE001 - the engine must outlive its own bugs
            self.carrier.broke("frames", error)
            return
        if effects:
            self._carry_out(at_ns, effects)

    def _carry_out(self, at_ns: int, effects: tuple[Effect, ...]) -> None:
        for tag in self.carrier.carry_out(at_ns, effects):
            self.sink(PlaceRefused(at_ns=at_ns, tag=tag, text=NOT_JOURNALLED))

    def _record(self, event: Ticks | FeedNews) -> None:
        """Let the recorder have what the feed said; a recorder that breaks is let go, and said."""
        if self._tap is None:
            return
        try:
            if isinstance(event, Ticks):
                self._tap.frame(event)
            else:
                self._tap.news(event)
        except Exception as error:  # noqa: BLE001 - a recording is not worth a trade
            self._tap = None
            self.carrier.broke("recording, which ends here", error)

    def wake(self) -> None:
        """Look at the commands now; callable from the loop's thread only."""
        self._woken.set()

    async def run(self) -> None:
        """Pass time, take commands, publish pictures; until cancelled."""
        pulses = 0
        while True:
            try:
                self.pulse(pulses)
            except Exception as error:  # noqa: BLE001 - the pulse must go on
                self.carrier.broke("pulse", error)
            pulses += 1
            await self._rest(self._clock.now())

    def pulse(self, number: int) -> None:
        """Take commands, pass time and publish a picture, for the `number`th time."""
        self.take_commands()
        now = self._clock.now()
        self._look_outside(now)
        self.sink(ClockTicked(at_ns=now))
        if number % METER_EVERY == 0:
            self._latency = self._meter.latency(self.engine.order_ack_ns)
        self.publish(now)
        if self._beat is not None:
            self._beat()

    def _look_outside(self, now: int) -> None:
        """The kill latch may be set by another shell; the disk may have failed meanwhile."""
        killed = self.engine.operator.state is OperatorState.KILLED
        if not killed and self.carrier.latched:
            self.sink(Commanded(at_ns=now, command=Kill(key_ns=now)))
        self.carrier.look_at_journal()
        self._look_at_the_day()
        skew = self._clock.skew()
        if abs(skew - self._skew_ns) >= SKEW_STEP_NS:
            self._skew_ns = skew
            self.sink(ClockCompared(at_ns=now, ahead_ns=skew))
        trouble = self._trouble() if self._trouble is not None else ""
        if trouble and trouble != self._troubled:
            self.engine.chronicle.say(now, Severity.ALARM, trouble)
        self._troubled = trouble

    def _look_at_the_day(self) -> None:
        """A day that traded and is over can be reported."""
        phase = self.engine.phase
        over = phase is Phase.CLOSED
        if over and self._traded:
            self.day_over = True
            if self._closed is not None:
                self._closed()
        self.day_over = self.day_over and over
        self._traded = not over and (self._traded or phase in TRADING_DAY)

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
        picture = self._picture(now)
        self._store.publish(picture)
        self.carrier.keep(picture)

    def _picture(self, now: int) -> Snapshot:
        self._pictures += 1
        latency = self._latency
        if self._fed_ns >= 0:
            age = int(max(now - self._fed_ns, 0) / self._clock.speed)
            latency = msgspec.structs.replace(latency, feed_age=age)
        return take_picture(self.engine, self._pictures, now, latency)

    @property
    def done_for_the_day(self) -> bool:
        """Whether the trading day is over and nothing of ours is open or in doubt."""
        desk = self.engine.desk
        return self.day_over and not desk.positions and not desk.blotter.live()

    def close(self) -> None:
        """Write what is not written yet, and the counts of the run."""
        self.carrier.finish(self._picture(self.engine.now_ns))
