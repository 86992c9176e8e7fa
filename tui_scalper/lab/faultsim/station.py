"""The engine's process: what it journals on a disk that may fail, how it ends and begins."""

from __future__ import annotations

from typing import Final, TypeGuard

import msgspec

from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.engine import Engine
from tui_scalper.core.instruments import Universe
from tui_scalper.core.journalled import Body, Record, RunStarted
from tui_scalper.core.orders import Purpose
from tui_scalper.core.trading_table import TradingInput

NOT_JOURNALLED: Final = (ev.Ticks, ev.ClockTicked, ev.FaultsSeen)
NOBODY: Final = -1


class Station:
    """Runs one engine after the other over one journal.

    Follows the rules of runtime.loop: an event is journalled before the engine takes it, an
    effect before it is carried out; what cannot be written is done only when it reduces risk.
    Times called `now_ns` are the world's, those of events the engine's.
    """

    def __init__(self, config: EngineConfig, universe: Universe) -> None:
        self._config = config
        self._universe = universe
        self._records: list[Record] = []
        self._written_ns: list[int] = []
        """When each record was written, by the world's clock."""
        self._last_record = NOBODY
        """The process dies when the journal has so many records."""
        self._dies_unsent = False
        self._latched = False
        self._runs = 0
        self.up = False
        self.full = False
        """The journal takes no more records."""
        self.kept_until_ns = -1
        """From when on records do not reach the disk; negative while they do."""

    def start(self, at_ns: int, now_ns: int) -> Engine:
        """A new process takes the journal over; `at_ns` is what its clock shows."""
        self._runs += 1
        run_id = f"F{self._runs:02}"
        config = msgspec.structs.replace(self._config, run_id=run_id)
        self.engine = Engine(config, self._universe)
        self.engine.begin(tuple(self._records), at_ns, latched=self._latched)
        self.up, self.full, self.kept_until_ns = True, False, -1
        self._last_record = NOBODY
        self._write(RunStarted(mode="SIM", run_id=run_id), at_ns, now_ns)
        return self.engine

    def end(self, forget_from_ns: int) -> None:
        """The process is gone, and with it every record written after `forget_from_ns`."""
        self.up = False
        while len(self._written_ns) > 1 and self._written_ns[-1] > forget_from_ns:
            self._records.pop()
            self._written_ns.pop()

    def doom(self, records: int) -> None:
        """Let the process die with one of its next records; see `FaultKind.KILL`."""
        self._last_record = len(self._records) + abs(records)
        self._dies_unsent = records < 0

    @property
    def doomed(self) -> bool:
        """Whether the process has written its last record."""
        return 0 <= self._last_record <= len(self._records)

    def lose_disk(self) -> None:
        """The journal takes nothing any more, and the engine is told."""
        self.full = True
        self.engine.halt(TradingInput.JOURNAL_LOST)

    def receive(self, event: ev.Event, now_ns: int) -> tuple[ef.Effect, ...]:
        """Give the engine an event; returns what must be carried out now, in order."""
        if not isinstance(event, NOT_JOURNALLED):
            self._write(event, event.at_ns, now_ns)  # type: ignore[arg-type]
            if self._dies_now():
                return ()
        effects = self.engine.receive(event)
        written = [self._write(effect, event.at_ns, now_ns) for effect in effects]  # type: ignore[arg-type]
        if self._dies_now():
            return ()
        leave = tuple(
            effect
            for effect, kept in zip(effects, written, strict=True)
            if kept or not _is_entry(effect)
        )
        for effect in effects:
            if isinstance(effect, ef.SetLatch):
                self._latched = effect.killed
            elif effect not in leave and _is_entry(effect):
                leave += self._not_sent(effect, event.at_ns, now_ns)
        return leave

    def _dies_now(self) -> bool:
        return self.doomed and self._dies_unsent

    def _not_sent(self, entry: ef.PlaceOrder, at_ns: int, now_ns: int) -> tuple[ef.Effect, ...]:
        text = "not sent: it could not be journalled"
        return self.receive(ev.PlaceRefused(at_ns=at_ns, tag=entry.tag, text=text), now_ns)

    def _write(self, body: Body, at_ns: int, now_ns: int) -> bool:
        if self.full:
            self.engine.halt(TradingInput.JOURNAL_LOST)
            return False
        self._records.append(Record(seq=len(self._records), at_ns=at_ns, body=body))
        self._written_ns.append(now_ns)
        return True


def _is_entry(effect: ef.Effect) -> TypeGuard[ef.PlaceOrder]:
    return isinstance(effect, ef.PlaceOrder) and effect.purpose is Purpose.ENTRY
