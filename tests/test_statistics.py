"""Statistics of closed trades against values worked by hand and the published ones."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.lab.statistics import (
    NORMAL_SHAPE,
    Shape,
    break_even_rate,
    chance_rate,
    deflated_sharpe,
    expectancy,
    expected_max_sharpe,
    max_drawdown,
    payoff_ratio,
    probabilistic_sharpe,
    shape_of,
    sharpe_ratio,
    summarise,
    trades_needed,
    wilson,
)

PROFITS = st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=40)


def near(value: float, digits: int = 4) -> object:
    return pytest.approx(value, abs=0.5 * 10**-digits)


def test_chance_gives_the_quarter_to_one_bracket_a_fifth():
    assert chance_rate(25, 100) == 0.2


@pytest.mark.parametrize(
    ("cost", "rate"), [(0.0, 0.20), (0.04, 0.232), (0.06, 0.248), (0.10, 0.28), (0.15, 0.32)]
)
def test_costs_raise_the_break_even_rate(cost, rate):
    assert break_even_rate(0.25, 1.0, cost) == pytest.approx(rate, abs=1e-12)


@pytest.mark.parametrize(("stop", "target"), [(0, 1), (1, 0), (-1, 2)])
def test_a_bracket_without_distance_is_refused(stop, target):
    with pytest.raises(ValueError, match="both distances must be positive"):
        break_even_rate(stop, target, 0)


@pytest.mark.parametrize(
    ("wins", "trades", "low", "high"),
    [
        # z = 1.959964, z^2 = 3.841459: centre and half width worked from the formula.
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 2, 0.0945, 0.9055),
        (20, 100, 0.1334, 0.2888),
    ],
)
def test_wilson_by_hand(wins, trades, low, high):
    interval = wilson(wins, trades)
    assert interval.low == near(low)
    assert interval.high == near(high)


@given(st.integers(1, 500), st.data())
def test_wilson_holds_the_rate_mirrors_and_narrows(trades, data):
    wins = data.draw(st.integers(0, trades))
    low, high = wilson(wins, trades)
    assert 0 <= low <= wins / trades + 1e-12
    assert wins / trades - 1e-12 <= high <= 1
    mirrored = wilson(trades - wins, trades)
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((low, high), abs=1e-12)
    wider = wilson(wins, trades, 0.99)
    assert wider.low <= low + 1e-12
    assert high <= wider.high + 1e-12
    more = wilson(4 * wins, 4 * trades)
    assert more.high - more.low < high - low


@pytest.mark.parametrize(("wins", "trades", "level"), [(-1, 2, 0.9), (3, 2, 0.9), (1, 2, 1.0)])
def test_wilson_refuses_what_cannot_be(wins, trades, level):
    with pytest.raises(ValueError, match="must be between"):
        wilson(wins, trades, level)


def test_the_figures_of_five_trades_by_hand():
    # +400, -100, -100, 0, +300: sum 500, mean 100; squares of deviations
    # 90000 + 40000 + 40000 + 10000 + 40000 = 220000, / 4 = 55000.
    profits = [400, -100, -100, 0, 300]
    figures = summarise(profits)
    assert (figures.trades, figures.wins, figures.losses, figures.net) == (5, 2, 2, 500)
    assert figures.win_rate == 0.4
    assert figures.win_interval == wilson(2, 5)
    assert figures.expectancy == 100.0
    assert figures.payoff == 3.5
    assert figures.sharpe == pytest.approx(100 / math.sqrt(55_000), rel=1e-12)
    assert figures.max_drawdown == 200


def test_what_the_trades_cannot_tell_is_not_a_number():
    figures = summarise([])
    assert figures.trades == figures.max_drawdown == figures.net == 0
    assert figures.win_interval == (0.0, 1.0)
    unknown = (figures.win_rate, figures.expectancy, figures.payoff, figures.sharpe)
    assert all(math.isnan(value) for value in unknown)
    assert math.isnan(sharpe_ratio([5]))
    assert math.isnan(sharpe_ratio([5, 5, 5]))
    assert math.isnan(payoff_ratio([5, 0]))
    assert math.isnan(payoff_ratio([-5, 0]))
    assert math.isnan(shape_of([5, 5]).kurtosis)
    assert math.isnan(probabilistic_sharpe(1.0, 1))


@pytest.mark.parametrize(
    ("profits", "fall"),
    [([], 0), ([5, 5], 0), ([-5], 5), ([10, -4, 3, -8, 20], 9), ([-1, -2, 10, -3], 3)],
)
def test_drawdown_by_hand(profits, fall):
    assert max_drawdown(profits) == fall


@given(PROFITS)
def test_drawdown_is_the_worst_fall_between_any_two_moments(profits):
    equity = [0]
    for profit in profits:
        equity.append(equity[-1] + profit)
    falls = [equity[i] - equity[j] for i in range(len(equity)) for j in range(i, len(equity))]
    assert max_drawdown(profits) == max(falls)


@given(PROFITS, st.integers(1, 1000))
def test_money_scales_and_ratios_do_not(profits, factor):
    scaled = [profit * factor for profit in profits]
    assert expectancy(scaled) == pytest.approx(expectancy(profits) * factor, rel=1e-9)
    assert max_drawdown(scaled) == max_drawdown(profits) * factor
    assert sharpe_ratio(scaled) == pytest.approx(sharpe_ratio(profits), rel=1e-9, nan_ok=True)
    assert payoff_ratio(scaled) == pytest.approx(payoff_ratio(profits), rel=1e-9, nan_ok=True)


def test_shape_by_hand():
    # 0, 0, 0, 4: mean 1, m2 = 12/4 = 3, m3 = (-3 + 27)/4 = 6, m4 = (3 + 81)/4 = 21.
    shape = shape_of([0, 0, 0, 4])
    assert shape.skewness == pytest.approx(6 / 3**1.5, rel=1e-12)
    assert shape.kurtosis == pytest.approx(21 / 9, rel=1e-12)


# The example of Bailey and Lopez de Prado (2014): an annual Sharpe ratio of 2.5 over five
# years of 250 days, variance 1/2 among the trials.
SHARPE = 2.5 / math.sqrt(250)
VARIANCE = 0.5 / 250
FAT = Shape(skewness=-3.0, kurtosis=10.0)


def test_expected_maximum_as_published():
    assert expected_max_sharpe(100, VARIANCE) == near(0.1132)
    assert expected_max_sharpe(46, VARIANCE) == near(0.1004)
    assert expected_max_sharpe(1, VARIANCE) == 0.0


@pytest.mark.parametrize(
    ("trials", "shape", "probability"),
    [(100, FAT, 0.9004), (46, FAT, 0.9505), (88, NORMAL_SHAPE, 0.9505)],
)
def test_deflated_sharpe_as_published(trials, shape, probability):
    assert deflated_sharpe(SHARPE, 1250, trials, VARIANCE, shape) == near(probability)


def test_a_sharpe_at_its_benchmark_is_an_even_bet():
    assert probabilistic_sharpe(0.1, 100, benchmark=0.1, shape=FAT) == 0.5


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_more_trials_ask_for_more(trials, variance):
    assert expected_max_sharpe(trials + 1, variance) >= expected_max_sharpe(trials, variance)


@pytest.mark.parametrize(("trials", "variance"), [(0, 1.0), (2, -0.1)])
def test_no_trial_and_negative_variance_are_refused(trials, variance):
    with pytest.raises(ValueError, match="at least 1"):
        expected_max_sharpe(trials, variance)


def test_trades_needed_by_hand():
    # Sharpe 0.1 of normal trades: 1 + (1 + 0.5 * 0.01) * (1.644854 / 0.1)^2 = 272.9.
    assert trades_needed(0.1) == near(272.9066, 2)
    assert math.isnan(trades_needed(-0.1))
    assert math.isnan(trades_needed(math.nan))


@given(st.floats(0.05, 0.5))
def test_so_many_trades_are_just_certain_enough(sharpe):
    needed = trades_needed(sharpe)
    assert probabilistic_sharpe(sharpe, math.ceil(needed)) >= 0.95 - 1e-9
    assert probabilistic_sharpe(sharpe, max(math.floor(needed) - 1, 2)) < 0.95 or needed < 4
