"""What is watched in depth and who may be proposed: positions and the best always, the others by
liquidity and lean in turn; a stock rests after a trade and after a refusal."""

from __future__ import annotations

import numpy as np
import pytest
from engine_rig import PRICES, Rig
from hypothesis import given, settings
from hypothesis import strategies as st
from market_rig import market_of

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core import race as q
from tui_scalper.core.attention import Attention, Place, Stream
from tui_scalper.core.config import AttentionRules, EngineConfig
from tui_scalper.core.explain import explain
from tui_scalper.core.orders import ReportStatus
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import NS, Side
from tui_scalper.core.worth import liquidity, merit, must_see

RULES = AttentionRules(depth=3, dwell_ns=30 * NS, visit_ns=5 * NS, best=2)


def rig_with(best):
    config = EngineConfig(mode=Mode.SIM, run_id="T", attention=AttentionRules(best=best))
    return Rig(config=config)


def test_what_is_held_ordered_staged_or_looked_at_must_be_seen_whatever_it_is_worth():
    rig = rig_with(best=0).open_market(lean=1)
    assert must_see(rig.engine) == (0,)
    rig.press(cm.Focus, row=2)
    assert must_see(rig.engine) == (2,)
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=1, side=Side.BUY)
    assert must_see(rig.engine) == (1, 2)
    rig.press(cm.DropStage)
    entry = rig.enter(0)
    assert must_see(rig.engine) == (0, 2)
    rig.place(entry)
    rig.report(entry, ReportStatus.COMPLETE, price=PRICES[0] + 5)
    assert rig.desk.positions
    assert must_see(rig.engine) == (0, 2)


def test_the_best_ranked_must_be_seen_and_what_leans_nowhere_is_none_of_them():
    rig = rig_with(best=2).open_market(lean=0)
    rig.press(cm.Focus, row=1)
    assert must_see(rig.engine) == (1,)
    rig.book(2, PRICES[2], lean=1)
    assert must_see(rig.engine) == (1, 2)
    rig.book(0, PRICES[0], lean=-1)
    assert set(must_see(rig.engine)) == {0, 1, 2}


def test_the_best_ranked_leave_half_of_the_depth_to_the_others():
    config = EngineConfig(mode=Mode.SIM, run_id="T", attention=AttentionRules(best=200, depth=2))
    rig = Rig(config=config).open_market(lean=1)
    rig.press(cm.Focus, row=0)
    rig.book(2, PRICES[2], lean=1)
    assert len(must_see(rig.engine)) <= 2
    attention = Attention(config.attention, 3)
    assert attention.round_places(len(must_see(rig.engine)) - 1) > 0


def test_a_lost_book_leaves_no_reading_and_is_none_of_the_best():
    rig = rig_with(best=3).open_market(lean=1)
    rig.press(cm.Focus, row=1)
    cells = rig.engine.table.cells[0]
    cells[c.REFILLS_BID] = 3
    assert 0 in must_see(rig.engine)
    rig.give(ev.BooksLost(at_ns=rig.now, rows=(0,)))
    assert 0 not in must_see(rig.engine)
    assert not cells[[c.LEAN, c.DOMINANCE, c.BID_DEPTH, c.MID2, c.REFILLS_BID, c.PROBE]].any()
    assert cells[c.LTP] == PRICES[0]
    readings = {one.name: one for one in explain(rig.engine, 0, rig.now).readings}
    assert all(readings[name].side is None for name in ("lean", "dominance", "flow step"))


def test_the_loss_of_every_book_is_said_where_no_link_tells_it():
    """Once, of all books, and not where a link that is down has said so."""
    rig = rig_with(best=3).open_market(lean=1)
    for row in (1, 2):
        rig.book(row, PRICES[row], lean=1)

    def said():
        lines = [one.text for one in rig.engine.chronicle.lines]
        return sum("every book was lost, of 3 stocks" in one for one in lines)

    rig.give(ev.BooksLost(at_ns=rig.now, rows=(0, 1)))
    assert not said(), "one is known"
    rig.give(ev.BooksLost(at_ns=rig.now, rows=(2,)))
    assert not said(), "of one that was known"
    for row in range(3):
        rig.book(row, PRICES[row], lean=1)
    rig.give(ev.BooksLost(at_ns=rig.now, rows=(0, 1, 2)))
    rig.give(ev.BooksLost(at_ns=rig.now, rows=(0, 1, 2)))
    assert said() == 1
    for row in range(3):
        rig.book(row, PRICES[row], lean=1)
    rig.give(ev.LinkChanged(at_ns=rig.now, link=ev.Link.DOWN, why="cut"))
    rig.give(ev.BooksLost(at_ns=rig.now, rows=(0, 1, 2)))
    assert said() == 1


def quoted(buy, sell, volume, ltp=10_000):
    row = [0] * c.COLUMNS
    row[c.TOTAL_BUY], row[c.TOTAL_SELL] = buy, sell
    row[c.VOLUME], row[c.LTP] = volume, ltp
    return row


