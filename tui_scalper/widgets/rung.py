"""One line of a ladder: a price, what rests at it, and what of the operator's own is there.

Asks stand right of the price column and bids left of it, quantities next to it, then bars, then
orders: what changes together stands together, and is one run of colour. The empty half of a
line tells the own marks and, next to the price, what the quantity changed by lately.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import median_low
from typing import Final, NamedTuple

from tui_scalper.core.gates import PRICE_GATES
from tui_scalper.core.snapshot import Ladder, Level
from tui_scalper.core.units import Side
from tui_scalper.widgets import text
from tui_scalper.widgets.ladder_look import Beside, Columns, LadderLook
from tui_scalper.widgets.lines import Line, Span
from tui_scalper.widgets.marks import beyond, marks_of
from tui_scalper.widgets.palette import Role

PRICE_WIDTH: Final = 11
ORDERS_WIDTH: Final = 3
QUANTITY_WIDTH: Final = 6
CHANGE_WIDTH: Final = 7
LARGE: Final = 4
"""A level of so many times the median quantity of the book stands out."""
LARGE_MARK: Final = "◆"


class Rung(NamedTuple):
    """One line of the book as it is drawn; equal rungs draw the same line."""

    price: int
    side: Side | None
    quantity: int
    orders: int
    eighths: int
    best: bool
    last: bool
    stale: bool
    large: bool
    marks: str
    change: int
    """What the quantity changed by; 0 when it did not or changes are not shown."""


class Scale(NamedTuple):
    """What the quantities of one book are drawn against."""

    largest: int
    large: int
    """From here on a quantity stands out; 0 when none does."""


def rungs_of(
    ladder: Ladder, prices: tuple[int, ...], width: int, look: LadderLook, beside: Beside
) -> list[Rung]:
    """The lines of a ladder with `prices` on them, from the top."""
    summed = look.columns is Columns.SUM
    book = {
        level.price: (side, level)
        for side, levels in ((Side.SELL, ladder.asks), (Side.BUY, ladder.bids))
        for level in (_summed(levels) if summed else levels)
    }
    scale = _scale([level.quantity for _, level in book.values()], summed=summed)
    touch = {levels[0].price for levels in (ladder.asks, ladder.bids) if levels}
    changes = dict(beside.changes) if look.shows_changes else {}
    marks = marks_of(ladder, beside.staged)
    outer = beyond(marks, prices, ladder.tick)
    stale = bool(ladder.blockers & PRICE_GATES)
    bar = _bar_width(width)
    rungs = []
    for at, price in enumerate(prices):
        side, level = book.get(price, (None, None))
        quantity = level.quantity if level else 0
        last = price == ladder.ltp and price > 0
        words = f"{marks.get(price, '')} {outer.get(at, '')}".strip()
        rungs.append(
            Rung(
                price=price,
                side=side,
                quantity=quantity,
                orders=level.orders if level else 0,
                eighths=text.share_of(quantity, scale.largest, bar),
                best=price in touch,
                last=last,
                stale=stale,
                large=0 < scale.large <= quantity,
                marks=words or (f"•{ladder.ltq}" if last and ladder.ltq else ""),
                change=changes.get(price, 0),
            )
        )
    return rungs


def _scale(quantities: list[int], *, summed: bool) -> Scale:
    """Sums grow outwards by themselves: none of them stands out."""
    if not quantities:
        return Scale(0, 0)
    return Scale(max(quantities), 0 if summed else LARGE * median_low(quantities))


def _summed(levels: tuple[Level, ...]) -> tuple[Level, ...]:
    """Levels with quantity and orders summed from the touch outwards."""
    total = orders = 0
    summed = []
    for level in levels:
        total, orders = total + level.quantity, orders + level.orders
        summed.append(Level(level.price, total, orders))
    return tuple(summed)


def _bar_width(width: int) -> int:
    return (width - PRICE_WIDTH) // 2 - ORDERS_WIDTH - QUANTITY_WIDTH - 1


@lru_cache(maxsize=2048)
def rung_line(rung: Rung, width: int) -> Line:
    """One line of `width` cells."""
    if not rung.price:
        return ((" " * width, Role.DIM),)
    half = (width - PRICE_WIDTH) // 2
    other = width - PRICE_WIDTH - half
    quantity_role, bar_role = _level_roles(rung)
    price_role = Role.LAST if rung.last and not rung.stale else quantity_role
    tag = "•" if rung.last else ""
    middle = (f"{tag + text.price(rung.price):>{PRICE_WIDTH - 1}} ", price_role)
    if rung.side is Side.SELL:
        ask = _ask_cells(rung, other, quantity_role, bar_role)
        return (*_marks_left(rung, half, quantity_role), middle, *ask)
    if rung.side is Side.BUY:
        bid = _bid_cells(rung, half, quantity_role, bar_role)
        return (*bid, middle, *_marks_right(rung, other, quantity_role))
    return ((" " * half, Role.DIM), middle, *_marks_right(rung, other, Role.DIM))


def _marks_role(rung: Rung, blank: Role) -> Role:
    """Blanks take the role of what stands beside them: every run of colour costs bytes."""
    if not rung.marks:
        return blank
    return Role.DIM if rung.stale or rung.marks.startswith("•") else Role.OWN


def _change(rung: Rung, room: int) -> str:
    """The change where marks leave it room, with the blanks around it."""
    if not rung.change or len(rung.marks) > room - CHANGE_WIDTH - 1:
        return ""
    return text.change(rung.change)


def _marks_left(rung: Rung, width: int, blank: Role) -> tuple[Span, ...]:
    change = _change(rung, width)
    room = width - (CHANGE_WIDTH + 1 if change else 1)
    marks = (rung.marks[:room].rjust(room), _marks_role(rung, blank))
    return marks, (f"{change:>{width - room - 1}} ", Role.INFO if change else blank)


def _marks_right(rung: Rung, width: int, blank: Role) -> tuple[Span, ...]:
    change = _change(rung, width)
    room = width - (CHANGE_WIDTH + 1 if change else 1)
    marks = (rung.marks[:room].ljust(room), _marks_role(rung, blank))
    return (f" {change:<{width - room - 1}}", Role.INFO if change else blank), marks


def _bid_cells(rung: Rung, width: int, quantity_role: Role, bar_role: Role) -> tuple[Span, ...]:
    bar = text.left_bar(rung.eighths, width - QUANTITY_WIDTH - 1 - ORDERS_WIDTH)
    count = (f"{text.orders(rung.orders):>{ORDERS_WIDTH}}", Role.DIM)
    return count, (bar, bar_role), (f"{_shares(rung)} ", quantity_role)


def _ask_cells(rung: Rung, width: int, quantity_role: Role, bar_role: Role) -> tuple[Span, ...]:
    count = (f"{text.orders(rung.orders):>{ORDERS_WIDTH}}", Role.DIM)
    bar = f" {text.bar(rung.eighths, width - QUANTITY_WIDTH - ORDERS_WIDTH - 1)}"
    return (_shares(rung), quantity_role), (bar, bar_role), count


def _shares(rung: Rung) -> str:
    mark = LARGE_MARK if rung.large else ""
    return f"{mark + text.quantity(rung.quantity):>{QUANTITY_WIDTH}}"


def _level_roles(rung: Rung) -> tuple[Role, Role]:
    """Roles of the quantity and of its bar."""
    if rung.stale or rung.side is None:
        return Role.DIM, Role.DIM
    strong = rung.best or rung.large
    if rung.side is Side.BUY:
        return (Role.BID_BEST if strong else Role.BID), Role.BID
    return (Role.ASK_BEST if strong else Role.ASK), Role.ASK
