"""The engine from key to closed trade, with a broker played by hand."""

from __future__ import annotations

import msgspec
import pytest
from engine_rig import FUNDS, MS, PRICES, SESSION_END, START, STOCKS, Rig, last_line

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig, OperatorRules, RiskLimits
from tui_scalper.core.costs import NSE_INTRADAY, order_costs
from tui_scalper.core.effects import CancelOrder, ModifyOrder, PlaceOrder, PollFunds, PollOrderBook
from tui_scalper.core.goal_table import Goal
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import OrderKind, OrderTerms, ReportStatus
from tui_scalper.core.refusals import REFUSAL_TEXT, Refusal
from tui_scalper.core.snapshot import Mode, OperatorState, Protection
from tui_scalper.core.units import NS, Side, rupees
from tui_scalper.core.venues import Phase

S = ReportStatus


def only(effects, kind):
    """The one effect of `kind` among `effects`."""
    found = [effect for effect in effects if isinstance(effect, kind)]
    assert len(found) == 1, effects
    return found[0]


def none_of(effects, *kinds):
    """No effect of these kinds."""
    assert not [effect for effect in effects if isinstance(effect, kinds)], effects


# -- the straight way ----------------------------------------------------------------------


@pytest.mark.parametrize("side", list(Side))
def test_from_arming_to_target_with_the_exact_result(side):
    rig = Rig().open_market()
    assert rig.engine.operator.state is OperatorState.DISARMED
    entry = rig.enter(0, side)
    bid, ask = PRICES[0], PRICES[0] + 5
    # The collar is 30 bp beyond the opposite best, rounded inwards to the tick of 5 paise.
    assert entry.terms.price == {Side.BUY: 1_003_05, Side.SELL: 997_00}[side]
    # A tenth of Rs 10,00,000 at that price.
    assert entry.terms.quantity == FUNDS // 10 // entry.terms.price
    rig.place(entry)
    price = ask if side is Side.BUY else bid
    stop_sent = only(rig.report(entry, S.COMPLETE, price=price), PlaceOrder)
    assert stop_sent.side is side.opposite
    assert (
        stop_sent.terms
        == {
            Side.BUY: OrderTerms(
                kind=OrderKind.STOP_LIMIT, quantity=entry.filled, price=995_55, trigger=997_55
            ),
            Side.SELL: OrderTerms(
                kind=OrderKind.STOP_LIMIT, quantity=entry.filled, price=1_004_55, trigger=1_002_50
            ),
        }[side]
    )
    position = rig.desk.positions[0]
    assert position.protection() is Protection.UNPROTECTED
    stop = rig.order(stop_sent.tag)
    rig.place(stop)
    rig.report(stop, S.TRIGGER_PENDING)
    assert position.protection() is Protection.PROTECTED

    target = {Side.BUY: 1_010_10, Side.SELL: 990_00}[side]
    near = target - 5 * side
    none_of(rig.book(0, *quotes(side, near)), ModifyOrder)
    change = only(rig.book(0, *quotes(side, target)), ModifyOrder)
    assert change.order_id == stop.order_id
    assert change.terms == OrderTerms(kind=OrderKind.LIMIT, quantity=entry.filled, price=target)
    assert position.protection() is Protection.TAKING
    rig.give(ev.ModifyAccepted(at_ns=rig.now, order_id=stop.order_id))
    rig.report(stop, S.OPEN)
    rig.report(stop, S.COMPLETE, price=target)
    assert rig.desk.positions == {}
    (trade,) = rig.desk.trades
    assert trade.reason == "target"
    assert trade.pnl == entry.filled * abs(target - price)
    costs = order_costs(NSE_INTRADAY, side, entry.value)
    costs += order_costs(NSE_INTRADAY, side.opposite, stop.value)
    assert trade.costs == costs
    assert (rig.desk.day.wins, rig.desk.day.losses) == (1, 0)
    assert rig.desk.day.realised == trade.pnl


