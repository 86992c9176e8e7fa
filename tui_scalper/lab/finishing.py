"""A recording becomes a tape: when it is closed, or later where its run was killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import ipc

from tui_scalper.lab import layout
from tui_scalper.lab.layout import TapeError, TapeMeta
from tui_scalper.lab.tape import Tape
from tui_scalper.lab.tape_writer import TapeWriter


def finish_recording(part: Path, out: Path, notes: dict[str, int] | None = None) -> Tape:
    """Make the tape `out` of the recording `part`, up to its last complete batch.

    `notes` are counts to keep in the tape; zero counts are left out. Raises TapeError
    when not even the start of the recording is readable.
    """
    counts = dict(notes or {})
    try:
        with part.open("rb") as file:
            stream = ipc.open_stream(file)
            meta = _meta_in(stream.schema, part)
            universe = layout.universe_of(meta, part)
            symbols = pa.array([one.symbol for one in universe], pa.string())
            with TapeWriter(out, universe) as writer:
                for batch in _whole(stream, counts):
                    writer.write(*layout.to_cells(symbols, batch))
                writer.close(sorted((why, n) for why, n in counts.items() if n))
    except (OSError, pa.ArrowException, ValueError) as error:
        why = str(error).partition("\n")[0]
        raise TapeError(f"{part}: not a readable recording ({why}); nothing was made") from error
    return Tape.open(out)


def _meta_in(schema: pa.Schema, part: Path) -> TapeMeta:
    meta = layout.decode_meta(schema.metadata, part)
    if not schema.equals(layout.SCHEMA):
        raise TapeError(f"{part}: columns are not those of a recording; nothing was made")
    return meta


def _whole(stream: ipc.RecordBatchStreamReader, counts: dict[str, int]) -> Iterator[pa.RecordBatch]:
    """Batches of the stream; a torn end is counted, not raised."""
    while True:
        try:
            batch = stream.read_next_batch()
        except StopIteration:
            return
        except (OSError, pa.ArrowException):
            counts["torn end"] = 1
            return
        yield batch
