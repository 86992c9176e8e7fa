"""The unfilled rest of an entry: taken back, or followed inside the collar of the decision."""

from __future__ import annotations

import pytest
from engine_rig import PRICES, STOCKS, Rig
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.blotter import Order
from tui_scalper.core.config import EngineConfig, EntryRules, Remainder
from tui_scalper.core.effects import CancelOrder, Effect, ModifyOrder, PlaceOrder
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import ReportStatus
from tui_scalper.core.prices import collared
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import MS, NS, Side

CHASES = 2
CHASING = EngineConfig(
    mode=Mode.SIM, run_id="T", entry=EntryRules(remainder=Remainder.CHASE, chases=CHASES)
)
TICK = STOCKS[0].tick
WAIT = CHASING.entry.remainder_ns
LOW = 55
"""So many ticks a nudged price lies short of its collar, still marketable."""


def modest_entry(rig: Rig, side: Side = Side.BUY, ticks: int = LOW) -> Order:
    """An entry sent `ticks` short of its collar and resting at the broker."""
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=side)
    rig.press(cm.NudgePrice, ticks=-ticks * side)
    staged = rig.engine.operator.staged
    assert staged is not None
    sent = rig.press(cm.Confirm, stage_id=staged.stage_id)
    (place,) = [effect for effect in sent if isinstance(effect, PlaceOrder)]
    entry = rig.order(place.tag)
    rig.place(entry)
    rig.report(entry, ReportStatus.OPEN)
    rig.effects.clear()
    return entry


def moves(effects: list[Effect], entry: Order) -> list[int]:
    """Prices the entry was moved to."""
    return [
        effect.terms.price
        for effect in effects
        if isinstance(effect, ModifyOrder) and effect.order_id == entry.order_id
    ]


def taken_back(effects: list[Effect], entry: Order) -> bool:
    return CancelOrder(order_id=entry.order_id) in effects


def fresh(rig: Rig, bid: int, ns: int) -> list[Effect]:
    """A book of this bid, once more shortly before `ns` are over."""
    effects = rig.wait(ns - 10 * MS)
    effects += rig.book(0, bid)
    return effects + rig.wait(10 * MS)


@pytest.fixture
def rig() -> Rig:
    return Rig(config=CHASING).open_market()


def test_the_rest_is_moved_to_the_present_collar_and_taken_back_in_the_end(rig):
    entry = modest_entry(rig)
    decided = collared(PRICES[0] + TICK, Side.BUY, CHASING.entry.collar_bp, TICK)
    bid = PRICES[0] - 10 * TICK
    price = collared(bid + TICK, Side.BUY, CHASING.entry.collar_bp, TICK)
    assert entry.terms.price < price < decided
    assert moves(fresh(rig, bid, WAIT), entry) == [price]
    rig.report(entry, ReportStatus.OPEN)
    assert moves(fresh(rig, PRICES[0] + 20 * TICK, WAIT), entry) == [decided], "not beyond it"
    rig.report(entry, ReportStatus.OPEN)
    effects = fresh(rig, PRICES[0], WAIT)
    assert moves(effects, entry) == []
    assert taken_back(effects, entry)


def test_a_rest_is_taken_back_at_once_by_default():
    rig = Rig().open_market()
    entry = modest_entry(rig)
    effects = fresh(rig, PRICES[0], WAIT)
    assert moves(effects, entry) == []
    assert taken_back(effects, entry)


def test_a_market_beyond_the_collar_is_not_run_after(rig):
    entry = modest_entry(rig)
    effects = fresh(rig, PRICES[0] + 100 * TICK, WAIT)
    assert moves(effects, entry) == []
    assert taken_back(effects, entry)
    assert rig.refused() == {"thin_book": 1}


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        (lambda rig: rig.press(cm.Pause), "paused"),
        (lambda rig: rig.press(cm.Disarm), "disarmed"),
        (
            lambda rig: (
                rig.give(ev.LinkChanged(at_ns=rig.now, link=ev.Link.DOWN)),
                rig.press(cm.Arm),
            ),
            "link_down",
        ),
    ],
)
def test_no_rest_is_chased_when_no_entry_may_leave(rig, stop, reason):
    entry = modest_entry(rig)
    rig.wait(WAIT - 100 * MS)
    rig.book(0, PRICES[0])
    stop(rig)
    effects = rig.wait(100 * MS)
    assert moves(effects, entry) == []
    assert taken_back(effects, entry)
    assert rig.refused()[reason] == 1


