"""Readings by hand: rows written down, what they must say computed on paper."""

from __future__ import annotations

import math

import numpy as np
import pytest
from market_rig import market_of, rules_of

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core import rules as u
from tui_scalper.core.config import FlowRule
from tui_scalper.core.readings import footprint, ofi, trend
from tui_scalper.core.readings.reading import read
from tui_scalper.core.readings.trades import MOST_TRADED, read_trades
from tui_scalper.core.units import NS

NOW = 1_795_408_200 * NS


def sizes(*pairs, of=c.BID_QUANTITY, orders=c.BID_ORDERS):
    """A row that shows these (shares, orders) at the levels of one side."""
    row = np.zeros(c.COLUMNS, dtype=np.int64)
    for level, (quantity, count) in enumerate(pairs):
        row[of + level], row[orders + level] = quantity, count
    return row


# -- footprints ----------------------------------------------------------------------------


def learnt(*, median, mad, seen):
    real, memory = np.full(r.REALS, math.nan), np.zeros(m.MEMORY, dtype=np.int64)
    real[r.SIZE_MEDIAN], real[r.SIZE_MAD], memory[m.SIZES] = median, mad, seen
    return real, memory


def footprint_of(row, real, memory):
    share = footprint.z_share(real, memory)
    footprint.read_side(row, real, share, c.BID_QUANTITY, c.WALL_BID, r.FOOTPRINT_BID)
    return real[r.FOOTPRINT_BID], row[c.WALL_BID], real[r.WALL_BID_Z]


def test_the_largest_average_order_is_so_many_deviations_from_the_usual():
    real, memory = learnt(median=6.0, mad=1.0, seen=footprint.LEAST_SIZES)
    # 512 shares in 2 orders are 256, 2 octaves above 64; the single order of 128 is one above.
    found = footprint_of(sizes((512, 2), (128, 1), (90, 3), (64, 1)), real, memory)
    assert found[0] == pytest.approx(2.0 / footprint.NORMAL)
    assert found[1] == 128
    assert found[2] == pytest.approx(1.0 / footprint.NORMAL)


def test_sizes_that_never_differ_make_no_wonder_of_a_small_difference():
    real, memory = learnt(median=6.0, mad=0.0, seen=footprint.LEAST_SIZES)
    found, _, _ = footprint_of(sizes((128, 1)), real, memory)
    assert found == pytest.approx(1.0 / (footprint.NORMAL * footprint.LEAST_MAD))


@pytest.mark.parametrize("row", [sizes((512, 2)), sizes((512, 0)), sizes()])
def test_nothing_is_unusual_before_enough_sizes_were_seen_or_without_orders(row):
    seen = footprint.LEAST_SIZES - (row[c.BID_ORDERS] > 0)
    footprint_bid, wall, wall_z = footprint_of(row, *learnt(median=6.0, mad=1.0, seen=seen))
    assert math.isnan(footprint_bid)
    assert (wall, math.isnan(wall_z)) == (0, True)


# -- order flow ----------------------------------------------------------------------------


@pytest.mark.parametrize("rule", list(FlowRule))
def test_the_rule_in_force_is_the_one_the_settings_name(rule):
    row, memory = np.zeros(c.COLUMNS, dtype=np.int64), np.zeros(m.MEMORY, dtype=np.int64)
    for level in range(c.LEVELS):
        # The best bid rose by a tick; the asks stand.
        row[c.BID_PRICE + level], memory[m.PAST_BID_PRICE + level] = 105 - level, 104 - level
        row[c.ASK_PRICE + level] = memory[m.PAST_ASK_PRICE + level] = 106 + level
        row[c.BID_QUANTITY + level] = 10 * (level + 1)
        memory[m.PAST_BID_QUANTITY + level] = 7
        row[c.ASK_QUANTITY + level] = memory[m.PAST_ASK_QUANTITY + level] = 5
    expected = {
        # All of the new best.
        FlowRule.BEST_QUOTES: 10,
        # Prices 101 to 105 show 10 + 20 + 30 + 40 + 50 now, 101 to 104 showed 4 x 7.
        FlowRule.PRICE_ALIGNED: 150 - 28,
        # Prices 104 and 105 show 10 + 20 now, 104 showed 7.
        FlowRule.HYBRID: 30 - 7,
    }
    assert ofi.order_flow(row, memory, u.FLOW_RULES.index(rule)) == expected[rule]


def flows_of(*books):
    """Order flow of each update and of its levels; a book is the best (bid, ask), 0 for none."""
    market, rules = market_of([[0] * c.COLUMNS]), rules_of()
    row, found = market.cells[0], []
    for step, (bid, ask) in enumerate(books):
        row[: c.MARKET_END] = 0
        row[c.BID_PRICE], row[c.BID_QUANTITY] = bid, 700 * (bid > 0)
        row[c.ASK_PRICE], row[c.ASK_QUANTITY] = ask, 200 * (ask > 0)
        row[c.RECEIVED_NS] = NOW + step * NS
        read(market, 0, rules, 0)
        found.append((int(row[c.FLOW_STEP]), int(row[c.LEVEL_FLOW])))
    return found


