"""Order flow imbalance between books of one stock: the candidates, side by side.

Every rule takes books at consecutive moments and gives int64[n - 1], shares: what was added
to the bids, or taken from the asks, less what was taken from the bids, or added to the asks.
Written plainly over whole arrays, as a reference; the engine's kernels are tested against it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from tui_scalper.lab.layout import Ints
from tui_scalper.lab.study.rebuild import LEVELS, Books

Rule = Callable[[Books], Ints]

_FAR: Final = -(1 << 40)
"""Merit of a price that is not there."""


def cks(books: Books) -> Ints:
    """Cont, Kukanov and Stoikov, on the best quotes, both comparisons non-strict.

    Source: R. Cont, A. Kukanov, S. Stoikov, The price impact of order book events, Journal
    of Financial Econometrics 12 (2014) 47-88.
    """
    return level_flow(books, 0)


def level_flow(books: Books, level: int) -> Ints:
    """The same rule at the `level`-th populated price of each side, 0 the best.

    Source: K. Xu, M. Gould, S. Howison, Multi-level order-flow imbalance in a limit order
    book, Market Microstructure and Liquidity 4 (2018).
    """
    flow = np.zeros(len(books) - 1, dtype=np.int64)
    for side, sign in ((0, 1), (1, -1)):
        merit = _merit(books, side)[:, level]
        held = books.quantity[:, side, level]
        flow += sign * np.where(merit[1:] >= merit[:-1], held[1:], 0)
        flow -= sign * np.where(merit[1:] <= merit[:-1], held[:-1], 0)
    return flow


def multilevel(books: Books) -> Ints:
    """`level_flow` summed over all five levels."""
    return sum((level_flow(books, level) for level in range(1, LEVELS)), level_flow(books, 0))


def aligned(books: Books) -> Ints:
    """Change of what rests at the prices that both books show, all five levels."""
    return aligned_levels(books, LEVELS)


def aligned_levels(books: Books, levels: int) -> Ints:
    """Change of what rests at the prices that both books show in their first `levels`.

    A price better than the earlier best held nothing then; one the best has left holds
    nothing now. With one level it is `cks`.
    """
    flow = np.zeros(len(books) - 1, dtype=np.int64)
    for side, sign in ((0, 1), (1, -1)):
        merit = _merit(books, side)[:, :levels]
        floor = np.maximum(merit[1:, -1], merit[:-1, -1])
        flow += sign * _changed(books, side, floor, levels)
    return flow


def spanned(books: Books) -> Ints:
    """`aligned` over the prices from one best to the other, both included; else as `cks`."""
    flow = np.zeros(len(books) - 1, dtype=np.int64)
    for side, sign in ((0, 1), (1, -1)):
        merit = _merit(books, side)
        seen = np.maximum(merit[1:, -1], merit[:-1, -1])
        floor = np.maximum(np.minimum(merit[1:, 0], merit[:-1, 0]), seen)
        flow += sign * _changed(books, side, floor, LEVELS)
    return flow


def crossed(books: Books) -> Ints:
    """`cks` made of every level crossed: those new above the old best, or gone from above the
    new one; at an unchanged best the change of its queue."""
    flow = np.zeros(len(books) - 1, dtype=np.int64)
    for side, sign in ((0, 1), (1, -1)):
        merit = _merit(books, side)
        before, now = merit[:-1, 0], merit[1:, 0]
        held = books.quantity[:, side]
        risen = np.where(merit[1:] > before[:, None], held[1:], 0).sum(axis=1)
        fallen = np.where(merit[:-1] > now[:, None], held[:-1], 0).sum(axis=1)
        same = np.where(before == now, held[1:, 0] - held[:-1, 0], 0)
        flow += sign * (risen - fallen + same)
    return flow


def _merit(books: Books, side: int) -> Ints:
    """int64[n, 5]: how good each price is for whoever waits there to trade; more is better."""
    price = books.price[:, side]
    return np.where(price > 0, price if side == 0 else -price, _FAR)


def _changed(books: Books, side: int, floor: Ints, levels: int) -> Ints:
    """What rests at merits of `floor` and better, now less before."""
    merit = _merit(books, side)[:, :levels]
    held = books.quantity[:, side, :levels]
    now = np.where(merit[1:] >= floor[:, None], held[1:], 0).sum(axis=1)
    before = np.where(merit[:-1] >= floor[:, None], held[:-1], 0).sum(axis=1)
    return now - before


RULES: Final[Mapping[str, Rule]] = {
    "CKS on sampled best quotes": cks,
    "price-aligned, 2 levels": lambda books: aligned_levels(books, 2),
    "price-aligned, 3 levels": lambda books: aligned_levels(books, 3),
    "price-aligned, 5 levels": aligned,
    "hybrid, crossed span": spanned,
    "hybrid, crossed levels": crossed,
}
SHIPPED: Final = "hybrid, crossed span"
"""The rule the engine reads by, because it won (docs/study)."""