def quotes(side, own_best):
    """Bid and ask such that the best a position on `side` would sell to is `own_best`."""
    return (own_best, own_best + 5) if side is Side.BUY else (own_best - 5, own_best)


@pytest.mark.parametrize("side", list(Side))
def test_stop_hit_closes_with_a_loss(side):
    rig = Rig().open_market()
    position = rig.hold(0, side)
    stop = position.exit
    rig.report(stop, S.OPEN, terms=stop.wanted)
    rig.report(stop, S.OPEN, 40, price=stop.wanted.trigger)
    assert position.held == position.bought - 40
    none_of(rig.effects, PlaceOrder, ModifyOrder)
    rig.report(stop, S.COMPLETE, price=stop.wanted.trigger)
    (trade,) = rig.desk.trades
    assert trade.reason == "stop"
    entry_price = position.entry.value // position.bought
    assert trade.pnl == -abs(entry_price - stop.wanted.trigger) * trade.quantity
    assert rig.desk.day.losses == 1


def test_triggered_stop_shown_as_a_limit_order_is_left_alone():
    rig = Rig().open_market()
    stop = rig.hold().exit
    shown = OrderTerms(kind=OrderKind.LIMIT, quantity=stop.wanted.quantity, price=stop.wanted.price)
    assert rig.report(stop, S.OPEN, terms=shown) == []


def test_partial_entry_is_guarded_and_its_remainder_taken_back():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    first = only(rig.report(entry, S.OPEN, 30, price=PRICES[0] + 5), PlaceOrder)
    assert first.terms.quantity == 30
    stop = rig.order(first.tag)
    rig.place(stop)
    change = only(rig.report(entry, S.OPEN, 50, price=PRICES[0] + 5), ModifyOrder)
    assert change.terms.quantity == 50
    rig.report(stop, S.TRIGGER_PENDING)
    none_of(rig.wait(1_400 * MS), CancelOrder)
    assert only(rig.wait(200 * MS), CancelOrder).order_id == entry.order_id
    rig.give(ev.CancelAccepted(at_ns=rig.now, order_id=entry.order_id))
    rig.effects.clear()
    rig.report(entry, S.CANCELLED, 60)
    # Ten more shares filled before the cancellation got through: the stop grows.
    assert only(rig.effects, ModifyOrder).terms.quantity == 60
    rig.report(stop, S.TRIGGER_PENDING)
    assert rig.desk.positions[0].protection() is Protection.PROTECTED
    assert rig.desk.entered == 1


def test_unfilled_entry_leaves_nothing_and_counts_as_no_trade():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    only(rig.wait(1_500 * MS), CancelOrder)
    rig.report(entry, S.CANCELLED)
    assert rig.desk.positions == {}
    assert rig.desk.entered == 0
    assert rig.desk.trades == []


def test_fill_during_cancellation_is_guarded():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    rig.wait(1_500 * MS)
    assert entry.state is OrderState.CANCELLING
    only(
        rig.give(ev.CancelRefused(at_ns=rig.now, order_id=entry.order_id, text="done already")),
        PollOrderBook,
    )
    assert entry.state is OrderState.UNKNOWN
    filled = rig.describe(entry, S.COMPLETE, price=PRICES[0] + 5)
    assert only(rig.poll_answer([filled]), PlaceOrder).terms.quantity == entry.wanted.quantity


def test_cancelled_then_filled_is_guarded_after_all():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    rig.wait(1_500 * MS)
    rig.report(entry, S.CANCELLED)
    assert rig.desk.positions == {}
    stop = only(rig.report(entry, S.COMPLETE, price=PRICES[0] + 5), PlaceOrder)
    assert stop.terms.kind is OrderKind.STOP_LIMIT
    assert rig.desk.positions[0].held == entry.wanted.quantity


# -- lost exits ----------------------------------------------------------------------------


def test_stop_that_cannot_rest_becomes_an_exit_at_once():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    rig.book(0, 990_00)
    leaving = only(rig.report(entry, S.COMPLETE, price=PRICES[0] + 5), PlaceOrder)
    assert leaving.terms.kind is OrderKind.LIMIT
    assert rig.desk.positions[0].reason == "stop passed"


