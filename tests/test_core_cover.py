"""Stops the broker holds from the entry on: found, moved, left through, replaced when lost."""

from __future__ import annotations

import msgspec
import pytest
from engine_rig import MS, PRICES, START, Rig
from test_core_recovery import HELD, place
from test_core_restart import BOUGHT
from test_gates_by_hand import by_hand

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig, ProtectionRules, Style
from tui_scalper.core.effects import (
    CancelOrder,
    ExitStop,
    ModifyOrder,
    OrderRequest,
    PlaceOrder,
    PollOrderBook,
)
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.journalled import Record
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import (
    Holding,
    Leg,
    OrderKind,
    OrderReport,
    OrderTerms,
    ReportStatus,
)
from tui_scalper.core.snapshot import Mode, Protection, Severity
from tui_scalper.core.units import NS, Side

ASK = PRICES[0] + 5
SIDES = pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
ID = "LEG1"
OVER = (ReportStatus.COMPLETE, ReportStatus.CANCELLED, ReportStatus.REJECTED)


def covered(**rules: object) -> Rig:
    """An open market and an engine that leaves its stops to the broker."""
    protection = ProtectionRules(style=Style.BROKER, **rules)  # type: ignore[arg-type]
    config = EngineConfig(mode=Mode.SIM, run_id="T", protection=protection)
    return Rig(config=config).open_market()


def leg(rig: Rig, entry, status=ReportStatus.TRIGGER_PENDING, filled=0, **fields) -> OrderReport:
    """What the broker says of the stop it holds for `entry`: for all that filled, its own price."""
    side = entry.side
    terms = {"kind": OrderKind.STOP_LIMIT, "quantity": entry.filled, "trigger": fields.pop("at", 0)}
    terms |= fields.pop("terms", {})
    terms["trigger"] = terms["trigger"] or guard_of(rig, entry)
    price = fields.pop("price", terms["trigger"] - side * 5_00)
    return OrderReport(
        order_id=fields.pop("order_id", ID),
        tag=entry.tag,
        row=entry.row,
        symbol=entry.symbol,
        side=side.opposite,
        terms=OrderTerms(price=price, **terms),
        status=status,
        filled=terms["quantity"] if status is ReportStatus.COMPLETE else filled,
        filled_value=(terms["quantity"] if status is ReportStatus.COMPLETE else filled) * price,
        leg=Leg.STOP,
        parent_id=entry.order_id,
        **fields,
    )


def guard_of(rig: Rig, entry) -> int:
    (sent,) = [one for one in rig.effects if isinstance(one, PlaceOrder) and one.tag == entry.tag]
    return sent.guard


def test_a_second_stop_ahead_of_news_of_its_fill_is_left_alone():
    """The first closed all we know of; the next is for shares of which news are on their way."""
    rig = covered()
    entry = rig.enter(0)
    rig.place(entry)
    most = entry.wanted.quantity
    rig.report(entry, ReportStatus.OPEN, most - 3)
    told(rig, leg(rig, entry, ReportStatus.COMPLETE))
    second = leg(rig, entry, order_id="LEG2", terms={"quantity": 3})
    assert not [one for one in told(rig, second) if isinstance(one, CancelOrder)]
    rig.report(entry, ReportStatus.COMPLETE)
    told(rig, second)
    position = rig.desk.positions[0]
    assert (position.held, position.protection()) == (3, Protection.PROTECTED)


def told(rig: Rig, report: OrderReport) -> list:
    return rig.give(ev.OrderReported(at_ns=rig.now, report=report))


def asked(effects) -> list:
    return [effect for effect in effects if isinstance(effect, OrderRequest)]


def fill(rig: Rig, side: Side = Side.BUY, shares: int | None = None):
    """An entry that filled at the best; its stop was not seen yet."""
    entry = rig.enter(0, side)
    rig.place(entry)
    price = ASK if side is Side.BUY else PRICES[0]
    status = ReportStatus.COMPLETE if shares is None else ReportStatus.OPEN
    effects = rig.report(entry, status, shares, price=price)
    assert asked(effects) == [], "nothing is placed beside the stop of the broker"
    assert any(isinstance(one, PollOrderBook) for one in effects)
    return entry


