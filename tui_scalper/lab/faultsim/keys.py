"""The operator's keys as commands, as a console would make them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui_scalper.core import commands as cm
from tui_scalper.core.operator import Staged
from tui_scalper.lab.faultsim.script import Key, Press

Make = Callable[[Press, int, int], cm.AnyCommand]
"""Makes a command out of a press, the stage id on the screen, and the key's time."""

_MAKE: Final[dict[Key, Make]] = {
    Key.ARM: lambda p, s, ns: cm.Arm(key_ns=ns),
    Key.AUTO_ON: lambda p, s, ns: cm.AutoOn(key_ns=ns),
    Key.AUTO_OFF: lambda p, s, ns: cm.AutoOff(key_ns=ns),
    Key.STAGE: lambda p, s, ns: cm.Stage(key_ns=ns, row=p.row),
    Key.STAGE_BEST: lambda p, s, ns: cm.StageBest(key_ns=ns),
    Key.CONFIRM: lambda p, s, ns: cm.Confirm(key_ns=ns, stage_id=s),
    Key.NUDGE_PRICE: lambda p, s, ns: cm.NudgePrice(key_ns=ns, ticks=p.amount),
    Key.NUDGE_QUANTITY: lambda p, s, ns: cm.NudgeQuantity(key_ns=ns, lots=p.amount),
    Key.PAUSE: lambda p, s, ns: cm.Pause(key_ns=ns),
    Key.RESUME: lambda p, s, ns: cm.Resume(key_ns=ns),
    Key.DISARM: lambda p, s, ns: cm.Disarm(key_ns=ns),
    Key.FLATTEN: lambda p, s, ns: cm.Flatten(key_ns=ns, row=p.row),
    Key.FLATTEN_ALL: lambda p, s, ns: cm.Flatten(key_ns=ns),
    Key.CANCEL_ENTRIES: lambda p, s, ns: cm.CancelEntries(key_ns=ns),
    Key.BREAK_EVEN: lambda p, s, ns: cm.BreakEven(key_ns=ns, row=p.row),
    Key.KILL: lambda p, s, ns: cm.Kill(key_ns=ns),
    Key.RESET: lambda p, s, ns: cm.ResetKill(key_ns=ns, word="RESET"),
}


def command_of(press: Press, staged: Staged | None, engine_ns: int) -> cm.AnyCommand:
    """The command of `press` when the strip shows `staged`."""
    stage_id = staged.stage_id if staged is not None else 0
    return _MAKE[press.key](press, stage_id, engine_ns - press.age_ns)