def test_jumped_stop_becomes_an_exit_and_is_priced_anew():
    rig = Rig().open_market()
    position = rig.hold()
    rig.book(0, 980_00)
    none_of(rig.effects, ModifyOrder)
    change = only(rig.wait(500 * MS), ModifyOrder)
    assert change.terms.kind is OrderKind.LIMIT
    assert change.terms.price == 975_10
    rig.report(position.exit, S.OPEN)
    rig.book(0, 970_00)
    assert only(rig.wait(1 * NS), ModifyOrder).terms.price == 965_15


def test_jump_that_came_back_leaves_the_stop_alone():
    rig = Rig().open_market()
    rig.hold()
    rig.book(0, 980_00)
    rig.wait(200 * MS)
    rig.book(0, PRICES[0])
    none_of(rig.wait(2 * NS), ModifyOrder, CancelOrder)


def test_target_not_taken_becomes_a_stop_again():
    rig = Rig().open_market()
    position = rig.hold()
    rig.book(0, 1_010_10)
    rig.report(position.exit, S.OPEN)
    rig.book(0, 1_005_00)
    change = only(rig.wait(2 * NS), ModifyOrder)
    assert change.terms.kind is OrderKind.STOP_LIMIT
    rig.report(position.exit, S.TRIGGER_PENDING)
    assert position.protection() is Protection.PROTECTED
    assert position.reason == "stop"


def test_target_lost_and_stop_passed_meanwhile_leaves():
    rig = Rig().open_market()
    position = rig.hold()
    rig.book(0, 1_010_10)
    rig.report(position.exit, S.OPEN)
    change = only(rig.book(0, 990_00), ModifyOrder)
    assert change.terms.kind is OrderKind.LIMIT
    assert position.goal is Goal.EXIT


def test_refused_change_waits_and_is_asked_again():
    rig = Rig().open_market()
    position = rig.hold()
    rig.book(0, 1_010_10)
    stop = position.exit
    rig.give(ev.ModifyRefused(at_ns=rig.now, order_id=stop.order_id, text="busy"))
    assert stop.state is OrderState.WORKING
    none_of(rig.wait(900 * MS), ModifyOrder)
    only(rig.wait(200 * MS), ModifyOrder)


# -- unknown -------------------------------------------------------------------------------


def test_unknown_entry_found_filled():
    rig = Rig().open_market()
    entry = rig.enter()
    effects = rig.give(ev.PlaceUnknown(at_ns=rig.now, tag=entry.tag, text="time-out"))
    only(effects, PollOrderBook)
    assert entry.state is OrderState.UNKNOWN
    assert rig.desk.positions[0].protection() is Protection.UNKNOWN
    found = rig.describe(entry, S.COMPLETE, price=PRICES[0] + 5, order_id="LATE")
    only(rig.poll_answer([found]), PlaceOrder)
    assert entry.order_id == "LATE"


def test_unknown_entry_blocks_its_stock_and_keeps_its_exposure():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.give(ev.PlaceUnknown(at_ns=rig.now, tag=entry.tag, text="time-out"))
    assert rig.desk.gross() == entry.wanted.quantity * entry.wanted.price
    rig.press(cm.Stage, row=0, side=Side.BUY)
    assert rig.refused() == {"order_unknown": 1}


def test_unknown_entry_is_absent_only_when_asked_long_enough_after_the_doubt():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.give(ev.PlaceUnknown(at_ns=rig.now, tag=entry.tag, text="time-out"))
    doubted = rig.now
    rig.now += 10 * NS
    for waited in (0, 1_000, 2_000, 2_999):
        rig.poll_answer(asked_ns=doubted + waited * MS)
    assert entry.state is OrderState.UNKNOWN
    rig.poll_answer(asked_ns=doubted + 3 * NS)
    assert entry.state is OrderState.ABSENT
    assert rig.desk.positions == {}