def test_a_book_that_comes_after_a_bare_quote_is_no_order_flow():
    """It rested there before; a stock whose depth is streamed anew is not being bought."""
    assert flows_of((100, 105), (0, 0), (0, 0), (100, 105)) == [(0, 0)] * 4
    assert flows_of((100, 0), (100, 105)) == [(0, 0), (-200, -200)], "one empty side is a book"


# -- trades --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "past_mid2, past_ltp, ltp, sign",
    [
        (20_000, 10_000, 10_005, 1),
        (20_000, 10_000, 9_995, -1),
        # At the mid, or without one, the last change of the last price decides.
        (20_000, 9_995, 10_000, 1),
        (20_000, 10_005, 10_000, -1),
        (0, 10_000, 9_995, -1),
        (0, 0, 10_000, 0),
        (20_000, 10_000, 10_000, 0),
    ],
)
def test_the_sign_of_what_traded(past_mid2, past_ltp, ltp, sign):
    row, memory = np.zeros(c.COLUMNS, dtype=np.int64), np.zeros(m.MEMORY, dtype=np.int64)
    memory[m.PAST_MID2], memory[m.PAST_LTP], memory[m.PAST_VOLUME] = past_mid2, past_ltp, 100
    row[c.LTP], row[c.VOLUME] = ltp, 130
    read_trades(row, memory)
    assert (row[c.TRADED], row[c.TRADE_SIGN]) == (30, sign)


@pytest.mark.parametrize("volume", [100, 90, 100 + MOST_TRADED + 1])
def test_a_volume_that_stands_falls_or_leaps_is_no_trade_and_leaves_the_sign(volume):
    row, memory = np.zeros(c.COLUMNS, dtype=np.int64), np.zeros(m.MEMORY, dtype=np.int64)
    memory[m.PAST_VOLUME], row[c.VOLUME], row[c.TRADE_SIGN] = 100, volume, -1
    read_trades(row, memory)
    assert (row[c.TRADED], row[c.TRADE_SIGN]) == (0, -1)


# -- the trend -----------------------------------------------------------------------------


def line_through(*points):
    """Slope and t-value of the pressure line through (microseconds, P in share units)."""
    totals, begun = np.zeros((2, m.TREND_WIDTH), dtype=np.int64)
    for at, value in points:
        for total, by in ((m.COUNT, 1), (m.SUM_T, at), (m.SUM_TT, at * at), (m.SUM_P, value)):
            totals[total] += by
        totals[m.SUM_TP] += at * value
        totals[m.SUM_PP] += value * value
    return trend.fitted(totals, begun, points[0][0] * 1_000, points[-1][0] * 1_000, m.SUM_P)


def test_a_line_has_its_slope_and_a_constant_none():
    slope, t = line_through((0, 0), (10, 5), (20, 10), (30, 15))
    assert slope == pytest.approx(0.5)
    assert t > 1_000
    assert line_through((0, 7), (10, 7), (20, 7)) == (0.0, 0.0)


def test_the_t_value_by_hand():
    # Points 0, 1, 0, 1 at 0..3: S_tt = 5, S_ty = 1, S_yy = 1, residuals 0.8 over 2.
    slope, t = line_through((0, 0), (1, 1), (2, 0), (3, 1))
    assert slope == pytest.approx(0.2)
    assert t == pytest.approx(0.2 / math.sqrt(0.8 / 2 / 5))


@pytest.mark.parametrize("points", [((0, 1), (1, 2)), ((5, 1), (5, 2), (5, 3))])
def test_two_updates_or_no_time_between_them_make_no_line(points):
    assert all(math.isnan(value) for value in line_through(*points))


def test_a_silence_too_long_for_the_sums_makes_no_line():
    longest = math.isqrt((1 << 63) // 3)
    slope, _ = line_through((0, 0), (1, 0), (longest, longest // 1_000))
    assert slope == pytest.approx(0.001, rel=1e-6)
    assert all(
        math.isnan(value) for value in line_through((0, 0), (1, 0), (longest + 2_000_000, 5))
    )


def test_every_reading_of_an_empty_row_is_defined_or_nan_and_nothing_is_learnt():
    market = market_of([[0] * c.COLUMNS])
    market.cells[0, c.RECEIVED_NS] = NOW
    read(market, 0, rules_of(), 0)
    assert market.memory[0, m.SIZES] == 0
    assert not np.isinf(market.reals).any()
