"""A whole run over real sockets for tests: engine thread, embedded exchange, both on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tui_scalper.assembly import Run
from tui_scalper.core.commands import Command
from tui_scalper.core.events import Link
from tui_scalper.core.snapshot import Snapshot
from tui_scalper.exchange.machine import Exchange
from tui_scalper.plans import Plan, plan_for
from tui_scalper.runtime.store import SnapshotStore
from tui_scalper.settings import load_settings

PATIENCE_S = 20.0


class WatchedStore(SnapshotStore):
    """A store that tells waiting tests about every picture."""

    def __init__(self) -> None:
        super().__init__()
        self._news = threading.Condition()

    def publish(self, snapshot: Snapshot) -> None:
        super().publish(snapshot)
        with self._news:
            self._news.notify_all()

    def wait(self, holds: Callable[[Snapshot], object], what: str) -> Snapshot:
        """The first picture of which `holds` is true; fails the test after a while."""
        with self._news:
            done = self._news.wait_for(lambda: self._holding(holds), PATIENCE_S)
        latest = self.latest()
        if not done or latest is None:
            lines = [line.text for line in latest.log] if latest else []
            raise AssertionError(f"never happened: {what}; log: {lines}")
        return latest

    def _holding(self, holds: Callable[[Snapshot], object]) -> bool:
        latest = self.latest()
        return latest is not None and bool(holds(latest))


class LiveRun:
    """A started run and what tests do with it."""

    def __init__(self, run: Run, store: WatchedStore) -> None:
        self.run = run
        self.store = store

    @property
    def exchange(self) -> Exchange:
        assert self.run.plan.exchange is not None
        return self.run.plan.exchange.exchange

    def give(self, kind: type[Command], **fields: object) -> None:
        """Press a key now."""
        assert self.run.commands.put(kind(key_ns=self.run.plan.clock.now(), **fields))

    def wait(self, holds: Callable[[Snapshot], object], what: str) -> Snapshot:
        return self.store.wait(holds, what)


@contextmanager
def live_run(
    state: Path, change: Callable[[Plan], Plan] = lambda plan: plan, **settings: str
) -> Iterator[LiveRun]:
    """A run on the embedded exchange, live and funded; stopped at the end whatever happens.

    `settings` are dotted keys with ``__`` for the dot; `change` has the last word on the plan.
    """
    overrides = {key.replace("__", "."): value for key, value in settings.items()}
    overrides.setdefault("sim.instruments", "8")
    overrides["state_dir"] = str(state)
    plan = change(plan_for(load_settings(overrides=overrides, environment={})))
    run = Run(plan, state)
    store = WatchedStore()
    run.store = store
    run.start()
    try:
        live = LiveRun(run, store)
        live.wait(lambda s: s.link is Link.LIVE and s.tally.capital > 0, "live and funded")
        yield live
    finally:
        run.stop()