def test_unknown_entry_is_absent_only_when_four_books_do_not_show_it():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.give(ev.PlaceUnknown(at_ns=rig.now, tag=entry.tag, text="time-out"))
    rig.poll_answer(asked_ns=rig.now - 1)
    rig.now += 60 * NS  # the clock jumped; hardly any time passed
    for _ in range(3):
        rig.poll_answer()
        rig.poll_answer()
        assert entry.state is OrderState.UNKNOWN
        rig.now += 1 * NS
    rig.poll_answer()
    assert entry.state is OrderState.ABSENT


def test_unanswered_request_is_doubted_and_polled_until_known():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.effects.clear()
    rig.wait(5 * NS)
    assert entry.state is OrderState.UNKNOWN
    assert len(rig.sent(PollOrderBook)) == 4
    none_of(rig.effects, PlaceOrder, CancelOrder, ModifyOrder)


# -- news in any order ---------------------------------------------------------------------


def test_report_before_the_answer():
    rig = Rig().open_market()
    entry = rig.enter()
    only(rig.report(entry, S.COMPLETE, price=PRICES[0] + 5, order_id="N9"), PlaceOrder)
    assert rig.give(ev.Placed(at_ns=rig.now, tag=entry.tag, order_id="N9")) == []
    assert entry.state is OrderState.FILLED


def test_doubled_and_late_reports_change_nothing():
    rig = Rig().open_market()
    position = rig.hold()
    entry = position.entry
    before = (entry.filled, entry.value)
    for status, filled in ((S.OPEN, 10), (S.PENDING, 0), (S.COMPLETE, None), (S.CANCELLED, 3)):
        assert rig.report(entry, status, filled, price=1) == []
    assert (entry.filled, entry.value, entry.state) == (*before, OrderState.FILLED)


def test_strange_orders_are_nobodys():
    rig = Rig().open_market()
    position = rig.hold()
    strange = rig.describe(position.entry, S.COMPLETE, 500, order_id="ELSE")
    for tag in ("", "OTHER", "TZ9"):
        report = msgspec.structs.replace(strange, tag=tag, row=-1)
        assert rig.give(ev.OrderReported(at_ns=rig.now, report=report)) == []
    for kind in (ev.ModifyRefused, ev.CancelRefused, ev.ChangeUnknown):
        assert rig.give(kind(at_ns=rig.now, order_id="ELSE", text="?")) == []
    for kind in (ev.PlaceRefused, ev.PlaceUnknown):
        assert rig.give(kind(at_ns=rig.now, tag="OTHER", text="?")) == []
    assert rig.give(ev.Placed(at_ns=rig.now, tag="OTHER", order_id="ELSE")) == []


def test_what_others_traded_before_the_first_look_is_no_news_and_is_known_of():
    rig = Rig().open_market()
    strange = rig.describe(rig.enter(), S.COMPLETE, order_id="ELSE")
    reports = [
        msgspec.structs.replace(strange, tag="", filled=40),
        msgspec.structs.replace(strange, tag="", order_id="WAITS", status=S.OPEN, filled=0),
    ]
    rig.poll_answer(reports)
    assert rig.desk.strangers.net == {0: 40}
    assert "by hand" not in " ".join(line.text for line in rig.engine.chronicle.lines)


# -- kill, flatten, session, link ----------------------------------------------------------


def test_kill_cancels_entries_and_leaves_positions():
    rig = Rig().open_market()
    position = rig.hold(0)
    entry = rig.enter(1)
    rig.place(entry)
    rig.effects.clear()
    effects = rig.press(cm.Kill)
    assert only(effects, CancelOrder).order_id == entry.order_id
    assert only(effects, ModifyOrder).order_id == position.exit.order_id
    assert rig.engine.operator.state is OperatorState.KILLED
    rig.press(cm.Arm)
    rig.press(cm.AutoOn)
    rig.press(cm.Stage, row=2, side=Side.BUY)
    assert rig.engine.operator.state is OperatorState.KILLED
    rig.press(cm.ResetKill, word="RESET")
    assert rig.engine.operator.state is OperatorState.KILLED
    rig.report(position.exit, S.COMPLETE)
    rig.report(entry, S.CANCELLED)
    rig.press(cm.ResetKill, word="reset")
    assert rig.engine.operator.state is OperatorState.KILLED
    rig.press(cm.ResetKill, word="RESET")
    assert rig.engine.operator.state is OperatorState.DISARMED


