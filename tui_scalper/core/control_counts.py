"""How often each control acted: its refusals, blocked updates, latched limits and forced exits."""

from __future__ import annotations

from tui_scalper.core import kernels as k
from tui_scalper.core.chronicle import Chronicle
from tui_scalper.core.controls import CONTROLS, Reason
from tui_scalper.core.gates import Gate
from tui_scalper.core.market import Cells
from tui_scalper.core.refusals import Refusal


def control_counts(chronicle: Chronicle, counters: Cells) -> tuple[tuple[str, int], ...]:
    """Name and count of each control that acted, in the order of the table.

    `counters` are those of the kernels. A reason several controls show counts in each.
    """

    def count(reason: Reason) -> int:
        if isinstance(reason, Gate):
            return int(counters[k.GATE_COUNTS + reason.value.bit_length() - 1])
        if isinstance(reason, Refusal):
            return chronicle.refused[reason.value]
        return chronicle.acted[reason]

    counts = ((name.value, sum(map(count, entry.shows))) for name, entry in CONTROLS.items())
    return tuple((name, times) for name, times in counts if times)
