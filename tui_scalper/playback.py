"""The console's hand on a tape: hold, step, pace, go to a time or to what happened.

The screen's thread asks, the thread that plays the tape looks for what was asked and tells
how far it is; one reference is all that passes either way.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_scalper.core.units import NS
from tui_scalper.core.venues import Venue
from tui_scalper.lab.marks import MarkKind
from tui_scalper.runtime.clocks import MarketClock

if TYPE_CHECKING:
    from tui_scalper.lab.tape import Tape

STEP_NS: Final = NS
"""Market time of one step."""
PACES: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
"""Market seconds a second that the pace goes through."""


@dataclass(frozen=True)
class News:
    """What became of a move; `warns` when it is not what was wished."""

    text: str
    warns: bool = False


class TapeTimeError(ValueError):
    """A time that is none, or is not on the tape; the text says what to write."""


@dataclass(frozen=True)
class GoTo:
    """Go to a time, nanoseconds UTC."""

    at_ns: int


@dataclass(frozen=True)
class Jump:
    """Go to the next (`step` 1) or the previous (-1) moment of a kind."""

    kind: MarkKind
    step: int


@dataclass(frozen=True)
class Stay:
    """Stop where the tape is."""


Move = GoTo | Jump | Stay


class TapeSpan:
    """The time of day on a tape, as its venue writes it."""

    def __init__(self, venue: Venue, first_ns: int, last_ns: int) -> None:
        self._venue = venue
        self.first_ns = first_ns
        self.last_ns = last_ns

    @classmethod
    def of(cls, tape: Tape) -> TapeSpan:
        """That of `tape`."""
        return cls(tape.universe.venue, tape.first_ns, tape.last_ns)

    def moment(self, text: str, near_ns: int) -> int:
        """``HH:MM[:SS]`` of the day of `near_ns`, nanoseconds UTC. Raises TapeTimeError."""
        parts = text.strip().split(":")
        numbers = [int(part) for part in parts if part.isascii() and part.isdecimal()]
        hours, minutes, seconds = (*numbers, 0, 0, 0)[:3]
        if (
            not 2 <= len(numbers) == len(parts) <= 3
            or max(hours - 23, minutes - 59, seconds - 59) > 0
        ):
            raise TapeTimeError(f"{text.strip()!r} is no time of day: write HH:MM or HH:MM:SS")
        at_ns = self._venue.midnight(near_ns) + ((hours * 60 + minutes) * 60 + seconds) * NS
        if not self.first_ns // NS * NS <= at_ns <= self.last_ns:
            first, last = self.clock(self.first_ns), self.clock(self.last_ns)
            raise TapeTimeError(f"the tape runs from {first} to {last}; {text.strip()} is outside")
        return max(at_ns, self.first_ns)

    def clock(self, at_ns: int) -> str:
        """Time of day at the venue, HH:MM:SS."""
        seconds = self._venue.of_day(at_ns) // NS
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


class Playback:
    """Moves the clock of a replay; orders go to its simulated account as ever."""

    def __init__(self, clock: MarketClock, span: TapeSpan) -> None:
        self.clock = clock
        self.span = span
        self.turns = 0
        """How often the tape was turned back: what the screen remembers of later is void."""
        self.moving = ""
        """How far a move is, in words; empty while none is under way."""
        self._move: Move | None = None
        self._news: deque[News] = deque(maxlen=8)

    # -- what the screen asks ------------------------------------------------------------------

    def toggle(self) -> str:
        """Hold the tape, or let it go on; returns what it does now, in words."""
        if self.moving:
            self._move = Stay()
            return "the tape stops here"
        if self.clock.held:
            self.clock.go_on()
            return "the tape goes on"
        self.clock.hold()
        return "the tape is held"

    def step(self) -> str:
        """Play one second of market time and hold; returns what was done, in words."""
        self.clock.step(STEP_NS)
        return "one second played, the tape is held"

    def faster(self) -> str:
        """The next higher pace; returns it in words."""
        return self._run_at(next((one for one in PACES if one > self.clock.speed), PACES[-1]))

    def slower(self) -> str:
        """The next lower pace; returns it in words."""
        lower = [one for one in PACES if one < self.clock.speed]
        return self._run_at(lower[-1] if lower else PACES[0])

    def _run_at(self, speed: float) -> str:
        self.clock.run_at(speed)
        held = ", held" if self.clock.held else ""
        return f"the tape plays {speed:g} times as fast as recorded{held}"

    def seek(self, text: str) -> str:
        """Go to a time of day; returns what is done, in words. Raises TapeTimeError."""
        at_ns = self.span.moment(text, self.clock.now())
        self._move = GoTo(at_ns)
        return f"going to {self.span.clock(at_ns)}"

    def jump(self, kind: MarkKind, step: int) -> str:
        """Go to the next or previous signal or trade; returns what is done, in words."""
        self._move = Jump(kind, step)
        return f"looking for the {'next' if step > 0 else 'previous'} {kind.value}"

    @property
    def words(self) -> str:
        """What the banner says of the tape: how far a move is, its pace, or that it is held."""
        if self.moving:
            return self.moving
        pace = f"{self.clock.speed:g}x"
        if self.over:
            return f"‖ AT ITS END {pace}"
        return f"‖ HELD {pace}" if self.clock.held else pace

    @property
    def over(self) -> bool:
        """Whether nothing follows on the tape."""
        return not self.moving and self.clock.now() >= self.span.last_ns

    def news(self) -> News | None:
        """What became of a move, once; None when there is nothing new."""
        return self._news.popleft() if self._news else None

    # -- what the tape's thread tells ----------------------------------------------------------

    @property
    def asked(self) -> bool:
        """Whether a move waits to be made."""
        return self._move is not None

    def take(self) -> Move | None:
        """The move that was asked last, once."""
        move, self._move = self._move, None
        return move

    def tell(self, text: str) -> None:
        """Say what became of a move."""
        self._news.append(News(text))

    def warn(self, text: str) -> None:
        """Say what became of a move that did not end as wished."""
        self._news.append(News(text, warns=True))
