"""Arrays lent to kernels are the arrays themselves, compiled or not."""

from __future__ import annotations

import numpy as np
import pytest
from market_rig import contents, market_of, rules_of
from test_core_kernels import NOW, signal_book

from tui_scalper.core import columns as c
from tui_scalper.core import kernels as k
from tui_scalper.core.jit import kernel
from tui_scalper.core.lent import lend
from tui_scalper.core.units import FOREVER


def flat(market, rules, counters):
    return [*market[:6], *market.mids, *market.lives, *rules, counters]


def test_what_is_lent_comes_back_in_its_places():
    market = market_of([[row] * c.COLUMNS for row in range(3)])
    rules, counters = rules_of(), np.arange(k.COUNTERS, dtype=np.int64)
    back = k.all_lent(k.lend_all(market, rules, counters))
    for one, other in zip(flat(market, rules, counters), flat(*back), strict=True):
        assert (one.shape, one.dtype, one.ctypes.data) == (
            other.shape,
            other.dtype,
            other.ctypes.data,
        )


@kernel
def filled(lent):
    market, rules, counters = k.all_lent(lent)
    market.cells[2, 1] = 7
    market.reals[0, 2] = 0.5
    market.said[1] = 0.25
    market.lives.lasting[2] = 9
    rules.real[0] = 1.5
    counters[0] = market.memory.shape[0]
    return market.cells[1, 0]


def test_a_kernel_reads_and_writes_what_was_lent():
    market = market_of([[row + 4] * c.COLUMNS for row in range(3)])
    rules, counters = rules_of(), np.zeros(k.COUNTERS, dtype=np.int64)
    assert filled(k.lend_all(market, rules, counters)) == 5
    assert (market.cells[2, 1], market.reals[0, 2], market.said[1]) == (7, 0.5, 0.25)
    assert (market.lives.lasting[2], rules.real[0]) == (9, 1.5)
    assert counters[0] == len(market.memory)


def test_a_market_without_a_stock_is_lent_as_well():
    market = market_of(np.zeros((0, c.COLUMNS), dtype=np.int64))
    rules, counters = rules_of(), np.zeros(k.COUNTERS, dtype=np.int64)
    back, _, _ = k.all_lent(k.lend_all(market, rules, counters))
    assert [part.shape for part in back[:3]] == [part.shape for part in market[:3]]


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), dtype=np.int64)[:, ::2],
        np.zeros((4, 4), dtype=np.int64)[::-1],
        np.zeros((4, 4), dtype=np.int64).T,
        np.zeros(4, dtype=np.int32),
    ],
)
def test_only_whole_arrays_of_long_numbers_are_lent(array):
    with pytest.raises(AssertionError):
        lend(array)


def test_frames_are_judged_the_same_over_what_is_lent():
    lent = [market_of([signal_book()] * 2) for _ in range(4)]
    rules, rows = rules_of(), np.array([1, 0], dtype=np.int64)
    tape = np.array([signal_book(BID_QUANTITY=300 + i)[: c.MARKET_END] for i in range(2)])
    times, wakes = NOW + np.arange(2), np.array([[FOREVER, -1, -1, FOREVER]] * 2)
    counts = [np.zeros(k.COUNTERS, dtype=np.int64) for _ in lent]
    tables = [k.lend_all(one, rules, count) for one, count in zip(lent, counts, strict=True)]
    assert k.evaluate_lent(tables[0], rows) == k.evaluate(lent[1], rows, rules, counts[1])
    played = k.run_lent(tables[2], rows, tape, times, 0, FOREVER, wakes)
    assert played == (2, k.QUIET)
    over = (rules, counts[3], wakes)
    assert played == k.run_frames(lent[3], rows, tape, times, 0, FOREVER, *over)
    for one, other in ((0, 1), (2, 3)):
        assert contents(lent[one]) == contents(lent[other])
        assert counts[one].tolist() == counts[other].tolist()