def test_kill_with_the_entry_on_its_way_takes_it_back_when_it_lands():
    rig = Rig().open_market()
    entry = rig.enter()
    none_of(rig.press(cm.Kill), PlaceOrder, ModifyOrder, CancelOrder)
    only(rig.place(entry), CancelOrder)
    leaving = only(rig.report(entry, S.COMPLETE, price=PRICES[0] + 5), PlaceOrder)
    assert leaving.terms.kind is OrderKind.LIMIT
    assert rig.desk.positions[0].reason == "kill"


def test_flatten_one_row_leaves_the_others():
    rig = Rig().open_market()
    rig.hold(0)
    other = rig.hold(1)
    change = only(rig.press(cm.Flatten, row=1), ModifyOrder)
    assert change.order_id == other.exit.order_id
    assert not rig.engine.operator.paused
    rig.press(cm.Flatten, row=2)
    assert rig.refused() == {"no_position": 1}


def test_flatten_all_pauses_entries():
    rig = Rig().open_market()
    rig.hold(0)
    rig.hold(1)
    rig.press(cm.Flatten)
    assert len(rig.sent(ModifyOrder)) == 2
    rig.press(cm.Stage, row=2, side=Side.BUY)
    assert rig.refused() == {"paused": 1}


def test_square_off_at_the_end_of_the_session():
    rig = Rig().open_market()
    rig.now = SESSION_END - 10 * NS
    rig.open_market()
    position = rig.hold()
    none_of(rig.wait(9 * NS), ModifyOrder)
    only(rig.wait(2 * NS), ModifyOrder)
    assert rig.engine.phase is Phase.SQUARE_OFF
    assert position.reason == "square-off"
    rig.press(cm.Stage, row=1, side=Side.BUY)
    assert rig.refused() == {"session": 1}


def test_feed_down_keeps_the_stop_refuses_entries_and_still_leaves():
    rig = Rig().open_market()
    position = rig.hold()
    rig.give(ev.LinkChanged(at_ns=rig.now, link=ev.Link.DOWN, why="cut"))
    rig.engine.table.forget()
    none_of(rig.effects, ModifyOrder, CancelOrder, PlaceOrder)
    assert position.protection() is Protection.PROTECTED
    rig.press(cm.Stage, row=1, side=Side.BUY)
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=1, side=Side.BUY)
    assert rig.refused() == {"disarmed": 1, "link_down": 1}
    leaving = only(rig.press(cm.Flatten, row=0), ModifyOrder)
    # Nothing is known but the last price, PRICES[0]: 50 bp below it.
    assert leaving.terms.price == 995_00


def test_reconnecting_asks_for_the_order_book():
    rig = Rig().open_market()
    rig.give(ev.LinkChanged(at_ns=rig.now, link=ev.Link.DOWN, why="cut"))
    only(rig.give(ev.LinkChanged(at_ns=rig.now, link=ev.Link.LIVE)), PollOrderBook)


# -- limits --------------------------------------------------------------------------------


def test_order_rate_keeps_a_reserve_for_exits():
    limits = RiskLimits(orders_per_second=3, exit_reserve=2)
    rig = Rig(config=EngineConfig(mode=Mode.SIM, run_id="T", risk=limits)).open_market()
    entry = rig.enter(0)
    rig.press(cm.Stage, row=1, side=Side.BUY)
    assert rig.refused() == {"order_rate": 1}
    rig.place(entry)
    rig.report(entry, S.COMPLETE, price=PRICES[0] + 5)
    stop = rig.desk.positions[0].exit
    rig.place(stop)
    rig.press(cm.Flatten, row=0)
    assert len(rig.requests) == 3
    rig.report(stop, S.OPEN)
    rig.book(0, 950_00)
    rig.now += 1
    # The fourth request must wait for the window, then leave by itself.
    assert len(rig.requests) == 3
    rig.wait(1 * NS)
    assert rig.sent(ModifyOrder)[-1].terms.price == 945_25


