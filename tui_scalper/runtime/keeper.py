"""Collects what only looking back needs, so that it is written when nothing waits for it."""

from __future__ import annotations

from tui_scalper.core.decisions import decision
from tui_scalper.core.effects import Effect
from tui_scalper.core.engine import Engine
from tui_scalper.core.journalled import Body
from tui_scalper.core.scribe import Scribe
from tui_scalper.core.signal_life import take_lives, take_the_rest
from tui_scalper.core.snapshot import Snapshot


class Keeper:
    """What orders were decided on, what was said and how things stood, until it is written."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._scribe = Scribe()
        self.waiting: list[Body] = []

    def remember(self, effects: tuple[Effect, ...]) -> None:
        """Keep what orders were decided on; nothing has moved since they left."""
        engine = self._engine
        for effect in effects:
            entered = engine.proposer.entered
            found = decision(engine.desk, engine.table.cells, entered, effect)
            if found is not None:
                self.waiting.append(found)

    def look(self, seen: Snapshot) -> None:
        """Keep what a picture shows that the one before did not."""
        self.waiting.extend(self._scribe.look(seen))
        self.waiting.extend(take_lives(self._engine.table.market, self._engine.universe))

    def finish(self, seen: Snapshot) -> None:
        """Keep the last picture and the counts of the whole run."""
        self.look(seen)
        engine = self._engine
        self.waiting.extend(take_the_rest(engine.table.market, engine.universe))
        self.waiting.append(self._scribe.counts)

    def taken(self) -> tuple[Body, ...]:
        """All of it, once."""
        bodies = tuple(self.waiting)
        self.waiting.clear()
        return bodies
