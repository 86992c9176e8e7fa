"""Hard cases of the engine: what goes wrong when time, news and answers come badly."""

from __future__ import annotations

import msgspec
import pytest
from engine_rig import MS, PRICES, START, STOCKS, Rig, fill_book, last_line

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core import proposer
from tui_scalper.core.config import EngineConfig, EntryRules, RiskLimits, SignalRules
from tui_scalper.core.effects import CancelOrder, ModifyOrder, PlaceOrder, PollOrderBook
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.order_news import ODD_UPDATE
from tui_scalper.core.order_table import OrderInput, OrderState
from tui_scalper.core.orders import OrderKind, ReportStatus
from tui_scalper.core.picture import take_picture
from tui_scalper.core.prices import collared
from tui_scalper.core.snapshot import Latency, Mode, OperatorState, Protection
from tui_scalper.core.units import NS, Side

S = ReportStatus


def kinds(effects, kind):
    """The effects of one kind."""
    return [effect for effect in effects if isinstance(effect, kind)]


def last_exit(position):
    """The newest exit order, which must be there."""
    assert position.exit is not None
    return position.exit


def with_an_absent_exit(rig):
    """A position whose first stop was doubted and then proven absent; and that stop."""
    entry = rig.enter()
    rig.place(entry)
    rig.report(entry, S.COMPLETE, price=PRICES[0] + 5)
    position = rig.desk.positions[0]
    lost = last_exit(position)
    rig.give(ev.PlaceUnknown(at_ns=rig.now, tag=lost.tag, text="time-out"))
    rig.now += 4 * NS
    for _ in range(4):
        rig.now += 1 * NS
        rig.poll_answer([rig.describe(entry, S.COMPLETE)])
    assert lost.state is OrderState.ABSENT
    return position, lost


# -- time ----------------------------------------------------------------------------------


def test_what_is_due_leaves_with_a_quiet_frame_too():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    rig.now += 1_500 * MS
    assert len(kinds(rig.book(1, PRICES[1]), CancelOrder)) == 1


@pytest.mark.parametrize("late", [8 * NS, 300 * NS])
def test_nothing_is_sent_after_staging_or_arming_ran_out_unnoticed(late):
    rig = Rig().open_market()
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    rig.now += late
    rig.engine.table.cells[0, c.RECEIVED_NS] = rig.now
    assert kinds(rig.press(cm.Confirm, stage_id=1), PlaceOrder) == []
    assert rig.engine.operator.state is not OperatorState.STAGED


def test_events_that_say_an_earlier_time_do_not_stretch_the_order_rate():
    rig = Rig().open_market()
    position = rig.hold()
    rig.give(ev.ClockTicked(at_ns=rig.now + 10 * NS))
    stop = last_exit(position)
    sent = 0
    for _ in range(30):
        rig.press(cm.Flatten, row=0)
        back = ev.OrderReported(
            at_ns=START, report=rig.describe(stop, S.OPEN, terms=rig_terms(stop))
        )
        sent += len(kinds(rig.give(back), ModifyOrder))
    assert len(rig.requests) <= 10
    assert stop.asked_ns >= START + 10 * NS


def rig_terms(order):
    """Terms that are never the wanted ones."""
    return type(order.wanted)(
        kind=OrderKind.LIMIT, quantity=order.wanted.quantity, price=order.wanted.price + 5
    )


# -- entries -------------------------------------------------------------------------------


def test_entry_taken_back_while_on_its_way_is_cancelled_when_it_lands():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.press(cm.CancelEntries)
    rig.wait(100 * MS)
    assert kinds(rig.place(entry), CancelOrder) == [CancelOrder(order_id=entry.order_id)]


def test_remainder_is_taken_back_though_the_stop_was_jumped_for_a_moment():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    rig.report(entry, S.OPEN, 10, price=PRICES[0] + 5)
    stop = last_exit(rig.desk.positions[0])
    rig.place(stop)
    rig.report(stop, S.TRIGGER_PENDING)
    rig.book(0, 980_00)
    rig.wait(100 * MS)
    rig.book(0, PRICES[0])
    assert len(kinds(rig.wait(1_400 * MS), CancelOrder)) == 1


