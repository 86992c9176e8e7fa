"""Five levels at once, compiled, against one level after the other."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core import rules as u
from tui_scalper.core.jit import kernel
from tui_scalper.core.readings import levels

SEEDS = st.integers(0, 2**32 - 1)


@kernel
def all_at_once(row, memory, real, rules, floors, found):
    """Every function over levels, the answers into `found`."""
    found[0] = levels.resting_change(row, memory, floors[0], floors[1])
    found[1], found[2], found[3], found[4], found[5] = levels.depths(
        row, rules, u.WEIGHTS, row[c.LEAN]
    )
    found[6], found[7] = levels.pull(row, row[c.MID2])
    found[8], found[9] = levels.largest_orders(row, c.BID_QUANTITY)
    levels.mean_depths(row, real, 0.25, row[c.UPDATES])
    found[10] = levels.level_flows(row, memory, real, m.LEVELS_TAIL + m.START)
    levels.copy_side(row, c.ASK_PRICE, memory, m.PAST_ASK_PRICE)


def one_by_one(row, memory, real, rules, floors, found):
    """The same in plain Python."""
    plain = getattr(all_at_once, "py_func", all_at_once)
    plain(row, memory, real, rules, floors, found)


def book(random):
    """A row and a memory of a few near prices, some of them missing, whole cells around them."""
    row = random.integers(-9, 1 << 40, c.COLUMNS)
    memory = random.integers(-9, 1 << 40, m.MEMORY)
    for array, bids, asks in (
        (row, c.BID_PRICE, c.ASK_PRICE),
        (memory, m.PAST_BID_PRICE, m.PAST_ASK_PRICE),
    ):
        for prices, away in ((bids, -1), (asks, 1)):
            there = random.integers(0, 6)
            price = 1_000 + away * (random.integers(0, 4) + np.arange(5))
            array[prices : prices + 5] = np.where(np.arange(5) < there, price, 0)
            array[prices + 5 : prices + 10] = random.integers(0, 1 << 31, 5)
    for orders in (c.BID_ORDERS, c.ASK_ORDERS):
        row[orders : orders + 5] = random.integers(0, 4, 5)
    row[c.LEAN] = random.integers(-1, 2)
    row[c.MID2] = 2_000
    row[c.UPDATES] = random.integers(0, 2)
    return row, memory


@given(SEEDS)
def test_the_answers_and_all_cells_are_those_of_one_level_after_the_other(seed):
    random = np.random.default_rng(seed)
    row, memory = book(random)
    real, rules = random.normal(1e4, 1e4, r.REALS), random.normal(0, 1, u.REAL)
    floors = random.integers(-1_010, 1_010, 2)
    once = [row.copy(), memory.copy(), real.copy(), rules, floors, np.zeros(11)]
    slow = [row.copy(), memory.copy(), real.copy(), rules, floors, np.zeros(11)]
    all_at_once(*once)
    one_by_one(*slow)
    for fast, plain in zip(once, slow, strict=True):
        np.testing.assert_array_equal(fast, plain)
