"""Holdings compared again and again: what a difference takes to be one, and what it does."""

from __future__ import annotations

import msgspec
import pytest
from engine_rig import MS, NS, PRICES, STOCKS, Rig, last_line
from test_core_recovery import HELD, STOP, told

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig, PollRules
from tui_scalper.core.effects import NoteHolding, PlaceOrder, PollOrderBook, PollPositions
from tui_scalper.core.journalled import Record
from tui_scalper.core.orders import (
    Holding,
    OrderKind,
    OrderReport,
    OrderTerms,
    Purpose,
    ReportStatus,
)
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.snapshot import Mode, TradingState
from tui_scalper.core.units import Side

EVERY = PollRules().holdings_ns


def holding(rig: Rig, row: int, quantity: int) -> Holding:
    symbol = rig.engine.universe[row].symbol
    return Holding(row=row, symbol=symbol, quantity=quantity, value=abs(quantity) * PRICES[row])


def answer(rig: Rig, *holdings: Holding, orders: tuple = ()) -> list:
    """Half a second passes; the broker answers for its orders, then for its holdings."""
    effects = rig.wait(400 * MS)
    effects += rig.poll_answer(orders)
    effects += rig.wait(100 * MS)
    return effects + rig.give(
        ev.PositionsReported(at_ns=rig.now, holdings=holdings, asked_ns=rig.now)
    )


def books(rig: Rig) -> tuple:
    """Every order as the broker truly has it."""
    return tuple(
        rig.describe(order, ReportStatus.COMPLETE, order.filled, price=1_000_00)
        if order.filled
        else rig.describe(order, ReportStatus.TRIGGER_PENDING)
        for order in rig.desk.blotter
    )


def test_the_broker_is_asked_what_it_holds_by_the_clock_and_after_each_reconnection():
    rig = Rig()
    assert PollPositions() in rig.give(ev.LinkChanged(at_ns=rig.now, link=ev.Link.LIVE))
    assert rig.wait(3 * EVERY).count(PollPositions()) == 3
    rig.give(ev.LinkChanged(at_ns=rig.now, link=ev.Link.DOWN))
    assert PollPositions() in rig.give(ev.LinkChanged(at_ns=rig.now, link=ev.Link.LIVE))


def test_agreeing_holdings_change_nothing_however_often():
    rig = Rig().open_market()
    position = rig.hold()
    for _ in range(20):
        answer(rig, holding(rig, 0, position.held), orders=books(rig))
    assert rig.engine.trading is TradingState.ACTIVE


def test_holdings_that_stay_different_halt_and_name_the_stock():
    rig = Rig().open_market()
    position = rig.hold()
    rounds = 0
    while rig.engine.trading is TradingState.ACTIVE and rounds < 100:
        answer(rig, holding(rig, 0, position.held + 7), orders=books(rig))
        rounds += 1
    risk = rig.config.risk
    assert rounds > risk.absent_books
    assert rig.engine.trading is TradingState.HALTED
    said = [line.text for line in rig.engine.chronicle.lines]
    assert any(
        f"ALPHA: we hold {position.held}, the broker says {position.held + 7}" in text
        for text in said
    )
    lines = len(said)
    for _ in range(10):
        answer(rig, holding(rig, 0, position.held + 7), orders=books(rig))
    assert len(rig.engine.chronicle.lines) == lines, "said once"


def test_a_short_the_books_do_not_know_halts_too():
    rig = Rig().open_market()
    for _ in range(40):
        answer(rig, holding(rig, 1, -40))
    assert rig.engine.trading is TradingState.HALTED
    assert "BRAVO" in "".join(line.text for line in rig.engine.chronicle.lines)


def test_a_difference_that_comes_and_goes_is_none():
    rig = Rig().open_market()
    position = rig.hold()
    for number in range(60):
        answer(rig, holding(rig, 0, position.held + number % 2), orders=books(rig))
    assert rig.engine.trading is TradingState.ACTIVE


