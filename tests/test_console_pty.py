"""The console on a real pseudo-terminal whose far end stops reading, as a stalled link does."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).parent
SIZE = {"COLUMNS": "120", "LINES": "36"}
PATIENCE_S = 30.0
SCRIPT = """
import itertools, json, sys, threading, time
sys.path[:0] = [{root!r}, {tests!r}]
from console_snapshots import SYMBOLS, ladder, snapshot
from tui_scalper.app import ScalperApp
from tui_scalper.console_settings import ConsoleSettings
from tui_scalper.core.snapshot import OperatorState
from tui_scalper.runtime.store import CommandQueue, SnapshotStore

store, queue = SnapshotStore(), CommandQueue()
told = open(sys.argv[1], "a", buffering=1)

def tell(**news):
    told.write(json.dumps(news) + "\\n")

class Watched(ScalperApp):
    def _tick(self):
        super()._tick()
        notice = self.hands.notice
        tell(behind=self._vitals.behind(self.monotonic()), said=notice.text if notice else "")

def engine():
    for seq in itertools.count(1):
        now = time.monotonic_ns()
        books = tuple(ladder(row, now_ns=now, shift=seq) for row in (1, 4, 7))
        store.publish(snapshot(seq, now_ns=now, ladders=books, positions=(), orders=(),
                               operator=OperatorState.ARMED))
        for command in queue.drain():
            tell(command=type(command).__name__, age=(now - command.key_ns) / 1e9)
        time.sleep(0.02)

threading.Thread(target=engine, daemon=True).start()
app = Watched(store, queue, clock=time.monotonic_ns, symbols=SYMBOLS,
              settings=ConsoleSettings(hz=50, first_run=False, disarm_on_blur=False))
tell(result=app.run(mouse=False))
"""


class Stalling:
    """A console whose screen is read only when the test says so; it tells what happens to it."""

    def __init__(self, folder: Path) -> None:
        self.far, near = pty.openpty()
        pipe = folder / "told"
        os.mkfifo(pipe)
        script = SCRIPT.format(root=str(TESTS.parent), tests=str(TESTS))
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, str(pipe)],
            stdin=near,
            stdout=near,
            stderr=near,
            env={**os.environ, **SIZE, "TERM": "xterm-256color"},
            start_new_session=True,
        )
        os.close(near)
        self._told = pipe.open(encoding="utf-8")
        self.reads = True

    def press(self, key: bytes) -> None:
        os.write(self.far, key)

    def news(self) -> Iterator[dict]:
        """What the console tells, while its screen is read or left alone."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            wanted = [self._told, self.far] if self.reads else [self._told]
            ready, _, _ = select.select(wanted, [], [], 0.2)
            if self.far in ready:
                try:
                    os.read(self.far, 65_536)
                except OSError:
                    self.reads = False
            if self._told in ready and (line := self._told.readline()):
                yield json.loads(line)
        raise AssertionError("the console told nothing that was waited for")

    def wait(self, holds) -> dict:
        """The first news for which `holds` is true."""
        return next(one for one in self.news() if holds(one))


@contextmanager
def stalling(folder: Path) -> Iterator[Stalling]:
    it = Stalling(folder)
    try:
        yield it
    finally:
        it.process.kill()
        it.process.wait()
        os.close(it.far)


def test_a_stalled_screen_delays_no_exit_and_lets_nothing_in(tmp_path):
    with stalling(tmp_path) as console:
        console.wait(lambda one: one.get("behind") == 0)
        console.reads = False
        console.wait(lambda one: one.get("behind", 0) > 1.5)
        # Reducing keys are heard at once; what would add risk is refused with its reason.
        console.press(b"X")
        cancelled = console.wait(lambda one: one.get("command") == "CancelEntries")
        assert cancelled["age"] < 0.25
        console.press(b"b")
        console.wait(lambda one: "behind: nothing that adds risk" in one.get("said", ""))
        console.reads = True
        console.wait(lambda one: one.get("behind") == 0)
        console.press(b"s")
        staged = console.wait(lambda one: one.get("command") in ("Stage", "DropStage"))
        assert staged["command"] == "Stage"
        console.press(b"q")
        assert console.wait(lambda one: "result" in one)["result"] == "quit"
