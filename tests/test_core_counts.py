"""What each control has done is counted; a rejected entry leaves nothing behind but a pause."""

from __future__ import annotations

import pytest
from engine_rig import PRICES, Rig

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.blotter import Order
from tui_scalper.core.config import EngineConfig, ProtectionRules
from tui_scalper.core.control_counts import control_counts
from tui_scalper.core.controls import CONTROLS
from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.orders import ReportStatus
from tui_scalper.core.picture import take_picture
from tui_scalper.core.snapshot import Latency, Mode
from tui_scalper.core.trading_table import TradingInput
from tui_scalper.core.units import MS, Side

NO_RETRY = EngineConfig(mode=Mode.SIM, run_id="T", protection=ProtectionRules(stop_retries=0))


def counted(rig: Rig) -> dict[str, int]:
    return dict(control_counts(rig.engine.chronicle, rig.engine.counters))


def gained(rig: Rig, before: dict[str, int]) -> dict[str, int]:
    return {name: times - before.get(name, 0) for name, times in counted(rig).items()}


def test_nothing_done_nothing_counted():
    assert counted(Rig()) == {}


def test_a_refusal_counts_for_its_control():
    rig = Rig().open_market()
    before = counted(rig)
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=99, side=Side.BUY)
    rig.give(ev.LinkChanged(at_ns=rig.now, link=ev.Link.DOWN))
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    shown = {name.value for name, one in CONTROLS.items() if "link_down" in one.shows}
    assert shown
    found = gained(rig, before)
    assert {name for name, times in found.items() if times} >= shown


def test_a_lost_stop_and_a_latched_limit_count_for_theirs():
    rig = Rig(config=NO_RETRY).open_market()
    entry = rig.enter()
    rig.place(entry)
    rig.report(entry, ReportStatus.COMPLETE, price=PRICES[0])
    stop = rig.desk.positions[0].exit
    rig.place(stop)
    before = counted(rig)
    rig.report(stop, ReportStatus.REJECTED, text="no")
    assert gained(rig, before)["AT4"] == 1
    rig.engine.halt(TradingInput.DAILY_LOSS)
    rig.engine.halt(TradingInput.DAILY_LOSS)
    latched = [name for name, one in CONTROLS.items() if TradingInput.DAILY_LOSS in one.shows]
    assert latched
    assert all(gained(rig, before)[name.value] == 1 for name in latched)


def test_the_console_is_told():
    rig = Rig().open_market()
    rig.press(cm.Arm)
    picture = take_picture(rig.engine, 1, rig.now, Latency())
    assert picture.tally.controls == tuple(counted(rig).items())


# -- a rejected entry ----------------------------------------------------------------------


def auto(rig: Rig) -> Order:
    """Auto sends the signal of the first row; the order on its way."""
    rig.press(cm.Arm)
    rig.press(cm.AutoOn)
    (sent,) = [one for one in rig.book(0, PRICES[0], lean=1) if isinstance(one, PlaceOrder)]
    return rig.order(sent.tag)


def refused(rig: Rig, order: Order) -> None:
    rig.give(ev.PlaceRefused(at_ns=rig.now, tag=order.tag, text="margin"))


def rejected(rig: Rig, order: Order) -> None:
    rig.place(order)
    rig.report(order, ReportStatus.REJECTED, text="margin")


@pytest.mark.parametrize("ends", [refused, rejected])
def test_a_rejected_entry_frees_its_reserve_and_competes_again_after_a_pause(ends):
    """Nothing of it is counted as held, sent or traded; its stock waits, the others do not."""
    rig = Rig().open_market()
    order = auto(rig)
    desk = rig.desk
    assert desk.exposure(0) == desk.gross() == desk.sent_since(0) > 0
    ends(rig, order)
    assert desk.exposure(0) == desk.gross() == desk.sent_since(0) == 0
    assert not desk.positions
    assert not desk.blotter.live()
    assert (desk.entered, desk.trades) == (0, [])
    pause = rig.config.risk.refusal_cooldown_ns
    began = rig.now
    rig.wait(pause - 20 * MS)
    assert not entries(rig.book(0, PRICES[0], lean=1)), "the stock pauses"
    (other,) = entries(rig.book(1, PRICES[1], lean=1))
    assert other.row == 1
    rig.give(ev.PlaceRefused(at_ns=rig.now, tag=other.tag, text="margin"))
    rig.wait(began + pause - rig.now)
    (again,) = entries(rig.book(0, PRICES[0], lean=1))
    assert again.tag != order.tag
    assert again.terms == order.wanted


def entries(effects: list) -> list[PlaceOrder]:
    return [effect for effect in effects if isinstance(effect, PlaceOrder)]
