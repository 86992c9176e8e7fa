"""Ordinary least squares on one regressor, and what goes with it."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NAN: Final = math.nan


class Line(NamedTuple):
    """A fitted line y = intercept + slope x."""

    slope: float
    intercept: float
    r2: float
    t: float
    """Of the slope, with the classical standard error."""
    size: int


NO_LINE: Final = Line(NAN, NAN, NAN, NAN, 0)


def line(x: Floats, y: Floats) -> Line:
    """Least squares of `y` on `x`; NaN where either does not vary or fewer than 3 are given."""
    size = len(x)
    if size < 3:
        return NO_LINE
    dx, dy = x - x.mean(), y - y.mean()
    xx, xy, yy = float(dx @ dx), float(dx @ dy), float(dy @ dy)
    if xx <= 0 or yy <= 0:
        return NO_LINE
    slope = xy / xx
    r2 = xy * xy / (xx * yy)
    left = max(yy - slope * xy, 0.0)
    error = math.sqrt(left / (size - 2) / xx)
    t = slope / error if error > 0 else math.copysign(math.inf, slope)
    return Line(slope, float(y.mean() - slope * x.mean()), r2, t, size)


def plane_r2(xs: tuple[Floats, ...], y: Floats) -> float:
    """R2 of `y` on several regressors and a constant; NaN where `y` does not vary."""
    dy = y - y.mean()
    yy = float(dy @ dy)
    if yy <= 0:
        return NAN
    design = np.column_stack((np.ones(len(y)), *xs))
    weights = np.linalg.lstsq(design, y, rcond=None)[0]
    left = y - design @ weights
    return 1.0 - float(left @ left) / yy


def correlation(x: Floats, y: Floats) -> float:
    """Pearson's; NaN where either does not vary."""
    fit = line(x, y)
    return math.copysign(math.sqrt(fit.r2), fit.slope) if fit.size else NAN


def ranks(values: Floats) -> Floats:
    """1-based ranks, ties sharing their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[place]
