"""A run on the simulated exchange of this process: its market, its clock, its account.

SIM and TEST here take a LoopbackAccess, whose constructor refuses every address but this
machine's, and the exchange made here; no setting leads them to a live broker.
"""

from __future__ import annotations

import shlex
import time
from pathlib import Path

from tui_scalper.brokers.kite.access import LoopbackAccess
from tui_scalper.core.config import at_speed
from tui_scalper.core.instruments import Universe
from tui_scalper.core.sessions import every_day
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.tags import moment_id, run_id
from tui_scalper.core.units import NS
from tui_scalper.core.venues import Venue
from tui_scalper.exchange.day import DaySoFar
from tui_scalper.exchange.market import Market
from tui_scalper.exchange.master import load_master
from tui_scalper.exchange.synthetic import SyntheticMarket
from tui_scalper.manifest import manifest_of
from tui_scalper.plans.plan import Plan, day_of, keep_of
from tui_scalper.runtime.clocks import MarketClock
from tui_scalper.runtime.embedded import EmbeddedExchange
from tui_scalper.runtime.journal import Sync
from tui_scalper.runtime.journals import folder_of, name_of_session
from tui_scalper.runtime.saved_exchange import SavedExchange, SavedSim, load_sim
from tui_scalper.settings import Settings, SettingsError
from tui_scalper.stock_lists import load_lists

DEMO = "demo"


def sim_plan(settings: Settings, record: Path | None = None) -> Plan:
    """A run on the embedded synthetic exchange; goes on where a run with open risk ended."""
    sim = settings.sim
    master = load_master(count=sim.instruments)
    venue = master.universe.venue
    start_ns = sim_start_ns(sim.start, venue)
    path = settings.state / "sim.msgpack"
    saved = load_sim(path)
    if saved is not None and not saved.open and not _fits(saved, master.universe, start_ns):
        saved = None
    if saved is not None and not _lists(saved, master.universe):
        count = len(saved.days)
        raise SettingsError(
            f"the simulated account {path} holds something open in another list of {count} stocks: "
            f"start with sim.instruments = {count}, or remove the file (nothing is at a broker)"
        )
    pasts: list[DaySoFar | None] = []
    if saved is not None:
        start_ns = saved.at_ns
        pasts = [saved.days.get(one.symbol) for one in master.universe]
    session, resumes = session_of(saved)
    market = SyntheticMarket(
        master.universe,
        master.references,
        seed=sim.seed,
        start_ns=start_ns,
        pasts=pasts,
    )
    mode = Mode.TEST if settings.mode == "test" else Mode.SIM
    clock = MarketClock(start_ns, float(sim.speed))
    embedded = embed(settings, market, saved, path, clock, (session, resumes))
    config = settings.engine_config(mode, run_id(mode, time.time_ns()))
    return Plan(
        mode=mode,
        config=at_speed(config, float(sim.speed)),
        clock=clock,
        access=lambda: embedded_access(embedded),
        exchange=embedded,
        universe=None,
        calendar=every_day(venue, settings.session.rules()),
        journal=name_of_session(
            folder_of(settings.state),
            session,
            f"{mode.lower()}-{day_of(start_ns, venue)}-{session}.journal",
        ),
        manifest=manifest_of(settings, mode, clock.speed),
        record=record,
        sync=Sync(settings.journal.sync),
        keep=keep_of(settings),
        lists=load_lists(settings.lists.industries, settings.lists.restricted),
        alert=tuple(shlex.split(settings.alerts.command.get_secret_value())),
    )


def _fits(saved: SavedSim, universe: Universe, start_ns: int) -> bool:
    """Whether `saved` is of these stocks and of the day of `start_ns`."""
    midnight = universe.venue.midnight
    return _lists(saved, universe) and midnight(saved.at_ns) == midnight(start_ns)


def _lists(saved: SavedSim, universe: Universe) -> bool:
    return tuple(saved.days) == tuple(one.symbol for one in universe)


def sim_start_ns(start: str, venue: Venue) -> int:
    """Market time ``HH:MM[:SS]`` of today's date at the venue, nanoseconds UTC."""
    parts = [int(part) for part in start.split(":")]
    hours, minutes, seconds = (*parts, 0)[:3]
    midnight = venue.midnight(time.time_ns())
    return midnight + ((hours * 60 + minutes) * 60 + seconds) * NS


def session_of(saved: SavedSim | None) -> tuple[str, int]:
    """Session name and number of resumes of a simulation that begins or goes on now."""
    if saved is None:
        return moment_id(time.time_ns()), 0
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


def embedded_access(embedded: EmbeddedExchange) -> LoopbackAccess:
    """Access to the embedded exchange; it cannot point anywhere else."""
    return LoopbackAccess(
        api_key=DEMO,
        access_token=DEMO,
        http_root=f"http://127.0.0.1:{embedded.port}",
        ws_root=f"ws://127.0.0.1:{embedded.port}",
    )
