"""What starts an emergency, and what each policy does about it.

The settings name a policy for every trigger. Policies are ordered: each does what the one
before it does, and more.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from tui_scalper.core.trading_table import TradingInput


class Trigger(StrEnum):
    """What went wrong; the value is shown."""

    SYSTEM_ERRORS = "internal errors"
    FEED_LOST = "market data lost"
    SESSION_REFUSED = "session refused by the broker"
    PATH_LOST = "no answer from the broker"
    CLOCK_SKEW = "a clock is wrong"
    UI_LOST = "the screen is gone"


class Policy(StrEnum):
    """What is done about it."""

    SAY = "say"
    """An alarm, nothing else."""
    PAUSE = "pause"
    """Entries pause and auto is off, until a person resumes."""
    REDUCE = "reduce"
    """Resting entries are taken back, too; only exits until a person resets."""
    FLATTEN = "flatten"
    """Positions are closed, too, as soon as the broker can be reached; stops rest till then."""
    KILL = "kill"
    """The kill latch."""


class Step(StrEnum):
    """One thing a policy does."""

    PAUSE = "entries paused, auto off"
    CANCEL = "resting entries taken back"
    REDUCE = "exits only until a person resets"
    LEAVE = "positions closed as soon as the broker can be reached"
    KILL = "kill latch"


STEPS: Final[dict[Policy, tuple[Step, ...]]] = {
    Policy.SAY: (),
    Policy.PAUSE: (Step.PAUSE,),
    Policy.REDUCE: (Step.PAUSE, Step.CANCEL, Step.REDUCE),
    Policy.FLATTEN: (Step.PAUSE, Step.CANCEL, Step.REDUCE, Step.LEAVE),
    Policy.KILL: (Step.KILL,),
}

REDUCES: Final = {
    Trigger.SYSTEM_ERRORS: TradingInput.ENGINE_ERROR,
    Trigger.FEED_LOST: TradingInput.FEED_LOST,
    Trigger.SESSION_REFUSED: TradingInput.SESSION_REFUSED,
    Trigger.PATH_LOST: TradingInput.PATH_LOST,
    Trigger.CLOCK_SKEW: TradingInput.CLOCK_SKEW,
    Trigger.UI_LOST: TradingInput.UI_LOST,
}
"""What a trigger is to the trading state; internal errors halt it."""
