"""Replays a tape through the engine and the exchange machine, as fast as they go.

No socket, no clock, no thread: time is the tape's. Quiet frames stay inside the compiled
kernel; the engine and the exchange are called where something can happen. Where a replay is
cut into pieces makes no difference to anything that happens in it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

import msgspec

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core import rules as u
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.effects import Effect
from tui_scalper.core.engine import Engine
from tui_scalper.core.kernels import QUIET, WAKE_EXCHANGE, WAKE_SIGNAL
from tui_scalper.core.lives import DONE_LIVES
from tui_scalper.core.session_table import SessionRules
from tui_scalper.core.sessions import every_day
from tui_scalper.core.signal_life import SignalLife, take_lives, take_the_rest
from tui_scalper.core.units import NS
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.recorded import RecordedMarket
from tui_scalper.lab.marks import MarkKind, Marks
from tui_scalper.lab.paper import Latency, PaperBroker
from tui_scalper.lab.tape import Batch, Tape

STRETCH_NS = 60 * NS
"""Longest stretch of market time in the kernel, so that lives of signals find room."""
WIND_UP_NS = 60 * NS
"""After the last frame, positions get this long to close against the last book."""

Going = Callable[[], bool]
"""Asked again and again: whether to play on."""


def always() -> bool:
    """Play on."""
    return True


class ReplayPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How a tape is replayed."""

    auto: bool
    """Let the engine send the strongest signal by itself."""
    opening_cash: int
    """Paise."""
    latency: Latency = Latency()
    session: SessionRules = SessionRules()
    """What the trader makes of the venue's hours."""


class Host(Protocol):
    """Who lets events in to the engine of a replay and carries its effects to the broker."""

    def sink(self, event: ev.Event) -> None:
        """An event happened."""

    def woken(self, at_ns: int, awake: int) -> None:
        """Frames were evaluated, the last of them at `at_ns`; `awake` as Engine.run_tape says."""


class Bare:
    """Nobody between the engine and its broker."""

    def __init__(self, engine: Engine, broker: PaperBroker) -> None:
        self._engine = engine
        self._broker = broker

    def sink(self, event: ev.Event) -> None:
        """Let the event in; Host."""
        self._carry_out(self._engine.receive(event), event.at_ns)

    def woken(self, at_ns: int, awake: int) -> None:
        """Let the engine react to frames; Host."""
        self._carry_out(self._engine.after_frames(at_ns, awake), at_ns)

    def _carry_out(self, effects: tuple[Effect, ...], at_ns: int) -> None:
        for effect in effects:
            self._broker.carry_out(effect, at_ns)


