"""A terminal that closes while something is open: the run goes on, says so, and can be ended."""

from __future__ import annotations

import signal
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_rig import call, one_line, state
from terminal_rig import PATIENCE_S, Terminal, known, program

from tui_scalper.core.commands import UiBack, UiLost
from tui_scalper.core.effects import NoteEmergency, PlaceOrder
from tui_scalper.core.emergency_table import Policy
from tui_scalper.core.events import Commanded
from tui_scalper.runtime.journal_file import scan
from tui_scalper.runtime.lock import StateLock
from tui_scalper.runtime.saved_exchange import load_sim

SIZE = (80, 24)
LOOK_S = 0.05


def bodies(folder: Path) -> list[object]:
    (journal,) = (folder / "journal").glob("*.journal")
    return [record.body for record in scan(journal).records]


def until(holds: Callable[[], object], what: str) -> None:
    """Wait until another process has done something to its files."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(LOOK_S)


def held(folder: Path) -> dict[str, int]:
    """What the simulated broker holds; an account that is flat is not kept for the next run."""
    saved = load_sim(folder / "sim.msgpack")
    if saved is None:
        return {}
    return {one.symbol: one.quantity for one in saved.account.positions if one.quantity}


def arm(terminal: Terminal) -> None:
    """Arm, again where the machine is so busy that the console will not act by an old screen."""
    terminal.press("a")
    while "ARMED 0" not in terminal.wait(lambda text: "ARMED 0" in text or "s behind" in text):
        terminal.wait(lambda text: "s behind" not in text, "the notice gone")
        terminal.press("a")


def hold_a_position(terminal: Terminal) -> None:
    terminal.wait(lambda text: "feed ok" in text and "▐" in text, "a live ladder")
    arm(terminal)
    terminal.press("b")
    terminal.wait("Enter send  Esc drop")
    terminal.press("\r")
    terminal.wait("protected")


def console(folder: Path, policy: str, *more: str) -> Terminal:
    # A stop and a target out of reach: the position stays until somebody closes it.
    pairs = ("protection.stop=5", "protection.target=8", f"operator.on_ui_lost={policy}", *more)
    options = [word for pair in pairs for word in ("--set", pair)]
    return Terminal(program("run", "--set", known(folder), *options), SIZE)


def lost(folder: Path) -> list[UiLost]:
    commands = [one.command for one in bodies(folder) if isinstance(one, Commanded)]
    return [one for one in commands if isinstance(one, UiLost)]


@pytest.mark.parametrize("policy", ["keep_managing", "pause_entries"])
def test_the_run_goes_on_says_so_and_a_kill_ends_it_flat(tmp_path: Path, policy: str):
    with console(tmp_path, policy) as terminal:
        hold_a_position(terminal)
        terminal.close()
        until(lambda: lost(tmp_path), "the journal tells of the lost screen")
        assert StateLock.owner(tmp_path) == str(terminal.pid)
        assert len(held(tmp_path)) == 1
        refused = call("run", "--headless", "--seconds", "1", *state(tmp_path))
        assert refused.returncode == 1
        said = one_line(refused.stderr)
        assert f"process {terminal.pid}" in said
        assert "goes on without a screen" in said
        assert "scalper-tui kill" in said
        killed = call("kill", *state(tmp_path))
        assert killed.returncode == 0
        assert terminal.ended() == 0
    assert held(tmp_path) == {}
    (command,) = lost(tmp_path)
    assert "terminal closed" in command.why
    (note,) = [one for one in bodies(tmp_path) if isinstance(one, NoteEmergency)]
    assert note.policy.value == {"keep_managing": "say", "pause_entries": "pause"}[policy]


def test_flatten_closes_what_is_open_and_the_process_ends_by_itself(tmp_path: Path):
    with console(tmp_path, "flatten") as terminal:
        hold_a_position(terminal)
        terminal.kill(signal.SIGHUP)
        assert terminal.ended() == 0
        assert terminal.restored()
    assert held(tmp_path) == {}
    assert StateLock.owner(tmp_path) == ""
    assert len(lost(tmp_path)) == 1
    (note,) = [one for one in bodies(tmp_path) if isinstance(one, NoteEmergency)]
    assert note.policy is Policy.FLATTEN


def test_output_that_stalls_pauses_entries_and_a_screen_that_is_back_says_so(tmp_path: Path):
    with console(tmp_path, "pause_entries", "console.lost_after=1") as terminal:
        hold_a_position(terminal)
        termios.tcflow(terminal.near, termios.TCOOFF)
        until(lambda: lost(tmp_path), "the journal tells of the lost screen")
        termios.tcflow(terminal.near, termios.TCOON)
        terminal.wait("PAUSED")
        terminal.press_twice("F", "same key again")
        terminal.wait("flat: no position")
        terminal.press("q")
        assert terminal.ended() == 0
    (command,) = lost(tmp_path)
    assert "takes no output" in command.why
    notes = [one for one in bodies(tmp_path) if isinstance(one, NoteEmergency)]
    assert [one.policy for one in notes] == [Policy.PAUSE]
    commands = [one.command for one in bodies(tmp_path) if isinstance(one, Commanded)]
    assert any(isinstance(one, UiBack) for one in commands)


def test_a_terminate_signal_ends_it_and_the_stop_stays(tmp_path: Path):
    with console(tmp_path, "keep_managing") as terminal:
        hold_a_position(terminal)
        terminal.close()
        until(lambda: lost(tmp_path), "the journal tells of the lost screen")
        terminal.kill(signal.SIGTERM)
        assert terminal.ended() == 0
    assert len(held(tmp_path)) == 1
    sent = [one for one in bodies(tmp_path) if isinstance(one, PlaceOrder)]
    assert len(sent) == 2, "the entry and its stop"


def test_a_paste_of_keys_disarms_and_trades_nothing(tmp_path: Path):
    with console(tmp_path, "keep_managing") as terminal:
        terminal.wait(lambda text: "feed ok" in text and "▐" in text, "a live ladder")
        arm(terminal)
        terminal.press("\x1b[200~b\rKK ff FF\x1b[201~")
        terminal.wait("DISARMED: text was pasted")
        terminal.rest()
        arm(terminal)
        terminal.press("sjbbsKKb\rFFss")
        terminal.wait("DISARMED: keys came in a burst")
        terminal.press("q")
        assert terminal.ended() == 0
    assert not any(isinstance(one, PlaceOrder) for one in bodies(tmp_path))
    assert not (tmp_path / "KILL").exists()
