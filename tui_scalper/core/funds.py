"""The funds the broker reports: how much, as of when, and when they are asked for again."""

from __future__ import annotations

from tui_scalper.core import events as ev
from tui_scalper.core.effects import PollFunds
from tui_scalper.core.floor import Floor
from tui_scalper.core.units import FOREVER


class Funds:
    """Cash for new orders, paise; None before the first report."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.available: int | None = None
        self.as_of_ns = 0
        """Entries sent after this may not be in `available` yet."""
        self.ask_ns = FOREVER
        """When the broker is asked next."""

    def ask(self) -> None:
        """Ask now, and again after a while."""
        self.ask_ns = self._floor.now_ns + self._floor.config.polls.funds_ns
        self._floor.send(PollFunds())

    def ask_soon(self) -> None:
        """The broker does not answer: ask again soon, so that its return is noticed."""
        soon_ns = self._floor.now_ns + self._floor.config.polls.orders_ns
        self.ask_ns = min(self.ask_ns, soon_ns)

    def reported(self, event: ev.FundsReported) -> None:
        """The broker answered."""
        self.available = event.available
        self.as_of_ns = event.at_ns - self._floor.config.polls.funds_lag_ns
