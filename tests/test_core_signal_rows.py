"""Lines of the ranked table: the readings a screen draws, unknown where nothing is known."""

from __future__ import annotations

import math

import pytest
from engine_rig import Rig
from test_witnesses import rig_with

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import reals as r
from tui_scalper.core.refusals import REFUSAL_TEXT, Refusal
from tui_scalper.core.signal_rows import largest, signal_row
from tui_scalper.core.trading_table import TradingInput
from tui_scalper.core.units import NS, Side
from tui_scalper.core.witnesses import Role


def line(rig, row=0):
    return signal_row(rig.engine, 1, row, rig.now)


def test_windows_that_are_not_full_say_nothing():
    shown = line(Rig().open_market(lean=1))
    assert (shown.gradient, shown.gradient_t, shown.flow) == (None, None, None)
    assert (shown.footprint, shown.footprint_z) == (None, None)


def test_a_line_says_what_the_readings_of_its_row_say():
    rig = rig_with(levels=Role.CONFIRM, cost=Role.CONFIRM, confirmations=2).open_market(lean=1)
    real = rig.engine.table.reals[0]
    real[r.PRESSURE_SLOPE], real[r.PRESSURE_T], real[r.FLOW_RATE + 1] = 0.01, 2.5, -3.5
    shown = line(rig)
    assert (shown.gradient, shown.gradient_t, shown.flow) == (0.01, 2.5, -3.5)
    assert (shown.agreeing, shown.confirmed, shown.needed) == (5, 2, 2)


@pytest.mark.parametrize(
    "bid, ask, behind, size",
    [
        (math.nan, math.nan, None, None),
        (2.9, math.nan, None, 2.9),
        (3.0, math.nan, Side.BUY, 3.0),
        (math.nan, 3.0, Side.SELL, 3.0),
        (4.0, 4.0, Side.BUY, 4.0),
        (4.0, 5.0, Side.SELL, 5.0),
        (1.0, -1.0, None, 1.0),
    ],
)
def test_a_footprint_marks_the_side_of_the_greater_unusual_size(bid, ask, behind, size):
    rig = Rig().open_market(lean=1)
    real = rig.engine.table.reals[0]
    real[r.FOOTPRINT_BID], real[r.FOOTPRINT_ASK] = bid, ask
    shown = line(rig)
    assert (shown.footprint, shown.footprint_z) == (behind, size)
    assert largest(real)[1] == size


def test_a_line_says_why_its_signal_is_not_traded():
    rig = Rig().open_market(lean=1)
    assert line(rig).held == ""
    rig.engine.table.hold(0, rig.now + 3 * NS // 2)
    assert line(rig).held == "cooldown 2 s"
    rig.hold(1)
    assert line(rig, 1).held == "position held"
    rig.engine.table.cells[2, c.BLOCKERS] = 1
    assert line(rig, 2).held == ""


def test_a_line_names_the_control_that_would_refuse():
    rig = Rig().open_market(lean=1)
    rig.engine.operator.skipped.add(0)
    assert line(rig).held == REFUSAL_TEXT[Refusal.SKIPPED]


@pytest.mark.parametrize(
    "bar, reason",
    [
        (lambda rig: rig.press(cm.Disarm), None),
        (lambda rig: rig.press(cm.Pause), Refusal.PAUSED),
        (lambda rig: rig.press(cm.Kill), Refusal.KILLED),
        (lambda rig: rig.engine._trading.give(TradingInput.DAILY_LOSS), Refusal.REDUCING),
        (lambda rig: rig.engine._trading.give(TradingInput.MISMATCH), Refusal.HALTED),
    ],
)
def test_a_line_says_what_bars_every_entry_though_not_that_nobody_armed(bar, reason):
    rig = Rig().open_market(lean=1)
    bar(rig)
    assert line(rig).held == (REFUSAL_TEXT[reason] if reason else "")