def test_refused_cancellations_are_not_repeated_in_a_storm():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    rig.wait(1_500 * MS)
    rig.effects.clear()
    for _ in range(30):
        rig.wait(50 * MS)
        if entry.state is OrderState.CANCELLING:
            rig.give(ev.CancelRefused(at_ns=rig.now, order_id=entry.order_id, text="busy"))
            rig.poll_answer([rig.describe(entry, S.OPEN)])
    assert len(kinds(rig.effects, CancelOrder)) <= 2


def test_entry_thought_absent_that_turns_up_working_is_taken_back_and_guarded():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.give(ev.PlaceUnknown(at_ns=rig.now, tag=entry.tag, text="time-out"))
    rig.now += 4 * NS
    for _ in range(4):
        rig.now += 1 * NS
        rig.poll_answer()
    assert entry.state is OrderState.ABSENT
    assert len(kinds(rig.report(entry, S.OPEN), CancelOrder)) == 1
    filled = rig.report(entry, S.COMPLETE, price=PRICES[0] + 5)
    assert kinds(filled, PlaceOrder)[0].terms.quantity == entry.wanted.quantity


def test_late_fill_under_the_kill_latch_leaves_at_once():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    rig.wait(1_500 * MS)
    rig.report(entry, S.CANCELLED)
    rig.press(cm.Kill)
    (leaving,) = kinds(rig.report(entry, S.COMPLETE, price=PRICES[0] + 5), PlaceOrder)
    assert leaving.terms.kind is OrderKind.LIMIT


def test_late_fill_of_a_position_already_closed_is_guarded_and_counted_once():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    rig.report(entry, S.OPEN, 10, price=PRICES[0] + 5)
    stop = last_exit(rig.desk.positions[0])
    rig.place(stop)
    rig.report(stop, S.TRIGGER_PENDING)
    rig.wait(1_500 * MS)
    rig.report(entry, S.CANCELLED)
    rig.report(stop, S.COMPLETE, price=stop.wanted.trigger)
    assert rig.desk.positions == {}
    (guard,) = kinds(rig.report(entry, S.COMPLETE, price=PRICES[0] + 5), PlaceOrder)
    assert guard.terms.quantity == entry.wanted.quantity - 10
    second = rig.order(guard.tag)
    rig.place(second)
    rig.report(second, S.COMPLETE, price=PRICES[0])
    (trade,) = rig.desk.trades
    assert trade.quantity == entry.wanted.quantity
    assert rig.desk.day.realised == trade.pnl
    assert rig.desk.day.wins + rig.desk.day.losses == 1
    assert rig.desk.entered == 1


# -- exits ---------------------------------------------------------------------------------


def test_exits_that_are_rejected_are_tried_again_and_again_without_a_storm():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    rig.report(entry, S.COMPLETE, price=PRICES[0] + 5)
    position = rig.desk.positions[0]
    rig.effects.clear()
    for _ in range(600):
        exit_order = last_exit(position)
        if exit_order.state is OrderState.SENT:
            rig.give(ev.PlaceRefused(at_ns=rig.now, tag=exit_order.tag, text="no margin"))
        rig.wait(100 * MS)
    assert 5 <= len(kinds(rig.effects, PlaceOrder)) <= 30


def test_known_order_missing_from_a_book_is_not_given_up():
    rig = Rig().open_market()
    position = rig.hold()
    stop = last_exit(position)
    rig.press(cm.Flatten, row=0)
    rig.give(ev.ChangeUnknown(at_ns=rig.now, order_id=stop.order_id, text="time-out"))
    assert stop.state is OrderState.UNKNOWN
    rig.now += 10 * NS
    rig.poll_answer()
    assert stop.state is OrderState.UNKNOWN
    assert position.exits == [stop]


