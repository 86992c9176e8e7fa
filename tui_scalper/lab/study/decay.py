"""Experiment: what a reading says about the price after it, and about the price before it.

Rank correlation with the mid's return over several horizons, from 0.5 s after the reading
(nobody acts sooner), and the same against the return before it: the past mirror. A reading
whose mirror is the stronger one follows the price more than it leads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from tui_scalper.lab.statistics import Interval
from tui_scalper.lab.study.fits import Floats, ranks
from tui_scalper.lab.study.hours import SECOND
from tui_scalper.lab.study.page import Section, ranged, table
from tui_scalper.lab.study.readings import READINGS
from tui_scalper.lab.study.resampling import (
    block_sums,
    correlation_of_sums,
    correlation_terms,
    percentile_interval,
    resampled_sums,
)
from tui_scalper.lab.study.sampled import Sampled
from tui_scalper.lab.study.svg import Chart, Series

HORIZONS: Final = tuple(seconds * SECOND for seconds in (1, 2, 5, 10, 30, 60))
SLOW_HORIZONS: Final = HORIZONS[2:]
"""Those that snapshots every 3 s can tell apart."""
SEED: Final = 303


@dataclass(frozen=True)
class Coefficient:
    """A mean over stocks and its interval."""

    mean: float
    interval: Interval

    def text(self, digits: int = 3) -> str:
        """As a table shows it."""
        return ranged(self.mean, self.interval, digits)


Grid = Mapping[str, Mapping[int, Coefficient]]
"""By reading, then by horizon (negative: the mirror)."""


@dataclass(frozen=True)
class Read:
    """Stocks at their moments, and the readings of each one's whole feed."""

    stocks: tuple[Sampled, ...]
    readings: tuple[Mapping[str, Floats], ...]


def coefficients(read: Read, horizons: tuple[int, ...]) -> Grid:
    """Rank correlation of every reading with the returns over `horizons` and their mirrors."""
    signed = (*(-one for one in horizons), *horizons)
    returns = [{one: stock.returns(one) for one in signed} for stock in read.stocks]
    grid: dict[str, dict[int, Coefficient]] = {}
    for name in READINGS:
        values = [
            feed[name][stock.place] for stock, feed in zip(read.stocks, read.readings, strict=True)
        ]
        grid[name] = {
            one: _over_stocks(read.stocks, values, [gain[one] for gain in returns])
            for one in signed
        }
    return grid


def _over_stocks(
    stocks: tuple[Sampled, ...], values: list[Floats], gains: list[Floats]
) -> Coefficient:
    means, draws = [], []
    for number, (stock, value, gain) in enumerate(zip(stocks, values, gains, strict=True)):
        known = np.isfinite(value) & np.isfinite(gain)
        terms = correlation_terms(ranks(value[known]), ranks(gain[known]))
        sums = block_sums(terms, stock.block[known])
        means.append(correlation_of_sums(sums.sum(axis=0)[np.newaxis])[0])
        draws.append(correlation_of_sums(resampled_sums(sums, SEED + number)))
    interval = percentile_interval(np.nanmean(draws, axis=0))
    return Coefficient(float(np.nanmean(means)), interval)


def study(day: Read, snapshots: Read) -> Section:
    """The section of this experiment; `day` once a second, `snapshots` every 3 s."""
    trials = len(READINGS) * (len(HORIZONS) + len(SLOW_HORIZONS))
    of_day = coefficients(day, HORIZONS)
    of_snapshots = coefficients(snapshots, SLOW_HORIZONS)
    return Section(
        "What readings say about the price after them, and before",
        (
            "Rank correlation (information coefficient) of each reading with the return of the "
            "mid, mean over stocks, 95 % in brackets (blocks of 5 minutes, so that overlapping "
            "returns do not count as independent; each stock's by themselves, as if stocks did "
            "not move together). *After*: from 0.5 s after the reading. "
            f"*Before*: the mirror image. {trials} pairs of reading and horizon were looked at; "
            f"at 95 % about {trials / 20:.0f} of them would stand out by chance.",
            "**Five stocks, 2023-07-11**, the 5-level feed once a second, mid from the "
            "order-by-order book.",
            _table(of_day, HORIZONS),
            "**Twenty stocks, 2021-12-01 morning**, snapshots every 3 s.",
            _table(of_snapshots, SLOW_HORIZONS),
            _VERDICT,
        ),
        (
            ("decay_day", _chart(of_day, "2023-07-11, five stocks", HORIZONS)),
            ("decay_snapshots", _chart(of_snapshots, "2021-12-01, twenty stocks", SLOW_HORIZONS)),
        ),
    )


_VERDICT: Final = (
    "What leads the price is the book close to the touch: queue imbalance first, then the "
    "depth-weighted imbalance, then five levels. Their mirrors are negative: queues are thin "
    "where the price has just come from, so part of what they foretell is a move back. Order "
    "and trade flow lead too, but look back four times as well as they look ahead; in what they "
    "foretell the rule that ships and CKS on sampled quotes are not told apart. **Pressure from "
    "the total quantities, the product's first gate, foretells nothing beyond 5 s here**: it "
    "leans against the last minute's move (its mirror is the stronger one on both days). It is "
    "a description of who waits, not of where the price goes."
)


def _table(found: Grid, horizons: tuple[int, ...]) -> str:
    rows = [
        (f"{name}, {way}", *(found[name][sign * one].text() for one in horizons))
        for name in found
        for sign, way in ((1, "after"), (-1, "before"))
    ]
    return table(("reading", *(f"{one // SECOND} s" for one in horizons)), rows)


def _chart(found: Grid, title: str, horizons: tuple[int, ...]) -> Chart:
    signed = [-one for one in reversed(horizons)] + list(horizons)
    places = list(range(len(signed)))
    series = [
        Series(
            name,
            places,
            [by_horizon[one].mean for one in signed],
            [by_horizon[one].interval.low for one in signed],
            [by_horizon[one].interval.high for one in signed],
        )
        for name, by_horizon in found.items()
    ]
    return Chart(
        f"Information coefficient, {title}",
        "return over, seconds (negative: before the reading)",
        "rank correlation",
        tuple(series),
        tuple((float(i), f"{one // SECOND}") for i, one in enumerate(signed)),
        level=0.0,
    )
