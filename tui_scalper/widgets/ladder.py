"""The ladder: ten prices of one stock, the highest on top, 13 lines.

Asks stand right of the price column and bids left of it; the empty half of a line tells
what of the operator's own rests or is marked at that price, and on the outermost lines what
is marked beyond them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from tui_scalper.core.gates import Gate
from tui_scalper.core.snapshot import Ladder, Level
from tui_scalper.core.units import Side
from tui_scalper.widgets import text
from tui_scalper.widgets.lines import EMPTY, Line, LinePanel, Span, fit, spread
from tui_scalper.widgets.palette import Palette, Role
from tui_scalper.widgets.rungs import DEPTH, RUNGS, Rungs, View

LADDER_LINES: Final = RUNGS + 3
PRICE_WIDTH: Final = 11
ORDERS_WIDTH: Final = 3
QUANTITY_WIDTH: Final = 6
STALE_GATES: Final = Gate.NO_DATA | Gate.STALE


class Columns(StrEnum):
    """What stands beside the price."""

    PLAIN = "quantity, orders"
    SUM = "summed from the touch"
    CHANGE = "change in two seconds"


@dataclass(frozen=True)
class LadderLook:
    """How the operator wants ladders drawn."""

    view: View = View.LEVELS
    columns: Columns = Columns.PLAIN
    centring: int = 0
    """Grows whenever the operator asks for the ticks to be centred."""

    @property
    def shows_changes(self) -> bool:
        """Whether changes of quantities are wanted."""
        return self.columns is Columns.CHANGE


@dataclass(frozen=True)
class Beside:
    """What one ladder shows besides its book."""

    selected: bool = False
    staged: tuple[int, int, Side] | None = None
    """Price, quantity and side of the entry on the strip, where it is one of this stock."""
    changes: tuple[tuple[int, int], ...] = ()
    """Price and what its quantity changed by lately."""


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
    marks: str
    change: int | None


def ladder_lines(
    ladder: Ladder,
    prices: tuple[int, ...],
    *,
    width: int,
    now_ns: int,
    look: LadderLook,
    beside: Beside,
) -> tuple[Line, ...]:
    """The 13 lines of `ladder` with `prices` on its rungs, each `width` cells."""
    if not ladder.updates:
        return _no_data(ladder, width, selected=beside.selected)
    stale = bool(ladder.blockers & STALE_GATES)
    rungs = [_rung_line(rung, width) for rung in _rungs(ladder, prices, width, look, beside)]
    middle = _middle(
        ladder, width, now_ns, stale=stale, look=look, frozen=beside.staged is not None
    )
    # Ticks leave no gap between the sides: what stands there goes below them.
    split = DEPTH if look.view is View.LEVELS else RUNGS
    return (
        _title(ladder, width, selected=beside.selected, stale=stale),
        *rungs[:split],
        middle,
        *rungs[split:],
        _pressure(ladder.total_buy, ladder.total_sell, width, stale=stale),
    )


def _no_data(ladder: Ladder, width: int, *, selected: bool) -> tuple[Line, ...]:
    role = Role.PANEL_FOCUS if selected else Role.PANEL
    blank: Line = ((" " * width, Role.DIM),)
    title = fit(((f" {ladder.symbol}", role),), width, role)
    word: Line = (("NO DATA".center(width), Role.WARN),)
    return (title, *(blank,) * DEPTH, word, *(blank,) * (DEPTH + 1))


def _title(ladder: Ladder, width: int, *, selected: bool, stale: bool) -> Line:
    fill = Role.PANEL_FOCUS if selected else Role.PANEL
    marker = "▶" if selected else " "
    change = ""
    if ladder.close > 0:
        points = (ladder.ltp - ladder.close) * 10_000 // ladder.close
        change = f"{points / 100:+.2f}%"
    left: Line = (
        (f"{marker}{ladder.symbol[:10]:<10}", fill),
        (f"{text.price(ladder.ltp):>9}", fill),
        (f" {change:>7}", fill),
    )
    return spread(left, ((_lean(ladder, stale=stale), fill),), width, fill)


def _lean(ladder: Ladder, *, stale: bool) -> str:
    if stale or ladder.dominance_ppm < 0:
        return "-- "
    arrow = "▲" if ladder.lean > 0 else "▼" if ladder.lean < 0 else "="
    return f"{arrow}{text.percent(ladder.dominance_ppm)} "


def _middle(
    ladder: Ladder, width: int, now_ns: int, *, stale: bool, look: LadderLook, frozen: bool
) -> Line:
    if stale:
        word = f" ! STALE {text.age(now_ns - ladder.received_ns)} "
        return fit((("───", Role.DIM), (word, Role.WARN)), width, Role.DIM)
    if frozen:
        # Prices that came since have no line of their own: at least the best ones are told.
        best = "/".join(text.price(one[0].price) if one else "-" for one in _sides(ladder))
        return fit((("── FROZEN ", Role.OWN), (f"best {best} ", Role.STRONG)), width, Role.DIM)
    bid5, ask5 = (sum(level.quantity for level in side) for side in _sides(ladder))
    name = "Σ " if look.columns is Columns.SUM else ""
    return _middle_line(f"── {name}{_gap(ladder)} ", ladder.position, text.ratio(bid5, ask5), width)


def _sides(ladder: Ladder) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    return ladder.bids, ladder.asks


def _gap(ladder: Ladder) -> str:
    """The spread in ticks and in money."""
    if not ladder.bids or not ladder.asks:
        return "one side empty"
    gap = ladder.asks[0].price - ladder.bids[0].price
    return f"{gap // ladder.tick}t {text.price(gap)}"


@lru_cache(maxsize=1024)
def _middle_line(gap: str, position: int, bid_over_ask: str, width: int) -> Line:
    held: Line = ((f" {position:+d} ", Role.OWN),) if position else ()
    return spread(
        ((gap, Role.DIM), *held), ((f"bid5:ask5 {bid_over_ask} ", Role.DIM),), width, Role.DIM
    )


# -- rungs -----------------------------------------------------------------------------------


def _rungs(
    ladder: Ladder, prices: tuple[int, ...], width: int, look: LadderLook, beside: Beside
) -> list[Rung]:
    summed = look.columns is Columns.SUM
    book = {
        level.price: (side, level)
        for side, levels in ((Side.SELL, ladder.asks), (Side.BUY, ladder.bids))
        for level in (_summed(levels) if summed else levels)
    }
    touch = {levels[0].price for levels in (ladder.asks, ladder.bids) if levels}
    largest = max((level.quantity for _, level in book.values()), default=0)
    changes = dict(beside.changes) if look.columns is Columns.CHANGE else None
    marks = _marks(ladder, beside.staged)
    stale = bool(ladder.blockers & STALE_GATES)
    beyond = _beyond(marks, prices, ladder.tick)
    rungs = []
    for at, price in enumerate(prices):
        side, level = book.get(price, (None, None))
        words = marks.get(price, "")
        if at in beyond:
            words = f"{words} {beyond[at]}".strip()
        last = price == ladder.ltp and price > 0
        rungs.append(
            Rung(
                price,
                side,
                level.quantity if level else 0,
                level.orders if level else 0,
                text.share_of(level.quantity, largest, _bar_width(width)) if level else 0,
                price in touch,
                last,
                stale,
                words or (f"•{ladder.ltq}" if last and ladder.ltq else ""),
                None if changes is None else changes.get(price, 0),
            )
        )
    return rungs


def _summed(levels: tuple[Level, ...]) -> tuple[Level, ...]:
    """Levels with quantity and orders summed from the touch outwards."""
    total = orders = 0
    summed = []
    for level in levels:
        total, orders = total + level.quantity, orders + level.orders
        summed.append(Level(level.price, total, orders))
    return tuple(summed)


def _marks(ladder: Ladder, staged: tuple[int, int, Side] | None) -> dict[int, str]:
    """What of the operator's own stands at which price: orders, entry, stop, target, staged."""
    words: dict[int, list[str]] = {}
    for price, quantity, side in ladder.orders:
        words.setdefault(price, []).append(f"{_letter(side)}{quantity}")
    if ladder.position:
        for word, price in (("ENT", ladder.entry), ("STP", ladder.stop), ("TGT", ladder.target)):
            words.setdefault(price, []).append(word)
    if staged is not None:
        price, quantity, side = staged
        words.setdefault(price, []).append(f"»{_letter(side)}{quantity}")
    words.pop(0, None)
    return {price: " ".join(parts) for price, parts in words.items()}