def test_exit_thought_absent_that_turns_up_is_taken_back():
    rig = Rig().open_market()
    position, lost = with_an_absent_exit(rig)
    assert lost.state is OrderState.ABSENT
    second = last_exit(position)
    assert second is not lost
    rig.place(second)
    report = rig.describe(lost, S.OPEN, order_id="LATE")
    effects = list(rig.engine.receive(ev.OrderReported(at_ns=rig.now, report=report)))
    assert effects == [CancelOrder(order_id="LATE")]


def test_exit_that_turns_up_after_the_position_closed_is_taken_back():
    rig = Rig().open_market()
    position, lost = with_an_absent_exit(rig)
    second = last_exit(position)
    rig.place(second)
    rig.report(second, S.COMPLETE)
    assert rig.desk.positions == {}
    late = rig.describe(lost, S.TRIGGER_PENDING, order_id="LATE")
    effects = rig.engine.receive(ev.OrderReported(at_ns=rig.now, report=late))
    assert kinds(effects, CancelOrder) == [CancelOrder(order_id="LATE")]
    rig.report(lost, S.CANCELLED)
    assert rig.desk.positions == {}
    assert len(rig.desk.trades) == 1


def test_exit_that_cannot_be_changed_is_replaced():
    rig = Rig().open_market()
    position = rig.hold()
    stop = last_exit(position)
    rig.press(cm.Flatten, row=0)
    rig.effects.clear()
    for _ in ("asked at the best itself", "given up"):
        rig.give(ev.ModifyRefused(at_ns=rig.now, order_id=stop.order_id, text="too many changes"))
    rig.wait(1 * NS)
    assert kinds(rig.effects, CancelOrder) == [CancelOrder(order_id=stop.order_id)]
    (leaving,) = kinds(rig.report(stop, S.CANCELLED), PlaceOrder)
    assert leaving.terms.kind is OrderKind.LIMIT
    assert leaving.terms.quantity == position.held
    assert position.goal is Goal.EXIT


def test_second_order_under_one_tag_does_not_speak_for_the_first():
    rig = Rig().open_market()
    position = rig.hold()
    stop = last_exit(position)
    twin = rig.describe(stop, S.REJECTED, order_id="TWIN", text="duplicate")
    effects = rig.give(ev.OrderReported(at_ns=rig.now, report=twin))
    assert kinds(effects, PlaceOrder) == []
    assert position.protection() is Protection.PROTECTED


def test_fill_without_a_price_counts_at_the_limit():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    report = rig.describe(entry, S.COMPLETE)
    valueless = msgspec.structs.replace(report, filled_value=0)
    (leaving,) = kinds(rig.give(ev.OrderReported(at_ns=rig.now, report=valueless)), PlaceOrder)
    # At its limit, the worst it can have paid, the stop of this entry is already passed.
    assert leaving.terms.price == 995_00
    assert entry.value == entry.filled * entry.wanted.price
    # The price comes later, with the next report of the same fills.
    rig.report(entry, S.COMPLETE, price=PRICES[0] + 5)
    assert entry.value == entry.filled * (PRICES[0] + 5)


def test_exit_price_is_on_the_tick_though_the_last_price_is_not():
    rig = Rig().open_market()
    position = rig.hold(0, Side.SELL)
    rig.engine.table.cells[0, c.ASK_PRICE : c.ASK_PRICE + 5] = 0
    rig.engine.table.cells[0, c.LTP] = 13
    (change,) = kinds(rig.press(cm.Flatten, row=0), ModifyOrder)
    assert change.terms.price == 15
    assert position.goal is Goal.EXIT


# -- proposals -----------------------------------------------------------------------------


def test_balanced_book_is_no_signal_though_the_band_begins_at_half():
    rules = SignalRules(pressure_low_bp=5_000)
    config = EngineConfig(mode=Mode.SIM, run_id="T", signals=rules)
    rig = Rig(config=config).open_market()
    rig.press(cm.Arm)
    rig.press(cm.AutoOn)
    cells = rig.engine.table.cells[0]
    cells[c.ASK_QUANTITY : c.ASK_QUANTITY + 5] = 500_000
    cells[c.TOTAL_BUY] = cells[c.TOTAL_SELL] = 500_000
    assert kinds(rig.frame(0), PlaceOrder) == []


