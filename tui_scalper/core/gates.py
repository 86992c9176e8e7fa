"""Gates: every named reason why a row of the market table is no signal."""

from __future__ import annotations

from enum import IntFlag
from typing import Final

from tui_scalper.core.witnesses import STATEMENTS, Witness


class Gate(IntFlag):
    """One bit a reason; a row whose bits are all clear is a signal."""

    NO_DATA = 1 << 0
    STALE = 1 << 1
    SESSION = 1 << 2
    EMPTY_SIDE = 1 << 3
    CROSSED = 1 << 4
    LTP_RANGE = 1 << 5
    BALANCED = 1 << 6
    ONE_SIDED = 1 << 7
    DEPTH_RATIO = 1 << 8
    WIDE_SPREAD = 1 << 9
    SPIKE = 1 << 10
    REGIME = 1 << 11
    UNCONFIRMED = 1 << 12

    # One for each witness, in their order, from bit FIRST_WITNESS on.
    LEVELS = 1 << 20
    IMBALANCE = 1 << 21
    QUEUE = 1 << 22
    MICRO = 1 << 23
    FLOW = 1 << 24
    LEVEL_FLOW = 1 << 25
    TRADES = 1 << 26
    GRADIENT = 1 << 27
    STEADY = 1 << 28
    FOOTPRINT = 1 << 29
    WALL = 1 << 30
    REFILLS = 1 << 31
    ACCUMULATION = 1 << 32
    COST = 1 << 33
    SPREAD = 1 << 34
    TURNOVER = 1 << 35
    RATE = 1 << 36
    GAP = 1 << 37
    THIN = 1 << 38
    VOLATILITY = 1 << 39
    ROOM = 1 << 40
    DOMINANCE = 1 << 41
    DEPTH = 1 << 42
    FAIR = 1 << 43
    SHIFT = 1 << 44


PRICE_GATES: Final = Gate.NO_DATA | Gate.STALE
"""Gates under which the prices of a stock are those of some time ago, or none at all."""

FIRST_WITNESS: Final = 20
"""Bit of the first witness (core.witnesses): a gate it closes where it blocks."""
BITS: Final = 63
"""How many gates a row has room for."""

GATE_TEXT: dict[Gate, str] = {
    Gate.NO_DATA: "no book yet, or lost",
    Gate.STALE: "book is stale",
    Gate.SESSION: "not in session",
    Gate.EMPTY_SIDE: "a side is empty",
    Gate.CROSSED: "book is crossed",
    Gate.LTP_RANGE: "last price outside the day's range",
    Gate.BALANCED: "pressure below the band",
    Gate.ONE_SIDED: "pressure above the band",
    Gate.DEPTH_RATIO: "five levels do not confirm",
    Gate.WIDE_SPREAD: "spread too wide",
    Gate.SPIKE: "price moved too fast",
    Gate.REGIME: "many stocks jump at once",
    Gate.UNCONFIRMED: "too few confirmations",
    **{Gate(1 << (FIRST_WITNESS + one)): STATEMENTS[one].against for one in Witness},
}
"""A short text for each gate, as the console shows it."""


def gate_names(blockers: int) -> tuple[str, ...]:
    """Lower-case names of the gates set in `blockers`, in bit order."""
    return tuple(gate.name.lower() for gate in Gate if blockers & gate and gate.name)
