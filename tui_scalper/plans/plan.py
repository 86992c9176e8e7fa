"""What a run consists of, decided before anything is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tui_scalper.brokers.kite.access import KiteAccess
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.instruments import Universe
from tui_scalper.core.manifest import Manifest
from tui_scalper.core.sessions import Calendar
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import NS
from tui_scalper.core.venues import Venue
from tui_scalper.paper import PaperAccount
from tui_scalper.plans.watched import LIQUID, Watched
from tui_scalper.runtime.clocks import MarketClock, WallClock
from tui_scalper.runtime.embedded import EmbeddedExchange
from tui_scalper.runtime.journal import Sync
from tui_scalper.runtime.retention import KEEP_ALL, Keep
from tui_scalper.settings import Settings
from tui_scalper.stock_lists import NO_LISTS, StockLists


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
    watched: Watched = LIQUID
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


def keep_of(settings: Settings) -> Keep:
    """How long old journals stay as they are."""
    return Keep(pack_days=settings.journal.pack_days, keep_days=settings.journal.keep_days)


def day_of(at_ns: int, venue: Venue) -> str:
    """The venue's date at `at_ns`, YYYYMMDD."""
    return f"{datetime.fromtimestamp((at_ns + venue.utc_offset) / NS, UTC):%Y%m%d}"
