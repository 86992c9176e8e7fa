"""An engine that begins with a past: what it takes over, guards, leaves alone, and refuses."""

from __future__ import annotations

import msgspec
import pytest
from engine_rig import MIDNIGHT, NS, START, STOCKS, Rig
from test_core_recovery import HELD, STOP, TERMS, place, told

from tui_scalper.core import commands as cm
from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig, ProtectionRules, RiskLimits
from tui_scalper.core.effects import (
    CancelOrder,
    ModifyOrder,
    NoteLatch,
    PlaceOrder,
    PollPositions,
)
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.journalled import Record, RunStarted
from tui_scalper.core.orders import Holding, OrderKind, OrderTerms, Purpose, ReportStatus
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.snapshot import Mode, OperatorState, Protection, Severity, TradingState
from tui_scalper.core.trading_table import DAMAGE, LIMITS, TradingInput
from tui_scalper.core.units import Side
from tui_scalper.core.venues import HOUR, MINUTE

BOUGHT = told("N1", "TE1", ReportStatus.COMPLETE)
RESTING = told("N2", "TX1", ReportStatus.TRIGGER_PENDING, side=Side.SELL, terms=STOP)
TEN = Holding(row=0, symbol="ALPHA", quantity=10, value=10 * 1_000_00)


def begun(*bodies: object, latched: bool = False, alone: bool = True, **rules: object) -> Rig:
    """An engine that took over `bodies`; the market is open, the books not yet compared."""
    rig = Rig(config=EngineConfig(mode=Mode.SIM, run_id="U", **rules))
    rig.alone = alone
    records = [Record(seq=seq, at_ns=START - NS + seq, body=one) for seq, one in enumerate(bodies)]
    rig.engine.begin(records, START, latched=latched)
    rig.open_market()
    return rig


def agree(rig: Rig, *reports, holdings=(TEN,)) -> list:
    """The broker answers for its orders, then for its holdings."""
    asked = rig.poll_answer(reports)
    assert PollPositions() in asked
    rig.now += 1
    return rig.give(ev.PositionsReported(at_ns=rig.now, holdings=holdings, asked_ns=rig.now))


def test_the_stop_of_a_past_run_stays_and_nothing_is_sent_twice():
    rig = begun(*HELD)
    assert rig.engine.trading is TradingState.STARTING
    sent = agree(rig, BOUGHT, RESTING)
    assert not [one for one in sent if isinstance(one, PlaceOrder | ModifyOrder)]
    assert rig.engine.trading is TradingState.ACTIVE


def test_what_is_held_at_a_start_is_what_the_screen_looks_at():
    held = begun(*(place("TE1", row=1), *HELD[2:3]))
    assert (held.engine.commander.focus, begun(HELD[0]).engine.commander.focus) == (1, 0)


def test_a_position_whose_stop_never_left_gets_one_at_once():
    rig = begun(*HELD[:4])
    (stop,) = [one for one in agree(rig, BOUGHT) if isinstance(one, PlaceOrder)]
    assert (stop.purpose, stop.side, stop.terms.kind) == (
        Purpose.EXIT,
        Side.SELL,
        OrderKind.STOP_LIMIT,
    )


def test_a_kill_of_the_past_still_kills_and_what_is_held_is_left():
    rig = begun(*HELD, latched=True)
    assert rig.engine.operator.state is OperatorState.KILLED
    (leaving,) = [one for one in agree(rig, BOUGHT, RESTING) if isinstance(one, ModifyOrder)]
    assert leaving.terms.kind is OrderKind.LIMIT
    assert rig.desk.positions[0].goal is Goal.EXIT
    rig.press(cm.Arm)
    assert rig.refused()[Refusal.KILLED.value] == 1


def test_a_time_exit_counts_from_the_first_fill_not_from_the_restart():
    rig = begun(*HELD, protection=ProtectionRules(time_exit_ns=5 * NS))
    agree(rig, BOUGHT, RESTING)
    position = rig.desk.positions[0]
    assert position.leave_ns == position.filled_ns + 5 * NS
    rig.wait(5 * NS)
    assert position.reason == GoalInput.TIME_EXIT.value


def test_holdings_that_no_longer_fit_the_orders_are_asked_for_again():
    rig = begun(*HELD, alone=False)
    rig.poll_answer((BOUGHT, RESTING))
    asked = rig.now
    rig.now += 1
    rig.report(rig.order("TX1"), ReportStatus.COMPLETE)
    again = rig.give(ev.PositionsReported(at_ns=rig.now, holdings=(TEN,), asked_ns=asked))
    assert PollPositions() in again
    assert rig.engine.trading is TradingState.STARTING


