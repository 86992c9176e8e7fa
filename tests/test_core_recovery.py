"""Rebuilding from a journal, and agreeing with the broker: one record after the other."""

from __future__ import annotations

from random import Random

import msgspec
import pytest
from engine_rig import NS, START, STOCKS, Rig
from test_core_walk import World, manners

from tui_scalper.core import commands as cm
from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.config import Style
from tui_scalper.core.decisions import Steered
from tui_scalper.core.goal_table import Goal
from tui_scalper.core.journalled import Note, Record, RunStarted
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import (
    Holding,
    OrderKind,
    OrderReport,
    OrderTerms,
    Purpose,
    ReportStatus,
)
from tui_scalper.core.reconciling import reconcile
from tui_scalper.core.recovery import Rebuilt, rebuild
from tui_scalper.core.units import Side

TERMS = OrderTerms(kind=OrderKind.LIMIT, quantity=10, price=1_000_00)
STOP = OrderTerms(kind=OrderKind.STOP_LIMIT, quantity=10, price=995_50, trigger=997_50)


def place(tag: str, row: int = 0, side: Side = Side.BUY, **fields: object) -> ef.PlaceOrder:
    values = {"symbol": STOCKS[row].symbol, "terms": TERMS, "purpose": Purpose.ENTRY, **fields}
    return ef.PlaceOrder(tag=tag, row=row, exchange="NSE", side=side, **values)


def told(order_id: str, tag: str, status: ReportStatus, **fields: object) -> OrderReport:
    row = int(fields.pop("row", 0))
    values = {
        "side": Side.BUY,
        "terms": TERMS,
        "filled": 10 if status is ReportStatus.COMPLETE else 0,
        "filled_value": 10 * 1_000_00 if status is ReportStatus.COMPLETE else 0,
        "symbol": STOCKS[row].symbol if row >= 0 else "ELSEWHERE",
        **fields,
    }
    return OrderReport(order_id=order_id, tag=tag, row=row, status=status, **values)


def rebuilt(*bodies: object) -> tuple[Rig, Rebuilt]:
    """A fresh engine whose desk took in `bodies`, a millisecond apart."""
    rig = Rig()
    records = [
        Record(seq=seq, at_ns=START + seq * 1_000_000, body=body) for seq, body in enumerate(bodies)
    ]
    return rig, rebuild(rig.desk, rig.engine.universe, records, START + NS)


def compared(rig: Rig, reports: tuple[OrderReport, ...]):
    return reconcile(rig.desk, rig.engine.universe, reports, run_ids=("T",), now_ns=START + NS)


HELD = (
    RunStarted(mode="sim", run_id="T"),
    place("TE1"),
    ev.Placed(at_ns=START, tag="TE1", order_id="N1"),
    ev.OrderReported(at_ns=START, report=told("N1", "TE1", ReportStatus.COMPLETE)),
    place("TX1", side=Side.SELL, terms=STOP, purpose=Purpose.EXIT),
    ev.Placed(at_ns=START, tag="TX1", order_id="N2"),
)
"""Ten shares bought and their stop taken by the broker."""


# -- the law -------------------------------------------------------------------------------


@pytest.mark.parametrize("block", range(3))
def test_a_journal_cut_anywhere_rebuilds_the_orders_of_that_moment(block):
    compared_orders = sum(cut_and_rebuilt(seed) for seed in range(block, 15, 3))
    assert compared_orders > 200, "hardly an order to compare"


def cut_and_rebuilt(seed: int) -> int:
    """A walk whose journal is rebuilt at random moments; returns how many orders were alike."""
    world = World(seed, (Style.ENGINE,))  # a stop that is awaited is in no journal
    world.broker.manners = manners(world.rng)
    records: list[Record] = []
    cuts = Random(seed)
    receive = world.rig.engine.receive

    def keep(at_ns, body):
        records.append(Record(seq=len(records), at_ns=at_ns, body=body))

    def journalled(event):
        if not isinstance(event, ev.Ticks | ev.ClockTicked):
            keep(event.at_ns, event)
        effects = receive(event)
        for effect in effects:
            keep(world.rig.engine.now_ns, effect)
        return effects

    world.rig.engine.receive = journalled
    alike = 0
    for _ in range(500):
        world.step()
        if cuts.random() < 0.05:
            try:
                alike += same_orders(world.rig, records)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}, {len(records)} records: {error}") from error
    return alike


