"""A simulated exchange that survives its process: its account is on disk before news leave."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Universe
from tui_scalper.exchange.machine import Exchange, ExchangeState
from tui_scalper.exchange.market import Market
from tui_scalper.exchange.orders import OrderUpdate


class SavedSim(msgspec.Struct, frozen=True, kw_only=True):
    """A simulation as it stood: market time, last prices by symbol (paise), the account."""

    at_ns: int
    session: str
    """Names the journal that goes with it."""
    resumes: int
    """How often it was taken up again."""
    prices: dict[str, int]
    account: ExchangeState


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

    def drain_updates(self) -> list[OrderUpdate]:
        """What happened to orders since the last call, already saved."""
        updates = super().drain_updates()
        if updates:
            self.save()
        return updates

    def save(self) -> None:
        """Write the whole account, replacing the file in one step. Raises OSError."""
        stocks = enumerate(self.universe)
        saved = SavedSim(
            at_ns=self.now_ns,
            session=self._session,
            resumes=self._resumes,
            prices={one.symbol: int(self.cells[row, c.LTP]) for row, one in stocks},
            account=self.state(),
        )
        draft = self._path.with_suffix(".new")
        draft.write_bytes(msgspec.msgpack.encode(saved))
        draft.replace(self._path)

    def finish(self) -> None:
        """The run ended in order: keep what is open for the next one, else start afresh."""
        if self.live_orders() or any(one.quantity for one in self.positions()):
            self.save()
        else:
            self._path.unlink(missing_ok=True)


def load_sim(path: Path) -> SavedSim | None:
    """What was saved at `path`; None when nothing was, or nothing usable."""
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=SavedSim)
    except (OSError, msgspec.DecodeError):
        return None
