"""The worker thread: one asyncio loop that owns the feed, the engine and the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import Protocol

from tui_scalper.brokers.port import Feed, Gateway
from tui_scalper.core.instruments import Universe
from tui_scalper.runtime.loop import EngineLoop
from tui_scalper.runtime.store import CommandQueue

RESTART_S = 1.0
"""Wait before a task that broke runs again."""
CLOSE_S = 10.0
"""Longest a stop may take."""


class Session(Protocol):
    """One connected run, assembled on the worker's loop."""

    loop: EngineLoop
    feed: Feed
    gateway: Gateway

    async def close(self) -> None:
        """Flush and close what the session opened."""


class Worker:
    """Runs a session on a thread of its own.

    `assemble` connects and builds the session; what it raises is raised again by `start`.
    """

    def __init__(self, assemble: Callable[[], Awaitable[Session]], commands: CommandQueue) -> None:
        self._assemble = assemble
        self._commands = commands
        self._thread = threading.Thread(target=self._main, name="engine", daemon=True)
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self.session: Session | None = None

    def start(self, timeout: float) -> Universe:
        """Start the thread and wait until it is connected; returns the universe.

        Raises TimeoutError, or whatever connecting raised.
        """
        self._thread.start()
        if not self._ready.wait(timeout):
            self.stop()
            raise TimeoutError(f"the broker did not answer within {timeout:g} s")
        if self._error is not None:
            raise self._error
        assert self.session is not None
        return self.session.loop.engine.universe

    @property
    def error(self) -> BaseException | None:
        """What ended the thread, None while it runs or after it was stopped."""
        return self._error

    def stop(self) -> None:
        """End the session in order and join the thread; nothing happens when none runs."""
        self._stopping.set()
        if self._thread.ident is None:
            return
        loop, task = self._loop, self._task
        if loop is not None and task is not None:
            # A loop that closed just now needs no word any more.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(task.cancel)
        self._thread.join(CLOSE_S)

    def _main(self) -> None:
        try:
            asyncio.run(self._run())
        except asyncio.CancelledError:
            # Stopped while it was still connecting: nobody waits for a result.
            pass
        except Exception as error:  # noqa: BLE001 - handed to the thread that asks
            self._error = error
        finally:
            self._ready.set()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        if self._stopping.is_set():
            return
        session = await self._assemble()
        self.session = session
        loop = self._loop
        self._commands.on_put = lambda: loop.call_soon_threadsafe(session.loop.wake)
        self._ready.set()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep(session, "feed", session.feed.run))
                group.create_task(self._keep(session, "loop", session.loop.run))
        except asyncio.CancelledError:
            pass
        finally:
            self._commands.on_put = None
            session.loop.take_commands()
            await session.gateway.close()
            await session.close()

    @staticmethod
    async def _keep(session: Session, what: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run `run` again a moment after it broke: a bug in the feed must not end the engine."""
        while True:
            try:
                await run()
            except Exception as error:  # noqa: BLE001 - said, journalled, and gone on
                session.loop.carrier.broke(what, error)
            await asyncio.sleep(RESTART_S)