def hold(rig: Rig, side: Side = Side.BUY):
    """A position behind the stop of the broker."""
    entry = fill(rig, side)
    effects = told(rig, leg(rig, entry))
    position = rig.desk.positions[0]
    for change in asked(effects):  # the average entry was not the expected one
        rig.give(ev.ModifyAccepted(at_ns=rig.now, order_id=change.order_id))
        told(rig, leg(rig, entry, at=change.terms.trigger))
    assert position.protection() is Protection.PROTECTED
    return entry, position


@SIDES
def test_an_entry_carries_the_trigger_of_its_stop(side):
    rig = covered()
    entry = rig.enter(0, side)
    (sent,) = asked(rig.effects)
    assert sent.leg is Leg.GUARDED is entry.leg
    best = ASK if side is Side.BUY else PRICES[0]
    distance = (best - sent.guard) * side
    assert 0 < distance <= best * 25 // 10_000
    assert sent.guard % 5 == 0


def test_by_default_it_carries_none():
    rig = Rig().open_market()
    entry = rig.enter()
    (sent,) = asked(rig.effects)
    assert (sent.guard, sent.leg, entry.leg) == (0, Leg.PLAIN, Leg.PLAIN)


@SIDES
def test_the_stop_of_the_broker_is_found_by_its_entry_and_guards(side):
    rig = covered()
    entry, position = hold(rig, side)
    stop = position.exit
    assert (stop.leg, stop.order_id, stop.parent_id) == (Leg.STOP, ID, entry.order_id)
    assert position.exits == [stop]
    assert stop.terms.trigger == position.stop(rig.config.protection)


def test_the_tag_of_the_entry_on_the_stop_confuses_nobody():
    rig = covered()
    entry = fill(rig)
    told(rig, leg(rig, entry))
    assert (entry.filled, entry.state) == (entry.wanted.quantity, OrderState.FILLED)
    assert rig.desk.positions[0].held == entry.filled
    other = covered()
    entry = fill(other)
    told(other, msgspec.structs.replace(leg(other, entry), tag=""))
    assert other.desk.positions[0].protection() is Protection.PROTECTED


def test_a_better_price_than_expected_moves_the_trigger():
    rig = covered()
    entry = rig.enter()
    rig.place(entry)
    rig.report(entry, ReportStatus.COMPLETE, price=ASK - 2_00)
    (change,) = asked(told(rig, leg(rig, entry)))
    assert isinstance(change, ModifyOrder)
    assert (change.order_id, change.leg, change.parent_id) == (ID, Leg.STOP, entry.order_id)
    assert change.terms.trigger < guard_of(rig, entry)
    told(rig, leg(rig, entry, at=change.terms.trigger))
    assert rig.desk.positions[0].exit.state is OrderState.WORKING


def test_the_stop_grows_with_the_entry_without_being_asked():
    rig = covered()
    entry = fill(rig, shares=40)
    told(rig, leg(rig, entry))
    position = rig.desk.positions[0]
    assert position.protection() is Protection.PROTECTED
    effects = rig.report(entry, ReportStatus.OPEN, 70, price=ASK)
    assert asked(effects) == []
    assert any(isinstance(one, PollOrderBook) for one in effects)
    assert position.protection() is Protection.UNPROTECTED
    told(rig, leg(rig, entry))
    assert position.protection() is Protection.PROTECTED
    assert rig.engine.chronicle.faults == {}


def test_a_stop_that_does_not_grow_is_left_through():
    rig = covered()
    entry = fill(rig, shares=40)
    told(rig, leg(rig, entry))
    rig.report(entry, ReportStatus.COMPLETE, price=ASK)
    small = leg(rig, entry, terms={"quantity": 40})
    rig.wait(4_900 * MS)
    rig.poll_answer([rig.describe(entry, ReportStatus.COMPLETE, price=ASK), small])
    assert rig.desk.positions[0].goal is Goal.PROTECT
    effects = rig.wait(200 * MS)
    assert [type(one) for one in asked(effects)] == [ExitStop]
    assert rig.desk.positions[0].reason == "stop lost"


def test_a_trigger_refused_before_the_stop_grew_is_asked_again_later():
    rig = covered()
    entry = rig.enter()
    rig.place(entry)
    rig.report(entry, ReportStatus.OPEN, 40, price=ASK - 2_00)
    (change,) = asked(told(rig, leg(rig, entry)))
    rig.report(entry, ReportStatus.OPEN, 70, price=ASK - 2_00)
    rig.give(ev.ModifyRefused(at_ns=rig.now, order_id=ID, text="busy"))
    (again,) = asked(rig.wait(1_100 * MS))
    assert (again.order_id, again.terms.trigger) == (ID, change.terms.trigger)
    assert rig.desk.positions[0].goal is Goal.PROTECT


