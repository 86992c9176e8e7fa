"""What the watchdog does for a run that is lost: the start of every run, and then the end of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tui_scalper.assembly import Run
from tui_scalper.core.commands import Flatten
from tui_scalper.core.orders import Purpose
from tui_scalper.core.snapshot import Protection, Snapshot, TradingState
from tui_scalper.lab.open_risk import may_be_open
from tui_scalper.plans import Plan, plan_for
from tui_scalper.runtime.heartbeat import Beat
from tui_scalper.runtime.journal_file import JournalDamagedError, scan
from tui_scalper.runtime.journals import folder_of
from tui_scalper.settings import Settings

BOOKS_S: Final = 30.0
"""Longest wait until the books agree with the broker's."""
ACT_S: Final = 120.0
"""Longest wait until everything is guarded, or flat."""
GUARDED: Final = frozenset({Protection.PROTECTED, Protection.TAKING, Protection.EXITING})
OVER: Final = frozenset({"filled", "cancelled", "rejected", "absent"})


def answer_for(beat: Beat, settings: Settings, state: Path) -> str:
    """Do what the policy says for the lost run of `beat`; returns what was done.

    Raises what a start raises, LockedError when somebody else holds the state directory.
    """
    if not something_open(folder_of(state) / beat.journal):
        return "nothing was open: nothing to do"
    if settings.deadman.policy == "alarm":
        return "positions or orders may be open: start the console, or look at the broker"
    plan = plan_for(settings)
    if (plan.journal, plan.mode) != (beat.journal, beat.mode):
        return (
            f"not acting: these settings lead to {plan.journal}, the run was {beat.journal}; "
            "start the console, or look at the broker"
        )
    return act(plan, state, flatten=settings.deadman.policy == "flatten")


def something_open(journal: Path) -> bool:
    """Whether something may be open; a journal that cannot be believed says yes."""
    try:
        return may_be_open(scan(journal).records)
    except JournalDamagedError:
        return True


def act(plan: Plan, state: Path, *, flatten: bool) -> str:
    """Take the lost run's books over as every start does; entries go, and positions if asked.

    Nothing is entered: the run is never armed. Raises as `answer_for`.
    """
    run = Run(plan, state)
    run.start()
    try:
        run.wait(lambda seen: seen.trading is not TradingState.STARTING, BOOKS_S, "the books")
        if flatten:
            run.press(Flatten)
            run.wait(is_flat, ACT_S, "positions to close")
            return "every position is flat, no entry rests"
        run.wait(is_guarded, ACT_S, "entries to go and stops to rest")
        return "no entry rests, every position has its exit order"
    finally:
        run.stop()


def no_entry(seen: Snapshot) -> bool:
    """Whether no entry of ours may still fill."""
    entries = (one for one in seen.orders if one.purpose == Purpose.ENTRY.value)
    return all(one.state in OVER for one in entries)


def is_guarded(seen: Snapshot) -> bool:
    """Whether every share is guarded and no entry may still fill."""
    return no_entry(seen) and all(one.protection in GUARDED for one in seen.positions)


def is_flat(seen: Snapshot) -> bool:
    """Whether nothing is held and nothing may still fill."""
    return no_entry(seen) and not seen.positions
