"""Explaining a stock: nothing is left out, what is said is what the engine decides by."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from engine_rig import PRICES, Rig, fill_book
from hypothesis import given, settings
from hypothesis import strategies as st
from market_rig import contents, market_of
from test_witnesses import rig_with

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core import reals as r
from tui_scalper.core import regime as g
from tui_scalper.core.adaptive import Moving
from tui_scalper.core.attention import Place, Stream
from tui_scalper.core.bounds import BOUNDS
from tui_scalper.core.config import EngineConfig, RiskLimits, SignalRules
from tui_scalper.core.explain import explain
from tui_scalper.core.explanation import Stand
from tui_scalper.core.gates import GATE_TEXT, Gate
from tui_scalper.core.picture import take_picture
from tui_scalper.core.race import empty_race, keep_list, place_of
from tui_scalper.core.reading_table import READINGS, Reading, Speaks
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.risk import Approved
from tui_scalper.core.snapshot import Latency, Mode
from tui_scalper.core.units import MS, NS, Side
from tui_scalper.core.witnesses import STATEMENTS, Role, Witness

NOT_READINGS = {
    # Said elsewhere in an explanation: gates and their times, rests, confirmations, thresholds.
    *(c.BLOCKERS, c.SIGNAL_NS, c.CONFIRMS, c.CONFIRMED),
    *range(c.SPAN_NS, c.CALM_NS + 1),
    *range(c.IN_FORCE, c.IN_FORCE + len(Moving)),
}
ENGINES = range(c.TICK, c.WAKE_LTP_HIGH + 1)


def said(rig, row=0):
    return explain(rig.engine, row, rig.now)


def names(found):
    return [one.name for one in found]


# -- nothing is left out -----------------------------------------------------------------------


def test_every_column_that_is_no_other_s_is_a_reading():
    mine = {one.column for one in READINGS if not one.real}
    wanted = set(range(c.MARKET_END, c.COLUMNS)) - set(ENGINES) - NOT_READINGS
    assert mine == wanted


def test_every_real_reading_is_in_the_table_once():
    columns = [one.column for one in READINGS if one.real]
    assert sorted(columns) == list(range(r.REALS))
    assert len({one.name for one in READINGS}) == len(READINGS)


def test_every_witness_gate_and_bound_is_said():
    found = said(Rig().open_market(lean=1))
    assert names(found.witnesses) == [one.name for one in STATEMENTS.values()]
    assert names(found.readings) == [one.name for one in READINGS]
    assert names(found.bounds) == [one.name for one in BOUNDS]
    assert {one.meaning for one in found.witnesses} == {one.meaning for one in STATEMENTS.values()}


def test_it_is_part_of_the_picture_of_the_focused_stock_while_somebody_looks():
    rig = Rig().open_market(lean=1)
    rig.press(cm.Focus, row=2)
    assert take_picture(rig.engine, 1, rig.now, Latency()).explained is None, "nobody looks"
    rig.press(cm.Watch, ladders=3, signals=9, explained=True)
    seen = take_picture(rig.engine, 2, rig.now, Latency())
    assert seen.explained == said(rig, 2)
    assert seen.explained.symbol == "CANDOR"
    assert msgspec.json.decode(msgspec.json.encode(seen.explained))["symbol"] == "CANDOR"


# -- readings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "speaks, value, lean, side",
    [
        (Speaks.NOBODY, 5.0, 1, None),
        (Speaks.SIGN, 2.0, -1, Side.BUY),
        (Speaks.SIGN, -2.0, 1, Side.SELL),
        (Speaks.SIGN, 0.0, 1, None),
        (Speaks.HALF, 0.7, -1, Side.BUY),
        (Speaks.HALF, 0.3, 1, Side.SELL),
        (Speaks.ONE, 1.5, 1, Side.BUY),
        (Speaks.ONE, 0.5, 1, Side.SELL),
        (Speaks.LEAN, 3.0, -1, Side.SELL),
        (Speaks.LEAN, 3.0, 0, None),
        (Speaks.BUYERS, 0.0, -1, Side.BUY),
        (Speaks.SELLERS, 0.0, 1, Side.SELL),
        (Speaks.SELLERS, None, 1, None),
    ],
)
def test_a_reading_speaks_for_the_side_its_row_says(speaks, value, lean, side):
    assert Reading(name="x", unit="", column=0, speaks=speaks).side(value, lean) is side


def test_what_is_not_known_is_none_and_never_a_number():
    rig = Rig()
    assert {one.name: one.value for one in said(rig).readings if one.value is not None} == {
        one.name: 0.0 for one in READINGS if not one.real and one.nothing is None
    }


def test_values_are_those_of_the_row_in_their_units():
    rig = Rig().open_market(lean=1)
    found = {one.name: one for one in said(rig).readings}
    assert found["mid"].value == (PRICES[0] + 2.5) / 100
    assert found["pressure"].value == 0.8
    assert found["pressure"].side is Side.BUY
    assert found["dominance"].value == pytest.approx(0.6)
    assert found["spread"].value == 1
    assert (found["flow rate middle"].window_ns, found["mid"].window_ns) == (5 * NS, 0)


# -- bounds, witnesses, blockers ---------------------------------------------------------------


def test_each_bound_is_held_against_what_its_gate_asks():
    rig = Rig().open_market(lean=1)
    rig.wait(NS)
    found = {one.name: one for one in said(rig).bounds}
    assert {name: one.value for name, one in found.items()} == pytest.approx(
        {
            "pressure least": 80.0,
            "pressure most": 80.0,
            "depth ratio": 2.0,
            "spread or tick": 500 / (PRICES[0] + 2.5),
            "book age": 1.0,
            "price jump": 0.0,
            "confirmations": 0,
        }
    )
    limits = [70.0, 95.0, 1.5, 0.1, 5.0, 1.0, 0.0]
    assert [one.limit for one in found.values()] == limits
    assert [one.configured for one in found.values()] == limits
    assert all(one.open for one in found.values())
    assert found["depth ratio"].relation == "above"


def test_a_spread_of_one_tick_is_held_against_that_tick_where_it_is_more_than_the_setting():
    rig = Rig().open_market(lean=1)
    row = rig.engine.table.cells[0]
    tick = int(row[c.TICK])
    fill_book(row, 20 * tick, 21 * tick, lean=1, at_ns=rig.now)
    rig.engine.receive(ev.Ticks(at_ns=rig.now, rows=np.array([0])))
    found = {one.name: one for one in said(rig).bounds}["spread or tick"]
    assert found.open and found.value is not None
    assert found.value > found.configured == 0.1
    assert found.limit == found.value


@settings(max_examples=100)
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 400), st.integers(0, 400))
def test_a_measured_bound_closes_its_gate_and_no_other(buy, sell, bids, asks):
    rig = Rig().open_market(lean=1)
    row = rig.engine.table.cells[0]
    row[c.TOTAL_BUY], row[c.TOTAL_SELL] = buy, sell
    row[c.BID_QUANTITY : c.BID_QUANTITY + 5] = bids
    row[c.ASK_QUANTITY : c.ASK_QUANTITY + 5] = asks
    rig.frame(0)
    found = said(rig)
    closed = {one.name for one in found.blockers}
    for one in found.bounds:
        assert one.open == (one.gate not in closed)
        if one.value is not None and buy and sell:
            holds = {
                "at least": one.value >= one.limit,
                "at most": one.value <= one.limit,
                "above": one.value > one.limit,
                "below": one.value < one.limit,
            }[one.relation]
            tied = one.gate == "balanced" and found.side is None
            assert holds == one.open or tied or one.value == pytest.approx(one.limit)


def test_a_book_of_one_side_has_no_measure_where_none_can_be_taken():
    rig = Rig().open_market(lean=1)
    row = rig.engine.table.cells[0]
    fill_book(row, PRICES[0], 0, lean=1, at_ns=rig.now)
    row[c.TOTAL_BUY] = row[c.TOTAL_SELL] = 0
    rig.frame(0)
    found = {one.name: one.value for one in said(rig).bounds}
    assert found["pressure least"] is None
    assert found["depth ratio"] is None
    assert found["spread or tick"] is None
    row[c.TOTAL_BUY], row[c.TOTAL_SELL] = 8, 2
    rig.frame(0)
    assert said(rig).bounds[2].value == math.inf
    assert {one.value for one in said(Rig()).bounds[:6]} == {None}


def test_a_book_that_came_late_is_as_old_as_it_was():
    rig = Rig().open_market(lean=1)
    row = rig.engine.table.cells[0]
    row[c.EXCHANGE_NS] -= 6 * NS
    row[c.UPDATES] += 1
    rig.frame(0)
    age = said(rig).bounds[4]
    assert (age.value, age.open) == (6.0, False)
    row[c.EXCHANGE_NS] = 0
    assert said(rig).bounds[4].value == 0.0


def test_witnesses_say_their_role_their_threshold_and_where_they_stand():
    rig = rig_with(levels=Role.CONFIRM, turnover=(Role.BLOCK, 2e5), flow=(Role.BLOCK, 0.5))
    found = said(rig.open_market(lean=1))
    by_name = {one.name: one for one in found.witnesses}
    levels, turnover, flow = by_name["levels"], by_name["turnover"], by_name["flow"]
    assert (levels.role, levels.stand, levels.value) == ("confirm", Stand.CONFIRMS, 5.0)
    assert (turnover.role, turnover.stand, turnover.blocks) == ("block", Stand.AGAINST, True)
    assert (flow.stand, flow.blocks, flow.limit, flow.configured) == (Stand.SILENT, True, 0.5, 0.5)
    assert names(found.blockers) == ["flow", "turnover"]
    assert [one.text for one in found.blockers] == [GATE_TEXT[Gate.FLOW], GATE_TEXT[Gate.TURNOVER]]
    assert (found.confirmed, found.needed, found.is_signal) == (1, 0, False)


def test_a_book_that_leans_nowhere_has_silent_witnesses_and_no_entry():
    found = said(Rig().open_market(lean=0))
    assert {one.stand for one in found.witnesses} == {Stand.SILENT}
    assert (found.side, found.entry, found.refusals) == (None, None, ())


# -- the race, the entry, what stops it ----------------------------------------------------------


def test_the_race_says_who_leads_and_the_place_of_this_one():
    rig = Rig().open_market(lean=1)
    places = [said(rig, row).race for row in range(3)]
    leading = [one.leads for one in places]
    assert sorted(one.place for one in places) == [1, 2, 3]
    assert leading.count(True) == 1
    assert {one.leader for one in places} == {rig.engine.universe[leading.index(True)].symbol}
    assert {one.signals for one in places} == {3}
    rig.engine.table.hold(0, rig.now + NS)
    assert said(rig, 0).race.place == 0
    assert said(rig, 0).hold_ns == NS
    assert said(rig, 0).held.startswith("cooldown")


def test_a_leader_that_is_behind_says_for_how_long():
    rig = Rig().open_market(lean=1)
    leader = next(row for row in range(3) if said(rig, row).race.leads)
    other = (leader + 1) % 3
    row = rig.engine.table.cells[other]
    row[c.TOTAL_BUY], row[c.TOTAL_SELL] = 850_000, 150_000
    rig.frame(other)
    rig.wait(2 * NS)
    found = said(rig, leader).race
    assert (found.leads, found.behind_ns, said(rig, other).race.place) == (True, 2 * NS, 1)


def test_who_leads_while_the_leader_rests_is_behind_nobody():
    rig = Rig().open_market(lean=1)
    leader = next(row for row in range(3) if said(rig, row).race.leads)
    other = (leader + 1) % 3
    row = rig.engine.table.cells[other]
    row[c.TOTAL_BUY], row[c.TOTAL_SELL] = 850_000, 150_000
    rig.frame(other)
    rig.wait(2 * NS)
    rig.engine.table.hold(leader, rig.now + NS)
    found = said(rig, other).race
    assert (found.leads, found.behind_ns, found.place) == (True, 0, 1)


def test_without_a_signal_nobody_leads():
    found = said(Rig().open_market(lean=0)).race
    assert (found.leader, found.leads, found.place, found.behind_ns) == ("", False, 0, 0)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), min_size=1, max_size=9))
def test_a_place_counts_the_signals_ahead(stocks):
    market = market_of([[0] * c.COLUMNS] * len(stocks))
    cells, race = market.cells, empty_race(len(stocks))
    for row, (strength, runs, held) in enumerate(stocks):
        cells[row, c.DOMINANCE], cells[row, c.SIGNAL_NS] = strength, 1
        cells[row, c.ASK_PRICE] = cells[row, c.BID_PRICE] = 100
        cells[row, c.BLOCKERS], cells[row, c.HOLD_UNTIL_NS] = int(not runs), 9 if held else 0
        keep_list(race, row, runs)
    free = [row for row, (_, runs, held) in enumerate(stocks) if runs and not held]
    order = sorted(free, key=lambda row: (-stocks[row][0], row))
    places = [int(place_of(cells, race, row, 5, 100)) for row in range(len(stocks))]
    assert places == [order.index(row) + 1 if row in free else 0 for row in range(len(stocks))]


def test_the_entry_is_the_one_that_would_be_staged():
    rig = Rig().open_market(lean=1)
    rig.press(cm.Arm)
    entry = said(rig).entry
    rig.press(cm.Stage, row=0, side=Side.BUY)
    stage = take_picture(rig.engine, 1, rig.now, Latency()).stage
    assert (entry.quantity, entry.limit, entry.notional) == (
        stage.quantity,
        stage.price,
        stage.notional,
    )
    assert (entry.stop, entry.target, entry.max_loss) == (stage.stop, stage.target, stage.max_loss)
    assert said(rig).refusals == ()


def test_every_control_that_would_stop_it_is_named_the_first_first():
    config = EngineConfig(mode=Mode.SIM, risk=RiskLimits(daily_trades=0, max_stock_notional=1))
    rig = Rig(config=config).open_market(lean=1)
    rig.press(cm.SkipStock, row=0)
    rig.press(cm.Pause)
    rig.engine.table.cells[0, c.ASK_QUANTITY : c.ASK_QUANTITY + 5] = 1
    rig.frame(0)
    found = said(rig)
    assert names(found.refusals) == [
        "disarmed",
        "paused",
        "skipped",
        "daily_trades",
        "stock_notional",
        "thin_book",
        "shallow_book",
    ]
    judged = rig.engine.proposer.judged(rig.engine.proposer.proposal(0, Side.BUY))
    assert judged.reason.value == found.refusals[0].name
    rig.press(cm.Kill)
    assert names(said(rig).refusals)[:2] == ["killed", "paused"]


@settings(max_examples=60)
@given(
    st.integers(0, 2_000),
    st.integers(0, 3),
    st.sampled_from((0, 1, 4 * MS, 400_000)),
    st.booleans(),
)
def test_what_is_judged_is_the_first_of_all_objections(quantity, trades, depth, armed):
    config = EngineConfig(mode=Mode.SIM, risk=RiskLimits(daily_trades=trades))
    rig = Rig(config=config).open_market(lean=1)
    if armed:
        rig.press(cm.Arm)
    rig.engine.table.cells[0, c.ASK_QUANTITY] = depth
    proposal = msgspec.structs.replace(rig.engine.proposer.proposal(0, Side.BUY), quantity=quantity)
    judged = rig.engine.proposer.judged(proposal)
    every = rig.engine.proposer.objections(proposal)
    first = None if isinstance(judged, Approved) else judged.reason
    assert first == next(iter(every), None)
    assert len(set(every)) == len(every)


def test_an_account_too_small_for_a_share_says_so_with_the_bracket_of_one():
    rig = Rig().open_market(lean=1)
    rig.give(ev.FundsReported(at_ns=rig.now, available=1_000_00))
    found = said(rig)
    assert (found.entry.quantity, found.entry.max_loss) == (0, 0)
    assert found.entry.stop < PRICES[0] < found.entry.target
    assert Refusal.TOO_SMALL.value in names(found.refusals)


# -- around it -----------------------------------------------------------------------------------


def test_rests_of_the_stock_and_of_the_market_are_said_with_their_time():
    config = EngineConfig(mode=Mode.SIM, signals=SignalRules(regime_least=2, regime_pct=50))
    rig = Rig(config=config).open_market(lean=1)
    for row in (0, 1):
        rig.book(row, PRICES[row] * 103 // 100 // 10 * 10, lean=1)
    found = said(rig)
    rest = config.signals.spike_rest_ns
    assert (found.regime.rests_ns, found.regime.market_rests_ns) == (rest, rest)
    assert (found.regime.troubles, found.regime.troubles_pause) == (2, 2)
    assert {"spike", "regime"} == set(names(found.blockers))
    assert found.bounds[5].value > found.bounds[5].limit
    assert rig.engine.table.regime[g.CALM_NS] == rig.now + rest
    assert said(rig, 2).regime.rests_ns == 0


def test_the_stream_is_the_one_subscribed_and_else_what_came():
    rig = Rig()
    assert said(rig).stream.stream == "nothing"
    rig.open_market(lean=1)
    assert (said(rig).stream.stream, said(rig).stream.place) == ("depth", "")
    row = rig.engine.table.cells[0]
    row[c.BID_PRICE : c.MARKET_END] = 0
    assert said(rig).stream.stream == "quote"
    row[c.ASK_PRICE] = PRICES[0]
    assert said(rig).stream.stream == "depth"
    table = rig.engine.table
    table.streams[0], table.places[0] = Stream.QUOTE, Place.NONE
    table.streams[1], table.places[1] = Stream.DEPTH, Place.MERIT
    assert (said(rig, 0).stream.stream, said(rig, 0).stream.place) == ("quote", "")
    assert (said(rig, 1).stream.stream, said(rig, 1).stream.place) == ("depth", "merit")
    assert said(rig, 2).stream.stream == "nothing"


def test_explaining_changes_nothing():
    rig = Rig().open_market(lean=1)
    before = contents(rig.engine.table.market)
    said(rig)
    assert contents(rig.engine.table.market) == before
    assert np.isnan(rig.engine.table.reals[0, r.PRESSURE_T])
    assert not rig.engine.chronicle.refused
    assert len(said(rig).witnesses) == len(Witness)


def test_a_stock_that_is_held_does_not_cool_down_yet():
    rig = rig_with().open_market(lean=1)
    rig.enter()
    assert said(rig, 0).hold_ns == 0
