"""Which stock stands in which place of a row of ladders."""

from __future__ import annotations

from tui_scalper.core.snapshot import Ladder


class LadderSlots:
    """Which stock stands in which place: the focused one first, the others stay where they are."""

    def __init__(self) -> None:
        self._rows: list[int] = []

    def assign(self, ladders: tuple[Ladder, ...], places: int) -> tuple[Ladder | None, ...]:
        """The ladder for each of `places`, None where there is none."""
        by_row = {ladder.row: ladder for ladder in ladders}
        if not ladders or places <= 0:
            return (None,) * places
        first = ladders[0].row
        kept = [row if row in by_row and row != first else -1 for row in self._rows[1:places]]
        kept += [-1] * (places - 1 - len(kept))
        fresh = iter([row for row in by_row if row != first and row not in kept])
        self._rows = [first, *(row if row >= 0 else next(fresh, -1) for row in kept)]
        return tuple(by_row.get(row) for row in self._rows)
