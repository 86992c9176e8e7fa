"""What the mid did around the life of a signal: before it, once it is born; after it, once ripe.

A minute of mids is two or three pages (core.mids) that a large universe has far away, and each
is known only from the one after it. Looked up at once, all of them would be waited for one after
the other. So a life that was born is told of what was before it a frame later, and what lives
will soon need is asked for meanwhile, a step each time.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core.blocks import LINE
from tui_scalper.core.fetch import ask
from tui_scalper.core.jit import kernel
from tui_scalper.core.lives import (
    AFTER,
    BEFORE,
    BORN,
    BORN_LIVES,
    DELAY_NS,
    END_NS,
    FIRST_YOUNG,
    HORIZONS,
    LIFE,
    POINTS,
    RIPE,
    ROW,
    START_NS,
    STATE,
    YOUNG,
    YOUNG_LIVES,
    Lives,
    finish,
    pop,
)
from tui_scalper.core.mids import Mids, ask_newest_page, ask_page_before, change_at, mid_of
from tui_scalper.core.units import NS

Cells = NDArray[np.int64]
Flags = NDArray[np.bool_]

RIPE_NS: Final = DELAY_NS + HORIZONS[-1] * NS
_DISTANCES: Final = np.array([DELAY_NS + seconds * NS for seconds in (0, *HORIZONS)])
FAR: Final = 6
"""Lives before it is ripe that the room of a life itself is asked for."""
NEARER: Final = 4
"""The same of the newest page of its stock, which the life tells."""
NEAR: Final = 2
"""The same of the page before that, which the newest one tells."""


@kernel
def look_back(life: Cells, mids: Mids) -> None:
    """Fill in the mids before the beginning of a life that was born."""
    change = life[BEFORE]
    for point in range(POINTS):
        change = change_at(mids, life[START_NS] - _DISTANCES[point], change)
        life[BEFORE + point] = mid_of(mids, change)


@kernel
def look_ahead(life: Cells, mids: Mids, now: int) -> None:
    """Fill in the mids after the beginning that are not known, as far as `now` lies beyond them."""
    change = mids.newest[1 + life[ROW]]
    for point in range(POINTS - 1, -1, -1):
        at = life[START_NS] + _DISTANCES[point]
        if at <= now and life[AFTER + point] == 0:
            change = change_at(mids, at, change)
            life[AFTER + point] = mid_of(mids, change)


@kernel
def young_slot(lives: Lives, place: int) -> int:
    """Slot of the young life at a place of their queue, the first at 0; the last one's beyond."""
    place = min(place, lives.head[YOUNG_LIVES] - 1)
    return int(lives.young[(lives.head[FIRST_YOUNG] + place) % lives.young.shape[0]])


@kernel
def tell_born(lives: Lives, mids: Mids) -> None:
    """A frame is in: tell those born before it of the mids before them, and ask for the pages of
    those born in it."""
    born = lives.head[BORN_LIVES]
    for place in range(lives.head[YOUNG_LIVES] - born, lives.head[YOUNG_LIVES]):
        life = lives.table[young_slot(lives, place)]
        if life[STATE] == BORN:
            life[STATE] = YOUNG
            ask_page_before(mids, life[ROW])
        else:
            look_back(life, mids)
            born -= 1
    lives.head[BORN_LIVES] = born


@kernel
def tell_all_born(lives: Lives, mids: Mids) -> None:
    """Tell all lives that are born of the mids before them: nothing comes after this."""
    for place in range(lives.head[YOUNG_LIVES] - lives.head[BORN_LIVES], lives.head[YOUNG_LIVES]):
        life = lives.table[young_slot(lives, place)]
        life[STATE] = YOUNG
        look_back(life, mids)
    lives.head[BORN_LIVES] = 0


@kernel
def lose_mids(lives: Lives, mids: Mids, lost: Flags, now: int) -> None:
    """The books of `lost` (bool[stocks]) were lost after the frame at `now`: nothing is known of
    their mids any more but what their lives are told of here."""
    tell_all_born(lives, mids)
    for place in range(lives.head[YOUNG_LIVES]):
        life = lives.table[young_slot(lives, place)]
        if lost[life[ROW]]:
            look_ahead(life, mids, now)
    mids.newest[1:][lost] = 0


@kernel
def ask_coming(lives: Lives, mids: Mids) -> None:
    """Ask for what the next lives need that are going to be ripe."""
    if lives.head[YOUNG_LIVES] == 0:
        return
    far = young_slot(lives, FAR)
    for cell in range(0, LIFE, LINE):
        ask(lives.table, far, cell)
    ask_newest_page(mids, lives.table[young_slot(lives, NEARER), ROW])
    ask_page_before(mids, lives.table[young_slot(lives, NEAR), ROW])


@kernel
def ripen(lives: Lives, mids: Mids, now: int) -> None:
    """A frame at `now` is in: see what the mid did after the lives that are old enough."""
    tell_born(lives, mids)
    while lives.head[YOUNG_LIVES] > 0:
        slot = lives.young[lives.head[FIRST_YOUNG]]
        life = lives.table[slot]
        if now < life[START_NS] + RIPE_NS:
            return
        pop(lives.young, lives.head, FIRST_YOUNG)
        ask_coming(lives, mids)
        look_ahead(life, mids, now)
        life[STATE] = RIPE
        if life[END_NS] > 0:
            finish(lives, slot)
