"""The marks the product shows, against the orders: what counts as true, and the feed they read."""

from __future__ import annotations

import numpy as np
from study_rig import events_from, made_day, recordings_folder

from tui_scalper.lab.study.day import recordings, stock_day
from tui_scalper.lab.study.hours import last_before
from tui_scalper.lab.study.marks import Said, refill_cases, said_of, size_cases
from tui_scalper.lab.study.orders import ADD, TRADE
from tui_scalper.lab.study.rebuild import rebuild
from tui_scalper.lab.study.walls import large_orders

OPENING = 34_200_000


def said(stock, refills=None) -> Said:
    """Nothing said of every book of `stock` but `refills`."""
    size = len(stock.books)
    none = np.full((size, 2), -np.inf)
    counted = np.zeros((size, 2), dtype=np.int64) if refills is None else np.array(refills)
    return Said(stock.books, none, none, counted)


def test_a_refill_is_true_where_half_of_what_traded_came_back_after_it():
    lines = [
        (OPENING, ADD, 1, 1, 0, 1_000, 500),
        (OPENING, ADD, -1, 0, 2, 1_001, 500),
        (OPENING + 1_000, TRADE, -1, 1, 3, 1_000, 100),
        (OPENING + 1_000, ADD, 1, 4, 0, 1_000, 60),
        (OPENING + 2_000, ADD, 1, 5, 0, 1_000, 60),
        (OPENING + 2_000, TRADE, -1, 1, 6, 1_000, 100),
        (OPENING + 3_000, TRADE, 1, 7, 2, 1_001, 100),
    ]
    stock = stock_day(events_from(lines))
    seen = said(stock, [(0, 0)] * 2 + [(0, 0), (1, 0), (1, 0), (2, 0), (2, 1)])
    at = [1, 3, 5, 6]
    short = Said(seen.books.at(np.array(at)), seen.footprint[at], seen.wall[at], seen.refills[at])
    after, ever = refill_cases(stock, short)
    # Bids of the first and second interval, asks of the third; nothing came back there.
    assert after.score.tolist() == ever.score.tolist() == [1.0, 2.0, 1.0]
    assert after.true.tolist() == [True, False, False]
    assert ever.true.tolist() == [True, True, False]


def test_a_footprint_is_true_of_a_side_and_a_wall_of_an_order_alone():
    stock = made_day(3)
    footprint, wall = size_cases(stock, said(stock))
    marks = rebuild(stock.events, stock.continuous, large_orders(stock)[0]).marks > 0
    assert footprint.true.tolist() == marks.any(axis=2).ravel().tolist()
    assert wall.true.sum() <= footprint.true.sum() > 0
    assert not (wall.true & ~footprint.true).any()


def test_the_feed_is_the_book_of_the_orders_and_a_new_price_counts_anew():
    with recordings(recordings_folder()) as read:
        day = read.stocks[3]
        mine = next(one for one in said_of(read.day) if one.books.code == day.events.code)
    books = day.books.at(last_before(day.books.ms, mine.books.ms))
    assert (books.quantity == mine.books.quantity).all()
    assert (books.orders == mine.books.orders).all()
    moved = np.diff(mine.books.price[:, :, 0], axis=0) != 0
    assert moved.any() and (mine.refills[1:][moved] == 0).all()
    assert (np.diff(mine.refills, axis=0)[~moved] >= 0).all()
    assert (mine.refills > 0).any() and np.isfinite(mine.footprint).any()
