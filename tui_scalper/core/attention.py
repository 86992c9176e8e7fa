"""Which stocks the broker streams, and how much of each: depth, a bare quote, or nothing.

A broker carries so many instruments a socket, and a universe may hold more. Stocks that must
be seen (positions, staged, focused, the best of the ranking) have full depth always. Part of
what is left goes to the stocks of greatest merit, which keep their place for a while and
against challengers not clearly better; the rest is a round on which every stock in turn is
seen in depth. Where there is room beyond depth, the most liquid of the others send quotes.
Stocks that must be seen move from a socket that broke to one that did not.

Pure and deterministic: time is passed in, ties go to the lower row. What a stock sent while
it was streamed is on the tape, so a replay needs none of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from tui_scalper.core.config import AttentionRules

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

NO_SOCKET: Final = -1
NO_ROW: Final = -1
NEVER_NS: Final = -1


class Stream(IntEnum):
    """How much of a stock is streamed."""

    NOTHING = 0
    QUOTE = 1
    DEPTH = 2


class Place(IntEnum):
    """Why a stock has depth."""

    NONE = 0
    MUST = 1
    MERIT = 2
    ROUND = 3


class Change(msgspec.Struct, frozen=True):
    """What a socket must be told so that it carries what it should, in this order: what makes
    room first, so that it never carries more than before and after. Rows ascending in each."""

    drop: tuple[int, ...]
    """Subscribed no more."""
    flatten: tuple[int, ...]
    """From depth to quotes."""
    add_quote: tuple[int, ...]
    """Subscribed anew, with quotes."""
    add_deep: tuple[int, ...]
    """Subscribed anew, in depth."""
    deepen: tuple[int, ...]
    """From quotes to depth."""


def difference(told: Ints, wanted: Ints) -> Change:
    """From what a socket was told to what is wanted of it: Stream values, int64[count]."""
    new = told == Stream.NOTHING
    known = ~new & (wanted != Stream.NOTHING)
    return Change(
        drop=_rows(~new & (wanted == Stream.NOTHING)),
        flatten=_rows(known & (told != wanted) & (wanted == Stream.QUOTE)),
        add_quote=_rows(new & (wanted == Stream.QUOTE)),
        add_deep=_rows(new & (wanted == Stream.DEPTH)),
        deepen=_rows(known & (told != wanted) & (wanted == Stream.DEPTH)),
    )


def depth_room(rules: AttentionRules, count: int) -> int:
    """How many of `count` stocks have depth at one time."""
    return min(rules.depth, count, rules.sockets * rules.socket_cap)


def best_room(rules: AttentionRules, count: int) -> int:
    """How many of the best ranked must be seen: not so many that nobody else has a turn."""
    room = depth_room(rules, count)
    return rules.best if count <= room else min(rules.best, room // 2)


class Attention:
    """Streams of a universe of `count` stocks within `rules`.

    `streams`, `places` and `sockets` have one cell a row; a row of Stream.NOTHING has
    NO_SOCKET.
    """

    def __init__(self, rules: AttentionRules, count: int) -> None:
        self.rules = rules
        self.count = count
        self.room = min(count, rules.sockets * rules.socket_cap)
        """Stocks that are streamed at one time."""
        self.depth_room = depth_room(rules, count)
        """Of those, how many in depth."""
        self.streams: Ints = np.zeros(count, dtype=np.int64)
        self.places: Ints = np.zeros(count, dtype=np.int64)
        self.sockets: Ints = np.full(count, NO_SOCKET, dtype=np.int64)
        self.broken: Flags = np.zeros(self.sockets_needed, dtype=np.bool_)
        """Sockets that carry nothing now; whoever holds them says so."""
        self._load: Ints = np.zeros(self.sockets_needed, dtype=np.int64)
        self._placed_ns: Ints = np.full(count, NEVER_NS, dtype=np.int64)
        self._resting_ns: Ints = np.full(count, NEVER_NS, dtype=np.int64)
        """When a row lost its place by merit; NEVER_NS when it never did."""
        self._seen_ns: Ints = np.full(count, NEVER_NS, dtype=np.int64)
        """When a row had depth last."""
        self._quoted: Flags = np.zeros(count, dtype=np.bool_)

    @property
    def sockets_needed(self) -> int:
        """How many of the sockets the universe takes."""
        return max(1, -(-self.room // self.rules.socket_cap))

    def round_places(self, must: int) -> int:
        """Places in depth of the round while `must` stocks have to be seen."""
        free = self.depth_room - must
        if free <= 0:
            return 0
        turns = self.rules.round_ns // (self.rules.visit_ns + self.rules.review_ns)
        wanted = -(-self.count // max(turns, 1))
        return min(wanted, max(1, free // 2))

    def round_bound_ns(self, must: int) -> int:
        """The longest a stock waits for depth while at most `must` have to be seen.

        Reviews must come every `review_ns`. Infinite, as -1, when there is no room at all.
        """
        if self.count <= self.depth_room:
            return self.rules.review_ns
        places = self.round_places(must)
        if places == 0:
            return -1
        turns = -(-self.count // places) + 1
        return turns * (self.rules.visit_ns + self.rules.review_ns)

    def review(self, now_ns: int, must: Sequence[int], merit: Ints, liquidity: Ints) -> None:
        """Give every place anew at `now_ns`; `wanted` tells what came of it.

        `must`: rows that have depth whatever they are worth, the most important first; only
        as many as there is room for. `merit` and `liquidity`, int64[count]: the greater the
        better, 0 where nothing is known.
        """
        pinned = list(dict.fromkeys(row for row in must if 0 <= row < self.count))
        pinned = pinned[: self.depth_room]
        self._move(now_ns, self._places(now_ns, pinned, merit))
        self._spread(liquidity)
        self._save(pinned)

    def wanted(self, socket: int) -> Ints:
        """What `socket` should carry: a Stream value a row, int64[count]."""
        return np.where(self.sockets == socket, self.streams, Stream.NOTHING)

    # -- places in depth -------------------------------------------------------------------

    def _places(self, now_ns: int, pinned: Sequence[int], merit: Ints) -> Ints:
        places = np.full(self.count, Place.NONE, dtype=np.int64)
        places[pinned] = Place.MUST
        round_places = self.round_places(len(pinned))
        places[self._merited(now_ns, places, merit, round_places)] = Place.MERIT
        places[self._next_of_the_round(now_ns, places)] = Place.ROUND
        return places

    def _merited(self, now_ns: int, places: Ints, merit: Ints, round_places: int) -> Ints:
        """Rows that have depth by merit: those new to it stay, the others compete."""
        most = self.depth_room - int(np.count_nonzero(places)) - round_places
        held = (self.places == Place.MERIT) | (self.places == Place.MUST)
        worth = np.where(held, merit * (100 + self.rules.margin_pct) // 100, merit)
        locked = held & (now_ns - self._placed_ns < self.rules.dwell_ns)
        resting = ~held & (self._resting_ns != NEVER_NS)
        resting &= now_ns - self._resting_ns < self.rules.dwell_ns
        able = (places == Place.NONE) & ((merit > 0) | locked) & ~resting
        rows = np.flatnonzero(able)
        order = np.lexsort((rows, -worth[rows], ~locked[rows]))
        return rows[order][: max(most, 0)]

    def _next_of_the_round(self, now_ns: int, places: Ints) -> Ints:
        """Rows on a visit, then those longest without depth, as far as there is room."""
        most = self.depth_room - int(np.count_nonzero(places))
        visiting = (self.places == Place.ROUND) & (now_ns - self._placed_ns < self.rules.visit_ns)
        rows = np.flatnonzero(places == Place.NONE)
        seen = np.where(self.places[rows] != Place.NONE, now_ns, self._seen_ns[rows])
        order = np.lexsort((rows, seen, ~visiting[rows]))
        return rows[order][: max(most, 0)]

    def _move(self, now_ns: int, places: Ints) -> None:
        had, has = self.places != Place.NONE, places != Place.NONE
        self._seen_ns[had | has] = now_ns
        self._placed_ns[places != self.places] = now_ns
        lost = (self.places == Place.MERIT) & (places != Place.MERIT)
        self._resting_ns[lost] = now_ns
        self.places = places

    # -- quotes and sockets ----------------------------------------------------------------

    def _spread(self, liquidity: Ints) -> None:
        """Quotes to the most liquid of the rest; a socket to every row that is streamed."""
        deep = self.places != Place.NONE
        worth = np.where(self._quoted, liquidity * (100 + self.rules.margin_pct) // 100, liquidity)
        rows = np.flatnonzero(~deep)
        order = np.lexsort((rows, -worth[rows]))
        quoted = rows[order][: self.room - int(np.count_nonzero(deep))]
        self._quoted[:] = False
        self._quoted[quoted] = True
        self.streams = np.where(deep, Stream.DEPTH, np.where(self._quoted, Stream.QUOTE, 0))
        self._let_go(np.flatnonzero((self.streams == Stream.NOTHING) & (self.sockets >= 0)))
        self._take_in(np.flatnonzero((self.streams != Stream.NOTHING) & (self.sockets < 0)))

    def _save(self, pinned: Sequence[int]) -> None:
        """Stocks that must be seen leave broken sockets, the most important first; where there
        is no room, one that is streamed for the least reason takes their place."""
        whole = np.flatnonzero(~self.broken)
        for row in pinned if whole.size else ():
            if not self.broken[self.sockets[row]]:
                continue
            socket = int(whole[np.argmin(self._load[whole])])
            if self._load[socket] == self.rules.socket_cap:
                least = self._least(~self.broken[self.sockets])
                if least == NO_ROW:
                    return
                socket = int(self.sockets[least])
                self._carry(least, int(self.sockets[row]))
            self._carry(row, socket)

    def _least(self, rows: Flags) -> int:
        """The first of `rows` that is streamed for the least reason: quoted, on its round, by
        merit; NO_ROW where all of them must be seen."""
        for place in (Place.NONE, Place.ROUND, Place.MERIT):
            found = np.flatnonzero(rows & (self.sockets >= 0) & (self.places == place))
            if found.size:
                return int(found[0])
        return NO_ROW

    def _carry(self, row: int, socket: int) -> None:
        self._load[self.sockets[row]] -= 1
        self._load[socket] += 1
        self.sockets[row] = socket

    def _let_go(self, rows: Ints) -> None:
        np.subtract.at(self._load, self.sockets[rows], 1)
        self.sockets[rows] = NO_SOCKET

    def _take_in(self, rows: Ints) -> None:
        """Each to the socket with the most room, the first of equals."""
        for row in rows:
            socket = int(np.argmin(self._load))
            self.sockets[row] = socket
            self._load[socket] += 1


def _rows(flags: Flags) -> tuple[int, ...]:
    return tuple(int(row) for row in np.flatnonzero(flags))
