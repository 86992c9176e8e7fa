"""What the signals of a run were worth: how long they lived, and where the mid went after them.

Every figure stands beside what chance gives. Signals follow each other closely and many
stocks move together, so blocks of five minutes, all stocks in one, are drawn anew for the
intervals (lab.study.resampling), and turned to the other side as a whole for the chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from tui_scalper.core.lives import HORIZONS
from tui_scalper.core.signal_life import SignalLife
from tui_scalper.core.units import BP, NS, PPM
from tui_scalper.lab.statistics import NAN, Interval, wilson
from tui_scalper.lab.study.fits import Floats, ranks
from tui_scalper.lab.study.resampling import (
    Picks,
    block_sums,
    correlation_of_sums,
    correlation_terms,
    percentile_interval,
    resampled_sums,
)

BLOCK_NS: Final = 300 * NS
FEWEST_BLOCKS: Final = 8
"""Blocks from which on an interval is more than a guess."""
DRAWS: Final = 2_000
SEED: Final = 404
UNKNOWN: Final = "-"
TENTHS: Final = tuple(range(10, 100, 10))


class Horizon(msgspec.Struct, frozen=True, kw_only=True):
    """Where the mid went over one horizon, on the side of the signal. Intervals are of 95 %."""

    seconds: int
    known: int
    """Lives whose mids are known at both ends."""
    mean_bp: float
    mean_low: float
    mean_high: float
    mean_chance: float
    """Signals of no worth have a mean this far from 0, or nearer, in 95 of 100 runs."""
    moved: int
    right: float
    """Share of those whose mid moved that moved to the side of the signal; chance gives half."""
    right_low: float
    right_high: float
    coefficient: float
    """Information coefficient: rank correlation of signed dominance and the mid's return."""
    coefficient_low: float
    coefficient_high: float
    coefficient_chance: float
    """As `mean_chance`."""