@pytest.mark.parametrize("side", list(Side))
def test_price_cannot_be_nudged_beyond_the_collar(side):
    rig = Rig().open_market()
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=side)
    rig.press(cm.NudgePrice, ticks=side * 4_000)
    (sent,) = kinds(rig.press(cm.Confirm, stage_id=1), PlaceOrder)
    assert sent.terms.price == {Side.BUY: 1_003_05, Side.SELL: 997_00}[side]


# -- pictures ------------------------------------------------------------------------------


def test_rows_without_a_book_are_not_shown_as_signals():
    rig = Rig()
    rows = take_picture(rig.engine, 1, rig.now, Latency()).signals
    assert all(row.blockers for row in rows)
    rig.open_market(lean=1)
    rows = take_picture(rig.engine, 2, rig.now, Latency()).signals
    assert not any(row.blockers for row in rows)
    rig.engine.table.forget()
    rows = take_picture(rig.engine, 3, rig.now, Latency()).signals
    assert all(row.blockers for row in rows)
    assert rig.sent(PollOrderBook) == []


def test_impossible_fills_are_counted_and_change_nothing():
    rig = Rig().open_market()
    position = rig.hold()
    stop = last_exit(position)
    for filled in (-1, stop.wanted.quantity + 1, 2**31):
        assert rig.report(stop, S.OPEN, filled) == []
    assert rig.desk.blotter.errors == 3
    assert position.held == position.bought


def test_report_with_our_tag_and_no_number_is_ours():
    rig = Rig().open_market()
    position = rig.hold()
    stop = last_exit(position)
    report = rig.describe(stop, S.COMPLETE, price=PRICES[0])
    unnumbered = msgspec.structs.replace(report, order_id="")
    rig.give(ev.OrderReported(at_ns=rig.now, report=unnumbered))
    assert rig.desk.positions == {}


# -- terms ---------------------------------------------------------------------------------


def test_report_with_fewer_fills_than_known_is_old_and_its_terms_do_not_count():
    rig = Rig().open_market()
    position = rig.hold()
    stop = last_exit(position)
    old = rig_terms(stop)
    rig.report(stop, S.OPEN, 40, price=stop.wanted.trigger)
    assert rig.report(stop, S.OPEN, 10, price=stop.wanted.trigger, terms=old) == []
    assert stop.terms == stop.wanted


def test_terms_in_force_count_though_their_change_was_called_refused():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    rig.report(entry, S.OPEN, 30, price=PRICES[0] + 5)
    position = rig.desk.positions[0]
    stop = last_exit(position)
    rig.place(stop)
    rig.report(entry, S.OPEN, 50, price=PRICES[0] + 5)
    grown = stop.wanted
    rig.give(ev.ModifyRefused(at_ns=rig.now, order_id=stop.order_id, text="?"))
    assert stop.open_quantity == 30
    rig.report(stop, S.TRIGGER_PENDING, terms=grown)
    assert stop.open_quantity == 50 == position.held


# -- what waits, what was missed, what comes back ------------------------------------------


def test_exits_wait_for_a_full_order_rate_and_then_leave_by_themselves():
    limits = RiskLimits(orders_per_second=1, exit_reserve=0)
    rig = Rig(config=EngineConfig(mode=Mode.SIM, run_id="T", risk=limits)).open_market()
    entry = rig.enter()
    rig.place(entry)
    assert kinds(rig.report(entry, S.COMPLETE, price=PRICES[0] + 5), PlaceOrder) == []
    (stop,) = kinds(rig.wait(1 * NS), PlaceOrder)
    rig.place(rig.order(stop.tag))
    rig.report(rig.order(stop.tag), S.TRIGGER_PENDING)
    assert kinds(rig.press(cm.Flatten, row=0), ModifyOrder) == []
    (leaving,) = kinds(rig.wait(1 * NS), ModifyOrder)
    assert leaving.terms.kind is OrderKind.LIMIT


