"""The engine loop's sign of life: a small file, written over twice a second, never synced.

What reads it judges by the counter, not by a clock: it must be seen to move before its
standing still means anything.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

NAME: Final = "heartbeat"
EVERY_S: Final = 0.5
SIZE: Final = 512
"""Bytes of the file, always: it is replaced by one write."""


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """One beat: which process, in which mode, over which journal; `count` only grows."""

    count: int
    pid: int
    run_id: str
    mode: str
    journal: str
    ended: bool = False
    """The run ended in order; what it left open it left on purpose."""


class Heartbeat:
    """Beats for one run. Raises OSError when the file cannot be made."""

    def __init__(self, state: Path, beat: Beat, now: Callable[[], float] = time.monotonic) -> None:
        self._beat = beat
        self._now = now
        self._next = 0.0
        self._file = os.open(state / NAME, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.trouble = ""
        """Why the last beat was not written; empty when it was."""

    def beat(self) -> None:
        """The loop is alive; written when the last time is long enough ago."""
        now = self._now()
        if now >= self._next:
            self._next = now + EVERY_S
            self._write(ended=False)

    def end(self) -> None:
        """The run ends in order."""
        self._write(ended=True)
        os.close(self._file)

    def _write(self, *, ended: bool) -> None:
        count = self._beat.count + 1
        self._beat = msgspec.structs.replace(self._beat, count=count, ended=ended)
        try:
            os.pwrite(self._file, msgspec.json.encode(self._beat).ljust(SIZE), 0)
            self.trouble = ""
        except OSError as error:
            self.trouble = f"no heartbeat: {error.strerror}; a watchdog will take it for the end"


def read_beat(state: Path) -> Beat | None:
    """The newest beat; None when there is none, or none that can be read now."""
    try:
        return msgspec.json.decode((state / NAME).read_bytes(), type=Beat)
    except (OSError, msgspec.DecodeError):
        return None
