"""A replay with somebody at the keys: what the operator did at which moment, and what came of it.

Everything that happens is a function of the tape and of the commands and their times, so a
timeline that is played again up to any moment stands exactly as it stood there, journal and
all: that is how a tape is turned back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.commands import Attend, Disarm, Focus, Pace, Watch
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.effects import Effect
from tui_scalper.core.engine import Engine
from tui_scalper.core.events import ClockTicked, Commanded, Event
from tui_scalper.core.picture import take_picture
from tui_scalper.core.scribe import COUNT_NS
from tui_scalper.core.snapshot import Latency, Severity
from tui_scalper.lab.marks import MarkKind, Marks
from tui_scalper.lab.paper import PaperBroker
from tui_scalper.lab.replay import Going, Replay, ReplayPlan, always
from tui_scalper.lab.tape import Tape
from tui_scalper.runtime.clocks import MarketClock
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.latch import KillLatch
from tui_scalper.runtime.loop import EngineLoop
from tui_scalper.runtime.store import CommandQueue, SnapshotStore
from tui_scalper.stock_lists import restricted_text

OVER: Final = "the tape is over"


class PlayedClock(MarketClock):
    """The engine's clock: shows up to when the tape was played, whatever time passes."""

    def __init__(self, start_ns: int) -> None:
        super().__init__(start_ns)
        self.hold()
        self.move(start_ns)


class PaperGateway:
    """The way to the paper broker; brokers.port.Gateway without a connection to make."""

    def __init__(self, engine: Engine, broker: PaperBroker) -> None:
        self._engine = engine
        self._broker = broker

    async def open(self) -> None:
        """Nothing to check."""

    def carry_out(self, effect: Effect) -> None:
        """Hand it over at the engine's present time."""
        self._broker.carry_out(effect, self._engine.now_ns)

    async def close(self) -> None:
        """Nothing to close."""


class TapeLoop(EngineLoop):
    """Carries the engine of a timeline: keeps the commands, and journals by market time alone.

    What only concerns the screen (Focus, Watch, Attend) is no part of what happened.
    """

    def __init__(
        self,
        engine: Engine,
        clock: PlayedClock,
        store: SnapshotStore,
        commands: CommandQueue,
        *,
        journal: Journal,
        latch: KillLatch,
        pictures: int,
    ) -> None:
        super().__init__(engine, clock, store, commands, journal=journal, latch=latch)
        self._pictures = pictures
        self.history: list[Commanded] = []
        """Every command so far, in order of time."""
        self.pace_pct = 100
        """The pace the operator's time runs by now."""
        self._views: dict[type[Focus | Watch], Focus | Watch] = {}
        self._noted: tuple[object, ...] = ()
        self._note_ns = 0

    @property
    def pictures(self) -> int:
        """Number of the newest picture."""
        return self._pictures

    def sink(self, event: Event) -> None:
        """Take an event now; brokers.port.Sink."""
        if isinstance(event, Commanded):
            if isinstance(event.command, Focus | Watch):
                self.show((event.command,))
                return
            if isinstance(event.command, Attend):
                return
            self.history.append(event)
            if isinstance(event.command, Pace):
                self.pace_pct = event.command.percent
        moves = not isinstance(event, ClockTicked) or event.at_ns >= self.engine.wake_ns
        super().sink(event)
        if moves:  # a look at the clock alone is none of the tape's
            self._note()

    def woken(self, at_ns: int, awake: int) -> None:
        """Frames were evaluated; lab.replay.Host."""
        super().woken(at_ns, awake)
        self._note()

    def show(self, views: Iterable[Focus | Watch]) -> None:
        """Have in the pictures what the screen asks to see."""
        for view in views:
            self._views[type(view)] = view
            self.engine.commander.look(view)

    @property
    def views(self) -> tuple[Focus | Watch, ...]:
        """What the screen asked to see last."""
        return tuple(self._views.values())

    def end(self, last_ns: int) -> None:
        """Nothing follows: nobody should wait for a market that is over."""
        self.engine.chronicle.say(last_ns, Severity.ALARM, OVER)
        disarm = Disarm(key_ns=last_ns, why=f"({OVER})")
        super().sink(Commanded(at_ns=last_ns, command=disarm))
        self._note()

    def publish(self, now: int) -> None:
        """Take a picture and make it the newest; the journal takes its own."""
        self._store.publish(self._picture(now))

    def _note(self) -> None:
        """Journal what changed beside orders, at the moment it did."""
        noted, now = self._standing(), self.engine.now_ns
        if noted != self._noted or now >= self._note_ns:
            self._noted, self._note_ns = noted, now + COUNT_NS
            self.carrier.keep(take_picture(self.engine, 0, now, Latency()))
        self.carrier.write_beside()

    def _standing(self) -> tuple[object, ...]:
        """What a picture for the journal would show anew when it changes."""
        engine, operator = self.engine, self.engine.operator
        lines = engine.chronicle.lines
        return (
            lines[-1].number if lines else 0,
            operator.state,
            operator.auto,
            operator.paused,
            engine.trading,
            engine.trading_text,
            engine.link,
            engine.phase,
            engine.funds,
        )


