"""The ladder: five levels a side of one stock, the worst ask on top, 13 lines.

Asks stand right of the price column and bids left of it; the empty half of a line tells
what of the operator's own rests or is marked at that price.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from tui_scalper.core.gates import Gate
from tui_scalper.core.snapshot import Ladder, Level
from tui_scalper.core.units import Side
from tui_scalper.widgets import text
from tui_scalper.widgets.lines import EMPTY, Line, LinePanel, fit, spread
from tui_scalper.widgets.palette import Palette, Role

DEPTH: Final = 5
LADDER_LINES: Final = 2 * DEPTH + 3
PRICE_WIDTH: Final = 11
ORDERS_WIDTH: Final = 3
QUANTITY_WIDTH: Final = 6
STALE_GATES: Final = Gate.NO_DATA | Gate.STALE


def ladder_lines(
    ladder: Ladder, *, width: int, now_ns: int, selected: bool, cumulative: bool
) -> tuple[Line, ...]:
    """The 13 lines of `ladder`, each `width` cells."""
    if not ladder.updates:
        return _no_data(ladder, width, selected=selected)
    stale = bool(ladder.blockers & STALE_GATES)
    asks, bids = ladder.asks, ladder.bids
    if cumulative:
        asks, bids = _summed(asks), _summed(bids)
    largest = max((level.quantity for level in (*asks, *bids)), default=0)
    up = [_level(ladder, asks, at, largest, Side.SELL, width, stale) for at in range(DEPTH)]
    down = [_level(ladder, bids, at, largest, Side.BUY, width, stale) for at in range(DEPTH)]
    return (
        _title(ladder, width, selected=selected, stale=stale),
        *reversed(up),
        _middle(ladder, width, now_ns, stale=stale, cumulative=cumulative),
        *down,
        _pressure(ladder.total_buy, ladder.total_sell, width, stale=stale),
    )


def _no_data(ladder: Ladder, width: int, *, selected: bool) -> tuple[Line, ...]:
    role = Role.PANEL_FOCUS if selected else Role.PANEL
    blank: Line = ((" " * width, Role.DIM),)
    title = fit(((f" {ladder.symbol}", role),), width, role)
    word: Line = (("NO DATA".center(width), Role.WARN),)
    return (title, *(blank,) * DEPTH, word, *(blank,) * (DEPTH + 1))


def _summed(levels: tuple[Level, ...]) -> tuple[Level, ...]:
    """Levels with quantity and orders summed from the touch outwards."""
    total = orders = 0
    summed = []
    for level in levels:
        total, orders = total + level.quantity, orders + level.orders
        summed.append(Level(level.price, total, orders))
    return tuple(summed)


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


def _middle(ladder: Ladder, width: int, now_ns: int, *, stale: bool, cumulative: bool) -> Line:
    if stale:
        word = f" ! STALE {text.age(now_ns - ladder.received_ns)} "
        return fit((("───", Role.DIM), (word, Role.WARN)), width, Role.DIM)
    bid5 = sum(level.quantity for level in ladder.bids)
    ask5 = sum(level.quantity for level in ladder.asks)
    name = "sum " if cumulative else "" if ladder.position else "spread "
    gap = f"── {name}{_gap(ladder)} "
    return _middle_line(gap, ladder.position, text.ratio(bid5, ask5), width)


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


def _level(
    ladder: Ladder,
    levels: tuple[Level, ...],
    at: int,
    largest: int,
    side: Side,
    width: int,
    stale: bool,
) -> Line:
    if at >= len(levels):
        return ((" " * width, Role.DIM),)
    level = levels[at]
    return _level_line(
        level.price,
        level.quantity,
        level.orders,
        text.share_of(level.quantity, largest, _bar_width(width)),
        side,
        width,
        at == 0,
        level.price == ladder.ltp,
        stale,
        _marks(ladder, level.price),
    )


def _bar_width(width: int) -> int:
    return (width - PRICE_WIDTH) // 2 - ORDERS_WIDTH - QUANTITY_WIDTH - 1


def _marks(ladder: Ladder, price: int) -> str:
    """What of the operator's own stands at `price`: orders, entry, stop, target."""
    words = [
        f"{'B' if side > 0 else 'S'}{quantity}"
        for at, quantity, side in ladder.orders
        if at == price
    ]
    if ladder.position:
        levels = (("ENT", ladder.entry), ("STP", ladder.stop), ("TGT", ladder.target))
        words += [word for word, at in levels if at == price]
    return " ".join(words)


@lru_cache(maxsize=8192)
def _level_line(
    price: int,
    quantity: int,
    orders: int,
    eighths: int,
    side: Side,
    width: int,
    best: bool,
    last: bool,
    stale: bool,
    marks: str,
) -> Line:
    bars = _bar_width(width)
    half = (width - PRICE_WIDTH) // 2
    other = width - PRICE_WIDTH - half
    quantity_role, bar_role = _level_roles(side, best=best, stale=stale)
    price_role = Role.LAST if last and not stale else quantity_role
    tag = "•" if last else ""
    middle = (f"{tag + text.price(price):>{PRICE_WIDTH - 1}} ", price_role)
    count = (f"{text.orders(orders):>{ORDERS_WIDTH}}", Role.DIM)
    shares = f"{text.quantity(quantity):>{QUANTITY_WIDTH}}"
    own = Role.OWN if marks and not stale else quantity_role
    if side is Side.BUY:
        return (
            (text.left_bar(eighths, bars), bar_role),
            count,
            (f"{shares} ", quantity_role),
            middle,
            (f" {marks}"[:other].ljust(other), own),
        )
    return (
        (f"{marks} "[:half].rjust(half), own),
        middle,
        (shares, quantity_role),
        count,
        (" ", Role.DIM),
        (text.bar(eighths, bars + other - half), bar_role),
    )


def _level_roles(side: Side, *, best: bool, stale: bool) -> tuple[Role, Role]:
    """Roles of the quantity and of its bar."""
    if stale:
        return Role.DIM, Role.DIM
    if side is Side.BUY:
        return (Role.BID_BEST if best else Role.BID), Role.BID
    return (Role.ASK_BEST if best else Role.ASK), Role.ASK


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
        self._drawn: tuple[object, ...] = ()

    def draw(self, ladder: Ladder | None, *, now_ns: int, selected: bool, cumulative: bool) -> None:
        """Show `ladder`, or nothing at all."""
        width = self.extent.width
        if ladder is None:
            self.show((EMPTY,))
            self._drawn = ()
            return
        stale_seconds = (now_ns - ladder.received_ns) // 1_000_000_000
        drawn = (ladder, width, selected, cumulative, ladder.blockers and stale_seconds)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        # One column stays free, so that neighbours do not touch.
        self.show(
            ladder_lines(
                ladder, width=width - 1, now_ns=now_ns, selected=selected, cumulative=cumulative
            )
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
