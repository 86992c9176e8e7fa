"""The controls of the console, one by one: what each does here, how it shows, what proves it.

PT are asked before an order leaves, AT watch while orders and positions live, PO look back.
The list follows what exchanges and regulators ask of automated trading; a control that is
not here, or only in part, says so in its own entry. docs/reference/controls.md is made of
this table, and a test holds it against the code: reasons, settings and tests must exist.
"""

from __future__ import annotations

from typing import Final

from tui_scalper.core.controls.around_it import AROUND_IT
from tui_scalper.core.controls.entry import Built, Control, Entry, Reason
from tui_scalper.core.controls.looking_back import LOOKING_BACK
from tui_scalper.core.controls.order_itself import ORDER_ITSELF
from tui_scalper.core.controls.while_it_lives import WHILE_IT_LIVES

__all__ = ["CONTROLS", "Built", "Control", "Entry", "Reason"]

CONTROLS: Final[dict[Control, Entry]] = {
    **ORDER_ITSELF,
    **AROUND_IT,
    **WHILE_IT_LIVES,
    **LOOKING_BACK,
}
