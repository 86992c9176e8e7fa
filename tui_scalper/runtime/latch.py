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
