"""How many shares an entry takes."""

from __future__ import annotations

from tui_scalper.core.config import SizingRules
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import BP


def entry_quantity(mode: Mode, rules: SizingRules, funds: int, price: int, lot: int) -> int:
    """Whole lots for an entry at `price` paise; 0 when not even one lot fits.

    TEST takes one lot whatever the funds are; every other mode takes a share of `funds`
    (paise, as the broker reported them), bounded by the largest notional and quantity.
    """
    if mode is Mode.TEST:
        return lot
    budget = min(funds * rules.capital_bp // BP, rules.max_notional)
    return min(budget // price, rules.max_quantity) // lot * lot
