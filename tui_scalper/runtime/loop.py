"""The engine loop: events in, effects out, time passed, pictures published.

Everything here runs on one thread. An event goes to the engine directly, and its effects
leave in the same turn of the loop: journalled first, then carried out.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable
from typing import Protocol, TypeGuard

import msgspec

from tui_scalper.brokers.port import Gateway
from tui_scalper.core.commands import Kill
from tui_scalper.core.effects import Effect, OnRecord, PlaceOrder, SetLatch
from tui_scalper.core.engine import Engine
from tui_scalper.core.events import (
    ClockCompared,
    ClockTicked,
    Commanded,
    Event,
    FaultsSeen,
    Placed,
    PlaceRefused,
    Ticks,
)
from tui_scalper.core.orders import Purpose
from tui_scalper.core.picture import take_picture
from tui_scalper.core.snapshot import (
    Latency,
    OperatorState,
    Severity,
    Snapshot,
    TradingState,
)
from tui_scalper.core.trading_table import TradingInput
from tui_scalper.core.units import MS
from tui_scalper.core.venues import Phase
from tui_scalper.runtime.clocks import MarketClock, WallClock, machine_seconds
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.keeper import Keeper
from tui_scalper.runtime.latch import KillLatch
from tui_scalper.runtime.meter import LatencyMeter
from tui_scalper.runtime.store import CommandQueue, SnapshotStore

PULSE_S = 0.05
"""Longest time between two looks at the clock, the commands and the screen."""
SKEW_STEP_NS = 100 * MS
"""The engine is told of the machine's clock when it was set by this much."""
LONGEST_WORDS = 200
"""Characters of an error that the log repeats."""
TRADING_DAY = frozenset({Phase.OPEN, Phase.HOLD, Phase.SQUARE_OFF, Phase.AUCTION})
"""Phases after which a close is the end of a day; before the open nothing ends."""
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
        *,
        journal: Journal | None,
        latch: KillLatch,
        tap: FrameTap | None = None,
        trouble: Callable[[], str] | None = None,
        closed: Callable[[], None] | None = None,
        beat: Callable[[], None] | None = None,
    ) -> None:
        self.engine = engine
        self.gateway: Gateway | None = None
        self.errors = 0
        """Exceptions the engine raised: bugs, each shown, none of them fatal."""
        self._clock = clock
        self._store = store
        self._commands = commands
        self._journal = journal
        self._latch = latch
        self._not_sent: list[str] = []
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
        self._keeper = Keeper(engine)
        self._woken = asyncio.Event()

    def sink(self, event: Event) -> None:
        """Take an event now; brokers.port.Sink."""
        began = time.perf_counter_ns()
        if self._keeper.waiting:
            self._write_beside()
        if not isinstance(event, Ticks | ClockTicked | FaultsSeen):
            self._journalled(lambda journal: journal.event(event))
        try:
            effects = self.engine.receive(event)
        except Exception as error:  # noqa: BLE001 - the engine must outlive its own bugs
            self.broke(type(event).__name__, error)
            return
        if effects:
            self._carry_out(event.at_ns, effects)
        if isinstance(event, Ticks):
            self._meter.decisions.record(time.perf_counter_ns() - began)
            self._fed_ns = event.at_ns
            self._record(event)
        elif isinstance(event, Placed) and self.engine.order_ack_ns >= 0:
            self._meter.acknowledgements.record(self.engine.order_ack_ns)

    def woken(self, at_ns: int, awake: int) -> None:
        """Frames of a tape were evaluated, the last at `at_ns`; `awake` as Engine.run_tape says."""
        if self._keeper.waiting:
            self._write_beside()
        try:
            effects = self.engine.after_frames(at_ns, awake)
        except Exception as error:  # noqa: BLE001 - the engine must outlive its own bugs
            self.broke("frames", error)
            return
        if effects:
            self._carry_out(at_ns, effects)

    def _carry_out(self, at_ns: int, effects: tuple[Effect, ...]) -> None:
        """Journal, then do. What cannot be journalled is done only when it reduces risk."""
        written = self._journalled(lambda journal: journal.effects(at_ns, effects))
        for effect in effects:
            if isinstance(effect, SetLatch):
                self._keep_latch(effect)
            elif isinstance(effect, OnRecord):
                continue  # the journal has it, which is all it asks
            elif written or not is_entry(effect):
                self._hand_over(effect)
            else:
                self._not_sent.append(effect.tag)
        self._remember(effects)
        while self._not_sent:
            tag = self._not_sent.pop()
            text = "not sent: it could not be journalled"
            self.sink(PlaceRefused(at_ns=at_ns, tag=tag, text=text))

    def _remember(self, effects: tuple[Effect, ...]) -> None:
        """Keep what they were decided on: the gateway answers later, so nothing moved since."""
        try:
            self._keeper.remember(effects)
        except Exception as error:  # noqa: BLE001 - an order is not held up to be explained
            self.broke("decisions", error)

    def _write_beside(self) -> None:
        """Write what waits: after the orders left, before any news of them."""
        bodies = self._keeper.taken()
        self._journalled(lambda journal: journal.beside(self.engine.now_ns, bodies))

    def _hand_over(self, effect: Effect) -> None:
        """Give `effect` to the gateway; what it chokes on is in doubt, not forgotten."""
        if self.gateway is None:
            return
        try:
            self.gateway.carry_out(effect)
        except Exception as error:  # noqa: BLE001 - the loop must outlive the gateway's bugs
            self.broke(type(effect).__name__, error)

    def _record(self, event: Ticks) -> None:
        """Let the recorder have the frame; a recorder that breaks is let go, and said."""
        if self._tap is None:
            return
        try:
            self._tap.frame(event)
        except Exception as error:  # noqa: BLE001 - a recording is not worth a trade
            self._tap = None
            self.broke("recording, which ends here", error)

    def _journalled(self, write: Callable[[Journal], None]) -> bool:
        """Let `write` use the journal; a failure halts trading. False when it failed."""
        if self._journal is None:
            return True
        try:
            write(self._journal)
        except Exception as error:  # noqa: BLE001 - whatever is wrong, it is not written
            self._journal_lost(f"{type(error).__name__}: {error}")
            return False
        return True

    def _journal_lost(self, text: str) -> None:
        if self.engine.trading is not TradingState.HALTED:
            self.engine.chronicle.say(self.engine.now_ns, Severity.ALARM, text)
        self.engine.halt(TradingInput.JOURNAL_LOST)

    def _keep_latch(self, effect: SetLatch) -> None:
        try:
            if effect.killed:
                self._latch.set()
            else:
                self._latch.release()
        except OSError as error:
            self.engine.chronicle.say(
                self.engine.now_ns,
                Severity.ALARM,
                f"the kill latch cannot be kept at {self._latch.path}: {error.strerror}",
            )

    def broke(self, what: str, error: Exception) -> None:
        """Something of ours broke on `what`: entries pause; after a few times they halt."""
        self.errors += 1
        engine = self.engine
        self._journalled(
            lambda journal: journal.note(engine.now_ns, "".join(traceback.format_exception(error)))
        )
        engine.chronicle.say(
            engine.now_ns,
            Severity.ALARM,
            f"internal error in {what} ({type(error).__name__}: {one_line(error)}); "
            "entries are paused",
        )
        engine.pause()
        if self.errors >= engine.config.risk.engine_errors:
            engine.halt(TradingInput.ENGINE_ERROR)

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
                self.broke("pulse", error)
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
        if not killed and self._latch.is_set():
            self.sink(Commanded(at_ns=now, command=Kill(key_ns=now)))
        if self._journal is not None and self._journal.fault:
            self._journal_lost(self._journal.fault)
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
        self._keeper.look(picture)

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
        try:
            self._keeper.finish(self._picture(self.engine.now_ns))
        except Exception as error:  # noqa: BLE001 - the journal must be closed
            self.broke("last picture", error)
        self._write_beside()


def one_line(error: Exception) -> str:
    """The error's own words on one line of bounded length."""
    return " ".join(str(error).split())[:LONGEST_WORDS]


def is_entry(effect: Effect) -> TypeGuard[PlaceOrder]:
    """Whether `effect` would send a new entry."""
    return isinstance(effect, PlaceOrder) and effect.purpose is Purpose.ENTRY
