"""Lives of signals once more, slowly: from a list of what every update left behind."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from math import inf

from tui_scalper.core.lives import HORIZONS
from tui_scalper.core.signal_life import SignalLife
from tui_scalper.core.units import NS, Side

DISTANCES = [NS // 2 + seconds * NS for seconds in (0, *HORIZONS)]


def mid_as_of(mids, at):
    """Twice the newest mid at `at`, of a list of (time, twice the mid); 0 before the first."""
    place = bisect_right(mids, at, key=lambda one: one[0])
    return mids[place - 1][1] if place else 0


def lives_of(updates, symbols, most_ns):
    """Every life by the frame with which it was done, those of one frame by their beginning; the
    last list holds those that never were.

    `updates` are (time, row, side of the signal or 0, dominance, twice the mid or 0) in order;
    a book older than `most_ns` is stale.
    """
    mids = {row: [] for row in range(len(symbols))}
    lasting, heard, lives = {}, {}, []
    for at, row, side, dominance, mid2 in updates:
        for other, last in heard.items():
            if at > last + most_ns and other in lasting:
                one = lasting.pop(other)
                one["end"], one["noticed"] = last + most_ns, at
        heard[row] = at
        if mid2:
            mids[row].append((at, mid2))
        one = lasting.get(row)
        if one is not None and one["side"] != side:
            one["end"] = one["noticed"] = at
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
    done = {}
    for one in sorted(lives, key=lambda one: (one["start"], one["row"])):
        life = SignalLife(
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
        done.setdefault(when_done(one, frames), []).append(life)
    return [done[at] for at in sorted(done)]


def when_done(one, frames):
    """The frame that notices the end, or finds it ripe if that is later; infinite for neither."""
    place = bisect_left(frames, one["start"] + DISTANCES[-1])
    if place == len(frames) or not one["end"]:
        return inf
    return max(frames[place], one["noticed"])