class SignalQuality(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. Lives in seconds, dominance in percent."""

    lives: int
    ended: int
    missed: int
    """Signals whose life was not kept for want of room."""
    life_p10: float
    life_p50: float
    life_p90: float
    dominance_tenths: tuple[float, ...]
    """Nine values that split the lives in tenths by the dominance they began with."""
    peak_tenths: tuple[float, ...]
    """The same by the greatest there was."""
    after: tuple[Horizon, ...]
    before: tuple[Horizon, ...]
    """The past mirror: a signal that is stronger here follows the price."""


def signal_quality(lives: Sequence[SignalLife], missed: int = 0) -> SignalQuality:
    """The figures of `lives`, in whatever order."""
    ended = [one for one in lives if one.end_ns]
    lasted = np.array([one.end_ns - one.start_ns for one in ended], dtype=np.float64) / NS
    p10, p50, p90 = np.percentile(lasted, (10, 50, 90)) if len(lasted) else (NAN, NAN, NAN)
    started = np.array([one.start_ns for one in lives], dtype=np.int64)
    blocks = np.unique(started // BLOCK_NS, return_inverse=True)[1]
    sides = np.array([int(one.side) for one in lives], dtype=np.float64)
    dominance = np.array([one.dominance for one in lives], dtype=np.float64)
    points = 1 + len(HORIZONS)
    after = np.array([one.after for one in lives], dtype=np.float64).reshape(-1, points)
    before = np.array([one.before for one in lives], dtype=np.float64).reshape(-1, points)
    strength = sides * dominance
    return SignalQuality(
        lives=len(lives),
        ended=len(ended),
        missed=missed,
        life_p10=float(p10),
        life_p50=float(p50),
        life_p90=float(p90),
        dominance_tenths=_tenths(dominance),
        peak_tenths=_tenths(np.array([one.peak for one in lives], dtype=np.float64)),
        after=tuple(
            _horizon(seconds, after[:, 0], after[:, place], strength, blocks)
            for place, seconds in enumerate(HORIZONS, start=1)
        ),
        before=tuple(
            _horizon(seconds, before[:, place], before[:, 0], strength, blocks)
            for place, seconds in enumerate(HORIZONS, start=1)
        ),
    )


def _tenths(ppm: Floats) -> tuple[float, ...]:
    """Nine dominances in percent, NaN without any."""
    if not len(ppm):
        return (NAN,) * len(TENTHS)
    return tuple((np.percentile(ppm, TENTHS) * 100 / PPM).tolist())


def _horizon(
    seconds: int, begun: Floats, ended: Floats, strength: Floats, blocks: Picks
) -> Horizon:
    """Figures of the way from the mids `begun` to the mids `ended`, 0 where unknown."""
    known = (begun > 0) & (ended > 0)
    begun, ended, strength = begun[known], ended[known], strength[known]
    blocks = np.unique(blocks[known], return_inverse=True)[1]
    gain = (ended / begun - 1.0) * BP
    sided = gain * np.sign(strength)
    moved = int(np.count_nonzero(sided))
    right = int(np.count_nonzero(sided > 0))
    rate = wilson(right, moved)
    mean, mean_interval, mean_chance = _mean(sided, blocks)
    found, interval, chance = _coefficient(strength, gain, blocks)
    return Horizon(
        seconds=seconds,
        known=len(gain),
        mean_bp=mean,
        mean_low=mean_interval.low,
        mean_high=mean_interval.high,
        mean_chance=mean_chance,
        moved=moved,
        right=right / moved if moved else NAN,
        right_low=rate.low,
        right_high=rate.high,
        coefficient=found,
        coefficient_low=interval.low,
        coefficient_high=interval.high,
        coefficient_chance=chance,
    )


NOTHING: Final = (NAN, Interval(NAN, NAN), NAN)


def _mean(values: Floats, blocks: Picks) -> tuple[float, Interval, float]:
    """Mean, its interval, and how far from 0 chance takes it."""
    if not len(values):
        return NOTHING
    sums = block_sums(np.column_stack((np.ones(len(values)), values)), blocks)
    mean = float(values.mean())
    if len(sums) < FEWEST_BLOCKS:
        return mean, Interval(NAN, NAN), NAN
    drawn = resampled_sums(sums, SEED, DRAWS)
    turned = _turned(sums[:, 1]) / len(values)
    return mean, percentile_interval(drawn[:, 1] / drawn[:, 0]), _reach(turned)


def _coefficient(x: Floats, y: Floats, blocks: Picks) -> tuple[float, Interval, float]:
    """Rank correlation, its interval, and how far from 0 chance takes it."""
    if len(x) < 3:
        return NOTHING
    x, y = ranks(x), ranks(y)
    x, y = x - x.mean(), y - y.mean()
    sums = block_sums(correlation_terms(x, y), blocks)
    whole = float(correlation_of_sums(sums.sum(axis=0, keepdims=True))[0])
    scale = float(np.sqrt((x @ x) * (y @ y)))
    if len(sums) < FEWEST_BLOCKS or scale == 0.0:
        return whole, Interval(NAN, NAN), NAN
    drawn = correlation_of_sums(resampled_sums(sums, SEED, DRAWS))
    return whole, percentile_interval(drawn), _reach(_turned(sums[:, 4]) / scale)


def _turned(sums: Floats) -> Floats:
    """float64[draws]: the total, each block turned to the other side or not by lot."""
    signs = np.random.default_rng(SEED).choice((-1.0, 1.0), size=(DRAWS, len(sums)))
    turned: Floats = signs @ sums
    return turned


def _reach(draws: Floats) -> float:
    """How far from 0 the middle 95 % of `draws` reach."""
    return float(np.quantile(np.abs(draws), 0.95))


def to_lines(quality: SignalQuality) -> list[str]:
    """The figures to read."""
    if not quality.lives:
        return []
    tenths = " ".join(f"{one:.0f}" for one in quality.dominance_tenths)
    lines = [
        "signals (mid: its move to the signal's side; right: share of the moves to it; IC: rank",
        "  correlation of dominance and move; in brackets 95 %; chance: worthless signals reach",
        "  no more in 95 of 100 runs, and are right in 50 %; n: lives whose mids are known)",
        f"  lives {quality.lives}, ended {quality.ended}, not kept {quality.missed}; median life "
        f"{quality.life_p50:.1f} s (tenth {quality.life_p10:.1f}, nine tenths "
        f"{quality.life_p90:.1f})",
        f"  dominance at the beginning, tenths, %: {tenths}",
    ]
    for name, horizons in (("after", quality.after), ("before", quality.before)):
        lines += [f"  {name:<6} {_line(one)}" for one in horizons]
    return lines


def _line(one: Horizon) -> str:
    mean = _figure(one.mean_bp, one.mean_low, one.mean_high, one.mean_chance, "+.2f")
    rate = _figure(100 * one.right, 100 * one.right_low, 100 * one.right_high, 50.0, ".0f")
    found = _figure(
        one.coefficient, one.coefficient_low, one.coefficient_high, one.coefficient_chance, "+.3f"
    )
    return f"{one.seconds:>2} s  mid bp {mean}  right % {rate}  IC {found}  n {one.known}"


def _figure(value: float, low: float, high: float, chance: float, form: str) -> str:
    """A figure, its interval, and what chance gives."""
    between = "" if math.isnan(low) else f" [{low:{form}}, {high:{form}}]"
    by_chance = "" if math.isnan(chance) else f" (chance {chance:{form.lstrip('+')}})"
    return f"{value:{form}}{between}{by_chance}" if math.isfinite(value) else UNKNOWN