class Timeline:
    """One playing of `tape`; `history` are the commands that are given again on the way.

    `pictures` is the number of the last picture taken before. Raises JournalError.
    """

    def __init__(
        self,
        tape: Tape,
        config: EngineConfig,
        plan: ReplayPlan,
        *,
        journal: Journal,
        latch: KillLatch,
        store: SnapshotStore,
        commands: CommandQueue,
        history: Iterable[Commanded] = (),
        pictures: int = 0,
    ) -> None:
        self.clock = PlayedClock(tape.first_ns)
        self.replay = Replay(tape, config, plan)
        self.marks: Marks = self.replay.mark()
        self.journal = journal
        self.loop = TapeLoop(
            self.replay.engine,
            self.clock,
            store,
            commands,
            journal=journal,
            latch=latch,
            pictures=pictures,
        )
        self.loop.carrier.gateway = PaperGateway(self.replay.engine, self.replay.broker)
        self.replay.host = self.loop
        self._tape = tape
        self._ahead = deque(history)
        self._ended = False
        barred = restricted_text(tape.universe)
        if barred:
            self.replay.engine.chronicle.say(tape.first_ns, Severity.WARN, barred)
        self.replay.begin()

    @property
    def at_ns(self) -> int:
        """Up to when it was played."""
        return self.clock.now()

    def play(self, until_ns: int, going: Going = always) -> bool:
        """Play up to and including `until_ns`; False when `going` ended it before.

        Raises TapeError on damage.
        """
        while self._ahead and self._ahead[0].at_ns <= until_ns:
            if not self._play(self._ahead[0].at_ns, going):
                return False
            self.loop.sink(self._ahead.popleft())
        return self._play(until_ns, going)

    def marked(self, kind: MarkKind) -> list[int]:
        """Rows of the stocks a mark of this kind at this very moment is about."""
        engine, now = self.replay.engine, self.at_ns
        if kind is MarkKind.SIGNAL:
            return np.flatnonzero(engine.table.cells[:, c.SIGNAL_NS] == now).tolist()
        opened = [row for row, one in engine.desk.positions.items() if one.filled_ns == now]
        return opened + [one.row for one in engine.desk.trades if one.exit_ns == now]

    @property
    def known(self) -> list[Commanded]:
        """Every command there was, and those that are still to be given again."""
        return [*self.loop.history, *self._ahead]

    def forget_ahead(self) -> None:
        """What was commanded later than now never was."""
        self._ahead.clear()

    def _play(self, until_ns: int, going: Going) -> bool:
        last_ns = self._tape.last_ns
        if not self._ended and until_ns >= last_ns:
            if not self._advance(last_ns, going):
                return False
            self._ended = True
            self.loop.end(last_ns)
        return self._advance(until_ns, going)

    def _advance(self, until_ns: int, going: Going) -> bool:
        played = self.replay.play(until_ns, going)
        reached_ns = until_ns if played else max(self.replay.at_ns, self.at_ns)
        if not played:  # whatever else happened at that moment comes before the next command
            self.replay.play(reached_ns)
        self.clock.move(reached_ns)
        return played

    def close(self) -> None:
        """Write the counts of the run and close its journal."""
        self.loop.close()
        self.journal.note(self.loop.engine.now_ns, "stop")
        self.journal.close()
