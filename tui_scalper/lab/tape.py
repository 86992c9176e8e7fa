"""Reading tapes: a universe, its updates in frames, and what the feed said between them.

Updates with the same `received_ns` that no news parts arrived together and are one frame; a
batch never splits one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tui_scalper.core import columns as c
from tui_scalper.core.events import FeedNews
from tui_scalper.core.instruments import Universe
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells, MarketTable
from tui_scalper.core.units import FOREVER
from tui_scalper.lab import layout
from tui_scalper.lab.layout import Ints, Span, TapeError, TapeMeta
from tui_scalper.lab.news import events_in

__all__ = ["Batch", "Tape", "TapeError", "TapePlayer"]


@dataclass(frozen=True)
class Batch:
    """Updates in the order of receipt, whole frames only, behind what the feed said before.

    Where news is all there is, there is no update.
    """

    rows: Ints
    """int64[k]: the instrument of each update; one may stand twice, the later counts."""
    cells: Ints
    """int64[k, MARKET_END], C-contiguous, laid out as the market table; UPDATES is 0."""
    received_ns: Ints
    """int64[k], never falling."""
    news: tuple[FeedNews, ...] = ()
    """What the feed said before the first of them, in order; its receipts do not fall either."""

    @property
    def last_ns(self) -> int:
        """Receipt of the last update, or of the news where there is none."""
        return int(self.received_ns[-1]) if len(self.rows) else self.news[-1].at_ns


class Tape:
    """One tape on disk. Opening reads its metadata only."""

    def __init__(
        self, path: Path, footer: pq.FileMetaData, meta: TapeMeta, universe: Universe
    ) -> None:
        self.path = path
        self.meta = meta
        self.universe = universe
        self.updates = sum(span.updates for span in meta.spans)
        self._footer = footer
        self.first_ns = meta.spans[0].first_ns if meta.spans else 0
        """First receipt, 0 on an empty tape."""
        self.last_ns = meta.spans[-1].last_ns if meta.spans else 0

    @classmethod
    def open(cls, path: Path | str) -> Tape:
        """The tape at `path`. Raises TapeError when it is missing, foreign or damaged."""
        path = Path(path)
        _refuse_unfinished(path)
        try:
            with pq.ParquetFile(path) as file:
                footer, schema = file.metadata, file.schema_arrow
        # Damaged names are a ValueError.
        except (OSError, pa.ArrowException, ValueError) as error:
            raise TapeError(
                f"{path}: not a readable tape ({_first_line(error)}): cut off, or something else; "
                "copy or record it again, or make one of a market recording with `scalper-tui "
                "import`"
            ) from error
        meta = layout.decode_meta(footer.metadata, path)
        if not schema.equals(layout.SCHEMA):
            raise TapeError(f"{path}: columns are not those of a tape; import the recording again")
        universe = layout.universe_of(meta, path)
        if footer.num_row_groups != len(meta.spans):
            raise TapeError(f"{path}: parts are missing; import the recording again")
        return cls(path, footer, meta, universe)

    def batches(self, start_ns: int | None = None) -> Iterator[Batch]:
        """All that was received at or after `start_ns`, at most about 65,536 updates at a time.

        Only the memory of one part of the file is held here. Raises TapeError on damage.
        """
        symbols = pa.array([one.symbol for one in self.universe], pa.string())
        for group, span in enumerate(self.meta.spans):
            if start_ns is not None and span.last_ns < start_ns:
                continue
            rows, cells, held = self._read(group, symbols)
            received_ns = np.ascontiguousarray(cells[:, c.RECEIVED_NS])
            if held != span or np.any(np.diff(received_ns) < 0):
                raise self._damaged(group, "not the updates it should hold")
            start = 0 if start_ns is None else int(np.searchsorted(received_ns, start_ns))
            some = Batch(rows[start:], cells[start:], received_ns[start:])
            try:
                parts = _parted(some) if span.news else [some]
            except ValueError as error:
                raise self._damaged(group, str(error)) from error
            yield from parts

    def _read(self, group: int, symbols: pa.Array) -> tuple[Ints, Ints, Span]:
        try:
            with pq.ParquetFile(
                self.path, metadata=self._footer, page_checksum_verification=True
            ) as file:
                table = file.read_row_group(group)
            lines = _whole(table)
            return *layout.to_cells(symbols, lines), layout.span_of(lines)
        except (OSError, pa.ArrowException, ValueError, IndexError) as error:
            raise self._damaged(group, _first_line(error)) from error

    def _damaged(self, group: int, why: str) -> TapeError:
        source = self.meta.source or "its recording"
        part = f"part {group + 1} of {len(self.meta.spans)}"
        return TapeError(f"{self.path}: {part} is damaged ({why}); import {source} again")


def _refuse_unfinished(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except FileNotFoundError as error:
        raise TapeError(f"{path}: no such tape; {_where_it_is(path)}") from error
    except OSError as error:
        raise TapeError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    if start == layout.PART_MAGIC:
        raise TapeError(_finish(path))


def _where_it_is(path: Path) -> str:
    part = layout.part_of(path)
    return _finish(part) if part.exists() else "check the path or import a recording"


def _finish(part: Path) -> str:
    return f"{part} is a recording never closed; `scalper-tui import {part} -o TAPE` finishes it"


def _whole(table: pa.Table) -> pa.RecordBatch:
    batches = table.to_batches()
    return batches[0] if len(batches) == 1 else table.combine_chunks().to_batches()[0]


def _parted(lines: Batch) -> list[Batch]:
    """Lines of a tape, each run of updates with the news before it.

    Raises ValueError for news that is none.
    """
    told = layout.is_news(lines.cells)
    parts: list[Batch] = []
    news: tuple[FeedNews, ...] = ()
    for start, end in pairwise([0, *np.flatnonzero(np.diff(told)) + 1, len(told)]):
        rows, cells = lines.rows[start:end], lines.cells[start:end]
        if told[start]:
            news = tuple(events_in(rows, cells))
        else:
            parts.append(Batch(rows, cells, lines.received_ns[start:end], news))
            news = ()
    if news:
        parts.append(Batch(lines.rows[:0], lines.cells[:0], lines.received_ns[:0], news))
    return parts


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".") or type(error).__name__


@kernel
def _apply(
    cells: Ints, changed: Ints, stamps: Ints, stamp: int, count: int, rows: Ints, updates: Ints
) -> int:
    """Write `updates` into `cells`; append each new row to `changed`; return its length."""
    for i in range(len(rows)):
        row = rows[i]
        seen = cells[row, c.UPDATES]
        for column in range(c.MARKET_END):
            cells[row, column] = updates[i, column]
        cells[row, c.UPDATES] = seen + 1
        if stamps[row] != stamp:
            stamps[row] = stamp
            changed[count] = row
            count += 1
    return count


class TapePlayer:
    """Plays a tape into a market table at the pace of its caller's clock.

    `cells` int64[n, COLUMNS] is the state after everything played so far; UPDATES counts
    the updates of each row. A book the recorder lost stands as it was shown last: the market
    went on, and what it did the tape does not know.
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.cells: Cells = MarketTable(tape.universe).cells
        self._changed = np.zeros(len(tape.universe), dtype=np.int64)
        self._stamps = np.zeros(len(tape.universe), dtype=np.int64)
        self._stamp = 0
        self._at = 0
        self._rewind()

    @property
    def next_ns(self) -> int:
        """Receipt of the next update to play, FOREVER when none is left."""
        return FOREVER if self._batch is None else int(self._batch.received_ns[self._at])

    @property
    def done(self) -> bool:
        """Whether everything was played."""
        return self._batch is None

    def advance(self, now_ns: int) -> Ints:
        """Apply every update received up to and including `now_ns`.

        Returns the rows that changed, each once, in the order of their first change.
        Raises TapeError on damage.
        """
        self._stamp += 1
        count = 0
        while self._batch is not None and self.next_ns <= now_ns:
            batch, start = self._batch, self._at
            stop = int(np.searchsorted(batch.received_ns, now_ns, side="right"))
            count = _apply(
                self.cells,
                self._changed,
                self._stamps,
                self._stamp,
                count,
                batch.rows[start:stop],
                batch.cells[start:stop],
            )
            self._at = stop
            self._played_ns = int(batch.received_ns[stop - 1])
            if stop == len(batch.rows):
                self._load()
        return self._changed[:count].copy()

    def seek(self, at_ns: int) -> None:
        """Bring `cells` to where `advance(at_ns)` from the beginning leaves them.

        Going back plays the tape from its start: any row may have changed.
        """
        if self._played_ns > at_ns:
            self.cells[:, : c.MARKET_END] = 0
            self._rewind()
        self.advance(at_ns)

    def _rewind(self) -> None:
        self._played_ns = -FOREVER
        self._batches = self.tape.batches()
        self._load()

    def _load(self) -> None:
        updates = (batch for batch in self._batches if len(batch.rows))
        self._batch: Batch | None = next(updates, None)
        self._at = 0
