"""Exits near the circuit limits: the broker refuses prices beyond them, whatever the need."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from engine_rig import NS, PRICES, Rig

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig, ProtectionRules
from tui_scalper.core.effects import CancelOrder, ModifyOrder, PlaceOrder
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import ReportStatus
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import Side

NO_RETRY = EngineConfig(mode=Mode.SIM, run_id="T", protection=ProtectionRules(stop_retries=0))
"""A rejected stop is followed by a forced exit at once."""

BEYOND = "Price is outside the circuit limits."


def only(effects, kind):
    """The one effect of `kind` among `effects`."""
    found = [effect for effect in effects if isinstance(effect, kind)]
    assert len(found) == 1, effects
    return found[0]


def bare(rig, side):
    """A position whose stop the broker rejects; the forced exit that follows."""
    entry = rig.enter(0, side)
    rig.place(entry)
    price = PRICES[0] + 5 if side is Side.BUY else PRICES[0]
    stop = only(rig.report(entry, ReportStatus.COMPLETE, price=price), PlaceOrder)
    return only(rig.report(rig.order(stop.tag), ReportStatus.REJECTED, text=BEYOND), PlaceOrder)


@pytest.mark.parametrize("side", list(Side))
def test_a_rejected_exit_is_tried_at_once_at_the_best_itself(side):
    rig = Rig(config=NO_RETRY).open_market()
    first = bare(rig, side)
    best = PRICES[0] if side is Side.BUY else PRICES[0] + 5
    assert (best - first.terms.price) * side > 0, "the first try reaches beyond the best"
    second = only(rig.report(rig.order(first.tag), ReportStatus.REJECTED, text=BEYOND), PlaceOrder)
    assert second.terms.price == best


def test_exits_that_never_arrived_do_not_delay_the_one_after_a_rejected_one():
    """Seed 4011987 of a soak: two were lost, one rejected, and the shares bare for two seconds."""
    rig = Rig(config=NO_RETRY).open_market()
    exit_order = bare(rig, Side.BUY)
    for _ in range(2):
        lost = rig.order(exit_order.tag)
        rig.give(ev.PlaceUnknown(at_ns=rig.now, tag=lost.tag, text="cut"))
        entry = rig.describe(rig.desk.positions[0].entry, ReportStatus.COMPLETE, price=PRICES[0])
        sent = []
        while not [one for one in sent if isinstance(one, PlaceOrder)]:
            sent = rig.wait(NS) + rig.poll_answer([entry])
        exit_order = only(sent, PlaceOrder)
        assert lost.state is OrderState.ABSENT
    rejected = rig.order(exit_order.tag)
    only(rig.report(rejected, ReportStatus.REJECTED, text=BEYOND), PlaceOrder)


@pytest.mark.parametrize("side", list(Side))
def test_with_the_side_empty_the_last_price_is_asked(side):
    rig = Rig(config=NO_RETRY).open_market()
    first = bare(rig, side)
    last = PRICES[0] - 500 * side
    ask = 0 if side is Side.SELL else last + 5
    cells = rig.engine.table.cells[0]
    rig.book(0, last if side is Side.SELL else 0, ask or last + 5, ltp=last)
    if side is Side.SELL:
        cells[29:39] = 0
        rig.frame(0)
    second = only(rig.report(rig.order(first.tag), ReportStatus.REJECTED, text=BEYOND), PlaceOrder)
    assert second.terms.price == last


def test_a_refused_change_to_a_forced_exit_is_asked_at_the_best_then_replaced():
    rig = Rig(config=NO_RETRY).open_market()
    stop = rig.hold().exit
    first = only(rig.press(cm.Flatten, row=0), ModifyOrder)
    assert first.terms.price < PRICES[0]
    refused = ev.ModifyRefused(at_ns=rig.now, order_id=stop.order_id, text=BEYOND)
    second = only(rig.give(refused), ModifyOrder)
    assert second.terms.price == PRICES[0]
    only(rig.give(refused), CancelOrder)


def test_three_tries_at_once_then_with_waits_of_at_most_four_seconds():
    rig = Rig(config=NO_RETRY).open_market()
    effect = bare(rig, Side.BUY)
    times = []
    for _ in range(8):
        news = rig.report(rig.order(effect.tag), ReportStatus.REJECTED, text=BEYOND)
        while not any(isinstance(one, PlaceOrder) for one in news):
            rig.now = rig.engine.wake_ns
            news = rig.give(ev.ClockTicked(at_ns=rig.now))
        effect = only(news, PlaceOrder)
        times.append(rig.now)
    gaps = [(late - early) / 1e9 for early, late in itertools.pairwise(times)]
    assert gaps[0] == 1.0, "two exits failed at once, the third waits"
    assert max(gaps) == 4.0


def test_a_loss_of_the_exit_is_said_once():
    rig = Rig(config=NO_RETRY).open_market()
    exit_sent = bare(rig, Side.BUY)
    order = rig.order(exit_sent.tag)
    rig.report(order, ReportStatus.REJECTED, text=BEYOND)
    said = sum("no exit order" in line.text for line in rig.engine.chronicle.lines)
    rig.give(ev.Placed(at_ns=rig.now, tag=order.tag, order_id=order.order_id))
    assert sum("no exit order" in line.text for line in rig.engine.chronicle.lines) == said


def test_shares_sold_too_many_are_bought_back_at_the_best_itself_after_a_refusal():
    rig = Rig(config=NO_RETRY).open_market()
    rig.alone = False
    rig.poll_answer([])
    position = rig.hold()
    terms = position.exit.terms
    sold = msgspec.structs.replace(
        rig.describe(position.exit, ReportStatus.COMPLETE), order_id="H1", tag="", terms=terms
    )
    rig.give(ev.OrderReported(at_ns=rig.now, report=sold))
    first = only(rig.report(position.exit, ReportStatus.COMPLETE), PlaceOrder)
    assert (first.side, position.held) == (Side.BUY, -position.bought)
    assert first.terms.price > PRICES[0] + 5, "the first try reaches beyond the best"
    second = only(rig.report(rig.order(first.tag), ReportStatus.REJECTED, text=BEYOND), PlaceOrder)
    assert second.terms.price == PRICES[0] + 5
