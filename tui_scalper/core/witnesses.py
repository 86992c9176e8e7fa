"""What each reading says for or against the side of a signal: one table.

A *witness* is a reading turned to the side a book leans to, and held against a threshold.
By setting it informs (shown, nothing follows), confirms (counts towards the number of
confirmations a signal needs) or blocks (a signal it does not confirm is none). A reading
that is not known confirms nothing; whether it blocks stands in the table: a window that is
not full yet does, circuit limits the broker never tells do not.

By default all of them inform but one: with the gate of the spread, turnover keeps the race to
liquid stocks. Half a crore is ten of the largest entries (size.max_notional), so that no entry
is more than a tenth of what traded that day. A stock that trades much is past it with the
opening auction or within minutes, one that hardly trades never (docs/study, liquidity).
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final

import msgspec


class Role(StrEnum):
    """What a witness may do."""

    INFORM = "inform"
    CONFIRM = "confirm"
    BLOCK = "block"


class Witness(IntEnum):
    """The witnesses; the value is the bit in a row's CONFIRMS and the index in the rules."""

    LEVELS = 0
    IMBALANCE = 1
    QUEUE = 2
    MICRO = 3
    FLOW = 4
    LEVEL_FLOW = 5
    TRADES = 6
    GRADIENT = 7
    STEADY = 8
    FOOTPRINT = 9
    WALL = 10
    REFILLS = 11
    ACCUMULATION = 12
    COST = 13
    SPREAD = 14
    TURNOVER = 15
    RATE = 16
    GAP = 17
    THIN = 18
    VOLATILITY = 19
    ROOM = 20
    DOMINANCE = 21
    DEPTH = 22
    FAIR = 23
    SHIFT = 24


class Sense(IntEnum):
    """On which side of the threshold a value confirms; the threshold itself does."""

    AT_LEAST = 1
    AT_MOST = -1


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table. A value with a side is positive when it favours the signal's."""

    name: str
    """What it is called on screen and in settings."""
    meaning: str
    """What it says when it confirms."""
    against: str
    """A short text for the screen when it blocks."""
    unit: str
    sense: Sense
    threshold: float
    """The default."""
    role: Role = Role.INFORM
    """The default."""
    silence_blocks: bool = True
    """Whether a reading that is not known blocks where the witness blocks."""


