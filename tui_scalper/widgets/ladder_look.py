"""How the operator wants ladders drawn, and what one shows besides its book."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui_scalper.core.units import Side
from tui_scalper.widgets.rungs import View


class Columns(StrEnum):
    """What stands beside the price."""

    PLAIN = "quantity, orders"
    SUM = "summed from the touch"
    CHANGE = "change in two seconds"


@dataclass(frozen=True)
class LadderLook:
    """How the operator wants ladders drawn."""

    view: View = View.LEVELS
    columns: Columns = Columns.PLAIN
    centring: int = 0
    """Grows whenever the operator asks for the ticks to be centred."""

    @property
    def shows_changes(self) -> bool:
        """Whether changes of quantities are wanted."""
        return self.columns is Columns.CHANGE


@dataclass(frozen=True)
class Beside:
    """What one ladder shows besides its book."""

    selected: bool = False
    staged: tuple[int, int, Side] | None = None
    """Price, quantity and side of the entry on the strip, where it is one of this stock."""
    changes: tuple[tuple[int, int], ...] = ()
    """Price and what its quantity changed by lately."""
    profit: str = ""
    """What the position of this stock stands at, in the unit of the operator."""
    gain: int = 0
    """Above zero for a gain, below for a loss."""