def test_nothing_is_asked_while_the_market_is_closed_and_the_stop_leaves_at_the_open():
    rig = Rig()
    rig.now = MIDNIGHT + 9 * HOUR + 13 * MINUTE
    rig.engine.begin(
        [Record(seq=seq, at_ns=rig.now - 60 * NS, body=one) for seq, one in enumerate(HELD[:4])],
        rig.now,
        latched=False,
    )
    rig.wait(NS)
    sent = agree(rig, BOUGHT)
    assert not [one for one in sent if isinstance(one, PlaceOrder)]
    opening = rig.wait(3 * MINUTE)
    assert [one.purpose for one in opening if isinstance(one, PlaceOrder)][:1] == [Purpose.EXIT]


def test_requests_of_the_past_count_in_the_rates_of_today():
    config = RiskLimits(orders_per_minute=2, exit_reserve=1)
    rig = begun(*HELD, risk=config)
    agree(rig, BOUGHT, RESTING)
    assert rig.engine.sent.placed == 2


SOLD = told(
    "N2", "TX1", ReportStatus.COMPLETE, side=Side.SELL, terms=STOP, filled_value=10 * 997_00
)
STOPPED_OUT = (*HELD, ev.OrderReported(at_ns=START, report=SOLD))
"""The ten shares were sold by their stop."""


def test_a_closed_trade_of_the_past_is_in_the_result_of_the_day():
    rig = begun(*STOPPED_OUT)
    agree(rig, BOUGHT, SOLD, holdings=())
    assert rig.desk.positions == {}
    assert rig.desk.day.realised == -10 * 3_00
    assert rig.desk.entered == 1


def test_a_closed_trade_of_the_past_ended_when_it_ended():
    rig = begun(*STOPPED_OUT)
    agree(rig, BOUGHT, SOLD, holdings=())
    (trade,) = rig.desk.trades
    told_ns = START - NS + len(STOPPED_OUT) - 1
    assert (trade.entry_ns, trade.exit_ns) == (START - NS + 3, told_ns)


@pytest.mark.parametrize(
    ("more", "streak"),
    [((), 1), ((NoteLatch(given=TradingInput.RESET),), 0)],
    ids=["counted", "forgiven"],
)
def test_a_losing_streak_of_the_past_counts_unless_a_person_reset_it(more, streak):
    rig = begun(*STOPPED_OUT, *more, risk=RiskLimits(loss_streak=1))
    agree(rig, BOUGHT, SOLD, holdings=())
    rig.wait(5 * NS)
    assert rig.desk.loss_streak() == streak
    assert rig.engine.trading is (TradingState.REDUCING if streak else TradingState.ACTIVE)


def test_an_entry_that_never_filled_is_no_trade_of_the_past():
    gone = told("N1", "TE1", ReportStatus.CANCELLED)
    rig = begun(*HELD[:3], ev.OrderReported(at_ns=START, report=gone))
    agree(rig, gone, holdings=())
    assert (rig.desk.positions, rig.desk.trades, rig.desk.entered) == ({}, [], 0)


def test_terms_of_a_taken_over_order_are_those_the_broker_shows():
    rig = begun(*HELD)
    agree(rig, BOUGHT, RESTING)
    assert rig.order("TX1").terms == STOP
    assert rig.order("TE1").terms == TERMS
    assert rig.engine.universe[0] is STOCKS[0]


def test_holdings_nobody_asked_for_settle_nothing():
    rig = begun(*HELD)
    rig.give(ev.PositionsReported(at_ns=rig.now, holdings=(TEN,), asked_ns=rig.now))
    assert rig.engine.trading is TradingState.STARTING
    rig.now += NS
    rig.poll_answer((BOUGHT, RESTING))
    rig.give(ev.PositionsReported(at_ns=rig.now, holdings=(TEN,), asked_ns=rig.now - NS))
    assert rig.engine.trading is TradingState.STARTING


def test_a_position_that_is_over_is_called_closed():
    rig = Rig().open_market()
    position = rig.hold()
    rig.report(position.exit, ReportStatus.COMPLETE)
    assert position.protection() is Protection.CLOSED


# -- what others did, what was moved, what was latched -------------------------------------


def by_hand(side: Side, quantity: int, row: int = 0):
    """A complete order of somebody else's."""
    return told(
        f"H{side}{quantity}",
        "",
        ReportStatus.COMPLETE,
        row=row,
        side=side,
        terms=OrderTerms(kind=OrderKind.LIMIT, quantity=quantity, price=999_00),
        filled=quantity,
        filled_value=quantity * 999_00,
    )


