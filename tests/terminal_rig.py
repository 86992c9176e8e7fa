"""The program in a real terminal: a pty, a screen that reads what it draws, and keys.

Nothing here sleeps: every wait reads until the screen shows what is wanted, or fails with
the screen it saw.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyte

ROOT: Final = Path(__file__).resolve().parents[1]
PATIENCE_S: Final = 30.0
"""Longest wait for anything the program should show or do."""
HAND_S: Final = 0.2
"""Between two keys of an unhurried hand; the same key sooner is one held down."""
STATE_FLAGS: Final = 4
"""How many of the terminal's attributes are flag words."""
_PRIVATE: Final = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]")
"""Sequences of newer terminals, which the screen here would print."""


def program(*arguments: str) -> list[str]:
    """The command line of `scalper-tui` with the interpreter the tests run on."""
    return [sys.executable, "-m", "tui_scalper", *arguments]


def known(state: Path) -> str:
    """The setting of a state directory whose owner saw the greeting before."""
    state.mkdir(parents=True, exist_ok=True)
    (state / "seen-first-screen").touch()
    return f"state_dir={state}"


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without settings of the person who runs the tests."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("SCALPER_") and key not in ("LINES", "COLUMNS", "TMUX", "STY")
    }
    return {**kept, "PYTHONPATH": str(ROOT), **(extra or {})}


class Terminal:
    """A terminal of `size` (columns, rows) in which `command` runs; leaving it ends the program."""

    def __init__(
        self,
        command: list[str],
        size: tuple[int, int] = (80, 24),
        extra: Mapping[str, str] | None = None,
    ) -> None:
        columns, rows = size
        self.screen = pyte.Screen(columns, rows)
        self.raw = bytearray()
        """Everything the program wrote."""
        self.read_at = 0.0
        """When the newest bytes were read, by time.perf_counter."""
        self._stream = pyte.ByteStream(self.screen)
        self._status: int | None = None
        self._open = True
        self.far, self.near = pty.openpty()
        fcntl.ioctl(self.near, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.modes = self._modes()
        self.began = time.perf_counter()
        looks = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.pid = _spawn(command, self.near, environment({**looks, **(extra or {})}))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self.close()
        os.close(self.near)

    # -- what the screen shows ---------------------------------------------------------------

    @property
    def text(self) -> str:
        """The screen as lines."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def wait(self, holds: str | Callable[[str], object], what: str = "") -> str:
        """Read until the screen holds a text or satisfies a test; returns the screen."""
        test = (lambda text: holds in text) if isinstance(holds, str) else holds
        deadline = time.monotonic() + PATIENCE_S
        while not test(self.text):
            if time.monotonic() > deadline or not self.read(deadline - time.monotonic()):
                raise AssertionError(f"never seen: {what or holds}; the screen:\n{self.text}")
        return self.text

    def read(self, timeout: float) -> bytes:
        """Take in what the program wrote, waiting at most `timeout` seconds; empty at its end."""
        ready, _, _ = select.select([self.far], [], [], max(timeout, 0))
        if not ready:
            return b""
        try:
            data = os.read(self.far, 65_536)
        except OSError:
            return b""
        self.read_at = time.perf_counter()
        self.raw += data
        self._stream.feed(_PRIVATE.sub(b"", data))
        return data

    # -- what the hand does ------------------------------------------------------------------

    def press(self, keys: str) -> float:
        """Type `keys`; returns when, by time.perf_counter."""
        at = time.perf_counter()
        os.write(self.far, keys.encode())
        return at

    def press_twice(self, key: str, between: str) -> None:
        """Type `key`, wait for `between` on the screen and for a hand's time, type it again."""
        self.press(key)
        self.wait(between)
        self.rest()
        self.press(key)

    def rest(self) -> None:
        """Read for as long as an unhurried hand takes to its next key."""
        until = time.perf_counter() + HAND_S
        while (left := until - time.perf_counter()) > 0:
            self.read(left)

    def resize(self, columns: int, rows: int) -> None:
        """Make the terminal another size; the program is told as a window tells it."""
        fcntl.ioctl(self.near, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def close(self) -> None:
        """Close the terminal's own end, as a closed window or a lost connection does."""
        if self._open:
            self._open = False
            os.close(self.far)

    # -- how it ends ---------------------------------------------------------------------------

    def kill(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        os.kill(self.pid, number)

    def ended(self) -> int:
        """Read until the program ended; its exit code, or minus the signal that ended it."""
        deadline = time.monotonic() + PATIENCE_S
        while self._status is None:
            if self._open:
                self.read(0.02)
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self._status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > deadline:
                raise AssertionError(f"the program did not end; the screen:\n{self.text}")
        while self._open and self.read(0):
            pass
        return self._status

    def restored(self) -> bool:
        """Whether the terminal is as it was: line discipline, main screen, cursor shown."""
        raw = bytes(self.raw)
        entered, left = raw.rfind(b"\x1b[?1049h"), raw.rfind(b"\x1b[?1049l")
        hidden, shown = raw.rfind(b"\x1b[?25l"), raw.rfind(b"\x1b[?25h")
        return self._modes() == self.modes and entered <= left and hidden <= shown

    def _modes(self) -> list[object]:
        return termios.tcgetattr(self.near)[:STATE_FLAGS]


def _spawn(command: list[str], near: int, env: dict[str, str]) -> int:
    """Start `command` as the leader of a session of its own whose terminal is `near`."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.login_tty(near)
        os.chdir(ROOT)
        os.execve(command[0], command, env)
    finally:
        os._exit(127)
