"""Hostile tapes: huge, empty, crossed, constant and alternating books. Thresholds stay inside
their hard bounds, a reading that is not known confirms nothing, readings stay those of the
reference, and no signal is one that the gates, asked in unbounded integers, would not let
through."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
import test_readings_reference as reference
from hypothesis import given, settings
from hypothesis import strategies as st
from market_rig import market_of, rules_of

from tui_scalper.core import columns as c
from tui_scalper.core import kernels as k
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core.adaptive import MOVING, Adaptive, AdaptiveRules, Moving
from tui_scalper.core.config import SignalRules
from tui_scalper.core.confirming import confirm, hear
from tui_scalper.core.gates import FIRST_WITNESS, Gate
from tui_scalper.core.units import NS
from tui_scalper.core.witnesses import STATEMENTS, Role, Witness, WitnessRule

NOW = reference.NOW
MOST_31, MOST_32 = 2**31 - 1, 2**32 - 1
"""The most a price or a level, and the most a total, can be on the wire."""
PRICES = (0, 1, 4, 5, 100_000, 100_005, MOST_31 - 5, MOST_31)
QUANTITIES = (0, 1, 2, 1_000, MOST_31 - 1, MOST_31)
TOTALS = (0, 1, 2, 1_000, MOST_31, MOST_32 - 1, MOST_32)
WAITS = (0, 1, NS // 10, NS, 5 * NS, 70 * NS, -NS, -11 * NS)
EVERYBODY_BLOCKS = tuple(WitnessRule(Role.BLOCK, one.threshold) for one in STATEMENTS.values())
LEARNING = SignalRules(
    adaptive=AdaptiveRules(mode=Adaptive.ON, memory_ns=60 * NS, warm_up=3),
    witnesses=EVERYBODY_BLOCKS,
)


def hostile_book(random, level_by_level):
    row = np.zeros(c.COLUMNS, dtype=np.int64)
    for start, step in ((c.BID_PRICE, -1), (c.ASK_PRICE, 1)):
        best = random.choice(PRICES)
        for n in range(c.LEVELS):
            price = random.choice(PRICES) if level_by_level else best + step * n
            row[start + n] = min(max(price, 0), MOST_31)
            row[start + 5 + n] = random.choice(QUANTITIES)
            row[start + 10 + n] = random.choice((0, 1, 2, 65_535))
    row[c.LTP] = random.choice(PRICES)
    row[[c.VOLUME, c.TOTAL_BUY, c.TOTAL_SELL]] = [random.choice(TOTALS) for _ in range(3)]
    return row


def hostile_tape(seed, size):
    """Books of nothing but extremes; some tapes say one again and again, or two in turn."""
    random = Random(seed)
    found = [hostile_book(random, random.random() < 0.5) for _ in range(size)]
    if random.random() < 0.3:
        period = random.choice((1, 2, 3))
        found = [found[n % period].copy() for n in range(size)]
    now = NOW
    for row in found:
        now += random.choice(WAITS)
        row[c.RECEIVED_NS] = row[c.EXCHANGE_NS] = now
    return found


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_readings_of_hostile_tapes_are_those_of_the_reference(seed):
    """Nothing overflows; sums beyond 2^53 are real numbers and keep seven digits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "CLOSE", 1e-7)
        reference.held_against(hostile_tape(seed, 40), tick=5, limits=(15_000, 25_000))


def flow_gates(row):
    """What pressure and depth ratio close by the thresholds in force, in Python's integers."""
    cells = row.tolist()
    buy, sell, lean = cells[c.TOTAL_BUY], cells[c.TOTAL_SELL], cells[c.LEAN]
    bids, asks = (
        sum(cells[c.BID_QUANTITY : c.BID_ORDERS]),
        sum(cells[c.ASK_QUANTITY : c.ASK_ORDERS]),
    )
    if buy + sell == 0:
        return Gate.BALANCED
    strong, total = max(buy, sell) * 10_000, buy + sell
    leading, trailing = (bids, asks) if lean > 0 else (asks, bids)
    closed = Gate(0)
    closed |= Gate.BALANCED * (lean == 0 or strong < cells[c.PRESSURE_LOW_BP] * total)
    closed |= Gate.ONE_SIDED * (strong > cells[c.PRESSURE_HIGH_BP] * total)
    ratio = leading * 100 <= cells[c.DEPTH_RATIO_PCT] * trailing
    return closed | Gate.DEPTH_RATIO * (lean == 0 or ratio)


