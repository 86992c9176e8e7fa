"""Lives of signals once more, slowly: from a list of what every update left behind."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from tui_scalper.core.lives import HORIZONS
from tui_scalper.core.signal_life import SignalLife
from tui_scalper.core.units import NS, Side

DISTANCES = [NS // 2 + seconds * NS for seconds in (0, *HORIZONS)]


def mid_as_of(mids, at):
    """Twice the newest mid at `at`, of a list of (time, twice the mid); 0 before the first."""
    place = bisect_right(mids, at, key=lambda one: one[0])
    return mids[place - 1][1] if place else 0


def lives_of(updates, symbols):
    """Every life, in the order in which it was done, then those that never were.

    `updates` are (time, row, side of the signal or 0, dominance, twice the mid or 0) in order.
    """
    mids = {row: [] for row in range(len(symbols))}
    lasting, lives = {}, []
    for at, row, side, dominance, mid2 in updates:
        if mid2:
            mids[row].append((at, mid2))
        one = lasting.get(row)
        if one is not None and one["side"] != side:
            one["end"] = at
            del lasting[row]
            one = None
        if one is None and side:
            one = {"row": row, "side": side, "start": at, "first": dominance, "peak": -1, "end": 0}
            lasting[row] = one
            lives.append(one)
        if one is not None and dominance > one["peak"]:
            one["peak"], one["peak_at"] = dominance, at
    last = updates[-1][0] if updates else 0
    frames = sorted({at for at, *_ in updates})
    return [
        SignalLife(
            symbol=symbols[one["row"]],
            side=Side(one["side"]),
            start_ns=one["start"],
            peak_ns=one["peak_at"],
            end_ns=one["end"],
            dominance=one["first"],
            peak=one["peak"],
            before=tuple(mid_as_of(mids[one["row"]], one["start"] - d) for d in DISTANCES),
            after=tuple(
                mid_as_of(mids[one["row"]], one["start"] + d) if one["start"] + d <= last else 0
                for d in DISTANCES
            ),
        )
        for one in sorted(lives, key=lambda one: when_done(one, frames))
    ]


def when_done(one, frames):
    """Sorts done lives by their end or ripeness, whichever is later, the others behind them."""
    place = bisect_left(frames, one["start"] + DISTANCES[-1])
    if place == len(frames) or not one["end"]:
        return (1, 0, 0, one["start"], one["row"])
    ripe = frames[place]
    # Lives that end in a frame are done before those that ripen in it.
    if one["end"] > ripe:
        return (0, one["end"], 0, one["row"], 0)
    return (0, ripe, 1, one["start"], 0)