def test_target_that_ran_out_while_the_stop_was_passed_unseen_leaves():
    rig = Rig().open_market()
    position = rig.hold()
    rig.book(0, 1_010_10)
    rig.report(last_exit(position), S.OPEN)
    fill_book(rig.engine.table.cells[0], 990_00, 990_05, at_ns=rig.now)
    rig.wait(2 * NS)
    assert (position.goal, position.reason) == (Goal.EXIT, GoalInput.STOP_PASSED.value)


def test_stop_whose_change_was_refused_because_the_market_passed_it_leaves():
    rig = Rig().open_market()
    position = rig.hold()
    rig.book(0, 1_003_00)
    rig.press(cm.BreakEven, row=0)
    stop = last_exit(position)
    assert stop.state is OrderState.MODIFYING
    fill_book(rig.engine.table.cells[0], 999_00, 999_05, at_ns=rig.now)
    effects = rig.give(
        ev.ModifyRefused(at_ns=rig.now, order_id=stop.order_id, text="trigger beyond the last")
    )
    assert position.reason == GoalInput.STOP_PASSED.value
    (leaving,) = kinds(effects, ModifyOrder)
    assert leaving.terms.kind is OrderKind.LIMIT


def test_exit_of_an_earlier_position_that_turns_up_unfilled_is_only_taken_back():
    rig = Rig().open_market()
    first, lost = with_an_absent_exit(rig)
    second = last_exit(first)
    rig.place(second)
    rig.report(second, S.COMPLETE)
    rig.wait(120 * NS)
    rig.book(0, PRICES[0])
    newer = rig.hold()
    held = newer.held
    late = rig.describe(lost, S.TRIGGER_PENDING, order_id="LATE")
    rig.alone = False
    effects = rig.give(ev.OrderReported(at_ns=rig.now, report=late))
    assert kinds(effects, CancelOrder) == [CancelOrder(order_id="LATE")]
    assert (newer.held, rig.desk.positions[0]) == (held, newer)


@pytest.mark.parametrize("status", [S.CANCELLED, S.COMPLETE])
def test_exit_of_an_earlier_position_that_turns_up_over_leaves_nothing_to_take_back(status):
    rig = Rig().open_market()
    first, lost = with_an_absent_exit(rig)
    second = last_exit(first)
    rig.place(second)
    rig.report(second, S.COMPLETE)
    rig.wait(120 * NS)
    rig.book(0, PRICES[0])
    newer = rig.hold()
    held = newer.held
    late = rig.describe(lost, status, order_id="LATE")
    rig.alone = False
    effects = rig.give(ev.OrderReported(at_ns=rig.now, report=late))
    assert CancelOrder(order_id="LATE") not in effects
    sold = lost.wanted.quantity if status is S.COMPLETE else 0
    assert newer.held == held - sold


# -- odd news ------------------------------------------------------------------------------


def test_an_update_larger_than_ever_asked_is_not_believed_and_the_order_book_is_asked():
    rig = Rig().open_market()
    position = rig.hold()
    stop = last_exit(position)
    terms = msgspec.structs.replace(stop.terms, quantity=stop.terms.quantity + 5)
    effects = rig.report(stop, S.COMPLETE, terms=terms)
    assert kinds(effects, PollOrderBook)
    assert (stop.filled, position.held) == (0, stop.terms.quantity)
    assert rig.engine.chronicle.faults[ODD_UPDATE] == 1


def test_an_order_in_doubt_is_not_doubted_again():
    rig = Rig().open_market()
    stop = last_exit(rig.hold())
    rig.press(cm.Flatten, row=0)
    for _ in range(2):
        rig.give(ev.ChangeUnknown(at_ns=rig.now, order_id=stop.order_id, text="time-out"))
    assert stop.state is OrderState.UNKNOWN
    assert sum("is UNKNOWN" in line.text for line in rig.engine.chronicle.lines) == 1


