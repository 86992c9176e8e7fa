"""Every rule of what a protected position wants from its one exit order.

The exit order of a position is changed, never doubled: PROTECT wants it to be a stop,
TAKE a limit at the target, EXIT a marketable limit. core.positions compares what is wanted
with what rests at the broker and asks for the difference.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from tui_scalper.core.tables import IGNORED, Table


class Goal(StrEnum):
    """What the exit order of a position should be."""

    PROTECT = "protect"
    TAKE = "take"
    EXIT = "exit"


class GoalInput(StrEnum):
    """What changes the goal; the value is the exit reason shown and counted."""

    TARGET_TOUCHED = "target"
    TARGET_LEFT = "target at market"
    """The target is reached by a position whose stop the broker holds: it leaves at once."""
    TAKE_EXPIRED = "target not filled"
    STOP_PASSED = "stop passed"
    """The market is at or beyond the stop and no stop can rest there."""
    STOP_JUMPED = "stop jumped"
    """The market is beyond the limit price of the triggered stop."""
    STOP_LOST = "stop lost"
    """The stop was rejected, cancelled by somebody else, or never arrived."""
    STOP_WIDE = "stop too large"
    """The broker's stop is for more than is held, and nobody can make it smaller."""
    OVERSOLD = "exits filled too much"
    """More was closed than was held; the difference is traded back."""
    FLATTEN = "flatten"
    TIME_EXIT = "time exit"
    SQUARE_OFF = "square-off"
    EMERGENCY = "emergency"
    KILL = "kill"


LEAVE: Final = {
    GoalInput.TARGET_LEFT: Goal.EXIT,
    GoalInput.STOP_PASSED: Goal.EXIT,
    GoalInput.STOP_JUMPED: Goal.EXIT,
    GoalInput.STOP_LOST: Goal.EXIT,
    GoalInput.STOP_WIDE: Goal.EXIT,
    GoalInput.OVERSOLD: Goal.EXIT,
    GoalInput.FLATTEN: Goal.EXIT,
    GoalInput.TIME_EXIT: Goal.EXIT,
    GoalInput.SQUARE_OFF: Goal.EXIT,
    GoalInput.EMERGENCY: Goal.EXIT,
    GoalInput.KILL: Goal.EXIT,
}

GOAL_TABLE: Final[Table[Goal, GoalInput]] = {
    Goal.PROTECT: {
        GoalInput.TARGET_TOUCHED: Goal.TAKE,
        GoalInput.TAKE_EXPIRED: IGNORED,
        **LEAVE,
    },
    Goal.TAKE: {
        GoalInput.TARGET_TOUCHED: IGNORED,
        GoalInput.TAKE_EXPIRED: Goal.PROTECT,
        **LEAVE,
    },
    Goal.EXIT: dict.fromkeys(GoalInput, IGNORED),
}
