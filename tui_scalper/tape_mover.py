"""Moves the tape of a replay: to a time, to what happened next or before, and back.

A tape is turned back by playing it again from its beginning (timeline.py). That takes as long as
the tape is long, and one timeline's memory: while it lasts the screen sees how far it is, and any
other move, or the key that holds the tape, ends it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tui_scalper.core.commander import RISKY
from tui_scalper.core.commands import Focus
from tui_scalper.core.events import Commanded
from tui_scalper.lab.marks import MarkKind
from tui_scalper.lab.tape import Tape
from tui_scalper.playback import GoTo, Jump, Move, Playback
from tui_scalper.runtime.store import CommandQueue
from tui_scalper.timeline import Timeline

MOST_NAMED: Final = 4
"""Stocks that became signals at one moment, as many as a line names."""
SHOW_S: Final = 0.2
"""While the tape is moved the screen sees where it is this often."""
DRAFT: Final = "."
"""Begins the name of a journal that has not come as far as the one it is to replace."""
Playing = Callable[[Path, Sequence[Commanded], int], Timeline]
"""A timeline at the beginning of the tape: its journal, what was commanded, pictures before."""


def draft_of(journal: Path) -> Path:
    """The name `journal` has until it counts; nobody takes it for a journal."""
    return journal.with_name(f"{DRAFT}{journal.name}")


class TapeMover:
    """Holds the timeline of a replay and moves it; the tape's thread alone calls it.

    `playing` makes another timeline, `stopping` says whether the run is to end.
    """

    def __init__(
        self,
        tape: Tape,
        timeline: Timeline,
        playback: Playback,
        commands: CommandQueue,
        *,
        journal: Path,
        playing: Playing,
        stopping: Callable[[], bool],
    ) -> None:
        self.timeline = timeline
        self._tape = tape
        self._playback = playback
        self._clock = playback.clock
        self._commands = commands
        self._journal = journal
        self._playing = playing
        self._stopping = stopping
        self._show_at = 0.0
        self._began_ns = tape.first_ns

    def move(self, move: Move) -> None:
        """Move the tape; it stays held after a jump, and runs on after a seek if it ran."""
        ran = not self._clock.held
        self._clock.hold()
        self._began_ns = self.timeline.at_ns
        try:
            if isinstance(move, GoTo):
                self._go_to(move.at_ns)
            elif isinstance(move, Jump):
                self._jump(move)
        finally:
            self._playback.moving = ""
            self._clock.move(self.timeline.at_ns)
            self._drop_risky(self.timeline.at_ns)
        if ran and isinstance(move, GoTo) and not self._playback.asked:
            self._clock.go_on()

    def _go_to(self, goal_ns: int) -> bool:
        self._went(goal_ns, self.timeline.at_ns)
        arrived = self._play_to(goal_ns)
        self._playback.tell(f"at {self._playback.span.clock(self.timeline.at_ns)}")
        return arrived

    def _jump(self, jump: Jump) -> bool:
        marks, origin_ns = self.timeline.marks, self.timeline.at_ns
        if jump.step < 0:
            before_ns = marks.before(jump.kind, origin_ns)
            if before_ns is None:
                self._playback.warn(f"no {jump.kind.value} before this moment")
                return False
            self._went(before_ns, origin_ns)
            arrived = self._play_to(before_ns)
            self._playback.tell(self._found(jump.kind))
            return arrived
        known = marks.count(jump.kind)
        last_ns = self._tape.last_ns
        self.timeline.play(
            last_ns, lambda: marks.count(jump.kind) == known and self._going(last_ns)
        )
        if marks.count(jump.kind) == known and self.timeline.at_ns >= last_ns:
            self._play_to(origin_ns)
            self._playback.warn(f"no {jump.kind.value} follows on this tape")
            return False
        self._playback.tell(self._found(jump.kind))
        return True

    def _found(self, kind: MarkKind) -> str:
        """Look at the stock it is about; returns what was found, in words."""
        at_ns, rows = self.timeline.at_ns, self.timeline.marked(kind)
        for row in rows[:1]:
            look = Commanded(at_ns=at_ns, command=Focus(key_ns=at_ns, row=row))
            self.timeline.loop.sink(look)
        names = ", ".join(self._tape.universe[row].symbol for row in rows[:MOST_NAMED])
        of = f" of {names}" if names else ""
        return f"{kind.value}{of} at {self._playback.span.clock(at_ns)}, held"

    def _play_to(self, goal_ns: int) -> bool:
        """Play on to `goal_ns`, or play the timeline again up to it when that is past."""
        if goal_ns >= self.timeline.at_ns:
            return self.timeline.play(goal_ns, lambda: self._going(goal_ns))
        return self._turn_back(goal_ns)

    def _turn_back(self, goal_ns: int) -> bool:
        """Play again from the beginning; the old timeline stands until the new one is there."""
        old = self.timeline
        self._began_ns = self._tape.first_ns
        history = [one for one in old.known if one.at_ns <= goal_ns]
        draft = draft_of(self._journal)
        draft.unlink(missing_ok=True)
        new = self._playing(draft, history, old.loop.pictures)
        new.loop.show(old.loop.views)
        try:
            self.timeline = new
            arrived = new.play(goal_ns, lambda: self._going(goal_ns))
            new.journal.move_to(self._journal)
        except BaseException:
            self.timeline = old
            new.journal.close()
            draft.unlink(missing_ok=True)
            raise
        old.journal.close()
        self._playback.turns += 1
        return arrived

    def _going(self, goal_ns: int) -> bool:
        """Whether a move goes on; shows from time to time how far it is."""
        now = time.perf_counter()
        if now >= self._show_at:
            self._show_at = now + SHOW_S
            self._went(goal_ns, self.timeline.replay.at_ns)
            self.timeline.loop.publish(self.timeline.replay.at_ns)
        return not self._playback.asked and not self._stopping()

    def _went(self, goal_ns: int, at_ns: int) -> None:
        done = (at_ns - self._began_ns) * 100 // max(goal_ns - self._began_ns, 1)
        clock = self._playback.span.clock
        self._playback.moving = f"▸▸ {clock(at_ns)} {min(max(done, 0), 100)}%"

    def _drop_risky(self, at_ns: int) -> None:
        """Keys pressed while the tape was moved: what adds risk was meant for another moment."""
        waiting = self._commands.drain()
        for command in waiting:
            if not isinstance(command, RISKY):
                self.timeline.loop.sink(Commanded(at_ns=at_ns, command=command))
        if any(isinstance(one, RISKY) for one in waiting):
            self._playback.warn("the tape was being moved: keys that add risk were dropped")
