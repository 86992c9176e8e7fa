"""What a schedule came to."""

from __future__ import annotations

import msgspec

from tui_scalper.lab.faultsim.kinds import Family, FaultKind


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one schedule, and the invariant it broke, if any. Times are nanoseconds."""

    seed: int
    family: Family
    rule: str = ""
    """The invariant that does not hold; empty when all do."""
    text: str = ""
    at_ns: int = 0
    """When it broke, after the start."""
    events: int = 0
    effects: int = 0
    digest: str = ""
    """SHA-256 over every effect and the engine's time it left at."""
    trades: int = 0
    ambiguous: int = 0
    """New orders whose request or answer was lost."""
    faults: dict[FaultKind, int] = {}
    """How often each kind of fault struck."""
    naked_ns: int = 0
    """Longest time some of a position had no exit at the exchange, while that was judged."""
    bare: int = 0
    """How often a position had none for a while, judged."""
    settled_ns: int = -1
    """From the healing of the last fault until engine and exchange agreed."""
    flat_ns: int = -1
    """From asking for it until nothing was held."""
