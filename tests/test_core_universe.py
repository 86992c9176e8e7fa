"""A universe refuses a master that cannot be traded on; waits stretch with the market's speed."""

from __future__ import annotations

import pytest
from engine_rig import STOCKS

from tui_scalper.core.checks import Proposal
from tui_scalper.core.config import EngineConfig, OperatorRules, at_speed
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.operator import Operator
from tui_scalper.core.operator_table import OperatorInput
from tui_scalper.core.snapshot import Mode, OperatorState
from tui_scalper.core.units import NS, Side
from tui_scalper.core.venues import NSE


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Instrument(symbol="DELTA", token=256, tick=5), "a token stands twice"),
        (Instrument(symbol="ALPHA", token=4, tick=5), "a symbol stands twice"),
        (Instrument(symbol="DELTA", token=4, tick=0), "DELTA has tick 0 and lot 1"),
        (Instrument(symbol="DELTA", token=4, tick=5, lot=-1), "DELTA has tick 5 and lot -1"),
    ],
)
def test_a_master_that_contradicts_itself_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        Universe(NSE, (*STOCKS, wrong))


def test_instruments_are_found_by_row_token_and_symbol():
    universe = Universe(NSE, STOCKS)
    assert tuple(universe) == STOCKS
    for row, stock in enumerate(STOCKS):
        assert universe.row_of_token(stock.token) == universe.row_of_symbol(stock.symbol) == row
    assert universe.row_of_token(1) is None
    assert universe.row_of_symbol("DELTA") is None


@pytest.mark.parametrize("speed", [0.5, 1.0])
def test_a_market_no_faster_than_life_keeps_its_waits(speed):
    config = EngineConfig(mode=Mode.SIM, run_id="T")
    assert at_speed(config, speed) is config


def test_a_faster_market_leaves_people_and_brokers_the_same_time():
    config = EngineConfig(mode=Mode.SIM, run_id="T")
    fast = at_speed(config, 60)
    assert fast.operator.arm_ns == 60 * config.operator.arm_ns
    assert fast.risk.doubt_ns == 60 * config.risk.doubt_ns
    assert fast.polls.orders_ns == 60 * config.polls.orders_ns
    assert fast.signals.spike_span_ns == config.signals.spike_span_ns
    assert fast.protection.stop_bp == config.protection.stop_bp


def test_a_killed_operator_neither_arms_nor_stages():
    operator = Operator(OperatorRules())
    operator.give(OperatorInput.KILL)
    assert not operator.arm(NS)
    wanted = Proposal(row=0, side=Side.BUY, quantity=1, limit=100)
    assert not operator.stage(wanted, seen_best=100, reverses=False, now_ns=NS)
    assert (operator.state, operator.staged) == (OperatorState.KILLED, None)
