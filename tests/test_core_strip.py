"""Staging at a price of either side, by the screen the operator saw, in presets of size."""

from __future__ import annotations

import msgspec
import pytest
from engine_rig import PRICES, STOCKS, Rig

from tui_scalper.core import commands as cm
from tui_scalper.core.config import EngineConfig, EntryRules, OperatorRules, Remainder
from tui_scalper.core.effects import CancelOrder, PlaceOrder
from tui_scalper.core.orders import ReportStatus
from tui_scalper.core.picture import take_picture
from tui_scalper.core.prices import Pricing
from tui_scalper.core.snapshot import Latency, Mode, OperatorState, StageView
from tui_scalper.core.units import MS, NS, Side

SIDES = (Side.BUY, Side.SELL)
BID, TICK = PRICES[0], STOCKS[0].tick
ASK = BID + TICK
LIMIT_TICKS = 3
DEFAULT = OperatorRules()


def armed(operator: OperatorRules = DEFAULT, **entry: object) -> Rig:
    config = EngineConfig(mode=Mode.SIM, run_id="T", operator=operator, entry=EntryRules(**entry))
    rig = Rig(config=config).open_market()
    rig.press(cm.Arm)
    return rig


def staged(rig: Rig, side: Side = Side.BUY, pricing: Pricing = Pricing.JOIN) -> Rig:
    rig.press(cm.Stage, row=0, side=side)
    rig.press(cm.PriceAs, pricing=pricing)
    return rig


def shown(rig: Rig) -> StageView:
    view = take_picture(rig.engine, 1, rig.now, Latency()).stage
    assert view is not None
    return view


def confirm(rig: Rig, seen: cm.Seen | None = None) -> list[PlaceOrder]:
    waiting = rig.engine.operator.staged
    assert waiting is not None
    sent = rig.press(cm.Confirm, stage_id=waiting.stage_id, seen=seen)
    return [one for one in sent if isinstance(one, PlaceOrder)]


# -- join, take, limit -----------------------------------------------------------------------


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, BID), (Side.SELL, ASK)])
def test_joined_it_waits_at_the_best_of_its_own_side(side, price):
    rig = staged(armed(), side)
    view = shown(rig)
    assert (view.pricing, view.price, view.refusal) == (Pricing.JOIN, price, "")
    assert view.resulting == side * view.quantity
    assert (view.bid, view.ask) == (BID, ASK)
    (order,) = confirm(rig)
    assert order.terms.price == price


def test_joined_it_follows_the_best_until_the_price_is_touched():
    rig = staged(armed())
    rig.book(0, BID + 4 * TICK)
    assert shown(rig).price == BID + 4 * TICK
    rig.press(cm.NudgePrice, ticks=-1)
    assert shown(rig).pricing is Pricing.LIMIT
    rig.book(0, BID + 6 * TICK)
    assert shown(rig).price == BID + 3 * TICK
    rig.press(cm.PriceAs, pricing=Pricing.TAKE)
    view = shown(rig)
    assert view.pricing is Pricing.TAKE
    assert view.price > BID + 6 * TICK


def test_a_setting_stages_at_the_join_price():
    rig = armed(OperatorRules(stage_at=Pricing.JOIN))
    rig.press(cm.Stage, row=0, side=Side.BUY)
    assert shown(rig).price == BID


def test_what_waits_is_cancelled_after_its_time_and_what_takes_after_its_own():
    rig = staged(armed(rest_ns=15 * NS, remainder_ns=1_500 * MS))
    (order,) = confirm(rig)
    resting = rig.order(order.tag)
    rig.place(resting)
    rig.report(resting, ReportStatus.OPEN)
    rig.wait(14 * NS)
    assert not rig.sent(CancelOrder)
    rig.wait(2 * NS)
    assert len(rig.sent(CancelOrder)) == 1


def test_what_waits_is_never_chased_through_the_other_side():
    rig = staged(armed(remainder=Remainder.CHASE, rest_ns=1 * NS))
    (order,) = confirm(rig)
    resting = rig.order(order.tag)
    rig.place(resting)
    rig.report(resting, ReportStatus.OPEN)
    rig.book(0, BID + 2 * TICK)
    rig.wait(5 * NS)
    assert resting.wanted.price == BID
    assert len(rig.sent(CancelOrder)) == 1


def test_what_waits_is_guarded_from_its_first_fill():
    rig = staged(armed())
    (order,) = confirm(rig)
    resting = rig.order(order.tag)
    rig.place(resting)
    rig.report(resting, ReportStatus.OPEN, 10)
    (_, stop) = rig.sent(PlaceOrder)
    assert (stop.side, stop.terms.quantity) == (Side.SELL, 10)


def test_without_a_best_of_its_side_there_is_nothing_to_join():
    rig = staged(armed(), pricing=Pricing.TAKE)
    rig.book(0, 0, ASK)
    rig.press(cm.PriceAs, pricing=Pricing.JOIN)
    rig.press(cm.PriceAs, pricing=Pricing.LIMIT)
    assert rig.refused() == {"not_possible": 2}
    assert shown(rig).pricing is Pricing.TAKE