def test_a_second_live_order_under_our_tag_is_an_alarm_and_left_alone():
    rig = Rig().open_market()
    stop = last_exit(rig.hold())
    twin = rig.describe(stop, S.TRIGGER_PENDING, order_id="TWIN")
    assert rig.give(ev.OrderReported(at_ns=rig.now, report=twin)) == []
    assert "close it at the broker by hand" in last_line(rig.engine)
    harmless = rig.describe(stop, S.REJECTED, order_id="TWIN2")
    said = len(rig.engine.chronicle.lines)
    rig.give(ev.OrderReported(at_ns=rig.now, report=harmless))
    assert len(rig.engine.chronicle.lines) == said


def test_a_stop_that_works_though_it_was_refused_is_no_second_one():
    rig = Rig().open_market()
    rig.alone = False
    entry = rig.enter()
    rig.place(entry)
    rig.report(entry, S.COMPLETE, price=PRICES[0] + 5)
    position = rig.desk.positions[0]
    refused = last_exit(position)
    rig.give(ev.PlaceRefused(at_ns=rig.now, tag=refused.tag, text="timed out at the exchange"))
    second = last_exit(position)
    rig.place(second)
    rig.report(second, S.TRIGGER_PENDING)
    rig.now += NS
    shown = rig.describe(refused, S.TRIGGER_PENDING, order_id="LATE")
    sent = rig.poll_answer(
        [rig.describe(entry, S.COMPLETE), shown, rig.describe(second, S.TRIGGER_PENDING)]
    )
    assert [one.order_id for one in kinds(sent, CancelOrder)] == ["LATE"]
    assert position.protection() is Protection.PROTECTED


@pytest.mark.parametrize("killed", [False, True])
def test_an_entry_that_works_though_it_was_refused_is_taken_back_and_guarded(killed):
    rig = Rig().open_market()
    entry = rig.enter()
    rig.give(ev.PlaceRefused(at_ns=rig.now, tag=entry.tag, text="timed out at the exchange"))
    assert not rig.desk.positions
    if killed:
        rig.press(cm.Kill)
    rig.now += 2 * NS
    sent = rig.report(entry, S.OPEN, order_id="LATE") + rig.wait(0)
    assert [one.order_id for one in kinds(sent, CancelOrder)] == ["LATE"]
    rig.report(entry, S.COMPLETE, price=PRICES[0] + 5)
    (exit_,) = kinds(rig.effects, PlaceOrder)[1:]
    assert exit_.terms.kind is (OrderKind.LIMIT if killed else OrderKind.STOP_LIMIT)
    rig.report(rig.order(exit_.tag), S.REJECTED, text="and refused later on")
    assert last_exit(rig.desk.positions[0]).tag != exit_.tag


def test_an_answer_that_comes_twice_changes_nothing():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    number, state = entry.order_id, entry.state
    for again in (
        ev.Placed(at_ns=rig.now, tag=entry.tag, order_id=number),
        ev.PlaceRefused(at_ns=rig.now, tag=entry.tag, text="late word of a retry"),
    ):
        assert kinds(rig.give(again), PlaceOrder | ModifyOrder | CancelOrder) == []
        assert (entry.order_id, entry.state) == (number, state)
    position = rig.hold(1)
    stop = last_exit(position)
    rig.give(ev.Placed(at_ns=rig.now, tag=stop.tag, order_id=stop.order_id))
    assert position.protection() is Protection.PROTECTED


def test_a_poll_that_fails_concludes_nothing_and_is_asked_again():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.give(ev.PlaceUnknown(at_ns=rig.now, tag=entry.tag, text="time-out"))
    rig.effects.clear()
    for _ in range(8):
        rig.wait(NS)
        rig.give(ev.PollFailed(at_ns=rig.now, what="order book", text="HTTP 503"))
    assert entry.state is OrderState.UNKNOWN, "no book was seen, so nothing is absent"
    assert len(kinds(rig.effects, PollOrderBook)) >= 4
    assert any("order book: HTTP 503" in line.text for line in rig.engine.chronicle.lines)


