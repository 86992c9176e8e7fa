"""Fewer bytes, the same picture: what a terminal shows of either is compared cell by cell."""

from __future__ import annotations

from pathlib import Path

import pyte
import pytest
from console_rig import plain
from hypothesis import given
from hypothesis import strategies as st

import tui_scalper
from tui_scalper.core.snapshot import Limit, LimitUnit
from tui_scalper.letters import ALIKE, in_ascii, is_plain
from tui_scalper.shadow import Shadow
from tui_scalper.thrift import thrifty_driver
from tui_scalper.widgets.banner import MODE_FACE, OPERATOR_FACE
from tui_scalper.widgets.risk import risk_lines

WIDTH, HEIGHT = 160, 120
"""Wide and high enough that nothing wraps and nothing scrolls."""
ROWS, COLUMNS = 6, 30
inks = st.sampled_from(["39", "31", "93", "38;5;74", "38;2;1;2;3", "38;2;9;9;9"])
grounds = st.sampled_from(["49", "44", "104", "48;5;17", "48;2;1;2;3", "48;2;15;20;25"])
marks = st.lists(st.sampled_from(["1", "3", "4", "7"]), unique=True, max_size=3)
styles = st.builds(lambda mark, ink, ground: ";".join([*mark, ink, ground]), marks, inks, grounds)
words = st.text("ab█▎ 1", max_size=5)
runs = st.builds(lambda style, text: f"\x1b[{style}m{text}\x1b[0m", styles, words)
layers = st.builds(
    lambda one, two, text: f"\x1b[{one}m\x1b[{two}m{text}\x1b[0m", styles, styles, words
)
moves = st.builds(
    lambda row, column: f"\x1b[{row};{column}H", st.integers(1, ROWS), st.integers(1, COLUMNS)
)
others = st.sampled_from(["\n", "plain", "\x1b[2J", "\x1b[K", "\x1b[?25l", "\x1b[?2026h"])
frames = st.lists(st.one_of(runs, runs, layers, moves, others), max_size=25).map("".join)


def look(cell: pyte.screens.Char) -> pyte.screens.Char:
    """What an eye sees of a cell: the ink of a blank shows only by a line or in reverse."""
    if cell.data != " " or cell.underscore or cell.strikethrough or cell.reverse or cell.blink:
        return cell
    return pyte.screens.Char(" ", bg=cell.bg)


def shown(*frames: str) -> tuple[list[list[pyte.screens.Char]], pyte.screens.Char]:
    """Every cell of a terminal after `frames`, and the style it would go on with."""
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.Stream(screen)
    for frame in frames:
        stream.feed(frame)
    cells = [[look(screen.buffer[row][column]) for column in range(WIDTH)] for row in range(HEIGHT)]
    return cells, screen.cursor.attrs


def sparing(frames: list[str]) -> list[str]:
    shadow = Shadow()
    return [shadow.sent(frame) for frame in frames]


@given(st.lists(frames.map("{}\x1b[0m".format), max_size=4))
def test_a_terminal_shows_the_same(sent: list[str]):
    assert shown(*sparing(sent)) == shown(*sent)


@given(st.lists(st.builds("{}{}".format, moves, runs), max_size=25).map("".join))
def test_what_is_shown_already_is_not_sent_again(frame: str):
    first, again = sparing([frame, frame])
    assert len(first) <= len(frame)
    last = shown(frame) == shown(frame, frame)
    assert last and len(again) <= len(first)


def test_neighbours_share_what_they_have_in_common():
    ground = "48;2;15;20;25"
    frame = (
        f"\x1b[1;1H\x1b[1;38;2;1;2;3;{ground}ma\x1b[0m\x1b[5;6H\x1b[38;2;9;9;9;{ground}mb\x1b[0m"
    )
    assert sparing([frame]) == [
        f"\x1b[1;1H\x1b[1;38;2;1;2;3;{ground}ma\x1b[5;6H\x1b[22;38;2;9;9;9mb\x1b[0m"
    ]


def test_only_letters_that_differ_are_sent_and_short_gaps_are_bridged():
    shadow = Shadow()
    shadow.sent("\x1b[2;1H\x1b[31m1567.10   120     44\x1b[0m")
    sent = shadow.sent("\x1b[2;1H\x1b[31m1567.15   131     45\x1b[0m")
    assert sent == "\x1b[2;7H\x1b[31m5\x1b[4C31\x1b[6C5\x1b[0m"
    assert shadow.sent("\x1b[2;1H\x1b[31m1567.15\x1b[0m") == ""


def test_a_terminal_that_may_show_anything_is_sent_everything():
    for wipe in ("\x1b[2J", "\x1b[?1049h"):
        shadow = Shadow()
        frame = "\x1b[1;1Hab"
        assert shadow.sent(frame) == frame
        assert shadow.sent(frame) == ""
        assert shadow.sent("\x1b[6n\x1b]2;title\x07\x07") == "\x1b[6n\x1b]2;title\x07\x07"
        assert shadow.sent(frame) == ""
        shadow.sent(wipe)
        assert shadow.sent(frame) == frame
        shadow.forget()
        assert "ab" in shadow.sent(frame)


def test_letters_of_two_cells_are_passed_on_as_they_are():
    shadow = Shadow()
    wide = "\x1b[1;1H漢a"
    assert shadow.sent(wide) == shadow.sent(wide) == wide


def test_marks_of_an_update_can_be_left_out():
    sent: list[str] = []

    class Kept:
        def write(self, data: str) -> None:
            sent.append(data)

    for sync in (True, False):
        kind = thrifty_driver(Kept, sync=sync, ascii_only=False)  # type: ignore[arg-type]
        kind().write("\x1b[?2026hx\x1b[?2026l")
    assert sent == ["\x1b[?2026hx\x1b[?2026l", "x"]


def test_every_glyph_of_the_screen_has_a_plain_letter():
    package = Path(tui_scalper.__file__).parent
    drawn = [*package.glob("*.py"), *package.glob("widgets/*.py"), *package.glob("hands/*.py")]
    glyphs = {letter for path in drawn for letter in path.read_text() if not letter.isascii()}
    assert glyphs <= set("".join(ALIKE))
    assert in_ascii("▲ BUY\x1b[1m █▏é") == "^ BUY\x1b[1m #|?"


def test_a_meter_in_plain_letters_still_shows_what_is_used():
    limit = Limit("day loss", 1_000, 2_000_000, LimitUnit.MONEY)
    drawn = risk_lines([limit], width=40, height=2, currency="INR", focus=False)
    assert in_ascii(plain(drawn[1])).split("day loss")[1].strip().startswith("=-")


def test_no_two_modes_nor_a_mode_and_a_state_share_their_plain_letter():
    faces = [*MODE_FACE.values(), *OPERATOR_FACE.values()]
    letters = {in_ascii(words[0]) for words, _ in faces}
    assert len(letters) == len({words[0] for words, _ in faces})


@pytest.mark.parametrize(
    ("environment", "plain"),
    [
        ({}, False),
        ({"LANG": "C"}, True),
        ({"LC_ALL": "C", "LANG": "en_IN.UTF-8"}, True),
        ({"LC_ALL": "", "LC_CTYPE": "POSIX", "LANG": "en_IN.UTF-8"}, True),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, False),
        ({"LANG": "C.UTF-8"}, False),
    ],
)
def test_the_first_locale_that_is_named_counts(environment: dict[str, str], plain: bool):
    assert is_plain(environment) is plain
