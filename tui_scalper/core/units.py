"""Money, price, quantity and time as integers.

Prices and money are paise (1/100 of the venue's currency), quantities are shares,
times are nanoseconds since the Unix epoch, UTC. Rates are basis points (1/10,000).
A float never holds any of them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

NS: Final = 1_000_000_000
"""Nanoseconds in a second."""
MS: Final = 1_000_000
"""Nanoseconds in a millisecond."""
BP: Final = 10_000
"""Basis points in one."""
PPM: Final = 1_000_000
"""Parts per million in one."""
FOREVER: Final = (1 << 63) - 1
"""A time that never comes."""


class Side(IntEnum):
    """Direction of an order or a position; the value is its sign."""

    SELL = -1
    BUY = 1

    @property
    def opposite(self) -> Side:
        """The other direction."""
        return Side(-self)


def floor_to_tick(price: int, tick: int) -> int:
    """Largest multiple of `tick` (paise) that is <= `price` (paise)."""
    return price // tick * tick


def ceil_to_tick(price: int, tick: int) -> int:
    """Smallest multiple of `tick` (paise) that is >= `price` (paise)."""
    return -(-price // tick) * tick


def floor_div(numerator: int, denominator: int) -> int:
    """Quotient rounded towards minus infinity."""
    return numerator // denominator


def ceil_div(numerator: int, denominator: int) -> int:
    """Quotient rounded towards plus infinity."""
    return -(-numerator // denominator)


def rupees(paise: int) -> str:
    """`paise` as a plain decimal text, two places, sign in front."""
    sign = "-" if paise < 0 else ""
    whole, part = divmod(abs(paise), 100)
    return f"{sign}{whole}.{part:02d}"
