"""Keys that lower the risk: they work disarmed, on a slow link, in questions and on pages."""

from __future__ import annotations

from typing import Final

from tui_scalper.core import commands as say
from tui_scalper.core.snapshot import PositionRow
from tui_scalper.gaze import is_open
from tui_scalper.hands.grip import Grip, Handler
from tui_scalper.keyguard import Stroke

TWICE: Final = frozenset({"exit.flatten", "exit.flatten_all", "exit.take_over", "kill.latch"})
"""Actions that want two taps."""
KILL: Final = "KILL: block entries, cancel every order, flatten every position?"


class Exits:
    """What the keys of exits do."""

    def __init__(self, grip: Grip) -> None:
        self._grip = grip

    def table(self) -> dict[str, Handler]:
        """The handler of each action."""
        return {
            "exit.flatten": self._flatten,
            "exit.flatten_all": self._flatten_all,
            "exit.break_even": lambda key: self._selected(say.BreakEven, key),
            "exit.take_over": self._take_over,
            "exit.cancel": lambda key: self._selected(say.CancelEntries, key),
            "exit.cancel_all": lambda key: self._grip.tell(say.CancelEntries, key),
            "kill.latch": self._kill,
        }

    def _selected(self, kind: type[say.BreakEven | say.CancelEntries], key: Stroke) -> None:
        self._grip.tell(kind, key, row=self._grip.gaze.selected)

    def _flatten(self, stroke: Stroke) -> None:
        grip, row = self._grip, self._grip.gaze.selected
        what = f"FLATTEN {grip.gaze.symbol(row)}?{self._held_elsewhere()}"
        if grip.second_tap("exit.flatten", row, what, stroke):
            grip.tell(say.Flatten, stroke, row=row)

    def _held_elsewhere(self) -> str:
        """What is held, where nothing of the selected stock seems to be; the key acts anyway."""
        now = self._grip.now
        if now is None or self._held() is not None:
            return ""
        held = [one.symbol for one in now.positions if is_open(one)]
        return f" none of it is held; held: {', '.join(held) or 'nothing'}"

    def _flatten_all(self, stroke: Stroke) -> None:
        if self._grip.second_tap("exit.flatten_all", -1, "FLATTEN EVERY POSITION?", stroke):
            self._grip.tell(say.Flatten, stroke)

    def _kill(self, stroke: Stroke) -> None:
        if self._grip.second_tap("kill.latch", -1, KILL, stroke):
            self._grip.tell(say.Kill, stroke)

    def _take_over(self, stroke: Stroke) -> None:
        grip, row, held = self._grip, self._grip.gaze.selected, self._held()
        back = held is not None and held.manual
        what = "GIVE BACK" if back else "TAKE OVER"
        if grip.second_tap("exit.take_over", row, f"{what} {grip.gaze.symbol(row)}?", stroke):
            grip.tell(say.GiveBack if back else say.TakeOver, stroke, row=row)

    def _held(self) -> PositionRow | None:
        """The open position of the selected stock."""
        now, row = self._grip.now, self._grip.gaze.selected
        found = now.positions if now is not None else ()
        return next((one for one in found if one.row == row and is_open(one)), None)
