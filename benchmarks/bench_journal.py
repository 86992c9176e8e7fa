"""What the journal costs the order path: from the effect to the record handed to the system.

    python -m benchmarks.bench_journal [orders]

Records of an entry and of its stop are written as in a run, a thousandth of a second apart
with caches gone cold, the group syncing thread beside. "before" is the order's record, without
which it does not leave (goal: 30 us at the median); "kept" is remembering what it was decided
on, in the same turn; "after" is writing that, when the order has left.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.machine import machine_line
from tests.engine_rig import Rig
from tui_scalper.core.decisions import Decided, Steered, decision
from tui_scalper.core.effects import PlaceOrder
from tui_scalper.runtime.journal import Journal, Sync

ORDERS = 3_000
PAUSE_S = 0.001


def microseconds(action: Callable[[], object], times: int) -> str:
    """Median and 99th percentile of so many calls, a moment apart."""
    taken = np.empty(times)
    for number in range(times):
        began = time.perf_counter_ns()
        action()
        taken[number] = (time.perf_counter_ns() - began) / 1_000
        time.sleep(PAUSE_S)
    p50, p99 = np.percentile(taken, (50, 99))
    return f"{p50:7.1f} us median {p99:9.1f} us 99 %"


def main() -> None:
    """Print the machine and one line a figure."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS
    print(machine_line())
    rig = Rig().open_market(lean=1)
    rig.hold()
    engine = rig.engine
    entered = engine.proposer.entered
    orders = list(engine.desk.blotter)
    for order, what in zip(orders, ("entry", "exit"), strict=False):
        effect = PlaceOrder(
            tag=order.tag,
            row=order.row,
            symbol=order.symbol,
            exchange="NSE",
            side=order.side,
            terms=order.wanted,
            purpose=order.purpose,
        )

        def beside(effect: PlaceOrder = effect) -> Decided | Steered:
            found = decision(engine.desk, engine.table.cells, entered, effect)
            assert found is not None
            return found

        for name, figures in measure(effect, beside, times):
            print(f"{what:<6} {name:<8} {figures}")


def measure(
    effect: PlaceOrder, beside: Callable[[], Decided | Steered], times: int
) -> tuple[tuple[str, str], ...]:
    """The figures of one request, in a journal of its own."""
    kept = (beside(),)
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "a.journal", Sync.GROUP)
        before = microseconds(lambda: journal.effects(1, (effect,)), times)
        after = microseconds(lambda: journal.beside(1, kept), times)
        journal.close()
    return ("before", before), ("kept", microseconds(beside, times)), ("after", after)


if __name__ == "__main__":
    main()
