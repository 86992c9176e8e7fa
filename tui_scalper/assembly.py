"""Puts a run together out of its parts: which exchange, which clock, which access.

SIM and REPLAY take a LoopbackAccess, whose constructor refuses every address but this
machine's, and the embedded exchange made here; no setting leads them to a live broker.
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from tui_scalper.brokers.kite.access import KiteAccess, LoopbackAccess
from tui_scalper.brokers.kite.address import address_text, way_out
from tui_scalper.brokers.kite.feed import KiteFeed
from tui_scalper.brokers.kite.gateway import KiteGateway
from tui_scalper.brokers.kite.instruments import fetch_instruments
from tui_scalper.brokers.kite.login import forget_token, load_token, log_out
from tui_scalper.brokers.port import BrokerError, Feed, Gateway, Sink
from tui_scalper.calendars import load_calendar
from tui_scalper.core.commands import Arm, AutoOn, Flatten
from tui_scalper.core.config import EngineConfig, at_speed
from tui_scalper.core.engine import Engine
from tui_scalper.core.events import Link, Rows, Ticks
from tui_scalper.core.instruments import Universe
from tui_scalper.core.manifest import Manifest, changes_text
from tui_scalper.core.market import Cells
from tui_scalper.core.sessions import Calendar, every_day
from tui_scalper.core.snapshot import Mode, Severity, Snapshot, TradingState
from tui_scalper.core.tags import run_id
from tui_scalper.core.trading_table import TradingInput
from tui_scalper.core.units import NS
from tui_scalper.core.venues import DAY, NSE, Venue
from tui_scalper.core.worth import must_see
from tui_scalper.exchange.market import Market
from tui_scalper.exchange.master import load_master
from tui_scalper.exchange.synthetic import SyntheticMarket
from tui_scalper.lab.recorder import Recorder
from tui_scalper.lab.tape import TapePlayer
from tui_scalper.manifest import manifest_of
from tui_scalper.paper import PaperAccount
from tui_scalper.reports import Reporter
from tui_scalper.runtime.alerts import Alerts
from tui_scalper.runtime.clocks import MarketClock, WallClock
from tui_scalper.runtime.embedded import EmbeddedExchange
from tui_scalper.runtime.heartbeat import Beat, Heartbeat, read_beat
from tui_scalper.runtime.journal import Journal, Sync
from tui_scalper.runtime.journals import folder_of, last_manifest
from tui_scalper.runtime.latch import KillLatch
from tui_scalper.runtime.lock import StateLock
from tui_scalper.runtime.loop import EngineLoop
from tui_scalper.runtime.retention import KEEP_ALL, Keep, tidy
from tui_scalper.runtime.saved_exchange import SavedExchange, SavedSim, load_sim
from tui_scalper.runtime.store import CommandQueue, SnapshotStore
from tui_scalper.runtime.warmup import warm_up
from tui_scalper.runtime.worker import Worker
from tui_scalper.settings import Settings, SettingsError
from tui_scalper.stock_lists import NO_LISTS, StockLists, load_lists, restricted_text

DEMO = "demo"
BROKER_MODES = {"paper": Mode.PAPER, "test": Mode.TEST, "live": Mode.LIVE}
"""Modes of a run on a broker's market data, by their name in the settings."""
START_S = 40.0
"""Longest wait for the broker at the start."""
READY_S = 20.0
"""Longest wait for live data after it."""
LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class Watched:
    """Which of the instruments a broker lists make the universe."""

    symbols: tuple[str, ...] = ()
    """These, all of which must be listed; empty: the rest of this decides."""
    everything: bool = False
    """All that is listed, rather than the shipped liquid ones among it."""
    most: int = 9_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run consists of, decided before anything is opened."""

    mode: Mode
    config: EngineConfig
    clock: WallClock | MarketClock
    access: Callable[[], KiteAccess]
    """Called when the exchange is up: its port may be known only then."""
    exchange: EmbeddedExchange | None
    """The simulated exchange of this process; None: a broker."""
    universe: Universe | None
    """None: ask the broker for its instruments."""
    calendar: Calendar
    journal: str
    """Name of the journal file; a run that goes on with another's account has its name."""
    manifest: Manifest
    watched: Watched = Watched()
    lists: StockLists = NO_LISTS
    """What files say of stocks."""
    record: Path | None = None
    sync: Sync = Sync.GROUP
    algo_id: str = ""
    """Number the exchange gave the algorithm; none when empty."""
    logout: bool = False
    """Whether the broker's session is ended with the run, when the day is done."""
    address: Callable[[], str] = str
    """What is to be said of the address orders leave by; empty: nothing."""
    alert: tuple[str, ...] = ()
    """The program that is told of alarms, with its arguments; none when empty."""
    keep: Keep = KEEP_ALL
    """How long old journals stay as they are."""
    paper: PaperAccount | None = None
    """The account that takes the orders instead of the broker; None: the broker does."""


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
        self._lock = StateLock(self._state)
        try:
            self._heart = Heartbeat(self._state, self._first_beat())
            warm_up()
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
        address = self.plan.address()
        if address:
            engine.chronicle.say(now_ns, Severity.WARN, address)
        if manifest.changed:
            engine.chronicle.say(now_ns, Severity.WARN, changes_text(manifest.changed))
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
        loop.gateway = gateway
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


