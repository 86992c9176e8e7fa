"""What the keys wish of a replay's tape, and what the screen is told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui_scalper.hands import Wish
from tui_scalper.lab.marks import MarkKind
from tui_scalper.playback import Playback, TapeTimeError
from tui_scalper.widgets.banner import TapeView

TAPE_WISHES: Final[dict[Wish, Callable[[Playback], str]]] = {
    Wish.HOLD_TAPE: Playback.toggle,
    Wish.STEP_TAPE: Playback.step,
    Wish.FASTER_TAPE: Playback.faster,
    Wish.SLOWER_TAPE: Playback.slower,
    Wish.NEXT_SIGNAL: lambda tape: tape.jump(MarkKind.SIGNAL, 1),
    Wish.LAST_SIGNAL: lambda tape: tape.jump(MarkKind.SIGNAL, -1),
    Wish.NEXT_TRADE: lambda tape: tape.jump(MarkKind.TRADE, 1),
    Wish.LAST_TRADE: lambda tape: tape.jump(MarkKind.TRADE, -1),
}
"""What the hand on the tape does for a wish, and says."""


def move_tape(tape: Playback | None, wish: Wish, wanted_time: str) -> str:
    """Do what is wished of the tape; returns what is done, in words. Raises TapeTimeError."""
    if tape is None:
        raise TapeTimeError("only a replay has a tape to move")
    if wish is Wish.SEEK_TAPE:
        return tape.seek(wanted_time)
    return TAPE_WISHES[wish](tape)


def tape_view(tape: Playback) -> TapeView:
    """The tape as the banner tells of it."""
    return TapeView(tape.words, tape.over)
