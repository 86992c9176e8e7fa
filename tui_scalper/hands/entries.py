"""Keys of entries: onto the strip, changed there, sent once."""

from __future__ import annotations

from typing import Any, Final

from tui_scalper.core import commands as say
from tui_scalper.core.prices import Pricing
from tui_scalper.core.units import Side
from tui_scalper.hands.grip import Grip, Handler
from tui_scalper.hands.resting import Resting
from tui_scalper.keyguard import Stroke

Staging = type[say.Stage | say.StageReverse]
HELD_SECONDS: Final = 0.7
"""The key that staged, again sooner than this, is the same finger, held."""


class Entries:
    """What the keys of entries do."""

    def __init__(self, grip: Grip, resting: Resting) -> None:
        self._grip = grip
        self._resting = resting
        self._sent_stage = -1
        self._staged_by: Stroke | None = None

    def table(self) -> dict[str, Handler]:
        """The handler of each action."""
        return {
            "stage.buy": lambda key: self._selected(say.Stage, key, side=Side.BUY),
            "stage.sell": lambda key: self._selected(say.Stage, key, side=Side.SELL),
            "stage.signal": self._stage_signal,
            "stage.best": self._stage_best,
            "stage.reverse": lambda key: self._selected(say.StageReverse, key),
            "stage.send": self._confirm,
            "stage.drop": self._let_go,
            "stage.join": lambda key: self._grip.tell(say.PriceAs, key, pricing=Pricing.JOIN),
            "stage.take": lambda key: self._grip.tell(say.PriceAs, key, pricing=Pricing.TAKE),
            "stage.price_up": lambda key: self._nudge_price(1, key),
            "stage.price_down": lambda key: self._nudge_price(-1, key),
            "stage.more": lambda key: self._nudge_quantity(1, key),
            "stage.less": lambda key: self._nudge_quantity(-1, key),
            "stage.size": self._size,
        }

    @property
    def sent(self) -> bool:
        """The staged entry on the screen was confirmed already."""
        stage = self._grip.now.stage if self._grip.now is not None else None
        return stage is not None and stage.stage_id == self._sent_stage

    def drop(self, stroke: Stroke) -> None:
        """Take what is staged off the strip."""
        if self._grip.now is not None and self._grip.now.stage is not None:
            self._grip.tell(say.DropStage, stroke)

    def _let_go(self, stroke: Stroke) -> None:
        if self._grip.now is not None and self._grip.now.stage is not None:
            self._resting.let_go(self._grip.now.stage.stage_id)
        self.drop(stroke)

    def _selected(
        self, kind: type[say.Stage | say.StageReverse], key: Stroke, **terms: Any
    ) -> None:
        row = self._grip.gaze.selected
        self._grip.tell(kind, key, row=row, seen=self._grip.seen(row), **terms)

    def _stage_signal(self, stroke: Stroke) -> None:
        self._staged_by = stroke
        self._selected(say.Stage, stroke)

    def _stage_best(self, stroke: Stroke) -> None:
        self._staged_by = stroke
        self._grip.tell(say.StageBest, stroke)

    def held(self, stroke: Stroke) -> bool:
        """Whether this is the key that staged, held down a little long."""
        first = self._staged_by
        return (
            first is not None and first.name == stroke.name and stroke.at - first.at < HELD_SECONDS
        )

    def _confirm(self, stroke: Stroke) -> None:
        grip = self._grip
        stage = grip.now.stage if grip.now is not None else None
        if stage is None or self.sent:
            return
        if self.held(stroke):
            grip.remark("Enter came with the one that staged: press it again to send", stroke.at)
            return
        seen = grip.seen(stage.row)
        if grip.tell(say.Confirm, stroke, stage_id=stage.stage_id, seen=seen):
            self._sent_stage = stage.stage_id
            self._resting.let_go(stage.stage_id)

    def _nudge_price(self, ticks: int, stroke: Stroke) -> None:
        self._grip.tell(say.NudgePrice, stroke, ticks=ticks)

    def _nudge_quantity(self, lots: int, stroke: Stroke) -> None:
        self._grip.tell(say.NudgeQuantity, stroke, lots=lots)

    def _size(self, stroke: Stroke) -> None:
        sizes = self._grip.rules.sizes
        at = self._grip.which("stage.size", stroke)
        if at < len(sizes):
            self._grip.tell(say.SetQuantity, stroke, percent=sizes[at])
        else:
            self._grip.remark(f"no size {at + 1} in operator.sizes", stroke.at)
