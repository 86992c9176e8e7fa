"""Witnesses: what readings say for a side, what follows by their role, and the regime."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from engine_rig import PRICES, Rig, fill_book
from hypothesis import given, settings
from hypothesis import strategies as st
from market_rig import market_of, rules_of

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import kernels as k
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core import regime as g
from tui_scalper.core import rules as u
from tui_scalper.core.adapting import put_in_force
from tui_scalper.core.config import EngineConfig, SignalRules
from tui_scalper.core.confirming import confirm, hear
from tui_scalper.core.gates import BITS, FIRST_WITNESS, GATE_TEXT, Gate
from tui_scalper.core.market import empty_market
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import NS, Side
from tui_scalper.core.witnesses import (
    STATEMENTS,
    Role,
    Sense,
    Witness,
    WitnessRule,
    default_rules,
)
from tui_scalper.settings import SettingsError, load_settings

NOW = 1_795_408_200 * NS
LAKH = 100_000_00


def with_rules(confirmations=0, **roles):
    """Signal rules in which the named witnesses have another role or threshold."""
    rules = list(default_rules())
    for name, rule in roles.items():
        witness = Witness[name.upper()]
        role, threshold = rule if isinstance(rule, tuple) else (rule, rules[witness].threshold)
        rules[witness] = WitnessRule(role, threshold)
    return SignalRules(witnesses=tuple(rules), confirmations=confirmations)


def plainly(row, real, side):
    """What every witness says, from the meaning of the table and not from the kernel."""
    buying = side > 0
    depths = real[r.LEVEL_DEPTH : r.LEVEL_DEPTH + c.LEVELS]
    usual = 2 * sum(depths)
    beyond = row[c.BEYOND_BUY if buying else c.BEYOND_SELL]
    cost = real[r.COST_BUY if buying else r.COST_SELL]
    held = row[c.BID_DEPTH] + row[c.ASK_DEPTH]
    depths_now = (row[c.BID_DEPTH], row[c.ASK_DEPTH])
    with_it, other = depths_now if buying else reversed(depths_now)
    return {
        Witness.LEVELS: row[c.AGREEING],
        Witness.IMBALANCE: side * real[r.DEPTH_IMBALANCE],
        Witness.QUEUE: side * real[r.QUEUE_IMBALANCE],
        Witness.MICRO: side * real[r.MICRO],
        Witness.FLOW: side * real[r.FLOW_RATE + 1],
        Witness.LEVEL_FLOW: side * real[r.LEVELS_RATE],
        Witness.TRADES: side * row[c.DELTA + 1],
        Witness.GRADIENT: side * real[r.PRESSURE_T],
        Witness.STEADY: real[r.STEADY],
        Witness.FOOTPRINT: real[r.FOOTPRINT_BID if buying else r.FOOTPRINT_ASK],
        Witness.WALL: real[r.WALL_ASK_Z if buying else r.WALL_BID_Z],
        Witness.REFILLS: row[c.REFILLS_ASK if buying else c.REFILLS_BID],
        Witness.ACCUMULATION: side * real[r.ACCUMULATION_T],
        Witness.COST: math.inf if beyond else cost,
        Witness.SPREAD: row[c.SPREAD_TICKS] if row[c.MID2] else math.nan,
        Witness.TURNOVER: row[c.VOLUME] * row[c.LTP] / LAKH,
        Witness.RATE: real[r.TICK_RATE],
        Witness.GAP: row[c.GAP_NS] / NS,
        Witness.THIN: held / usual if usual > 0 else math.nan,
        Witness.VOLATILITY: real[r.VOLATILITY],
        Witness.ROOM: real[r.ROOM_UP if buying else r.ROOM_DOWN],
        Witness.DOMINANCE: side * row[c.LEAN] * row[c.DOMINANCE] / 10_000,
        Witness.DEPTH: with_it / other if other else math.nan,
        Witness.FAIR: side * real[r.ADJUSTED_MID],
        Witness.SHIFT: side * real[r.IMBALANCE_T],
    }


values = st.one_of(st.just(math.nan), st.floats(-9, 9), st.sampled_from((0.0, 0.2, 4.0, 60.0)))


@st.composite
def readings(draw):
    """Cells and reals of one row, as the readings might have left them."""
    cells = np.zeros(c.COLUMNS, dtype=np.int64)
    for column in (c.AGREEING, c.REFILLS_BID, c.REFILLS_ASK, c.SPREAD_TICKS, c.BEYOND_BUY):
        cells[column] = draw(st.integers(0, 5))
    cells[c.LEAN] = draw(st.sampled_from((-1, 1)))
    cells[c.DOMINANCE] = draw(st.integers(0, 10**6))
    cells[c.MID2] = draw(st.sampled_from((0, 20_000)))
    cells[c.DELTA + 1] = draw(st.integers(-50, 50))
    cells[c.VOLUME], cells[c.LTP] = draw(st.integers(0, 10**7)), 10_000
    cells[c.GAP_NS] = draw(st.integers(0, 9 * NS))
    cells[c.BID_DEPTH], cells[c.ASK_DEPTH] = draw(st.integers(0, 99)), draw(st.integers(0, 99))
    real = np.array([draw(values) for _ in range(r.REALS)])
    return cells, real


roles = st.tuples(st.sampled_from(Role), st.sampled_from((-1.0, 0.0, 0.2, 2.0, 60.0)))


@settings(max_examples=200)
@given(readings(), st.lists(roles, min_size=len(Witness), max_size=len(Witness)), st.integers(0, 9))
def test_every_witness_does_what_its_role_allows_and_no_more(found, given_roles, needed):
    cells, real = found
    rules = tuple(WitnessRule(*one) for one in given_roles)
    compiled = rules_of(SignalRules(witnesses=rules, confirmations=needed))
    said = np.zeros(len(Witness))
    put_in_force(cells, np.zeros(m.MEMORY, dtype=np.int64), compiled.whole)
    blockers = int(confirm(cells, real, compiled, said))
    plain = plainly(cells.tolist(), real.tolist(), int(cells[c.LEAN]))
    confirmed = 0
    for witness, rule in zip(Witness, rules, strict=True):
        np.testing.assert_equal(said[witness], plain[witness])
        statement = STATEMENTS[witness]
        least = statement.sense is Sense.AT_LEAST
        value = plain[witness]
        agrees = value >= rule.threshold if least else value <= rule.threshold
        assert bool(cells[c.CONFIRMS] >> witness & 1) == agrees
        silent = math.isnan(value) and not statement.silence_blocks
        shut = rule.role is Role.BLOCK and not agrees and not silent
        assert bool(blockers >> (FIRST_WITNESS + witness) & 1) == shut
        confirmed += agrees and rule.role is Role.CONFIRM
    assert cells[c.CONFIRMED] == confirmed
    assert bool(blockers & Gate.UNCONFIRMED) == (confirmed < needed)


@settings(max_examples=100)
@given(readings())
def test_a_book_turned_round_says_the_same_for_the_other_side(found):
    cells, real = found
    cells[c.BEYOND_SELL] = cells[c.BEYOND_BUY]
    turned, mirrored = cells.copy(), real.copy()
    for bid, ask in ((c.REFILLS_BID, c.REFILLS_ASK), (c.BID_DEPTH, c.ASK_DEPTH)):
        turned[bid], turned[ask] = cells[ask], cells[bid]
    turned[c.DELTA + 1] *= -1
    turned[c.LEAN] *= -1
    for reading in (
        r.DEPTH_IMBALANCE,
        r.QUEUE_IMBALANCE,
        r.MICRO,
        r.ADJUSTED_MID,
        r.IMBALANCE_T,
        r.FLOW_RATE + 1,
        r.LEVELS_RATE,
        r.PRESSURE_T,
        r.ACCUMULATION_T,
    ):
        mirrored[reading] *= -1
    for bid, ask in (
        (r.FOOTPRINT_BID, r.FOOTPRINT_ASK),
        (r.WALL_BID_Z, r.WALL_ASK_Z),
        (r.COST_BUY, r.COST_SELL),
        (r.ROOM_UP, r.ROOM_DOWN),
    ):
        mirrored[bid], mirrored[ask] = real[ask], real[bid]
    here, there = np.zeros(len(Witness)), np.zeros(len(Witness))
    hear(cells, real, 1, here)
    hear(turned, mirrored, -1, there)
    np.testing.assert_array_equal(here, there)


def test_a_book_that_leans_nowhere_has_no_witness():
    row, real = np.zeros(c.COLUMNS, dtype=np.int64), np.zeros(r.REALS)
    row[c.CONFIRMS] = row[c.CONFIRMED] = 9
    assert confirm(row, real, rules_of(with_rules(confirmations=3)), np.zeros(len(Witness))) == 0
    assert row[c.CONFIRMS] == row[c.CONFIRMED] == 0


def test_every_witness_has_its_own_gate_and_text():
    assert list(STATEMENTS) == list(Witness) == sorted(Witness)
    for witness, statement in STATEMENTS.items():
        gate = Gate[witness.name]
        assert gate == 1 << (FIRST_WITNESS + witness)
        assert GATE_TEXT[gate] == statement.against
        assert statement.name == witness.name.lower()
    assert max(Gate).bit_length() <= BITS
    assert set(GATE_TEXT) == set(Gate)
    assert all(0 < len(text) <= 36 for text in GATE_TEXT.values())


# -- in the engine ---------------------------------------------------------------------------


def rig_with(**fields):
    return Rig(config=EngineConfig(mode=Mode.SIM, run_id="T", signals=with_rules(**fields)))


def test_what_informs_changes_no_signal():
    rig = Rig().open_market(lean=1)
    assert not rig.engine.table.cells[:, c.BLOCKERS].any()


def test_a_witness_that_blocks_ends_the_signal_and_says_why():
    rig = rig_with(turnover=(Role.BLOCK, 200_000.0)).open_market(lean=1)
    cells = rig.engine.table.cells[0]
    assert Gate(int(cells[c.BLOCKERS])) is Gate.TURNOVER
    cells[c.VOLUME] = 200_000 * LAKH // PRICES[0] + 1
    rig.book(0, PRICES[0], lean=1)
    assert cells[c.BLOCKERS] == 0


def test_a_window_that_is_not_full_blocks_where_its_witness_does():
    rig = rig_with(flow=Role.BLOCK).open_market(lean=1)
    assert Gate(int(rig.engine.table.cells[0, c.BLOCKERS])) is Gate.FLOW


def test_limits_the_broker_never_tells_block_nothing():
    rig = rig_with(room=Role.BLOCK, wall=Role.BLOCK).open_market(lean=1)
    assert rig.engine.table.cells[0, c.BLOCKERS] == 0


def test_a_signal_needs_as_many_confirmations_as_set():
    rig = rig_with(levels=Role.CONFIRM, cost=Role.CONFIRM, confirmations=2).open_market(lean=1)
    row = rig.engine.table.cells[0]
    assert (row[c.CONFIRMED], row[c.BLOCKERS]) == (2, 0)
    fill_book(row, PRICES[0], PRICES[0] + 5, lean=1, at_ns=rig.now)
    row[c.ASK_QUANTITY + 3 : c.ASK_QUANTITY + 5] = 300_000
    row[c.BID_QUANTITY] = 10**6
    rig.frame(0)
    assert row[c.AGREEING] == 3
    assert (row[c.CONFIRMED], Gate(int(row[c.BLOCKERS]))) == (1, Gate.UNCONFIRMED)


# -- the regime ------------------------------------------------------------------------------


def regime_rules(**fields):
    signals = msgspec.structs.replace(SignalRules(), **fields)
    return rules_of(signals).whole


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 15)), max_size=60),
    st.integers(10, 60),
    st.integers(2, 6),
)
def test_all_entries_pause_when_enough_troubles_begin_within_a_span(steps, share, least):
    rules = regime_rules(regime_pct=share, regime_least=least)
    span, rest = int(rules[u.SPIKE_SPAN_NS]), int(rules[u.SPIKE_REST_NS])
    regime = g.calm_regime(10)
    troubled, begun, now = [0] * 10, [], NOW
    for row, later in steps:
        now += later * NS // 2
        gates = 0 if troubled[row] else int(Gate.SPIKE)
        shut = g.regime_blocker(regime, troubled[row], gates, rules, now)
        troubled[row] = gates
        if gates:
            begun.append(now)
            within = sum(now - at < span for at in begun)
            lately = sum(now - at < 3 * span for at in begun)
            if within >= least and within * 100 >= share * 10:
                assert regime[g.CALM_NS] == now + rest, "troubles of one span are missed"
            if regime[g.CALM_NS] == now + rest:
                assert lately >= least, "troubles long past are counted"
        assert bool(shut) == (now < regime[g.CALM_NS])


@pytest.mark.parametrize("gap", [Gate.THIN, Gate.VOLATILITY, Gate.SPIKE])
def test_a_gap_of_liquidity_counts_as_trouble_as_a_jump_does(gap):
    rules = regime_rules(regime_pct=20, regime_least=2)
    regime = g.calm_regime(10)
    other = int(Gate.GAP | Gate.BALANCED)
    assert g.regime_blocker(regime, 0, other, rules, NOW) == 0
    assert g.regime_blocker(regime, 0, int(gap) | other, rules, NOW) == 0
    assert g.regime_blocker(regime, int(gap), int(gap), rules, NOW) == 0
    assert g.regime_blocker(regime, other, int(gap), rules, NOW) == int(Gate.REGIME)


def test_a_hole_in_the_book_pauses_its_stock_and_holes_in_many_pause_all():
    signals = msgspec.structs.replace(with_rules(thin=Role.BLOCK), regime_least=2, regime_pct=50)
    rig = Rig(config=EngineConfig(mode=Mode.SIM, run_id="T", signals=signals)).open_market(lean=1)
    cells = rig.engine.table.cells
    for row, closed in ((0, Gate.THIN), (1, Gate.THIN | Gate.REGIME)):
        for _ in range(20):
            rig.book(row, PRICES[row], lean=1)
        fill_book(cells[row], PRICES[row], PRICES[row] + 10, lean=1, depth=100, at_ns=rig.now)
        rig.frame(row)
        assert Gate(int(cells[row, c.BLOCKERS])) == closed
    rig.book(2, PRICES[2], lean=1)
    assert Gate(int(cells[2, c.BLOCKERS])) is Gate.REGIME


def test_troubles_far_apart_are_each_stock_s_own():
    rules = regime_rules(regime_pct=20, regime_least=2)
    regime = g.calm_regime(10)
    for row in range(5):
        now = NOW + row * 2 * int(rules[u.SPIKE_SPAN_NS])
        assert g.regime_blocker(regime, 0, int(Gate.SPIKE), rules, now) == 0, row


def test_a_market_in_trouble_takes_no_entry_anywhere():
    config = EngineConfig(
        mode=Mode.SIM, run_id="T", signals=SignalRules(regime_least=2, regime_pct=50)
    )
    rig = Rig(config=config).open_market(lean=1)
    rig.press(cm.Arm)
    for row in (0, 1):
        rig.book(row, PRICES[row] * 103 // 100 // 10 * 10, lean=1)
    rig.book(2, PRICES[2], lean=1)
    assert Gate(int(rig.engine.table.cells[2, c.BLOCKERS])) is Gate.REGIME
    rig.press(cm.Stage, row=2, side=Side.BUY)
    assert rig.refused() == {Refusal.REGIME.value: 1}
    rig.wait(config.signals.spike_rest_ns)
    rig.book(2, PRICES[2], lean=1)
    assert rig.engine.table.cells[2, c.BLOCKERS] == 0


def test_memory_of_a_stock_stays_within_four_kilobytes():
    """Of what readings, gates, witnesses and race keep for each stock; lives of signals apart."""
    small, large = empty_market(100), empty_market(1_100)
    own = ("cells", "reals", "memory", "race", "regime", "said")
    sizes = [sum(getattr(market, part).nbytes for part in own) for market in (small, large)]
    assert (sizes[1] - sizes[0]) / 1_000 <= 4_096


# -- settings --------------------------------------------------------------------------------


def rule_of(text, name="flow"):
    given_settings = load_settings(overrides={f"witnesses.{name}": text}, environment={})
    rules = given_settings.engine_config(Mode.SIM, "A").signals.witnesses
    return rules[Witness[name.upper()]]


def test_settings_without_a_word_are_the_table():
    plain = load_settings(environment={}).engine_config(Mode.SIM, "A").signals
    assert plain.witnesses == default_rules()


def test_a_setting_names_the_role_and_where_it_differs_the_threshold():
    assert rule_of("confirm") == WitnessRule(Role.CONFIRM, 0.0)
    assert rule_of("block 0.25") == WitnessRule(Role.BLOCK, 0.25)
    assert rule_of("inform -2") == WitnessRule(Role.INFORM, -2.0)
    assert rule_of("block", "cost") == WitnessRule(Role.BLOCK, 8.0)


@pytest.mark.parametrize("text", ["", "maybe", "block x", "block  1", "confirm nan", "block 1e5"])
def test_a_wrong_role_says_what_to_write(text):
    with pytest.raises(SettingsError, match=r"witnesses\.flow.*write inform, confirm or block"):
        rule_of(text)


def test_gates_are_counted_by_bit_up_to_the_last():
    counters = np.zeros(k.COUNTERS, dtype=np.int64)
    k.count_gates(int(Gate.ROOM | Gate.NO_DATA), counters)
    assert np.flatnonzero(counters).tolist() == [0, FIRST_WITNESS + Witness.ROOM]
    market = market_of([[0] * c.COLUMNS])
    k.evaluate(market, np.array([0]), rules_of(with_rules(turnover=Role.BLOCK)), counters)
    assert counters[k.UPDATES] == 1
