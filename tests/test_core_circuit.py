"""Prices and the circuit limits of the day: no order of ours is asked for outside them."""

from __future__ import annotations

import numpy as np
import pytest
from engine_rig import PRICES, STOCKS, Rig
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core.circuit import drawn_in, inside
from tui_scalper.core.effects import ModifyOrder, PlaceOrder
from tui_scalper.core.orders import OrderKind, OrderTerms
from tui_scalper.core.snapshot import Protection
from tui_scalper.core.units import Side

SIDES = list(Side)


def limited(rig: Rig, low: int, high: int, row: int = 0) -> None:
    rig.engine.table.cells[row, c.LIMIT_LOW] = low
    rig.engine.table.cells[row, c.LIMIT_HIGH] = high


def row_of(low: int, high: int):
    row = np.zeros(c.COLUMNS, dtype=np.int64)
    row[c.LIMIT_LOW], row[c.LIMIT_HIGH] = low, high
    return row


@given(
    price=st.integers(1, 10**7),
    low=st.integers(1, 10**6),
    width=st.integers(1_000, 10**6),
    tick=st.sampled_from((1, 5, 10, 50)),
)
def test_a_price_drawn_in_is_inside_on_the_tick_and_moved_no_more_than_needed(
    price, low, width, tick
):
    price -= price % tick
    row = row_of(low, low + width)
    found = inside(price, row, tick)
    assert low <= found <= low + width
    assert found % tick == 0
    if low <= price <= low + width:
        assert found == price
    else:
        outward = tick if price > found else -tick
        assert not low <= found + outward <= low + width


def test_without_limits_nothing_is_drawn_in():
    terms = OrderTerms(kind=OrderKind.STOP_LIMIT, quantity=1, price=5, trigger=10)
    assert drawn_in(terms, row_of(0, 0), 5) is terms


def test_a_price_an_order_does_not_name_stays_unnamed():
    broker_held = OrderTerms(kind=OrderKind.STOP_LIMIT, quantity=1, price=0, trigger=10)
    found = drawn_in(broker_held, row_of(50, 100), 5)
    assert (found.price, found.trigger) == (0, 50)


@pytest.mark.parametrize("side", SIDES)
def test_a_stop_whose_limit_would_lie_outside_rests_at_the_limit(side):
    rig = Rig().open_market()
    position = rig.hold(0, side)
    trigger = position.stop(rig.config.protection)
    edge = trigger - side * 50
    limited(rig, *((edge, PRICES[0] * 2) if side is Side.BUY else (1, edge)))
    terms = position.wanted_terms(rig.engine.table.cells[0], rig.config.protection)
    assert (terms.price, terms.trigger) == (edge, trigger)


@pytest.mark.parametrize("side", SIDES)
def test_a_forced_exit_asks_no_price_outside(side):
    rig = Rig().open_market()
    rig.hold(0, side)
    edge = PRICES[0] - 10 if side is Side.BUY else PRICES[0] + 15
    limited(rig, *((edge, PRICES[0] * 2) if side is Side.BUY else (1, edge)))
    (change,) = [one for one in rig.press(cm.Flatten, row=0) if isinstance(one, ModifyOrder)]
    assert change.terms.price == edge


@pytest.mark.parametrize("side", SIDES)
def test_a_target_outside_is_asked_for_at_the_limit(side):
    rig = Rig().open_market()
    position = rig.hold(0, side)
    target = position.target(rig.config.protection)
    edge = target - side * 20
    rig.book(0, target if side is Side.BUY else target - STOCKS[0].tick)
    limited(rig, *((1, edge) if side is Side.BUY else (edge, PRICES[0] * 2)))
    terms = position.wanted_terms(rig.engine.table.cells[0], rig.config.protection)
    assert (terms.kind, terms.price) == (OrderKind.LIMIT, edge)


@pytest.mark.parametrize("side", SIDES)
def test_an_entry_near_a_limit_is_refused_and_named(side):
    rig = Rig().open_market()
    limited(rig, PRICES[0] * 995 // 1_000, PRICES[0] * 1_005 // 1_000)
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=side)
    staged = rig.engine.operator.staged
    sent = rig.press(cm.Confirm, stage_id=staged.stage_id) if staged else []
    assert not [one for one in sent if isinstance(one, PlaceOrder)]
    assert rig.refused()["circuit"] >= 1


def test_limits_that_move_onto_an_open_position_leave_it_protected():
    rig = Rig().open_market()
    position = rig.hold()
    limited(rig, position.exit.terms.trigger + 2 * STOCKS[0].tick, PRICES[0] * 2)
    rig.book(0, PRICES[0])
    assert position.protection() is Protection.PROTECTED