def test_daily_trades_count_working_entries():
    limits = RiskLimits(daily_trades=2)
    rig = Rig(config=EngineConfig(mode=Mode.SIM, run_id="T", risk=limits)).open_market()
    rig.hold(0)
    rig.enter(1)
    rig.press(cm.Stage, row=2, side=Side.BUY)
    assert rig.refused() == {"daily_trades": 1}


def test_daily_loss_ends_entries():
    limits = RiskLimits(daily_loss=100_00)
    rig = Rig(config=EngineConfig(mode=Mode.SIM, run_id="T", risk=limits)).open_market()
    rig.hold(0)
    rig.book(0, 998_00)
    rig.press(cm.Stage, row=2, side=Side.BUY)
    assert rig.refused() == {"daily_loss": 1}


def test_positions_and_gross_exposure_are_limited():
    limits = RiskLimits(max_positions=1)
    rig = Rig(config=EngineConfig(mode=Mode.SIM, run_id="T", risk=limits)).open_market()
    rig.hold(0)
    rig.press(cm.Stage, row=1, side=Side.BUY)
    assert rig.refused() == {"max_positions": 1}
    limits = RiskLimits(max_gross_notional=FUNDS // 10 + 1)
    rig = Rig(config=EngineConfig(mode=Mode.SIM, run_id="T", risk=limits)).open_market()
    rig.hold(0)
    rig.press(cm.Stage, row=1, side=Side.BUY)
    assert rig.refused() == {"gross_notional": 1}


def test_test_mode_takes_one_lot_whatever_is_asked():
    rig = Rig(Mode.TEST).open_market()
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    rig.press(cm.NudgeQuantity, lots=500)
    staged = rig.engine.operator.staged
    sent = only(rig.press(cm.Confirm, stage_id=staged.stage_id), PlaceOrder)
    assert sent.terms.quantity == STOCKS[0].lot


def test_funds_must_be_known():
    rig = Rig()
    rig.give(ev.LinkChanged(at_ns=rig.now, link=ev.Link.LIVE))
    rig.book(0, PRICES[0])
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    assert rig.refused() == {"funds_unknown": 1}


def test_funds_are_asked_for_when_an_entry_is_done_and_when_its_position_is_closed():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    assert PollFunds() in rig.report(entry, ReportStatus.COMPLETE)
    position = rig.desk.positions[0]
    rig.place(position.exit)
    assert PollFunds() in rig.report(position.exit, ReportStatus.COMPLETE)
    assert rig.desk.positions == {}


# -- the operator --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, fields",
    [
        (cm.Arm, {}),
        (cm.Stage, {"row": 0, "side": Side.BUY}),
        (cm.StageBest, {}),
        (cm.NudgePrice, {"ticks": 1}),
        (cm.NudgeQuantity, {"lots": 1}),
        (cm.Confirm, {"stage_id": 1}),
        (cm.AutoOn, {}),
        (cm.Resume, {}),
        (cm.ResetKill, {"word": "RESET"}),
    ],
)
def test_old_keys_are_refused(kind, fields):
    rig = Rig().open_market()
    before = (rig.engine.operator.state, rig.engine.operator.paused)
    assert rig.command(kind(key_ns=rig.now - 250 * MS - 1, **fields)) == []
    assert rig.refused() == {"old_key": 1}
    assert before == (rig.engine.operator.state, rig.engine.operator.paused)
    rig.command(kind(key_ns=rig.now - 250 * MS, **fields))
    assert rig.refused()["old_key"] == 1


