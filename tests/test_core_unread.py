"""An order book with entries nobody can read: the rest is used, and what is held is guarded."""

from __future__ import annotations

import pytest
from engine_rig import NS, Rig
from test_core_recovery import HELD, told
from test_core_restart import BOUGHT, RESTING, TEN, begun

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.effects import CancelOrder, ModifyOrder, PlaceOrder, PollOrder, PollOrderBook
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import OrderKind, ReportStatus, UnreadableOrder
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
