"""What of the operator's own stands at which price of a ladder."""

from __future__ import annotations

from tui_scalper.core.snapshot import Ladder
from tui_scalper.core.units import Side


def marks_of(ladder: Ladder, staged: tuple[int, int, Side] | None) -> dict[int, str]:
    """Own orders, entry, stop, target, and the staged entry, in words by price."""
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


def beyond(marks: dict[int, str], prices: tuple[int, ...], tick: int) -> dict[int, str]:
    """Marks off the ladder, on its outermost line, with how many ticks farther they stand."""
    shown = [price for price in prices if price > 0]
    if not shown or not marks:
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