def same_orders(live: Rig, records: list[Record]) -> int:
    fresh = Rig(config=live.config)
    rebuild(fresh.desk, fresh.engine.universe, records, live.now)
    orders = list(live.desk.blotter)
    assert [order.tag for order in fresh.desk.blotter] == [order.tag for order in orders]
    for order in orders:
        again = fresh.order(order.tag)
        known = (again.order_id, again.filled, again.value, again.purpose, again.side)
        assert known == (order.order_id, order.filled, order.value, order.purpose, order.side)
        uncertain = order.in_flight
        assert again.state is (OrderState.UNKNOWN if uncertain else order.state), order.tag
        if not uncertain and order.live:
            assert again.wanted == order.wanted
    held = {row: one.held for row, one in live.desk.positions.items() if one.held}
    assert {row: one.held for row, one in fresh.desk.positions.items() if one.held} == held
    return len(orders)


# -- record by record ----------------------------------------------------------------------


def test_a_held_position_comes_back_with_its_stop_and_asks_nothing():
    rig, found = rebuilt(*HELD)
    position = rig.desk.positions[0]
    assert (position.held, position.goal) == (10, Goal.PROTECT)
    assert position.exit is rig.order("TX1")
    assert found == Rebuilt(records=6, orders=2, open_positions=1, run_ids=("T",))
    assert rig.desk.frozen
    assert rig.effects == []


def test_records_of_nothing_we_know_change_nothing():
    nobody = (
        Note(text="hello"),
        place("TE9", symbol="GONE"),
        place("TX9", row=1, side=Side.SELL, purpose=Purpose.EXIT),
        ef.CancelOrder(order_id="N7"),
        ef.ModifyOrder(order_id="N7", terms=TERMS),
        ev.Placed(at_ns=START, tag="TE8", order_id="N8"),
        ev.ModifyRefused(at_ns=START, order_id="N7", text="no"),
        ev.OrderReported(at_ns=START, report=told("N7", "", ReportStatus.OPEN)),
    )
    rig, found = rebuilt(*HELD, *nobody, place("TE1"))
    assert found.orders == 2
    assert list(rig.desk.positions) == [0]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (ev.PlaceRefused(at_ns=START, tag="TE1", text="no"), OrderState.REJECTED),
        (ev.PlaceUnknown(at_ns=START, tag="TE1", text="cut"), OrderState.UNKNOWN),
        (ev.Placed(at_ns=START, tag="TE1", order_id="N1"), OrderState.WORKING),
        (Note(text="killed before the answer"), OrderState.UNKNOWN),
    ],
)
def test_an_entry_stands_as_its_answer_says(answer, state):
    rig, _ = rebuilt(place("TE1"), answer)
    assert rig.order("TE1").state is state


@pytest.mark.parametrize(
    ("asked", "answer", "state"),
    [
        ("modify", ev.ModifyRefused(at_ns=START, order_id="N2", text="no"), OrderState.WORKING),
        ("cancel", ev.CancelRefused(at_ns=START, order_id="N2", text="no"), OrderState.UNKNOWN),
        ("modify", ev.ChangeUnknown(at_ns=START, order_id="N2", text="cut"), OrderState.UNKNOWN),
        ("modify", Note(text="killed before the answer"), OrderState.UNKNOWN),
    ],
)
def test_a_change_stands_as_its_answer_says(asked, answer, state):
    moved = OrderTerms(kind=OrderKind.LIMIT, quantity=10, price=1_010_00)
    request = {
        "modify": ef.ModifyOrder(order_id="N2", terms=moved),
        "cancel": ef.CancelOrder(order_id="N2"),
    }[asked]
    rig, _ = rebuilt(*HELD, request, answer)
    stop = rig.order("TX1")
    assert stop.state is state
    refused = isinstance(answer, ev.ModifyRefused)
    assert (stop.wanted == STOP) == (refused or asked == "cancel")


def test_a_stop_turned_into_an_exit_before_the_end_is_priced_anew():
    leaving = OrderTerms(kind=OrderKind.LIMIT, quantity=10, price=990_00)
    seen = told("N2", "TX1", ReportStatus.OPEN, side=Side.SELL, terms=leaving)
    rig, _ = rebuilt(
        *HELD,
        ef.ModifyOrder(order_id="N2", terms=leaving),
        ev.OrderBookReported(at_ns=START, reports=(seen,), asked_ns=START),
    )
    position = rig.desk.positions[0]
    assert position.goal is Goal.EXIT
    assert position.deadline_ns == START + NS


