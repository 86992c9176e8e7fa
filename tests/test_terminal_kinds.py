"""The console in terminals that are not the best: no colour, sixteen, plain letters, any size."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from terminal_rig import Terminal, program

COLOURS = re.compile(rb"\x1b\[[0-9;]*[34]8;[25];")
MIXED = re.compile(rb"[34]8;2;(\d+);(\d+);(\d+)")
INDEXED = re.compile(rb"[34]8;5;")
SIXTEEN = re.compile(rb"\x1b\[[0-9;]*(?:3[0-7]|9[0-7])m")
SYNC = b"\x1b[?2026h"
SEED = 4
STORM = 60


@pytest.fixture
def console(tmp_path: Path) -> Callable[..., Terminal]:
    """The program on the synthetic exchange in a terminal of a kind."""

    def opened(size: tuple[int, int], *options: str, **extra: str) -> Terminal:
        command = program("run", "--set", f"state_dir={tmp_path}", *options)
        return Terminal(command, size, extra)

    return opened


def live(terminal: Terminal) -> None:
    """Wait for a ladder, and dismiss the greeting by a key that trades nothing."""
    terminal.wait(lambda text: "feed ok" in text and "RELIANCE" in text, "a live ladder")
    terminal.press("c")
    terminal.wait(lambda text: "only takes this away" not in text, "the greeting gone")


def arm(terminal: Terminal) -> None:
    """Arm; a key is refused while this end is slow to read the screen, and pressed again."""
    for _ in range(20):
        terminal.press("a")
        seen = terminal.wait(lambda text: "ARMED 0" in text or "nothing that adds risk" in text)
        if "ARMED 0" in seen:
            return
        terminal.wait(lambda text: "nothing that adds risk" not in text)


def leave(terminal: Terminal) -> None:
    terminal.press("q")
    assert terminal.ended() == 0
    assert terminal.restored()


def test_without_colours_or_marked_updates_every_state_is_a_word(console):
    with console((80, 24), "--no-sync", NO_COLOR="1") as terminal:
        live(terminal)
        terminal.wait("DISARMED")
        arm(terminal)
        terminal.press("b")
        terminal.wait("Enter send")
        terminal.press("\x1b")
        terminal.press("d")
        terminal.wait("DISARMED")
        mixed = [found for found in MIXED.findall(terminal.raw) if len(set(found)) > 1]
        assert not mixed and not INDEXED.search(terminal.raw)
        assert SYNC not in terminal.raw
        leave(terminal)


def test_sixteen_colours_are_enough(console):
    options = ("--set", "console.theme=ansi16")
    with console((120, 36), *options, TERM="xterm-16color", COLORTERM="") as terminal:
        live(terminal)
        terminal.press_twice("K", "KILL")
        terminal.wait("KILLED")
        assert SIXTEEN.search(terminal.raw)
        assert not COLOURS.search(terminal.raw)
        leave(terminal)


@pytest.mark.parametrize("plain", [{"LC_ALL": "C"}, {"LC_ALL": "", "LC_CTYPE": "", "LANG": "C"}])
def test_a_locale_without_our_glyphs_gets_plain_letters_in_the_same_places(console, plain):
    with console((80, 24), **plain) as terminal:
        live(terminal)
        assert "o SIM   - DISARMED  auto off" in terminal.text
        assert terminal.text.isascii()
        assert "\\u" not in terminal.text
        leave(terminal)
        assert bytes(terminal.raw).isascii()


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
def test_the_chart_page_draws_the_selected_stock_though_no_ladder_is_shown(console, size):
    with console(size) as terminal:
        live(terminal)
        terminal.press("C")
        terminal.wait(lambda text: re.search(r"CHART [A-Z&-]+ .*[1-9]\d* prices", text), "prices")
        terminal.wait(lambda text: re.search(r"CHART .* ([3-9]|\d\d) prices", text), "more of them")
        leave(terminal)


def test_a_storm_of_sizes_ends_with_the_screen_of_the_last(console):
    sizes = random.Random(SEED)
    with console((120, 36)) as terminal:
        live(terminal)
        for _ in range(STORM):
            terminal.resize(sizes.randrange(20, 200), sizes.randrange(6, 60))
            terminal.read(0.01)
        terminal.resize(80, 24)
        terminal.wait(lambda text: "feed ok" in text and "a arm" in text.splitlines()[-1])
        arm(terminal)
        leave(terminal)


def test_what_somebody_else_wrote_over_the_screen_goes_with_a_key_and_with_the_focus(console):
    with console((80, 24)) as terminal:
        live(terminal)
        for heal in ("\x1b[24~", "\x1b[I"):
            os.write(terminal.near, b"\x1b7\x1b[24;1Hmessage of the system\x1b8")
            terminal.wait("message of the system")
            terminal.press(heal)
            terminal.wait(lambda text: "message of the system" not in text, "its own last line")
        leave(terminal)
