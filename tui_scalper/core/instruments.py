"""Instruments and the universe they form.

An instrument is known to the engine by its *row*: its index in the universe, which is
also its row in the market table. Brokers' tokens are translated at the edge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from tui_scalper.core.venues import Venue


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """One tradable stock as its venue's instrument master describes it."""

    symbol: str
    """Trading symbol, e.g. ``INFY``."""
    token: int
    """The broker's instrument token (Kite: exchange token x 256 + segment)."""
    tick: int
    """Smallest price step in paise; from the master, never from the price."""
    lot: int = 1
    """Smallest tradable quantity in shares."""
    name: str = ""
    exchange: str = "NSE"
    industry: str = ""
    """What its exposure is summed over; empty: unknown, bounded by stock alone."""
    restricted: str = ""
    """Why nobody enters it today (surveillance, ban, trade for trade); empty: somebody may."""


class Universe:
    """All instruments of one venue, addressed by row, token or symbol.

    Raises ValueError when a token or a symbol stands twice, or a tick or lot is not positive.
    """

    def __init__(self, venue: Venue, instruments: Sequence[Instrument]) -> None:
        self.venue = venue
        self.instruments = tuple(instruments)
        self._by_token = {one.token: row for row, one in enumerate(self.instruments)}
        self._by_symbol = {one.symbol: row for row, one in enumerate(self.instruments)}
        if len(self._by_token) != len(self.instruments):
            raise ValueError("instrument master: a token stands twice")
        if len(self._by_symbol) != len(self.instruments):
            raise ValueError("instrument master: a symbol stands twice")
        for one in self.instruments:
            if one.tick <= 0 or one.lot <= 0:
                raise ValueError(
                    f"instrument master: {one.symbol} has tick {one.tick} and lot {one.lot}; "
                    "both must be positive"
                )

    def __len__(self) -> int:
        return len(self.instruments)

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self.instruments)

    def __getitem__(self, row: int) -> Instrument:
        return self.instruments[row]

    def row_of_token(self, token: int) -> int | None:
        """Row of a broker token, None when nobody asked for it."""
        return self._by_token.get(token)

    def row_of_symbol(self, symbol: str) -> int | None:
        """Row of a trading symbol, None when unknown."""
        return self._by_symbol.get(symbol)