def _letter(side: Side) -> str:
    return "B" if side > 0 else "S"


def _beyond(marks: dict[int, str], prices: tuple[int, ...], tick: int) -> dict[int, str]:
    """Marks off the ladder, on its outermost line, with how many ticks farther they stand."""
    shown = [price for price in prices if price > 0]
    if not shown:
        return {}
    top, bottom = max(shown), min(shown)
    above = sorted((price, word) for price, word in marks.items() if price > top)
    below = sorted(((price, word) for price, word in marks.items() if price < bottom), reverse=True)
    found = {}
    if above:
        found[prices.index(top)] = _far(above, top, tick, "↑")
    if below:
        found[prices.index(bottom)] = _far(below, bottom, tick, "↓")
    return found


def _far(marks: list[tuple[int, str]], edge: int, tick: int, arrow: str) -> str:
    price, word = marks[0]
    more = f"+{len(marks) - 1}" if len(marks) > 1 else ""
    return f"{word}{arrow}{abs(price - edge) // tick}t{more}"


def _bar_width(width: int) -> int:
    return (width - PRICE_WIDTH) // 2 - ORDERS_WIDTH - QUANTITY_WIDTH - 1


@lru_cache(maxsize=8192)
def _rung_line(rung: Rung, width: int) -> Line:
    half = (width - PRICE_WIDTH) // 2
    other = width - PRICE_WIDTH - half
    if not rung.price:
        return ((" " * width, Role.DIM),)
    quantity_role, bar_role = _level_roles(rung)
    marks_role = Role.OWN if rung.marks and not rung.stale else quantity_role
    if rung.marks.startswith("•"):
        marks_role = Role.DIM
    price_role = Role.LAST if rung.last and not rung.stale else quantity_role
    tag = "•" if rung.last else ""
    middle = (f"{tag + text.price(rung.price):>{PRICE_WIDTH - 1}} ", price_role)
    if rung.side is Side.SELL:
        return (
            (f"{rung.marks[: half - 1]} ".rjust(half), marks_role),
            middle,
            *_ask_cells(rung, other, quantity_role, bar_role),
        )
    right = (f" {rung.marks}"[:other].ljust(other), marks_role)
    if rung.side is None:
        return ((" " * half, Role.DIM), middle, right)
    return (*_bid_cells(rung, half, quantity_role, bar_role), middle, right)