@pytest.mark.parametrize("latched", [False, True])
def test_shares_sold_by_hand_while_nobody_watched_are_neither_guarded_nor_sold_again(latched):
    rig = begun(*HELD, latched=latched, alone=False)
    cancelled = told("N2", "TX1", ReportStatus.CANCELLED, side=Side.SELL, terms=STOP)
    sent = agree(rig, BOUGHT, cancelled, by_hand(Side.SELL, 10), holdings=())
    sent += rig.wait(60 * NS)
    assert not [one for one in sent if isinstance(one, PlaceOrder | ModifyOrder)]
    assert rig.desk.positions == {}
    assert rig.desk.day.realised == -10 * 1_00
    assert rig.engine.trading is TradingState.ACTIVE


def test_a_resting_stop_of_shares_sold_by_hand_is_taken_back():
    rig = begun(*HELD, alone=False)
    sent = agree(rig, BOUGHT, RESTING, by_hand(Side.SELL, 10), holdings=())
    assert CancelOrder(order_id="N2") in sent


def test_part_of_a_position_sold_by_hand_shrinks_its_stop():
    rig = begun(*HELD, alone=False)
    six = Holding(row=0, symbol="ALPHA", quantity=6, value=6 * 1_000_00)
    sent = agree(rig, BOUGHT, RESTING, by_hand(Side.SELL, 4), holdings=(six,))
    (change,) = [one for one in sent if isinstance(one, ModifyOrder)]
    assert change.terms.quantity == 6


@pytest.mark.parametrize("row", [0, 1])
def test_shares_bought_by_hand_stay_their_buyers_over_a_restart(row):
    rig = begun(*HELD, alone=False)
    quantity = 60 if row == 0 else 50
    held = [TEN] if row else []
    held.append(
        Holding(row=row, symbol=STOCKS[row].symbol, quantity=quantity, value=quantity * 1_000_00)
    )
    sent = agree(rig, BOUGHT, RESTING, by_hand(Side.BUY, 50, row), holdings=tuple(held))
    assert not [one for one in sent if isinstance(one, PlaceOrder | ModifyOrder)]
    assert list(rig.desk.positions) == [0]
    assert rig.desk.strangers.net[row] == 50


def test_shares_sold_by_hand_count_as_while_we_watched_and_holdings_that_disagree_halt():
    rig = begun(*HELD, alone=False)
    sold = by_hand(Side.SELL, 4)
    agree(rig, BOUGHT, RESTING, sold, holdings=(TEN,))
    assert rig.desk.positions[0].held == 6
    for _ in range(20):
        rig.wait(NS)
        rig.poll_answer((BOUGHT, RESTING, sold))
        rig.now += 1
        rig.give(ev.PositionsReported(at_ns=rig.now, holdings=(TEN,), asked_ns=rig.now))
    assert rig.engine.trading is TradingState.HALTED


def shares(side: Side, quantity: int, order_id: str):
    """An order of somebody else's that filled `quantity`."""
    return msgspec.structs.replace(by_hand(side, quantity), order_id=order_id)


def news(report, at_ns: int = START):
    """The broker volunteered `report`."""
    return ev.OrderReported(at_ns=at_ns, report=report)


def after(report, *rest, quantity: int) -> Rig:
    """A start whose journal says that `report` came before or after the position of `rest`."""
    rig = begun(RunStarted(mode="sim", run_id="T"), *COMPARED, *rest, alone=False)
    holding = Holding(row=0, symbol="ALPHA", quantity=quantity, value=quantity * 1_000_00)
    agree(rig, BOUGHT, RESTING, report, holdings=(holding,) if quantity else ())
    return rig


COMPARED = (
    ev.OrderBookReported(at_ns=START, reports=(), asked_ns=START),
    ev.PositionsReported(at_ns=START, holdings=(), asked_ns=START),
)
"""The first run found nothing."""


def test_shares_sold_by_hand_before_a_position_stay_their_sellers():
    sold = shares(Side.SELL, 4, "H1")
    rig = after(sold, news(sold), *HELD[1:], quantity=6)
    assert (rig.desk.positions[0].held, rig.desk.strangers.net[0]) == (10, -4)


def test_shares_sold_by_hand_after_the_entry_closed_part_of_the_position():
    sold = shares(Side.SELL, 4, "H1")
    rig = after(sold, *HELD[1:], news(sold), quantity=6)
    assert (rig.desk.positions[0].held, rig.desk.strangers.net[0]) == (6, 0)


