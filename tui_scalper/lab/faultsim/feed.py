"""What the engine sees of the market: a connection that comes and goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core import events as ev
from tui_scalper.core.market import MarketTable
from tui_scalper.core.units import MS, NS
from tui_scalper.lab.faultsim.agenda import Agenda
from tui_scalper.lab.faultsim.answers import Told
from tui_scalper.lab.faultsim.kinds import FEED_DEAD, FaultKind
from tui_scalper.lab.faultsim.script import Fault
from tui_scalper.lab.faultsim.truth import Truth
from tui_scalper.lab.faultsim.weather import Weather

SILENCE_NS: Final = 2 * NS
"""A feed silent for this long is called stalled and closed."""
RETRY_NS: Final = 100 * MS


class FaultyFeed:
    """Copies true books into the engine's `table` while it is connected."""

    def __init__(
        self,
        truth: Truth,
        weather: Weather,
        *,
        agenda: Agenda,
        start_ns: int,
        sink: Callable[[Told], None],
        engine_time: Callable[[], int],
    ) -> None:
        self._truth = truth
        self._weather = weather
        self._agenda = agenda
        self._start_ns = start_ns
        self._sink = sink
        self._engine_time = engine_time
        self._link = ev.Link.DOWN
        self._table: MarketTable | None = None
        self._rows = [np.array([row], dtype=np.int64) for row in range(len(truth.cells))]

    def plan(self, fault: Fault) -> None:
        """Plan what a dead feed leads to."""
        at_ns = self._start_ns + fault.at_ns
        if fault.kind in (FaultKind.CUT, FaultKind.EXPIRED):
            self._agenda.at(at_ns, self.disconnect)
        elif fault.length_ns > SILENCE_NS:
            self._agenda.at(at_ns + SILENCE_NS, self._stall)
        else:
            return
        self._agenda.at(at_ns + fault.length_ns, self.connect)

    def frame(self, row: int, now_ns: int) -> None:
        """The book of `row` changed; the engine hears of it when the feed lives."""
        if self._link is not ev.Link.LIVE or self._silent(now_ns):
            return
        self._show(row, now_ns)
        rows = self._rows[row]
        self._sink(lambda at: ev.Ticks(at_ns=at, rows=rows))

    def serve(self, table: MarketTable, now_ns: int) -> None:
        """A new process connects; its books go to `table`."""
        self._table = table
        self._link = ev.Link.DOWN
        self.connect(now_ns)

    def leave(self) -> None:
        """The process is gone, and its connection with it."""
        self._table = None
        self._link = ev.Link.DOWN

    def disconnect(self, _: int) -> None:
        """The connection is gone, and with it every book."""
        if self._table is None:
            return
        self._tell(ev.Link.DOWN, "connection cut")
        every = tuple(range(len(self._rows)))
        self._sink(lambda at: ev.BooksLost(at_ns=at, rows=every))

    def connect(self, now_ns: int) -> None:
        """Connected again, unless another fault still holds the feed down; full books come."""
        if self._link is ev.Link.LIVE or self._table is None:
            return
        if self._silent(now_ns):
            self._agenda.at(now_ns + RETRY_NS, self.connect)
            return
        self._tell(ev.Link.CONNECTING, "")
        self._tell(ev.Link.LIVE, "")
        if self._table is None:
            return  # the process died of the news
        known = np.flatnonzero(self._truth.cells[:, c.LTP])
        for row in known:
            self._show(int(row), now_ns)
        self._sink(lambda at: ev.Ticks(at_ns=at, rows=known))

    def _stall(self, now_ns: int) -> None:
        if self._table is None:
            return
        self._tell(ev.Link.STALLED, "no frame for 2 s")
        self.disconnect(now_ns)

    def _silent(self, now_ns: int) -> bool:
        at_ns = now_ns - self._start_ns
        return any(self._weather.strikes(kind, at_ns) is not None for kind in FEED_DEAD)

    def _show(self, row: int, now_ns: int) -> None:
        assert self._table is not None
        cells = self._table.cells[row]
        updates = cells[c.UPDATES]
        old = self._weather.strikes(FaultKind.OLD_FRAME, now_ns - self._start_ns)
        age_ns = old.amount if old is not None else 0
        cells[: c.MARKET_END] = self._truth.seen(row, now_ns - self._start_ns, age_ns)
        cells[c.RECEIVED_NS] = self._engine_time()
        cells[c.EXCHANGE_NS] = self._engine_time() - age_ns
        cells[c.UPDATES] = updates + 1

    def _tell(self, link: ev.Link, why: str) -> None:
        if self._table is not None:
            self._link = link
            self._sink(lambda at: ev.LinkChanged(at_ns=at, link=link, why=why))