def test_an_unfilled_rest_is_taken_back_as_part_of_a_cover_order():
    rig = covered()
    entry = fill(rig, shares=40)
    told(rig, leg(rig, entry))
    (cancel,) = asked(rig.wait(1_600 * MS))
    assert cancel == CancelOrder(order_id=entry.order_id, leg=Leg.GUARDED)
    rig.report(entry, ReportStatus.CANCELLED, 40, price=ASK)
    position = rig.desk.positions[0]
    assert (position.held, position.protection()) == (40, Protection.PROTECTED)


def test_the_target_leaves_through_the_stop_at_once():
    rig = covered()
    entry, position = hold(rig)
    target = position.target(rig.config.protection)
    (leaving,) = asked(rig.book(0, target))
    assert isinstance(leaving, ExitStop)
    assert (leaving.order_id, leaving.parent_id) == (ID, entry.order_id)
    assert (position.goal, position.reason) == (Goal.EXIT, "target at market")
    rig.give(ev.ModifyAccepted(at_ns=rig.now, order_id=ID))
    sold = {"kind": OrderKind.LIMIT}
    told(rig, leg(rig, entry, ReportStatus.COMPLETE, terms=sold, price=target))
    assert rig.desk.positions == {}
    (trade,) = rig.desk.trades
    assert (trade.reason, trade.exit_value) == ("target at market", target * trade.quantity)


def test_an_exit_that_hangs_is_asked_again_only_while_it_does_not_reach_the_best():
    rig = covered()
    entry, position = hold(rig)
    (first,) = asked(rig.press(cm.Flatten, row=0))
    assert isinstance(first, ExitStop)
    rig.give(ev.ModifyAccepted(at_ns=rig.now, order_id=ID))
    limit = {"kind": OrderKind.LIMIT}
    at_market = leg(rig, entry, ReportStatus.OPEN, terms=limit, price=PRICES[0] - 1_00)
    told(rig, at_market)
    assert asked(rig.wait(3 * NS)) == [], "it reaches the best"
    rig.book(0, PRICES[0] - 3_00)
    (again,) = asked(rig.wait(1_100 * MS))
    assert isinstance(again, ExitStop)
    assert len(position.exits) == 1


def test_a_jumped_stop_is_left_through():
    rig = covered()
    entry, _ = hold(rig)
    below = leg(rig, entry).terms.price - 5_00
    rig.book(0, below)
    (leaving,) = asked(rig.wait(600 * MS))
    assert isinstance(leaving, ExitStop)


@SIDES
def test_a_stop_without_a_limit_cannot_be_jumped(side):
    rig = covered()
    entry = fill(rig, side)
    for change in asked(told(rig, leg(rig, entry, price=0))):
        told(rig, leg(rig, entry, at=change.terms.trigger, price=0))
    rig.book(0, PRICES[0] - side * 20_00)
    assert asked(rig.wait(2 * NS)) == []
    assert rig.desk.positions[0].goal is Goal.PROTECT


def test_break_even_and_trail_move_the_trigger_alone():
    rig = covered()
    _, position = hold(rig)
    rig.book(0, PRICES[0] + 4_00)
    (change,) = asked(rig.press(cm.BreakEven, row=0))
    assert isinstance(change, ModifyOrder)
    assert change.leg is Leg.STOP
    assert change.terms.trigger == position.even()


def test_a_rejected_stop_is_replaced_by_our_own_and_then_left():
    rig = covered()
    entry = fill(rig)
    (own,) = asked(told(rig, leg(rig, entry, ReportStatus.REJECTED, text="no stops today")))
    assert isinstance(own, PlaceOrder)
    assert (own.terms.kind, own.terms.quantity) == (OrderKind.STOP_LIMIT, entry.filled)
    position = rig.desk.positions[0]
    assert position.protection() is Protection.UNPROTECTED
    alarms = [line.text for line in rig.engine.chronicle.lines if line.severity is Severity.ALARM]
    assert any("UNPROTECTED" in text and "a stop of our own" in text for text in alarms)
    rig.place(rig.order(own.tag))
    (wider,) = asked(rig.report(rig.order(own.tag), ReportStatus.REJECTED, text="nor yours"))
    assert wider.terms.kind is OrderKind.STOP_LIMIT
    rig.place(rig.order(wider.tag))
    (leaving,) = asked(rig.report(rig.order(wider.tag), ReportStatus.REJECTED, text="nor this"))
    assert leaving.terms.kind is OrderKind.LIMIT


