"""A live run once more, without sockets: its tape and its journal through an engine.

The tape has what the feed said and when it was received, the journal everything else that
happened, and what the engine wanted. Received times are part of both, so the same engine
must come to the same readings, signals and orders, to the byte. Of the clock only those
looks are on record that led to something: an effect at a moment at which nothing else
happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core import events as ev
from tui_scalper.core.decisions import Decided, Steered, decision
from tui_scalper.core.effects import Effect
from tui_scalper.core.engine import Engine
from tui_scalper.core.journalled import Record
from tui_scalper.core.kernels import SIGNALS
from tui_scalper.core.scribe import Counted
from tui_scalper.core.signal_life import SignalLife, take_lives, take_the_rest
from tui_scalper.lab.tape import Batch, Tape

Happening = tuple[int, ev.Event | Batch | None]
"""When, and what: an event, a frame, or nothing but an effect."""


class Rerun:
    """What an engine makes of a tape and the records of the run that recorded it."""

    def __init__(self, engine: Engine, tape: Tape, records: Sequence[Record]) -> None:
        self.engine = engine
        self.wanted: list[Record] = []
        """Its effects and what each was decided on, in order."""
        self.lives: list[SignalLife] = []
        """Of its signals, in the order in which they were done."""
        for at_ns, what in _in_order(frames(tape), happenings(records)):
            if isinstance(what, Batch):
                self._frame(at_ns, what)
            elif what is not None:
                self._receive(what)
            elif at_ns >= engine.wake_ns:
                self._receive(ev.ClockTicked(at_ns=at_ns))
        self.lives += take_the_rest(engine.table.market, engine.universe)

    @property
    def counts(self) -> Counted:
        """What of the counts of a run follows from its tape."""
        engine = self.engine
        signals = int(engine.counters[SIGNALS])
        return Counted(updates=engine.updates, frames=engine.frames, signals=signals)

    def _frame(self, at_ns: int, frame: Batch) -> None:
        cells = self.engine.table.cells
        updates = cells[frame.rows, c.UPDATES] + 1
        cells[frame.rows, : c.MARKET_END] = frame.cells
        cells[frame.rows, c.UPDATES] = updates
        self._receive(ev.Ticks(at_ns=at_ns, rows=frame.rows))
        self.lives += take_lives(self.engine.table.market, self.engine.universe)

    def _receive(self, event: ev.Event) -> None:
        engine = self.engine
        effects = engine.receive(event)
        self._want(event.at_ns, effects)
        for effect in effects:
            found = decision(engine.desk, engine.table.cells, engine.proposer.entered, effect)
            if found is not None:
                self._want(event.at_ns, (found,))

    def _want(self, at_ns: int, bodies: Sequence[Effect | Decided | Steered]) -> None:
        for body in bodies:
            self.wanted.append(Record(seq=-1, at_ns=at_ns, body=body))  # type: ignore[arg-type]


def frames(tape: Tape) -> Iterator[Happening]:
    """Each frame of a tape. Its news is in the journal as well, in order with all the rest."""
    for batch in tape.batches():
        if not len(batch.rows):
            continue
        starts = np.flatnonzero(np.diff(batch.received_ns, prepend=-1))
        for start, end in zip(starts, [*starts[1:], len(batch.rows)], strict=True):
            one = slice(start, end)
            frame = Batch(batch.rows[one], batch.cells[one], batch.received_ns[one])
            yield int(batch.received_ns[start]), frame


def happenings(records: Sequence[Record]) -> Iterator[Happening]:
    """Everything but frames that a journal says, effects as moments of their own."""
    for record in records:
        if isinstance(record.body, ev.Event):
            yield record.body.at_ns, record.body
        elif isinstance(record.body, Effect):
            yield record.at_ns, None


def _in_order(tape: Iterator[Happening], journal: Iterator[Happening]) -> Iterator[Happening]:
    """Both by time. Of one moment the frame is first: what it led to is in the journal."""
    frame, said = next(tape, None), next(journal, None)
    while frame is not None or said is not None:
        if said is None or (frame is not None and frame[0] <= said[0]):
            assert frame is not None
            yield frame
            frame = next(tape, None)
        else:
            yield said
            said = next(journal, None)
