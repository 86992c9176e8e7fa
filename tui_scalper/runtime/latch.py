"""The kill latch as a file: any shell can set it, and it outlives every process."""

from __future__ import annotations

from pathlib import Path

NAME = "KILL"


class KillLatch:
    """A file in the state directory; while it is there, nothing is entered."""

    def __init__(self, state: Path) -> None:
        self.path = state / NAME

    def is_set(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    def set(self) -> None:
        """Make the file. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.touch()

    def release(self) -> None:
        """Remove the file. Raises OSError."""
        self.path.unlink(missing_ok=True)


class ReplayLatch(KillLatch):
    """The latch of a replay: what it sets ends with it and keeps no other run from entering.

    One set by another shell meanwhile counts; one that was there before is not the replay's.
    """

    def __init__(self, state: Path) -> None:
        super().__init__(state)
        self._known = self.path.exists()
        self._set = False

    def is_set(self) -> bool:
        """Whether this replay was killed, by its own keys or from another shell."""
        return self._set or (not self._known and self.path.exists())

    def set(self) -> None:
        """Remember it."""
        self._set = True

    def release(self) -> None:
        """Forget it; a file in the state directory stays, for the runs it is meant for."""
        self._set, self._known = False, self.path.exists()
