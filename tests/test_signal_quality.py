"""Signal quality: figures by hand, chance beside them, and what no signals say."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.core.lives import HORIZONS, POINTS
from tui_scalper.core.signal_life import SignalLife
from tui_scalper.core.units import NS, Side
from tui_scalper.lab.signal_quality import BLOCK_NS, Horizon, signal_quality, to_lines

NOON = 1_795_408_200 * NS
MID2 = 200_000


def life(block=0, side=1, dominance=500_000, after_bp=0, before_bp=0, lasted=2 * NS, known=POINTS):
    """A life in a block of five minutes; the mid moved by so many basis points of MID2."""
    after, before = MID2 + 20 * after_bp, MID2 - 20 * before_bp
    mids = [MID2] + [after] * len(HORIZONS)
    past = [MID2] + [before] * len(HORIZONS)
    start = NOON + block * BLOCK_NS
    return SignalLife(
        symbol="ALPHA",
        side=Side(side),
        start_ns=start,
        peak_ns=start,
        end_ns=start + lasted if lasted else 0,
        dominance=dominance,
        peak=dominance,
        before=tuple(past[:known] + [0] * (POINTS - known)),
        after=tuple(mids[:known] + [0] * (POINTS - known)),
    )


def test_moves_count_on_the_side_of_the_signal():
    lives = [life(block, 1, after_bp=10) for block in range(10)]
    lives += [life(block, -1, after_bp=-30) for block in range(10)]
    for one in signal_quality(lives).after:
        assert one.known == one.moved == 20
        assert one.mean_bp == pytest.approx(20.0)
        assert (one.mean_low, one.mean_high) == pytest.approx((20.0, 20.0))
        assert one.right == 1.0
        assert one.right_low < 1.0
        assert one.coefficient == pytest.approx(1.0)


def test_the_mirror_is_the_way_up_to_the_signal():
    quality = signal_quality([life(block, 1, before_bp=10) for block in range(10)])
    assert quality.before[0].mean_bp == pytest.approx(10.0, rel=2e-3)
    assert quality.after[0].mean_bp == 0.0
    assert quality.after[0].moved == 0
    assert math.isnan(quality.after[0].right)


def test_a_mid_that_is_not_known_counts_nowhere():
    lives = [life(block, known=3, after_bp=5) for block in range(10)]
    known = [one.known for one in signal_quality(lives).after]
    assert known == [10, 10, 0, 0, 0, 0]
    assert math.isnan(signal_quality(lives).after[-1].mean_bp)


def test_lives_and_dominance_are_told_by_their_quantiles():
    lives = [life(dominance=10_000 * n, lasted=n * NS) for n in range(1, 100)]
    quality = signal_quality([*lives, life(lasted=0)], missed=3)
    assert (quality.lives, quality.ended, quality.missed) == (100, 99, 3)
    assert quality.life_p50 == 50.0
    assert quality.dominance_tenths[4] == pytest.approx(50.0, abs=0.5)


def test_few_blocks_have_no_interval_and_no_signals_no_figures():
    (one, *_) = signal_quality([life(block, after_bp=3) for block in range(7)]).after
    assert one.mean_bp == pytest.approx(3.0)
    assert math.isnan(one.mean_low)
    assert math.isnan(one.mean_chance)
    nothing = signal_quality([])
    assert nothing.lives == 0
    assert math.isnan(nothing.life_p50)
    assert to_lines(nothing) == []
    assert b"NaN" not in msgspec.json.encode(nothing)


def test_every_line_can_be_read_by_a_person():
    lines = to_lines(signal_quality([life(block, after_bp=block) for block in range(12)]))
    assert len(lines) == 5 + 2 * len(HORIZONS)
    assert " nan" not in " ".join(lines)


def noise(seed):
    random = np.random.default_rng(seed)
    return [
        life(
            block,
            int(random.choice((-1, 1))),
            int(random.integers(400_000, 900_000)),
            int(random.integers(-9, 10)),
        )
        for block in range(40)
        for _ in range(4)
    ]


def test_signals_of_no_worth_stay_within_chance_about_as_often_as_it_says():
    beyond = 0
    for seed in range(15):
        one: Horizon = signal_quality(noise(seed)).after[0]
        beyond += abs(one.mean_bp) > one.mean_chance
        beyond += abs(one.coefficient) > one.coefficient_chance
    # 30 figures at 5 %: 1.5 expected, more than 7 are one in ten thousand.
    assert beyond <= 7, "seeds 0 to 14"


@settings(max_examples=5)
@given(st.permutations(range(12)))
def test_the_order_of_lives_does_not_matter(order):
    lives = [life(n, 1 if n % 3 else -1, 400_000 + n, after_bp=n % 5 - 2) for n in range(12)]
    first = signal_quality(lives).after[0]
    other = signal_quality([lives[n] for n in order]).after[0]
    for a, b in zip(msgspec.structs.astuple(first), msgspec.structs.astuple(other), strict=True):
        assert a == pytest.approx(b, nan_ok=True)
