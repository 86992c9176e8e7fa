"""Every reading against a slow reference: whole numbers exactly, real ones to 1e-12.

Footprints alone are held elsewhere (test_core_readings.py): a running median has no other form.
"""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_rig import rules_of
from slow_readings import SlowStock
from study_rig import DEPTH, recordings_folder

from tui_scalper.core import columns as c
from tui_scalper.core import reals as r
from tui_scalper.core.config import ReadingRules
from tui_scalper.core.market import empty_market
from tui_scalper.core.readings.reading import read
from tui_scalper.core.units import NS
from tui_scalper.lab.importers import import_file
from tui_scalper.lab.study.day import DEPTH_FILE, SNAPSHOT_FILE
from tui_scalper.lab.tape import Tape

NOW = 1_795_408_200 * NS
RULES = ReadingRules()
CLOSE = 1e-12


def place_of(name):
    """The array and cell of a reading by its name."""
    base, _, offset = name.partition("+")
    module = c if hasattr(c, base) else r
    return module, getattr(module, base) + int(offset or 0)


def differences(said, cells, reals):
    """Readings that are not what the reference says."""
    found = []
    for name, expected in said.items():
        module, cell = place_of(name)
        got = (cells if module is c else reals)[cell]
        if module is c:
            same = got == expected
        else:
            near = abs(got - expected) <= closeness(name, expected)
            same = bool(near) or (math.isnan(got) and math.isnan(expected))
        if not same:
            found.append((name, got, expected))
    return found


def closeness(name, expected):
    """How near is near: a t-value of a line that fits almost perfectly is a quotient by almost
    nothing, and what is left of the residuals has lost as many digits as t squared has."""
    size = max(1.0, abs(expected))
    return max(CLOSE, 1e-15 * expected**2 * name.endswith("E_T")) * size


def held_against(updates, tick, limits=(0, 0)):
    """Both over `updates`, rows of market cells; the first update they disagree on fails."""
    market, rules, slow = empty_market(1), rules_of(readings=RULES), SlowStock(RULES)
    row = market.cells[0]
    row[c.TICK] = tick
    row[c.LIMIT_LOW], row[c.LIMIT_HIGH] = limits
    for number, update in enumerate(updates):
        row[: c.MARKET_END] = update[: c.MARKET_END]
        row[c.UPDATES] = number + 1
        given_row = row.tolist()
        read(market, 0, rules)
        wrong = differences(slow.update(given_row), market.cells[0], market.reals[0])
        assert not wrong, f"update {number}: {wrong}"


def made(seed, size, sane):
    """Updates of a walking book; odd ones have empty sides, crossed books and clocks set back."""
    random = Random(seed)
    bid, now, volume = 20_000, NOW, 0
    quantity = [[random.randrange(0, 900) for _ in range(5)] for _ in range(2)]
    found = []
    for _ in range(size):
        row = np.zeros(c.COLUMNS, dtype=np.int64)
        now += random.choice((0, 1_000, NS // 4, NS, 3 * NS, 12 * NS))
        if not sane and random.random() < 0.03:
            now -= random.choice((NS, 11 * NS))
        bid += random.choice((-2, -1, 0, 0, 0, 1, 2)) * 5
        quantity[random.randrange(2)][random.randrange(5)] = random.randrange(0, 900)
        shown = 5 if sane or random.random() < 0.8 else random.randrange(0, 5)
        spread = random.choice((1, 1, 2, 4)) if sane or random.random() < 0.9 else -1
        for n in range(shown):
            row[c.BID_PRICE + n], row[c.ASK_PRICE + n] = bid - 5 * n, bid + 5 * (spread + n)
            for place, side in ((c.BID_QUANTITY, 0), (c.ASK_QUANTITY, 1)):
                row[place + n] = quantity[side][n]
                row[place + 5 + n] = random.randrange(0, 9)
        if random.random() < 0.5:
            volume += random.randrange(0, 400)
        row[c.VOLUME] = volume
        row[c.LTP] = bid + 5 * random.randrange(-1, 3) if sane or random.random() < 0.95 else 0
        row[c.TOTAL_BUY], row[c.TOTAL_SELL] = random.randrange(0, 9_000), random.randrange(0, 9_000)
        row[c.RECEIVED_NS] = now
        found.append(row)
    return found


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 120), st.booleans())
def test_readings_of_made_books_are_those_of_the_reference(seed, size, sane):
    held_against(made(seed, size, sane), tick=5, limits=(15_000, 25_000))


@pytest.mark.data
@pytest.mark.parametrize("name", [DEPTH_FILE, SNAPSHOT_FILE])
def test_readings_of_recorded_books_are_those_of_the_reference(name, tmp_path):
    recordings_folder()
    import_file(DEPTH / name, tmp_path / "day.tape")
    tape = Tape.open(tmp_path / "day.tape")
    batch = next(iter(tape.batches()))
    for row in range(2):
        places = np.flatnonzero(batch.rows == row)[:300]
        held_against(batch.cells[places], tick=tape.universe[row].tick)
