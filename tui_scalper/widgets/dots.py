"""A line drawn with dots, two columns and four rows of them in every cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

ACROSS: Final = 2
DOWN: Final = 4
BLANK: Final = "\u2800"
"""The glyph without a dot; every dot of a cell adds its bit (Unicode, "Braille Patterns")."""
BITS: Final = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
"""Of the left and of the right column, the lowest dot first."""

Reach = tuple[int, int]
"""Lowest and highest dot of a column, 0 at the bottom."""


def drawn(columns: Sequence[Reach | None], height: int) -> list[str]:
    """`height` lines with every dot that a column reaches; None leaves a column empty."""
    width = -(-len(columns) // ACROSS)
    cells = [[0] * width for _ in range(height)]
    for at, reach in enumerate(columns):
        if reach is None:
            continue
        bits = BITS[at % ACROSS]
        for dot in range(max(reach[0], 0), min(reach[1], height * DOWN - 1) + 1):
            cells[height - 1 - dot // DOWN][at // ACROSS] |= bits[dot % DOWN]
    return ["".join(chr(ord(BLANK) + bits) for bits in line) for line in cells]


def dot_of(value: int, height: int, low: int, high: int) -> int:
    """The dot of `value` where `low` stands on the lowest and `high` on the highest."""
    return (value - low) * (height * DOWN - 1) // max(high - low, 1)
