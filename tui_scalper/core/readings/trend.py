"""How the pressure changes: slope on time, its t-value, and how long one side has led.

Ordinary least squares over the updates of the trend window, each counting once. Sums are
whole numbers: time in microseconds, both shares in 1/SHARE_UNIT, products modulo 2^64. They
are moved to near their means before they become real, so nothing is lost by cancellation:
a constant has slope 0 and a straight line its own, wherever and however unevenly it is read.
A silence of many minutes inside the window is more than such sums hold: there is no line then.
"""

from __future__ import annotations

import math
from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core import rules as u
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells, Reals
from tui_scalper.core.readings.windows import mark, window_start

MICROSECOND: Final = 1_000
A_SECOND: Final = 1_000_000.0 / m.SHARE_UNIT
"""Units of a slope (share units a microsecond) in shares a second."""
FEWEST: Final = 3
"""Updates a line with a t-value needs."""
MOST_SQUARES: Final = float(1 << 63)
"""Of updates times the square of their window; squared times add up to a quarter of it at most."""
LEAST_REST: Final = 1e-6
"""Residuals count at least as this part of the variance: a perfect line has a finite t."""


@kernel
def add_sample(real: Reals, memory: Cells, at: int, p: int) -> None:
    """Count this update's P and D, unless one of them is undefined."""
    if math.isnan(real[r.PRESSURE]) or math.isnan(real[r.DEPTH_IMBALANCE]):
        return
    d = int(real[r.DEPTH_IMBALANCE] * m.SHARE_UNIT)
    t = at // MICROSECOND
    memory[m.TREND_TOTALS + m.COUNT] += 1
    memory[m.TREND_TOTALS + m.SUM_T] += t
    memory[m.TREND_TOTALS + m.SUM_TT] += t * t
    memory[m.TREND_TOTALS + m.SUM_P] += p
    memory[m.TREND_TOTALS + m.SUM_TP] += t * p
    memory[m.TREND_TOTALS + m.SUM_PP] += p * p
    memory[m.TREND_TOTALS + m.SUM_D] += d
    memory[m.TREND_TOTALS + m.SUM_TD] += t * d
    memory[m.TREND_TOTALS + m.SUM_DD] += d * d


@kernel
def floor(total: int, n: int, share: float) -> int:
    """`total` // `n`, where `share` is 1 / n; a division of whole numbers takes far longer."""
    whole = math.floor(total * share)
    rest = total - whole * n
    return whole + (1 if rest >= n else 0) - (1 if rest < 0 else 0)


@kernel
def fitted(totals: Cells, begun: Cells, since: int, at: int, first: int) -> tuple[float, float]:
    """Slope, in share units a microsecond, and t-value of the series whose sums begin at `first`.

    `begun`: what the `totals` were when the window began at `since`. slope = S_ty / S_tt; t =
    slope / root(R / (n - 2) / S_tt) with the residuals R = S_yy - slope S_ty. NaN for fewer than
    three updates, without any time between them, or over a silence too long for the sums.
    """
    n = totals[m.COUNT] - begun[m.COUNT]
    if n < FEWEST:
        return math.nan, math.nan
    # Near the mean, whole numbers: the rest of the division stays in the sums.
    share = 1.0 / n
    now = at // MICROSECOND
    width = float(now - since // MICROSECOND)
    if n * width * width > MOST_SQUARES:
        return math.nan, math.nan
    sum_t = totals[m.SUM_T] - begun[m.SUM_T]
    sum_y = totals[first] - begun[first]
    t0 = now + floor(sum_t - n * now, n, share)
    y0 = floor(sum_y, n, share)
    rest_t = sum_t - n * t0
    rest_y = sum_y - n * y0
    s_tt = totals[m.SUM_TT] - begun[m.SUM_TT] - 2 * t0 * sum_t + n * t0 * t0
    s_ty = totals[first + 1] - begun[first + 1] - t0 * sum_y - y0 * sum_t + n * t0 * y0
    s_yy = totals[first + 2] - begun[first + 2] - 2 * y0 * sum_y + n * y0 * y0
    times = s_tt - rest_t * rest_t * share
    if times <= 0.0:
        return math.nan, math.nan
    joint = s_ty - rest_t * rest_y * share
    spread = s_yy - rest_y * rest_y * share
    slope = joint / times
    if spread <= 0.0:
        return slope, 0.0
    rest = max(spread - slope * joint, LEAST_REST * spread)
    return slope, slope * math.sqrt((n - 2) * times / rest)


@kernel
def read_trend(
    row: Cells, real: Reals, memory: Cells, rules: Cells, at: int, elapsed: int, p: int
) -> None:
    """PRESSURE_SLOPE, PRESSURE_T, IMBALANCE_SLOPE, IMBALANCE_T and STEADY.

    `p` is what read_totals says of this update.
    STEADY = time of the window during which LEAN was what it is now / time of the window;
    the time up to an update is that of the LEAN before it. All NaN until the window is full.
    """
    leant = memory[m.PAST_LEAN]
    memory[m.TREND_TOTALS + m.BUY_NS] += elapsed if leant > 0 else 0
    memory[m.TREND_TOTALS + m.SELL_NS] += elapsed if leant < 0 else 0
    add_sample(real, memory, at, p)
    before = at - rules[u.TREND_NS]
    begun = window_start(memory, m.TREND, 0, before)
    since = memory[begun]
    were = memory[begun + 1 : begun + 1 + m.TREND_WIDTH]
    totals = memory[m.TREND_TOTALS : m.TREND_TOTALS + m.TREND_WIDTH]
    lean = row[c.LEAN]
    if since > before:
        for reading in range(r.PRESSURE_SLOPE, r.STEADY + 1):
            real[reading] = math.nan
    else:
        # Both lines before anything is kept: what they share is then computed once.
        pressure, pressure_t = fitted(totals, were, since, at, m.SUM_P)
        imbalance, imbalance_t = fitted(totals, were, since, at, m.SUM_D)
        # P is counted as 2 x PRESSURE - 1.
        real[r.PRESSURE_SLOPE] = pressure * (A_SECOND / 2.0)
        real[r.PRESSURE_T] = pressure_t
        real[r.IMBALANCE_SLOPE] = imbalance * A_SECOND
        real[r.IMBALANCE_T] = imbalance_t
        leading = m.BUY_NS if lean > 0 else m.SELL_NS
        held = totals[leading] - were[leading]
        real[r.STEADY] = held / (at - since) if lean != 0 else math.nan
    mark(memory, m.TREND, at, rules[u.TREND_NS])
