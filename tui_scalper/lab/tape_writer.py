"""Writing tapes: whole frames into row groups, the file in its place only when complete."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Universe
from tui_scalper.lab import layout
from tui_scalper.lab.layout import Ints, TapeError
from tui_scalper.lab.news import KINDS

GROUP: Final = 65_536
"""Updates a row group aims at; it is cut where a frame ends."""

# Measured on a day of five stocks: the smallest file of the encodings tried, and none reads faster.
_DICTIONARY: Final = [name for name in layout.SCHEMA.names if name not in layout.TIMES]
_DELTA: Final = {name: "DELTA_BINARY_PACKED" for name in layout.TIMES}


class TapeWriter:
    """Writes one tape; `close` puts it in its place, leaving the block without it discards it.

    The same updates and metadata give the same bytes. Raises TapeError when the place
    cannot be written.
    """

    def __init__(
        self,
        path: Path,
        universe: Universe,
        *,
        source: str = "",
        sha256: str = "",
        group: int = GROUP,
    ) -> None:
        self.path = path
        self._spans: list[layout.Span] = []
        self._meta = msgspec.structs.replace(layout.meta_of(universe), source=source, sha256=sha256)
        self._symbols = pa.array([one.symbol for one in universe], pa.string())
        self._rows: list[Ints] = []
        self._cells: list[Ints] = []
        self._waiting = 0
        self._size = group
        self._last_ns = 0
        self._scratch = path.with_name(path.name + ".tmp")
        try:
            self._file = pq.ParquetWriter(
                self._scratch,
                layout.SCHEMA,
                compression="zstd",
                compression_level=3,
                use_dictionary=_DICTIONARY,  # type: ignore[arg-type]  # stubs know only a flag
                column_encoding=_DELTA,
                write_statistics=["received_ns"],
                write_page_checksum=True,
            )
        except OSError as error:
            raise _unwritable(path, error) from error
        self._open = True

    def __enter__(self) -> TapeWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._open:
            self._open = False
            self._file.close()
            self._scratch.unlink(missing_ok=True)

    def write(self, rows: Ints, cells: Ints) -> None:
        """Append updates and news: `rows` int64[k], `cells` int64[k, MARKET_END], copied if kept.

        Raises ValueError when RECEIVED_NS falls, a row is outside the universe, or a last price
        below zero is no news either.
        """
        if not len(rows):
            return
        received_ns = cells[:, c.RECEIVED_NS]
        if received_ns[0] < self._last_ns or np.any(np.diff(received_ns) < 0):
            raise ValueError("updates must come in the order of receipt")
        if rows.min() < 0 or rows.max() >= len(self._symbols):
            raise ValueError("an update's row is outside the universe")
        if cells[:, c.LTP].min() < min(KINDS):
            raise ValueError("a last price is below zero")
        self._last_ns = int(received_ns[-1])
        self._rows.append(rows.copy())
        self._cells.append(cells.copy())
        self._waiting += len(rows)
        if self._waiting > self._size:
            self._cut()

    def close(self, notes: Sequence[tuple[str, int]] = ()) -> None:
        """Write what waits and the metadata, then put the file in its place."""
        try:
            if self._waiting:
                self._group(np.concatenate(self._rows), np.concatenate(self._cells))
            meta = msgspec.structs.replace(self._meta, notes=tuple(notes), spans=tuple(self._spans))
            kept = layout.encode_meta(meta).items()
            self._file.add_key_value_metadata({key.decode(): text.decode() for key, text in kept})
            self._file.close()
            with self._scratch.open("rb") as file:
                os.fsync(file.fileno())
            self._scratch.replace(self.path)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._open = False

    def _cut(self) -> None:
        """Write full groups; keep the rest, with the frame that may still grow."""
        rows, cells = np.concatenate(self._rows), np.concatenate(self._cells)
        start = 0
        while (stop := _frame_end(cells[start:, c.RECEIVED_NS], self._size)) > 0:
            self._group(rows[start : start + stop], cells[start : start + stop])
            start += stop
        self._rows, self._cells = [rows[start:]], [cells[start:]]
        self._waiting = len(rows) - start

    def _group(self, rows: Ints, cells: Ints) -> None:
        lines = layout.to_columns(self._symbols, rows, cells)
        try:
            self._file.write_batch(lines, len(rows))
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._spans.append(layout.span_of(lines))


def _frame_end(received_ns: Ints, size: int) -> int:
    """Updates in the whole frames that fill a group of `size`; 0 while it could still grow."""
    if len(received_ns) <= size:
        return 0
    end = int(np.searchsorted(received_ns, received_ns[size]))
    if end == 0:
        end = int(np.searchsorted(received_ns, received_ns[0], side="right"))
    return end if end < len(received_ns) else 0


def _unwritable(path: Path, error: OSError) -> TapeError:
    why = error.strerror or str(error).partition("\n")[0]
    return TapeError(f"{path}: cannot write the tape ({why}); check the folder and the free space")
