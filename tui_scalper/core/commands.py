"""What the operator can ask of the engine.

Keys carry `key_ns`, the engine-clock time at which the key was read from the terminal:
the engine refuses keys that grew old on the way (a stalled link fires them in a burst).
`seq` is the sequence number of the snapshot the operator was looking at.
"""

from __future__ import annotations

import msgspec

from tui_scalper.core.prices import Pricing
from tui_scalper.core.units import Side


class Seen(msgspec.Struct, frozen=True):
    """What the screen showed of a stock when the key was pressed; 0 where it showed nothing.

    `at_ns` is the time of that snapshot, engine clock; prices are paise.
    """

    at_ns: int = 0
    bid: int = 0
    ask: int = 0


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of all commands."""

    key_ns: int
    seq: int = 0


# -- risk-increasing: need a fresh key, a fresh book and an armed console -------------------


class Arm(Command, frozen=True, kw_only=True):
    """Allow entries for the arming time; `word` is what the operator typed (LIVE asks)."""

    word: str = ""


class Stage(Command, frozen=True, kw_only=True):
    """Put an entry on the strip; `side` None means the side of the stock's own signal."""

    row: int
    side: Side | None = None
    seen: Seen | None = None


class StageBest(Command, frozen=True, kw_only=True):
    """Put the strongest signal on the strip."""


class StageReverse(Command, frozen=True, kw_only=True):
    """Stage closing the position of `row` and, once that is flat, an entry the other way."""

    row: int
    seen: Seen | None = None


class PriceAs(Command, frozen=True, kw_only=True):
    """Price the staged entry anew: at the best of its own side, or through the other one."""

    pricing: Pricing


class NudgePrice(Command, frozen=True, kw_only=True):
    """Move the staged limit price by `ticks`."""

    ticks: int


class NudgeQuantity(Command, frozen=True, kw_only=True):
    """Change the staged quantity by `lots`."""

    lots: int


class SetQuantity(Command, frozen=True, kw_only=True):
    """Make the staged quantity `percent` (1 to 100) of the most the engine would send itself."""

    percent: int


class Confirm(Command, frozen=True, kw_only=True):
    """Send the staged entry; `stage_id` names the one the operator saw."""

    stage_id: int
    seen: Seen | None = None


class AutoOn(Command, frozen=True, kw_only=True):
    """Let the engine send the strongest signal by itself."""


class AutoStockOn(Command, frozen=True, kw_only=True):
    """Let the engine enter `row` by itself again; AutoOn is still needed."""

    row: int


class UnskipStock(Command, frozen=True, kw_only=True):
    """Enter `row` again today after SkipStock."""

    row: int


class Resume(Command, frozen=True, kw_only=True):
    """Allow entries again after a pause."""


# -- risk-reducing or harmless: always work --------------------------------------------------


class Disarm(Command, frozen=True, kw_only=True):
    """No more entries; exits go on. `why` says so when no key asked for it."""

    why: str = ""


class DropStage(Command, frozen=True, kw_only=True):
    """Take the staged entry off the strip."""


class AutoOff(Command, frozen=True, kw_only=True):
    """No more entries by the engine itself."""


class AutoStockOff(Command, frozen=True, kw_only=True):
    """The engine does not enter `row` by itself; a person may. Its position goes on."""

    row: int


class SkipStock(Command, frozen=True, kw_only=True):
    """Nobody enters `row` for the rest of the day. Its position goes on."""

    row: int


class Attend(Command, frozen=True, kw_only=True):
    """A frame reached the screen, or a key the console: somebody can be there."""


class UiLost(Command, frozen=True, kw_only=True):
    """Nobody can see or touch the console: what operator.on_ui_lost says happens, once.

    From the shell, not from a key: the terminal closed or its output stalled; `why` says which.
    """

    why: str = ""


class UiBack(Command, frozen=True, kw_only=True):
    """The console is seen again; what was latched stays latched."""


class Pause(Command, frozen=True, kw_only=True):
    """Hold entries; exits go on."""


class CancelEntries(Command, frozen=True, kw_only=True):
    """Cancel resting entry orders of `row`, or of all rows when None. Stops stay."""

    row: int | None = None


class Flatten(Command, frozen=True, kw_only=True):
    """Close the position of `row`, or all positions when None (which also pauses entries)."""

    row: int | None = None


class TakeOver(Command, frozen=True, kw_only=True):
    """The position of `row` is the operator's: no target, trail or time exit; its stop stays.

    Square-off, kill, emergencies and a stop that is lost or passed still leave it.
    """

    row: int


class GiveBack(Command, frozen=True, kw_only=True):
    """The engine manages the position of `row` again after TakeOver."""

    row: int


class BreakEven(Command, frozen=True, kw_only=True):
    """Move the stop of `row` to its entry price where the market allows it."""

    row: int


class Kill(Command, frozen=True, kw_only=True):
    """Latch: block entries, auto off, cancel every order, flatten every position."""


class ResetKill(Command, frozen=True, kw_only=True):
    """Release the kill latch and a latched trading state, all flat; `word` as the console asks."""

    word: str


class Focus(Command, frozen=True, kw_only=True):
    """Look at `row`: its ladder is in every snapshot."""

    row: int


class Watch(Command, frozen=True, kw_only=True):
    """How much the screen shows: number of ladders and of signal rows."""

    ladders: int
    signals: int
    explained: bool = False
    """Whether the focused stock is explained; that costs as much as a few ladders."""


class Pace(Command, frozen=True, kw_only=True):
    """Replay: the tape plays `percent` of a person's time, so the time a person is given changes.

    100 is as fast as it was recorded. From the hand on the tape, not from a key.
    """

    percent: int


AnyCommand = (
    Arm
    | Stage
    | StageBest
    | StageReverse
    | PriceAs
    | NudgePrice
    | NudgeQuantity
    | SetQuantity
    | Confirm
    | AutoOn
    | AutoStockOn
    | UnskipStock
    | Resume
    | Disarm
    | DropStage
    | AutoOff
    | AutoStockOff
    | SkipStock
    | Attend
    | UiLost
    | UiBack
    | Pause
    | CancelEntries
    | Flatten
    | TakeOver
    | GiveBack
    | BreakEven
    | Kill
    | ResetKill
    | Focus
    | Watch
    | Pace
)
"""Every command, as a journal reads them back."""