def test_a_position_closed_by_hand_stays_closed_whatever_is_traded_by_hand_later():
    """Seed 58 of a soak with trades by hand and ends of the process."""
    sold, bought = shares(Side.SELL, 4, "H1"), shares(Side.BUY, 50, "H2")
    part = OrderTerms(kind=OrderKind.STOP_LIMIT, quantity=6, price=995_50, trigger=997_50)
    closed = told("N2", "TX1", ReportStatus.COMPLETE, side=Side.SELL, terms=part, filled=6)
    second = told("N3", "TE2", ReportStatus.COMPLETE)
    past = (*HELD[1:], news(sold), news(closed), news(bought), place("TE2"), news(second))
    rig = begun(RunStarted(mode="sim", run_id="T"), *COMPARED, *past, alone=False)
    holding = Holding(row=0, symbol="ALPHA", quantity=60, value=60 * 1_000_00)
    agree(rig, BOUGHT, closed, sold, bought, second, holdings=(holding,))
    assert (rig.desk.positions[0].held, rig.desk.strangers.net[0]) == (10, 50)
    assert rig.desk.positions[0].entry.tag == "TE2"


def test_what_was_sold_by_hand_unseen_closed_the_older_of_two_positions():
    """A power cut lost all but the first order of two positions; somebody closed the first."""
    sold = shares(Side.SELL, 10, "H1")
    lost = told("N2", "TX1", ReportStatus.CANCELLED, side=Side.SELL, terms=STOP)
    second = told("N4", "TE2", ReportStatus.COMPLETE)
    rig = begun(*HELD[:4], alone=False)
    agree(rig, BOUGHT, lost, sold, second)
    assert (rig.desk.positions[0].held, rig.desk.strangers.net[0]) == (10, 0)
    assert rig.desk.positions[0].entry.tag == "TE2"


def test_an_exit_of_an_earlier_position_that_fills_after_all_is_somebody_elses_after_a_restart():
    first = told("N2", "TX1", ReportStatus.CANCELLED, side=Side.SELL, terms=STOP)
    gone = shares(Side.SELL, 10, "H1")
    second = told("N4", "TE2", ReportStatus.COMPLETE)
    late = told("N2", "TX1", ReportStatus.COMPLETE, side=Side.SELL, terms=STOP, filled=3)
    past = (*HELD[1:], news(gone), news(first), place("TE2"), news(second), news(late))
    rig = begun(RunStarted(mode="sim", run_id="T"), *COMPARED, *past, alone=False)
    seven = Holding(row=0, symbol="ALPHA", quantity=7, value=7 * 1_000_00)
    agree(rig, BOUGHT, late, gone, second, holdings=(seven,))
    assert (rig.desk.positions[0].held, rig.desk.strangers.net[0]) == (7, 0)


def test_news_of_an_order_whose_intent_was_lost_is_no_hand_trade_once_it_is_ours():
    """Seed 21001 of a soak: the news came before the books were compared."""
    rig = begun(RunStarted(mode="sim", run_id="T"))
    rig.give(ev.OrderReported(at_ns=rig.now, report=BOUGHT))
    agree(rig, BOUGHT)
    assert rig.desk.positions[0].held == 10
    assert rig.desk.strangers.net[0] == 0


LOST = (*HELD[:4], place("TX1", side=Side.SELL, terms=STOP, purpose=Purpose.EXIT))
"""A stop that was sent and of which no answer came."""


@pytest.mark.parametrize(
    ("change", "ours"),
    [
        ({}, True),
        ({"exchange_ns": START + 30 * NS}, False),
        ({"side": Side.BUY}, False),
        ({"terms": msgspec.structs.replace(STOP, quantity=9)}, False),
        ({"tag": "OTHER"}, False),
    ],
)
def test_an_order_that_lost_its_tag_is_known_by_its_likeness(change, ours):
    rig = begun(*LOST, alone=False)
    values = {"side": Side.SELL, "terms": STOP, "exchange_ns": START, **change}
    values = {"tag": "", **values}
    told_of = told("N2", values.pop("tag"), ReportStatus.TRIGGER_PENDING, **values)
    sent = agree(rig, BOUGHT, told_of)
    assert rig.order("TX1").order_id == ("N2" if ours else "")
    assert not [one for one in sent if isinstance(one, PlaceOrder)]
    assert (rig.desk.positions[0].protection() is Protection.PROTECTED) == ours


def test_a_second_order_under_our_tag_is_not_taken_over_twice():
    rig = begun(*HELD, alone=False)
    twin = told("N9", "TE1", ReportStatus.OPEN)
    agree(rig, BOUGHT, RESTING, twin)
    assert rig.desk.positions[0].held == 10