class TapeTap:
    """Records what the feed said; runtime.loop.FrameTap."""

    def __init__(self, recorder: Recorder, engine: Engine) -> None:
        self._recorder = recorder
        self._cells = engine.table.cells

    def frame(self, event: Ticks) -> None:
        """Record one frame; never waits."""
        self._recorder.append(event.rows, self._cells, event.at_ns)

    def close(self) -> None:
        """Finish the recording."""
        self._recorder.close()


@dataclass(slots=True)
class LiveSession:
    """One connected run; runtime.worker.Session."""

    loop: EngineLoop
    feed: Feed
    gateway: Gateway
    journal: Journal
    tap: TapeTap | None
    log_out: Callable[[], Awaitable[None]] | None = None
    """Ends the broker's session; None: it ends by itself."""

    async def close(self) -> None:
        """Log out where the day is done, close journal and recording."""
        self.loop.close()
        if self.log_out is not None and self.loop.done_for_the_day:
            await self._leave(self.log_out)
        self.journal.note(self.loop.engine.now_ns, "stop")
        self.journal.close()
        if self.tap is not None:
            self.tap.close()

    async def _leave(self, log_out: Callable[[], Awaitable[None]]) -> None:
        """End the broker's session; one that cannot be ended is noted, and ends by itself."""
        try:
            await log_out()
        except BrokerError as error:
            self.journal.note(self.loop.engine.now_ns, str(error))
        else:
            self.journal.note(self.loop.engine.now_ns, "logged out at the broker")


class PlayedTape:
    """A tape player as the market behind a recorded exchange; exchange.recorded.TapeSource."""

    def __init__(self, player: TapePlayer) -> None:
        self._player = player

    def advance(self, now_ns: int, cells: Cells) -> Rows:
        """Play up to `now_ns` into `cells`, which are the player's own."""
        assert cells is self._player.cells
        return self._player.advance(now_ns)


def keep_of(settings: Settings) -> Keep:
    """How long old journals stay as they are."""
    return Keep(pack_days=settings.journal.pack_days, keep_days=settings.journal.keep_days)


async def broker_universe(access: KiteAccess, watched: Watched) -> Universe:
    """The universe `watched` makes of the instruments the broker lists.

    Where none of the shipped liquid ones is listed (another exchange's list), all are taken.
    """
    if watched.symbols:
        return Universe(NSE, await fetch_instruments(access, watched.symbols))
    listed = await fetch_instruments(access, None)
    liquid = {one.symbol for one in load_master().universe}
    first = [one for one in listed if one.symbol in liquid]
    rest = [one for one in listed if one.symbol not in liquid]
    known = [*first, *rest] if watched.everything or not first else first
    if not known:
        raise BrokerError("the broker lists no instruments: nothing to watch")
    return Universe(NSE, known[: watched.most])


def sim_start_ns(start: str, venue: Venue) -> int:
    """Market time ``HH:MM[:SS]`` of today's date at the venue, nanoseconds UTC."""
    parts = [int(part) for part in start.split(":")]
    hours, minutes, seconds = (*parts, 0)[:3]
    midnight = venue.midnight(time.time_ns())
    return midnight + ((hours * 60 + minutes) * 60 + seconds) * NS


def sim_plan(settings: Settings, record: Path | None = None) -> Plan:
    """A run on the embedded synthetic exchange; goes on where a run with open risk ended."""
    sim = settings.sim
    master = load_master(count=sim.instruments)
    venue = master.universe.venue
    start_ns = sim_start_ns(sim.start, venue)
    path = settings.state / "sim.msgpack"
    saved = load_sim(path)
    if saved is not None and venue.midnight(saved.at_ns) != venue.midnight(start_ns):
        saved = None
    lasts: list[int | None] = []
    if saved is not None:
        start_ns = saved.at_ns
        lasts = [saved.prices.get(one.symbol) or None for one in master.universe]
    session, resumes = session_of(saved)
    market = SyntheticMarket(
        master.universe,
        master.references,
        seed=sim.seed,
        start_ns=start_ns,
        lasts=lasts,
    )
    mode = Mode.TEST if settings.mode == "test" else Mode.SIM
    clock = MarketClock(start_ns, float(sim.speed))
    embedded = embed(settings, market, saved, path, clock, (session, resumes))
    config = settings.engine_config(mode, run_id(time.time_ns()))
    return Plan(
        mode=mode,
        config=at_speed(config, float(sim.speed)),
        clock=clock,
        access=lambda: embedded_access(embedded),
        exchange=embedded,
        universe=None,
        calendar=every_day(venue, settings.session.rules()),
        journal=f"{mode.lower()}-{day_of(start_ns, venue)}-{session}.journal",
        manifest=manifest_of(settings, mode, clock.speed),
        record=record,
        sync=Sync(settings.journal.sync),
        keep=keep_of(settings),
        lists=load_lists(settings.lists.industries, settings.lists.restricted),
        alert=tuple(shlex.split(settings.alerts.command.get_secret_value())),
    )


