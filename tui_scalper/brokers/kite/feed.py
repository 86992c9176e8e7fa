"""Kite's market data: as many sockets as the universe takes, decoded into one table."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui_scalper.brokers.kite.access import KiteAccess
from tui_scalper.brokers.kite.limits import LimitKeeper, Pace
from tui_scalper.brokers.kite.reports import Oddity, OrderReader
from tui_scalper.brokers.kite.stream import FeedTiming, KiteStream
from tui_scalper.brokers.kite.texts import TextReader
from tui_scalper.brokers.kite.wire import FrameDecoder
from tui_scalper.brokers.port import Now, Sink
from tui_scalper.core import columns as c
from tui_scalper.core.attention import Attention
from tui_scalper.core.config import AttentionRules
from tui_scalper.core.events import BooksLost, FaultsSeen, FeedFault, Link, LinkChanged, Ticks
from tui_scalper.core.market import MarketTable
from tui_scalper.core.units import NS
from tui_scalper.core.worth import liquidity, merit

__all__ = ["FeedTiming", "KiteFeed"]

MustSee = Callable[[], Sequence[int]]
"""Rows that need full depth whatever they are worth, the most important first."""

WORST_FIRST: Final = (Link.REFUSED, Link.DOWN, Link.STALLED, Link.CONNECTING, Link.LIVE)


class KiteFeed:
    """brokers.port.Feed over Kite's sockets; runs until cancelled, reconnects forever.

    Streams the table's universe as core.attention shares the broker's room out, and asks for
    circuit limits beside that, where the rules say how often. The link is
    as good as its worst socket, for entries need every book. Counters: `frames` and `bytes`
    (binary frames, heartbeats included), `heartbeats`, `messages` (harmless broker texts),
    `reconnects`.
    """

    def __init__(
        self,
        access: KiteAccess,
        table: MarketTable,
        sink: Sink,
        now: Now,
        *,
        rules: AttentionRules | None = None,
        must_see: MustSee = tuple,
        timing: FeedTiming | None = None,
        random: Random | None = None,
    ) -> None:
        universe = table.universe
        self._table = table
        self._sink = sink
        self._now = now
        self._must_see = must_see
        self.attention = Attention(rules or AttentionRules(), len(universe))
        self._decoder = FrameDecoder(table)
        pace = Pace(every=self.attention.rules.limits_ns / NS)
        self._limits = LimitKeeper(access, table, sink, now, traded=must_see, pace=pace)
        self._orders = OrderReader(universe)
        self._texts = TextReader(self._orders)
        tokens = [one.token for one in universe]
        chance = random or Random()
        self._streams = [
            KiteStream(
                number,
                access,
                self,
                tokens=tokens,
                wanted=partial(self.attention.wanted, number),
                timing=timing or FeedTiming(),
                random=chance,
            )
            for number in range(self.attention.sockets_needed)
        ]
        self._links = [Link.CONNECTING] * len(self._streams)
        self._said = (Link.DOWN, "")
        self.frames = 0
        self.heartbeats = 0
        self.bytes = 0

    @property
    def reconnects(self) -> int:
        """Connections begun anew after one was lost."""
        return sum(stream.reconnects for stream in self._streams)

    @property
    def messages(self) -> int:
        """Broker messages received that nobody needs to act on."""
        return self._texts.messages

    @property
    def oddities(self) -> Counter[Oddity]:
        """What was odd about pushed orders, counted by kind."""
        return self._orders.oddities

    async def run(self) -> None:
        """Stream everything there is room for, and review what that is; until cancelled."""
        self._review()
        try:
            async with asyncio.TaskGroup() as streams:
                for stream in self._streams:
                    streams.create_task(stream.run())
                streams.create_task(self._limits.run())
                await self._keep_reviewing()
        except ExceptionGroup as broken:
            # Whoever runs the feed shows the error, and a group's own text says nothing.
            raise broken.exceptions[0] from broken

    async def _keep_reviewing(self) -> None:
        while True:
            await asyncio.sleep(self.attention.rules.review_ns / NS)
            self._review()

    def _review(self) -> None:
        """The machine's clock serves here: how long a socket was used is no market time."""
        now_ns = int(asyncio.get_running_loop().time() * NS)
        cells, before = self._table.cells, self.attention.sockets.copy()
        self.attention.review(now_ns, self._must_see(), merit(cells), liquidity(cells))
        # Once more when it begins again: frames under way came in after the end.
        turned = self.attention.sockets != before
        self._lose(turned & (cells[:, c.UPDATES] > 0))
        self._table.streams[:] = self.attention.streams
        self._table.places[:] = self.attention.places
        for stream in self._streams:
            stream.review()

    # -- what the streams say --------------------------------------------------------------

    def linked(self, number: int, link: Link, why: str) -> None:
        """stream.Listener: report the worst of the links, with the reason of this one."""
        self._links[number] = link
        if link is not Link.CONNECTING:
            self.attention.broken[number] = link is not Link.LIVE
        worst = next(one for one in WORST_FIRST if one in self._links)
        if link is not worst and worst is self._said[0]:
            return
        place = f"socket {number + 1} of {len(self._links)}: " if len(self._links) > 1 else ""
        said = (worst, f"{place}{why}" if why and link is worst else "")
        if said != self._said:
            self._said = said
            self._sink(LinkChanged(at_ns=self._now(), link=worst, why=said[1]))

    def lost(self, number: int) -> None:
        """stream.Listener: the books of this socket are not current any more."""
        self._lose(self.attention.sockets == number)

    def _lose(self, rows: NDArray[np.bool_]) -> None:
        lost = tuple(np.flatnonzero(rows).tolist())
        if lost:
            self._sink(BooksLost(at_ns=self._now(), rows=lost))

    def not_text(self, number: int) -> None:
        """stream.Listener: a text that was none."""
        self._sink(
            FaultsSeen(at_ns=self._now(), fault=FeedFault.BAD_TEXT, count=1, detail="no UTF-8")
        )

    def frame(self, number: int, frame: str | bytes) -> None:
        """stream.Listener: decode and pass on."""
        if isinstance(frame, str):
            event = self._texts.read(frame, self._now())
            if event is not None:
                self._sink(event)
            return
        received_ns = self._now()
        decoded = self._decoder.decode(frame, received_ns)
        self.frames += 1
        self.bytes += len(frame)
        self.heartbeats += decoded.heartbeat
        if decoded.rows.size:
            self._sink(Ticks(at_ns=received_ns, rows=decoded.rows))
        for fault, count in self._decoder.take_faults():
            self._sink(FaultsSeen(at_ns=received_ns, fault=fault, count=count))
