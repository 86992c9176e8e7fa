"""What closed trades prove, and how sure one may be of it.

Money comes in as integer paise, shares of a price in basis points; ratios and
probabilities go out as floats. A figure the data cannot give is NaN, never 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final, NamedTuple

import msgspec

NAN: Final = math.nan
_NORMAL: Final = NormalDist()
_EULER_GAMMA: Final = 0.5772156649015329


class Interval(NamedTuple):
    """A range that holds the true value with some confidence."""

    low: float
    high: float


class TradeStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of a list of closed trades. Money in paise, ratios as floats."""

    trades: int
    wins: int
    losses: int
    net: int
    win_rate: float
    win_interval: Interval
    expectancy: float
    payoff: float
    sharpe: float
    max_drawdown: int


def summarise(profits: Sequence[int], confidence: float = 0.95) -> TradeStatistics:
    """All figures of `profits`, the net profit of each closed trade in paise, oldest first.

    A trade of exactly 0 is neither a win nor a loss, but it is a trade.
    """
    wins = sum(profit > 0 for profit in profits)
    return TradeStatistics(
        trades=len(profits),
        wins=wins,
        losses=sum(profit < 0 for profit in profits),
        net=sum(profits),
        win_rate=wins / len(profits) if profits else NAN,
        win_interval=wilson(wins, len(profits), confidence),
        expectancy=expectancy(profits),
        payoff=payoff_ratio(profits),
        sharpe=sharpe_ratio(profits),
        max_drawdown=max_drawdown(profits),
    )


def wilson(wins: int, trades: int, confidence: float = 0.95) -> Interval:
    """Interval of the true win rate; (0, 1) when there is no trade.

    Unlike the textbook interval it stays inside [0, 1] and is honest for few trades.
    Raises ValueError unless 0 <= wins <= trades and 0 < confidence < 1.
    Source: E. B. Wilson, JASA 22 (1927) 209-212, the score interval.
    """
    if not 0 <= wins <= trades:
        raise ValueError(f"{wins} wins in {trades} trades; wins must be between 0 and the trades")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence}; it must be between 0 and 1")
    if trades == 0:
        return Interval(0.0, 1.0)
    z2 = _NORMAL.inv_cdf((1 + confidence) / 2) ** 2
    rate = wins / trades
    middle = (rate + z2 / (2 * trades)) / (1 + z2 / trades)
    variance = rate * (1 - rate) / trades + z2 / (4 * trades * trades)
    half = math.sqrt(z2 * variance) / (1 + z2 / trades)
    return Interval(max(middle - half, 0.0), min(middle + half, 1.0))


def chance_rate(stop: float, target: float) -> float:
    """Win rate pure chance gives a bracket: stop / (stop + target), both distances > 0.

    Any unit, the same for both. Source: optional stopping of a driftless martingale
    (gambler's ruin); 0.25 % against 1 % gives 0.2.
    """
    return break_even_rate(stop, target, 0.0)


def break_even_rate(stop: float, target: float, cost: float) -> float:
    """Win rate at which a bracket earns nothing: (stop + cost) / (stop + target).

    `cost` is that of the round trip, in the unit of the distances. Above 1 no win rate
    suffices. Raises ValueError unless both distances are positive.
    Source: p (target - cost) = (1 - p) (stop + cost), solved for p.
    """
    if stop <= 0 or target <= 0:
        raise ValueError(f"stop {stop} and target {target}; both distances must be positive")
    return (stop + cost) / (stop + target)


def expectancy(profits: Sequence[int]) -> float:
    """Mean net profit a trade in paise; NaN when there is none.

    Source: the arithmetic mean, equal to win rate x mean win - loss rate x mean loss.
    """
    return sum(profits) / len(profits) if profits else NAN


def payoff_ratio(profits: Sequence[int]) -> float:
    """Mean win over mean loss, both positive; NaN without a win or without a loss.

    Source: the usual definition, e.g. V. Tharp, Trade Your Way to Financial Freedom.
    """
    wins = [profit for profit in profits if profit > 0]
    losses = [-profit for profit in profits if profit < 0]
    if not wins or not losses:
        return NAN
    return sum(wins) * len(losses) / (len(wins) * sum(losses))