def test_an_exit_the_exchange_refused_for_its_price_is_not_tried_at_that_price_again():
    leaving = OrderTerms(kind=OrderKind.LIMIT, quantity=10, price=990_00)
    refused = told("N3", "TX2", ReportStatus.REJECTED, side=Side.SELL, terms=leaving)
    rig, _ = rebuilt(
        *HELD[:4],
        place("TX2", side=Side.SELL, terms=leaving, purpose=Purpose.EXIT),
        ev.OrderReported(at_ns=START, report=refused),
    )
    assert not rig.desk.positions[0].collared
    plain, _ = rebuilt(*HELD)
    assert plain.desk.positions[0].collared


def test_an_update_larger_than_asked_is_no_more_believed_from_the_journal_than_live():
    larger = OrderTerms(kind=OrderKind.LIMIT, quantity=500, price=1_000_00)
    lie = told("N1", "TE1", ReportStatus.COMPLETE, terms=larger, filled=500, filled_value=5)
    rig, _ = rebuilt(*HELD[:3], ev.OrderReported(at_ns=START, report=lie))
    assert rig.order("TE1").filled == 0


# -- against the broker's books ------------------------------------------------------------


def test_an_order_whose_intent_was_lost_is_taken_over_by_its_tag():
    rig, _ = rebuilt(RunStarted(mode="sim", run_id="T"))
    found = compared(rig, (told("N1", "TE1", ReportStatus.COMPLETE),))
    assert (found.adopted, rig.desk.positions[0].held) == (1, 10)


def test_a_lost_exit_joins_the_position_it_leaves():
    rig, _ = rebuilt(*HELD[:4])
    stop = told("N2", "TX1", ReportStatus.TRIGGER_PENDING, side=Side.SELL, terms=STOP)
    found = compared(rig, (HELD[3].report, stop))
    assert (found.known, found.adopted) == (1, 1)
    assert rig.desk.positions[0].exit is rig.order("TX1")


@pytest.mark.parametrize(
    "report",
    [
        told("N5", "TX1", ReportStatus.OPEN, side=Side.SELL),
        told("N5", "TX1", ReportStatus.OPEN, row=-1),
        told("N5", "OTHER1", ReportStatus.OPEN),
        told("N5", "TZ1", ReportStatus.OPEN),
        told("N5", "TE", ReportStatus.OPEN),
    ],
    ids=["exit of nothing", "elsewhere", "another program", "no purpose", "no number"],
)
def test_an_order_that_cannot_be_ours_is_left_alone(report):
    rig, _ = rebuilt(RunStarted(mode="sim", run_id="T"))
    found = compared(rig, (report,))
    assert (found.adopted, found.foreign) == (0, 1)
    assert list(rig.desk.blotter) == []


def test_an_exit_on_the_side_of_its_position_is_not_taken_for_an_exit():
    rig, _ = rebuilt(*HELD[:4])
    found = compared(rig, (HELD[3].report, told("N9", "TX7", ReportStatus.OPEN)))
    assert found.foreign == 1


def test_a_live_order_the_broker_does_not_list_is_doubted_not_forgotten():
    rig, _ = rebuilt(*HELD)
    found = compared(rig, (HELD[3].report,))
    assert found.missing == ("TX1",)
    assert rig.order("TX1").state is OrderState.UNKNOWN


def test_shares_traded_by_hand_while_a_start_compares_are_counted_once():
    """Seed 12920 of a long soak: the news came first, then the holdings that had it in them."""
    rig = Rig()
    rig.engine.begin((), rig.now, latched=False)
    sold = told("H1", "", ReportStatus.COMPLETE, side=Side.SELL)
    rig.give(ev.OrderReported(at_ns=rig.now, report=sold))
    rig.poll_answer([sold])
    rig.now += 1
    holding = Holding(row=0, symbol="ALPHA", quantity=-10, value=10 * 1_000_00)
    rig.give(ev.PositionsReported(at_ns=rig.now, holdings=(holding,), asked_ns=rig.now))
    assert rig.desk.positions == {}
    assert rig.desk.strangers.net[0] == -10


# -- a start after a start -----------------------------------------------------------------


def shown(*reports: OrderReport) -> ev.OrderBookReported:
    return ev.OrderBookReported(at_ns=START, reports=reports, asked_ns=START)


