"""Every reading against a slow reference: whole numbers exactly, real ones to 1e-12.

That it would notice small wrongs is shown by planting them: tests/mutants.py.
"""

from __future__ import annotations

import math
import subprocess
import sys
from random import Random

import mutants
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_rig import rules_of
from mutants import MUTANTS
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
        read(market, 0, rules, 0)
        wrong = differences(slow.update(given_row), market.cells[0], market.reals[0])
        assert not wrong, f"update {number}: {wrong}"


CLOCKS = (
    (0, 1_000, NS // 4, NS, 3 * NS, 12 * NS),
    # Windows begin to the nanosecond, and marks are made a spacing apart (core.memory).
    (NS, 2 * NS, 5 * NS),
    (NS - 1, NS, NS + 1),
    tuple(-(-window * NS // (slots - 1)) for window, slots in ((10, 24), (5, 8), (60, 8))),
    (NS // 7, NS // 3, NS // 2, NS * 5 // 7),
)


SILENCES = (
    (0, 1_000, NS, 3 * NS, 1_200 * NS, 17 * 3_600 * NS),
    (NS // 10, NS // 20, NS // 3, -5 * NS, 600 * NS),
)
"""A stock that trades no more for a while, or over a night."""


def made(seed, size, sane, clocks=CLOCKS):
    """Updates of a walking book; odd ones have empty sides and levels, locked and crossed books,
    prices off the tick, totals of nothing, volumes and clocks set back."""
    random = Random(seed)
    clock = random.choice(clocks)
    still = random.random() < 0.25
    calm = 0.95 * still
    bid, mid, now, volume = 20_000, 20_000, NOW, 0
    quantity = [[600 if still else random.randrange(0, 900) for _ in range(5)] for _ in range(2)]
    totals = [random.randrange(0, 9_000) for _ in range(2)]
    found = []
    for _ in range(size):
        row = np.zeros(c.COLUMNS, dtype=np.int64)
        odd = not sane and random.random() < 0.3
        now += random.choice(clock)
        if odd and random.random() < 0.1:
            now -= random.choice((NS, 11 * NS))
        bid += random.choice((-2, -1, 0, 0, 0, 1, 2)) * 5
        if not still:
            quantity[random.randrange(2)][random.randrange(5)] = random.randrange(0, 900)
            totals = [random.randrange(0, 9_000) for _ in range(2)]
        spread = random.choice((-5, 0, 7)) if odd else 5 * random.choice((1, 1, 2, 4))
        for start, side, best in ((c.BID_PRICE, 0, bid), (c.ASK_PRICE, 1, bid + spread)):
            for n in range(random.randrange(0, 6) if odd else 5):
                row[start + n] = best + (5 * n if side else -5 * n)
                row[start + 5 + n] = quantity[side][n]
                row[start + 10 + n] = random.randrange(0, 9) if random.random() > calm else 3
            if odd and random.random() < 0.3:
                row[start + random.randrange(0, 5)] = 0
        if random.random() < 0.5:
            volume += random.randrange(0, 400) - 500 * (odd and random.random() < 0.2)
        row[c.VOLUME] = volume
        row[c.LTP] = mid if random.random() < 0.3 else bid + 5 * random.randrange(-1, 3)
        if odd and random.random() < 0.3:
            row[c.LTP] = 0
        mid = bid + max(spread, 0) // 2
        row[c.TOTAL_BUY], row[c.TOTAL_SELL] = totals
        if odd and random.random() < 0.3:
            row[c.TOTAL_SELL] = row[c.TOTAL_BUY] = random.choice((0, 4_000))
        row[c.RECEIVED_NS] = now
        found.append(row)
    return found


def every_course(seeds, size):
    """Sane and odd books of some seeds; fails at the first difference."""
    for seed in range(seeds):
        for sane in (False, True):
            held_against(made(seed, size, sane), tick=5, limits=(15_000, 25_000))


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 120), st.booleans())
def test_readings_of_made_books_are_those_of_the_reference(seed, size, sane):
    held_against(made(seed, size, sane), tick=5, limits=(15_000, 25_000))


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 120))
def test_readings_over_long_silences_are_those_of_the_reference(seed, size):
    held_against(made(seed, size, True, SILENCES), tick=5, limits=(15_000, 25_000))


def test_small_wrongs_planted_into_each_kernel_are_noticed():
    """One of each module here; all of them: `make mutants`."""
    first = {module: number for number, (module, _, _) in reversed(list(enumerate(MUTANTS)))}
    numbers = [str(number) for number in first.values()]
    told = subprocess.run(
        [sys.executable, mutants.__file__, *numbers], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr


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
