"""An order book with entries nobody can read: the rest is used, and what is held is guarded."""

from __future__ import annotations

import msgspec
import pytest
from engine_rig import NS, Rig
from test_core_cover import covered
from test_core_recovery import HELD, told
from test_core_restart import BOUGHT, RESTING, TEN, begun

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.blotter import Order
from tui_scalper.core.effects import (
    CancelOrder,
    ModifyOrder,
    NoteFilled,
    PlaceOrder,
    PollOrder,
    PollOrderBook,
)
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import Holding, OrderKind, ReportStatus, UnreadableOrder
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.snapshot import Protection, Severity, TradingState
from tui_scalper.core.units import Side

NOBODYS = UnreadableOrder(text="order entry: nonsense")
OF_ALPHA = UnreadableOrder(text="impossible price", order_id="M7", symbol="ALPHA", row=0)
OF_BETA = UnreadableOrder(text="impossible price", order_id="M7", symbol="BETA", row=1)
ELSEWHERE = UnreadableOrder(text="impossible price", order_id="M7", symbol="GOLD")
OUR_STOP = UnreadableOrder(text="unknown type", order_id="N2", tag="TX1", symbol="ALPHA", row=0)


def listed(rig: Rig, *reports, unreadable=()) -> list:
    """The order book arrives."""
    rig.now += 1
    return rig.give(
        ev.OrderBookReported(
            at_ns=rig.now, reports=reports, asked_ns=rig.now, unreadable=tuple(unreadable)
        )
    )


def agree(rig: Rig, *reports, unreadable=(), holdings=(TEN,)) -> list:
    """The broker answers for its orders, then for its holdings."""
    effects = listed(rig, *reports, unreadable=unreadable)
    rig.now += 1
    held = ev.PositionsReported(at_ns=rig.now, holdings=holdings, asked_ns=rig.now)
    return effects + rig.give(held)


def requests(effects: list) -> list:
    return [one for one in effects if isinstance(one, PlaceOrder | ModifyOrder | CancelOrder)]


def placed(effects: list) -> list[PlaceOrder]:
    return [one for one in effects if isinstance(one, PlaceOrder)]


def alarms(rig: Rig) -> list[str]:
    return [one.text for one in rig.engine.chronicle.lines if one.severity is Severity.ALARM]


@pytest.mark.parametrize("entry", [NOBODYS, OF_ALPHA, OF_BETA, ELSEWHERE])
def test_a_start_guards_what_is_naked_whatever_else_the_book_lists(entry):
    rig = begun(*HELD[:4])
    (stop,) = requests(agree(rig, BOUGHT, unreadable=(entry,)))
    assert isinstance(stop, PlaceOrder)
    assert (stop.side, stop.terms.kind) == (Side.SELL, OrderKind.STOP_LIMIT)
    assert rig.engine.trading is TradingState.ACTIVE


@pytest.mark.parametrize(
    ("entry", "stopped"),
    [(NOBODYS, {0, 1, 2}), (OF_ALPHA, {0}), (OF_BETA, {1}), (ELSEWHERE, set())],
)
def test_it_stops_entries_of_its_stock_or_of_all(entry, stopped):
    rig = begun()
    agree(rig, unreadable=(entry,), holdings=())
    assert {row for row in range(3) if rig.engine.proposer.standing(row).unreadable} == stopped
    assert [text for text in alarms(rig) if "impossible price" in text or "nonsense" in text]


def test_an_entry_is_refused_by_its_own_reason_until_the_book_can_be_read():
    rig = Rig().open_market()
    listed(rig, unreadable=(NOBODYS,))
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    assert rig.refused()[Refusal.ORDER_UNREADABLE.value] == 1
    asked = rig.wait(rig.config.polls.orders_ns + NS)
    assert PollOrderBook() in asked, "nobody would notice that it can be read again"
    listed(rig)
    assert rig.enter(0)


def test_the_alarm_names_it_once():
    rig = Rig().open_market()
    for _ in range(3):
        listed(rig, unreadable=(OF_ALPHA,))
    assert len([text for text in alarms(rig) if "M7" in text and "ALPHA" in text]) == 1


