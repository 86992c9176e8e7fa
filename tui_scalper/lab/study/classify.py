"""How well a score tells ups from downs: area under the curve, logistic line, Brier score."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from tui_scalper.lab.layout import Ints
from tui_scalper.lab.parsing import Mask
from tui_scalper.lab.statistics import Interval
from tui_scalper.lab.study.fits import NAN, Floats
from tui_scalper.lab.study.resampling import percentile_interval

DRAWS: Final = 500
_STEPS: Final = 50
_ENOUGH: Final = 1e-10
_RIDGE: Final = 1e-9


def area(score: Floats, up: Mask) -> float:
    """Chance that an up has the higher score than a down, ties counting half; NaN without both.

    Source: the Mann-Whitney statistic.
    """
    _, place = np.unique(score, return_inverse=True)
    return _area(place, up, np.ones(len(score)))


def _area(place: Ints, up: Mask, weights: Floats) -> float:
    """The same of scores given by their `place` in order, cases counted `weights` times."""
    ups = np.bincount(place, np.where(up, weights, 0.0))
    downs = np.bincount(place, np.where(up, 0.0, weights))
    pairs = float(ups.sum() * downs.sum())
    below = np.cumsum(downs) - downs / 2
    return float(ups @ below) / pairs if pairs > 0 else NAN


def area_interval(score: Floats, up: Mask, block: Ints, seed: int) -> Interval:
    """Interval of `area`, whole blocks resampled."""
    random = np.random.default_rng(seed)
    _, number = np.unique(block, return_inverse=True)
    blocks = int(number.max()) + 1
    counts = random.multinomial(blocks, np.full(blocks, 1 / blocks), size=DRAWS)
    _, place = np.unique(score, return_inverse=True)
    drawn = [_area(place, up, one[number].astype(float)) for one in counts]
    return percentile_interval(np.array(drawn))


class Logistic(NamedTuple):
    """P(up) = 1 / (1 + exp(-(constant + slope * score)))."""

    constant: float
    slope: float

    def chance(self, score: Floats) -> Floats:
        """Probability of an up."""
        return 1 / (1 + np.exp(-(self.constant + self.slope * score)))


def logistic(score: Floats, up: Mask) -> Logistic:
    """Fitted by Newton's method; a trace of ridge keeps separable cases finite."""
    design = np.column_stack((np.ones(len(score)), score))
    weights = np.zeros(2)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-design @ weights))
        slope = design.T @ (up - chance) - _RIDGE * weights
        bend = (design * (chance * (1 - chance))[:, np.newaxis]).T @ design
        step = np.linalg.solve(bend + _RIDGE * np.eye(2), slope)
        weights += step
        if np.abs(step).max() < _ENOUGH:
            break
    return Logistic(float(weights[0]), float(weights[1]))


def brier(chance: Floats, up: Mask) -> float:
    """Mean squared error of a probability; 0.25 for always saying one half."""
    return float(np.square(chance - up).mean()) if len(up) else NAN
