"""What a trade costs: brokerage, taxes and exchange charges, in paise.

Rates of the Indian cash segment, intraday, as brokers published them in 2026; a broker's
contract note is the truth. Rates are parts per billion of the traded value.
"""

from __future__ import annotations

from typing import Final

import msgspec

from tui_scalper.core.units import Side

PPB: Final = 1_000_000_000


class Charges(msgspec.Struct, frozen=True, kw_only=True):
    """Rates of one venue, parts per billion of value, and the brokerage bounds in paise."""

    brokerage: int
    brokerage_cap: int
    """Most brokerage an order pays; 0 means no cap."""
    brokerage_floor: int = 0
    buy_tax: int = 0
    sell_tax: int = 0
    exchange: int = 0
    regulator: int = 0
    service_tax_pct: int = 0
    """Percent on brokerage, exchange and regulator charges."""


NSE_INTRADAY: Final = Charges(
    brokerage=300_000,
    brokerage_cap=20_00,
    buy_tax=30_000,
    sell_tax=250_000,
    exchange=30_700,
    regulator=1_000,
    service_tax_pct=18,
)
"""0.03 % or Rs 20 an order; stamp 0.003 % on buys, STT 0.025 % on sells, NSE 0.00307 %,
SEBI Rs 10 a crore, GST 18 %."""

SSE_2023: Final = Charges(
    brokerage=250_000,
    brokerage_cap=0,
    brokerage_floor=5_00,
    sell_tax=1_000_000,
    exchange=48_700,
    regulator=20_000,
)
"""A shares in July 2023: commission 0.025 %, at least 5 yuan; stamp 0.1 % on sells."""

VENUE_CHARGES: Final = {"NSE": NSE_INTRADAY, "SSE": SSE_2023}


def order_costs(charges: Charges, side: Side, value: int) -> int:
    """Costs in paise of one executed order of `value` paise, rounded up to the paisa."""
    if value <= 0:
        return 0
    brokerage = value * charges.brokerage
    if charges.brokerage_cap:
        brokerage = min(brokerage, charges.brokerage_cap * PPB)
    brokerage = max(brokerage, charges.brokerage_floor * PPB)
    served = brokerage + value * (charges.exchange + charges.regulator)
    tax = value * (charges.buy_tax if side is Side.BUY else charges.sell_tax)
    total = served + served * charges.service_tax_pct // 100 + tax
    return -(-total // PPB)
