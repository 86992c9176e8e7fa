"""A terminal that takes nothing for five seconds under a flood of log lines, over a real run."""

from __future__ import annotations

import json
import os
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

from terminal_rig import PATIENCE_S, Terminal

from tui_scalper.core import chronicle
from tui_scalper.widgets import log

SCRIPT = Path(__file__).with_name("stormy_console.py")
STALL_S = 5.0
FLOODED = 10_000
"""Lines said at least while nobody reads the terminal."""
WRITES = 30
"""Textual's writer holds so many before it holds the screen."""


class Teller:
    """What the console tells in a pipe beside its terminal."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._rest = b""

    def news(self, terminal: Terminal, *, reading: bool) -> Iterator[dict]:
        """What is told, while the terminal is read or left alone."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if reading:
                terminal.read(0.05)
            else:
                time.sleep(0.05)
            try:
                self._rest += os.read(self._pipe, 1 << 16)
            except BlockingIOError:
                continue
            *lines, self._rest = self._rest.split(b"\n")
            yield from map(json.loads, lines)
        raise AssertionError(f"nothing more was told; the screen:\n{terminal.text}")


def test_a_stalled_terminal_and_a_flooded_log_lose_no_tick_and_nothing_grows(tmp_path: Path):
    pipe = tmp_path / "told"
    teller = Teller(pipe)
    command = [sys.executable, str(SCRIPT), str(tmp_path), str(pipe)]
    with Terminal(command, (120, 36)) as terminal:
        terminal.wait(lambda text: "feed ok" in text and "of a flood" in text, "a flooded log")
        termios.tcflow(terminal.near, termios.TCOOFF)
        news = teller.news(terminal, reading=False)
        before = next(news)["lines"]
        last = next(one for one in news if one["behind"] >= STALL_S)
        assert last["lines"] >= before + FLOODED
        termios.tcflow(terminal.near, termios.TCOON)
        news = teller.news(terminal, reading=True)
        later = next(one for one in news if one["behind"] == 0)["lines"]
        terminal.wait(lambda text: "feed ok" in text)
        assert later >= last["lines"]
        terminal.press("q")
        end = next(one for one in news if "taken" in one)
        assert terminal.ended() == 0
        assert terminal.restored()
    assert end["taken"] == end["sent"] > 0, "a frame was lost"
    assert end["backlog"] <= WRITES
    assert end["said"] <= chronicle.KEPT
    assert end["shown"] <= log.KEPT
    assert end["commands"] == 0
    assert end["pictures"] <= 5
