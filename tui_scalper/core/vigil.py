"""The vigil: feed, order path and clocks are watched, and what lasts too long is an emergency.

Time without market data or answers counts only while the market trades: at night both rest.
"""

from __future__ import annotations

from tui_scalper.core import events as ev
from tui_scalper.core.books import Books
from tui_scalper.core.clock_watch import ClockWatch, apart
from tui_scalper.core.emergency import Emergency
from tui_scalper.core.emergency_table import Trigger
from tui_scalper.core.exits import disarm
from tui_scalper.core.feed_table import REPORTED, FeedInput
from tui_scalper.core.feed_watch import FeedWatch
from tui_scalper.core.floor import Floor
from tui_scalper.core.path_table import Path, PathInput
from tui_scalper.core.path_watch import PathWatch
from tui_scalper.core.session_watch import SessionWatch
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.units import FOREVER, NS


class Vigil:
    """Sounds emergencies and calls them off."""

    def __init__(
        self,
        floor: Floor,
        session: SessionWatch,
        feed: FeedWatch,
        path: PathWatch,
        books: Books,
        emergency: Emergency,
    ) -> None:
        self._floor = floor
        self._session = session
        self._feed = feed
        self._path = path
        self._books = books
        self._emergency = emergency
        self._refused: dict[str, str] = {}
        """Where the broker refuses our session, and its words; an answer there takes it back."""
        self._errors = False
        self.clock = ClockWatch(floor)

    # -- what happens ----------------------------------------------------------------------

    def link_changed(self, event: ev.LinkChanged) -> None:
        """The feed reports a change."""
        self._fed(REPORTED.get(event.link), event.why)

    def answered(self) -> None:
        """The broker gave an answer that only it can give."""
        self._give(PathInput.ANSWERED)

    def unanswered(self, text: str) -> None:
        """A request or a question was not answered."""
        self._give(PathInput.UNANSWERED, text)

    def errors_seen(self) -> None:
        """Internal errors reached their limit; acted on when the engine is called next."""
        self._errors = True

    def session_refused(self, event: ev.SessionRefused) -> None:
        """The broker refuses our session."""
        self._give(PathInput.REFUSED, event.text)

    def clock_compared(self, event: ev.ClockCompared) -> None:
        """The machine's clock was set."""
        self.clock.compared(event.ahead_ns)
        text = f"the machine's clock was set, it is {apart(event.ahead_ns)} the engine's now"
        self._floor.say(Severity.WARN, f"{text}; no deadline moved")
        self._judge_clock()

    # -- time ------------------------------------------------------------------------------

    def timed(self) -> None:
        """Time passed."""
        now = self._floor.now_ns
        if self._errors:
            self._errors = False
            self._emergency.judge(Trigger.SYSTEM_ERRORS, "the log and the journal say which")
        if now >= self._feed_lost_ns():
            limit = self._floor.config.emergency.feed_lost_ns / NS
            self._fed(FeedInput.LOST, f"{self._feed.text or 'no frame'}, for {limit:g} s")
        if now >= self._path_lost_ns():
            self._give(PathInput.LOST)
        if now >= self.clock.look_ns:
            self.clock.look()
            self._judge_clock()
        self._emergency.timed()

    def next_wake(self) -> int:
        """When `timed` must run next."""
        return min(self._feed_lost_ns(), self._path_lost_ns(), self.clock.look_ns)

    def _feed_lost_ns(self) -> int:
        if self._feed.link in (ev.Link.LIVE, ev.Link.LOST):
            return FOREVER
        return self._while_trading(self._feed.since_ns, self._floor.config.emergency.feed_lost_ns)

    def _path_lost_ns(self) -> int:
        if self._path.state is not Path.TROUBLED:
            return FOREVER
        return self._while_trading(self._path.since_ns, self._floor.config.emergency.path_lost_ns)

    def _while_trading(self, since_ns: int, limit_ns: int) -> int:
        """When `limit_ns` of trading have passed since; FOREVER while nothing trades."""
        opened_ns = self._session.open_since_ns
        return FOREVER if opened_ns == FOREVER else max(since_ns, opened_ns) + limit_ns

    # -- judgement -------------------------------------------------------------------------

    def _give(self, given: PathInput, text: str = "") -> None:
        """Something happened to the order path."""
        path = self._path
        if not path.give(given, self._floor.now_ns, text):
            return
        self._emergency.judge(Trigger.PATH_LOST, path.text if path.state is Path.LOST else "")
        if path.state is Path.REFUSED:
            self._refused["orders"] = path.text
        elif path.state is Path.OPEN:
            self._refused.pop("orders", None)
        self._judge_session()
        self._emergency.timed()

    def _fed(self, given: FeedInput | None, why: str = "") -> None:
        """Something happened to the feed; None is news it never sends."""
        feed, was_live = self._feed, self._feed.live
        feed.give(given, why)
        if feed.live and not was_live:
            self._refused.pop("market data", None)
            self._books.ask()
        elif feed.link is ev.Link.REFUSED:
            self._refused["market data"] = feed.text
        if was_live and not feed.live:
            disarm(self._floor, f"market data {feed.link.value}")
        self._emergency.judge(Trigger.FEED_LOST, feed.text if feed.link is ev.Link.LOST else "")
        self._judge_session()

    def _judge_clock(self) -> None:
        if self.clock.wrong:
            disarm(self._floor, self.clock.wrong)
        self._emergency.judge(Trigger.CLOCK_SKEW, self.clock.wrong)

    def _judge_session(self) -> None:
        why = ", ".join(f"{what}: {text}" for what, text in self._refused.items())
        self._emergency.judge(Trigger.SESSION_REFUSED, why)
