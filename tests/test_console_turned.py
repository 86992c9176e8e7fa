"""The screen comes back as its operator left it, unless a setting says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from console_rig import console
from terminal_rig import Terminal, known, program

from tui_scalper.console import console_settings, keep_screen
from tui_scalper.settings import load_settings
from tui_scalper.turned import NAME, Turned, remembered, turned_to
from tui_scalper.widgets.ladder_look import Columns, LadderLook
from tui_scalper.widgets.measures import Measure
from tui_scalper.widgets.palette import DEFAULT_THEME
from tui_scalper.widgets.rungs import View

LEFT = turned_to("light", LadderLook(View.TICKS, Columns.SUM), Measure.PERCENT)


def opened(state: Path, **said: str):
    settings = load_settings(overrides={"state_dir": str(state), **said}, environment={})
    return console_settings(settings, speed=1.0, first_run=False)


async def test_what_the_keys_turned_is_what_is_kept():
    async with console() as rig:
        assert rig.app.turned == turned_to(DEFAULT_THEME, LadderLook(), Measure.MONEY)
        await rig.press("T", "v", "V", "c", "m")
        assert rig.app.turned == Turned(
            theme=rig.app.palette.name,
            ladder_lines="ticks",
            ladder_columns="sum",
            profit_in="ticks",
        )
        assert rig.app.palette.name != DEFAULT_THEME


def test_the_next_start_looks_like_the_last_end(tmp_path):
    keep_screen(tmp_path, LEFT)
    found = opened(tmp_path)
    assert (found.theme, found.look, found.measure) == (
        "light",
        LadderLook(View.TICKS, Columns.SUM),
        Measure.PERCENT,
    )


def test_a_setting_counts_more_even_where_it_names_the_default(tmp_path):
    keep_screen(tmp_path, LEFT)
    found = opened(tmp_path, **{"console.theme": DEFAULT_THEME, "console.ladder_lines": "levels"})
    assert found.theme == DEFAULT_THEME
    assert found.look == LadderLook(View.LEVELS, Columns.SUM)
    assert found.measure is Measure.PERCENT


def test_a_theme_that_is_gone_is_not_asked_for(tmp_path):
    keep_screen(tmp_path, turned_to("of-my-own", LadderLook(), Measure.TICKS))
    found = opened(tmp_path)
    assert (found.theme, found.measure) == (DEFAULT_THEME, Measure.TICKS)


@pytest.mark.parametrize(
    "torn", [b"", b"{", b"[1]", b'{"theme": 3}', b"\xff", b'{"theme": "mono"}']
)
def test_a_file_nobody_can_read_counts_for_nothing(tmp_path, torn):
    (tmp_path / NAME).write_bytes(torn)
    assert remembered(tmp_path) is None
    assert opened(tmp_path).theme == DEFAULT_THEME


def test_a_full_disk_takes_no_looks_and_says_so(tmp_path, capsys):
    keep_screen(tmp_path / "gone", LEFT)
    assert "not kept in" in capsys.readouterr().err


def test_a_start_after_a_quit_shows_what_was_turned(tmp_path):
    command = program("run", "--set", known(tmp_path))
    for shown in ("profit in ticks", "profit in percent"):
        with Terminal(command, (120, 36)) as terminal:
            terminal.wait("DISARMED")
            terminal.press("m")
            terminal.wait(shown)
            terminal.press("q")
            assert terminal.ended() == 0