def test_a_book_nobody_can_read_at_all_raises_no_flood():
    rig = Rig().open_market()
    book = [msgspec.structs.replace(OF_ALPHA, order_id=f"M{number}") for number in range(100)]
    for _ in range(2):
        listed(rig, unreadable=book)
    told = [text for text in alarms(rig) if "cannot be read" in text]
    assert len(told) == 4
    assert "97 more" in told[-1]


def test_our_stop_that_cannot_be_read_still_counts_and_none_is_put_beside_it():
    rig = begun(*HELD)
    effects = agree(rig, BOUGHT, unreadable=(OUR_STOP,))
    assert not requests(effects)
    assert PollOrder(order_id="N2") in effects, "it is asked for alone"
    assert rig.order("TX1").state is not OrderState.ABSENT
    rig.wait(60 * NS)
    assert rig.order("TX1").live


def test_our_stop_that_cannot_be_read_can_still_be_left_through():
    rig = begun(*HELD, ev.OrderReported(at_ns=0, report=RESTING))
    agree(rig, BOUGHT, unreadable=(OUR_STOP,))
    (leaving,) = requests(rig.press(cm.Flatten, row=0))
    assert isinstance(leaving, ModifyOrder)
    assert leaving.order_id == "N2"


def test_a_stop_the_journal_lost_is_known_by_its_tag_though_nothing_else_can_be_read():
    rig = begun(*HELD[:4])
    assert not requests(agree(rig, BOUGHT, unreadable=(OUR_STOP,)))
    position = rig.desk.positions[0]
    assert position.protection() is Protection.UNKNOWN
    assert rig.order("TX1").state is OrderState.UNKNOWN
    listed(rig, BOUGHT, RESTING)
    assert rig.desk.positions[0].protection() is Protection.PROTECTED
    assert not requests(rig.effects)


def test_the_next_start_knows_it_too():
    book = ev.OrderBookReported(at_ns=0, reports=(BOUGHT,), asked_ns=0, unreadable=(OUR_STOP,))
    held = ev.PositionsReported(at_ns=0, holdings=(TEN,), asked_ns=1 << 62)
    rig = begun(*HELD[:4], book, held)
    assert not requests(agree(rig, BOUGHT, RESTING))
    assert rig.desk.positions[0].exit is rig.order("TX1")


def test_an_order_without_a_number_is_not_proven_absent_while_it_may_be_the_unreadable_one():
    rig = Rig().open_market()
    entry = rig.enter(0)
    rig.give(ev.PlaceUnknown(at_ns=rig.now, tag=entry.tag, text="timeout"))
    for _ in range(10):
        rig.wait(NS)
        listed(rig, unreadable=(NOBODYS,))
    assert entry.state is OrderState.UNKNOWN
    for _ in range(10):
        rig.wait(NS)
        listed(rig, unreadable=(OF_BETA,))
    assert entry.state is OrderState.ABSENT


def test_what_the_rest_of_the_book_says_is_taken_in():
    rig = Rig().open_market()
    entry = rig.enter(0)
    rig.place(entry)
    done = told(entry.order_id, entry.tag, ReportStatus.COMPLETE, terms=entry.terms)
    sent = listed(rig, done, unreadable=(OF_BETA,))
    assert entry.state is OrderState.FILLED
    assert [one.terms.kind for one in requests(sent)] == [OrderKind.STOP_LIMIT]


# -- an entry of ours that nobody can read fills unseen ------------------------------------

UNREAD = {
    "numbered": UnreadableOrder(text="no status", order_id="N1", symbol="ALPHA", row=0),
    "by its tag": UnreadableOrder(text="no status", tag="TE1", symbol="ALPHA", row=0),
    "no word of it": NOBODYS,
}


def asked_again(rig: Rig, *reports, unreadable, holdings=(TEN,), times=4) -> list:
    """So many rounds of books and holdings, a second apart."""
    effects = []
    for _ in range(times):
        effects += rig.wait(NS)
        effects += agree(rig, *reports, unreadable=unreadable, holdings=holdings)
    return effects