@pytest.mark.parametrize("side", [1, -1])
def test_a_stop_that_was_moved_in_our_favour_never_goes_back(side):
    better = OrderTerms(
        kind=OrderKind.STOP_LIMIT,
        quantity=10,
        price=1_000_05 - side * 2_00,
        trigger=1_000_05,
    )
    if side < 0:
        better = OrderTerms(
            kind=OrderKind.STOP_LIMIT, quantity=10, price=1_003_95, trigger=1_001_95
        )
    way = Side(side)
    terms = OrderTerms(kind=OrderKind.LIMIT, quantity=10, price=1_000_00)
    bought = told("N1", "TE1", ReportStatus.COMPLETE, side=way, terms=terms)
    past = (
        RunStarted(mode="sim", run_id="T"),
        place("TE1", side=way),
        ev.Placed(at_ns=START, tag="TE1", order_id="N1"),
        ev.OrderReported(at_ns=START, report=bought),
        place("TX1", side=way.opposite, terms=better, purpose=Purpose.EXIT),
        ev.Placed(at_ns=START, tag="TX1", order_id="N2"),
    )
    rig = begun(*past)
    rig.book(0, 1_000_00 + side * 5_00)
    resting = told("N2", "TX1", ReportStatus.TRIGGER_PENDING, side=way.opposite, terms=better)
    held = Holding(row=0, symbol="ALPHA", quantity=10 * side, value=10 * 1_000_00)
    sent = agree(rig, bought, resting, holdings=(held,))
    assert rig.desk.positions[0].stop(rig.config.protection) == better.trigger
    assert [one.terms.trigger for one in sent if isinstance(one, ModifyOrder)] in (
        [],
        [better.trigger],
    )


@pytest.mark.parametrize("given", [*LIMITS, *DAMAGE])
def test_what_latched_before_is_latched_after_until_a_person_resets(given):
    first = Rig().open_market()
    first.engine.halt(given)
    noted = first.give(ev.ClockTicked(at_ns=first.now))
    state = first.engine.trading
    assert NoteLatch(given=given) in noted
    rig = begun(RunStarted(mode="sim", run_id="T"), *noted)
    agree(rig, holdings=())
    assert rig.engine.trading is state
    word = rig.config.operator.reset_word
    for written, after in (("no", state), (word, TradingState.ACTIVE)):
        command = cm.ResetKill(key_ns=rig.now, word=written)
        pressed = (ev.Commanded(at_ns=START, command=command), *rig.command(command))
        again = begun(RunStarted(mode="sim", run_id="T"), *noted, *pressed)
        agree(again, holdings=())
        assert again.engine.trading is after


BEST = 3_000
FALLEN = 69
"""How far the ten shares of `HELD` fall, paise each."""


@pytest.mark.parametrize(("allowed", "after"), [(0, "REDUCING"), (1, "ACTIVE")])
def test_the_drawdown_counts_from_the_best_result_of_the_day_after_a_restart(allowed, after):
    limits = RiskLimits(drawdown=BEST + 10 * FALLEN + allowed)
    rig = begun(*HELD, ef.NoteBest(result=BEST), risk=limits)
    agree(rig, BOUGHT, RESTING)
    rig.book(0, 1_000_00, ltp=1_000_00 - FALLEN)
    rig.wait(5 * NS)
    assert rig.engine.trading is TradingState[after]


def test_after_a_reset_and_a_restart_the_drawdown_counts_from_the_reset():
    limits = RiskLimits(drawdown=BEST)
    released = (ef.NoteBest(result=BEST), NoteLatch(given=TradingInput.RESET))
    rig = begun(*HELD, *released, ef.NoteBest(result=0), risk=limits)
    agree(rig, BOUGHT, RESTING)
    rig.book(0, 1_000_00, ltp=1_000_00 - FALLEN)
    rig.wait(5 * NS)
    assert rig.engine.trading is TradingState.ACTIVE


