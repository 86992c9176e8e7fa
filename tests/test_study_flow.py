"""Order flow rules: exact on a stylised book, mirrored, and alike where nothing moved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from study_rig import books_from

from tui_scalper.lab.study.fits import line
from tui_scalper.lab.study.flow_rules import (
    RULES,
    SHIPPED,
    aligned,
    aligned_levels,
    cks,
    crossed,
    level_flow,
    multilevel,
    spanned,
)
from tui_scalper.lab.study.rebuild import Books

DEPTH = 20
"""Shares at every level of the stylised book."""


def stylised_book(events: int, seed: int) -> tuple[Books, np.ndarray]:
    """Constant depth below the best, unit orders at the best only; and the true signed flow.

    A best queue that is used up moves the price a tick away onto a full level; one that is
    full sends the next order a tick closer. The sides do not know each other, as in the model.
    """
    random = np.random.default_rng(seed)
    flow = random.choice((-1, 1), size=(events, 2)) * (random.random((events, 2)) < 0.5)
    stock = np.cumsum(flow, axis=0) + 1_000_000 * DEPTH
    whole, part = (stock - 1) // DEPTH, (stock - 1) % DEPTH + 1
    price, quantity = (np.full((events, 2, 5), DEPTH, dtype=np.int64) for _ in range(2))
    steps = np.arange(5)
    price[:, 0] = whole[:, :1] - steps
    price[:, 1] = 2_000_200 - whole[:, 1:] + steps
    quantity[:, :, 0] = part
    zeros = np.zeros(events, dtype=np.int64)
    books = Books("1", zeros, price, quantity, price * 0 + 1, quantity.sum(axis=2), zeros, zeros)
    return books, flow[1:, 0] - flow[1:, 1]


def test_event_by_event_the_slope_is_half_the_inverse_of_the_depth():
    books, true = stylised_book(400_000, seed=7)
    flow = cks(books)
    # At a level crossed the model loses nothing: the queue that is gone had one share left.
    assert np.array_equal(flow, true)
    move = books.mid[2000::2000] - books.mid[:-2000:2000]
    summed = np.add.reduceat(flow, np.arange(0, len(flow), 2000))[: len(move)]
    fit = line(summed.astype(float), move)
    assert fit.slope * 2 * DEPTH == pytest.approx(1.0, abs=0.03)
    assert fit.r2 > 0.9


@pytest.mark.parametrize("step", [2, 20, 100])
def test_what_ships_recovers_all_flow_between_rare_snapshots(step):
    books, true = stylised_book(100_000, seed=8)
    seen = books.at(np.arange(0, len(books), step))
    expected = np.add.reduceat(true, np.arange(0, len(true), step))[: len(seen) - 1]
    assert np.array_equal(spanned(seen), expected)
    assert np.array_equal(aligned(seen), expected)


def test_best_quotes_alone_lose_flow_between_rare_snapshots():
    books, true = stylised_book(400_000, seed=9)
    seen = books.at(np.arange(0, len(books), 1_500))
    expected = np.add.reduceat(true, np.arange(0, len(true), 1_500))[: len(seen) - 1]
    assert np.abs(cks(seen) - expected).mean() > DEPTH / 2


def test_by_hand():
    bids = [[(100, 5), (99, 7), (98, 1)], [(102, 2), (100, 6), (99, 7)], [(99, 4), (98, 1)]]
    asks = [[(103, 3), (104, 9)]] * 3
    books = books_from(bids, asks)
    # Up: 2 new at 102, and 100 grew by 1. Down: 102 and 100 gone with 8, 99 shrank by 3.
    assert spanned(books).tolist() == [2 + 1, -8 - 3]
    assert cks(books).tolist() == [2, -2]
    assert crossed(books).tolist() == [2, -8]
    assert aligned_levels(books, 2).tolist() == [2 + 1, -8]
    assert level_flow(books, 1).tolist() == [6, -6]


@st.composite
def walks(draw):
    """Some books whose sides may jump, thin out and vanish."""
    size = draw(st.integers(2, 6))
    sides = []
    for sign in (-1, 1):
        side = []
        for _ in range(size):
            ticks = draw(st.sets(st.integers(1, 9), max_size=6))
            side.append([(100 + sign * tick, draw(st.integers(1, 50))) for tick in sorted(ticks)])
        sides.append(side)
    return sides


@given(walks())
def test_swapping_the_sides_turns_the_sign(sides):
    bids, asks = sides
    mirrored = [
        [[(200 - at, held) for at, held in levels] for levels in side] for side in (asks, bids)
    ]
    for rule in (*RULES.values(), multilevel):
        assert np.array_equal(rule(books_from(*mirrored)), -rule(books_from(bids, asks)))


@given(walks())
def test_price_alignment_over_one_level_is_the_rule_of_best_quotes(sides):
    books = books_from(*sides)
    assert np.array_equal(aligned_levels(books, 1), cks(books))
    assert np.array_equal(level_flow(books, 0), cks(books))


@given(walks())
def test_where_no_best_price_moved_the_hybrids_are_the_rule_of_best_quotes(sides):
    books = books_from(*sides)
    still = (np.diff(books.price[:, :, 0], axis=0) == 0).all(axis=1)
    still &= (books.price[1:, :, 0] > 0).all(axis=1)
    for rule in (spanned, crossed):
        assert np.array_equal(rule(books)[still], cks(books)[still])


@given(walks(), st.integers(0, 50))
def test_what_ships_does_not_see_the_book_behind_both_bests(sides, more):
    bids, asks = sides
    worst = min((levels[0][0] for levels in bids if levels), default=0)
    deeper = [[(at, held + more * (at < worst)) for at, held in levels] for levels in bids]
    there = np.array([bool(levels) for levels in bids])
    same = spanned(books_from(deeper, asks)) == spanned(books_from(bids, asks))
    assert same[there[1:] & there[:-1]].all()


def test_the_rule_that_ships_is_among_the_candidates():
    assert RULES[SHIPPED] is spanned
