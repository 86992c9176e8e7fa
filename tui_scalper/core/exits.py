"""What a person and an emergency do alike: pause entries, and the kill latch."""

from __future__ import annotations

from tui_scalper.core.effects import SetLatch
from tui_scalper.core.floor import Floor
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.operator_table import OperatorInput
from tui_scalper.core.snapshot import Severity


def pause(floor: Floor) -> None:
    """No more entries until a person resumes; the engine sends none by itself after that."""
    floor.operator.paused = True
    floor.operator.auto = False
    floor.operator.give(OperatorInput.DROP)


def kill(floor: Floor, why: str = "") -> None:
    """Latch: entries blocked, every order cancelled, every position closed."""
    floor.operator.give(OperatorInput.KILL)
    floor.send(SetLatch(killed=True))
    text = f"KILL{f' ({why})' if why else ''}: entries blocked, cancelling and flattening all"
    floor.say(Severity.ALARM, text)
    floor.desk.leave(None, GoalInput.KILL, floor.now_ns)
