"""Gates: every named reason why a row of the market table is no signal."""

from __future__ import annotations

from enum import IntFlag


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


GATE_TEXT: dict[Gate, str] = {
    Gate.NO_DATA: "no data yet",
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
}
"""A short text for each gate, as the console shows it."""


def gate_names(blockers: int) -> tuple[str, ...]:
    """Lower-case names of the gates set in `blockers`, in bit order."""
    return tuple(gate.name.lower() for gate in Gate if blockers & gate and gate.name)
