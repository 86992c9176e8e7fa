"""Which of the instruments a broker lists make the universe of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui_scalper.brokers.kite.access import KiteAccess
from tui_scalper.brokers.kite.instruments import fetch_instruments
from tui_scalper.brokers.port import BrokerError
from tui_scalper.core.instruments import Universe
from tui_scalper.core.venues import NSE
from tui_scalper.exchange.master import load_master


@dataclass(frozen=True, slots=True)
class Watched:
    """Which of the instruments a broker lists make the universe."""

    symbols: tuple[str, ...] = ()
    """These, all of which must be listed; empty: the rest of this decides."""
    everything: bool = False
    """All that is listed, rather than the shipped liquid ones among it."""
    most: int = 9_000


LIQUID: Final = Watched()


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
