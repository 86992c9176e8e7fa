"""The stop: there in time, as large as what is held; rejected, jumped over, replaced."""

from __future__ import annotations

import pytest
from engine_rig import PRICES, Rig
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.blotter import Order
from tui_scalper.core.config import EngineConfig, ProtectionRules
from tui_scalper.core.effects import CancelOrder, Effect, ModifyOrder, PlaceOrder
from tui_scalper.core.goal_table import Goal
from tui_scalper.core.orders import OrderKind, ReportStatus
from tui_scalper.core.snapshot import Mode, Protection, Severity
from tui_scalper.core.units import BP, MS, NS, Side

GUARD_NS = 2 * NS
"""I5: no share is longer without a stop that rests."""
RULES = ProtectionRules()
NO_RETRY = EngineConfig(mode=Mode.SIM, run_id="T", protection=ProtectionRules(stop_retries=0))
SIDES = pytest.mark.parametrize("side", [Side.BUY, Side.SELL])


def places(effects: list[Effect]) -> list[PlaceOrder]:
    return [effect for effect in effects if isinstance(effect, PlaceOrder)]


def filled(rig: Rig, side: Side = Side.BUY) -> Order:
    """An entry all filled at the bid; the stop that was sent with it, not answered yet."""
    entry = rig.enter(0, side)
    rig.place(entry)
    (stop,) = places(rig.report(entry, ReportStatus.COMPLETE, price=PRICES[0]))
    assert stop.terms.kind is OrderKind.STOP_LIMIT
    return rig.order(stop.tag)


def reject(
    rig: Rig, order: Order, after_ns: int = 100 * MS, text: str = "trigger too near"
) -> list[Effect]:
    """The broker numbers `order` and rejects it a while after it was sent."""
    rig.wait(after_ns)
    rig.place(order)
    return rig.report(order, ReportStatus.REJECTED, text=text)


@SIDES
def test_a_rejected_stop_is_alarmed_and_tried_once_more_wider(side):
    rig = Rig().open_market()
    stop = filled(rig, side)
    (again,) = places(reject(rig, stop))
    position = rig.desk.positions[0]
    assert position.protection() is Protection.UNPROTECTED
    alarms = [line.text for line in rig.engine.chronicle.lines if line.severity is Severity.ALARM]
    assert any("UNPROTECTED" in text and "trigger too near" in text for text in alarms)
    first, second = stop.wanted, again.terms
    assert (second.kind, second.quantity) == (OrderKind.STOP_LIMIT, first.quantity)
    gap = PRICES[0] * RULES.stop_gap_bp // BP
    assert 0 < (first.trigger - second.trigger) * side <= gap + position.instrument.tick
    assert abs(second.price - second.trigger) > abs(first.price - first.trigger)
    retried = rig.order(again.tag)
    rig.place(retried)
    rig.report(retried, ReportStatus.TRIGGER_PENDING)
    assert position.protection() is Protection.PROTECTED
    assert position.goal is Goal.PROTECT


def test_a_stop_rejected_again_leaves_at_market():
    rig = Rig().open_market()
    stop = filled(rig)
    began = rig.now
    (again,) = places(reject(rig, stop))
    (leaving,) = places(reject(rig, rig.order(again.tag)))
    assert leaving.terms.kind is OrderKind.LIMIT
    # 50 bp below the bid, rounded inwards.
    assert leaving.terms.price == 995_00
    assert rig.desk.positions[0].reason == "stop lost"
    assert rig.now - began < GUARD_NS


def test_no_second_try_where_it_is_not_wanted_too_late_or_of_no_use():
    for config, after_ns, text in (
        (NO_RETRY, 100 * MS, "trigger too near"),
        (Rig().config, 600 * MS, "trigger too near"),
        (Rig().config, 100 * MS, "Price is outside the Circuit limits."),
    ):
        rig = Rig(config=config).open_market()
        (leaving,) = places(reject(rig, filled(rig), after_ns, text))
        assert leaving.terms.kind is OrderKind.LIMIT
        assert rig.desk.positions[0].goal is Goal.EXIT


