"""Alarms that leave the terminal: a program of the user's is given the text of each.

Watches the pictures from a thread of its own, so that it neither holds the engine up nor
depends on the screen. The program is run without a shell, the text as its last argument and
on its standard input, one run at a time, for a few seconds at most.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from tui_scalper.core.snapshot import Severity, Snapshot
from tui_scalper.runtime.store import SnapshotStore

LOOK_S: Final = 0.25
GAP_S: Final = 4.0
"""Least time between two runs; alarms meanwhile are told together, within five seconds."""
PATIENCE_S: Final = 4.0
"""Longest a run may take before it is ended."""
SAME_S: Final = 300.0
"""A text told once is not told again within this time."""
LONGEST: Final = 2_000
"""Characters of one telling."""
REMEMBERED: Final = 500
OWN: Final = "alerts.command"
"""Begins the line about an alert that failed, which is told to nobody outside."""


class Alerts:
    """Tells a program about alarms; `trouble` says when that does not work."""

    def __init__(
        self,
        command: Sequence[str],
        store: SnapshotStore,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command = tuple(command)
        self._store = store
        self._now = now
        self._seen = 0
        self._waiting: list[str] = []
        self._told: OrderedDict[str, float] = OrderedDict()
        self._next = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        self.trouble = ""

    def start(self) -> None:
        """Begin to watch; nothing happens where no program is set."""
        if self._command:
            self._thread.start()

    def stop(self) -> None:
        """Tell what is not told yet, and end."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            self.look(self._store.latest())
            if self._now() >= self._next:
                self.tell()
        self.look(self._store.latest())
        self.tell()

    def look(self, seen: Snapshot | None) -> None:
        """Take the alarms of a picture that were not there before."""
        if seen is None:
            return
        for line in seen.log:
            if line.number <= self._seen:
                continue
            self._seen = line.number
            if line.severity is Severity.ALARM and not line.text.startswith(OWN):
                self._take(line.text)

    def _take(self, text: str) -> None:
        now = self._now()
        if now - self._told.get(text, -SAME_S) < SAME_S:
            return
        self._told[text] = now
        self._told.move_to_end(text)
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        self._waiting.append(text)

    def tell(self) -> None:
        """Run the program on what waits; nothing where nothing does."""
        if not self._waiting:
            return
        text = "\n".join(self._waiting)[:LONGEST]
        self._waiting.clear()
        self._next = self._now() + GAP_S
        why = run_program((*self._command, text), text)
        self.trouble = f"{OWN} {self._command[0]}: {why}" if why else ""


def run_program(words: Sequence[str], text: str) -> str:
    """Run a program with `text` on its input; returns why it failed, empty when it did not."""
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    try:
        process.communicate(text.encode(), timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        # Whatever it started goes with it: the program leads a process group of its own.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return f"took longer than {PATIENCE_S:g} s and was ended"
    return f"ended with {process.returncode}" if process.returncode else ""
