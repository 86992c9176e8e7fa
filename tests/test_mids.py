"""What is remembered of mids: the truth, or nothing where the page it stood in was written over."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core.mids import A_PAGE, WIDTH, Mids, empty_mids, mid_at, note_mid

STOCKS = 3
CHANGES = st.lists(st.tuples(st.integers(0, STOCKS - 1), st.integers(0, 3)), max_size=200)


class Remembered:
    """The same in lists: every change there was, and in which page it stands."""

    def __init__(self, pages: int) -> None:
        self.pages, self.begun = pages, 0
        self.changes = [[] for _ in range(STOCKS)]
        self.page = [(0, 0)] * STOCKS

    def note(self, stock, at, mid2):
        page, held = self.page[stock]
        if self.begun - page >= self.pages // 2 or held in (0, A_PAGE):
            self.begun += 1
            page, held = self.begun, 0
        self.page[stock] = (page, held + 1)
        self.changes[stock].append((at, mid2, page, self.begun))

    def mid_at(self, stock, at):
        changes = self.changes[stock]
        place = bisect_right(changes, at, key=lambda one: one[0])
        # Nothing is looked for behind a page that is gone.
        known = place and min(one[2] for one in changes[place - 1 :]) > self.begun - self.pages
        return changes[place - 1][1] if known else 0

    def must_know(self, stock, at):
        """Whether less than half a ring was begun since the change in force at `at` came."""
        place = bisect_right(self.changes[stock], at, key=lambda one: one[0])
        return place and self.begun - self.changes[stock][place - 1][3] < self.pages // 2


@given(CHANGES, st.sampled_from([1, 2, 4, 8]))
def test_a_mid_is_the_true_one_or_unknown_when_its_page_is_gone(changes, pages):
    mids = Mids(np.zeros((pages, WIDTH), dtype=np.int64), np.zeros(1 + STOCKS, dtype=np.int64))
    truth, at = Remembered(pages), 0
    for number, (stock, later) in enumerate(changes):
        at += later
        note_mid(mids, stock, at, 1_000 + number)
        truth.note(stock, at, 1_000 + number)
    for stock in range(STOCKS):
        for asked in range(-1, at + 2):
            assert mid_at(mids, stock, asked) == truth.mid_at(stock, asked)
            assert mid_at(mids, stock, asked) or not truth.must_know(stock, asked)


def test_a_stock_that_changes_seldom_keeps_its_newest_mid_while_others_go_round():
    mids = empty_mids(2)
    half = len(mids.ring) // 2
    at = 0
    for turn in range(9):
        note_mid(mids, 0, at, 1_000 + turn)
        for _ in range((half - 1) * A_PAGE):
            at += 1
            note_mid(mids, 1, at, 5)
        assert mid_at(mids, 0, at) == 1_000 + turn


def test_a_stock_that_is_quiet_is_forgotten_when_others_filled_all_pages():
    mids = empty_mids(2)
    note_mid(mids, 0, 5, 1_000)
    for turn in range((len(mids.ring) - 1) * A_PAGE):
        note_mid(mids, 1, 10 + turn, 3_000 + turn)
    assert (mid_at(mids, 0, 4), mid_at(mids, 0, 9)) == (0, 1_000)
    note_mid(mids, 1, 1 << 40, 2_000)
    assert mid_at(mids, 0, 9) == 0
    assert (mid_at(mids, 1, 10), mid_at(mids, 1, 1 << 40)) == (3_000, 2_000)


def test_a_forgotten_stock_begins_anew():
    mids = empty_mids(1)
    note_mid(mids, 0, 5, 1_000)
    mids.newest[1] = 0
    assert mid_at(mids, 0, 9) == 0
    note_mid(mids, 0, 9, 2_000)
    assert (mid_at(mids, 0, 8), mid_at(mids, 0, 9)) == (0, 2_000)