@pytest.mark.parametrize("entry", UNREAD)
def test_what_an_unreadable_entry_filled_before_a_start_gets_its_stop(entry):
    numbered = entry == "numbered"
    rig = begun(*(HELD[:3] if numbered else HELD[:2]))
    unread = (UNREAD[entry],)
    sent = agree(rig, unreadable=unread)
    assert not placed(sent), "once proves nothing"
    sent = asked_again(rig, unreadable=unread)
    (stop,) = placed(sent)
    assert (stop.side, stop.terms.kind, stop.terms.quantity) == (
        Side.SELL,
        OrderKind.STOP_LIMIT,
        10,
    )
    (noted,) = [one for one in sent if isinstance(one, NoteFilled)]
    assert (noted.filled, noted.value) == (10, TEN.value)
    assert [text for text in alarms(rig) if "guarded as filled" in text]
    assert rig.engine.proposer.standing(0).unreadable, "nothing enters it all the same"


def filled_unseen(filled: int = 10) -> tuple[Rig, Order]:
    """A running engine whose entry fills while nobody can read it."""
    rig = Rig().open_market()
    entry = rig.enter(0)
    rig.place(entry)
    unread = (UnreadableOrder(text="no status", order_id=entry.order_id, symbol="ALPHA", row=0),)
    held = Holding(row=0, symbol="ALPHA", quantity=filled, value=filled * entry.terms.price)
    asked_again(rig, unreadable=unread, holdings=(held,), times=3)
    return rig, entry


def test_it_is_the_same_while_a_run_lasts_and_counts_once():
    rig, entry = filled_unseen()
    position = rig.desk.positions[0]
    assert (entry.filled, position.held) == (10, 10)
    assert position.exit is not None
    assert position.exit.wanted.quantity == 10
    rig.report(entry, ReportStatus.OPEN, 10)
    assert position.held == 10
    assert not entry.supposed


def test_the_last_word_of_the_broker_replaces_what_was_told_from_holdings():
    rig, entry = filled_unseen()
    rig.report(entry, ReportStatus.OPEN, 0)
    assert entry.filled == 10, "a late update proves nothing"
    rig.alone = False
    rig.report(entry, ReportStatus.CANCELLED, 4)
    assert entry.filled == 4
    assert rig.desk.positions[0].held == 4


def test_one_book_must_come_between():
    rig = begun(*HELD[:3])
    unread = (UNREAD["numbered"],)
    agree(rig, unreadable=unread)
    for _ in range(3):
        rig.now += NS
        held = ev.PositionsReported(at_ns=rig.now, holdings=(TEN,), asked_ns=rig.now)
        assert not placed(rig.give(held))


@pytest.mark.parametrize("quantity", [11, -10])
def test_what_the_entry_cannot_have_traded_is_not_its_fill(quantity):
    rig = begun(*HELD[:3])
    held = Holding(row=0, symbol="ALPHA", quantity=quantity, value=abs(quantity) * 1_000_00)
    unread = (UNREAD["numbered"],)
    agree(rig, unreadable=unread, holdings=(held,))
    sent = asked_again(rig, unreadable=unread, holdings=(held,), times=6)
    assert not placed(sent)
    assert rig.engine.trading is TradingState.HALTED


def test_a_restart_remembers_it():
    noted = NoteFilled(tag="TE1", filled=10, value=TEN.value)
    rig = begun(*HELD[:3], noted, NoteFilled(tag="TE9", filled=10, value=1))
    sent = agree(rig, unreadable=(UNREAD["numbered"],))
    (stop,) = placed(sent)
    assert stop.terms.quantity == 10
    listed(rig, BOUGHT)
    assert rig.desk.positions[0].held == 10


def test_an_entry_that_carries_its_stop_waits_for_its_number():
    rig = begun(HELD[0], msgspec.structs.replace(HELD[1], guard=995_00))
    agree(rig, unreadable=(NOBODYS,))
    sent = asked_again(rig, unreadable=(NOBODYS,), times=6)
    assert not placed(sent)


@pytest.mark.parametrize("tagged", [True, False])
def test_a_stop_of_the_broker_nobody_can_read_is_not_proven_absent(tagged):
    """It bears the tag of its entry; one of ours beside it would turn the position around."""
    rig = covered()
    entry = rig.enter(0)
    rig.place(entry)
    done = rig.describe(entry, ReportStatus.COMPLETE)
    tag = entry.tag if tagged else ""
    stop = UnreadableOrder(text="no status", order_id="L1", tag=tag, symbol="ALPHA", row=0)
    for _ in range(12):
        rig.wait(NS)
        assert not placed(listed(rig, done, unreadable=(stop,)))
    assert rig.desk.positions[0].protection() is Protection.UNKNOWN


