"""What a person and an emergency do alike: pause entries, disarm, and the kill latch."""

from __future__ import annotations

from collections.abc import Iterable

from tui_scalper.core.effects import NotePause, SetLatch
from tui_scalper.core.floor import Floor
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.journalled import Record
from tui_scalper.core.operator_table import OperatorInput
from tui_scalper.core.snapshot import Severity


def pause(floor: Floor) -> None:
    """No more entries until a person resumes; the engine sends none by itself after that."""
    hold_entries(floor)
    floor.operator.auto = False


def hold_entries(floor: Floor) -> None:
    """No more entries until a person resumes; what is staged is dropped."""
    if not floor.operator.paused:
        floor.send(NotePause(paused=True))
    floor.operator.paused = True
    floor.operator.give(OperatorInput.DROP)


def let_entries(floor: Floor) -> None:
    """A person resumes: entries may go on."""
    if floor.operator.paused:
        floor.send(NotePause(paused=False))
    floor.operator.paused = False


def remember_pause(floor: Floor, past: Iterable[Record]) -> None:
    """Entries that paused when an earlier run of the day ended pause still."""
    noted = [one.body.paused for one in past if isinstance(one.body, NotePause)]
    if noted and noted[-1]:
        hold_entries(floor)
        floor.say(Severity.WARN, "entries are paused from before the restart")


def disarm(floor: Floor, why: str) -> None:
    """A hand must not stay armed, though nobody asked; auto is no hand's and goes on."""
    if floor.operator.in_hand and floor.operator.disarm(why):
        floor.say(Severity.WARN, f"disarmed: {why}")


def kill(floor: Floor, why: str = "") -> None:
    """Latch: entries blocked, every order cancelled, every position closed."""
    floor.operator.give(OperatorInput.KILL)
    floor.send(SetLatch(killed=True))
    text = f"KILL{f' ({why})' if why else ''}: entries blocked, cancelling and flattening all"
    floor.say(Severity.ALARM, text)
    floor.desk.leave(None, GoalInput.KILL, floor.now_ns)
