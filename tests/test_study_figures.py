"""Fits, intervals, areas and charts of the study, against values known beforehand."""

from __future__ import annotations

import math
from itertools import product
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.lab.study.classify import area, area_interval, brier, logistic
from tui_scalper.lab.study.detection import Cases, joined
from tui_scalper.lab.study.fits import correlation, line, plane_r2, ranks
from tui_scalper.lab.study.page import Section, figure, ranged, table, write
from tui_scalper.lab.study.resampling import (
    block_sums,
    correlation_of_sums,
    correlation_terms,
    mean_of_cells,
    percentile_interval,
    resampled_sums,
)
from tui_scalper.lab.study.svg import Chart, Series, draw, round_steps

floats = st.floats(-100, 100, allow_nan=False).map(lambda value: round(value, 3))


def test_a_line_by_hand():
    # Means 2 and 4; sums of squares 2, 8/3 x ..: worked on paper.
    fit = line(np.array([1.0, 2.0, 3.0]), np.array([2.0, 5.0, 5.0]))
    assert fit.slope == pytest.approx(1.5)
    assert fit.intercept == pytest.approx(1.0)
    assert fit.r2 == pytest.approx(0.75)
    assert fit.t == pytest.approx(1.5 / math.sqrt(1.5 / 2))


@given(st.lists(st.tuples(floats, floats), min_size=3, max_size=20))
def test_a_line_agrees_with_the_general_solution(points):
    x, y = np.array(points).T
    fit = line(x, y)
    if fit.size and x.std() > 0.1 and y.std() > 0.1:
        assert fit.slope == pytest.approx(np.polyfit(x, y, 1)[0], rel=1e-6, abs=1e-6)
        assert fit.r2 == pytest.approx(plane_r2((x,), y), abs=1e-9)
        assert correlation(x, y) == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-9)


def test_what_does_not_vary_has_no_line():
    assert math.isnan(line(np.ones(5), np.arange(5.0)).r2)
    assert math.isnan(correlation(np.arange(5.0), np.ones(5)))
    assert math.isnan(plane_r2((np.arange(5.0),), np.ones(5)))


def test_ties_share_their_mean_rank():
    assert ranks(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [3.5, 1.0, 3.5, 2.0]


def test_correlation_of_block_sums_is_the_correlation():
    random = np.random.default_rng(1)
    x, y = random.normal(size=(2, 60))
    sums = block_sums(correlation_terms(x, y), np.arange(60) // 7)
    whole = correlation_of_sums(sums.sum(axis=0)[np.newaxis])[0]
    assert whole == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert resampled_sums(sums, seed=1, draws=10)[:, 0].min() > 0


def test_intervals_of_blocks_know_that_neighbours_depend():
    """A mean of runs of ten equal values: an interval that took them as single ones would be
    sqrt(10) too narrow."""
    random = np.random.default_rng(2)
    runs = np.repeat(random.normal(size=400), 10)
    terms = np.column_stack((np.ones(len(runs)), runs))

    def width(block):
        drawn = resampled_sums(block_sums(terms, np.arange(len(runs)) // block), seed=3)
        low, high = percentile_interval(drawn[:, 1] / drawn[:, 0])
        return high - low

    assert width(10) == pytest.approx(2 * 1.96 / math.sqrt(400), rel=0.15)
    assert width(10) > 2.5 * width(1)


def test_the_mean_of_cells_leaves_out_what_is_not_known():
    low, high = mean_of_cells([np.array([1.0, 1.0]), np.array([np.nan, 1.0])], seed=1)
    assert (low, high) == (1.0, 1.0)


@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1, max_size=25))
def test_the_area_is_the_share_of_pairs_in_order(cases):
    score = np.array([float(one) for one, _ in cases])
    up = np.array([one for _, one in cases])
    pairs = [(a > b) + (a == b) / 2 for a, b in product(score[up], score[~up])]
    expected = sum(pairs) / len(pairs) if pairs else math.nan
    assert area(score, up) == pytest.approx(expected, nan_ok=True)


def test_a_known_logistic_is_found_and_scores_better_than_a_coin():
    random = np.random.default_rng(4)
    score = random.uniform(-1, 1, 6_000)
    up = random.random(6_000) < 1 / (1 + np.exp(-(0.3 + 1.5 * score)))
    fit = logistic(score, up)
    assert fit == pytest.approx((0.3, 1.5), abs=0.15)
    assert brier(fit.chance(score), up) < 0.25
    assert brier(np.full(len(up), 0.5), up) == 0.25
    low, high = area_interval(score, up, np.arange(len(up)) // 100, seed=5)
    assert low < area(score, up) < high


def test_a_separable_sample_does_not_break_the_logistic():
    fit = logistic(np.array([-1.0, -0.5, 0.5, 1.0]), np.array([False, False, True, True]))
    assert np.isfinite(fit).all()
    assert fit.slope > 0


def test_precision_and_recall_by_hand():
    score = np.array([3.0, 2.0, 2.0, 1.0, 0.0])
    true = np.array([True, True, False, True, False])
    cases = Cases(score, true, np.arange(5))
    found = cases.at(2.0, seed=1)
    assert (found.flagged, found.precision, found.recall) == (3, 2 / 3, 2 / 3)
    assert cases.point(2.0) == (2 / 3, 2 / 3)
    assert cases.base_rate == 0.6
    assert cases.average_precision == pytest.approx((1 + 1 + 3 / 4) / 3)
    assert math.isnan(cases.at(9.0, seed=1).precision)
    assert len(np.unique(joined([cases, cases]).block)) == 10


def test_figures_and_tables():
    assert figure(math.nan) == "-"
    assert ranged(0.5, percentile_interval(np.array([0.5])), 2) == "0.50 [0.50, 0.50]"
    assert table(("a", "b"), [("x", "1")]) == "| a | b |\n| --- | ---: |\n| x | 1 |"


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_steps_are_round_and_inside(low, width):
    steps = round_steps(low, low + width)
    assert len(steps) <= 13
    assert all(low - 1e-6 <= step <= low + width + 1e-6 for step in steps)


def test_a_chart_is_an_svg_without_what_is_not_finite(tmp_path):
    chart = Chart(
        "a < b & c",
        "x",
        "y",
        (
            Series("one", [0, 1, 2], [1.0, math.nan, 3.0], [0.5, 0, 2], [1.5, math.nan, 4]),
            Series("dots", [0, 1], [2.0, 2.0], points=True),
        ),
        ticks=((0.0, "zero"),),
        level=1.0,
    )
    text = draw(chart)
    root = ElementTree.fromstring(text)
    assert root.tag.endswith("svg")
    assert "nan" not in text
    assert "a &lt; b &amp; c" in text
    write(tmp_path, "Title", "Intro.", [Section("Part", ("Words.",), (("picture", chart),))])
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "![a < b & c](picture.svg)" in page
    assert (tmp_path / "picture.svg").read_text(encoding="utf-8") == text


def test_a_chart_of_one_point_and_of_none_can_be_drawn():
    for series in ((), (Series("one", [1], [1.0]),), (Series("nothing", [], []),)):
        ElementTree.fromstring(draw(Chart("t", "x", "y", series)))
