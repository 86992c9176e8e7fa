"""A run under way: everything a plan names is opened, joined together, and closed in order."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from tui_scalper.brokers.kite.access import KiteAccess
from tui_scalper.brokers.kite.feed import KiteFeed
from tui_scalper.brokers.kite.gateway import KiteGateway
from tui_scalper.brokers.kite.login import forget_token, log_out
from tui_scalper.brokers.port import Gateway, Sink
from tui_scalper.calendars import ending_text
from tui_scalper.core.commands import Arm, AutoOn, Flatten
from tui_scalper.core.engine import Engine
from tui_scalper.core.events import Link
from tui_scalper.core.instruments import Universe
from tui_scalper.core.manifest import changes_text
from tui_scalper.core.snapshot import Severity, Snapshot, TradingState
from tui_scalper.core.trading_table import TradingInput
from tui_scalper.core.worth import must_see
from tui_scalper.lab.recorder import Recorder
from tui_scalper.live_session import LiveSession, TapeTap
from tui_scalper.plans import Plan
from tui_scalper.plans.watched import broker_universe
from tui_scalper.reports import Reporter
from tui_scalper.runtime.alerts import Alerts
from tui_scalper.runtime.heartbeat import Beat, Heartbeat, read_beat
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.journal_file import JournalError
from tui_scalper.runtime.journals import folder_of, last_manifest
from tui_scalper.runtime.latch import KillLatch
from tui_scalper.runtime.lock import StateLock
from tui_scalper.runtime.loop import EngineLoop
from tui_scalper.runtime.retention import tidy
from tui_scalper.runtime.store import CommandQueue, SnapshotStore
from tui_scalper.runtime.warmup import warm_up
from tui_scalper.runtime.worker import Worker
from tui_scalper.stock_lists import restricted_text

START_S = 40.0
"""Longest wait for the broker at the start."""
READY_S = 20.0
"""Longest wait for live data after it."""
LOOK_S = 0.02


class Run:
    """A run under way: start it, read its store, put commands, stop it."""

    def __init__(self, plan: Plan, state: Path) -> None:
        self.plan = plan
        self.clock = plan.clock
        self.store = SnapshotStore()
        self.commands = CommandQueue()
        self._state = state
        self._lock: StateLock | None = None
        self._alerts: Alerts | None = None
        self._heart: Heartbeat | None = None
        self.worker = Worker(self._assemble, self.commands)
        self.reporter = Reporter(state, folder_of(state) / plan.journal)

    def start(self) -> Universe:
        """Bring everything up; returns the universe. Raises what could not be brought up."""
        warm_up()
        self._lock = StateLock(self._state)
        try:
            self._heart = Heartbeat(self._state, self._first_beat())
            if self.plan.exchange is not None:
                self.plan.exchange.start()
            universe = self.worker.start(START_S)
            self._alerts = Alerts(self.plan.alert, self.store)
            self._alerts.start()
            return universe
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the run in order: engine first, then its exchange."""
        self.worker.stop()
        if self._alerts is not None:
            self._alerts.stop()
        if self.plan.exchange is not None:
            self.plan.exchange.stop()
            self.plan.exchange.exchange.finish()
        if self.worker.session is not None:
            self.reporter.write_last()
        if self._heart is not None:
            self._heart.end()
            self._heart = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def wait(self, holds: Callable[[Snapshot], object], limit_s: float, what: str) -> None:
        """Wait until a picture shows that `holds`. Raises TimeoutError, or what ended the run."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            seen = self.store.latest()
            if seen is not None and holds(seen):
                return
            if self.worker.error is not None:
                raise self.worker.error
            time.sleep(LOOK_S)
        raise TimeoutError(f"waited {limit_s:g} s for {what}; the console's log says more")

    def wait_until_ready(self) -> None:
        """Wait for live data, funds, and books that agree with the broker's."""
        self.wait(
            lambda seen: (
                seen.link is Link.LIVE
                and seen.tally.capital >= 0
                and seen.trading is not TradingState.STARTING
            ),
            READY_S,
            "live data and funds",
        )

    def press(self, *kinds: type[Arm | AutoOn | Flatten]) -> None:
        """Give these commands now, as fresh as keys."""
        for kind in kinds:
            self.commands.put(kind(key_ns=self.plan.clock.now()))

    def note(self, text: str) -> None:
        """Tell whoever finds the state directory in use how this run stands."""
        if self._lock is not None:
            self._lock.note(text)

    @property
    def engine(self) -> Engine:
        """The engine; read it only when the worker is stopped."""
        assert self.worker.session is not None
        return self.worker.session.loop.engine

    def _trouble(self) -> str:
        """What is wrong outside the engine; empty when nothing is."""
        exchange = self.plan.exchange
        said = exchange.trouble() if exchange is not None else ""
        alert = self._alerts.trouble if self._alerts is not None else ""
        heart = self._heart.trouble if self._heart is not None else ""
        return said or self.reporter.trouble or alert or heart

    def _first_beat(self) -> Beat:
        before = read_beat(self._state)
        return Beat(
            count=before.count if before is not None else 0,
            pid=os.getpid(),
            run_id=self.plan.config.run_id,
            mode=self.plan.mode,
            journal=self.plan.journal,
        )

    async def _assemble(self) -> LiveSession:
        access = self.plan.access()
        listed = self.plan.universe or await broker_universe(access, self.plan.watched)
        now_ns = self.plan.clock.now()
        universe = self.plan.lists.described(listed, now_ns)
        engine = Engine(self.plan.config, universe, self.plan.calendar)
        latch = KillLatch(self._state)
        manifest = self.plan.manifest.after(last_manifest(self._state))
        path = folder_of(self._state) / self.plan.journal
        tidied = tidy(path.parent, self.plan.keep, time.time_ns(), path)
        journal = Journal(path, self.plan.sync)
        engine.begin(journal.records, now_ns, latched=latch.is_set())
        self._say_journal(engine, journal, now_ns)
        if tidied.text:
            engine.chronicle.say(now_ns, Severity.INFO, tidied.text)
        barred = restricted_text(universe)
        if barred:
            engine.chronicle.say(now_ns, Severity.WARN, barred)
        ends = ending_text(self.plan.calendar, now_ns)
        if ends:
            engine.chronicle.say(now_ns, Severity.WARN, ends)
        address = self.plan.address()
        if address:
            engine.chronicle.say(now_ns, Severity.WARN, address)
        if manifest.changed:
            engine.chronicle.say(now_ns, Severity.WARN, changes_text(manifest.changed))
        with suppress(JournalError):  # the loop sees its fault and halts: exits must work
            journal.start(now_ns, self.plan.mode, self.plan.config.run_id, manifest)
        tap = TapeTap(Recorder(self.plan.record, universe), engine) if self.plan.record else None
        loop = EngineLoop(
            engine,
            self.plan.clock,
            self.store,
            self.commands,
            journal=journal,
            latch=latch,
            tap=tap,
            trouble=self._trouble,
            closed=self.reporter.write_soon,
            beat=self._heart.beat if self._heart is not None else None,
        )
        gateway, fed = self._gateway(access, engine, loop.sink)
        feed = KiteFeed(
            access,
            engine.table,
            fed,
            self.plan.clock.now,
            rules=engine.config.attention,
            must_see=partial(must_see, engine),
        )
        leave = partial(self._log_out, access) if self.plan.logout else None
        session = LiveSession(loop, feed, gateway, journal, tap, leave)
        try:
            await gateway.open()
        except BaseException:
            await gateway.close()
            await session.close()
            raise
        loop.carrier.gateway = gateway
        return session

    def _gateway(self, access: KiteAccess, engine: Engine, sink: Sink) -> tuple[Gateway, Sink]:
        """Where orders go, and what the feed reports to; on paper nothing that could send one."""
        universe, now = engine.universe, self.plan.clock.now
        if self.plan.paper is not None:
            paper = self.plan.paper.open(universe, engine.table.cells, sink, now)
            return paper, paper.market_only(sink)
        style, algo_id = engine.config.protection.style, self.plan.algo_id
        return KiteGateway(access, universe, sink, now, algo_id=algo_id, style=style), sink

    async def _log_out(self, access: KiteAccess) -> None:
        await log_out(access)
        forget_token(self._state, access.access_token)

    @staticmethod
    def _say_journal(engine: Engine, journal: Journal, now_ns: int) -> None:
        """Tell the operator what opening the journal found."""
        if journal.cut_bytes:
            text = f"journal: a torn tail of {journal.cut_bytes} bytes was cut"
            engine.chronicle.say(now_ns, Severity.WARN, text)
        if journal.set_aside is not None:
            text = f"journal was damaged and is set aside as {journal.set_aside}"
            engine.chronicle.say(now_ns, Severity.ALARM, text)
            engine.halt(TradingInput.JOURNAL_DAMAGED)
