"""An order book asked for before an update arrived may be older than the update."""

from __future__ import annotations

import msgspec
from engine_rig import MS, PRICES, Rig

from tui_scalper.core.effects import ModifyOrder, PlaceOrder
from tui_scalper.core.orders import ReportStatus

S = ReportStatus


def grown() -> tuple[Rig, object, object, int]:
    """A stop that just followed a further fill, as an update says; when a book was asked for."""
    rig = Rig().open_market()
    entry = rig.enter()
    rig.place(entry)
    (placed,) = [
        one
        for one in rig.report(entry, S.OPEN, 30, price=PRICES[0] + 5)
        if isinstance(one, PlaceOrder)
    ]
    stop = rig.order(placed.tag)
    rig.place(stop)
    rig.report(entry, S.OPEN, 50, price=PRICES[0] + 5)
    asked_ns = rig.now
    rig.wait(50 * MS)
    rig.report(stop, S.TRIGGER_PENDING)
    rig.wait(50 * MS)
    assert stop.terms.quantity == 50
    return rig, entry, stop, asked_ns


def shown(rig: Rig, entry: object, stop: object, quantity: int) -> list:
    """The orders, the stop for so many shares."""
    told = rig.describe(stop, S.TRIGGER_PENDING)
    terms = msgspec.structs.replace(told.terms, quantity=quantity)
    before = msgspec.structs.replace(told, terms=terms)
    return [rig.describe(entry, S.OPEN, 50, price=PRICES[0] + 5), before]


def test_a_change_an_update_told_of_is_not_asked_again_for_an_older_book():
    """Seed 9000494 of a soak: asked twice, the next change crossed the second on the way."""
    rig, entry, stop, asked_ns = grown()
    sent = rig.poll_answer(shown(rig, entry, stop, 30), asked_ns)
    assert not [one for one in sent if isinstance(one, ModifyOrder)]
    assert stop.terms.quantity == 50


def test_a_book_asked_for_after_the_update_is_believed():
    rig, entry, stop, _ = grown()
    sent = rig.poll_answer(shown(rig, entry, stop, 30))
    (again,) = [one for one in sent if isinstance(one, ModifyOrder)]
    assert again.terms.quantity == 50


def test_what_an_older_book_says_was_traded_or_ended_is_believed():
    rig, entry, stop, asked_ns = grown()
    rig.report(entry, S.OPEN, 50, price=PRICES[0] + 5)
    filled = rig.describe(entry, S.OPEN, 60, price=PRICES[0] + 5)
    (more,) = [one for one in rig.poll_answer([filled], asked_ns) if isinstance(one, ModifyOrder)]
    assert (entry.filled, more.terms.quantity) == (60, 60)
    rig.poll_answer([rig.describe(entry, S.CANCELLED, 60, price=PRICES[0] + 5)], asked_ns)
    assert (entry.filled, entry.live, stop.live) == (60, False, True)
