"""The console on a headless terminal with hand-fed snapshots and hand-dated keys."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from console_snapshots import NOON, SYMBOLS, history, snapshot
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.strip import Strip

from tui_scalper.app import ScalperApp
from tui_scalper.console_settings import ConsoleSettings
from tui_scalper.core.commands import Command, Watch
from tui_scalper.core.snapshot import Snapshot
from tui_scalper.hands import Outside
from tui_scalper.runtime.store import CommandQueue, SnapshotStore
from tui_scalper.widgets.lines import Line
from tui_scalper.widgets.palette import load_palette, packaged_themes

HAND = 0.2
"""Seconds between two keys of an unhurried hand."""


def plain(line: Line) -> str:
    """A line without its roles."""
    return "".join(word for word, _ in line)


class Rig:
    """The app, its store and queue, and a clock that moves only when a key is pressed."""

    def __init__(self, first: Snapshot, capacity: int, settings: ConsoleSettings) -> None:
        self.store = SnapshotStore()
        self.store.publish(first)
        self.queue = CommandQueue(capacity)
        self.seconds = 1_000.0
        self.now_ns = NOON
        self.app = ScalperApp(
            self.store,
            self.queue,
            clock=lambda: self.now_ns,
            symbols=SYMBOLS,
            settings=settings,
            monotonic=lambda: self.seconds,
            spent=lambda: 0.0,
        )
        self.pilot: Pilot[Any]
        self.backlog = 0
        """Writes the terminal has not taken."""
        self.app._backlog = lambda: self.backlog

    async def press(self, *keys: str, gap: float = HAND, late: float = 0.0) -> None:
        """Press `keys`, `gap` seconds apart, each handled `late` seconds after it was read."""
        for key in keys:
            self.seconds += gap
            character = key if len(key) == 1 else " " if key == "space" else None
            name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
            event = events.Key(name, character)
            event.time = self.seconds - late
            self.app.post_message(event)
            await self.pilot.pause()

    def begin(self, view: Snapshot) -> None:
        """Show `view` to an operator who looks at it for the first time, asked nothing."""
        hands = self.app.hands
        hands.gaze.__init__(hands.gaze.symbols)
        hands.grip.asking = hands.grip.notice = None
        hands.help_open = False
        hands._entries._sent_stage = -1
        self.app._painter._arranged = ()
        self.seconds += 10
        for past in history():
            hands.gaze.memory.see(past)
        self.store.publish(view)
        self.app.frame()
        self.commands()

    async def show(self, view: Snapshot) -> None:
        """Publish `view` and draw it."""
        self.store.publish(view)
        self.app.frame()
        await self.pilot.pause()

    async def resize(self, width: int, height: int) -> None:
        """Change the terminal and wait until the console stands in its new size."""
        await self.pilot.resize_terminal(width, height)
        for _ in range(100):
            self.app.frame()
            await self.pilot.pause()
            if self.app.size == (width, height) and len(self.text().splitlines()) == height:
                return
        raise AssertionError(f"the console never became {width}x{height}: {self.app.size}")

    def commands(self) -> list[Command]:
        """What was put on the queue since the last look, without the talk about sizes."""
        return [one for one in self.queue.drain() if not isinstance(one, Watch)]

    def text(self) -> str:
        """The screen as text."""
        return "\n".join(strip.text.rstrip() for strip in self.strips()) + "\n"

    def strips(self) -> list[Strip]:
        """The screen as styled lines."""
        return self.app.screen._compositor.render_strips()

    def wear(self, theme: str) -> None:
        """Draw in another of the packaged themes."""
        self.app._wear(load_palette([packaged_themes()], theme))
        for panel in self.app._painter.panels:
            panel.recolor(self.app.palette)

    def line(self, at: int) -> str:
        """One line of the screen."""
        return self.text().splitlines()[at]


@asynccontextmanager
async def console(
    first: Snapshot | None = None,
    *,
    size: tuple[int, int] = (120, 36),
    capacity: int = 256,
    **settings: Any,
) -> AsyncIterator[Rig]:
    """A running console of `size` cells that shows `first`."""
    nowhere = Path(os.devnull) / "written-nowhere"
    quiet = {"first_run": False, "outside_tmux": Outside.ALLOW}
    chosen = ConsoleSettings(**{"screenshots": nowhere, "exports": nowhere, **quiet, **settings})
    rig = Rig(first if first is not None else snapshot(), capacity, chosen)
    async with rig.app.run_test(size=size) as rig.pilot:
        await rig.pilot.pause()
        rig.app._tick()
        await rig.pilot.pause()
        rig.commands()
        yield rig