def test_a_halted_stock_takes_no_entry_and_keeps_its_stop_until_it_trades_again():
    rig = Rig().open_market()
    position = rig.hold()
    for _ in range(60):
        rig.wait(NS)
        rig.book(1, PRICES[1])
        rig.give(
            ev.OrderReported(at_ns=rig.now, report=rig.describe(position.exit, S.TRIGGER_PENDING))
        )
    assert position.protection() is Protection.PROTECTED
    assert kinds(rig.effects, PlaceOrder | ModifyOrder | CancelOrder) == []
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=2, side=Side.BUY)
    assert rig.refused() == {"stale_book": 1}
    jumped = position.exit.terms.price - 100
    rig.book(0, jumped)
    rig.wait(500 * MS)
    assert position.goal is Goal.EXIT


def test_a_stock_whose_order_turned_up_late_takes_no_entry_for_a_minute():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.give(ev.PlaceUnknown(at_ns=rig.now, tag=entry.tag, text="time-out"))
    for _ in range(8):
        rig.wait(NS)
        rig.poll_answer()
    assert entry.state is OrderState.ABSENT

    def staged():
        before = rig.engine.chronicle.refused.copy()
        rig.book(0, PRICES[0])
        rig.press(cm.Arm)
        rig.press(cm.Stage, row=0, side=Side.SELL)
        return dict(rig.engine.chronicle.refused - before)

    assert staged() == {"order_unknown": 1}
    rig.wait(50 * NS)
    assert staged() == {"order_unknown": 1}
    rig.wait(15 * NS)
    assert staged() == {}


def test_bad_input_of_the_feed_is_counted_and_said_once_a_minute():
    rig = Rig().open_market()

    def seen(fault, later=0):
        rig.now += later
        before = len(rig.engine.chronicle.lines)
        rig.give(ev.FaultsSeen(at_ns=rig.now, fault=fault, count=3, detail="cut short"))
        return [line.text for line in list(rig.engine.chronicle.lines)[before:]]

    kind, other = list(ev.FeedFault)[:2]
    assert seen(kind) == [f"feed: {kind.value}, 3 so far: cut short"]
    assert seen(kind, 60 * NS - 1) == []
    assert seen(other) == [f"feed: {other.value}, 3 so far: cut short"]
    assert seen(kind, 1) == [f"feed: {kind.value}, 9 so far: cut short"]
    assert rig.engine.chronicle.faults[kind.value] == 9


def test_news_an_order_cannot_have_is_counted_and_moves_nothing():
    rig = Rig().open_market()
    entry = rig.hold().entry
    before = entry.state, entry.text
    assert not rig.desk.blotter.apply(entry, OrderInput.MODIFY_SENT, rig.now, "odd")
    assert (entry.state, entry.text) == before
    assert rig.desk.blotter.errors == 1


# -- the engine's own proposals ------------------------------------------------------------


def test_a_frame_full_of_refused_candidates_leaves_the_rest_to_the_next(monkeypatch):
    monkeypatch.setattr(proposer, "PROPOSALS_A_FRAME", 2)
    refuse_all = EntryRules(min_depth_pct=10**9)
    config = EngineConfig(mode=Mode.SIM, run_id="T", entry=refuse_all)
    rig = Rig(config=config).open_market()
    rig.press(cm.Arm)
    rig.press(cm.AutoOn)
    for row, price in enumerate(PRICES):
        fill_book(rig.engine.table.cells[row], price, price + 10, at_ns=rig.now)
    rig.frame(0, 1, 2)
    assert sum(rig.refused().values()) == 2
    rig.frame(0, 1, 2)
    assert sum(rig.refused().values()) == 3


def test_nothing_is_proposed_once_auto_is_off():
    rig = Rig().open_market(lean=1)
    rig.engine.proposer.propose_the_strongest()
    assert rig.wait(1 * MS) == []


def test_a_row_refused_for_the_same_reason_is_said_once_a_signal():
    config = EngineConfig(mode=Mode.SIM, run_id="T", entry=EntryRules(min_depth_pct=10**9))
    rig = Rig(config=config).open_market()
    rig.press(cm.Arm)
    rig.press(cm.AutoOn)
    rig.book(0, PRICES[0], lean=1)
    rig.wait(rig.config.risk.refusal_cooldown_ns)
    rig.book(0, PRICES[0], lean=1)
    assert rig.refused() == {"shallow_book": 1}
    rig.wait(rig.config.risk.refusal_cooldown_ns)
    rig.book(0, PRICES[0], lean=0)
    rig.book(0, PRICES[0], lean=1)
    assert rig.refused() == {"shallow_book": 2}


