"""One run at a time in a state directory: two would share limits, journal and latch."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

NAME = "lock"
NOTE_BYTES = 1_024


class LockedError(Exception):
    """Another run uses the state directory: which one, and what to do."""


class StateLock:
    """Holds `state` for this process until released or dead. Raises LockedError."""

    def __init__(self, state: Path) -> None:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = state / NAME
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner, said = _read(self._file)
            os.close(self._file)
            raise LockedError(
                f"another run (process {owner}) uses {state}; {said or 'end it'}; or give this "
                "one a directory of its own with --set state_dir=DIR"
            ) from None
        self.note("")

    def note(self, text: str) -> None:
        """Tell whoever finds the directory in use how this process stands, in one line."""
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n{text}".encode(), 0)

    @staticmethod
    def owner(state: Path) -> str:
        """The process that holds `state`, as a number; empty when none does."""
        try:
            file = os.open(state / NAME, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return ""
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return _read(file)[0]
        finally:
            os.close(file)
        return ""

    def release(self) -> None:
        """Let the next run in."""
        os.close(self._file)


def _read(file: int) -> tuple[str, str]:
    """Which process holds the lock, and what it says of itself."""
    owner, _, said = os.pread(file, NOTE_BYTES, 0).decode(errors="replace").partition("\n")
    return owner.strip() or "unknown", said.strip()
