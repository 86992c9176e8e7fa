"""Makes a failing script small: leaves out what the failure does not need."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tui_scalper.lab.faultsim.outcome import Outcome
from tui_scalper.lab.faultsim.script import Item, Script
from tui_scalper.lab.faultsim.world import play

Fails = Callable[[Script], bool]


def smallest(failed: Outcome, script: Script) -> Script:
    """A script with as few items and frames as found that breaks the same invariant."""

    def fails(tried: Script) -> bool:
        return play(tried).rule == failed.rule

    return _fewer_items(_fewer_frames(_fewer_items(script, fails), fails), fails)


def _fewer_items(script: Script, fails: Fails) -> Script:
    """Leave out halves, then quarters, then single items, as long as it still fails."""
    size = (len(script.items) + 1) // 2
    while size:
        start = 0
        while start < len(script.items):
            tried = _without(script, script.items[start : start + size])
            if fails(tried):
                script = tried
            else:
                start += size
        size //= 2
    return script


def _without(script: Script, left_out: tuple[Item, ...]) -> Script:
    gone = {id(item) for item in left_out}
    kept = tuple(item for item in script.items if id(item) not in gone)
    return msgspec.structs.replace(script, items=kept)


def _fewer_frames(script: Script, fails: Fails) -> Script:
    """Cut the end off while it still fails."""
    cut = script.frames // 2
    while cut:
        tried = msgspec.structs.replace(script, frames=script.frames - cut)
        if tried.frames > 0 and fails(tried):
            script = tried
        else:
            cut //= 2
    return script