class Replay:
    """One replay. `run` plays the whole tape, `play` as far as it is told; the engine keeps
    the results.
    """

    def __init__(self, tape: Tape, config: EngineConfig, plan: ReplayPlan) -> None:
        self._tape = tape
        self._plan = plan
        calendar = every_day(tape.universe.venue, plan.session)
        self.engine = Engine(config, tape.universe, calendar)
        market = RecordedMarket(tape.universe, cells=self.engine.table.cells)
        exchange = Exchange(tape.universe, market, opening_cash=plan.opening_cash)
        self.broker = PaperBroker(exchange, self._hear, plan.latency)
        self.host: Host = Bare(self.engine, self.broker)
        self.marks: Marks | None = None
        self.lives: list[SignalLife] = []
        """Of the signals of a whole `run`, in the order in which they were done."""
        self.done = 0
        """Updates played."""
        self.at_ns = tape.first_ns
        """When the last thing played happened."""
        self._traded = (0, 0)
        self._batches = tape.batches()
        self._load()

    def _load(self) -> None:
        """The next batch is under way, if there is one: its news, then its frames."""
        self._batch = next(self._batches, None)
        self._news = deque(self._batch.news if self._batch is not None else ())
        self._at = 0

    @property
    def over(self) -> bool:
        """Whether everything was played."""
        return self._batch is None

    def mark(self) -> Marks:
        """Keep from now on when stocks became signals and positions opened or closed."""
        self.engine.floor.rules.whole[u.SIGNALS_WAKE] = 1
        self.marks = Marks()
        return self.marks

    def begin(self) -> None:
        """Connect, and where the plan says so arm and turn auto on."""
        first_ns = self._tape.first_ns
        self.host.sink(ev.LinkChanged(at_ns=first_ns, link=ev.Link.LIVE))
        funds = self.broker.exchange.margins().available
        self.host.sink(ev.FundsReported(at_ns=first_ns, available=funds))
        if self._plan.auto:
            for command in (cm.Arm(key_ns=first_ns), cm.AutoOn(key_ns=first_ns)):
                self.host.sink(ev.Commanded(at_ns=first_ns, command=command))

    def run(self, progress: Callable[[int], None] | None = None) -> None:
        """Play every frame; `progress` is told how many updates are done.

        Raises TapeError on damage, as `play` does.
        """
        if self.over:
            return
        self.begin()
        while (batch := self._batch) is not None:
            self._play(batch.last_ns, self._keep_lives)
            if progress is not None:
                progress(self.done)
        self.lives += take_the_rest(self.engine.table.market, self._tape.universe)
        self._wind_up()

    def _keep_lives(self) -> bool:
        """Take the lives of signals that are done; goes on always."""
        if self.engine.table.market.lives.head[DONE_LIVES]:
            self.lives += take_lives(self.engine.table.market, self._tape.universe)
        return True

    def run_until(self, at_ns: int) -> None:
        """Play everything up to and including `at_ns` and leave the engine as it stands then."""
        if not self.over:
            self.begin()
            self.play(at_ns)
            self.host.sink(ev.ClockTicked(at_ns=at_ns))

    def play(self, until_ns: int, going: Going = always) -> bool:
        """Play everything up to and including `until_ns`; False when `going` ended it before."""
        return self._play(until_ns, going) and self._happen_until(until_ns, going)

    def _play(self, until_ns: int, going: Going) -> bool:
        """Play frames and news up to and including `until_ns`, and what is due before each."""
        while (batch := self._batch) is not None:
            next_ns = self._news[0].at_ns if self._news else int(batch.received_ns[self._at])
            if next_ns > until_ns:
                break
            if not self._happen_until(next_ns, going):
                return False
            if self._news:
                self.at_ns = next_ns
                self.host.sink(self._news.popleft())
            else:
                self._play_frames(batch, until_ns)
            if not self._news and self._at == len(batch.rows):
                self._load()
            if not going():
                return False
        return True

    def _play_frames(self, batch: Batch, until_ns: int) -> None:
        """Play frames of the present batch until one needs somebody."""
        longest_ns = int(batch.received_ns[self._at]) + STRETCH_NS
        index, awake = self.engine.run_tape(
            batch.rows,
            batch.cells,
            batch.received_ns,
            self._at,
            until_ns=min(until_ns, self.broker.next_ns - 1, longest_ns),
            exchange_wakes=self.broker.wakes,
        )
        self.done += index - self._at
        self._at, self.at_ns = index, int(batch.received_ns[index - 1])
        if awake & WAKE_SIGNAL and self.marks is not None:
            self.marks.add(MarkKind.SIGNAL, self.at_ns)
        self._woken(awake & ~WAKE_SIGNAL)

    def _woken(self, awake: int) -> None:
        if awake == QUIET:
            return
        if awake & WAKE_EXCHANGE:
            self.broker.frame(self.at_ns)
        self.host.woken(self.at_ns, awake)

    def _happen_until(self, now_ns: int, going: Going) -> bool:
        """Deliver everything due up to `now_ns`, timers of the engine included, in order."""
        while True:
            due, wake = self.broker.next_ns, self.engine.wake_ns
            if min(due, wake) > now_ns:
                return True
            self.at_ns = max(self.at_ns, min(due, wake))
            if due <= wake:
                self.broker.deliver(due)
            else:
                self.host.sink(ev.ClockTicked(at_ns=wake))
            if not going():
                return False

    def _hear(self, event: ev.Event) -> None:
        """The broker said something."""
        self.host.sink(event)
        if self.marks is None:
            return
        desk = self.engine.desk
        traded = (len(desk.trades), sum(one.bought > 0 for one in desk.positions.values()))
        if traded != self._traded:
            self._traded = traded
            self.marks.add(MarkKind.TRADE, event.at_ns)

    def _wind_up(self) -> None:
        """The tape is over: close what is open against the last book."""
        engine = self.engine
        end = engine.now_ns + WIND_UP_NS
        if engine.desk.positions:
            command = cm.Flatten(key_ns=engine.now_ns)
            self.host.sink(ev.Commanded(at_ns=engine.now_ns, command=command))
        while engine.desk.positions and min(self.broker.next_ns, engine.wake_ns) <= end:
            self._happen_until(min(self.broker.next_ns, engine.wake_ns), always)
