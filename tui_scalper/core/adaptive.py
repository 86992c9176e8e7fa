"""Thresholds that follow each stock's own recent past: which, how far, and how sure.

Static by default. Where they adapt, a threshold is a quantile of what the reading was in the
stock over the last while (core.adapting), never outside its hard bounds, and the one of the
settings until enough was seen. The memory is shorter than a session, so a threshold follows
the time of day: books are deeper and calmer at noon than in the first half hour. That they
have such a pattern is known (R. Wood, T. McInish and J. Ord, An investigation of transactions
data for NYSE stocks, 1985; A. Admati and P. Pfleiderer, A theory of intraday patterns, 1988);
that a signal should be rare in its own stock, and how rare, is a heuristic of ours, held
against recorded days in docs/study.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final

import msgspec

from tui_scalper.core.units import BP, NS, PPM


class Adaptive(StrEnum):
    """Whether thresholds move."""

    OFF = "off"
    ON = "on"


class Moving(IntEnum):
    """The thresholds that can; the value is the index in core.columns' IN_FORCE."""

    PRESSURE_LOW = 0
    PRESSURE_HIGH = 1
    DEPTH_RATIO = 2
    FOOTPRINT = 3
    WALL = 4


class MovingRule(msgspec.Struct, frozen=True):
    """What a threshold is where it moves, in the unit of its column."""

    quantile_pm: int
    """Share of the stock's own time the reading lay below it, per mille."""
    least: int
    most: int
    """Hard bounds: it never leaves them."""


class MovingSaid(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table: a threshold that can move."""

    name: str
    meaning: str
    unit: str
    scale: int
    """What a person reads is the column over this."""
    domain: tuple[int, int]
    """What is learnt lies within, in the unit in which it is learnt (core.adapting)."""
    allowed: tuple[int, int]
    """Hard bounds lie within, in the unit of the column."""
    stride: int
    """About the width of what is estimated, in the unit in which it is learnt."""
    default: MovingRule


SHARE: Final = (BP // 2, BP)
"""The stronger of two sides has between half and all of both."""
SIZE: Final = (-20 * PPM, 20 * PPM)
"""Robust z; further out they differ in nothing."""

MOVING: Final[dict[Moving, MovingSaid]] = {
    Moving.PRESSURE_LOW: MovingSaid(
        name="pressure_low",
        meaning="least share of the stronger side, a quantile of that share",
        unit="%",
        scale=BP // 100,
        domain=SHARE,
        allowed=SHARE,
        stride=BP // 10,
        default=MovingRule(900, 6_000, 8_000),
    ),
    Moving.PRESSURE_HIGH: MovingSaid(
        name="pressure_high",
        meaning="greatest share of the stronger side, a quantile of that share",
        unit="%",
        scale=BP // 100,
        domain=SHARE,
        allowed=SHARE,
        stride=BP // 10,
        default=MovingRule(995, 9_000, 9_700),
    ),
    Moving.DEPTH_RATIO: MovingSaid(
        name="depth_ratio",
        meaning="five levels of the side over the other's, from a quantile of their share",
        unit="times",
        scale=100,
        domain=SHARE,
        allowed=(100, 10_000),
        stride=BP // 10,
        default=MovingRule(750, 120, 250),
    ),
    Moving.FOOTPRINT: MovingSaid(
        name="footprint",
        meaning="size of an order that is a footprint, a quantile of the largest a book shows",
        unit="z",
        scale=PPM,
        domain=SIZE,
        allowed=(0, SIZE[1]),
        stride=2 * PPM,
        default=MovingRule(950, 2 * PPM, 5 * PPM),
    ),
    Moving.WALL: MovingSaid(
        name="wall",
        meaning="size of a single order that is a wall, a quantile of the largest a book shows",
        unit="z",
        scale=PPM,
        domain=SIZE,
        allowed=(0, SIZE[1]),
        stride=2 * PPM,
        default=MovingRule(980, 3 * PPM, 7 * PPM),
    ),
}
"""Every threshold that can move, in the order of their columns."""


class AdaptiveRules(msgspec.Struct, frozen=True, kw_only=True):
    """How thresholds move."""

    mode: Adaptive = Adaptive.OFF
    memory_ns: int = 1_200 * NS
    """What lies further back than this hardly counts; a silence as long forgets everything."""
    warm_up: int = 300
    """Samples, at most one a second, until which the thresholds of the settings hold."""
    moving: tuple[MovingRule, ...] = tuple(one.default for one in MOVING.values())
    """A rule for each threshold that moves, in their order."""


def begins_static(rules: AdaptiveRules) -> str:
    """What a start says: nothing of what a run before it learnt outlives that run."""
    return (
        "adaptive thresholds: every stock begins with those of the settings and follows its own "
        f"past from {rules.warm_up} samples on, one a second at most"
    )


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """The thresholds a stock was judged by, as they stood in its row."""

    pressure_low_bp: int
    pressure_high_bp: int
    depth_ratio_pct: int
    footprint_ppm: int
    wall_ppm: int