@pytest.mark.parametrize(
    "kind, fields",
    [
        (cm.Disarm, {}),
        (cm.DropStage, {}),
        (cm.AutoOff, {}),
        (cm.Pause, {}),
        (cm.CancelEntries, {}),
        (cm.Flatten, {"row": 0}),
        (cm.BreakEven, {"row": 0}),
        (cm.Kill, {}),
    ],
)
def test_keys_that_reduce_risk_never_grow_old(kind, fields):
    rig = Rig().open_market()
    rig.hold()
    rig.command(kind(key_ns=rig.now - 3_600 * NS, **fields))
    assert "old_key" not in rig.refused()


def test_live_asks_for_the_word():
    rig = Rig(Mode.LIVE).open_market()
    for word in ("", "live", "LIVE "):
        rig.press(cm.Arm, word=word)
        assert rig.engine.operator.state is OperatorState.DISARMED
    assert rig.refused() == {"wrong_word": 3}
    rig.press(cm.Arm, word="LIVE")
    assert rig.engine.operator.state is OperatorState.ARMED


def test_confirming_twice_sends_once():
    rig = Rig().open_market()
    rig.enter()
    rig.press(cm.Confirm, stage_id=1)
    assert len(rig.sent(PlaceOrder)) == 1
    assert rig.refused() == {"not_staged": 1}


def test_confirming_another_stage_than_the_one_seen_sends_nothing():
    rig = Rig().open_market()
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    rig.press(cm.Stage, row=1, side=Side.BUY)
    assert rig.press(cm.Confirm, stage_id=1) == []
    assert rig.refused() == {"not_staged": 1}


def test_price_that_ran_away_is_refused():
    rig = Rig().open_market()
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    rig.book(0, PRICES[0] + 20)
    assert rig.press(cm.Confirm, stage_id=1) == []
    assert rig.refused() == {"price_moved": 1}
    assert rig.engine.operator.state is OperatorState.ARMED


def test_price_three_ticks_away_is_still_sent():
    rig = Rig().open_market()
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    rig.book(0, PRICES[0] + 15)
    only(rig.press(cm.Confirm, stage_id=1), PlaceOrder)


def test_stage_runs_out():
    rig = Rig().open_market()
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    rig.wait(7 * NS)
    assert rig.engine.operator.state is OperatorState.STAGED
    rig.wait(1 * NS)
    assert rig.engine.operator.state is OperatorState.ARMED
    assert rig.engine.operator.staged is None


def test_arming_runs_out():
    rig = Rig().open_market()
    rig.press(cm.Arm)
    rig.wait(299 * NS)
    assert rig.engine.operator.state is OperatorState.ARMED
    rig.wait(1 * NS)
    assert rig.engine.operator.state is OperatorState.DISARMED


def test_auto_keeps_the_console_armed_and_off_lets_it_go():
    rig = Rig().open_market()
    rig.press(cm.Arm)
    rig.press(cm.AutoOn)
    rig.wait(1_000 * NS)
    assert rig.engine.operator.state is OperatorState.ARMED
    rig.press(cm.AutoOff)
    rig.wait(0)
    assert rig.engine.operator.state is OperatorState.DISARMED


def test_stale_book_is_refused():
    rig = Rig().open_market()
    rig.now += 5 * NS + 1
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    assert rig.refused() == {"stale_book": 1}


# -- auto ----------------------------------------------------------------------------------


def test_auto_sends_the_strongest_signal_only():
    rig = Rig().open_market()
    rig.press(cm.Arm)
    rig.press(cm.AutoOn)
    rig.now += 1 * NS
    cells = rig.engine.table.cells
    for row, buy in ((0, 750_000), (1, 900_000), (2, 800_000)):
        before = int(cells[row, c.UPDATES])
        rig_book(rig, row, buy)
        cells[row, c.UPDATES] = before + 1
    assert only(rig.frame(0, 1, 2), PlaceOrder).row == 1


