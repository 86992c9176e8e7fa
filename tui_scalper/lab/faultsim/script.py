"""The script of one schedule: what goes wrong when, and what the operator does.

A script and its seed say everything. Items can be left out one by one without touching the
others: that is how a failing script is made small.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from tui_scalper.core.config import Style
from tui_scalper.core.emergency_table import Policy
from tui_scalper.core.units import MS, NS
from tui_scalper.core.venues import HOUR
from tui_scalper.lab.faultsim.kinds import Family, FaultKind


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
    pause_ns: int = 0
    """The market pauses for so long after each `BURST_NS` of frames; 0 for never."""
    trail_bp: int = 0
    time_exit_ns: int = 0
    chases: int = 0
    """How often the rest of an entry is followed; 0 takes it back at once."""
    style: Style = Style.ENGINE
    """Who holds the stops."""
    policy: Policy = Policy.SAY
    """What the engine does about emergencies of any kind."""


FRAMES: Final = 1_000
"""Frames of a whole schedule."""
BURST_NS: Final = 12 * NS


def with_pauses(at_ns: int, manner: Manner) -> int:
    """When something happens that would happen at `at_ns` if the market never paused."""
    return at_ns + at_ns // BURST_NS * manner.pause_ns


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
