"""A strip that ended by itself: for a moment its keys mean nothing.

A finger on its way to the strip must not meet what the same key means without one.
"""

from __future__ import annotations

from typing import Final

from tui_scalper.core.snapshot import Snapshot
from tui_scalper.keymap import Context, Keymap

REST_SECONDS: Final = 2.0


class Resting:
    """Says which keys rest since a staged entry went that no hand sent or dropped."""

    def __init__(self, keymap: Keymap) -> None:
        self._keymap = keymap
        self._until: float | None = None
        self._let_go = -1

    @property
    def now(self) -> bool:
        """Whether the keys of the strip rest."""
        return self._until is not None

    def let_go(self, stage_id: int) -> None:
        """A hand sent or dropped this staged entry: it does not end by itself."""
        self._let_go = stage_id

    def see(self, before: Snapshot | None, after: Snapshot, monotonic: float) -> None:
        """What was staged before and is no more ended, by a hand or by itself."""
        gone = before.stage if before is not None and after.stage is None else None
        if after.stage is not None:
            self._until = None
        elif gone is not None and gone.stage_id != self._let_go:
            self._until = monotonic + REST_SECONDS

    def expire(self, monotonic: float) -> None:
        """The moment passes."""
        if self._until is not None and monotonic >= self._until:
            self._until = None

    def holds(self, key: str) -> bool:
        """Whether `key` was one of the strip's and rests now."""
        action = self._keymap.find(Context.STAGE, key)
        return self.now and action is not None and action.context is Context.STAGE