def test_a_difference_that_news_explains_is_none():
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    filled = rig.describe(entry, ReportStatus.COMPLETE, price=1_000_05)
    held = holding(rig, 0, entry.wanted.quantity)
    asked = rig.give(ev.PositionsReported(at_ns=rig.now, holdings=(held,), asked_ns=rig.now))
    assert PollOrderBook() in asked
    rig.wait(100 * MS)
    rig.poll_answer((filled,))
    for _ in range(20):
        answer(rig, held, orders=(filled,))
    assert rig.engine.trading is TradingState.ACTIVE


@pytest.mark.parametrize("younger_ns", [0, 1])
def test_holdings_no_younger_than_the_last_news_are_asked_for_again(younger_ns):
    rig = Rig().open_market()
    position = rig.hold()
    for _ in range(60):
        rig.wait(100 * MS)
        rig.poll_answer(books(rig))
        asked = rig.now
        rig.now += younger_ns
        stop = position.exit
        rig.report(stop, ReportStatus.TRIGGER_PENDING)
        rig.give(ev.PositionsReported(at_ns=rig.now, holdings=(), asked_ns=asked))
    assert rig.engine.trading is TradingState.ACTIVE


def test_a_difference_needs_as_many_order_books_as_absence_however_long_it_stands():
    rig = Rig().open_market()
    position = rig.hold()
    for _ in range(rig.config.risk.absent_books - 1):
        answer(rig, holding(rig, 0, position.held + 7), orders=books(rig))
    for _ in range(60):
        rig.wait(NS)
        more = (holding(rig, 0, position.held + 7),)
        rig.give(ev.PositionsReported(at_ns=rig.now, holdings=more, asked_ns=rig.now))
    assert rig.engine.trading is TradingState.ACTIVE
    for _ in range(2):
        answer(rig, holding(rig, 0, position.held + 7), orders=books(rig))
    assert rig.engine.trading is TradingState.HALTED


def test_shares_traded_by_hand_are_no_difference():
    rig = Rig().open_market()
    rig.poll_answer(())
    position = rig.hold()
    by_hand = rig.describe(
        position.entry, ReportStatus.COMPLETE, 5, price=2_500_00, order_id="HAND"
    )
    by_hand = msgspec.structs.replace(by_hand, tag="", row=1, symbol="BRAVO", side=Side.SELL)
    rig.alone = False
    for _ in range(40):
        answer(
            rig,
            holding(rig, 0, position.held),
            holding(rig, 1, -5),
            orders=(*books(rig), by_hand),
        )
    assert rig.engine.trading is TradingState.ACTIVE


def test_a_halt_for_a_difference_still_lets_a_position_go():
    rig = Rig(config=EngineConfig(mode=Mode.SIM, run_id="T")).open_market()
    position = rig.hold()
    for _ in range(40):
        answer(rig, holding(rig, 0, 0), orders=books(rig))
    assert rig.engine.trading is TradingState.HALTED
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=1, side=Side.BUY)
    assert rig.refused()[Refusal.HALTED.value] == 1, last_line(rig.engine)
    rig.effects.clear()
    rig.press(cm.Flatten, row=0)
    assert rig.effects
    entries = [one for one in rig.sent(PlaceOrder) if one.purpose is Purpose.ENTRY]
    assert not entries
    assert position.held > 0
    assert rig.now > NS


def test_a_reset_without_squaring_the_difference_halts_again():
    rig = Rig().open_market()
    for _ in range(2):
        for _ in range(40):
            answer(rig, holding(rig, 1, -40))
        assert rig.engine.trading is TradingState.HALTED
        rig.press(cm.ResetKill, word=rig.config.operator.reset_word)
        assert rig.engine.trading is TradingState.ACTIVE


# -- holdings that no order explains, at a start -------------------------------------------


def started(*holdings: tuple[int, int], orders: tuple = ()) -> Rig:
    """A run that begins with a past while the broker holds `holdings` (row, shares)."""
    rig = Rig()
    rig.engine.begin((), rig.now, latched=False)
    rig.open_market()
    answer(rig, *(holding(rig, *one) for one in holdings), orders=orders)
    return rig


def sold_by_hand(order_id: str = "H1", row: int = 1, quantity: int = 40):
    """A complete order of somebody else's."""
    return OrderReport(
        order_id=order_id,
        tag="",
        row=row,
        symbol=STOCKS[row].symbol,
        side=Side.SELL,
        terms=OrderTerms(kind=OrderKind.LIMIT, quantity=quantity, price=2_500_00),
        status=ReportStatus.COMPLETE,
        filled=quantity,
        filled_value=quantity * 2_500_00,
    )


