"""A run whose terminal closed: it goes on without a screen until nothing is left to manage.

The engine does what `operator.on_ui_lost` says. The process stays for what is open, and says
in the journal, the lock and to the next start how it is ended.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Final

from tui_scalper.assembly import Run
from tui_scalper.core.commands import UiLost
from tui_scalper.core.snapshot import OperatorState, Snapshot
from tui_scalper.core.venues import Phase
from tui_scalper.gaze import is_open, is_working

LOOK_S: Final = 0.1
READY: Final = (OperatorState.ARMED, OperatorState.STAGED)


def is_needed(now: Snapshot) -> bool:
    """Whether something is open, or the engine may still enter by itself."""
    enters = now.auto and not now.paused and now.operator in READY
    if enters and now.phase is not Phase.CLOSED:
        return True
    return any(map(is_open, now.positions)) or any(map(is_working, now.orders))


def go_on_unseen(run: Run) -> None:
    """Tell the engine that its screen is gone and stay until the run is not needed any more.

    SIGTERM ends it at once and in order: stops stay at the broker, as after any quit.
    """
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: told.set())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _let_go_of_the_terminal()
    seen = run.store.latest()
    if seen is None or not is_needed(seen):
        return
    pid, since = os.getpid(), time.strftime("%H:%M:%S")
    run.note(
        f"it goes on without a screen since {since}: `scalper-tui kill` closes everything and "
        f"ends it, `kill {pid}` ends it and leaves stops at the broker"
    )
    why = f"the terminal closed; `scalper-tui kill` closes everything, `kill {pid}` ends process"
    run.commands.put(UiLost(key_ns=run.clock.now(), why=f"{why} {pid}"))
    first = seen.seq
    while not told.wait(LOOK_S) and run.worker.error is None:
        seen = run.store.latest()
        # The pictures after the command: what it leads to is in them.
        if seen is not None and seen.seq > first + 1 and not is_needed(seen):
            return


def _let_go_of_the_terminal() -> None:
    """Point the standard files at nothing: a terminal that is gone answers with errors."""
    nothing = os.open(Path(os.devnull), os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    os.close(nothing)
