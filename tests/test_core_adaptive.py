"""Adaptive thresholds: a slow reference bit for bit, the quantile they find, their bounds, and
that nothing later than an update moves what it was judged by."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
import slow_reference as ref
from engine_rig import Rig, fill_book
from hypothesis import given, settings
from hypothesis import strategies as st
from market_rig import contents, market_of, rules_of

from tui_scalper.core import columns as c
from tui_scalper.core import kernels as k
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core import rules as u
from tui_scalper.core.adapting import FINE, larger, learn_limits, put_in_force
from tui_scalper.core.adaptive import (
    MOVING,
    Adaptive,
    AdaptiveRules,
    Moving,
    MovingRule,
    begins_static,
)
from tui_scalper.core.config import EngineConfig, SignalRules
from tui_scalper.core.decisions import Decided, decision, thresholds
from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.explain import explain
from tui_scalper.core.explanation import LearningSaid
from tui_scalper.core.gates import Gate
from tui_scalper.core.readings.footprint import LEAST_SIZES
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import FOREVER, MS, NS, PPM
from tui_scalper.core.witnesses import STATEMENTS, Role, Witness, WitnessRule, default_rules
from tui_scalper.settings import SettingsError, load_settings

NOW = 1_795_408_200 * NS
ON = AdaptiveRules(mode=Adaptive.ON, memory_ns=60 * NS, warm_up=5)


def signals(adaptive=ON, **fields):
    return SignalRules(adaptive=adaptive, **fields)


def blank():
    """One row, its reals and its memory; enough order sizes were seen."""
    memory = np.zeros(m.MEMORY, dtype=np.int64)
    memory[m.SIZES] = LEAST_SIZES
    return np.zeros(c.COLUMNS, dtype=np.int64), np.full(r.REALS, np.nan), memory


def in_force(row):
    return {one: int(row[c.IN_FORCE + one]) for one in Moving}


def put_book(row, real, buy, sell, bids, asks, sizes=(math.nan,) * 4):
    row[c.TOTAL_BUY], row[c.TOTAL_SELL] = buy, sell
    row[c.LEAN] = (buy > sell) - (buy < sell)
    row[c.BID_QUANTITY], row[c.ASK_QUANTITY] = row[c.BID_DEPTH], row[c.ASK_DEPTH] = bids, asks
    real[[r.FOOTPRINT_BID, r.FOOTPRINT_ASK, r.WALL_BID_Z, r.WALL_ASK_Z]] = sizes


size = st.one_of(st.just(math.nan), st.floats(-25, 25), st.sampled_from((-1e9, 1e9)))
sides = st.tuples(st.integers(1, 10**6), st.integers(1, 10**6))
books = st.tuples(
    st.sampled_from((0, 1, 999 * MS, NS, NS + 1, 3 * NS + 7, 15 * NS, 59 * NS, 60 * NS, -12 * NS)),
    sides,
    sides,
    st.tuples(size, size, size, size),
)


@settings(max_examples=150)
@given(st.lists(books, max_size=40), st.integers(1, 999), st.sampled_from(Adaptive))
def test_kernels_learn_what_the_reference_learns_bit_for_bit(seen, quantile, mode):
    moving = tuple(
        MovingRule(quantile, one.default.least, one.default.most) for one in MOVING.values()
    )
    rules = signals(AdaptiveRules(mode=mode, memory_ns=60 * NS, warm_up=5, moving=moving))
    whole, learner = rules_of(rules).whole, ref.Learner(rules)
    row, real, memory = blank()
    now = NOW
    for wait, totals, quantities, sizes in seen:
        now += wait
        put_book(row, real, *totals, *quantities, sizes)
        memory[m.NOW_NS] = now
        put_in_force(row, memory, whole)
        assert in_force(row) == learner.limits(now)
        learn_limits(row, real, memory, whole, 0)
        if totals[0] != totals[1]:
            plain = row.tolist()
            learner.see(now, ref.sample_of(plain, list(sizes[:2]), list(sizes[2:])))
            assert int(memory[m.SAMPLES]) == learner.samples
        assert {
            one: ref.Fraction(int(memory[m.QUANTILES + one]), FINE) for one in learner.estimates
        } == learner.estimates


@settings(max_examples=60)
@given(st.lists(books, max_size=40))
def test_thresholds_never_leave_their_hard_bounds(seen):
    whole = rules_of(signals()).whole
    row, real, memory = blank()
    now = NOW
    for wait, totals, quantities, sizes in seen:
        now += wait
        put_book(row, real, *totals, *quantities, sizes)
        memory[m.NOW_NS] = now
        learn_limits(row, real, memory, whole, 0)
        put_in_force(row, memory, whole)
        if memory[m.SAMPLES] >= ON.warm_up:
            for one, said in MOVING.items():
                assert said.default.least <= row[c.IN_FORCE + one] <= said.default.most
        else:
            assert in_force(row) == u.static_limits(SignalRules())


@pytest.mark.parametrize("quantile_pm", [100, 500, 900, 980])
def test_an_estimate_settles_at_its_quantile_and_follows_when_that_moves(quantile_pm):
    moving = list(AdaptiveRules().moving)
    moving[Moving.PRESSURE_LOW] = MovingRule(quantile_pm, 5_000, 10_000)
    adaptive = AdaptiveRules(mode=Adaptive.ON, memory_ns=600 * NS, moving=tuple(moving))
    whole = rules_of(signals(adaptive)).whole
    row, real, memory = blank()
    generator = np.random.default_rng(quantile_pm)
    now = NOW
    # In the last two the stock leans twenty points more: another time of day.
    for about in (6_000, 6_000, 8_000, 8_000):
        drawn = np.clip(generator.normal(about, 300, 3_600), 5_001, 9_999).astype(int)
        for share in drawn:
            now += NS
            put_book(row, real, int(share), 10_000 - int(share), 2, 1)
            memory[m.NOW_NS] = now
            learn_limits(row, real, memory, whole, 0)
        put_in_force(row, memory, whole)
        below = np.mean(drawn < row[c.PRESSURE_LOW_BP])
        assert abs(below - quantile_pm / 1_000) < 0.08, (about, quantile_pm)


def test_readings_count_by_time_and_not_by_update():
    """A burst within a second is one sample; a long silence counts for ten seconds at most."""
    whole = rules_of(signals()).whole
    row, real, memory = blank()
    put_book(row, real, 8, 2, 2, 1)
    for step in range(11):
        memory[m.NOW_NS] = NOW + step * 100 * MS
        learn_limits(row, real, memory, whole, 0)
    assert (memory[m.SAMPLES], memory[m.LEARNT_MS]) == (2, 1_000)
    memory[m.NOW_NS] += 59 * NS
    learn_limits(row, real, memory, whole, 0)
    assert (memory[m.SAMPLES], memory[m.LEARNT_MS]) == (3, 11_000)


@pytest.mark.parametrize("silence", [60 * NS, -11 * NS])
def test_a_silence_as_long_as_the_memory_or_a_clock_set_back_forgets_everything(silence):
    whole = rules_of(signals()).whole
    row, real, memory = blank()
    put_book(row, real, 8, 2, 2, 1)
    for step in range(9):
        memory[m.NOW_NS] = NOW + step * NS
        learn_limits(row, real, memory, whole, 0)
    put_in_force(row, memory, whole)
    assert row[c.PRESSURE_LOW_BP] == 8_000
    memory[m.NOW_NS] += silence
    put_book(row, real, 6, 4, 2, 1)
    put_in_force(row, memory, whole)
    assert in_force(row) == u.static_limits(SignalRules())
    learn_limits(row, real, memory, whole, 0)
    assert (memory[m.SAMPLES], memory[m.LEARNT_MS]) == (1, 0)
    assert memory[m.QUANTILES] == 6_000 * FINE
    put_in_force(row, memory, whole)
    assert in_force(row) == u.static_limits(SignalRules())


def test_what_is_out_of_date_judges_no_book_that_teaches_nothing_either():
    """The first books after a long silence may be unfit, or lean nowhere: static all the same."""
    rig = learning_rig().open_market(lean=1)
    teach(rig, 79)
    row = rig.engine.table.cells[0]
    assert row[c.PRESSURE_LOW_BP] == 7_900
    rig.wait(ON.memory_ns)
    fill_book(row, 100_000, 100_005, lean=0, at_ns=rig.now)
    rig.frame(0)
    assert in_force(row) == u.static_limits(SignalRules())
    assert not explain(rig.engine, 0, rig.now).learning.learnt


@pytest.mark.parametrize(
    "blockers, change",
    [
        (int(Gate.STALE), None),
        (int(Gate.SESSION | Gate.SPIKE), None),
        (0, (c.LEAN, 0)),
        (0, (c.BID_DEPTH, 0)),
        (0, (m.SIZES, LEAST_SIZES - 1)),
    ],
)
def test_a_book_that_is_not_fit_teaches_nothing(blockers, change):
    whole = rules_of(signals()).whole
    row, real, memory = blank()
    put_book(row, real, 8, 2, 2, 0)
    memory[m.NOW_NS] = NOW
    if change is not None:
        (memory if change[0] == m.SIZES else row)[change[0]] = change[1]
    learn_limits(row, real, memory, whole, blockers)
    assert memory[m.SAMPLES] == 0
    learn_limits(row, real, memory, rules_of().whole, 0)
    assert memory[m.SAMPLES] == 0


@pytest.mark.parametrize(
    "one, other, millionths",
    [
        (math.nan, math.nan, -1_000 * PPM),
        (1.5, math.nan, 1_500_000),
        (math.nan, -1.5, -1_500_000),
        (2.0, 3.0, 3_000_000),
        (1e12, 0.0, 1_000 * PPM),
    ],
)
def test_the_larger_of_two_sizes_one_of_which_may_be_missing(one, other, millionths):
    assert larger(one, other) == millionths


def test_the_share_of_one_side_alone_is_the_steepest_ratio():
    whole = rules_of(signals()).whole
    row, real, memory = blank()
    put_book(row, real, 8, 2, 5, 0)
    for step in range(9):
        memory[m.NOW_NS] = NOW + step * NS
        learn_limits(row, real, memory, whole, 0)
    put_in_force(row, memory, whole)
    assert row[c.DEPTH_RATIO_PCT] == MOVING[Moving.DEPTH_RATIO].default.most


# -- what they do ------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.data(), st.integers(1, 60))
def test_what_comes_after_an_update_changes_nothing_of_it(data, cut):
    """Readings, thresholds and gates of a tape cut at a time are those of the whole one."""
    generator = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    tape = np.zeros((60, c.MARKET_END), dtype=np.int64)
    row = np.zeros(c.COLUMNS, dtype=np.int64)
    row[c.TICK] = 5
    times = NOW + np.cumsum(generator.integers(100 * MS, 4 * NS, 60))
    for index, at_ns in enumerate(times):
        bid = 100_000 + int(generator.integers(0, 5)) * 5
        fill_book(row, bid, bid + 5, lean=int(generator.integers(-1, 2)), at_ns=int(at_ns))
        row[c.BID_QUANTITY : c.BID_QUANTITY + 5] += generator.integers(0, 90_000, 5)
        row[c.BID_ORDERS : c.BID_ORDERS + 5] = generator.integers(1, 9, 5)
        row[c.TOTAL_BUY] += int(generator.integers(0, 500_000))
        tape[index] = row[: c.MARKET_END]
    tape[:, c.UPDATES] = 0
    rules = rules_of(signals(witnesses=blocking()), entries_open=False)
    kept = []
    for end in (cut, 60):
        market = market_of([[0] * c.COLUMNS])
        market.cells[:, c.TICK] = 5
        market.cells[:, (c.WAKE_BID_HIGH, c.WAKE_LTP_HIGH)] = FOREVER
        wakes = np.array([[FOREVER, -1, -1, FOREVER]], dtype=np.int64)
        counters = np.zeros(k.COUNTERS, dtype=np.int64)
        rows = np.zeros(end, dtype=np.int64)
        until = int(times[cut - 1])
        k.run_frames(market, rows, tape[:end], times[:end], 0, until, rules, counters, wakes)
        kept.append((contents(market), counters.tobytes()))
    assert kept[0] == kept[1]


def blocking():
    rules = list(default_rules())
    for witness in (Witness.FOOTPRINT, Witness.WALL):
        rules[witness] = WitnessRule(Role.BLOCK, STATEMENTS[witness].threshold)
    return tuple(rules)


def learning_rig(**fields):
    config = EngineConfig(mode=Mode.SIM, run_id="T", signals=signals(**fields))
    return Rig(config=config)


def teach(rig, share, seconds=40):
    """Ask the first stock so many seconds of a book that leans by `share`, percent."""
    row = rig.engine.table.cells[0]
    for _ in range(seconds):
        rig.wait(NS)
        fill_book(row, 100_000, 100_005, lean=1, at_ns=rig.now)
        row[c.TOTAL_BUY], row[c.TOTAL_SELL] = share * 10_000, (100 - share) * 10_000
        rig.frame(0)


def test_a_stock_that_always_leans_needs_more_and_one_that_never_does_less():
    rig = learning_rig().open_market(lean=1)
    row = rig.engine.table.cells[0]
    teach(rig, 79)
    assert row[c.PRESSURE_LOW_BP] == 7_900
    row[c.TOTAL_BUY], row[c.TOTAL_SELL] = 780_000, 220_000
    rig.frame(0)
    assert Gate(int(row[c.BLOCKERS])) is Gate.BALANCED
    rig.wait(ON.memory_ns)
    teach(rig, 62)
    assert row[c.PRESSURE_LOW_BP] == 6_200
    assert row[c.BLOCKERS] == 0
    found = {one.name: one for one in explain(rig.engine, 0, rig.now).bounds}["pressure least"]
    assert (found.value, found.limit, found.configured) == (62.0, 62.0, 70.0)


def test_an_explanation_says_how_far_a_stock_is_known():
    rig = learning_rig().open_market(lean=1)
    before = explain(rig.engine, 0, rig.now).learning
    assert before == LearningSaid(samples=0, needed=ON.warm_up) and not before.learnt
    teach(rig, 79)
    after = explain(rig.engine, 0, rig.now).learning
    assert after.learnt and after.samples >= ON.warm_up
    assert explain(Rig().open_market().engine, 0, NOW).learning is None


def test_a_start_says_that_nothing_learnt_outlives_a_run():
    engine = learning_rig().engine
    engine.begin((), NOW, latched=False)
    assert begins_static(ON) in [line.text for line in engine.chronicle.lines]
    static = Rig().engine
    static.begin((), NOW, latched=False)
    assert not any("adaptive" in line.text for line in static.chronicle.lines)


def test_a_stock_of_which_nothing_is_known_shows_the_thresholds_of_the_settings():
    found = explain(learning_rig().engine, 0, NOW)
    assert [one.limit for one in found.bounds[:3]] == [70.0, 95.0, 1.5]
    assert [one.configured for one in found.bounds[:3]] == [70.0, 95.0, 1.5]


def test_sizes_of_large_orders_move_the_witnesses():
    rig = learning_rig(witnesses=blocking()).open_market(lean=1)
    row = rig.engine.table.cells[0]
    teach(rig, 79)
    assert row[c.FOOTPRINT_PPM] == MOVING[Moving.FOOTPRINT].default.least
    said = {one.name: one for one in explain(rig.engine, 0, rig.now).witnesses}
    assert (said["footprint"].limit, said["footprint"].configured) == (2.0, 3.0)
    assert (said["wall"].limit, said["wall"].configured) == (3.0, 4.0)
    real, behind = rig.engine.table.reals[0], said["footprint"].value
    assert behind < 2.0
    assert Gate(int(row[c.BLOCKERS])) & Gate.FOOTPRINT
    row[c.BID_QUANTITY] *= 1_000
    rig.wait(NS)
    row[c.RECEIVED_NS] = row[c.EXCHANGE_NS] = rig.now
    rig.frame(0)
    assert real[r.FOOTPRINT_BID] > 3.0
    assert not Gate(int(row[c.BLOCKERS])) & Gate.FOOTPRINT


def test_static_thresholds_are_those_of_the_settings_whatever_is_seen():
    rig = Rig().open_market(lean=1)
    teach(rig, 79)
    row = rig.engine.table.cells[0]
    assert in_force(row) == u.static_limits(SignalRules())
    assert rig.engine.table.memory[0, m.SAMPLES] == 0


def test_an_entry_is_journalled_with_the_thresholds_it_was_a_signal_by():
    rig = learning_rig().open_market(lean=1)
    teach(rig, 75)
    rig.enter()
    (sent,) = [one for one in rig.effects if isinstance(one, PlaceOrder)]
    entered = rig.engine.proposer.entered
    decided = decision(rig.desk, rig.engine.table.cells, entered, sent)
    assert decided.in_force == thresholds(rig.engine.table.cells[0])
    assert decided.in_force.pressure_low_bp == 7_500
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(decided), type=Decided)
    assert again.in_force == decided.in_force


# -- settings ----------------------------------------------------------------------------------


def compiled(**given):
    overrides = {key.replace("__", "."): value for key, value in given.items()}
    return load_settings(overrides=overrides, environment={}).engine_config(Mode.SIM, "A").signals


def test_settings_without_a_word_are_the_table_and_off():
    assert compiled().adaptive == AdaptiveRules()
    assert compiled(signals__adaptive="on").adaptive.mode is Adaptive.ON


def test_a_threshold_that_moves_has_a_quantile_and_hard_bounds_by_setting():
    found = compiled(
        adaptive__pressure_low="q85.5 55.25-75",
        adaptive__depth_ratio="q50 1-3",
        adaptive__wall="q99 2.5-20",
        adaptive__memory="90.5",
        adaptive__warm_up="12",
    ).adaptive
    assert found.moving[Moving.PRESSURE_LOW] == MovingRule(855, 5_525, 7_500)
    assert found.moving[Moving.DEPTH_RATIO] == MovingRule(500, 100, 300)
    assert found.moving[Moving.WALL] == MovingRule(990, 2_500_000, 20_000_000)
    assert (found.memory_ns, found.warm_up) == (90_500 * MS, 12)


@pytest.mark.parametrize(
    "text", ["", "q90", "90 60-80", "q0 60-80", "q90 80-60", "q90 60-60", "q90 40-80", "q90 60-101"]
)
def test_a_wrong_quantile_says_what_to_write(text):
    words = r"adaptive\.pressure_low.*write qPERCENT LEAST-MOST.*from 50 to 100, e\.g\. q90 60-80"
    with pytest.raises(SettingsError, match=words):
        compiled(adaptive__pressure_low=text)


def test_bounds_that_leave_no_band_are_refused():
    with pytest.raises(SettingsError, match=r"pressure_low q90 60-92.*must end below"):
        compiled(adaptive__pressure_low="q90 60-92")


def test_the_table_is_in_the_order_of_its_columns():
    assert list(MOVING) == list(Moving) == sorted(Moving)
    cells = (c.PRESSURE_LOW_BP, c.PRESSURE_HIGH_BP, c.DEPTH_RATIO_PCT, c.FOOTPRINT_PPM, c.WALL_PPM)
    assert cells == tuple(c.IN_FORCE + one for one in Moving)
    assert m.RUNS - m.QUANTILES == m.FLOW_MARKS - m.RUNS == len(Moving)
    assert [one.name for one in MOVING.values()] == [one.name.lower() for one in Moving]