def test_what_cannot_be_read_of_one_order_says_nothing_of_another():
    """Only the entry is unreadable, by its number: the broker's stop is missing all the same."""
    rig = covered()
    entry = rig.enter(0)
    rig.place(entry)
    done = rig.describe(entry, ReportStatus.COMPLETE)
    rig.poll_answer((done,))
    itself = UnreadableOrder(text="no status", order_id=entry.order_id, symbol="ALPHA", row=0)
    sent = []
    for _ in range(12):
        rig.wait(NS)
        sent += listed(rig, unreadable=(itself,))
    assert placed(sent)[0].side is Side.SELL


# -- an entry of ours the journal lost, unreadable at the start ----------------------------

LOST = {
    "numbered": UnreadableOrder(text="no status", order_id="N1", symbol="ALPHA", row=0),
    "by its tag": UnreadableOrder(text="no status", tag="TE1", symbol="ALPHA", row=0),
    "no word of it": NOBODYS,
}


def start_without(entry: str, *more: object) -> Rig:
    """A start of which the journal has the earlier run alone, and the book an unreadable entry."""
    rig = begun(HELD[0], *more)
    agree(rig, unreadable=(LOST[entry],))
    return rig


@pytest.mark.parametrize("entry", LOST)
def test_an_entry_the_journal_lost_is_ours_when_it_can_be_read(entry):
    rig = start_without(entry)
    (stop,) = placed(listed(rig, BOUGHT))
    assert (stop.side, stop.terms.quantity) == (Side.SELL, 10)
    assert rig.desk.positions[0].held == 10
    assert rig.desk.believed(0) == 10
    assert [text for text in alarms(rig) if "the journal lost" in text]
    resting = rig.describe(rig.desk.positions[0].exit, ReportStatus.TRIGGER_PENDING)
    asked_again(rig, BOUGHT, resting, unreadable=())
    assert rig.engine.trading is TradingState.ACTIVE


def test_the_rest_of_it_is_taken_back():
    rig = start_without("numbered")
    working = told("N1", "TE1", ReportStatus.OPEN)
    (cancel,) = requests(listed(rig, working))
    assert isinstance(cancel, CancelOrder)
    assert cancel.order_id == "N1"


def test_an_update_of_it_asks_for_the_order_book():
    rig = start_without("numbered")
    sent = rig.give(ev.OrderReported(at_ns=rig.now, report=BOUGHT))
    assert PollOrderBook() in sent
    assert not rig.desk.positions
    assert rig.desk.believed(0) == 0


def test_the_start_after_it_knows_it_too():
    first = ev.OrderBookReported(at_ns=0, reports=(), asked_ns=0, unreadable=(LOST["numbered"],))
    held = ev.PositionsReported(at_ns=0, holdings=(TEN,), asked_ns=1 << 62)
    update = ev.OrderReported(at_ns=0, report=BOUGHT)
    book = ev.OrderBookReported(at_ns=0, reports=(BOUGHT,), asked_ns=0)
    for news in ((), (book,), (update,), (update, book)):
        rig = begun(HELD[0], first, held, *news)
        (stop,) = placed(agree(rig, BOUGHT))
        assert stop.terms.quantity == rig.desk.positions[0].held == 10


def test_shares_taken_over_already_and_other_peoples_orders_are_none_of_it():
    rig = start_without("numbered")
    asked_again(rig, unreadable=(LOST["numbered"],), times=6)
    (position,) = rig.desk.positions.values()
    listed(rig, BOUGHT)
    assert list(rig.desk.positions.values()) == [position]
    assert rig.desk.believed(0) == position.held == 10
    rig = start_without("numbered")
    assert not placed(listed(rig, told("N1", "WE1", ReportStatus.COMPLETE)))
    assert not rig.desk.positions
    assert rig.desk.believed(0) == 10


def test_on_another_day_nothing_of_it_is_left():
    rig = start_without("no word of it")
    rig.wait(24 * 3_600 * NS)
    listed(rig, BOUGHT)
    assert not rig.desk.positions
