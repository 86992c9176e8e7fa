"""Keys that say who may enter: arming, auto, pause, single stocks, the way out of the latch."""

from __future__ import annotations

from tui_scalper.core import commands as say
from tui_scalper.core.snapshot import Mode, OperatorState
from tui_scalper.hands import asks
from tui_scalper.hands.grip import Grip, Handler, Outside
from tui_scalper.keyguard import Stroke


class Operating:
    """What the keys of the operator do."""

    def __init__(self, grip: Grip) -> None:
        self._grip = grip

    def table(self) -> dict[str, Handler]:
        """The handler of each action."""
        return {
            "operator.arm": self._arm,
            "operator.disarm": lambda key: self._grip.tell(say.Disarm, key),
            "auto.pause": self._pause,
            "auto.toggle": self._auto,
            "auto.stock": self._auto_stock,
            "auto.skip": self._skip,
            "kill.reset": self._reset,
        }

    def _arm(self, stroke: Stroke) -> None:
        grip = self._grip
        if grip.gaze.too_small:
            grip.remark("too small to arm: make it 80x24 beside tmux's own line", stroke.at)
        elif grip.now is None or grip.now.mode is not Mode.LIVE:
            grip.tell(say.Arm, stroke)
        elif grip.rules.outside is Outside.REFUSE:
            grip.remark(
                "LIVE is armed only inside tmux or screen (console.outside_tmux)", stroke.at
            )
        else:
            asked = grip.rules.outside is Outside.ASK
            grip.asking = asks.OUTSIDE if asked else asks.ARM_LIVE

    def _pause(self, stroke: Stroke) -> None:
        if self._grip.now is not None and self._grip.now.paused:
            self._grip.asking = asks.RESUME
        else:
            self._grip.tell(say.Pause, stroke)

    def _auto(self, stroke: Stroke) -> None:
        grip = self._grip
        if grip.now is None or grip.now.auto:
            grip.tell(say.AutoOff, stroke)
        elif grip.now.operator is OperatorState.DISARMED:
            grip.remark(f"auto needs arming first: {grip.keymap.label('operator.arm')}", stroke.at)
        else:
            grip.asking = asks.AUTO_ON

    def _auto_stock(self, stroke: Stroke) -> None:
        gaze = self._grip.gaze
        if self._grip.now is not None and gaze.selected in self._grip.now.by_hand_only:
            self._grip.asking = asks.auto_stock_on(gaze.selected, gaze.symbol(gaze.selected))
        else:
            self._grip.tell(say.AutoStockOff, stroke, row=gaze.selected)

    def _skip(self, stroke: Stroke) -> None:
        gaze = self._grip.gaze
        if self._grip.now is not None and gaze.selected in self._grip.now.skipped:
            self._grip.asking = asks.unskip(gaze.selected, gaze.symbol(gaze.selected))
        else:
            self._grip.tell(say.SkipStock, stroke, row=gaze.selected)

    def _reset(self, stroke: Stroke) -> None:
        now = self._grip.now
        question = asks.reset(now) if now is not None else None
        if question is None:
            self._grip.remark("nothing is latched: neither killed nor exits only", stroke.at)
        else:
            self._grip.asking = question
