"""Lives of signals once more, slowly: from a list of what every update left behind."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import groupby

from tui_scalper.core.lives import HORIZONS
from tui_scalper.core.signal_life import SignalLife
from tui_scalper.core.units import NS, Side

DISTANCES = [NS // 2 + seconds * NS for seconds in (0, *HORIZONS)]


@dataclass(frozen=True)
class Lost:
    """Between two frames the books of these rows were lost."""

    rows: tuple[int, ...]


def mid_as_of(mids, at):
    """Twice the newest mid at `at`, of a list of (time, twice the mid); 0 before the first."""
    place = bisect_right(mids, at, key=lambda one: one[0])
    return mids[place - 1][1] if place else 0


class SlowLives:
    """All lives there ever were, and what is known of each stock."""

    def __init__(self, symbols, most_ns):
        self.symbols, self.most_ns = symbols, most_ns
        self.mids = {row: [] for row in range(len(symbols))}
        self.lasting, self.heard = {}, {}
        self.young, self.lives = [], []
        self.last = 0

    def end(self, row, at):
        one = self.lasting.pop(row, None)
        if one is not None:
            one["end"] = at

    def lose(self, rows):
        for row in rows:
            self.end(row, self.heard.get(row))
            for one in self.young:
                if one["row"] == row:
                    one["after"] = self.after(one)
            self.mids[row] = []

    def after(self, one):
        """The mids after the beginning: what was known before a loss, or else what is now."""
        points = [one["start"] + far for far in DISTANCES]
        mids = self.mids[one["row"]]
        found = [mid_as_of(mids, at) if at <= self.last else 0 for at in points]
        return [known or now for known, now in zip(one["after"], found, strict=True)]

    def update(self, at, row, side, dominance, mid2):
        for other, last in self.heard.items():
            if at > last + self.most_ns:
                self.end(other, last + self.most_ns)
        self.heard[row] = self.last = at
        if mid2:
            self.mids[row].append((at, mid2))
        if row in self.lasting and self.lasting[row]["side"] != side:
            self.end(row, at)
        if side and row not in self.lasting:
            before = [mid_as_of(self.mids[row], at - far) for far in DISTANCES]
            one = {"row": row, "side": side, "start": at, "first": dominance, "peak": -1, "end": 0}
            self.lasting[row] = one | {"before": before, "after": [0] * len(DISTANCES)}
            self.young.append(self.lasting[row])
        one = self.lasting.get(row)
        if one is not None and dominance > one["peak"]:
            one["peak"], one["peak_at"] = dominance, at

    def ripen(self, ages):
        """Tell the lives that are `ages` old what the mid did."""
        ripe = [one for one in self.young if self.last - one["start"] >= ages]
        self.young = [one for one in self.young if self.last - one["start"] < ages]
        for one in ripe:
            one["after"] = self.after(one)
        self.lives += ripe

    def take(self):
        """Lives that are done by now, by their beginning."""
        done = [one for one in self.lives if one["end"]]
        self.lives = [one for one in self.lives if not one["end"]]
        return self.told(done)

    def told(self, lives):
        return [
            SignalLife(
                symbol=self.symbols[one["row"]],
                side=Side(one["side"]),
                start_ns=one["start"],
                peak_ns=one["peak_at"],
                end_ns=one["end"],
                dominance=one["first"],
                peak=one["peak"],
                before=tuple(one["before"]),
                after=tuple(one["after"]),
            )
            for one in sorted(lives, key=lambda one: (one["start"], one["row"]))
        ]


def lives_of(happened, symbols, most_ns):
    """Every life by the frame or loss with which it was done, those of one by their beginning;
    the last list holds those that never were.

    `happened` are updates (time, row, side of the signal or 0, dominance, twice the mid or 0)
    and `Lost` in order; a book older than `most_ns` is stale.
    """
    slow, found = SlowLives(symbols, most_ns), []
    for _, together in groupby(happened, key=lambda one: one if isinstance(one, Lost) else one[0]):
        for one in together:
            if isinstance(one, Lost):
                slow.lose(one.rows)
            else:
                slow.update(*one)
        slow.ripen(DISTANCES[-1])
        found.append(slow.take())
    slow.ripen(0)
    return [lives for lives in (*found, slow.told(slow.lives)) if lives]