def _bid_cells(rung: Rung, width: int, quantity_role: Role, bar_role: Role) -> tuple[Span, ...]:
    shares = (f"{text.quantity(rung.quantity):>{QUANTITY_WIDTH}} ", quantity_role)
    room = width - QUANTITY_WIDTH - 1
    if rung.change is not None:
        return (f"{text.change(rung.change):>{room}}", Role.INFO), shares
    bar = (text.left_bar(rung.eighths, room - ORDERS_WIDTH), bar_role)
    return bar, (f"{text.orders(rung.orders):>{ORDERS_WIDTH}}", Role.DIM), shares


def _ask_cells(rung: Rung, width: int, quantity_role: Role, bar_role: Role) -> tuple[Span, ...]:
    shares = (f"{text.quantity(rung.quantity):>{QUANTITY_WIDTH}}", quantity_role)
    room = width - QUANTITY_WIDTH
    if rung.change is not None:
        return shares, (f" {text.change(rung.change)}".ljust(room), Role.INFO)
    count = (f"{text.orders(rung.orders):>{ORDERS_WIDTH}} ", Role.DIM)
    return shares, count, (text.bar(rung.eighths, room - ORDERS_WIDTH - 1), bar_role)


def _level_roles(rung: Rung) -> tuple[Role, Role]:
    """Roles of the quantity and of its bar."""
    if rung.stale or rung.side is None:
        return Role.DIM, Role.DIM
    if rung.side is Side.BUY:
        return (Role.BID_BEST if rung.best else Role.BID), Role.BID
    return (Role.ASK_BEST if rung.best else Role.ASK), Role.ASK


