"""Circuit limits of the day, asked of Kite's quotes: the streams do not carry them.

Source: Kite Connect v3, "Market quotes and instruments": /quote takes up to 500 instruments a
request and one request a second; lower_circuit_limit and upper_circuit_limit in rupees.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlencode

import aiohttp
import msgspec
import numpy as np

from tui_scalper.brokers.kite.access import KiteAccess
from tui_scalper.brokers.kite.outcomes import failure_text
from tui_scalper.brokers.kite.reports import paise
from tui_scalper.brokers.kite.rest import FAILURES, Limits, ask, open_session
from tui_scalper.brokers.kite.words import one_line
from tui_scalper.brokers.port import Now, Sink
from tui_scalper.core import columns as c
from tui_scalper.core.events import Band, FaultsSeen, FeedFault, LimitsTold
from tui_scalper.core.market import MarketTable

BATCH: Final = 500
"""Instruments a request."""
ALL_S: Final = 3_600.0
"""Every stock is asked about again after so long: a band may be changed within the day."""
_LARGEST: Final = 1e9
"""Rupees; no share costs more."""


class _Quote(msgspec.Struct, frozen=True):
    lower_circuit_limit: float | None = None
    upper_circuit_limit: float | None = None


class _Quotes(msgspec.Struct, frozen=True):
    data: dict[str, _Quote]


_QUOTES: Final = msgspec.json.Decoder(_Quotes)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often is asked; seconds of the machine's own clock."""

    every: float = 60.0
    """Between two looks at what is traded; 0: nothing is ever asked."""
    pause: float = 1.0
    """Between two requests: what the broker allows."""
    retry: float = 30.0
    """After a request that was not answered."""


def limits_in(body: bytes) -> dict[str, tuple[int, int]]:
    """Lower and upper limit in paise by ``EXCHANGE:SYMBOL``; (0, 0) where none make sense.

    Raises msgspec.DecodeError when `body` is no answer to /quote.
    """
    return {name: _pair(quote) for name, quote in _QUOTES.decode(body).data.items()}


def _pair(quote: _Quote) -> tuple[int, int]:
    low, high = quote.lower_circuit_limit or 0.0, quote.upper_circuit_limit or 0.0
    sane = math.isfinite(low) and 0 <= low < high < _LARGEST
    return (paise(low), paise(high)) if sane else (0, 0)


class LimitKeeper:
    """Tells the engine of limits its table does not know yet; `run` goes on until cancelled.

    A stock nobody could tell them of keeps what it had; a failure is said as a fault of the
    feed and ends nothing.
    """

    def __init__(
        self,
        access: KiteAccess,
        table: MarketTable,
        sink: Sink,
        now: Now,
        *,
        traded: Callable[[], Sequence[int]] = tuple,
        pace: Pace | None = None,
    ) -> None:
        self._access = access
        self._address = f"{access.http_root.rstrip('/')}/quote"
        self._table = table
        self._sink = sink
        self._now = now
        self._traded = traded
        self._pace = pace or Pace()
        self._asked = np.full(len(table.universe), -np.inf)
        """When a row was asked about last, seconds of the loop's clock."""

    async def run(self) -> None:
        """Ask about what is due, one batch after the other."""
        if self._pace.every <= 0:
            return
        async with open_session(self._access, Limits()) as session:
            while True:
                rows = self.due(asyncio.get_running_loop().time())
                answered = not rows or await self._ask(session, rows)
                await asyncio.sleep(self._pace.pause if answered else self._pace.retry)

    def due(self, now_s: float) -> list[int]:
        """Rows to ask about now, what is traded first, at most a batch; not marked as asked."""
        often = [row for row in self._traded() if now_s - self._asked[row] >= self._pace.every]
        rare = np.flatnonzero(now_s - self._asked >= ALL_S)[: BATCH + len(often)]
        return list(dict.fromkeys([*often, *rare.tolist()]))[:BATCH]

    async def _ask(self, session: aiohttp.ClientSession, rows: Sequence[int]) -> bool:
        universe = self._table.universe
        names = [f"{universe[row].exchange}:{universe[row].symbol}" for row in rows]
        query = urlencode([("i", name) for name in names])
        try:
            answer = await ask(session, "GET", f"{self._address}?{query}")
            if not answer.good:
                return self._failed(answer.text())
            told = limits_in(answer.body)
        except FAILURES as error:
            return self._failed(failure_text(error))
        except msgspec.DecodeError as error:
            return self._failed(f"unreadable answer: {error}")
        self._asked[rows] = asyncio.get_running_loop().time()
        self._tell(
            [Band(row, *told[name]) for row, name in zip(rows, names, strict=True) if name in told]
        )
        return True

    def _tell(self, bands: Sequence[Band]) -> None:
        cells = self._table.cells
        news = tuple(
            band
            for band in bands
            if (band.low, band.high)
            != (cells[band.row, c.LIMIT_LOW], cells[band.row, c.LIMIT_HIGH])
        )
        if news:
            self._sink(LimitsTold(at_ns=self._now(), bands=news))

    def _failed(self, why: str) -> bool:
        text = f"{one_line(why)}: the day's range and the broker's refusals stand in for them"
        self._sink(FaultsSeen(at_ns=self._now(), fault=FeedFault.NO_LIMITS, count=1, detail=text))
        return False