def test_shares_no_order_explains_are_taken_over_when_that_stands_and_only_then_entries_leave():
    rig = started((1, -40), (2, 7))
    assert rig.engine.trading is TradingState.STARTING
    assert rig.desk.positions == {}, "one look proves nothing"
    shares = holding(rig, 1, -40), holding(rig, 2, 7)
    rounds = 0
    while not rig.desk.positions:
        rounds += 1
        sent = answer(rig, *shares)
    assert rounds >= rig.config.risk.absent_books
    noted = [one for one in sent if isinstance(one, NoteHolding)]
    assert [(one.row, one.quantity) for one in noted] == [(1, -40), (2, 7)]
    assert noted[1].value == 7 * PRICES[2]
    stops = [one for one in sent if isinstance(one, PlaceOrder)]
    assert [(one.row, one.side, one.terms.quantity) for one in stops] == [
        (1, Side.BUY, 40),
        (2, Side.SELL, 7),
    ]
    assert sent.index(noted[0]) < sent.index(stops[0])
    short = rig.desk.positions[1]
    assert (short.side, short.held, short.entry.value) == (Side.SELL, 40, 40 * PRICES[1])
    assert rig.engine.trading is TradingState.STARTING
    answer(rig, *shares)
    assert rig.engine.trading is TradingState.ACTIVE


def test_a_trade_by_hand_between_the_order_book_and_the_holdings_of_a_start_stays_its_traders():
    """Seeds 1338 and 1509 of a soak: its shares came before the news of it."""
    rig = started((1, -40))
    rig.give(ev.OrderReported(at_ns=rig.now, report=sold_by_hand()))
    answer(rig, holding(rig, 1, -40), orders=(sold_by_hand(),))
    assert rig.engine.trading is TradingState.ACTIVE
    assert rig.desk.positions == {}
    assert rig.desk.strangers.net[1] == -40


def test_only_what_orders_of_others_do_not_explain_is_taken_over():
    rig = started((1, -100), orders=(sold_by_hand(),))
    rig.alone = False
    for _ in range(20):
        answer(rig, holding(rig, 1, -100), orders=(sold_by_hand(),))
    assert rig.desk.positions[1].held == 60
    assert rig.desk.strangers.net[1] == -40
    assert rig.engine.trading is TradingState.ACTIVE


@pytest.mark.parametrize("late", [-1, 1])
def test_an_order_heard_of_after_its_shares_were_taken_over_explains_them_if_it_is_older(late):
    """Seed 501082 of a soak: order books older than the proof hid a trade by hand."""
    rig = started((1, -40))
    rig.alone = False
    while not rig.desk.positions:
        answer(rig, holding(rig, 1, -40))
    when = rig.desk.positions[1].opened_ns + late
    told = msgspec.structs.replace(sold_by_hand(), exchange_ns=when)
    for _ in range(2):
        rig.give(ev.OrderReported(at_ns=rig.now, report=told))
    assert rig.desk.positions[1].held == 40
    assert rig.desk.strangers.net[1] == (0 if late < 0 else -40)


def test_fewer_shares_than_others_traded_at_a_start_halt():
    rig = started((1, -10), orders=(sold_by_hand(),))
    for _ in range(20):
        answer(rig, holding(rig, 1, -10), orders=(sold_by_hand(),))
    assert rig.engine.trading is TradingState.HALTED
    assert rig.desk.positions == {}


def test_a_position_of_ours_that_differs_at_a_start_halts_and_is_never_taken_over_twice():
    rig = Rig()
    records = [Record(seq=seq, at_ns=rig.now - NS, body=one) for seq, one in enumerate(HELD)]
    rig.engine.begin(records, rig.now, latched=False)
    rig.open_market()
    resting = told("N2", "TX1", ReportStatus.TRIGGER_PENDING, side=Side.SELL, terms=STOP)
    orders = (HELD[3].report, resting)
    for _ in range(20):
        answer(rig, holding(rig, 0, 4), orders=orders)
    assert rig.desk.positions[0].held == 10
    assert rig.engine.trading is TradingState.HALTED
