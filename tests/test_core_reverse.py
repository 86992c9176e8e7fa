"""Reversing: nothing of the other side before the broker's word that the position is flat."""

from __future__ import annotations

import pytest
from engine_rig import FUNDS, PRICES, STOCKS, Rig

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig, OperatorRules, RiskLimits
from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.orders import Purpose, ReportStatus
from tui_scalper.core.picture import take_picture
from tui_scalper.core.positions import Position
from tui_scalper.core.prices import Pricing
from tui_scalper.core.snapshot import Latency, Mode, OperatorState
from tui_scalper.core.units import NS, Side

SIDES = (Side.BUY, Side.SELL)
TICK = STOCKS[0].tick


def holding(side: Side = Side.BUY, **risk: int) -> tuple[Rig, Position]:
    config = EngineConfig(
        mode=Mode.SIM,
        run_id="T",
        operator=OperatorRules(reverse=True),
        risk=RiskLimits(**risk),
    )
    rig = Rig(config=config).open_market()
    return rig, rig.hold(0, side)


def reverse(rig: Rig) -> None:
    rig.press(cm.StageReverse, row=0)
    staged = rig.engine.operator.staged
    assert staged is not None
    rig.press(cm.Confirm, stage_id=staged.stage_id)


def flat(rig: Rig, position: Position, price: int = 0) -> None:
    """The broker fills the exit and says what is left of the funds."""
    rig.report(position.exit, ReportStatus.COMPLETE, price=price or PRICES[0])
    rig.give(ev.FundsReported(at_ns=rig.now, available=FUNDS))


def entries(rig: Rig) -> list[PlaceOrder]:
    return [one for one in rig.sent(PlaceOrder) if one.purpose is Purpose.ENTRY]


@pytest.mark.parametrize("side", SIDES)
def test_the_other_side_is_entered_only_when_it_is_flat(side):
    rig, position = holding(side)
    rig.press(cm.StageReverse, row=0)
    view = take_picture(rig.engine, 1, rig.now, Latency()).stage
    assert view is not None
    assert (view.side, view.reverses, view.refusal) == (side.opposite, True, "")
    assert view.resulting == side.opposite * view.quantity
    rig.press(cm.Confirm, stage_id=view.stage_id)
    assert position.reason == "flatten"
    half = position.held // 2
    rig.report(position.exit, ReportStatus.OPEN, half, price=PRICES[0])
    rig.wait(NS)
    assert not entries(rig)
    flat(rig, position)
    (entry,) = entries(rig)
    assert entry.side is side.opposite
    assert entry.terms.quantity == view.quantity


def test_bounds_are_asked_as_if_the_position_were_flat():
    bound = PRICES[0] * 150  # one position fits, two do not
    rig, position = holding(max_positions=1, max_stock_notional=bound, max_gross_notional=bound)
    reverse(rig)
    flat(rig, position)
    assert rig.refused() == {}
    assert len(entries(rig)) == 1


def test_it_is_off_by_default_and_needs_a_position():
    rig = Rig().open_market()
    rig.hold(0)
    rig.press(cm.StageReverse, row=0)
    assert rig.refused() == {"reverse_off": 1}
    rig, position = holding()
    for row in (1, -1, 99):
        rig.press(cm.StageReverse, row=row)
    rig.press(cm.Flatten, row=0)
    rig.press(cm.StageReverse, row=0)
    assert position.reason == "flatten"
    assert rig.refused() == {"no_position": 3, "not_possible": 1}


@pytest.mark.parametrize(
    "stop",
    [
        lambda rig: rig.press(cm.Disarm),
        lambda rig: rig.press(cm.Pause),
        lambda rig: rig.press(cm.Kill),
        lambda rig: rig.press(cm.Flatten, row=0),
        lambda rig: rig.press(cm.Flatten),
        lambda rig: rig.press(cm.CancelEntries),
        lambda rig: rig.wait(10 * NS),
    ],
    ids=["disarm", "pause", "kill", "flatten", "flatten all", "cancel", "too long"],
)
def test_whatever_stops_entries_forgets_it_for_good(stop):
    rig, position = holding()
    reverse(rig)
    stop(rig)
    assert any("not reversed" in line.text for line in rig.engine.chronicle.lines)
    rig.press(cm.Arm)
    rig.press(cm.Resume)
    flat(rig, position)
    rig.wait(NS)
    assert not entries(rig)
    assert 0 not in rig.desk.positions


def test_a_market_that_ran_away_meanwhile_is_not_followed():
    rig, position = holding()
    reverse(rig)
    rig.book(0, PRICES[0] - 4 * TICK)
    flat(rig, position)
    assert not entries(rig)
    assert rig.refused() == {"price_moved": 1}


def test_the_controls_are_asked_again_when_it_is_flat():
    rig, position = holding()
    reverse(rig)
    rig.press(cm.SkipStock, row=0)
    flat(rig, position)
    assert not entries(rig)
    assert rig.refused() == {"skipped": 1}


def test_controls_see_it_beforehand_as_if_it_were_flat():
    rig, _ = holding(max_positions=1)
    rig.press(cm.StageReverse, row=0)
    assert rig.engine.operator.state is OperatorState.STAGED
    rig, _ = holding(daily_trades=1)
    rig.press(cm.StageReverse, row=0)
    assert rig.refused() == {"daily_trades": 1}


def test_a_position_that_closes_on_the_strip_is_entered_like_any_other():
    rig, position = holding()
    rig.press(cm.StageReverse, row=0)
    rig.report(position.exit, ReportStatus.COMPLETE, price=PRICES[0])
    staged = rig.engine.operator.staged
    rig.press(cm.Confirm, stage_id=staged.stage_id)
    (entry,) = entries(rig)
    assert entry.side is Side.SELL


def test_its_size_can_be_changed_and_its_price_is_found_when_it_is_flat():
    rig, position = holding()
    rig.press(cm.StageReverse, row=0)
    rig.press(cm.PriceAs, pricing=Pricing.JOIN)
    rig.press(cm.NudgePrice, ticks=1)
    assert rig.refused() == {"not_possible": 2}
    rig.press(cm.SetQuantity, percent=50)
    staged = rig.engine.operator.staged
    rig.press(cm.Confirm, stage_id=staged.stage_id)
    flat(rig, position)
    (entry,) = entries(rig)
    assert entry.terms.quantity == staged.quantity
