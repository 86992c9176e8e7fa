"""One run out of a journal, and where a rerun of it parts from it.

Compared are what the engine wanted and when, what each order was decided on, with the whole
row of readings, the life of every signal, and the counts of updates, frames and signals: all
that follows from the market and from what happened, and nothing that follows from when a
screen looked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple

import msgspec

from tui_scalper.core.commands import Kill
from tui_scalper.core.decisions import Decided, Steered
from tui_scalper.core.effects import Effect
from tui_scalper.core.events import Commanded
from tui_scalper.core.journalled import Body, Note, Record, RunStarted
from tui_scalper.core.scribe import Counted, Stood
from tui_scalper.core.signal_life import SignalLife
from tui_scalper.core.snapshot import OperatorState
from tui_scalper.lab.rerun import Rerun

STOPPED: Final = Note(text="stop")
WANTED: Final = Effect | Decided | Steered


class RecordedRun(NamedTuple):
    """The records of one run, and those before it in the same journal."""

    started: RunStarted
    before: Sequence[Record]
    records: Sequence[Record]
    """From its beginning on."""

    @property
    def ended(self) -> bool:
        """Whether it was ended in order: everything it had to write was written."""
        return self.records[-1].body == STOPPED

    @property
    def latched(self) -> bool:
        """Whether it began with the kill latch set."""
        for record in self.records:
            if isinstance(record.body, Stood):
                return record.body.operator is OperatorState.KILLED
            if isinstance(record.body, Commanded) and isinstance(record.body.command, Kill):
                return False
        return False

    @property
    def updates(self) -> int:
        """How many it counted last; 0 where it was ended before it counted."""
        counts = [one.body for one in self.records if isinstance(one.body, Counted)]
        return counts[-1].updates if counts else 0


def run_at(records: Sequence[Record], at_ns: int) -> RecordedRun | None:
    """The run of a journal that was under way at `at_ns`; None when none was."""
    starts = [place for place, one in enumerate(records) if isinstance(one.body, RunStarted)]
    for start, end in zip(starts, [*starts[1:], len(records)], strict=True):
        if records[start].at_ns <= at_ns <= records[end - 1].at_ns:
            started = records[start].body
            assert isinstance(started, RunStarted)
            return RecordedRun(started, records[:start], records[start:end])
    return None


class Difference(NamedTuple):
    """The first thing that is not the same; None on the side that has nothing there."""

    number: int
    """Of the journal's record; of its last where the rerun goes on behind it."""
    journal: Body | None
    rerun: Body | None


def first_difference(run: RecordedRun, rerun: Rerun, last_ns: int) -> Difference | None:
    """Where `rerun` parts from `run`, by the order of the journal; None: it does not.

    A run that was killed is compared as far as both go, its tape up to `last_ns`: nobody wrote
    what it did last.
    """
    kept = [one for one in run.records if run.ended or one.at_ns <= last_ns]
    wanted = [one for one in kept if isinstance(one.body, WANTED)]
    lives = [one for one in kept if isinstance(one.body, SignalLife)]
    pairs = [(wanted, rerun.wanted), (lives, _records(rerun.lives))]
    if not run.ended:
        pairs = [(then, now[: len(then)]) for then, now in pairs]
    else:
        counts = [one for one in kept if isinstance(one.body, Counted)]
        pairs.append((counts[-1:], _records([rerun.counts])))
    partings = [_parting(then, now, kept[-1].seq) for then, now in pairs]
    return min((one for one in partings if one), key=lambda one: one.number, default=None)


def _records(bodies: Iterable[Body]) -> list[Record]:
    return [Record(seq=-1, at_ns=0, body=body) for body in bodies]


def _parting(then: Sequence[Record], now: Sequence[Record], last: int) -> Difference | None:
    """The first of `then` that `now` has not, or has more than; `last` is the journal's last."""
    for before, after in zip_longest(then, now):
        if before is None:
            return Difference(last, None, after.body)
        if after is None:
            return Difference(before.seq, before.body, None)
        if _bytes(before) != _bytes(after):
            return Difference(before.seq, before.body, after.body)
    return None


def _bytes(record: Record) -> bytes:
    """What of a record must be the same: all but its number, the time of what was written
    when nothing waited, and counts that a picture was taken for."""
    body = record.body
    if isinstance(body, Counted):
        body = Counted(updates=body.updates, frames=body.frames, signals=body.signals)
    at_ns = record.at_ns if isinstance(body, Effect) else 0
    return msgspec.json.encode(Record(seq=0, at_ns=at_ns, body=body))
