"""Intervals that respect that neighbouring moments are not independent: block bootstrap.

Source: H. Künsch, The jackknife and the bootstrap for general stationary observations,
Annals of Statistics 17 (1989) 1217-1241; here with blocks that do not overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui_scalper.lab.statistics import Interval
from tui_scalper.lab.study.fits import NAN, Floats

DRAWS: Final = 2_000

Picks = NDArray[np.int64]


def percentile_interval(draws: Floats, confidence: float = 0.95) -> Interval:
    """The middle `confidence` of `draws`; NaN when none is finite."""
    finite = draws[np.isfinite(draws)]
    if not len(finite):
        return Interval(NAN, NAN)
    tail = (1 - confidence) / 2
    low, high = np.quantile(finite, (tail, 1 - tail))
    return Interval(float(low), float(high))


def mean_of_cells(cells: Sequence[Floats], seed: int, draws: int = DRAWS) -> Interval:
    """Interval of the mean over all cells, cells resampled within each group.

    `cells` holds one array a group (a stock), one value a cell (a half hour): the blocks are
    whole cells, and the groups are taken as given. NaN cells are left out of the mean.
    """
    random = np.random.default_rng(seed)
    picked = [group[random.integers(0, len(group), (draws, len(group)))] for group in cells]
    table = np.concatenate(picked, axis=1)
    known = np.isfinite(table)
    counts = known.sum(axis=1)
    sums = np.where(known, table, 0.0).sum(axis=1)
    return percentile_interval(np.where(counts > 0, sums / np.maximum(counts, 1), NAN))


def block_sums(terms: Floats, blocks: Picks) -> Floats:
    """float64[blocks, k]: `terms` (n, k) summed by block number (n)."""
    sums = np.zeros((int(blocks.max()) + 1, terms.shape[1]))
    np.add.at(sums, blocks, terms)
    return sums


def resampled_sums(sums: Floats, seed: int, draws: int = DRAWS) -> Floats:
    """float64[draws, k]: totals of as many blocks as there are, drawn with replacement."""
    random = np.random.default_rng(seed)
    counts = random.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=draws)
    return counts @ sums


def correlation_terms(x: Floats, y: Floats) -> Floats:
    """float64[n, 6] whose sums `correlation_of_sums` understands."""
    return np.column_stack((np.ones(len(x)), x, y, x * x, x * y, y * y))


def correlation_of_sums(sums: Floats) -> Floats:
    """Pearson's correlation of each row of summed terms; NaN where a side does not vary."""
    n, x, y, xx, xy, yy = sums.T
    spread = (n * xx - x * x) * (n * yy - y * y)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread > 0, (n * xy - x * y) / np.sqrt(spread), NAN)
