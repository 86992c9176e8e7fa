"""The script of one schedule: what goes wrong when, and what the operator does.

A script and its seed say everything. Items can be left out one by one without touching the
others: that is how a failing script is made small.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from tui_scalper.core.units import MS, NS
from tui_scalper.core.venues import HOUR


class FaultKind(StrEnum):
    """What can go wrong. `amount` of a fault is nanoseconds unless its kind says otherwise."""

    LOSE_REQUEST = "request lost"
    """Order requests never arrive; after `amount` the gateway says unknown, 0 for never."""
    LOSE_ANSWER = "answer lost"
    """Order requests arrive, their answers do not; `amount` as for LOSE_REQUEST."""
    LATE_REQUEST = "request late"
    LATE_ANSWER = "answer late"
    REFUSE = "requests refused"
    """429 or 403: the broker certainly did not take it."""
    EARLY_CANCEL_NEWS = "cancelled too early"
    """The broker reports an order cancelled `amount` before the exchange takes it out."""
    LOSE_UPDATE = "update lost"
    LATE_UPDATE = "update late"
    """Each update is late by its own share of `amount`, so they overtake one another."""
    DOUBLE_UPDATE = "update doubled"
    STALE_BOOK = "old order book"
    """The broker answers a poll with its order book of `amount` ago."""
    LATE_POLL = "poll late"
    FAIL_POLL = "poll failed"
    CIRCUIT = "side empty"
    """No bids (`amount` -1) or no asks (1) in `row`."""
    HALT = "stock halted"
    GAP = "price gap"
    """Every price of `row` moves by `amount` ticks and stays there."""
    STALL = "feed silent"
    CUT = "feed cut"
    JUMP = "clock jump"
    """The engine's clock jumps by `amount`, backwards when negative."""
    HAND_ORDER = "traded by hand"
    """Somebody trades `amount` shares of `row` in the broker's own app (negative sells)."""
    HAND_CANCEL = "cancelled by hand"
    """Somebody cancels our live exit of `row` in the broker's own app."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One thing that goes wrong from `at_ns` (after the start) for `length_ns`."""

    kind: FaultKind
    at_ns: int
    length_ns: int = 0
    amount: int = 0
    row: int = -1

    @property
    def end_ns(self) -> int:
        """When it is over."""
        return self.at_ns + self.length_ns

    def __str__(self) -> str:
        where = f" row {self.row}" if self.row >= 0 else ""
        lasting = f" for {self.length_ns / NS:.3f} s" if self.length_ns else ""
        return f"{self.at_ns / NS:9.3f} s  {self.kind.value}{where}{lasting}, amount {self.amount}"


class Key(StrEnum):
    """What the operator may do."""

    ARM = "arm"
    AUTO_ON = "auto on"
    AUTO_OFF = "auto off"
    STAGE = "stage"
    STAGE_BEST = "stage best"
    CONFIRM = "confirm"
    NUDGE_PRICE = "nudge price"
    NUDGE_QUANTITY = "nudge quantity"
    PAUSE = "pause"
    RESUME = "resume"
    DISARM = "disarm"
    FLATTEN = "flatten"
    FLATTEN_ALL = "flatten all"
    CANCEL_ENTRIES = "cancel entries"
    BREAK_EVEN = "break-even"
    KILL = "kill"
    RESET = "reset"


class Press(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A key the operator presses `at_ns` after the start, old by `age_ns` when it arrives."""

    key: Key
    at_ns: int
    row: int = 0
    amount: int = 0
    age_ns: int = 0

    @property
    def end_ns(self) -> int:
        """When it is over: at once."""
        return self.at_ns

    def __str__(self) -> str:
        old = f", {self.age_ns / NS:.3f} s old" if self.age_ns else ""
        what = f"key {self.key.value}, row {self.row}, amount {self.amount}{old}"
        return f"{self.at_ns / NS:9.3f} s  {what}"


Item = Fault | Press


class Family(StrEnum):
    """Which faults a schedule draws from."""

    CALM = "nothing wrong"
    PATH = "requests and answers"
    DEAF = "order updates"
    POLLS = "polls"
    MARKET = "market and feed"
    CLOCK = "clock jumps in doubt"
    ALL = "all of these"
    WILD = "by hand and ghosts"
    """Also what nobody can prevent: trades by hand, requests that arrive after their absence
    was proven, order books older than that proof allows."""
    AMBIGUOUS = "every submit in doubt"


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """What sort of session it is; constant through the schedule."""

    family: Family = Family.CALM
    step_ppm: int = 600
    """Standard deviation of one price step, parts per million."""
    depth: int = 200
    """Typical quantity of a level, shares."""
    band_bp: int = 0
    """Circuit limits around yesterday's close; 0 for none."""
    frame_ns: int = 150 * MS
    """Mean time between frames."""
    latency_ns: int = 40 * MS
    """Longest one-way delay to and from the broker when nothing is wrong."""
    start_ns: int = 10 * HOUR
    """Nanoseconds after local midnight."""
    daily_trades: int = 1_000
    max_positions: int = 3
    trail_bp: int = 0
    time_exit_ns: int = 0


FRAMES: Final = 1_000
"""Frames of a whole schedule."""


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """One schedule: the seed of the market, its manner, and what happens on top."""

    seed: int
    manner: Manner
    items: tuple[Item, ...]
    frames: int = FRAMES
    """How many frames of the market are played before the faults heal."""

    def __str__(self) -> str:
        lines = [f"seed {self.seed}, {self.frames} frames, {self.manner}"]
        lines += [str(item) for item in sorted(self.items, key=lambda item: item.at_ns)]
        return "\n".join(lines)