@settings(max_examples=120)
@given(st.integers(0, 2**32 - 1))
def test_no_hostile_tape_moves_a_threshold_out_of_its_bounds_or_opens_a_gate(seed):
    market, rules = market_of([[0] * c.COLUMNS]), rules_of(LEARNING)
    row, real = market.cells[0], market.reals[0]
    row[c.TICK] = 5
    market.memory[0, m.SIZES] = 1_000
    counters = np.zeros(k.COUNTERS, dtype=np.int64)
    for number, update in enumerate(hostile_tape(seed, 40)):
        row[: c.MARKET_END] = update[: c.MARKET_END]
        row[c.UPDATES] = number + 1
        k.evaluate(market, np.zeros(1, dtype=np.int64), rules, counters)
        learnt = market.memory[0, m.SAMPLES] > LEARNING.adaptive.warm_up
        for one, said in MOVING.items():
            if learnt:
                assert said.default.least <= row[c.IN_FORCE + one] <= said.default.most, one
        closed = Gate(int(row[c.BLOCKERS]))
        both = Gate.BALANCED | Gate.ONE_SIDED | Gate.DEPTH_RATIO
        assert closed & both == flow_gates(row)
        assert 0 <= row[c.DOMINANCE] <= 1_000_000
        assert math.isnan(real[r.PRESSURE]) or 0 <= real[r.PRESSURE] <= 1
        if row[c.LEAN]:
            assert_unknown_confirms_nothing(row, real, closed)


def assert_unknown_confirms_nothing(row, real, closed):
    said = np.full(len(Witness), math.nan)
    hear(row, real, int(row[c.LEAN]), said)
    for witness, statement in STATEMENTS.items():
        confirms = bool(int(row[c.CONFIRMS]) >> witness & 1)
        blocks = bool(closed >> (FIRST_WITNESS + witness) & 1)
        if math.isnan(said[witness]):
            assert not confirms, witness
            assert blocks == statement.silence_blocks, witness
        else:
            assert blocks != confirms, witness


@pytest.mark.parametrize("adaptive", list(Adaptive))
@pytest.mark.parametrize("reading", range(r.REALS))
def test_a_reading_that_is_not_a_number_confirms_nothing_whichever_it_is(reading, adaptive):
    """One reading at a time: whoever says nothing for want of it does not confirm."""
    rules = rules_of(SignalRules(adaptive=AdaptiveRules(mode=adaptive), witnesses=EVERYBODY_BLOCKS))
    market = market_of([[0] * c.COLUMNS])
    row, real = market.cells[0], market.reals[0]
    row[c.LEAN], row[c.TICK], row[c.MID2], row[c.SPREAD_TICKS] = 1, 5, 20_005, 1
    row[[c.BID_DEPTH, c.ASK_DEPTH]] = 300, 100
    row[[c.FOOTPRINT_PPM, c.WALL_PPM]] = 3_000_000, 4_000_000
    real[:] = 1.0
    confirm(row, real, rules, market.said)
    before = int(row[c.CONFIRMS])
    real[reading] = math.nan
    closed = Gate(confirm(row, real, rules, market.said))
    assert int(row[c.CONFIRMS]) & ~before == 0
    assert_unknown_confirms_nothing(row, real, closed)


def test_a_constant_and_an_alternating_tape_learn_thresholds_within_their_bounds():
    for shares in ([9_999], [5_001], [9_999, 5_001]):
        market, rules = market_of([[0] * c.COLUMNS]), rules_of(LEARNING)
        row = market.cells[0]
        row[c.TICK] = 5
        counters = np.zeros(k.COUNTERS, dtype=np.int64)
        for second in range(200):
            share = shares[second % len(shares)]
            row[: c.MARKET_END] = reference.made(7, 1, sane=True)[0][: c.MARKET_END]
            row[c.TOTAL_BUY], row[c.TOTAL_SELL] = share, 10_000 - share
            row[c.RECEIVED_NS] = row[c.EXCHANGE_NS] = NOW + second * NS
            row[c.UPDATES] = second + 1
            k.evaluate(market, np.zeros(1, dtype=np.int64), rules, counters)
        assert market.memory[0, m.SAMPLES] > LEARNING.adaptive.warm_up
        low, high = MOVING[Moving.PRESSURE_LOW].default, MOVING[Moving.PRESSURE_HIGH].default
        assert low.least <= row[c.PRESSURE_LOW_BP] <= low.most
        assert high.least <= row[c.PRESSURE_HIGH_BP] <= high.most
