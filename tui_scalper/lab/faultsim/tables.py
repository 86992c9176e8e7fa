"""The figures of many schedules as text."""

from __future__ import annotations

from typing import Final

from tui_scalper.core.units import MS, NS
from tui_scalper.lab.faultsim.kinds import Family, FaultKind
from tui_scalper.lab.faultsim.runner import Seen, Tally

HEADINGS: Final = (
    "schedules",
    "events",
    "trades",
    "faults",
    "in doubt",
    "bare",
    "bare ms",
    "agree s",
    "flat s",
    "broken",
)


def table(tally: Tally) -> str:
    """The figures, one line a family."""
    lines = [f"{'family':<22}" + "".join(f"{heading:>11}" for heading in HEADINGS)]
    named = [
        (family.value, tally.families[family]) for family in Family if family in tally.families
    ]
    for name, one in (*named, ("all", tally.total())):
        figures = (
            one.schedules,
            one.events,
            one.trades,
            one.faults,
            one.ambiguous,
            one.bare,
            one.naked_ns // MS,
            f"{one.settled_ns / NS:.2f}",
            f"{one.flat_ns / NS:.2f}",
            one.violations,
        )
        lines.append(f"{name:<22}" + "".join(f"{figure:>11}" for figure in figures))
    return "\n".join(lines)


def met(tally: Tally) -> str:
    """Every fault of the menu, in how many schedules it struck and how often."""
    lines = [f"{'fault':<22}{'schedules':>11}{'strikes':>11}"]
    for kind in FaultKind:
        seen = tally.faults.get(kind, Seen())
        lines.append(f"{kind.value:<22}{seen.schedules:>11}{seen.strikes:>11}")
    return "\n".join(lines)