def test_our_own_stop_in_its_place_takes_the_target_like_any_other():
    rig = covered()
    entry = fill(rig)
    (own,) = asked(told(rig, leg(rig, entry, ReportStatus.REJECTED)))
    order = rig.order(own.tag)
    rig.place(order)
    rig.report(order, ReportStatus.TRIGGER_PENDING)
    position = rig.desk.positions[0]
    assert position.protection() is Protection.PROTECTED
    (taking,) = asked(rig.book(0, position.target(rig.config.protection)))
    assert isinstance(taking, ModifyOrder)
    assert position.goal is Goal.TAKE


def test_a_stop_taken_away_is_an_exit():
    rig = covered()
    entry, position = hold(rig)
    (leaving,) = asked(told(rig, leg(rig, entry, ReportStatus.CANCELLED)))
    assert isinstance(leaving, PlaceOrder)
    assert leaving.terms.kind is OrderKind.LIMIT
    assert position.reason == "stop lost"


@SIDES
def test_a_stop_for_more_than_is_held_says_so_and_is_left_through(side):
    rig = covered()
    rig.poll_answer([])
    rig.alone = False
    entry, position = hold(rig, side)
    bought = position.held
    (leaving,) = asked(told(rig, by_hand(side.opposite, 30)))
    assert isinstance(leaving, ExitStop)
    assert (position.goal, position.reason) == (Goal.EXIT, GoalInput.STOP_WIDE.value)
    alarms = [one.text for one in rig.engine.chronicle.lines if one.severity is Severity.ALARM]
    says = f"stop is for {bought} shares, {bought - 30} are held"
    assert [says in text for text in alarms].count(True) == 1
    (back,) = asked(told(rig, leg(rig, entry, ReportStatus.COMPLETE)))
    assert isinstance(back, PlaceOrder)
    assert (back.side, back.terms.quantity) == (side, 30)


def test_a_stop_nobody_sees_is_unknown_then_absent_then_ours():
    rig = covered()
    entry = fill(rig)
    done = rig.describe(entry, ReportStatus.COMPLETE, price=ASK)
    position = rig.desk.positions[0]
    effects = rig.wait(2_100 * MS)
    assert position.exit.state is OrderState.UNKNOWN
    assert position.protection() is Protection.UNKNOWN
    for _ in range(3):
        effects += rig.poll_answer([done])
        effects += rig.wait(1_000 * MS)
    assert asked(effects) == [], "three books prove nothing"
    effects = rig.poll_answer([done])
    (own,) = asked(effects)
    assert (own.terms.kind, own.terms.quantity) == (OrderKind.STOP_LIMIT, entry.filled)
    rig.alone = False
    rig.place(rig.order(own.tag))
    rig.report(rig.order(own.tag), ReportStatus.TRIGGER_PENDING)
    (back,) = asked(told(rig, leg(rig, entry)))
    assert back == CancelOrder(order_id=ID, leg=Leg.STOP), "it turns up: one too many"


def test_the_stop_filled_while_its_exit_is_asked():
    rig = covered()
    entry, _ = hold(rig)
    rig.press(cm.Flatten, row=0)
    told(rig, leg(rig, entry, ReportStatus.COMPLETE))
    rig.give(ev.ModifyRefused(at_ns=rig.now, order_id=ID, text="already complete"))
    assert asked(rig.wait(3 * NS)) == []
    assert rig.desk.positions == {}
    assert len(rig.desk.trades) == 1


def test_an_unanswered_exit_is_looked_up_and_asked_again():
    rig = covered()
    entry, position = hold(rig)
    rig.press(cm.Flatten, row=0)
    rig.give(ev.ChangeUnknown(at_ns=rig.now, order_id=ID, text="cut"))
    assert position.exit.state is OrderState.UNKNOWN
    assert asked(rig.wait(1_500 * MS)) == []
    waiting = leg(rig, entry, at=position.exit.terms.trigger)
    (again,) = asked(rig.poll_answer([rig.describe(entry, ReportStatus.COMPLETE), waiting]))
    assert isinstance(again, ExitStop)


