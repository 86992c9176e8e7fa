"""The parts of an engine, put together, and what can be read off them."""

from __future__ import annotations

from tui_scalper.core import events as ev
from tui_scalper.core.attendance import Attendance
from tui_scalper.core.books import Books
from tui_scalper.core.chaser import Chaser
from tui_scalper.core.commander import Commander
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.day_watch import DayWatch
from tui_scalper.core.emergency import Emergency
from tui_scalper.core.feed_watch import FeedWatch
from tui_scalper.core.floor import Floor
from tui_scalper.core.funds import Funds
from tui_scalper.core.instruments import Universe
from tui_scalper.core.kernels import FRAMES, UPDATES
from tui_scalper.core.kill_watch import KillWatch
from tui_scalper.core.path_watch import PathWatch
from tui_scalper.core.proposer import Proposer
from tui_scalper.core.reverser import Reverser
from tui_scalper.core.session_watch import SessionWatch
from tui_scalper.core.sessions import Calendar, every_day
from tui_scalper.core.snapshot import TradingState
from tui_scalper.core.trading import Trading
from tui_scalper.core.venues import Phase
from tui_scalper.core.vigil import Vigil


class Parts:
    """One account on one universe: its floor and what stands on it, each for one idea."""

    def __init__(self, config: EngineConfig, universe: Universe, calendar: Calendar | None) -> None:
        self.floor = floor = Floor(config, universe)
        self.config = config
        self.universe = universe
        self.table = floor.table
        self.counters = floor.counters
        self.chronicle = floor.chronicle
        self.operator = floor.operator
        self.sent = floor.sent
        self.desk = floor.desk
        self._trading = Trading(floor)
        self._session = SessionWatch(floor, calendar or every_day(universe.venue))
        self._day = DayWatch(floor, self._trading)
        self._feed = FeedWatch(floor)
        self._funds = Funds(floor)
        self._books = Books(floor, self._trading, self._funds)
        self._path = path = PathWatch()
        self._emergency = Emergency(floor, self._trading, path)
        self._vigil = Vigil(floor, self._session, self._feed, path, self._books, self._emergency)
        self.proposer = Proposer(floor, self._trading, self._session, self._feed, self._funds)
        self._chaser = Chaser(floor, self._trading, self.proposer)
        self._attendance = Attendance(floor)
        self._reverser = Reverser(floor, self._trading, self.proposer)
        self._kill = KillWatch(floor)
        self.commander = Commander(
            floor,
            self._trading,
            self._emergency,
            self.proposer,
            self._reverser,
            self._attendance,
        )

    # -- where it stands -------------------------------------------------------------------

    @property
    def now_ns(self) -> int:
        """The engine's time, UTC nanoseconds; it never goes back."""
        return self.floor.now_ns

    @property
    def trading(self) -> TradingState:
        """Whether entries may leave at all."""
        return self._trading.state

    @property
    def trading_text(self) -> str:
        """Why they may not; empty while they may."""
        return self._trading.text

    @property
    def fall(self) -> int:
        """How far the day's result stands below its best, paise."""
        return self._trading.fall()

    @property
    def emergency_text(self) -> str:
        """What stands of emergencies now; empty when nothing does."""
        return self._emergency.text

    @property
    def link(self) -> ev.Link:
        """State of the market data connection."""
        return self._feed.link

    @property
    def link_text(self) -> str:
        """Why it changed last."""
        return self._feed.text

    @property
    def phase(self) -> Phase:
        """What the session is doing."""
        return self._session.phase

    @property
    def session_text(self) -> str:
        """What kind of day it is, in the calendar's words."""
        return self._session.text

    @property
    def kill_confirmed(self) -> bool:
        """Whether the broker's order book and holdings confirmed the end of the kill at hand."""
        return self._kill.confirmed

    @property
    def funds(self) -> int | None:
        """Funds the broker reported, paise; None before it did."""
        return self._funds.available

    @property
    def updates(self) -> int:
        """Depth updates evaluated so far."""
        return int(self.counters[UPDATES])

    @property
    def frames(self) -> int:
        """Frames evaluated so far."""
        return int(self.counters[FRAMES])