def held(*holdings: Holding, asked_ns: int = START + NS) -> ev.PositionsReported:
    return ev.PositionsReported(at_ns=asked_ns, holdings=holdings, asked_ns=asked_ns)


SECOND = RunStarted(mode="sim", run_id="U")
ENTRY, STOPPED = (
    told("N1", "TE1", ReportStatus.COMPLETE),
    told("N2", "TX1", ReportStatus.COMPLETE, side=Side.SELL, terms=STOP),
)


def test_what_an_earlier_start_took_over_by_its_tag_is_known_to_the_next():
    """A power cut lost an entry; its position must not be mistaken for an older one's."""
    rig, _ = rebuilt(
        RunStarted(mode="sim", run_id="T"),
        SECOND,
        shown(ENTRY, STOPPED),
        held(),
        place("UE1"),
        ev.OrderReported(at_ns=START, report=told("N3", "UE1", ReportStatus.COMPLETE)),
        place("UX2", side=Side.SELL, terms=STOP, purpose=Purpose.EXIT),
    )
    assert rig.order("TE1").filled == rig.order("TX1").filled == 10
    assert rig.desk.positions[0].entry is rig.order("UE1")
    assert rig.desk.positions[0].exit is rig.order("UX2")


def test_holdings_an_earlier_run_took_over_keep_their_exit():
    past = (
        RunStarted(mode="sim", run_id="T"),
        shown(),
        ef.NoteHolding(tag="TA1", row=0, symbol="ALPHA", quantity=10, value=10 * 1_000_00),
        place("TX2", side=Side.SELL, terms=STOP, purpose=Purpose.EXIT),
    )
    rig, found = rebuilt(*past, past[2])
    position = rig.desk.positions[0]
    assert (found.orders, found.open_positions) == (2, 1)
    assert (position.entry.tag, position.held) == ("TA1", 10)
    assert position.exit is rig.order("TX2")


@pytest.mark.parametrize(
    "between",
    [
        (),
        (held(asked_ns=START - 1),),
        (ev.OrderReported(at_ns=START + NS, report=ENTRY), held()),
    ],
    ids=["none", "asked before the order book", "older than news"],
)
def test_only_a_comparison_that_an_earlier_start_came_to_takes_orders_over_again(between):
    rig, _ = rebuilt(RunStarted(mode="sim", run_id="T"), shown(ENTRY), *between)
    assert rig.desk.positions == {}


def test_records_about_what_the_journal_does_not_hold_change_nothing():
    strange = (
        ev.Commanded(at_ns=START, command=cm.TakeOver(key_ns=START, row=2)),
        Steered(tag="TX9", goal=Goal.EXIT, reason="lost", expected=1, row=b""),
    )
    rig, _ = rebuilt(*HELD, *strange)
    (position,) = rig.desk.owned()
    assert (position.row, position.manual) == (0, False)
    assert position.reason != "lost"


CHILD = OrderTerms(kind=OrderKind.STOP_LIMIT, quantity=10, price=0, trigger=997_50)


def leg(order_id="C1", parent="N1", **fields):
    """What the broker says of the second leg of an order."""
    report = told(order_id, "", ReportStatus.TRIGGER_PENDING, side=Side.SELL, terms=CHILD)
    return msgspec.structs.replace(report, parent_id=parent, **fields)


def test_a_second_leg_for_more_than_its_entry_filled_is_too_early_to_be_believed():
    early = leg()
    book = ev.OrderBookReported(at_ns=START, reports=(early,), asked_ns=START)
    rig, _ = rebuilt(*HELD[1:3], ev.OrderReported(at_ns=START, report=early), book)
    assert rig.desk.blotter.by_id("C1") is None
    assert rig.desk.strangers.net == {}


def test_what_others_did_while_we_watched_is_credited_once_and_orders_without_fills_are_not():
    filled = told("H1", "", ReportStatus.COMPLETE)
    resting = told("H2", "", ReportStatus.OPEN)
    book = ev.OrderBookReported(at_ns=START, reports=(filled, resting), asked_ns=START)
    rig, _ = rebuilt(*HELD[1:], book, book)
    assert rig.desk.strangers.net == {0: 10}


def test_of_two_reports_of_an_order_of_others_the_one_with_more_fills_counts():
    more, less = (
        msgspec.structs.replace(told("H1", "", ReportStatus.OPEN), filled=n, filled_value=n * 1_000)
        for n in (7, 3)
    )
    rig, _ = rebuilt(*HELD)
    compared(rig, (HELD[3].report, told("N2", "TX1", ReportStatus.OPEN), more, less))
    assert rig.desk.strangers.net[0] == 7


