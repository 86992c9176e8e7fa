"""Cheap stocks and coarse ticks: no price of an order is ever 0, and no entry lacks a way out."""

from __future__ import annotations

import msgspec
import pytest
from engine_rig import STOCKS, Rig
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.core import commands as cm
from tui_scalper.core.checks import Proposal
from tui_scalper.core.config import EngineConfig, EntryRules, ProtectionRules, Style
from tui_scalper.core.effects import ModifyOrder, PlaceOrder
from tui_scalper.core.orders import OrderKind, ReportStatus
from tui_scalper.core.prices import stop_limit, stop_trigger, target_price, trailed_stop
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.room import has_room
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import BP, Side

ticks = st.sampled_from((1, 5, 10, 50, 100, 500))
sides = st.sampled_from(list(Side))
rates = st.integers(1, 20_000)
prices = st.one_of(st.integers(1, 20), st.integers(1, 5_000))
"""In ticks."""


@settings(max_examples=500)
@given(prices, st.integers(1, 5_000), st.integers(0, 1), sides, rates, ticks)
def test_no_price_is_ever_below_one_tick(price, quantity, more, side, rate, tick):
    value = price * tick * quantity + more * tick * (quantity // 2)
    trigger = stop_trigger(value, quantity, side, rate, tick)
    found = (
        trigger,
        stop_limit(trigger, side, rate, tick),
        target_price(value, quantity, side, rate, tick),
        trailed_stop(value, quantity, side, -rate, tick),
        trailed_stop(value, quantity, side, rate, tick),
    )
    assert all(one >= tick and one % tick == 0 for one in found), found


@settings(max_examples=500)
@given(prices, sides, rates, rates, rates, ticks)
def test_room_is_a_price_for_each_and_no_more_risk_than_asked(
    price, side, stop_bp, gap_bp, target_bp, tick
):
    entry = price * tick
    rules = ProtectionRules(stop_bp=stop_bp, stop_gap_bp=gap_bp, target_bp=target_bp)
    trigger = stop_trigger(entry, 1, side, stop_bp, tick)
    limit = stop_limit(trigger, side, gap_bp, tick)
    target = target_price(entry, 1, side, target_bp, tick)
    apart = (target - entry) * side > 0 and (entry - trigger) * side > 0
    apart &= (trigger - limit) * side > 0
    within = (entry - trigger) * side * BP <= entry * stop_bp
    assert has_room(entry, side, rules, tick) == (apart and within)


@settings(max_examples=60)
@given(
    st.one_of(st.integers(2, 12), st.integers(2, 900)),
    st.sampled_from((1, 5, 50)),
    sides,
    st.sampled_from(Style),
)
def test_an_entry_that_leaves_has_a_stop_wherever_it_fills(price, tick, side, style):
    stock = msgspec.structs.replace(STOCKS[0], tick=tick)
    wide = EntryRules(max_slippage_bp=BP, max_from_last_bp=BP, collar_bp=BP // 2)
    config = EngineConfig(
        mode=Mode.SIM, run_id="T", entry=wide, protection=ProtectionRules(style=style)
    )
    rig = Rig(config=config, stocks=(stock, *STOCKS[1:]))
    rig.open_market()
    rig.book(0, price * tick)
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=side)
    staged = rig.engine.operator.staged
    places = []
    if staged is not None:
        sent = rig.press(cm.Confirm, stage_id=staged.stage_id)
        places = [one for one in sent if isinstance(one, PlaceOrder)]
    if not places:
        assert rig.refused()
        assert price < 420 or not rig.refused().get(Refusal.COARSE_TICK.value)
        return
    (entry,) = places
    assert price >= 399
    assert bool(entry.guard) == (style is Style.BROKER)
    order = rig.order(entry.tag)
    rig.place(order)
    rig.report(order, ReportStatus.COMPLETE, price=max(price * tick, tick))
    asked = [one for one in rig.effects if isinstance(one, PlaceOrder | ModifyOrder)]
    stops = [one for one in asked if one.terms.kind is OrderKind.STOP_LIMIT]
    assert all(one.terms.price >= tick and one.terms.trigger >= tick for one in stops)


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(("price", "refused"), [(2, True), (3, True), (399, True), (400, False)])
def test_a_stop_of_a_quarter_percent_needs_four_hundred_ticks(side, price, refused):
    rig = Rig().open_market()
    tick = STOCKS[0].tick
    rig.book(0, price * tick - (side is Side.BUY) * tick)
    wanted = Proposal(row=0, side=side, quantity=1, limit=price * tick)
    assert (Refusal.COARSE_TICK in rig.engine.proposer.objections(wanted)) == refused