def test_a_best_result_is_noted_when_it_grew_by_a_twentieth_of_what_it_may_fall():
    rig = Rig(config=EngineConfig(mode=Mode.SIM, run_id="T", risk=RiskLimits(drawdown=20_000)))
    rig.open_market()
    position = rig.hold(0)
    entry = position.entry.value // position.bought
    step = -(-1_000 // position.held)
    for gain, noted in ((step - 1, []), (step, [step]), (2 * step - 1, []), (1, []), (3, [])):
        rig.effects.clear()
        rig.book(0, 1_000_00, ltp=entry + gain)
        rig.wait(5 * NS)
        assert rig.sent(ef.NoteBest) == [ef.NoteBest(result=one * position.held) for one in noted]
    rig.effects.clear()
    rig.engine.halt(TradingInput.DRAWDOWN)
    rig.report(position.exit, ReportStatus.COMPLETE)
    rig.press(cm.ResetKill, word=rig.config.operator.reset_word)
    (begin,) = rig.sent(ef.NoteBest)
    assert begin.result == rig.desk.day.realised - rig.desk.day.costs


@pytest.mark.parametrize("given", [*LIMITS, *DAMAGE])
def test_a_reset_before_the_books_are_compared_lets_no_entry_leave(given):
    rig = begun(RunStarted(mode="sim", run_id="T"))
    rig.engine.halt(given)
    rig.press(cm.ResetKill, word=rig.config.operator.reset_word)
    assert rig.engine.trading is TradingState.STARTING
    rig.press(cm.Arm)
    rig.book(0, 1_000_00, lean=1)
    for command in (cm.Stage(key_ns=rig.now, row=0, side=Side.BUY), cm.AutoOn(key_ns=rig.now)):
        assert not [one for one in rig.command(command) if isinstance(one, PlaceOrder)]
    assert rig.refused()[Refusal.STARTING] == 2
    agree(rig, holdings=())
    assert rig.engine.trading is TradingState.ACTIVE


def test_a_reset_that_was_refused_because_something_was_held_releases_nothing_at_a_restart():
    first = Rig().open_market()
    first.hold()
    first.engine.halt(TradingInput.ENGINE_ERROR)
    noted = first.give(ev.ClockTicked(at_ns=first.now))
    command = cm.ResetKill(key_ns=first.now, word=first.config.operator.reset_word)
    refused = (ev.Commanded(at_ns=START, command=command), *first.command(command))
    rig = begun(RunStarted(mode="sim", run_id="T"), *noted, *refused)
    agree(rig, holdings=())
    assert rig.engine.trading is TradingState.HALTED


def test_entries_that_paused_pause_after_a_restart_until_a_person_resumes():
    first = Rig().open_market()
    held = first.press(cm.Pause)
    assert begun(*held).engine.operator.paused
    assert first.press(cm.Pause) == [], "noted once"
    assert not begun(*held, *first.press(cm.Resume)).engine.operator.paused
    assert begun(*held, *first.press(cm.Flatten, row=None)).engine.operator.paused


def test_stocks_the_operator_wants_left_alone_are_left_alone_after_a_restart():
    first = Rig().open_market()
    noted = [*first.press(cm.SkipStock, row=1), *first.press(cm.AutoStockOff, row=2)]
    assert first.press(cm.SkipStock, row=1) == [], "noted once"
    gone = ef.NoteSwitch(symbol="GONE", switch=ef.StockSwitch.SKIPPED, on=True)
    operator = begun(*noted, gone).engine.operator
    assert (operator.skipped, operator.by_hand_only) == ({1}, {2})
    back = [*first.press(cm.UnskipStock, row=1), *first.press(cm.AutoStockOn, row=2)]
    operator = begun(*noted, *back).engine.operator
    assert (operator.skipped, operator.by_hand_only) == (set(), set())


# -- what a position wanted ----------------------------------------------------------------

AT_TARGET = OrderTerms(kind=OrderKind.LIMIT, quantity=10, price=1_010_00)


def taking(*more: object) -> Rig:
    """A run that begins with ten shares whose stop was turned into the target."""
    rig = begun(*HELD, ef.ModifyOrder(order_id="N2", terms=AT_TARGET), *more)
    target = rig.desk.positions[0].target(rig.config.protection)
    assert target == AT_TARGET.price
    return rig


def test_a_resting_target_is_one_after_a_restart_and_is_left_alone():
    rig = taking()
    resting = told("N2", "TX1", ReportStatus.OPEN, side=Side.SELL, terms=AT_TARGET)
    sent = agree(rig, BOUGHT, resting)
    assert not [one for one in sent if isinstance(one, PlaceOrder | ModifyOrder | CancelOrder)]
    assert rig.desk.positions[0].goal is Goal.TAKE
    (back,) = [one for one in rig.wait(4 * NS) if isinstance(one, ModifyOrder)]
    assert back.terms.kind is OrderKind.STOP_LIMIT, "not filled in its time: a stop again"


def test_an_exit_at_another_price_is_an_exit_after_a_restart():
    leaving = msgspec.structs.replace(AT_TARGET, price=994_00)
    resting = told("N2", "TX1", ReportStatus.OPEN, side=Side.SELL, terms=leaving)
    rig = begun(*HELD, ef.ModifyOrder(order_id="N2", terms=leaving), news(resting))
    agree(rig, BOUGHT, resting)
    assert rig.desk.positions[0].goal is Goal.EXIT


def test_an_exit_of_which_the_journal_lost_the_change_is_an_exit_all_the_same():
    leaving = msgspec.structs.replace(AT_TARGET, price=994_00)
    rig = begun(*HELD)
    agree(rig, BOUGHT, told("N2", "TX1", ReportStatus.OPEN, side=Side.SELL, terms=leaving))
    assert rig.desk.positions[0].goal is Goal.EXIT


def test_a_refused_exit_whose_record_was_lost_is_followed_by_one_at_the_best():
    """Seed 300745 of a soak: a stop and an exit beyond the circuit limits were tried again."""
    stop = told("N2", "TX1", ReportStatus.REJECTED, side=Side.SELL, terms=STOP)
    beyond = OrderTerms(kind=OrderKind.LIMIT, quantity=10, price=990_00)
    leaving = told("N3", "TX2", ReportStatus.REJECTED, side=Side.SELL, terms=beyond)
    rig = begun(*HELD)
    (order,) = [one for one in agree(rig, BOUGHT, stop, leaving) if isinstance(one, PlaceOrder)]
    assert (order.terms.kind, order.terms.price) == (OrderKind.LIMIT, 1_000_00)


def test_a_key_that_closed_a_position_closes_it_after_a_restart_though_no_request_left():
    key = ev.Commanded(at_ns=START, command=cm.Flatten(key_ns=START, row=0))
    rig = begun(*HELD, key)
    (change,) = [one for one in agree(rig, BOUGHT, RESTING) if isinstance(one, ModifyOrder)]
    assert change.terms.kind is OrderKind.LIMIT
    assert rig.desk.positions[0].reason == GoalInput.FLATTEN.value
    other = begun(*HELD, ev.Commanded(at_ns=START, command=cm.Flatten(key_ns=START, row=1)))
    agree(other, BOUGHT, RESTING)
    assert other.desk.positions[0].goal is Goal.PROTECT


def test_a_numbered_stop_the_broker_does_not_list_is_an_alarm_that_says_what_to_do():
    rig = begun(*HELD)
    agree(rig, BOUGHT)
    assert rig.desk.positions[0].protection() is Protection.UNKNOWN
    alarms = [one.text for one in rig.engine.chronicle.lines if one.severity is Severity.ALARM]
    assert any("exit order N2 is not in the broker's order book" in text for text in alarms)
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    assert rig.engine.operator.staged is None


def test_an_intent_the_broker_never_saw_is_missing_and_no_alarm():
    """Without a number there is nothing at the broker to look for."""
    rig = begun(*HELD[:2])
    rig.alone = False
    agree(rig, holdings=())
    said = [line for line in rig.engine.chronicle.lines if "missing" in line.text]
    assert "1 missing (TE1)" in said[0].text
    assert not [line for line in rig.engine.chronicle.lines if line.severity is Severity.ALARM]


def test_an_order_by_hand_that_has_not_filled_changes_nothing_at_a_start():
    rig = begun(*HELD)
    rig.alone = False
    resting = told("H1", "", ReportStatus.OPEN)
    agree(rig, BOUGHT, RESTING, resting)
    assert rig.desk.strangers.net[0] == 0
    assert rig.desk.positions[0].held == 10


# -- another list of stocks ----------------------------------------------------------------

TURNED = (STOCKS[1], STOCKS[0], STOCKS[2])
ALPHA_AND_BRAVO = (
    *HELD,
    place("TE5", row=1),
    ev.Placed(at_ns=START, tag="TE5", order_id="N5"),
    ev.OrderReported(at_ns=START, report=told("N5", "TE5", ReportStatus.COMPLETE, row=1)),
)
COMPARED = (
    ev.OrderBookReported(at_ns=START, asked_ns=START, reports=()),
    ev.PositionsReported(at_ns=START, holdings=(), asked_ns=START + 1),
)


def among(stocks, *bodies: object) -> Rig:
    """An engine on `stocks` that took over what a run on STOCKS wrote."""
    rig = Rig(config=EngineConfig(mode=Mode.SIM, run_id="U"), stocks=stocks)
    rig.alone = False
    records = [Record(seq=seq, at_ns=START - NS + seq, body=one) for seq, one in enumerate(bodies)]
    rig.engine.begin(records, START, latched=False)
    return rig


@pytest.mark.parametrize("kind", [cm.Flatten, cm.TakeOver])
def test_a_key_of_an_earlier_run_is_about_the_stock_that_had_its_row_then(kind):
    pressed = ev.Commanded(at_ns=START, command=kind(key_ns=START, row=0))
    for stocks in (STOCKS, TURNED):
        rig = among(stocks, *ALPHA_AND_BRAVO, pressed)
        touched = {
            one.instrument.symbol
            for one in rig.desk.positions.values()
            if one.manual or one.goal is Goal.EXIT
        }
        assert touched == {"ALPHA"}
    everything = ev.Commanded(at_ns=START, command=cm.Flatten(key_ns=START, row=None))
    rig = among(TURNED, *ALPHA_AND_BRAVO, everything)
    assert {one.goal for one in rig.desk.positions.values()} == {Goal.EXIT}


def test_shares_sold_by_hand_are_those_of_their_stock_whatever_its_row():
    sold = told("H1", "", ReportStatus.COMPLETE, side=Side.SELL)
    elsewhere = told("H2", "", ReportStatus.COMPLETE, side=Side.SELL, row=-1)
    for stocks in (STOCKS, TURNED):
        news = [ev.OrderReported(at_ns=START, report=one) for one in (elsewhere, sold)]
        rig = among(stocks, *ALPHA_AND_BRAVO, *COMPARED, *news)
        held = {one.instrument.symbol: one.held for one in rig.desk.positions.values()}
        assert held == {"ALPHA": 0, "BRAVO": 10}


@pytest.mark.parametrize("stop, holdings", [(RESTING, ()), (None, (TEN,))])
def test_what_is_open_in_a_stock_that_left_the_list_halts_and_is_named(stop, holdings):
    taken = ef.NoteHolding(tag="TA1", row=0, symbol="ALPHA", quantity=10, value=10 * 1_000_00)
    for past in (HELD, (RunStarted(mode="sim", run_id="T"), taken)):
        rig = among(STOCKS[1:], *past)
        shown = [msgspec.structs.replace(one, row=-1) for one in (BOUGHT, stop) if one]
        agree(rig, *shown, holdings=[msgspec.structs.replace(one, row=-1) for one in holdings])
        assert rig.engine.trading is TradingState.HALTED
        assert any(
            line.severity is Severity.ALARM and "ALPHA: an earlier run left" in line.text
            for line in rig.engine.chronicle.lines
        )
        closed = among(STOCKS[1:], *past)
        agree(closed, *shown[:1], holdings=())
        assert closed.engine.trading is TradingState.ACTIVE


# -- what a run left whose journal is not this one ------------------------------------------

LOST_ENTRY = told("N1", "S890XDY2E1", ReportStatus.COMPLETE)
LOST_STOP = told("N2", "S890XDY2X2", ReportStatus.TRIGGER_PENDING, side=Side.SELL, terms=STOP)
LOST_SALE = told(
    "N2", "S890XDY2X2", ReportStatus.COMPLETE, side=Side.SELL, terms=STOP, filled_value=10 * 997_00
)


@pytest.mark.parametrize(
    ("reports", "holdings"),
    [
        ((LOST_ENTRY, LOST_STOP), (TEN,)),
        ((LOST_ENTRY,), (TEN,)),
        ((LOST_STOP,), ()),
    ],
)
def test_what_a_run_left_open_whose_journal_is_gone_is_an_alarm_and_halts(reports, holdings):
    rig = begun(alone=False)
    sent = agree(rig, *reports, holdings=holdings)
    assert not [one for one in sent if isinstance(one, PlaceOrder | ModifyOrder | CancelOrder)]
    assert rig.engine.trading is TradingState.HALTED
    (said,) = [text for text in alarms(rig) if "ALPHA" in text]
    assert "of a run that this journal does not know" in said


@pytest.mark.parametrize(
    ("reports", "holdings"),
    [
        ((LOST_ENTRY, LOST_SALE), ()),
        ((LOST_ENTRY,), ()),
        ((told("N1", "mine", ReportStatus.COMPLETE),), (TEN,)),
        ((told("N1", "", ReportStatus.COMPLETE),), (TEN,)),
    ],
)
def test_what_is_closed_or_of_somebody_else_halts_nothing(reports, holdings):
    rig = begun(alone=False)
    agree(rig, *reports, holdings=holdings)
    assert not [text for text in alarms(rig) if "does not know" in text]
    assert rig.engine.trading is not TradingState.HALTED


def alarms(rig: Rig) -> list[str]:
    lines = rig.engine.chronicle.lines
    return [line.text for line in lines if line.severity is Severity.ALARM]