def test_an_entry_in_doubt_is_not_chased(rig):
    """It blocks its stock until the broker says where it stands, then it is taken back."""
    entry = modest_entry(rig)
    assert moves(fresh(rig, PRICES[0], WAIT), entry)
    rig.give(ev.ChangeUnknown(at_ns=rig.now, order_id=entry.order_id, text="timed out"))
    assert entry.state is OrderState.UNKNOWN
    effects = fresh(rig, PRICES[0], WAIT)
    assert moves(effects, entry) == []
    assert not taken_back(effects, entry), "nobody knows what would be taken back"
    assert entry.state is OrderState.UNKNOWN
    assert rig.desk.unknown(0, rig.now)
    assert taken_back(rig.poll_answer([rig.describe(entry, ReportStatus.OPEN)]), entry)


def test_a_refused_move_leaves_the_order_as_it_was_and_is_not_repeated(rig):
    entry = modest_entry(rig)
    before = entry.terms
    assert moves(fresh(rig, PRICES[0], WAIT), entry)
    rig.give(ev.ModifyRefused(at_ns=rig.now, order_id=entry.order_id, text="too many"))
    assert (entry.state, entry.wanted) == (OrderState.WORKING, before)
    assert moves(rig.wait(WAIT - 1), entry) == []


@given(
    side=st.sampled_from([Side.BUY, Side.SELL]),
    ticks=st.integers(0, LOW),
    path=st.lists(
        st.tuples(st.integers(-80, 80), st.integers(0, 30), st.sampled_from("ruan")), max_size=6
    ),
)
def test_a_chase_stays_inside_the_collar_of_the_decision(side, ticks, path):
    """No move lies beyond it, none asks for more, and never more is filled than was asked."""
    rig = Rig(config=CHASING).open_market()
    best = PRICES[0] + TICK if side is Side.BUY else PRICES[0]
    edge = collared(best, side, CHASING.entry.collar_bp, TICK)
    entry = modest_entry(rig, side, ticks)
    asked = entry.wanted.quantity
    made = []
    for drift, share, answer in path:
        effects = fresh(rig, PRICES[0] + drift * TICK, WAIT)
        made += moves(effects, entry)
        if entry.state is OrderState.MODIFYING and answer == "r":
            rig.give(ev.ModifyRefused(at_ns=rig.now, order_id=entry.order_id, text="no"))
        elif entry.state is OrderState.MODIFYING and answer == "u":
            rig.give(ev.ChangeUnknown(at_ns=rig.now, order_id=entry.order_id, text="lost"))
        elif entry.live and answer == "a":
            filled = min(entry.filled + asked * share // 100, asked)
            full = filled == asked
            status = ReportStatus.COMPLETE if full else ReportStatus.OPEN
            rig.report(entry, status, filled)
            for stop in rig.desk.positions[0].exits:
                if not stop.order_id:
                    rig.place(stop)
                if stop.live:
                    rig.report(stop, ReportStatus.TRIGGER_PENDING)
    rig.wait(1 * NS)
    assert len(made) <= CHASES
    assert all((price - edge) * side <= 0 and price % TICK == 0 for price in made)
    changes = [one for one in rig.sent(ModifyOrder) if one.order_id == entry.order_id]
    assert all(one.terms.quantity == asked for one in changes)
    assert entry.filled <= asked


def test_without_a_price_to_follow_the_rest_is_taken_back(rig):
    entry = modest_entry(rig)
    rig.wait(WAIT - 10 * MS)
    rig.engine.table.cells[0, c.ASK_PRICE] = 0
    effects = rig.wait(10 * MS)
    assert moves(effects, entry) == []
    assert taken_back(effects, entry)


def test_a_rest_that_lies_at_its_price_already_waits_once_more(rig):
    entry = modest_entry(rig, ticks=0)
    effects = fresh(rig, PRICES[0], WAIT)
    assert (moves(effects, entry), taken_back(effects, entry)) == ([], False)
    assert rig.desk.positions[0].chases == 1