def test_a_limit_stays_where_it_is_without_a_book_to_collar_it_by():
    rig = Rig().open_market()
    rig.engine.table.cells[0, c.ASK_PRICE] = 0
    assert rig.engine.proposer.inside_collar(0, Side.BUY, 12_345) == 12_345
    collar = collared(PRICES[0], Side.SELL, rig.config.entry.collar_bp, STOCKS[0].tick)
    assert rig.engine.proposer.inside_collar(0, Side.SELL, 12_345) == collar


# -- a market at another pace --------------------------------------------------------------


def test_at_another_pace_what_a_person_has_left_stays_as_long_for_them():
    rig = Rig(config=EngineConfig(mode=Mode.REPLAY, run_id="T")).open_market()
    rig.press(cm.Pace, percent=200)
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    operator = rig.engine.operator
    armed, staged = operator.armed_until_ns - rig.now, operator.staged.expires_ns - rig.now
    rig.press(cm.Pace, percent=400)
    assert operator.armed_until_ns - rig.now == 2 * armed
    assert operator.staged.expires_ns - rig.now == 2 * staged


def test_no_other_market_and_no_pace_of_nothing_is_taken():
    for mode, percent in ((Mode.SIM, 200), (Mode.REPLAY, 0)):
        rig = Rig(config=EngineConfig(mode=mode, run_id="T")).open_market()
        rig.press(cm.Pace, percent=percent)
        assert rig.refused() == {"not_possible": 1}


# -- what the screen looks at --------------------------------------------------------------


def test_what_the_screen_looks_at_is_bounded_and_of_this_market():
    rig = Rig().open_market()
    rig.press(cm.Focus, row=2)
    rig.press(cm.Focus, row=99)
    assert rig.engine.commander.focus == 2
    rig.press(cm.Watch, ladders=1_000, signals=-1)
    assert (rig.engine.commander.watched_ladders, rig.engine.commander.watched_signals) == (12, 0)


@pytest.mark.parametrize("signals", [0, 1, 3])
def test_ladders_are_filled_however_few_lines_the_ranked_list_has(signals):
    rig = Rig().open_market()
    for row in range(3):
        rig.book(row, PRICES[row])
    rig.press(cm.Watch, ladders=3, signals=signals)
    seen = take_picture(rig.engine, 1, rig.now, Latency())
    assert sorted(ladder.row for ladder in seen.ladders) == [0, 1, 2]
    assert len(seen.signals) == signals


# -- second legs ---------------------------------------------------------------------------


def test_a_leg_booked_as_somebody_elses_before_its_entry_was_known_stays_so():
    rig = Rig().open_market()
    rig.alone = False
    rig.poll_answer([])
    entry = rig.enter()
    report = rig.describe(entry, S.COMPLETE, order_id="C1")
    leg = msgspec.structs.replace(report, tag="", side=Side.SELL, parent_id="LATER")
    rig.give(ev.OrderReported(at_ns=rig.now, report=leg))
    rig.give(ev.Placed(at_ns=rig.now, tag=entry.tag, order_id="LATER"))
    rig.report(entry, S.COMPLETE)
    before = rig.desk.strangers.net[0]
    rig.give(ev.OrderReported(at_ns=rig.now, report=leg))
    assert rig.desk.blotter.by_id("C1") is None
    assert rig.desk.strangers.net[0] == before


def test_a_leg_listed_before_its_entry_filled_is_left_for_the_next_book():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    report = rig.describe(entry, S.TRIGGER_PENDING, order_id="C1")
    leg = msgspec.structs.replace(report, tag="", side=Side.SELL, parent_id=entry.order_id)
    rig.poll_answer([rig.describe(entry, S.OPEN), leg])
    assert rig.desk.blotter.by_id("C1") is None
    assert rig.desk.strangers.net == {}
