"""What frames the ten prices of a ladder: title, the line between the sides, the pressure."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from tui_scalper.core.gates import Gate
from tui_scalper.core.snapshot import Ladder, Level
from tui_scalper.core.units import NS
from tui_scalper.widgets import text
from tui_scalper.widgets.ladder_look import Beside, Columns, LadderLook
from tui_scalper.widgets.lines import Line, fit, spread, width_of
from tui_scalper.widgets.orders import level
from tui_scalper.widgets.palette import Role
from tui_scalper.widgets.results import money_role
from tui_scalper.widgets.rungs import DEPTH

AGED_NS: Final = NS
"""From this age on a book says in its title how old it is."""


def no_data(ladder: Ladder, width: int, *, selected: bool) -> tuple[Line, ...]:
    """The whole ladder of a stock that has sent nothing yet."""
    role = Role.PANEL_FOCUS if selected else Role.PANEL
    blank: Line = ((" " * width, Role.DIM),)
    head = fit(((f" {ladder.symbol}", role),), width, role)
    word: Line = (("NO DATA".center(width), Role.WARN),)
    return (head, *(blank,) * DEPTH, word, *(blank,) * (DEPTH + 1))


def title(ladder: Ladder, width: int, *, age_ns: int, selected: bool, stale: bool) -> Line:
    """Symbol, last price, change of the day, age when it is no longer young, lean."""
    fill = Role.PANEL_FOCUS if selected else Role.PANEL
    marker = "▶" if selected else " "
    change = ""
    if ladder.close > 0 and ladder.ltp > 0:
        points = (ladder.ltp - ladder.close) * 10_000 // ladder.close
        change = f"{points / 100:+.2f}%"
    left: Line = (
        (f"{marker}{ladder.symbol[:10]:<10}", fill),
        (f"{level(ladder.ltp):>9}", fill),
    )
    old: Line = ((f" {text.age(age_ns)} ", Role.WARN),) if age_ns >= AGED_NS and not stale else ()
    right: Line = (*old, (_lean(ladder, stale=stale), fill))
    moved: Line = ((f" {change:>7}", fill),)
    # Half a figure is another one: the change gives way whole.
    kept = (*left, *moved) if width_of((*left, *moved, *right)) <= width else left
    return spread(kept, right, width, fill)


def _lean(ladder: Ladder, *, stale: bool) -> str:
    if stale or ladder.dominance_ppm < 0:
        return "-- "
    arrow = "▲" if ladder.lean > 0 else "▼" if ladder.lean < 0 else "="
    return f"{arrow}{text.percent(ladder.dominance_ppm)} "


def middle(
    ladder: Ladder, width: int, now_ns: int, *, stale: bool, look: LadderLook, beside: Beside
) -> Line:
    """Spread, what is held, and how the visible sides compare; or what is wrong instead."""
    if stale:
        return fit((("───", Role.DIM), (_no_price(ladder, now_ns), Role.WARN)), width, Role.DIM)
    if beside.staged is not None:
        # Prices that came since have no line of their own: at least the best ones are told.
        best = "/".join(text.price(one[0].price) if one else "-" for one in _sides(ladder))
        return fit((("── FROZEN ", Role.OWN), (f"best {best} ", Role.STRONG)), width, Role.DIM)
    name = "Σ " if look.columns is Columns.SUM else ""
    bid5, ask5 = (sum(level.quantity for level in side) for side in _sides(ladder))
    return _middle_line(
        f"── {name}{_gap(ladder)} ",
        ladder.position,
        (beside.profit, beside.gain),
        (_touch(ladder), f"b5:a5 {text.ratio(bid5, ask5)} "),
        width,
    )


def _no_price(ladder: Ladder, now_ns: int) -> str:
    """Why the prices of the book count for nothing."""
    if not ladder.blockers & Gate.STALE:
        return " ! NO LAST PRICE "
    age_ns = now_ns - ladder.received_ns
    if ladder.lag_ns > age_ns:
        return f" ! STALE, stamp {text.age(ladder.lag_ns)} off "
    return f" ! STALE {text.age(age_ns)} "


def _sides(ladder: Ladder) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    return ladder.bids, ladder.asks


def _gap(ladder: Ladder) -> str:
    """The spread in ticks and in money."""
    if not ladder.bids or not ladder.asks:
        return "one side empty"
    gap = ladder.asks[0].price - ladder.bids[0].price
    return f"{gap // ladder.tick}t {text.price(gap)}"


def _touch(ladder: Ladder) -> str:
    """Imbalance at the touch: what buyers have more than sellers, of both, in percent."""
    bid, ask = (side[0].quantity if side else 0 for side in _sides(ladder))
    return f"imb {round((bid - ask) * 100 / (bid + ask)):+d}% " if bid + ask > 0 else ""


@lru_cache(maxsize=2048)
def _middle_line(
    gap: str, position: int, profit: tuple[str, int], balances: tuple[str, str], width: int
) -> Line:
    held: Line = ((f" {position:+d} ", Role.OWN),) if position else ()
    words, gain = profit
    if position and words:
        held = (*held, (f"{words} ", money_role(gain)))
    left: Line = ((gap, Role.DIM), *held)
    room = width - width_of(left)
    right = next((one for one in ("".join(balances), balances[1]) if len(one) <= room), "")
    return spread(left, ((right, Role.DIM),), width, Role.DIM)


def pressure(total_buy: int, total_sell: int, width: int, *, stale: bool) -> Line:
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