STATEMENTS: Final[dict[Witness, Statement]] = {
    Witness.LEVELS: Statement(
        name="levels",
        meaning="so many of the five levels hold more on the signal's side",
        against="too few levels agree",
        unit="of 5",
        sense=Sense.AT_LEAST,
        threshold=4,
    ),
    Witness.IMBALANCE: Statement(
        name="imbalance",
        meaning="the depth-weighted imbalance favours the side",
        against="depth imbalance against it",
        unit="",
        sense=Sense.AT_LEAST,
        threshold=0.2,
    ),
    Witness.QUEUE: Statement(
        name="queue",
        meaning="the queues at the best prices favour the side",
        against="best queues against it",
        unit="",
        sense=Sense.AT_LEAST,
        threshold=0.0,
    ),
    Witness.MICRO: Statement(
        name="micro",
        meaning="the micro-price lies beyond the mid in the direction of the side",
        against="micro-price against it",
        unit="ticks",
        sense=Sense.AT_LEAST,
        threshold=0.0,
    ),
    Witness.FLOW: Statement(
        name="flow",
        meaning="order flow over the middle window, in mean depths, favours the side",
        against="order flow against it",
        unit="depths",
        sense=Sense.AT_LEAST,
        threshold=0.0,
    ),
    Witness.LEVEL_FLOW: Statement(
        name="level_flow",
        meaning="order flow of all five levels, in mean depths, favours the side",
        against="flow of the levels against it",
        unit="depths",
        sense=Sense.AT_LEAST,
        threshold=0.0,
    ),
    Witness.TRADES: Statement(
        name="trades",
        meaning="signed volume over the middle window favours the side",
        against="trades against it",
        unit="shares",
        sense=Sense.AT_LEAST,
        threshold=1,
    ),
    Witness.GRADIENT: Statement(
        name="gradient",
        meaning="pressure grows towards the side: t-value of its slope over the trend window",
        against="pressure falls away",
        unit="t",
        sense=Sense.AT_LEAST,
        threshold=0.0,
    ),
    Witness.STEADY: Statement(
        name="steady",
        meaning="the book leaned to the side for this share of the trend window",
        against="leans only since now",
        unit="share",
        sense=Sense.AT_LEAST,
        threshold=0.7,
    ),
    Witness.FOOTPRINT: Statement(
        name="footprint",
        meaning="unusually large orders rest on the side: robust z of the average order size",
        against="no large orders behind it",
        unit="z",
        sense=Sense.AT_LEAST,
        threshold=3.0,
    ),
    Witness.WALL: Statement(
        name="wall",
        meaning="no single huge order stands in the way: robust z of one on the other side",
        against="a wall in the way",
        unit="z",
        sense=Sense.AT_MOST,
        threshold=4.0,
        silence_blocks=False,
    ),
    Witness.REFILLS: Statement(
        name="refills",
        meaning="the other side does not refill at its best price: refills since it changed",
        against="the other side refills",
        unit="times",
        sense=Sense.AT_MOST,
        threshold=2,
    ),
    Witness.ACCUMULATION: Statement(
        name="accumulation",
        meaning="volume of the side's sign traded while the price stood: t-value, slow window",
        against="nothing accumulates",
        unit="t",
        sense=Sense.AT_LEAST,
        threshold=2.0,
    ),
    Witness.COST: Statement(
        name="cost",
        meaning="a usual entry costs no more than this against the mid",
        against="too dear to enter",
        unit="bp",
        sense=Sense.AT_MOST,
        threshold=8.0,
    ),
    Witness.SPREAD: Statement(
        name="spread",
        meaning="the spread is no wider than this",
        against="spread too many ticks",
        unit="ticks",
        sense=Sense.AT_MOST,
        threshold=2,
    ),
    Witness.TURNOVER: Statement(
        name="turnover",
        meaning="the stock turned over at least this much today",
        against="too little turnover",
        unit="lakh",
        sense=Sense.AT_LEAST,
        threshold=50,
        role=Role.BLOCK,
    ),
    Witness.RATE: Statement(
        name="rate",
        meaning="its book is updated at least so often, over the slow window",
        against="too few updates",
        unit="/s",
        sense=Sense.AT_LEAST,
        threshold=0.5,
    ),
    Witness.GAP: Statement(
        name="gap",
        meaning="the update before this one came no longer ago than this",
        against="a gap in its updates",
        unit="s",
        sense=Sense.AT_MOST,
        threshold=5.0,
    ),
    Witness.THIN: Statement(
        name="thin",
        meaning="five levels hold at least this share of what they usually do",
        against="a hole in the book",
        unit="share",
        sense=Sense.AT_LEAST,
        threshold=0.3,
    ),
    Witness.VOLATILITY: Statement(
        name="volatility",
        meaning="realised volatility over the slow window is no more than this",
        against="too volatile",
        unit="bp",
        sense=Sense.AT_MOST,
        threshold=60.0,
    ),
    Witness.ROOM: Statement(
        name="room",
        meaning="the circuit limit ahead is at least this far away",
        against="circuit limit near",
        unit="bp",
        sense=Sense.AT_LEAST,
        threshold=100.0,
        silence_blocks=False,
    ),
    Witness.DOMINANCE: Statement(
        name="dominance",
        meaning="what rests in total leans this far to the side, beyond the gate of the pressure",
        against="too little dominance",
        unit="%",
        sense=Sense.AT_LEAST,
        threshold=50.0,
    ),
    Witness.DEPTH: Statement(
        name="depth",
        meaning="five levels hold so much more on the side, beyond the gate of the depth ratio",
        against="too little depth behind it",
        unit="times",
        sense=Sense.AT_LEAST,
        threshold=2.0,
    ),
    Witness.FAIR: Statement(
        name="fair",
        meaning="the mid weighted by five levels lies beyond the mid in the side's direction",
        against="weighted mid against it",
        unit="ticks",
        sense=Sense.AT_LEAST,
        threshold=0.0,
    ),
    Witness.SHIFT: Statement(
        name="shift",
        meaning="the depth imbalance moves towards the side: t-value of its slope, trend window",
        against="depth shifts away",
        unit="t",
        sense=Sense.AT_LEAST,
        threshold=0.0,
    ),
}
"""Every witness, in the order of their bits."""


class WitnessRule(msgspec.Struct, frozen=True):
    """What one witness may do, and from where on it confirms."""

    role: Role
    threshold: float


def default_rules() -> tuple[WitnessRule, ...]:
    """Every witness at its role and threshold of the table."""
    return tuple(WitnessRule(one.role, one.threshold) for one in STATEMENTS.values())