def grown(rig: Rig) -> Order:
    """A stop for half of what is held since, whose trail the broker refused."""
    entry = rig.enter()
    rig.place(entry)
    half = entry.wanted.quantity // 2
    (first,) = places(rig.report(entry, ReportStatus.OPEN, half, price=PRICES[0]))
    stop = rig.order(first.tag)
    rig.report(entry, ReportStatus.COMPLETE, price=PRICES[0])
    rig.book(0, PRICES[0] * 1_004 // 1_000)
    (asked,) = changes(rig.place(stop))
    assert (asked.terms.quantity, asked.terms.trigger > first.terms.trigger) == (
        entry.filled,
        True,
    )
    return stop


def changes(effects: list[Effect]) -> list[ModifyOrder]:
    return [effect for effect in effects if isinstance(effect, ModifyOrder)]


def refuse(rig: Rig, order: Order) -> list[Effect]:
    """The broker refuses the change asked for last, soon."""
    rig.wait(100 * MS)
    text = "Trigger price for stoploss sell orders cannot be at or above the last traded price"
    return rig.give(ev.ModifyRefused(at_ns=rig.now, order_id=order.order_id, text=text))


TRAILED = EngineConfig(mode=Mode.SIM, run_id="T", protection=ProtectionRules(trail_bp=25))


def test_a_stop_whose_trail_is_refused_guards_all_that_is_held_where_it_is():
    """Seed 200028 of a soak: our last price was older than the broker's."""
    rig = Rig(config=TRAILED).open_market()
    stop = grown(rig)
    (change,) = changes(refuse(rig, stop))
    rests = stop.terms
    assert (change.terms.trigger, change.terms.price) == (rests.trigger, rests.price)
    held = rig.desk.positions[0].held
    assert change.terms.quantity == held > rests.quantity
    (trailed,) = changes(rig.report(stop, ReportStatus.TRIGGER_PENDING) + rig.wait(2 * NS))
    assert trailed.terms.trigger > rests.trigger, "tried again when all is guarded"


def test_a_stop_that_cannot_be_made_to_guard_all_is_left():
    rig = Rig(config=TRAILED).open_market()
    stop = grown(rig)
    refuse(rig, stop)
    assert changes(refuse(rig, stop)) == [], "not at once again"
    assert len(changes(rig.wait(NS))) == 1
    (leaving,) = changes(refuse(rig, stop))
    assert leaving.terms.kind is OrderKind.LIMIT
    assert rig.desk.positions[0].goal is Goal.EXIT


def test_a_stop_cancelled_by_somebody_else_leaves_at_market():
    rig = Rig().open_market()
    position = rig.hold()
    (leaving,) = places(rig.report(position.exit, ReportStatus.CANCELLED))
    assert leaving.terms.kind is OrderKind.LIMIT
    assert position.reason == "stop lost"


def test_no_second_try_beyond_the_market():
    """Where the last price is past the wider stop as well, only an exit can leave."""
    rig = Rig().open_market()
    stop = filled(rig)
    rig.book(0, PRICES[0] * 99 // 100 // 5 * 5)
    (leaving,) = places(reject(rig, stop))
    assert leaving.terms.kind is OrderKind.LIMIT
    assert rig.desk.positions[0].reason == "stop passed"


def test_a_kill_is_not_held_up_by_a_second_try():
    rig = Rig().open_market()
    stop = filled(rig)
    rig.press(cm.Kill)
    (leaving,) = places(reject(rig, stop))
    assert leaving.terms.kind is OrderKind.LIMIT


@SIDES
def test_a_price_that_jumps_over_the_stop_makes_it_an_exit(side):
    """The limit of a triggered stop lies behind the market: it is moved, not doubled."""
    rig = Rig().open_market()
    position = rig.hold(side=side)
    away = PRICES[0] * (BP - side * 200) // BP // 5 * 5
    assert not places(rig.book(0, away))
    effects = rig.wait(RULES.jump_ns)
    (change,) = [effect for effect in effects if isinstance(effect, ModifyOrder)]
    assert not places(effects)
    assert change.order_id == position.exit.order_id
    assert change.terms.kind is OrderKind.LIMIT
    assert (change.terms.price - away) * side < 0, "beyond the market, it can fill"
    assert position.reason == "stop jumped"


@given(
    side=st.sampled_from([Side.BUY, Side.SELL]),
    fills=st.lists(st.tuples(st.integers(1, 60), st.integers(1, 400)), min_size=1, max_size=6),
    answer=st.integers(1, 300),
)
def test_the_stop_rests_in_time_and_matches_what_is_filled(side, fills, answer):
    """Fills come in pieces, answers `answer` ms late: 2 s after each, all that is held rests."""
    rig = Rig().open_market()
    entry = rig.enter(0, side)
    rig.place(entry)
    asked = entry.wanted.quantity
    for share, pause in fills:
        rig.wait(pause * MS)
        if not entry.live:
            break
        total = min(entry.filled + max(asked * share // 100, 1), asked)
        status = ReportStatus.COMPLETE if total == asked else ReportStatus.OPEN
        rig.report(entry, status, total, price=PRICES[0])
        position = rig.desk.positions[0]
        assert position.exit is not None, "the stop leaves with the first fill"
        ends = rig.now + GUARD_NS
        while rig.now < ends - answer * MS and not guarded(rig):
            answered(rig, answer * MS)
        assert guarded(rig)
        assert position.protection() is Protection.PROTECTED


def guarded(rig: Rig) -> bool:
    """Whether the stop known to rest is as large as what is held."""
    position = rig.desk.positions[0]
    stop = position.exit
    rests = stop is not None and stop.settled and stop.seen
    return rests and stop.terms.quantity - stop.filled == position.held


def answered(rig: Rig, late_ns: int) -> None:
    """The broker carries out what was asked by now, and says so `late_ns` later."""
    asked = [(order, order.wanted) for order in rig.desk.blotter.live() if order.in_flight]
    cancelled = {one.order_id for one in rig.sent(CancelOrder)}
    rig.wait(late_ns)
    for order, terms in asked:
        if not order.order_id:
            rig.place(order)
        if order.order_id in cancelled:
            rig.report(order, ReportStatus.CANCELLED, terms=terms)
        elif order.wanted.kind is OrderKind.STOP_LIMIT:
            rig.report(order, ReportStatus.TRIGGER_PENDING, terms=terms)
