"""Which row of the market table the stock with an instrument token has, for kernels.

An open-addressing hash table of small numbers, so that many stocks share a line of memory and
a large universe finds its rows close at hand: a place holds 1 + the row whose token belongs
there, and the token stands with its row.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core.fetch import ask
from tui_scalper.core.jit import kernel

Cells = NDArray[np.int64]

# Fibonacci hashing: the high bits of token x 2^32/phi are spread evenly over 32 bits.
_GOLDEN: Final = 2654435769
_BITS: Final = 32
_LOW: Final = (1 << _BITS) - 1
_FEWEST_LOG2: Final = 4
_PLACES_LOG2: Final = 2
"""Places in a number of 64 bits."""
_PLACE_BITS: Final = 16
_PLACE: Final = (1 << _PLACE_BITS) - 1
MOST: Final = _PLACE
"""Stocks a table has room for."""
NO_ROW: Final = -1
KEPT: Final = 1 << 31


class Tokens(NamedTuple):
    """The table as kernels take it."""

    places: Cells
    """int64[a power of two, 1]: four places in each number, the first in its low bits."""
    stocks: Cells
    """int64[stocks, 1]: token + 2^32 x what somebody keeps of the stock: 0 at first, less than
    KEPT."""


def tokens_of(universe: list[int]) -> Tokens:
    """The table of the tokens of all rows, at most half full. ValueError for more than MOST."""
    if len(universe) > MOST:
        raise ValueError(
            f"{len(universe)} instruments are more than the {MOST} one feed can tell apart; "
            "choose a smaller universe"
        )
    log2 = max(_FEWEST_LOG2, (len(universe) * 2 - 1).bit_length())
    places = np.zeros(1 << log2, dtype="<u2")
    for row, token in enumerate(universe):
        at = (token * _GOLDEN & _LOW) >> (_BITS - log2)
        while places[at]:
            at = (at + 1) % (1 << log2)
        places[at] = 1 + row
    stocks = np.array(universe, dtype=np.int64).reshape(-1, 1)
    return Tokens(places.view("<i8").astype(np.int64).reshape(-1, 1), stocks)


@kernel
def place_of(log2: int, token: int) -> int:
    """Where a token belongs in a table of so many numbers."""
    return (token * _GOLDEN & _LOW) >> (_BITS - _PLACES_LOG2 - log2)


@kernel
def ask_place(tokens: Tokens, log2: int, token: int) -> None:
    """Ask for the memory in which `row_of` will look."""
    ask(tokens.places, place_of(log2, token) >> _PLACES_LOG2, 0)


@kernel
def row_of(tokens: Tokens, log2: int, token: int) -> int:
    """Row of the stock with this token, NO_ROW where it is nobody's; `log2` that of the size."""
    at = place_of(log2, token)
    last = (1 << (log2 + _PLACES_LOG2)) - 1
    while True:
        number = tokens.places[at >> _PLACES_LOG2, 0]
        row = (number >> (at % (1 << _PLACES_LOG2)) * _PLACE_BITS & _PLACE) - 1
        if row < 0 or tokens.stocks[row, 0] & _LOW == token:
            return int(row)
        at = (at + 1) & last


@kernel
def kept(tokens: Tokens, row: int) -> int:
    """What somebody keeps of the stock of a row."""
    return int(tokens.stocks[row, 0] >> _BITS)


@kernel
def keep(tokens: Tokens, row: int, what: int) -> None:
    """Keep `what`, less than KEPT, of the stock of a row."""
    tokens.stocks[row, 0] = (tokens.stocks[row, 0] & _LOW) | what << _BITS