def test_a_late_fill_of_a_position_that_was_over_is_its_own_again():
    part = msgspec.structs.replace(
        told("N1", "TE1", ReportStatus.CANCELLED), filled=4, filled_value=4 * 1_000_00
    )
    stop = msgspec.structs.replace(STOP, quantity=4)
    sold = told("N2", "TX1", ReportStatus.COMPLETE, side=Side.SELL, terms=stop, filled=4)
    rig, _ = rebuilt(
        *HELD[1:3],
        ev.OrderReported(at_ns=START, report=part),
        place("TX1", side=Side.SELL, terms=stop, purpose=Purpose.EXIT),
        ev.OrderReported(at_ns=START, report=sold),
        ev.OrderReported(at_ns=START, report=HELD[3].report),
    )
    assert rig.desk.positions[0].held == 6


SECOND = (
    place("TE2"),
    ev.Placed(at_ns=START, tag="TE2", order_id="N3"),
    ev.OrderReported(at_ns=START, report=told("N3", "TE2", ReportStatus.COMPLETE)),
)


def test_an_order_of_an_earlier_position_that_only_works_after_all_credits_nobody():
    sold = told("N4", "TX2", ReportStatus.COMPLETE, side=Side.SELL)
    works = told("N2", "TX1", ReportStatus.OPEN, side=Side.SELL, terms=STOP)
    rig, _ = rebuilt(
        *HELD[1:5],
        ev.PlaceUnknown(at_ns=START, tag="TX1", text="time-out"),
        place("TX2", side=Side.SELL, purpose=Purpose.EXIT),
        ev.OrderReported(at_ns=START, report=sold),
        *SECOND,
        ev.OrderReported(at_ns=START, report=works),
    )
    assert rig.desk.positions[0].held == 10
    assert rig.desk.strangers.net == {}


def test_an_order_of_an_earlier_position_that_works_after_a_later_one_is_over_is_guarded_again():
    sold = told("N4", "TX2", ReportStatus.COMPLETE, side=Side.SELL)
    works = told("N2", "TX1", ReportStatus.OPEN, side=Side.SELL, terms=STOP)
    rig, _ = rebuilt(
        *HELD[1:5],
        ev.PlaceUnknown(at_ns=START, tag="TX1", text="time-out"),
        place("TX2", side=Side.SELL, purpose=Purpose.EXIT),
        ev.OrderReported(at_ns=START, report=sold),
        *SECOND[:2],
        ev.OrderReported(at_ns=START, report=told("N3", "TE2", ReportStatus.CANCELLED)),
        ev.OrderReported(at_ns=START, report=works),
    )
    assert rig.desk.positions[0].entry.tag == "TE1"


def test_what_an_earlier_position_seems_to_hold_is_nobodys_to_guard():
    rig, _ = rebuilt(*HELD, *SECOND)
    gone = told("N2", "TX1", ReportStatus.CANCELLED, side=Side.SELL, terms=STOP)
    compared(rig, (HELD[3].report, gone, SECOND[2].report))
    assert rig.desk.positions[0].entry.tag == "TE2"
    assert (rig.desk.positions[0].held, rig.desk.strangers.net[0]) == (10, 10)


@pytest.mark.parametrize("filled", [True, False])
def test_a_leg_the_journal_lost_is_taken_over_by_its_entry_once_that_is_filled(filled):
    known = HELD[1:4] if filled else HELD[1:3]
    rig, _ = rebuilt(*known)
    entry = HELD[3].report if filled else told("N1", "TE1", ReportStatus.OPEN)
    compared(rig, (entry, leg()))
    assert (rig.desk.blotter.by_id("C1") is not None) == filled


def test_an_order_listed_as_over_again_and_again_is_taken_once():
    """A day's order book repeats what is over with every poll."""
    over = told("N1", "TE1", ReportStatus.COMPLETE)
    book = ev.OrderBookReported(at_ns=START, reports=(over,), asked_ns=START)
    rig, _ = rebuilt(*HELD[:3], book, book)
    order = rig.desk.blotter.by_tag("TE1")
    assert (order.state, order.filled) == (OrderState.FILLED, 10)
    assert rig.desk.owner(order).filled_ns == START + 3 * 1_000_000
