"""The race: which signal leads, with hysteresis, so that the best of breed does not flicker.

The leader stays in front while it is a signal that may be proposed. It is overtaken by a
signal whose dominance is greater by a margin at once, and by one that is merely ahead of it
when the leader was behind somebody for a while without a break. Computed at the end of each
frame over the signals alone, so a quiet stock costs nothing, and without their rows, which lie
far apart in a large market: how strong each is was noted when its row was at hand.

Lives in one int64 array: a head, the rows that are signals in no order, how strong each of them
is in the same order, then for each instrument its place among them plus one (0: no signal).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core import rules as u
from tui_scalper.core.jit import kernel

Cells = NDArray[np.int64]

RUNNERS: Final = 0
"""How many signals there are."""
LEADER: Final = 1
"""Row of the leader plus one; 0 when nobody leads."""
BEHIND_NS: Final = 2
"""Since when the leader has been behind somebody; 0 while it is in front."""
CHANGES: Final = 3
"""How often one leader followed another."""
NEXT_NS: Final = 4
"""From this time on the race is run though no signal was heard of; no change of what time
alone changes (age, rest, being behind) comes before it."""
SEEN_NS: Final = 5
"""Time of the newest frame; one before it makes a rest that was over none."""
HEAD: Final = 6

PARTS: Final = 3
"""Numbers for each instrument behind the head: row, strength, place."""
RESTS: Final = -1
"""Strength of a signal that rests; any other's is greater than 0."""
SPAN: Final = 64
"""Signals of which the strongest is looked for at once: most have none that matters."""
TIGHT: Final = 1 << 30
"""Parts of the price in which a strength counts the spread."""


def empty_race(instruments: int) -> Cells:
    """A race nobody runs, for so many instruments."""
    return np.zeros(HEAD + PARTS * instruments, dtype=np.int64)


@kernel
def places_of(race: Cells) -> tuple[int, int]:
    """Where the strengths begin, and the places."""
    instruments = (race.shape[0] - HEAD) // PARTS
    return HEAD + instruments, HEAD + 2 * instruments


def running(race: Cells) -> NDArray[np.bool_]:
    """Which instruments are signals, bool[instruments]."""
    return race[places_of(race)[1] :] > 0


@kernel
def keep_list(race: Cells, index: int, runs: bool) -> bool:
    """Row `index` is a signal, or not: keep the list right. True when that concerns the race."""
    strengths, places = places_of(race)
    place = race[places + index]
    if not runs and place == 0:
        return False
    if runs and place == 0:
        race[HEAD + race[RUNNERS]] = index
        race[strengths + race[RUNNERS]] = RESTS
        race[RUNNERS] += 1
        race[places + index] = race[RUNNERS]
    elif not runs:
        last = race[HEAD + race[RUNNERS] - 1]
        race[HEAD + place - 1] = last
        race[strengths + place - 1] = race[strengths + race[RUNNERS] - 1]
        race[places + last] = place
        race[places + index] = 0
        race[RUNNERS] -= 1
    return True


@kernel
def stronger(a: Cells, b: Cells) -> bool:
    """Whether signal `a` goes before signal `b` (rows apart from that equal: neither does)."""
    if a[c.DOMINANCE] != b[c.DOMINANCE]:
        return bool(a[c.DOMINANCE] > b[c.DOMINANCE])
    a_spread = (a[c.ASK_PRICE] - a[c.BID_PRICE]) * b[c.ASK_PRICE]
    b_spread = (b[c.ASK_PRICE] - b[c.BID_PRICE]) * a[c.ASK_PRICE]
    return bool(a_spread < b_spread)


@kernel
def ahead(cells: Cells, one: int, other: int) -> bool:
    """Whether signal `one` goes before `other`: stronger, or as strong and the lower row."""
    if stronger(cells[one], cells[other]):
        return True
    return one < other and not stronger(cells[other], cells[one])


@kernel
def strength_of(row: Cells) -> int:
    """A number that is greater where signal `row` is `stronger`, as far as one number can tell:
    the dominance, then how little of its price the spread is. Signals of one number may differ
    still. The book of a signal has two sides that do not cross."""
    spread = (row[c.ASK_PRICE] - row[c.BID_PRICE]) * TIGHT // row[c.ASK_PRICE]
    return int((row[c.DOMINANCE] + 1) * TIGHT - spread)


