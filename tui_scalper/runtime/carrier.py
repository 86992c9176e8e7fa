"""Carries out what the engine asks for: written down first, then done.

What breaks on the way is shown, counted and kept in the journal; it ends nothing but entries.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Final, TypeGuard

from tui_scalper.brokers.port import Gateway
from tui_scalper.core.effects import Effect, OnRecord, PlaceOrder, SetLatch
from tui_scalper.core.engine import Engine
from tui_scalper.core.events import Event
from tui_scalper.core.orders import Purpose
from tui_scalper.core.snapshot import Severity, Snapshot, TradingState
from tui_scalper.core.trading_table import TradingInput
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.keeper import Keeper
from tui_scalper.runtime.latch import KillLatch

LONGEST_WORDS: Final = 200
"""Characters of an error that the log repeats."""


class Carrier:
    """Between one engine and the world: its journal, its kill latch, its gateway."""

    def __init__(self, engine: Engine, journal: Journal | None, latch: KillLatch) -> None:
        self.gateway: Gateway | None = None
        self.errors = 0
        """Exceptions of ours: bugs, each shown, none of them fatal."""
        self._engine = engine
        self._journal = journal
        self._latch = latch
        self._keeper = Keeper(engine)

    @property
    def latched(self) -> bool:
        """Whether the kill latch is set, by whomever."""
        return self._latch.is_set()

    def note(self, event: Event) -> None:
        """Write down what the engine is about to hear."""
        self._journalled(lambda journal: journal.event(event))

    def keep(self, picture: Snapshot) -> None:
        """Keep, until it is written, what `picture` shows that the one before did not."""
        self._keeper.look(picture)

    def look_at_journal(self) -> None:
        """The disk may have failed meanwhile."""
        if self._journal is not None and self._journal.fault:
            self._journal_lost(self._journal.fault)

    def finish(self, picture: Snapshot) -> None:
        """Write the last picture, the counts of the run and whatever waits."""
        try:
            self._keeper.finish(picture)
        except Exception as error:  # noqa: BLE001 - the journal must be closed
            self.broke("last picture", error)
        self.write_beside()

    def carry_out(self, at_ns: int, effects: tuple[Effect, ...]) -> list[str]:
        """Journal, then do. What cannot be journalled is done only when it reduces risk.

        Returns the tags of entries that were not sent for that reason.
        """
        not_sent = []
        written = self._journalled(lambda journal: journal.effects(at_ns, effects))
        for effect in effects:
            if isinstance(effect, SetLatch):
                self._keep_latch(effect)
            elif isinstance(effect, OnRecord):
                continue  # the journal has it, which is all it asks
            elif written or not is_entry(effect):
                self._hand_over(effect)
            else:
                not_sent.append(effect.tag)
        self._remember(effects)
        return not_sent

    def _remember(self, effects: tuple[Effect, ...]) -> None:
        """Keep what they were decided on: the gateway answers later, so nothing moved since."""
        try:
            self._keeper.remember(effects)
        except Exception as error:  # noqa: BLE001 - an order is not held up to be explained
            self.broke("decisions", error)

    def write_beside(self) -> None:
        """Write what waits: after the orders left, before any news of them."""
        if self._keeper.waiting:
            bodies = self._keeper.taken()
            self._journalled(lambda journal: journal.beside(self._engine.now_ns, bodies))

    def _hand_over(self, effect: Effect) -> None:
        """Give `effect` to the gateway; what it chokes on is in doubt, not forgotten."""
        if self.gateway is None:
            return
        try:
            self.gateway.carry_out(effect)
        except Exception as error:  # noqa: BLE001 - the loop must outlive the gateway's bugs
            self.broke(type(effect).__name__, error)

    def _journalled(self, write: Callable[[Journal], None]) -> bool:
        """Let `write` use the journal; a failure halts trading. False when it failed."""
        if self._journal is None:
            return True
        try:
            write(self._journal)
        except Exception as error:  # noqa: BLE001 - whatever is wrong, it is not written
            self._journal_lost(f"{type(error).__name__}: {error}")
            return False
        return True

    def _journal_lost(self, text: str) -> None:
        if self._engine.trading is not TradingState.HALTED:
            self._engine.chronicle.say(self._engine.now_ns, Severity.ALARM, text)
        self._engine.halt(TradingInput.JOURNAL_LOST)

    def _keep_latch(self, effect: SetLatch) -> None:
        try:
            if effect.killed:
                self._latch.set()
            else:
                self._latch.release()
        except OSError as error:
            self._engine.chronicle.say(
                self._engine.now_ns,
                Severity.ALARM,
                f"the kill latch cannot be kept at {self._latch.path}: {error.strerror}",
            )

    def broke(self, what: str, error: Exception) -> None:
        """Something of ours broke on `what`: entries pause; after a few times they halt."""
        self.errors += 1
        engine = self._engine
        self._journalled(
            lambda journal: journal.note(engine.now_ns, "".join(traceback.format_exception(error)))
        )
        engine.chronicle.say(
            engine.now_ns,
            Severity.ALARM,
            f"internal error in {what} ({type(error).__name__}: {one_line(error)}); "
            "entries are paused",
        )
        engine.pause()
        if self.errors >= engine.config.risk.engine_errors:
            engine.halt(TradingInput.ENGINE_ERROR)


def one_line(error: Exception) -> str:
    """The error's own words on one line of bounded length."""
    return " ".join(str(error).split())[:LONGEST_WORDS]


def is_entry(effect: Effect) -> TypeGuard[PlaceOrder]:
    """Whether `effect` would send a new entry."""
    return isinstance(effect, PlaceOrder) and effect.purpose is Purpose.ENTRY
