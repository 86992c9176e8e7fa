"""A simulated exchange that survives its process: its account is on disk before news leave."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tui_scalper.core.instruments import Universe
from tui_scalper.core.units import NS
from tui_scalper.exchange.day import DaySoFar, days_of
from tui_scalper.exchange.machine import Exchange, ExchangeState
from tui_scalper.exchange.market import Market
from tui_scalper.exchange.orders import LIVE, OrderUpdate

KEEP_NS = NS
"""How far market time may run on, with something open, before it is saved again."""


class SavedSim(msgspec.Struct, frozen=True, kw_only=True):
    """A simulation as it stood: market time, the day of each stock, the account."""

    at_ns: int
    session: str
    """Names the journal that goes with it."""
    resumes: int
    """How often it was taken up again."""
    account: ExchangeState
    days: dict[str, DaySoFar] = {}
    """By symbol."""

    @property
    def open(self) -> bool:
        """Whether an order lived or something was held."""
        orders = (history[-1] for history in self.account.histories)
        return any(one.quantity for one in self.account.positions) or any(
            one.status in LIVE for one in orders
        )


class SavedExchange(Exchange):
    """Writes itself to `path` whenever an order changed, before anybody hears of it."""

    def __init__(
        self,
        universe: Universe,
        market: Market,
        path: Path,
        *,
        session: str,
        resumes: int,
        opening_cash: int,
    ) -> None:
        super().__init__(universe, market, opening_cash=opening_cash)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = path
        self._session = session
        self._resumes = resumes
        self._saved_ns = 0
        self.fault = ""
        """Why the account is not on disk; empty while it is."""

    def drain_updates(self) -> list[OrderUpdate]:
        """What happened to orders since the last call, already saved."""
        updates = super().drain_updates()
        late = self.now_ns - self._saved_ns >= KEEP_NS and self.holds_risk()
        if updates or late:
            self.save()
        return updates

    def holds_risk(self) -> bool:
        """Whether an order lives or something is held."""
        return bool(self.live_orders()) or any(one.quantity for one in self.positions())

    def save(self) -> None:
        """Write the whole account, replacing the file in one step; `fault` says why not."""
        self._saved_ns = self.now_ns
        saved = SavedSim(
            at_ns=self.now_ns,
            session=self._session,
            resumes=self._resumes,
            account=self.state(),
            days={
                one.symbol: day for one, day in zip(self.universe, days_of(self.cells), strict=True)
            },
        )
        draft = self._path.with_suffix(".new")
        try:
            draft.write_bytes(msgspec.msgpack.encode(saved))
            draft.replace(self._path)
        except OSError as error:
            self.fault = f"the simulated account cannot be saved at {self._path}: {error.strerror}"
        else:
            self.fault = ""

    def finish(self) -> None:
        """The run ended in order: keep what is open for the next one, else start afresh."""
        if self.holds_risk():
            self.save()
            return
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            self.fault = f"{self._path} cannot be removed: {error.strerror}"


def load_sim(path: Path) -> SavedSim | None:
    """What was saved at `path`; None when nothing was, or nothing usable."""
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=SavedSim)
    except (OSError, msgspec.DecodeError):
        return None