def test_a_joined_entry_whose_side_went_away_is_not_sent():
    rig = staged(armed())
    rig.book(0, 0, ASK)
    assert shown(rig).price == 0
    assert confirm(rig) == []


@pytest.mark.parametrize(
    "command",
    [
        cm.PriceAs(key_ns=0, pricing=Pricing.JOIN),
        cm.NudgePrice(key_ns=0, ticks=1),
        cm.NudgeQuantity(key_ns=0, lots=1),
        cm.SetQuantity(key_ns=0, percent=50),
    ],
)
def test_what_is_not_staged_cannot_be_changed(command):
    rig = armed()
    rig.command(msgspec.structs.replace(command, key_ns=rig.now))
    assert rig.refused() == {"not_staged": 1}


# -- the screen the operator saw ---------------------------------------------------------------


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("ticks", [-4, -3, 3, 4])
def test_staging_by_a_screen_that_shows_another_market_is_refused(side, ticks):
    rig = armed()
    seen = cm.Seen(rig.now, BID, ASK)
    rig.book(0, BID + ticks * TICK)
    rig.press(cm.Stage, row=0, side=side, seen=seen)
    moved = abs(ticks) > LIMIT_TICKS
    assert rig.refused() == ({"price_moved": 1} if moved else {})
    assert (rig.engine.operator.staged is None) == moved


@pytest.mark.parametrize("pricing", [Pricing.TAKE, Pricing.JOIN])
def test_sending_by_a_screen_that_shows_another_market_drops_the_entry(pricing):
    rig = staged(armed(), pricing=pricing)
    seen = cm.Seen(rig.now, BID, ASK)
    rig.book(0, BID - 4 * TICK)
    assert confirm(rig, seen) == []
    assert rig.refused() == {"price_moved": 1}
    assert rig.engine.operator.state is OperatorState.ARMED


def test_what_moved_away_since_it_was_staged_is_not_taken_and_joined_it_follows():
    for pricing, sent in ((Pricing.TAKE, 0), (Pricing.JOIN, 1)):
        rig = staged(armed(), pricing=pricing)
        rig.book(0, BID + 4 * TICK)
        now = cm.Seen(rig.now, BID + 4 * TICK, ASK + 4 * TICK)
        assert len(confirm(rig, now)) == sent


@pytest.mark.parametrize("kind", ["stage", "send"])
@pytest.mark.parametrize("age_ns", [1 * NS, 1 * NS + 1])
def test_a_key_by_an_old_screen_is_refused_whatever_its_own_age(kind, age_ns):
    rig = armed()
    seen = cm.Seen(rig.now - age_ns, BID, ASK)
    if kind == "stage":
        rig.press(cm.Stage, row=0, side=Side.BUY, seen=seen)
    else:
        confirm(staged(rig), seen)
    assert rig.refused() == ({"old_screen": 1} if age_ns > NS else {})


def test_a_screen_without_a_book_is_judged_by_its_age_alone():
    rig = armed()
    rig.press(cm.Stage, row=0, side=Side.BUY, seen=cm.Seen(rig.now))
    assert rig.engine.operator.staged is not None


# -- sizes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("resets", [False, True])
def test_a_size_holds_for_the_next_entry_unless_it_is_reset(resets):
    rig = armed(OperatorRules(reset_size=resets))
    rig.press(cm.Stage, row=0, side=Side.BUY)
    most = rig.engine.operator.staged.quantity
    rig.press(cm.SetQuantity, percent=25)
    assert shown(rig).percent == 25
    rig.press(cm.DropStage)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    assert rig.engine.operator.staged.quantity == most // 4
    confirm(rig)
    rig.press(cm.Stage, row=1, side=Side.BUY)
    assert shown(rig).percent == (100 if resets else 25)


def test_the_size_goes_by_lots_between_one_and_the_most():
    rig = armed()
    rig.press(cm.Stage, row=0, side=Side.BUY)
    most = rig.engine.operator.staged.quantity
    rig.press(cm.NudgeQuantity, lots=1)
    assert rig.refused() == {"most": 1}
    rig.press(cm.NudgeQuantity, lots=-2)
    assert rig.engine.operator.staged.quantity == most - 2
    rig.press(cm.NudgeQuantity, lots=-most)
    assert rig.engine.operator.staged.quantity == 1


def test_a_stock_nobody_has_is_not_staged():
    rig = armed()
    rig.press(cm.Stage, row=99, side=Side.BUY)
    assert rig.refused() == {"unknown_stock": 1}


def test_taking_entries_back_says_how_many():
    rig = armed()
    rig.press(cm.CancelEntries)
    assert shown_log(rig) == "cancelling entries: there are none"
    confirm(staged(rig))
    rig.press(cm.CancelEntries)
    assert shown_log(rig) == "cancelling entries: 1"


def shown_log(rig: Rig) -> str:
    return take_picture(rig.engine, 1, rig.now, Latency()).log[-1].text
