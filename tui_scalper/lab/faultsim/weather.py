"""Which faults are in force at a moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tui_scalper.lab.faultsim.kinds import FaultKind
from tui_scalper.lab.faultsim.script import Fault


class Weather:
    """Faults by kind. `hits` counts how often each kind did something."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.hits: Counter[FaultKind] = Counter()
        self._by_kind: dict[FaultKind, list[Fault]] = {}
        for fault in faults:
            self._by_kind.setdefault(fault.kind, []).append(fault)

    def strikes(self, kind: FaultKind, at_ns: int, row: int = -1) -> Fault | None:
        """The fault of `kind` in force for `row`, which then counts as having struck."""
        fault = self.now(kind, at_ns, row)
        if fault is not None:
            self.hits[kind] += 1
        return fault

    def now(self, kind: FaultKind, at_ns: int, row: int = -1) -> Fault | None:
        """The fault of `kind` in force at `at_ns` (after the start) for `row`."""
        for fault in self._by_kind.get(kind, ()):
            if fault.at_ns <= at_ns < fault.end_ns and fault.row in (-1, row):
                return fault
        return None

    def arises(self, kind: FaultKind) -> None:
        """Something of `kind` happened by itself."""
        self.hits[kind] += 1

    def any(
        self, kinds: Iterable[FaultKind], since_ns: int, at_ns: int, row: int | None = None
    ) -> bool:
        """Whether a fault of `kinds` was in force between `since_ns` and `at_ns`, in `row`."""
        return any(
            fault.at_ns <= at_ns
            and fault.end_ns >= since_ns
            and (row is None or fault.row in (-1, row))
            for kind in kinds
            for fault in self._by_kind.get(kind, ())
        )
