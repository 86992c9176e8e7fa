"""Recording a live market: copies on the caller's thread, disk on a thread of its own.

While it runs, a recording is an Arrow IPC stream, ``<name>.part``: every batch in it is
whole by itself, so a file cut off anywhere is readable up to the last complete batch. A
Parquet file is not, it is nothing without its end. `close` turns the stream into a tape;
after a crash `finish_recording` does the same.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from tui_scalper.core import columns as c
from tui_scalper.core.events import FeedNews
from tui_scalper.core.instruments import Universe
from tui_scalper.core.market import Cells
from tui_scalper.core.units import NS
from tui_scalper.lab import layout
from tui_scalper.lab.finishing import finish_recording
from tui_scalper.lab.layout import Ints, TapeError, part_of
from tui_scalper.lab.news import NewsLine, cells_of, lines_of
from tui_scalper.lab.tape import Tape

BLOCK: Final = 8_192
"""Updates handed to the disk at once."""
BLOCKS: Final = 8
"""Blocks of memory in all; when none is free, updates are dropped and counted."""
PATIENCE_NS: Final = 5 * NS
"""A block is handed over when it spans this long, full or not."""

_ROW: Final = c.MARKET_END


@dataclass
class _Block:
    lines: Ints
    """Market cells, then the row."""
    used: int = 0


class Recorder:
    """Appends updates, and what else the feed said, to a recording.

    `append`, `tell`, `flush` and `close` belong to one thread. `stored` counts the lines handed
    to the operating system, `dropped` those lost to a slow or failed disk, `fault` says why
    it failed; all are safe to read any time.
    Raises TapeError when the place cannot be written or is taken.
    """

    def __init__(self, path: Path, universe: Universe, block: int = BLOCK) -> None:
        self.path = path
        self.stored = 0
        self.fault = ""
        self._refused = 0
        self._lost = 0
        self._part = part_of(path)
        self._symbols = pa.array([one.symbol for one in universe], pa.string())
        # A frame holds at most two updates a row, and news as many lines: both fit a block.
        size = max(block, 2 * len(universe))
        self._free: queue.SimpleQueue[_Block] = queue.SimpleQueue()
        for _ in range(BLOCKS):
            self._free.put(_Block(np.zeros((size, c.MARKET_END + 1), dtype=np.int64)))
        self._full: queue.SimpleQueue[_Block | None] = queue.SimpleQueue()
        self._block: _Block | None = None
        self._owed: dict[tuple[int, int], NewsLine] = {}
        """News there was no room for yet, by kind and row."""
        self._last_ns = 0
        self._stepped = 0
        self._closed = False
        layout.compile_writing()
        self._sink = _begin(path, self._part, universe)
        self._thread = threading.Thread(target=self._drain, name="recorder", daemon=True)
        self._thread.start()

    def append(self, rows: Ints, cells: Cells, received_ns: int) -> None:
        """Record one frame: copies `cells[rows]`, never waits.

        `cells` is the market table after the frame, `rows` what changed in it. A receipt
        earlier than the last one (the clock was set back) is moved up to it and counted.
        """
        received_ns = self._in_order(received_ns)
        lines = self._room(len(rows), received_ns) if self._told(received_ns) else None
        if lines is None:
            self._refused += len(rows)
            return
        lines[:, :_ROW] = cells[rows, : c.MARKET_END]
        lines[:, c.RECEIVED_NS] = received_ns
        lines[:, _ROW] = rows

    def tell(self, news: FeedNews) -> None:
        """Record `news` behind what was appended so far; never waits.

        A tape without it would be of another market, so it is never dropped: where every block
        waits for the disk it is recorded before the next frame there is room for.
        """
        self._owed |= {(line.kind, line.row): line for line in lines_of(news)}
        self._told(self._in_order(news.at_ns))

    def _in_order(self, received_ns: int) -> int:
        """`received_ns`, or the last receipt where that is later."""
        self._stepped += received_ns < self._last_ns
        self._last_ns = max(received_ns, self._last_ns)
        return self._last_ns

    def _told(self, received_ns: int) -> bool:
        """Write the news that is owed; whether none is left."""
        if not self._owed:
            return True
        lines = self._room(len(self._owed), received_ns)
        if lines is None:
            return False
        owed = sorted(self._owed.values())
        lines[:, :_ROW] = cells_of(owed, received_ns)
        lines[:, _ROW] = [line.row for line in owed]
        self._owed.clear()
        return True

    @property
    def dropped(self) -> int:
        """Updates lost so far."""
        return self._refused + self._lost

    def flush(self) -> None:
        """Hand what was appended to the disk; for an owner whose market fell silent."""
        if self._block is not None and self._block.used:
            self._full.put(self._block)
            self._block = None

    def close(self) -> Tape:
        """Write the rest and make the tape. Waits for the disk.

        Raises TapeError when the disk failed; the recording then stays as ``.part``.
        """
        if not self._closed:
            self._closed = True
            self.flush()
            if self._owed:
                self._block = self._free.get()
                self._told(self._last_ns)
                self.flush()
            self._full.put(None)
            self._thread.join()
        if self.fault:
            raise TapeError(
                f"{self._part}: recording stopped ({self.fault}), {self.dropped} updates lost; "
                "free some space, then import this file"
            )
        notes = {"dropped, disk too slow": self._refused, "clock set back": self._stepped}
        tape = finish_recording(self._part, self.path, notes)
        self._part.unlink()
        return tape

    def _room(self, lines: int, received_ns: int) -> Ints | None:
        """Room for so many lines, None when every block waits for the disk."""
        block = self._block
        if block is not None and block.used:
            aged = received_ns - int(block.lines[0, c.RECEIVED_NS]) >= PATIENCE_NS
            if aged or block.used + lines > len(block.lines):
                self.flush()
        if self._block is None:
            try:
                self._block = self._free.get_nowait()
            except queue.Empty:
                return None
        block = self._block
        if lines > len(block.lines):
            return None
        block.used += lines
        return block.lines[block.used - lines : block.used]

    def _drain(self) -> None:
        """The disk's thread: until told to stop, or the disk fails; then only counts."""
        while (block := self._full.get()) is not None:
            if self.fault:
                self._lost += block.used
            else:
                self._store(block)
            block.used = 0
            self._free.put(block)
        try:
            self._sink.close()
        except OSError as error:
            self.fault = self.fault or str(error)

    def _store(self, block: _Block) -> None:
        lines = block.lines[: block.used]
        batch = layout.to_columns(self._symbols, lines[:, _ROW], lines[:, :_ROW])
        try:
            self._sink.write(batch)
        except OSError as error:
            self.fault = error.strerror or str(error)
            self._lost += block.used
        else:
            self.stored += block.used


class _Sink:
    """The stream and the file below it; each batch reaches the operating system at once."""

    def __init__(self, part: Path, schema: pa.Schema) -> None:
        self._file = part.open("xb", buffering=0)
        options = ipc.IpcWriteOptions(compression="zstd")
        self._stream = ipc.new_stream(self._file, schema, options=options)

    def write(self, batch: pa.RecordBatch) -> None:
        """Append one batch. Raises OSError."""
        self._stream.write_batch(batch)

    def close(self) -> None:
        """End the stream. Raises OSError."""
        self._stream.close()
        self._file.close()


def _begin(path: Path, part: Path, universe: Universe) -> _Sink:
    meta = layout.encode_meta(layout.meta_of(universe))
    if path.exists():
        raise TapeError(f"{path}: already there; choose another name for the recording")
    try:
        return _Sink(part, layout.SCHEMA.with_metadata(meta))
    except FileExistsError as error:
        raise TapeError(f"{part}: an unfinished recording is there; import it first") from error
    except OSError as error:
        raise TapeError(
            f"{part}: cannot record there ({error.strerror}); check the folder"
        ) from error
