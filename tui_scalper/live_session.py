"""One connected run: what it holds open, and how that is closed in order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from tui_scalper.brokers.port import BrokerError, Feed, Gateway
from tui_scalper.core.engine import Engine
from tui_scalper.core.events import FeedNews, Ticks
from tui_scalper.lab.recorder import Recorder
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.journal_file import JournalError
from tui_scalper.runtime.loop import EngineLoop


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
        self._note("stop")
        self.journal.close()
        if self.tap is not None:
            self.tap.close()

    async def _leave(self, log_out: Callable[[], Awaitable[None]]) -> None:
        """End the broker's session; one that cannot be ended is noted, and ends by itself."""
        try:
            await log_out()
        except BrokerError as error:
            self._note(str(error))
        else:
            self._note("logged out at the broker")

    def _note(self, text: str) -> None:
        """Write a line; on a disk that takes none the run has said so, and the rest is closed."""
        with suppress(JournalError):
            self.journal.note(self.loop.engine.now_ns, text)


class TapeTap:
    """Records what the feed said; runtime.loop.FeedTap."""

    def __init__(self, recorder: Recorder, engine: Engine) -> None:
        self._recorder = recorder
        self._cells = engine.table.cells

    def frame(self, event: Ticks) -> None:
        """Record one frame; never waits."""
        self._recorder.append(event.rows, self._cells, event.at_ns)

    def news(self, event: FeedNews) -> None:
        """Record what else the feed said; never waits."""
        self._recorder.tell(event)

    def close(self) -> None:
        """Finish the recording."""
        self._recorder.close()