def test_an_exit_refused_twice_gives_the_stop_up_for_an_exit_of_our_own():
    rig = covered()
    entry, _ = hold(rig)
    effects = rig.press(cm.Flatten, row=0)
    for _ in range(2):
        assert [type(one) for one in asked(effects)] == [ExitStop]
        effects = rig.give(ev.ModifyRefused(at_ns=rig.now, order_id=ID, text="no"))
    (back,) = asked(effects)
    assert back == CancelOrder(order_id=ID, leg=Leg.STOP)
    rig.give(ev.CancelAccepted(at_ns=rig.now, order_id=ID))
    (own,) = asked(told(rig, leg(rig, entry, ReportStatus.CANCELLED)))
    assert isinstance(own, PlaceOrder)


def test_shares_bought_after_the_stop_was_hit_wait_for_the_next_stop():
    rig = covered()
    entry = fill(rig, shares=40)
    told(rig, leg(rig, entry))
    told(rig, leg(rig, entry, ReportStatus.COMPLETE))
    effects = rig.report(entry, ReportStatus.CANCELLED, 60, price=ASK)
    assert asked(effects) == []
    position = rig.desk.positions[0]
    assert (position.held, position.exit.seen) == (20, False)
    told(rig, leg(rig, entry, order_id="LEG2", terms={"quantity": 20}))
    assert position.protection() is Protection.PROTECTED
    assert [one.order_id for one in position.exits] == [ID, "LEG2"]


def test_a_second_stop_rejected_ahead_of_the_fill_of_the_first_is_no_reason_to_sell_twice():
    rig = covered()
    entry = fill(rig, shares=40)
    told(rig, leg(rig, entry))
    second = leg(rig, entry, ReportStatus.REJECTED, order_id="LEG2", terms={"quantity": 20})
    assert asked(told(rig, second)) == [], "the first stop still guards, as far as we know"
    rig.report(entry, ReportStatus.CANCELLED, 60, price=ASK)
    effects = told(rig, leg(rig, entry, ReportStatus.COMPLETE, terms={"quantity": 40}))
    (own,) = asked(effects)
    assert isinstance(own, PlaceOrder)
    assert own.terms.quantity == 20


def test_a_flatten_before_the_stop_is_seen_goes_through_it():
    rig = covered()
    entry = fill(rig)
    assert asked(rig.press(cm.Flatten, row=0)) == []
    (leaving,) = asked(told(rig, leg(rig, entry)))
    assert isinstance(leaving, ExitStop)


def test_news_of_the_stop_ahead_of_its_entry_asks_the_book():
    rig = covered()
    entry = rig.enter()
    rig.place(entry)
    whole = entry.wanted.quantity
    early = leg(rig, entry, ReportStatus.COMPLETE, terms={"quantity": whole})
    effects = told(rig, early)
    assert [type(one) for one in effects] == [PollOrderBook]
    assert rig.desk.strangers.net[0] == 0
    rig.poll_answer([early, rig.describe(entry, ReportStatus.COMPLETE, price=ASK)])
    assert rig.desk.positions == {}
    assert len(rig.desk.trades) == 1


@pytest.mark.parametrize("tagged", [True, False])
def test_a_lost_answer_of_the_entry_is_resolved_with_its_stop(tagged):
    rig = covered()
    entry = rig.enter()
    rig.give(ev.PlaceUnknown(at_ns=rig.now, tag=entry.tag, text="cut"))
    done = rig.describe(entry, ReportStatus.COMPLETE, price=ASK, order_id="P1")
    entry_as_seen = msgspec.structs.replace(
        leg(rig, entry, terms={"quantity": done.filled}),
        parent_id="P1",
        tag=entry.tag if tagged else "",
    )
    assert asked(told(rig, entry_as_seen)) == []
    assert entry.state is OrderState.UNKNOWN
    effects = rig.poll_answer([entry_as_seen, done])
    assert [one for one in asked(effects) if isinstance(one, PlaceOrder)] == []
    position = rig.desk.positions[0]
    assert (position.held, position.exit.order_id) == (done.filled, ID)
    assert (entry.order_id, entry.state) == ("P1", OrderState.FILLED)


