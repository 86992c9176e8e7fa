"""The console over a real run while the engine floods the log; it tells what it counts.

    python stormy_console.py STATE FIFO

Every tick of the screen tells, as a line of JSON, how far the screen is behind and how many lines
were said; the end tells which frames the exchange sent and the feed took, and what was kept.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import web

from tui_scalper.app import ScalperApp
from tui_scalper.assembly import Run
from tui_scalper.console_settings import ConsoleSettings
from tui_scalper.core.snapshot import Severity, Snapshot
from tui_scalper.plans import plan_for
from tui_scalper.settings import load_settings

FLOOD = 50
"""Lines said at once."""
A_SECOND = 10_000
PATIENCE_S = 20.0


class Counts:
    """What went through, and the most that ever waited."""

    def __init__(self) -> None:
        self.sent = 0
        self.lines = 0
        self.backlog = 0


async def flood(run: Run, counts: Counts) -> None:
    """Say ten thousand lines a second, no two alike, for as long as the engine runs."""
    engine = run.engine
    for number in count():
        engine.chronicle.say(engine.now_ns, Severity.INFO, f"line {number} of a flood")
        counts.lines = number
        if number % FLOOD == 0:
            await asyncio.sleep(FLOOD / A_SECOND)


def count_frames(counts: Counts) -> None:
    """Count the frames the exchange hands to its sockets."""
    send = web.WebSocketResponse.send_bytes

    async def counted(self: web.WebSocketResponse, data: bytes, *rest: Any) -> None:
        await send(self, data, *rest)
        counts.sent += 1

    web.WebSocketResponse.send_bytes = counted  # type: ignore[method-assign]


def settle(run: Run, counts: Counts) -> int:
    """Let the exchange fall silent; returns the frames the feed took of those it sent."""
    exchange, session = run.plan.exchange, run.worker.session
    assert exchange is not None and session is not None
    exchange.exchange.faults.silent_feed = True
    quiet = threading.Event()
    seen, until = -1, time.monotonic() + PATIENCE_S
    while (counts.sent, session.feed.frames) != (seen, seen) and time.monotonic() < until:
        seen = counts.sent
        quiet.wait(0.1)
    return int(session.feed.frames)


def main() -> None:
    """Run it."""
    settings = load_settings(overrides={"state_dir": sys.argv[1]}, environment={})
    told = Path(sys.argv[2]).open("a", buffering=1)  # noqa: SIM115 - open as long as the process
    counts = Counts()
    count_frames(counts)
    run = Run(plan_for(settings), settings.state)
    universe = run.start()
    run.wait_until_ready()
    loop = run.worker._loop
    assert loop is not None
    asyncio.run_coroutine_threadsafe(flood(run, counts), loop)

    class Telling(ScalperApp):
        def _tick(self) -> None:
            super()._tick()
            counts.backlog = max(counts.backlog, self._backlog())
            behind = self._vitals.behind(self.monotonic())
            print(json.dumps({"behind": behind, "lines": counts.lines}), file=told)

    app = Telling(
        run.store,
        run.commands,
        clock=run.clock.now,
        symbols=tuple(one.symbol for one in universe),
        settings=ConsoleSettings(first_run=False, disarm_on_blur=False),
    )
    app.run(mouse=False)
    try:
        end = {
            "taken": settle(run, counts),
            "sent": counts.sent,
            "backlog": counts.backlog,
            "said": len(run.engine.chronicle.lines),
            "shown": len(app.hands.gaze.book.lines),
            "commands": len(run.commands.drain()),
            "pictures": sum(isinstance(one, Snapshot) for one in gc.get_objects()),
        }
    finally:
        run.stop()
    print(json.dumps(end), file=told)


if __name__ == "__main__":
    main()
