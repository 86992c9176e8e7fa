"""The paper account: a broker's market data, and orders that never leave this process.

Nothing here knows how to send an order anywhere. Orders trade against the live book as
those of a replay trade against a recorded one; the account outlives the process while
something is open.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from tui_scalper.brokers.port import BrokerError, Now, Sink
from tui_scalper.core.effects import Effect
from tui_scalper.core.events import Event, OrderReported, Ticks
from tui_scalper.core.instruments import Universe
from tui_scalper.core.market import Cells
from tui_scalper.core.units import FOREVER, NS
from tui_scalper.exchange.recorded import RecordedMarket
from tui_scalper.lab.paper import Latency, PaperBroker
from tui_scalper.runtime.saved_exchange import SavedExchange, SavedSim


@dataclass(frozen=True, slots=True)
class PaperAccount:
    """Where the account of a paper run is kept, and what it begins with."""

    path: Path
    session: str
    resumes: int
    opening_cash: int
    """Paise."""
    saved: SavedSim | None = None
    """The account a run of today ended with while something was open."""

    def open(self, universe: Universe, cells: Cells, sink: Sink, now: Now) -> PaperGateway:
        """The account trading against `cells`, which the feed writes.

        Raises BrokerError where what is kept belongs to another list of stocks.
        """
        exchange = SavedExchange(
            universe,
            RecordedMarket(universe, cells),
            self.path,
            session=self.session,
            resumes=self.resumes,
            opening_cash=self.opening_cash,
        )
        if self.saved is not None:
            if not self.saved.days:
                raise BrokerError(
                    f"the paper account {self.path} was left by an older build, which did not note "
                    "its stocks: close what it holds with that build, or remove the file (paper "
                    "positions only; nothing is at a broker)"
                )
            if tuple(self.saved.days) != tuple(one.symbol for one in universe):
                raise BrokerError(
                    f"the paper account {self.path} holds positions in another list of stocks; "
                    "start with the list of that run, or remove the file"
                )
            exchange.restore(self.saved.account, self.saved.at_ns)
        return PaperGateway(exchange, sink, now)


class PaperGateway:
    """Orders to the paper account, late as over a real path; brokers.port.Gateway."""

    def __init__(
        self, exchange: SavedExchange, sink: Sink, now: Now, latency: Latency | None = None
    ) -> None:
        self.exchange = exchange
        self._broker = PaperBroker(exchange, sink, latency or Latency())
        self._now = now
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ns = FOREVER

    async def open(self) -> None:
        """Nothing to check: the account is here."""

    def carry_out(self, effect: Effect) -> None:
        """Let `effect` reach the account after the way there."""
        self._broker.carry_out(effect, self._now())
        self._arrange()

    async def close(self) -> None:
        """Requests under way are lost, as they would be; what is open is kept."""
        if self._timer is not None:
            self._timer.cancel()
        self.exchange.finish()

    def market_only(self, sink: Sink) -> Sink:
        """What the broker's feed may tell the engine, so that our orders trade on it.

        Orders somebody has at the broker itself are none of this account's.
        """

        def take(event: Event) -> None:
            if isinstance(event, OrderReported):
                return
            sink(event)
            if isinstance(event, Ticks):
                self._broker.frame(event.at_ns)
                self._arrange()

        return take

    def _arrange(self) -> None:
        """Be called when the next request or answer arrives."""
        due = self._broker.next_ns
        if due >= self._timer_ns or due == FOREVER:
            return
        if self._timer is not None:
            self._timer.cancel()
        wait = max(due - self._now(), 0) / NS
        self._timer_ns = due
        self._timer = asyncio.get_running_loop().call_later(wait, self._deliver)

    def _deliver(self) -> None:
        self._timer, self._timer_ns = None, FOREVER
        now = self._now()
        try:
            while self._broker.next_ns <= now:
                self._broker.deliver(now)
        finally:
            self._arrange()