@settings(max_examples=100)
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**8), st.integers(1, 10))
def test_a_stock_is_worth_more_the_more_it_leans_and_the_more_it_trades(buy, sell, volume, more):
    stronger = (buy, sell + more) if sell >= buy else (buy + more, sell)
    rows = [quoted(buy, sell, volume), quoted(*stronger, volume), quoted(buy, sell, volume * more)]
    cells = market_of(rows).cells
    worth, traded = merit(cells), liquidity(cells)
    assert worth[1] >= worth[0]
    assert worth[2] >= worth[0]
    assert traded.tolist() == [volume * 10_000, volume * 10_000, volume * more * 10_000]
    swapped = market_of([quoted(sell, buy, volume)]).cells
    assert merit(swapped)[0] == worth[0]


@pytest.mark.parametrize("buy, sell", [(10**6, 0), (0, 10**6), (0, 0)])
def test_a_stock_with_nothing_on_a_side_promises_nothing(buy, sell):
    assert merit(market_of([quoted(buy, sell, 10**8)]).cells).tolist() == [0]


def reviewed(attention, cells, must, seconds):
    """Review every half second for so long from `now`; returns the places of each review."""
    seen = []
    for step in range(2 * seconds):
        attention.review(step * NS // 2, must, merit(cells), liquidity(cells))
        seen.append(attention.places.copy())
    return seen


def test_liquidity_promotes_a_stock_and_its_loss_demotes_it_while_what_must_be_seen_stays():
    attention = Attention(RULES, 6)
    rows = [
        quoted(900, 100, 10),
        *(quoted(800, 200, 10**6) for _ in range(4)),
        quoted(800, 200, 10),
    ]
    cells = market_of(rows).cells
    places = reviewed(attention, cells, must=(5,), seconds=60)
    assert all(one[5] == Place.MUST for one in places)
    assert places[-1][0] != Place.MERIT, "a stock that hardly trades has depth by merit"
    cells[0, c.VOLUME] = 10**12
    for step in range(120, 300):
        attention.review(step * NS // 2, (5,), merit(cells), liquidity(cells))
    assert attention.places[0] == Place.MERIT
    assert attention.streams[5] == Stream.DEPTH
    cells[0, c.VOLUME] = 0
    for step in range(300, 500):
        attention.review(step * NS // 2, (5,), merit(cells), liquidity(cells))
        assert attention.streams[5] == Stream.DEPTH
        assert np.count_nonzero(attention.streams == Stream.DEPTH) == RULES.depth
    assert attention.places[0] != Place.MERIT


# -- rests -------------------------------------------------------------------------------------


def may_lead(rig, row=0):
    cells = rig.engine.table.cells[row]
    return bool(q.may_lead(cells, rig.now, rig.config.signals.max_lag_ns))


def keep_leaning(rig, ns):
    """Time passes, and every stock stays a fresh signal."""
    rig.wait(ns)
    for row in range(3):
        rig.book(row, PRICES[row], lean=1)


@pytest.mark.parametrize("ended", ["traded", "rejected", "cancelled"])
def test_a_stock_rests_after_a_trade_and_after_an_entry_that_came_to_nothing(ended):
    rig = Rig().open_market(lean=1)
    risk = rig.config.risk
    if ended == "traded":
        position = rig.hold(0)
        assert not may_lead(rig)
        rig.report(position.exit, ReportStatus.COMPLETE, price=PRICES[0])
    else:
        entry = rig.enter(0)
        rig.place(entry)
        status = ReportStatus.REJECTED if ended == "rejected" else ReportStatus.CANCELLED
        rig.report(entry, status, filled=0)
    assert not rig.desk.positions
    rest = risk.cooldown_ns if ended == "traded" else risk.refusal_cooldown_ns
    keep_leaning(rig, rest - 1)
    assert not may_lead(rig)
    assert rig.engine.proposer.leader() in (1, 2)
    keep_leaning(rig, 1)
    assert may_lead(rig)


def test_an_entry_that_works_though_thought_absent_is_no_candidate_while_it_does():
    rig = Rig().open_market(lean=1)
    entry = rig.enter(0)
    rig.give(ev.PlaceUnknown(at_ns=rig.now, tag=entry.tag, text="time-out"))
    for _ in range(8):
        rig.now += NS
        rig.poll_answer()
    assert not rig.desk.positions
    rig.report(entry, ReportStatus.OPEN)
    assert 0 in rig.desk.positions
    keep_leaning(rig, rig.config.risk.refusal_cooldown_ns)
    assert not may_lead(rig)


def test_the_best_that_is_staged_is_none_that_rests_though_a_person_may_name_it():
    rig = Rig().open_market(lean=1)
    best = rig.engine.proposer.best_signal()
    assert best == rig.engine.proposer.leader()
    rig.engine.table.hold(best, rig.now + NS)
    rig.press(cm.Arm)
    rig.press(cm.StageBest)
    assert rig.engine.operator.staged.row not in (best, -1)
    rig.press(cm.Stage, row=best)
    assert rig.engine.operator.staged.row == best
    rig.press(cm.DropStage)
    for row in range(3):
        rig.engine.table.hold(row, rig.now + NS)
    rig.press(cm.StageBest)
    assert rig.engine.operator.staged is None
