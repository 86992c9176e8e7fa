"""A picture says of every price it shows whether it is of now."""

from __future__ import annotations

from engine_rig import Rig

from tui_scalper.core import columns as c
from tui_scalper.core.gates import Gate
from tui_scalper.core.picture import take_picture
from tui_scalper.core.snapshot import Latency, Snapshot
from tui_scalper.core.units import NS


def seen(rig: Rig) -> Snapshot:
    return take_picture(rig.engine, 1, rig.now, Latency())


def test_a_book_nothing_came_for_goes_stale_on_its_ladder_and_in_its_position():
    rig = Rig().open_market()
    rig.hold(row=0)
    came = rig.now
    fresh = seen(rig)
    assert not any(ladder.blockers & Gate.STALE for ladder in fresh.ladders)
    assert [(one.stale, one.price_ns) for one in fresh.positions] == [(False, came)]

    rig.now += rig.config.signals.max_lag_ns + NS
    rig.book(1, int(fresh.ladders[1].bids[0].price))
    old = seen(rig)
    stale = {ladder.row: bool(ladder.blockers & Gate.STALE) for ladder in old.ladders}
    assert stale[0] and not stale[1]
    assert [(one.stale, one.price_ns) for one in old.positions] == [(True, came)]


def test_a_book_stamped_long_before_it_came_says_by_how_much():
    rig = Rig().open_market()
    rig.engine.table.cells[0, c.EXCHANGE_NS] = rig.now - 9 * NS
    rig.frame(0)
    (ladder,) = (one for one in seen(rig).ladders if one.row == 0)
    assert ladder.blockers & Gate.STALE
    assert ladder.lag_ns == 9 * NS