def session_of(saved: SavedSim | None) -> tuple[str, int]:
    """Session name and number of resumes of a simulation that begins or goes on now."""
    if saved is None:
        return run_id(time.time_ns()), 0
    return saved.session, saved.resumes + 1


def embed(
    settings: Settings,
    market: Market,
    saved: SavedSim | None,
    path: Path,
    clock: MarketClock,
    session: tuple[str, int],
) -> EmbeddedExchange:
    """The simulated exchange on `market`, with the account of `saved` where there is one."""
    exchange = SavedExchange(
        market.universe,
        market,
        path,
        session=session[0],
        resumes=session[1],
        opening_cash=int(settings.sim.cash * 100),
    )
    if saved is not None:
        exchange.restore(saved.account, saved.at_ns)
    return EmbeddedExchange(exchange, clock.now, clock.speed)


def day_of(at_ns: int, venue: Venue) -> str:
    """The venue's date at `at_ns`, YYYYMMDD."""
    return f"{datetime.fromtimestamp((at_ns + venue.utc_offset) / NS, UTC):%Y%m%d}"


def broker_plan(settings: Settings, record: Path | None = None) -> Plan:
    """A run at the Kite broker: PAPER, TEST or LIVE."""
    kite = settings.kite
    key = kite.api_key.get_secret_value()
    if not key:
        raise SettingsError(
            "kite.api_key is not set: export SCALPER_KITE__API_KEY, or use broker = sim"
        )
    token = kite.access_token.get_secret_value() or _stored_token(settings, key)
    clock = WallClock()
    mode = BROKER_MODES[settings.mode]
    paper = paper_account(settings, clock.now()) if mode is Mode.PAPER else None
    session = f"-{paper.session}" if paper is not None else ""
    return Plan(
        mode=mode,
        config=settings.engine_config(mode, run_id(time.time_ns())),
        clock=clock,
        paper=paper,
        access=lambda: KiteAccess(
            api_key=key, access_token=token, http_root=kite.http_root, ws_root=kite.ws_root
        ),
        exchange=None,
        universe=None,
        calendar=load_calendar(rules=settings.session.rules()),
        journal=f"{mode.lower()}-{day_of(clock.now(), NSE)}{session}.journal",
        manifest=manifest_of(settings, mode, clock.speed),
        watched=Watched(kite.symbols, settings.feed.universe == "all", settings.feed.most),
        algo_id=kite.algo_id,
        logout=kite.logout,
        address=partial(broker_address, kite.address, kite.http_root),
        record=record,
        sync=Sync(settings.journal.sync),
        keep=keep_of(settings),
        lists=load_lists(settings.lists.industries, settings.lists.restricted),
        alert=tuple(shlex.split(settings.alerts.command.get_secret_value())),
    )


def paper_account(settings: Settings, now_ns: int) -> PaperAccount:
    """A fresh paper account, or the one a run of today ended with while something was open."""
    path = settings.state / "paper.msgpack"
    saved = load_sim(path)
    if saved is not None and NSE.midnight(saved.at_ns) != NSE.midnight(now_ns):
        saved = None
    session, resumes = session_of(saved)
    return PaperAccount(path, session, resumes, int(settings.sim.cash * 100), saved)


def broker_address(registered: str, http_root: str) -> str:
    """What is to be said of the address orders leave by; empty when all is well or unasked."""
    host = urlsplit(http_root).hostname
    return address_text(registered, way_out(host or "")) if registered else ""


def plan_for(settings: Settings, record: Path | None = None) -> Plan:
    """The plan the settings ask for. Raises SettingsError for pairs that make no sense."""
    if settings.broker == "sim":
        if settings.mode in ("live", "paper"):
            raise SettingsError(
                f"mode = {settings.mode} needs broker = kite; "
                "the simulated exchange takes sim and test"
            )
        return sim_plan(settings, record)
    if settings.mode == "sim":
        raise SettingsError("mode = sim never uses broker = kite; use mode = paper, test or live")
    return broker_plan(settings, record)


def embedded_access(embedded: EmbeddedExchange) -> LoopbackAccess:
    """Access to the embedded exchange; it cannot point anywhere else."""
    return LoopbackAccess(
        api_key=DEMO,
        access_token=DEMO,
        http_root=f"http://127.0.0.1:{embedded.port}",
        ws_root=f"ws://127.0.0.1:{embedded.port}",
    )


def _stored_token(settings: Settings, key: str) -> str:
    saved = load_token(settings.state)
    if saved.api_key != key:
        raise BrokerError("the stored token belongs to another api_key: run scalper-tui login")
    age_days = (time.time_ns() - saved.made_ns) // DAY
    if age_days > 0:
        raise BrokerError("the stored token is of another day: run scalper-tui login")
    return saved.access_token