def rig_book(rig, row, total_buy):
    """A buy signal of a chosen strength, not yet told to the engine."""
    cells = rig.engine.table.cells[row]
    cells[c.TOTAL_BUY], cells[c.TOTAL_SELL] = total_buy, 1_000_000 - total_buy
    for level in range(c.LEVELS):
        cells[c.BID_QUANTITY + level] = 90_000
        cells[c.ASK_QUANTITY + level] = 50_000
    cells[c.RECEIVED_NS] = cells[c.EXCHANGE_NS] = rig.now


def test_refused_rows_step_back_and_the_next_best_goes():
    rig = Rig().open_market()
    rig.press(cm.Arm)
    rig.press(cm.AutoOn)
    rig.now += 1 * NS
    for row, buy in ((0, 750_000), (1, 900_000)):
        rig_book(rig, row, buy)
    rig.engine.table.cells[1, c.ASK_QUANTITY : c.ASK_QUANTITY + 5] = 1
    assert only(rig.frame(0, 1), PlaceOrder).row == 0
    assert rig.refused() == {"thin_book": 1}
    held = int(rig.engine.table.cells[1, c.HOLD_UNTIL_NS])
    assert held == rig.now + 5 * NS


def test_auto_sells_on_a_sell_signal():
    rig = Rig().open_market()
    rig.press(cm.Arm)
    rig.press(cm.AutoOn)
    sent = only(rig.book(0, PRICES[0], lean=-1), PlaceOrder)
    assert sent.side is Side.SELL


def test_auto_on_acts_on_a_signal_already_there():
    rig = Rig().open_market(lean=1)
    rig.press(cm.Arm)
    only(rig.press(cm.AutoOn), PlaceOrder)


def test_a_traded_stock_cools_down():
    rig = Rig().open_market()
    rig.press(cm.Arm)
    position = rig.hold(0)
    rig.report(position.exit, S.COMPLETE)
    rig.press(cm.AutoOn)
    none_of(rig.book(0, PRICES[0], lean=1), PlaceOrder)
    rig.wait(29 * NS)
    none_of(rig.book(0, PRICES[0], lean=1), PlaceOrder)
    rig.wait(1 * NS)
    only(rig.book(0, PRICES[0], lean=1), PlaceOrder)


# -- break-even ----------------------------------------------------------------------------


def test_break_even_moves_the_stop_to_the_entry():
    rig = Rig().open_market()
    position = rig.hold()
    rig.press(cm.BreakEven, row=0)
    assert rig.refused() == {"not_possible": 1}
    rig.book(0, PRICES[0] + 100)
    assert only(rig.press(cm.BreakEven, row=0), ModifyOrder).terms.trigger == PRICES[0] + 5
    stop = f"stop of {position.instrument.symbol} to {rupees(PRICES[0] + 5)}"
    assert rig.engine.chronicle.lines[-1].text == stop
    rig.report(position.exit, S.TRIGGER_PENDING)
    assert position.protection() is Protection.PROTECTED


def test_keys_of_a_position_name_the_stock_that_has_none():
    rig = Rig().open_market()
    symbol = rig.engine.universe[1].symbol
    for kind in (cm.BreakEven, cm.TakeOver, cm.GiveBack, cm.Flatten):
        rig.press(kind, row=1)
        assert rig.engine.chronicle.lines[-1].text.endswith(f": no position in {symbol}")
    assert rig.refused() == {"no_position": 4}


def test_refusal_names_are_all_explained():
    assert set(REFUSAL_TEXT) == set(Refusal)


def test_rules_of_another_operator_are_obeyed():
    rules = OperatorRules(live_word="GO", arm_ns=1 * NS)
    rig = Rig(config=EngineConfig(mode=Mode.LIVE, run_id="T", operator=rules)).open_market()
    rig.press(cm.Arm, word="GO")
    rig.wait(1 * NS)
    assert rig.engine.operator.state is OperatorState.DISARMED
    assert last_line(rig.engine) == "disarmed: the arming time is over"
    assert rig.engine.operator.disarmed_why == "the arming time is over"
    assert rig.now == START + 1 * NS
