"""The engine's order flow rules are those the study judged: kernel against reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from study_rig import books_from, made_day, recordings_folder
from test_study_flow import walks

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core.readings import levels, ofi
from tui_scalper.lab.importers import import_file
from tui_scalper.lab.study import flow_rules
from tui_scalper.lab.study.day import SNAPSHOT_FILE, tape_books
from tui_scalper.lab.study.rebuild import LEVELS
from tui_scalper.lab.tape import Tape


def last_flow(row, memory):
    """The kernel's flow at the last level."""
    memory[m.LEVELS_TOTALS : m.LEVELS_TOTALS + LEVELS] = 0
    levels.level_flows(row, memory, np.ones(r.REALS), m.LEVELS_TAIL + m.START)
    return row[c.LEVEL_FLOW + LEVELS - 1]


PAIRS = (
    (ofi.hybrid, flow_rules.RULES[flow_rules.SHIPPED]),
    (ofi.price_aligned, flow_rules.aligned),
    (ofi.best_flow, flow_rules.cks),
    (last_flow, lambda one: flow_rules.level_flow(one, LEVELS - 1)),
)


def kernel_flow(rule, books):
    """The kernel's flow from each book to the next, by rows of the market table."""
    row, memory = np.zeros(c.COLUMNS, dtype=np.int64), np.zeros(m.MEMORY, dtype=np.int64)
    now = ((c.BID_PRICE, c.BID_QUANTITY), (c.ASK_PRICE, c.ASK_QUANTITY))
    past = ((m.PAST_BID_PRICE, m.PAST_BID_QUANTITY), (m.PAST_ASK_PRICE, m.PAST_ASK_QUANTITY))
    flows = []
    for i in range(1, len(books)):
        for array, places, at in ((row, now, i), (memory, past, i - 1)):
            for side, (price, quantity) in enumerate(places):
                array[price : price + LEVELS] = books.price[at, side]
                array[quantity : quantity + LEVELS] = books.quantity[at, side]
        flows.append(rule(row, memory))
    return flows


@given(walks())
def test_the_kernels_are_the_rules_of_the_study(sides):
    books = books_from(*sides)
    for kernel, rule in PAIRS:
        assert kernel_flow(kernel, books) == rule(books).tolist()


def test_they_agree_over_a_made_day():
    books = made_day(seed=5).books
    for kernel, rule in PAIRS:
        assert kernel_flow(kernel, books) == rule(books).tolist()


@pytest.mark.data
def test_they_agree_on_recorded_snapshots(tmp_path):
    path = tmp_path / "snapshots.parquet"
    import_file(recordings_folder() / SNAPSHOT_FILE, path)
    for books in tape_books(Tape.open(path))[:3]:
        for kernel, rule in PAIRS:
            assert kernel_flow(kernel, books) == rule(books).tolist()
