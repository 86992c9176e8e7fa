"""How likely the best of several tried settings is best by luck: PBO by combinatorially
symmetric cross-validation.

Source: D. H. Bailey, J. M. Borwein, M. Lopez de Prado, Q. J. Zhu, The Probability of Backtest
Overfitting, Journal of Computational Finance 20 (2017) 39-69.
"""

from __future__ import annotations

from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BLOCKS: Final = 16
"""Of which every half is in sample once: 12,870 ways."""


class Overfitting(NamedTuple):
    """What the splits say."""

    probability: float
    """Share of the splits in which the best in sample is below the median out of sample."""
    splits: int
    loss: float
    """Share of the splits in which it loses out of sample."""


def overfitting(returns: Floats, blocks: int = BLOCKS) -> Overfitting:
    """PBO of `returns` (periods, trials), judged by the Sharpe ratio.

    Periods are cut in order into `blocks` equal parts, a remainder at the end is left out.
    Trials that do not vary have a Sharpe ratio of 0; ties share their mean rank. Raises
    ValueError with fewer than two trials, fewer periods than blocks, or an odd number of them.
    """
    periods, trials = returns.shape
    if trials < 2 or blocks % 2 or not 2 <= blocks <= periods:
        raise ValueError(
            f"{trials} trials over {periods} periods in {blocks} blocks; at least 2 trials and an "
            "even number of blocks, no more than periods"
        )
    size = periods // blocks
    parts = returns[: size * blocks].reshape(blocks, size, trials)
    sums, squares = parts.sum(axis=1), np.square(parts).sum(axis=1)
    inside = _halves(blocks)
    count = size * blocks // 2
    best = _sharpe(inside @ sums, inside @ squares, count).argmax(axis=1)
    outside = 1 - inside
    later = _sharpe(outside @ sums, outside @ squares, count)
    chosen = later[np.arange(len(best)), best][:, np.newaxis]
    rank = (later < chosen).sum(axis=1) + ((later == chosen).sum(axis=1) + 1) / 2
    # The logit of rank / (trials + 1) is not above 0.
    below = rank <= (trials + 1) / 2
    lost = (outside @ sums)[np.arange(len(best)), best] < 0
    return Overfitting(float(below.mean()), len(best), float(lost.mean()))


def _halves(blocks: int) -> Floats:
    """float64[ways, blocks]: 1 for the blocks in sample."""
    chosen = np.array(list(combinations(range(blocks), blocks // 2)))
    inside = np.zeros((len(chosen), blocks))
    np.put_along_axis(inside, chosen, 1.0, axis=1)
    return inside


def _sharpe(sums: Floats, squares: Floats, count: int) -> Floats:
    spread = squares / count - np.square(sums / count)
    # What is left of a constant after rounding is no spread.
    known = spread > 1e-12 * np.maximum(squares / count, 1e-300)
    return np.where(known, sums / count / np.sqrt(np.where(known, spread, 1.0)), 0.0)
