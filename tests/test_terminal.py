"""The console in real terminals: from the first ladder over a trade by keys to the way out."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from pathlib import Path

from terminal_rig import Terminal, known, program

SMALL, WIDE = (80, 24), (120, 36)
CTRL_C = "\x03"
STAGED = "Enter send  Esc drop"
"""What the strip says below a staged entry, unlike the hint for newcomers."""


def console(state: Path, size: tuple[int, int]) -> Terminal:
    return Terminal(program("run", "--set", known(state)), size)


def wait_for_ladder(terminal: Terminal) -> None:
    """Live data, with quantities drawn beside the prices."""
    terminal.wait(lambda text: "feed ok" in text and "▐" in text, "a live ladder")


def alive_in_session(leader: int) -> list[int]:
    """Processes still running in the session that `leader` led."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def test_a_whole_trade_by_hand_in_a_small_terminal(tmp_path: Path):
    with console(tmp_path, SMALL) as terminal:
        wait_for_ladder(terminal)
        terminal.press("a")
        terminal.wait("ARMED 0")
        terminal.press("b")
        terminal.wait(STAGED)
        terminal.press("\r")
        terminal.wait("protected")
        terminal.press_twice("f", "same key again")
        terminal.wait("flat: no position")
        terminal.press("q")
        assert terminal.ended() == 0
        assert terminal.restored()
        assert alive_in_session(terminal.pid) == []


def test_a_key_typed_before_there_is_a_screen_does_nothing(tmp_path: Path):
    with console(tmp_path, SMALL) as terminal:
        terminal.press("a")
        wait_for_ladder(terminal)
        terminal.press("?")
        terminal.wait("KEYS")
        assert "DISARMED" in terminal.text


def test_the_strongest_signal_is_traded_and_leaving_asks_while_at_risk(tmp_path: Path):
    with console(tmp_path, WIDE) as terminal:
        wait_for_ladder(terminal)
        terminal.press("a")
        terminal.wait("ARMED 0")
        terminal.wait("READY", "a signal")
        terminal.press(" ")
        terminal.wait(STAGED)
        terminal.press("\r")
        terminal.wait("protected")
        terminal.press(CTRL_C)
        terminal.wait("Stay?", "the question before leaving a position")
        terminal.press("\x1b")
        terminal.wait(lambda text: "Stay?" not in text, "the question dropped")
        terminal.press_twice("F", "same key again")
        terminal.wait("flat: no position")
        terminal.press(CTRL_C)
        assert terminal.ended() == 0
        assert terminal.restored()


def test_a_closed_terminal_ends_the_program_and_its_journal_in_order(tmp_path: Path):
    with console(tmp_path, SMALL) as terminal:
        wait_for_ladder(terminal)
        terminal.close()
        assert terminal.ended() == 0
        assert alive_in_session(terminal.pid) == []
    (journal,) = (tmp_path / "journal").glob("*.journal")
    printed = subprocess.run(
        program("journal", "show", str(journal)),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert "stop" in printed.stdout.splitlines()[-1]


def test_a_terminate_signal_leaves_the_terminal_as_it_was(tmp_path: Path):
    with console(tmp_path, WIDE) as terminal:
        wait_for_ladder(terminal)
        terminal.kill(signal.SIGTERM)
        assert terminal.ended() == 0
        assert terminal.restored()


def test_ctrl_c_while_starting_says_so_in_one_line(tmp_path: Path):
    with console(tmp_path, SMALL) as terminal:
        # What a start does first; the word "starting" is spared where it takes no time.
        while not (tmp_path / "lock").exists():
            assert os.waitpid(terminal.pid, os.WNOHANG) == (0, 0), "it ended by itself"
        terminal.press(CTRL_C)
        # Python ends itself by the signal where it struck inside generated code.
        assert terminal.ended() in (130, -signal.SIGINT)
        assert terminal.restored()
        assert "Traceback" not in terminal.text
        assert "interrupted" in terminal.text


def test_an_error_output_that_goes_elsewhere_is_refused_before_anything_starts(tmp_path: Path):
    elsewhere = tmp_path / "errors"
    run = shlex.join(program("run", "--set", f"state_dir={tmp_path}/state"))
    with Terminal(["/bin/sh", "-c", f"{run} 2>{elsewhere}"], SMALL) as terminal:
        assert terminal.ended() == 1
        assert "start it without that, or use --headless" in elsewhere.read_text()
        assert not (tmp_path / "state").exists()


def test_a_terminal_too_small_is_refused_before_anything_starts(tmp_path: Path):
    with console(tmp_path, (30, 8)) as terminal:
        assert terminal.ended() == 1
        said = bytes(terminal.raw).decode()
    assert said.startswith("scalper-tui: the terminal is 30x8; make it 80x24")
    assert said.count("\n") == 1
    assert not (tmp_path / "journal").exists()
