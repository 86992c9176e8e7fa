"""The console on a real pseudo-terminal whose far end stops reading, as a stalled link does."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import msgspec

TESTS = Path(__file__).parent
SIZE = {"COLUMNS": "120", "LINES": "36"}
SCRIPT = """
import itertools, json, sys, threading, time
sys.path[:0] = [{root!r}, {tests!r}]
from console_snapshots import SYMBOLS, ladder, snapshot
from tui_scalper.app import ConsoleSettings, ScalperApp
from tui_scalper.core.commands import Stage
from tui_scalper.core.snapshot import OperatorState
from tui_scalper.runtime.store import CommandQueue, SnapshotStore

store, queue, seen = SnapshotStore(), CommandQueue(), []

def engine():
    for seq in itertools.count(1):
        now = time.monotonic_ns()
        books = tuple(ladder(row, now_ns=now, shift=seq) for row in (1, 4, 7))
        store.publish(snapshot(seq, now_ns=now, ladders=books, positions=(), orders=(),
                               operator=OperatorState.ARMED))
        for command in queue.drain():
            if isinstance(command, Stage):
                seen.append((now - command.key_ns) / 1e9)
        time.sleep(0.02)

threading.Thread(target=engine, daemon=True).start()
app = ScalperApp(store, queue, clock=time.monotonic_ns, symbols=SYMBOLS,
                 settings=ConsoleSettings(hz=50, first_run=False))
result = app.run(mouse=False)
open(sys.argv[1], "w").write(json.dumps({{"ages": seen, "result": result}}))
"""


def read_until(far: int, words: bytes, seconds: float) -> bytes:
    """Read the screen until `words` came by; fails when they do not."""
    until, got = time.monotonic() + seconds, b""
    while words not in got:
        assert time.monotonic() < until, f"{words!r} never came; the end was {got[-400:]!r}"
        if select.select([far], [], [], 0.2)[0]:
            got += os.read(far, 65_536)
    return got


def drain_until_exit(far: int, process: subprocess.Popen[bytes], seconds: float) -> None:
    """Read on until the console has ended."""
    until = time.monotonic() + seconds
    while process.poll() is None:
        assert time.monotonic() < until, "the console did not end"
        if select.select([far], [], [], 0.1)[0]:
            # The last reader of a pseudo-terminal sees an error, not an end of file.
            with contextlib.suppress(OSError):
                os.read(far, 65_536)


def test_a_key_typed_during_a_stall_arrives_with_its_true_age(tmp_path):
    far, near = pty.openpty()
    answer = tmp_path / "answer.json"
    script = SCRIPT.format(root=str(TESTS.parent), tests=str(TESTS))
    environment = {**os.environ, **SIZE, "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(answer)],
        stdin=near,
        stdout=near,
        stderr=near,
        env=environment,
        start_new_session=True,
    )
    os.close(near)
    try:
        read_until(far, b"READY", 30)
        # Nobody reads: the output backs up and the screen's loop stands still.
        time.sleep(3)
        os.write(far, b"b")
        time.sleep(2)
        read_until(far, b"INFY", 10)
        time.sleep(0.3)
        os.write(far, b"s")
        read_until(far, b"INFY", 10)
        os.write(far, b"q")
        drain_until_exit(far, process, 20)
    finally:
        process.kill()
        process.wait()
        os.close(far)
    told = msgspec.json.decode(answer.read_bytes())
    assert told["result"] == "quit"
    stalled, fresh = told["ages"]
    assert stalled > 1.0, "the key's age was lost in the stall"
    assert fresh < stalled
