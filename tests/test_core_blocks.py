"""A stock's numbers lie in one block: side by side, apart from each other, from a line on."""

from __future__ import annotations

import numpy as np
import pytest

from tui_scalper.core import blocks
from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r

BYTES = 8


@pytest.mark.parametrize("stocks", [0, 1, 2, 7, 300])
def test_the_parts_of_all_stocks_are_apart_and_nothing_is_known_of_them(stocks):
    cells, reals, memory = blocks.empty_blocks(stocks)
    shapes = [(stocks, width) for width in (c.COLUMNS, r.REALS, m.MEMORY)]
    assert [one.shape for one in (cells, reals, memory)] == shapes
    assert not cells.any()
    assert not memory.any()
    assert np.isnan(reals).all()
    cells[:], memory[:] = 1, 2
    reals[:] = 3.0
    assert ((cells == 1).all(), (reals == 3.0).all(), (memory == 2).all()) == (True,) * 3


def test_a_block_begins_with_a_line_or_in_the_middle_of_one():
    cells, reals, memory = blocks.empty_blocks(4)
    line = blocks.LINE * BYTES
    for row in range(4):
        assert cells[row].ctypes.data % line == (row % 2) * (blocks.BLOCK * BYTES % line)
        assert blocks.BLOCK * BYTES % line in (0, line // 2)
        first = cells[row].ctypes.data
        assert reals[row].ctypes.data - first == c.COLUMNS * BYTES
        assert memory[row].ctypes.data - first == blocks.BEHIND * BYTES


def test_what_every_update_touches_is_in_the_lines_that_are_asked_for():
    cells, _, memory = blocks.empty_blocks(2)
    line = blocks.LINE * BYTES
    for row in range(2):
        asked = {(cells[row].ctypes.data + at * line) // line for at in range(blocks.ALWAYS)}
        last = memory[row].ctypes.data + m.ALWAYS * BYTES - 1
        touched = set(range(cells[row].ctypes.data // line, last // line + 1))
        assert touched <= asked


def test_a_block_is_within_four_kilobytes():
    assert blocks.BLOCK * BYTES <= 4_096
