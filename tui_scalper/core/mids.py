"""What the mid of each stock was a while ago: its last changes, in pages of a ring for all stocks.

The changes of a stock stand side by side in its page, which another one follows that names its
last change. A new page takes the place of the oldest page there is, whosever it was, so the room
does not grow with what happens, and looking back a minute touches a few pages and not as many
places as there were changes. A page is left when it is full or half of the ring old: so every
change is kept until half a ring of pages was begun after it, however seldom its stock changes.
A mid nobody remembers any more is 0, never a guess.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core.blocks import LINE, whole_lines
from tui_scalper.core.fetch import ask
from tui_scalper.core.jit import kernel

Cells = NDArray[np.int64]

BEFORE: Final = 0
"""The last change of the page before this one, of the same stock; 0 none."""
CHANGES: Final = 2
"""The changes, the oldest first: when, and twice the mid from then on."""
WIDTH: Final = 4 * LINE
A_PAGE: Final = (WIDTH - CHANGES) // 2
"""Changes there is room for in a page; a minute of a stock has some twenty."""
LEAST: Final = 1 << 9
MOST: Final = 1 << 15
A_STOCK: Final = 1 << 5
"""Pages there are: at least, at most, and for each stock in between. Half of them must be more
than there are stocks, or each change would find its page left."""
SLOTS: Final = 16
"""A change is known by its page's number times this, and its place in the page; 0 is none."""


class Mids(NamedTuple):
    """The ring, and where each stock's part of it begins."""

    ring: Cells
    """int64[a power of two, WIDTH]: page number n stands at n modulo the size."""
    newest: Cells
    """int64[1 + stocks]: number of the newest page, then each stock's newest change; 0 none."""


def empty_mids(stocks: int) -> Mids:
    """No mid of so many stocks is known."""
    wanted = min(max(stocks * A_STOCK, LEAST), MOST)
    pages = 1 << (wanted - 1).bit_length()
    return Mids(whole_lines(pages, WIDTH), np.zeros(1 + stocks, dtype=np.int64))


@kernel
def oldest_page(mids: Mids) -> int:
    """Number of the newest page that was written over; those after it are kept."""
    return int(max(mids.newest[0] - mids.ring.shape[0], 0))


@kernel
def place_of(mids: Mids, page: int) -> int:
    """Where a page stands that is kept."""
    return int(page & (mids.ring.shape[0] - 1))


@kernel
def note_mid(mids: Mids, index: int, at: int, mid2: int) -> None:
    """From `at` on twice the mid of stock `index` is `mid2`."""
    newest = mids.newest[1 + index]
    change = newest + 1
    old = mids.newest[0] - newest // SLOTS >= mids.ring.shape[0] // 2
    if newest == 0 or old or change % SLOTS == A_PAGE:
        mids.newest[0] += 1
        change = mids.newest[0] * SLOTS
        mids.ring[place_of(mids, change // SLOTS), BEFORE] = newest
    mids.newest[1 + index] = change
    place, cell = place_of(mids, change // SLOTS), CHANGES + 2 * (change % SLOTS)
    mids.ring[place, cell] = at
    mids.ring[place, cell + 1] = mid2


@kernel
def fetch_page(mids: Mids, index: int) -> None:
    """Ask for where the next change of stock `index` will stand."""
    following = mids.newest[1 + index] + 1
    ask(mids.ring, place_of(mids, following // SLOTS), CHANGES + 2 * (following % SLOTS))


@kernel
def ask_page(mids: Mids, change: int) -> None:
    """Ask for the page of a change; for any where there is none."""
    for cell in range(0, WIDTH, LINE):
        ask(mids.ring, place_of(mids, change // SLOTS), cell)


@kernel
def ask_newest_page(mids: Mids, index: int) -> None:
    """Ask for the newest page of stock `index`."""
    ask_page(mids, mids.newest[1 + index])


@kernel
def ask_page_before(mids: Mids, index: int) -> None:
    """Ask for the page before the newest one of stock `index`, which is at hand."""
    newest = place_of(mids, mids.newest[1 + index] // SLOTS)
    ask_page(mids, mids.ring[newest, BEFORE])


@kernel
def change_at(mids: Mids, at: int, change: int) -> int:
    """The change in force at `at`, looked for from `change` on backwards; 0 where it is not
    known any more. `change` is the newest of a stock, or one found for a later time."""
    oldest = oldest_page(mids)
    while change // SLOTS > oldest:
        place, slot = place_of(mids, change // SLOTS), change % SLOTS
        if mids.ring[place, CHANGES + 2 * slot] <= at:
            return int(change)
        change = change - 1 if slot > 0 else mids.ring[place, BEFORE]
    return 0


@kernel
def mid_of(mids: Mids, change: int) -> int:
    """Twice the mid from a change on; 0 for none."""
    if change == 0:
        return 0
    return int(mids.ring[place_of(mids, change // SLOTS), CHANGES + 1 + 2 * (change % SLOTS)])


@kernel
def mid_at(mids: Mids, index: int, at: int) -> int:
    """Twice the mid of stock `index` as it was at `at`; 0 where that is not known any more."""
    return mid_of(mids, change_at(mids, at, mids.newest[1 + index]))
