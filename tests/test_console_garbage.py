"""Frames leave nothing behind that only a full collection of garbage would free."""

from __future__ import annotations

import gc

from console_rig import console
from console_snapshots import NOON, ladder, snapshot

from tui_scalper.core.units import MS

WALL = (1, 4, 7, 0, 2, 3)


async def test_frames_of_the_wall_leave_no_circles_behind():
    async with console(snapshot()) as rig:
        await rig.press("9")
        await rig.show(snapshot(9))
        before = rig.text()
        gc.collect()
        gc.disable()
        try:
            for at in range(20):
                now_ns = NOON + at * 100 * MS
                books = tuple(ladder(row, now_ns=now_ns, shift=at) for row in WALL)
                await rig.show(snapshot(10 + at, now_ns=now_ns, ladders=books))
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            left = [type(one).__name__ for one in gc.garbage]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
        assert rig.text() != before, "nothing was drawn anew"
        assert left == []
