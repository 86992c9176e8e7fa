"""The hand on a tape: market time held, stepped and let go on, and what the screen says of it."""

from __future__ import annotations

import time

from console_rig import console
from console_snapshots import NOON, snapshot

from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import NS
from tui_scalper.playback import STEP_NS, Playback
from tui_scalper.runtime.clocks import MarketClock


def test_a_held_clock_stands_and_a_stepped_one_moves_by_the_step_alone():
    clock = MarketClock(NOON, 50.0)
    clock.hold()
    held = clock.now()
    assert clock.held and held >= NOON
    assert clock.now() == held
    clock.step(NS)
    clock.step(-5 * NS)
    assert clock.now() == held + NS


def test_a_clock_that_goes_on_begins_where_it_stood_and_never_runs_back(monkeypatch):
    machine = [0]
    monkeypatch.setattr(time, "perf_counter_ns", lambda: machine[0])
    clock = MarketClock(NOON, 20.0)
    machine[0] = NS
    clock.hold()
    machine[0] = 100 * NS
    assert clock.now() == NOON + 20 * NS
    clock.go_on()
    assert not clock.held and clock.now() == NOON + 20 * NS
    machine[0] += NS
    assert clock.now() == NOON + 40 * NS


async def test_the_tape_is_held_and_stepped_by_keys_and_the_banner_says_so():
    clock = MarketClock(NOON, 20.0)
    async with console(snapshot(mode=Mode.REPLAY)) as rig:
        rig.app._playback = Playback(clock)
        await rig.press("j")
        assert "REPLAY 20x" in rig.line(0)
        await rig.press("P")
        assert "REPLAY ‖ HELD" in rig.line(0) and "the tape is held" in rig.line(-1)
        held = clock.now()
        await rig.press(".")
        assert clock.now() == held + STEP_NS
        await rig.press("P")
        assert "REPLAY 20x" in rig.line(0) and not clock.held


async def test_without_a_tape_there_is_nothing_to_hold():
    async with console() as rig:
        await rig.press("P")
        assert "only a replay" in rig.line(-1)
