"""The thread edge: one reference towards the screen, one bounded queue back."""

from __future__ import annotations

import queue
from collections.abc import Callable

from tui_scalper.core.commands import AnyCommand
from tui_scalper.core.snapshot import Snapshot


class SnapshotStore:
    """Holds the newest snapshot. One writer, any number of readers, no lock: a reference swap."""

    def __init__(self) -> None:
        self._latest: Snapshot | None = None

    def publish(self, snapshot: Snapshot) -> None:
        """Make `snapshot` the newest."""
        self._latest = snapshot

    def latest(self) -> Snapshot | None:
        """The newest snapshot, None before the first."""
        return self._latest


class CommandQueue:
    """Bounded queue of commands from the screen to the engine; a full one refuses."""

    def __init__(self, capacity: int = 256) -> None:
        self._queue: queue.Queue[AnyCommand] = queue.Queue(maxsize=capacity)
        self.on_put: Callable[[], object] | None = None
        """Called after each put, to wake the loop that drains the queue."""

    def put(self, command: AnyCommand) -> bool:
        """Hand `command` over; False when the queue is full and it was refused."""
        try:
            self._queue.put_nowait(command)
        except queue.Full:
            return False
        if self.on_put is not None:
            self.on_put()
        return True

    def drain(self) -> list[AnyCommand]:
        """All commands waiting, oldest first."""
        commands: list[AnyCommand] = []
        while True:
            try:
                commands.append(self._queue.get_nowait())
            except queue.Empty:
                return commands
