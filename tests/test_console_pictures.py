"""The screen as text, compared with stored pictures; UPDATE_PICTURES=1 stores new ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from console_rig import console
from console_snapshots import killed, snapshot, stage, stale

from tui_scalper.core.snapshot import LogLine, Mode, OperatorState, Severity, TradingState

PICTURES = Path(__file__).parent / "pictures"
ALARM = (LogLine(9, snapshot().at_ns, Severity.ALARM, "INFY: stop rejected by the broker"),)
SCREENS = {
    "sim": (snapshot, ""),
    "test": (
        lambda: snapshot(mode=Mode.TEST, operator=OperatorState.STAGED, stage=stage()),
        "",
    ),
    "live": (
        lambda: snapshot(mode=Mode.LIVE, operator=OperatorState.ARMED, auto=True),
        "",
    ),
    "replay": (lambda: snapshot(mode=Mode.REPLAY, paused=True, log=ALARM), ""),
    "killed": (killed, ""),
    "reducing": (
        lambda: snapshot(
            operator=OperatorState.ARMED,
            trading=TradingState.REDUCING,
            trading_text="loss streak limit reached",
        ),
        "",
    ),
    "stale": (stale, ""),
    "help": (snapshot, "?"),
    "fuse": (lambda: snapshot(operator=OperatorState.ARMED), "f"),
    "log": (snapshot, "L k"),
    "refused": (
        lambda: snapshot(
            operator=OperatorState.STAGED, stage=stage(refusal="book is stale: 2.1 s old")
        ),
        "",
    ),
}


def compare(name: str, shown: str) -> None:
    """Assert that `shown` is the stored picture, or store it when asked to."""
    path = PICTURES / f"{name}.txt"
    if os.environ.get("UPDATE_PICTURES"):
        path.write_text(shown, encoding="utf-8")
    assert path.exists(), f"no picture {path.name}: run with UPDATE_PICTURES=1 and look at it"
    assert shown == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
@pytest.mark.parametrize("screen", SCREENS)
async def test_screen(screen, size):
    build, keys = SCREENS[screen]
    async with console(build(), size=size) as rig:
        await rig.press(*keys.split())
        compare(f"{screen}-{size[0]}x{size[1]}", rig.text())


@pytest.mark.parametrize("size", [(160, 45), (70, 12)], ids=["160x45", "70x12"])
async def test_outer_sizes(size):
    async with console(stale(), size=size) as rig:
        compare(f"stale-{size[0]}x{size[1]}", rig.text())


async def test_first_run_hint_goes_with_the_first_key():
    async with console(size=(80, 24), first_run=True) as rig:
        compare("hint-80x24", rig.text())
        await rig.press("e")
        assert "a arms the console" not in rig.text()


async def test_no_line_is_wider_than_the_terminal_at_any_size():
    async with console(stale()) as rig:
        for width, height in ((80, 24), (81, 25), (119, 31), (120, 32), (159, 60), (200, 50)):
            await rig.resize(width, height)
            lines = rig.text().splitlines()
            assert len(lines) == height
            assert max(map(len, lines)) <= width
            assert "UNPROTECTED" in rig.text()


async def test_a_silent_engine_is_an_alarm():
    async with console() as rig:
        rig.seconds += 5
        rig.app.frame()
        await rig.pilot.pause()
        assert "ENGINE SILENT 5s" in rig.line(0)


async def test_an_empty_store_waits_for_the_engine():
    async with console() as rig:
        rig.store._latest = None
        rig.app.frame()
        await rig.pilot.pause()
        assert "waiting for the engine" in rig.line(0)


async def test_an_alarm_stays_until_acknowledged():
    async with console(snapshot(log=ALARM)) as rig:
        assert "stop rejected by the broker" in rig.line(15)
        await rig.press("u")
        assert "stop rejected" not in rig.line(15)


async def test_every_state_is_readable_without_colour(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(killed(), theme="mono") as rig:
        assert "✖ KILLED" in rig.line(0) and "○ SIM" in rig.line(0)
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(stale(), theme="ansi16") as rig:
        assert "! FEED STALLED" in rig.line(0)
        assert "! STALE" in rig.text() and "NO DATA" in rig.text()