@kernel
def note_strength(race: Cells, index: int, row: Cells, now_ns: int, max_age_ns: int) -> None:
    """Signal `index`, whose `row` is not stale, is this strong from `now_ns` on, until its row
    changes or time alone changes it."""
    strengths, places = places_of(race)
    rests = row[c.HOLD_UNTIL_NS] > now_ns
    race[strengths + race[places + index] - 1] = RESTS if rests else strength_of(row)
    race[NEXT_NS] = min(race[NEXT_NS], row[c.RECEIVED_NS] + max_age_ns + 1)
    if rests:
        race[NEXT_NS] = min(race[NEXT_NS], row[c.HOLD_UNTIL_NS])


@kernel
def may_lead(row: Cells, now_ns: int, max_age_ns: int) -> bool:
    """Whether a row is a signal that may be proposed at `now_ns`."""
    if row[c.BLOCKERS] != 0 or row[c.SIGNAL_NS] == 0 or row[c.HOLD_UNTIL_NS] > now_ns:
        return False
    return bool(now_ns - row[c.RECEIVED_NS] <= max_age_ns)


@kernel
def foremost(cells: Cells, race: Cells, now_ns: int, max_age_ns: int) -> int:
    """Row of the strongest signal that may be proposed, whoever leads; -1 without one."""
    best = -1
    for place in range(race[RUNNERS]):
        row = race[HEAD + place]
        if may_lead(cells[row], now_ns, max_age_ns) and (best < 0 or ahead(cells, row, best)):
            best = row
    return best


@kernel
def most_of(noted: Cells) -> int:
    """Greatest of some strengths; a loop the compiler does eight at a time."""
    most = RESTS
    for place in range(noted.shape[0]):
        most = max(most, noted[place])
    return int(most)


@kernel
def noted_foremost(cells: Cells, race: Cells) -> int:
    """`foremost` at the time of the newest frame, by the strengths as they were noted."""
    strengths, _ = places_of(race)
    most, best = 0, -1
    for first in range(0, race[RUNNERS], SPAN):
        end = min(first + SPAN, race[RUNNERS])
        if most_of(race[strengths + first : strengths + end]) < most:
            continue
        for place in range(first, end):
            strength = race[strengths + place]
            if strength < most:
                continue
            row = race[HEAD + place]
            if strength > most or ahead(cells, row, best):
                most, best = strength, row
    return int(best)


@kernel
def place_of(cells: Cells, race: Cells, row: int, now_ns: int, max_age_ns: int) -> int:
    """Place of `row` by strength among the signals that may be proposed, from 1; 0: it is none."""
    if not may_lead(cells[row], now_ns, max_age_ns):
        return 0
    place = 1
    for index in range(race[RUNNERS]):
        one = race[HEAD + index]
        place += may_lead(cells[one], now_ns, max_age_ns) and ahead(cells, one, row)
    return place


@kernel
def run_race(cells: Cells, race: Cells, rules: Cells, now_ns: int) -> None:
    """Who leads after a frame at `now_ns`, the strengths of all signals being noted."""
    best = noted_foremost(cells, race)
    leader = race[LEADER] - 1
    if leader < 0 or not may_lead(cells[leader], now_ns, rules[u.MAX_LAG_NS]):
        race[BEHIND_NS] = 0
        if leader >= 0 and best >= 0:
            race[CHANGES] += 1
        race[LEADER] = best + 1
        return
    if best == leader:
        race[BEHIND_NS] = 0
        return
    if race[BEHIND_NS] == 0:
        race[BEHIND_NS] = now_ns
    lead = cells[best, c.DOMINANCE] - cells[leader, c.DOMINANCE]
    late = now_ns - race[BEHIND_NS] >= rules[u.LEAD_NS]
    if lead >= rules[u.LEAD_PPM] or late:
        race[LEADER] = best + 1
        race[BEHIND_NS] = 0
        race[CHANGES] += 1
        return
    race[NEXT_NS] = min(race[NEXT_NS], race[BEHIND_NS] + rules[u.LEAD_NS])


@kernel
def leading(cells: Cells, race: Cells, now_ns: int, max_age_ns: int) -> int:
    """Row to propose at `now_ns`: the leader while it may be, else the foremost, else -1."""
    leader = race[LEADER] - 1
    if leader >= 0 and may_lead(cells[leader], now_ns, max_age_ns):
        return int(leader)
    return foremost(cells, race, now_ns, max_age_ns)