# -- pressure ----------------------------------------------------------------------------------


def _pressure(total_buy: int, total_sell: int, width: int, *, stale: bool) -> Line:
    """Total buy against total sell quantity as one split bar."""
    total = total_buy + total_sell
    if total <= 0:
        return (("no totals".center(width), Role.DIM),)
    # Six cells a figure, one beside each, and one between the halves of the bar.
    cells = max(width - 15, 0)
    return _pressure_line(
        text.quantity(total_buy),
        text.quantity(total_sell),
        (total_buy * cells + total // 2) // total,
        cells,
        width,
        stale,
    )


@lru_cache(maxsize=2048)
def _pressure_line(
    buy: str, sell: str, buy_cells: int, cells: int, width: int, stale: bool
) -> Line:
    bid, ask = (Role.DIM, Role.DIM) if stale else (Role.BID, Role.ASK)
    line = (
        (f"{buy:>6} " + "▬" * buy_cells, bid),
        (f" {'▬' * (cells - buy_cells)} {sell:<6}", ask),
    )
    return fit(line, width, Role.DIM)


class LadderPanel(LinePanel):
    """One ladder on the screen."""

    def __init__(self, palette: Palette, *, panel_id: str) -> None:
        super().__init__(palette, panel_id=panel_id)
        self._rungs = Rungs()
        self._centring = 0
        self._drawn: tuple[object, ...] = ()

    def draw(self, ladder: Ladder | None, *, now_ns: int, look: LadderLook, beside: Beside) -> None:
        """Show `ladder`, or nothing at all."""
        width = self.extent.width
        if ladder is None:
            self.show((EMPTY,))
            self._drawn = ()
            return
        stale_seconds = (now_ns - ladder.received_ns) // 1_000_000_000
        drawn = (ladder, width, look, beside, ladder.blockers and stale_seconds)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        prices = self._rungs.prices(
            ladder,
            look.view,
            frozen=beside.staged is not None,
            centred=look.centring != self._centring,
        )
        self._centring = look.centring
        # One column stays free, so that neighbours do not touch.
        self.show(
            ladder_lines(ladder, prices, width=width - 1, now_ns=now_ns, look=look, beside=beside)
        )


class LadderSlots:
    """Which stock stands in which place: the focused one first, the others stay where they are."""

    def __init__(self) -> None:
        self._rows: list[int] = []

    def assign(self, ladders: tuple[Ladder, ...], places: int) -> tuple[Ladder | None, ...]:
        """The ladder for each of `places`, None where there is none."""
        by_row = {ladder.row: ladder for ladder in ladders}
        if not ladders or places <= 0:
            return (None,) * places
        first = ladders[0].row
        kept = [row if row in by_row and row != first else -1 for row in self._rows[1:places]]
        kept += [-1] * (places - 1 - len(kept))
        fresh = iter([row for row in by_row if row != first and row not in kept])
        self._rows = [first, *(row if row >= 0 else next(fresh, -1) for row in kept)]
        return tuple(by_row.get(row) for row in self._rows)
