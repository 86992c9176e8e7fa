"""The screen as text and as styles, in every band, mode and theme, against stored pictures."""

from __future__ import annotations

from importlib.metadata import version

import msgspec
import pytest
from console_rig import console
from console_snapshots import LIMITS, killed, order, position, snapshot, stage, stale, trade
from picture_book import PICTURES, compare, refusal, style_page

from tui_scalper.core.commands import Arm, CancelEntries, Flatten, Kill
from tui_scalper.core.snapshot import (
    LogLine,
    Mode,
    OperatorState,
    Protection,
    Severity,
    TradingState,
)
from tui_scalper.core.units import Side

ALARM = (LogLine(9, snapshot().at_ns, Severity.ALARM, "INFY: stop rejected by the broker"),)
MODES = ("sim", "paper", "test", "live", "replay", "killed", "stale")
"""Screens that are drawn in every theme."""


def three():
    """Three positions in every state of protection, each with its order."""
    return snapshot(
        positions=(
            position(1),
            position(4, side=Side.SELL, protection=Protection.ENTERING, quantity=40, stop=87_475),
            position(9, protection=Protection.TAKING, quantity=7, ordered=7, pnl=-12_300),
        ),
        orders=(order(1, 1), order(2, 4, purpose="entry", kind="LIMIT"), order(3, 9)),
    )


def full():
    """A limit that is used up and one that is near, a closed trade."""
    limits = [*LIMITS]
    limits[2] = msgspec.structs.replace(limits[2], used=5)
    limits[-1] = msgspec.structs.replace(limits[-1], used=2_100)
    return snapshot(limits=tuple(limits), trades=(trade(1),))


SCREENS = {
    "sim": (snapshot, ""),
    "three": (three, ""),
    "test": (
        lambda: snapshot(mode=Mode.TEST, operator=OperatorState.STAGED, stage=stage()),
        "",
    ),
    "paper": (
        lambda: snapshot(mode=Mode.PAPER, operator=OperatorState.ARMED, link_text="paper account"),
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
    "more help": (snapshot, "? ?"),
    "fuse": (lambda: snapshot(operator=OperatorState.ARMED), "f"),
    "log": (snapshot, "8 8 k"),
    "signals": (snapshot, "z"),
    "positions": (snapshot, "6 6"),
    "wall": (snapshot, "9"),
    "risk": (full, "0"),
    "why": (snapshot, "i"),
    "reasons": (snapshot, "i i"),
    "readings": (snapshot, "i i i"),
    "ticks": (snapshot, "V"),
    "sums": (snapshot, "v m"),
    "filter": (snapshot, "/ s p r e a d"),
    "refused": (
        lambda: snapshot(
            operator=OperatorState.STAGED, stage=stage(refusal="book is stale: 2.1 s old")
        ),
        "",
    ),
}


BANDS = {"80x24": (80, 24), "120x36": (120, 36), "160x45": (160, 45), "70x12": (70, 12)}
THEMES = ("sky-orange", "classic", "mono", "light", "ansi16")


@pytest.mark.parametrize("band", BANDS)
async def test_every_screen_of_a_band(band):
    shown = []
    async with console(size=BANDS[band]) as rig:
        for name, (build, keys) in SCREENS.items():
            rig.begin(build())
            await rig.press(*keys.split())
            shown.append(f"== {name}\n{rig.text()}")
    compare(band, "\n".join(shown))


@pytest.mark.parametrize("band", BANDS)
async def test_every_mode_of_a_band_in_every_theme(band):
    """The styles are stored; the text is the same in all themes, and stored by band."""
    texts = {name: set() for name in MODES}
    async with console(size=BANDS[band]) as rig:
        for theme in THEMES:
            rig.wear(theme)
            pages = []
            for name in MODES:
                rig.begin(SCREENS[name][0]())
                texts[name].add(rig.text())
                pages.append((name, rig.strips()))
            compare(f"styles/{band}-{theme}", style_page(pages))
    assert {name: len(told) for name, told in texts.items()} == dict.fromkeys(MODES, 1)
    assert len(set.union(*texts.values())) == len(MODES)


def test_every_picture_is_one_that_a_test_draws():
    drawn = {*BANDS, "hint-80x24", *(f"styles/{band}-{one}" for band in BANDS for one in THEMES)}
    stored = {str(path.relative_to(PICTURES).with_suffix("")) for path in PICTURES.rglob("*.txt")}
    assert stored == drawn


def test_pictures_are_never_drawn_anew_unseen():
    locked = version("textual")
    assert refusal({}, locked) == ""
    assert "CI" in refusal({"CI": "true"}, locked)
    assert "locked" in refusal({}, "0.1")


async def test_first_run_hint_goes_with_the_first_key():
    async with console(size=(80, 24), first_run=True) as rig:
        compare("hint-80x24", rig.text())
        await rig.press("a")
        assert "a arms the console" not in rig.text()
        assert rig.commands() == [], "the key took the lines away and did no more"
        await rig.press("a")
        assert [type(one) for one in rig.commands()] == [Arm]


@pytest.mark.parametrize(("keys", "does"), [("XX", CancelEntries), ("FF", Flatten), ("KK", Kill)])
async def test_what_lowers_the_risk_acts_through_the_first_run_hint(keys: str, does: type):
    async with console(size=(80, 24), first_run=True) as rig:
        for key in keys:
            await rig.press(key)
            rig.seconds += 0.5
        assert does in [type(one) for one in rig.commands()]


async def test_no_line_is_wider_than_the_terminal_at_any_size():
    async with console(stale()) as rig:
        for width, height in ((80, 24), (81, 25), (119, 31), (120, 32), (159, 60), (200, 50)):
            await rig.resize(width, height)
            lines = rig.text().splitlines()
            assert len(lines) == height
            assert max(map(len, lines)) <= width
            assert "NO STOP" in rig.text()


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
        assert "LOOK INFY: stop rejected by the broker" in rig.line(2)
        await rig.press("u")
        assert "stop rejected" not in rig.line(2)


async def test_every_state_is_readable_without_colour(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(killed(), theme="mono") as rig:
        assert "✖ KILLED" in rig.line(0) and "○ SIM" in rig.line(0)
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(stale(), theme="ansi16") as rig:
        assert "! FEED STALLED" in rig.line(0)
        assert "! STALE" in rig.text() and "NO DATA" in rig.text()