def test_a_cover_order_of_somebody_else_is_theirs():
    rig = covered()
    rig.alone = False
    theirs = OrderReport(
        order_id="S2",
        tag="",
        row=0,
        symbol="ALPHA",
        side=Side.SELL,
        terms=OrderTerms(kind=OrderKind.STOP_LIMIT, quantity=10, price=990_00, trigger=991_00),
        status=ReportStatus.COMPLETE,
        filled=10,
        filled_value=10 * 990_00,
        leg=Leg.STOP,
        parent_id="S1",
    )
    rig.poll_answer([])
    told(rig, theirs)
    assert rig.desk.strangers.net[0] == -10
    assert rig.desk.positions == {}


def test_what_was_booked_as_somebody_elses_stays_theirs():
    rig = covered()
    rig.alone = False
    rig.poll_answer([])
    entry = rig.enter()
    theirs = msgspec.structs.replace(
        leg(rig, entry, ReportStatus.OPEN, 5, terms={"quantity": 10}), tag="", parent_id="P9"
    )
    rig.give(ev.Placed(at_ns=rig.now, tag=entry.tag, order_id="P8"))
    told(rig, theirs)
    assert rig.desk.strangers.net[0] == -5
    other = rig.enter(1)
    rig.give(ev.Placed(at_ns=rig.now, tag=other.tag, order_id="P9"))
    rig.report(other, ReportStatus.COMPLETE, price=PRICES[1] + 10)
    told(rig, msgspec.structs.replace(theirs, filled=7))
    assert rig.desk.strangers.net[0] == -7
    assert rig.desk.positions[1].exited == 0


def test_a_stop_that_lapses_with_the_session_asks_nothing_and_is_said():
    rig = covered()
    entry, position = hold(rig)
    rig.desk.market_closes(int(rig.engine.table.cells[0, c.GROUP]))
    assert asked(told(rig, leg(rig, entry, ReportStatus.CANCELLED))) == []
    assert position.protection() is not Protection.PROTECTED
    alarms = [line.text for line in rig.engine.chronicle.lines if line.severity is Severity.ALARM]
    assert any("UNPROTECTED" in text for text in alarms)


@pytest.mark.parametrize(("shown", "asks"), [(0, False), (PRICES[0], False), (PRICES[0] + 5, True)])
def test_an_exit_shown_without_a_price_is_at_the_market(shown, asks):
    rig = covered()
    entry, _ = hold(rig)
    rig.press(cm.Flatten, row=0)
    rig.give(ev.ModifyAccepted(at_ns=rig.now, order_id=ID))
    limit = {"kind": OrderKind.LIMIT}
    effects = told(rig, leg(rig, entry, ReportStatus.OPEN, terms=limit, price=shown))
    assert [type(one) for one in asked(effects + rig.wait(1_100 * MS))] == [ExitStop] * asks


def test_a_cover_order_by_hand_counts_though_one_of_ours_was_refused_before():
    rig = covered()
    rig.alone = False
    rig.poll_answer([])
    entry = rig.enter(0)
    rig.give(ev.PlaceRefused(at_ns=rig.now, tag=entry.tag, text="margin"))
    theirs = rig.describe(entry, ReportStatus.COMPLETE, price=ASK, order_id="HAND")
    theirs = msgspec.structs.replace(theirs, tag="")
    told(rig, theirs)
    stop = msgspec.structs.replace(
        theirs, order_id="HANDLEG", parent_id="HAND", side=theirs.side.opposite, leg=Leg.STOP
    )
    told(rig, stop)
    assert rig.desk.strangers.net[0] == 0


@pytest.mark.parametrize("heard", [True, False])
def test_a_stop_awaited_since_before_a_restart_is_in_doubt_at_once(heard):
    """Seeds 621460 and 1003765: the wait began anew with the run, and nothing was guarded."""
    rig = Rig(config=covered().config)
    entry = place("TE1", guard=997_50)
    filled = ev.OrderReported(at_ns=START - 60 * NS, report=BOUGHT)
    past = (entry, *HELD[2:3], filled)[: 3 if heard else 2]
    records = [Record(seq=n, at_ns=START - 60 * NS, body=one) for n, one in enumerate(past)]
    rig.engine.begin(records, START, latched=False)
    rig.open_market()
    rig.poll_answer([BOUGHT])
    rig.now += 1
    ten = Holding(row=0, symbol="ALPHA", quantity=10, value=10 * 1_000_00)
    rig.give(ev.PositionsReported(at_ns=rig.now, holdings=(ten,), asked_ns=rig.now))
    rig.wait(10 * MS)
    assert rig.desk.positions[0].exit.state is OrderState.UNKNOWN
