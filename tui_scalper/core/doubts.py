"""What the broker's books leave open: entries in those stocks wait until it is clear."""

from __future__ import annotations

from dataclasses import dataclass

from tui_scalper.core.orders import UnreadableOrder


@dataclass(slots=True)
class Doubts:
    """Doubts about what the broker says, as of its newest books."""

    unreadable: tuple[UnreadableOrder, ...] = ()
    """Entries of its order book that nobody can read."""
    disputed: frozenset[int] = frozenset()
    """Rows of stocks with an order that filled otherwise by its trades."""

    def unreadable_of(self, row: int) -> bool:
        """Whether an entry nobody can read may be an order of this stock."""
        return any(one.may_be_of(row) for one in self.unreadable)