def sharpe_ratio(profits: Sequence[int]) -> float:
    """Sharpe ratio a trade, not annualised: mean over sample standard deviation (n - 1).

    NaN with fewer than two trades or no spread between them.
    Source: W. F. Sharpe, Journal of Portfolio Management 21 (1994) 49-58, riskless rate 0.
    """
    count = len(profits)
    if count < 2:
        return NAN
    total = sum(profits)
    # Kept whole: n times the sum of squares less the squared sum is exact in integers.
    spread = count * sum(profit * profit for profit in profits) - total * total
    if spread == 0:
        return NAN
    return total / count / math.sqrt(spread / (count * (count - 1)))


def max_drawdown(profits: Sequence[int]) -> int:
    """Largest fall of the summed profit from a peak, paise, >= 0; the start is a peak.

    Source: the usual definition, on closed trades; what an open position went through
    is not in it.
    """
    peak = equity = deepest = 0
    for profit in profits:
        equity += profit
        peak = max(peak, equity)
        deepest = max(deepest, peak - equity)
    return deepest


class Shape(NamedTuple):
    """Moments of returns that matter beside mean and spread."""

    skewness: float = 0.0
    kurtosis: float = 3.0
    """Raw, not excess: 3 for normal returns."""


NORMAL_SHAPE: Final = Shape()


def shape_of(profits: Sequence[int]) -> Shape:
    """Population skewness and raw kurtosis; NaN for both when there is no spread.

    Source: standardised central moments m3 / m2^1.5 and m4 / m2^2.
    """
    if len(set(profits)) < 2:
        return Shape(NAN, NAN)
    mean = sum(profits) / len(profits)
    second, third, fourth = (
        math.fsum((profit - mean) ** power for profit in profits) / len(profits)
        for power in (2, 3, 4)
    )
    return Shape(third / second**1.5, fourth / second**2)


def probabilistic_sharpe(
    sharpe: float, periods: int, benchmark: float = 0.0, shape: Shape = NORMAL_SHAPE
) -> float:
    """Probability that the true Sharpe ratio exceeds `benchmark`.

    `sharpe` and `benchmark` are per period, over `periods` of them. NaN with fewer than
    two periods, or where the shape leaves the estimate no variance.
    Source: D. H. Bailey and M. Lopez de Prado, The Sharpe Ratio Efficient Frontier,
    Journal of Risk 15 (2012) 3-44.
    """
    variance = 1 - shape.skewness * sharpe + (shape.kurtosis - 1) / 4 * sharpe * sharpe
    if periods < 2 or not variance > 0:
        return NAN
    return _NORMAL.cdf((sharpe - benchmark) * math.sqrt(periods - 1) / math.sqrt(variance))


def expected_max_sharpe(trials: int, variance: float) -> float:
    """Sharpe ratio the best of `trials` worthless strategies is expected to show.

    `variance` is that of the Sharpe ratios among the trials, in the period of the result.
    0 for a single trial. Raises ValueError when there is no trial or the variance is negative.
    Source: D. H. Bailey and M. Lopez de Prado, The Deflated Sharpe Ratio, Journal of
    Portfolio Management 40 (2014) 94-107.
    """
    if trials < 1 or variance < 0:
        raise ValueError(f"{trials} trials of variance {variance}; at least 1, not below 0")
    if trials == 1:
        return 0.0
    usual = _NORMAL.inv_cdf(1 - 1 / trials)
    rare = _NORMAL.inv_cdf(1 - 1 / (trials * math.e))
    return math.sqrt(variance) * ((1 - _EULER_GAMMA) * usual + _EULER_GAMMA * rare)


def deflated_sharpe(
    sharpe: float, periods: int, trials: int, variance: float, shape: Shape = NORMAL_SHAPE
) -> float:
    """Probability that the true Sharpe ratio is positive, given how many were tried.

    Arguments as those of `probabilistic_sharpe` and `expected_max_sharpe`.
    Source: as `expected_max_sharpe`.
    """
    benchmark = expected_max_sharpe(trials, variance)
    return probabilistic_sharpe(sharpe, periods, benchmark, shape)


def trades_needed(
    sharpe: float,
    benchmark: float = 0.0,
    confidence: float = 0.95,
    shape: Shape = NORMAL_SHAPE,
) -> float:
    """How many trades a Sharpe ratio a trade needs before it is taken for above `benchmark`.

    NaN where it is not above it, or the shape leaves the estimate no variance.
    Source: as `probabilistic_sharpe`, its minimum track record length.
    """
    variance = 1 - shape.skewness * sharpe + (shape.kurtosis - 1) / 4 * sharpe * sharpe
    if not (sharpe > benchmark and variance > 0):
        return NAN
    return 1 + variance * (_NORMAL.inv_cdf(confidence) / (sharpe - benchmark)) ** 2
