"""Recordings of other programs, and unfinished ones of ours, into tapes.

A recording is recognised by its content. It is streamed: the updates wait in a scratch
file beside the output (368 bytes each), only their times in memory (16 bytes each), and
are then written in the order of receipt, whatever the order of the recording.
"""

from __future__ import annotations

import hashlib
import mmap
import re
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from gzip import GzipFile
from pathlib import Path
from typing import IO, Final, Literal

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Universe
from tui_scalper.lab import layout
from tui_scalper.lab.finishing import finish_recording
from tui_scalper.lab.history import History
from tui_scalper.lab.layout import Ints, TapeError
from tui_scalper.lab.parsing import Mask
from tui_scalper.lab.recordings import (
    RECORDINGS,
    Recording,
    local_midnight,
)
from tui_scalper.lab.tape import Tape
from tui_scalper.lab.tape_writer import TapeWriter

Progress = Callable[[int, float], None]
"""Told now and then: rows read, seconds since the start."""

_GZIP: Final = b"\x1f\x8b"
_HEADER_LIMIT: Final = 65_536
_BLOCK: Final = 1 << 22
_WRITE: Final = 16_384
_ROW: Final = c.MARKET_END
_WIDTH: Final = c.MARKET_END + 1
"""A scratch line: the market cells, then the row."""


class Skip(StrEnum):
    """Why a row of a recording did not become an update."""

    WIDTH = "wrong number of columns"
    UNREADABLE = "unreadable value"
    NEGATIVE = "negative value"
    BACKWARD = "time went back"


class ImportSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did."""

    recording: str
    """Kind of recording recognised."""
    path: Path
    """The tape made."""
    rows: int
    """Rows read."""
    updates: int
    instruments: int
    first_ns: int
    last_ns: int
    skipped: tuple[tuple[str, int], ...]
    """Rows left out, by reason."""


def import_file(
    path: Path | str,
    out: Path | str,
    progress: Progress | None = None,
    day: date | None = None,
) -> ImportSummary:
    """Make the tape `out` of the recording `path`.

    `day` is the local date of a recording whose rows carry only the time; without it the
    date is taken from eight digits in the file's name. The same recording gives the same
    bytes. Raises TapeError when it is no known recording, has no date, is damaged, holds
    no usable row, or the tape cannot be written.
    """
    path, out = Path(path), Path(out)
    if path.resolve() == out.resolve():
        raise TapeError(f"{out}: the tape would replace its recording; choose another name")
    start = _first_bytes(path)
    if start == layout.PART_MAGIC:
        tape = finish_recording(path, out)
        return _summary("unfinished recording", tape, tape.updates, dict(tape.meta.notes))
    recording = _recognise(path, start)
    midnight = 0 if recording.dated else local_midnight(recording.venue, day or _date_in(path))
    try:
        with tempfile.TemporaryFile(dir=out.parent) as scratch:
            spill = _spill(path, recording, midnight, scratch, progress)
            _write(spill, recording, scratch, path, out)
    except OSError as error:
        why = error.strerror or str(error).partition("\n")[0]
        raise TapeError(f"{out}: import failed ({why}); check the folder and the space") from error
    return _summary(recording.name, Tape.open(out), spill.read, spill.skipped)


def _summary(name: str, tape: Tape, rows: int, skipped: dict[str, int]) -> ImportSummary:
    return ImportSummary(
        recording=name,
        path=tape.path,
        rows=rows,
        updates=tape.updates,
        instruments=len(tape.universe),
        first_ns=tape.first_ns,
        last_ns=tape.last_ns,
        skipped=tuple(sorted(skipped.items())),
    )


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4)
    except OSError as error:
        raise TapeError(f"{path}: cannot be read ({error.strerror}); check the path") from error


def _recognise(path: Path, start: bytes) -> Recording:
    header = _header(path, start)
    for recording in RECORDINGS:
        if header.issuperset(recording.columns):
            return recording
    known = "; ".join(f"{one.name} ({one.columns[0]},{one.columns[1]},..)" for one in RECORDINGS)
    raise TapeError(f"{path}: no known recording; understood as CSV, plain or gzip: {known}")


def _header(path: Path, start: bytes) -> set[str]:
    try:
        with path.open("rb") as raw:
            packed = start[:2] == _GZIP
            line = (GzipFile(fileobj=raw) if packed else raw).readline(_HEADER_LIMIT)
    except (OSError, EOFError, zlib.error) as error:
        raise TapeError(
            f"{path}: damaged gzip file ({error}); fetch the recording again"
        ) from error
    return {name.strip().strip('"') for name in line.decode("latin-1").split(",")}


def _date_in(path: Path) -> date:
    for digits in re.findall(r"(?<!\d)\d{8}(?!\d)", path.name):
        try:
            return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except ValueError:
            continue
    raise TapeError(f"{path}: rows carry no date; write it into the name, _YYYYMMDD")


@dataclass
class _Spill:
    """What is known of the updates waiting in the scratch file."""

    rows: dict[int, int]
    """Row of each stock code, in the order of first appearance."""
    times: list[Ints]
    skipped: Counter[str]
    read: int = 0


def _spill(
    path: Path, recording: Recording, midnight: int, scratch: IO[bytes], progress: Progress | None
) -> _Spill:
    spill = _Spill({}, [], Counter())
    history = History()
    began = time.monotonic()
    for text in _blocks(path, recording, spill):
        done = recording.convert(text, midnight)
        spill.read += len(done.bad)
        bad = done.bad.copy()
        _count(spill, Skip.UNREADABLE, done.bad)
        negative = ~bad & (done.cells < 0).any(axis=1)
        _count(spill, Skip.NEGATIVE, negative)
        bad |= negative
        rows = _rows_of(done.codes, bad, spill.rows)
        history.grow(len(spill.rows))
        late = history.follow(rows, done.cells)
        _count(spill, Skip.BACKWARD, late)
        keep = (rows >= 0) & ~late
        rows, cells = rows[keep], done.cells[keep]
        if not recording.ranged:
            history.range(rows, cells)
        lines = np.hstack((cells, rows[:, np.newaxis]))
        lines.tofile(scratch)
        spill.times.append(lines[:, c.RECEIVED_NS].copy())
        if progress is not None:
            progress(spill.read, time.monotonic() - began)
    scratch.flush()
    return spill


def _blocks(path: Path, recording: Recording, spill: _Spill) -> Iterator[dict[str, pa.Array]]:
    """Text columns of the recording, a few thousand rows at a time."""

    def skip(_row: pcsv.InvalidRow) -> Literal["skip", "error"]:
        spill.read += 1
        spill.skipped[Skip.WIDTH.value] += 1
        return "skip"

    try:
        with _stream(path) as stream:
            reader = pcsv.open_csv(
                stream,  # type: ignore[arg-type]  # stubs leave Arrow's own streams out
                # Latin-1 takes any byte, so that a foreign one spoils its row and not the file.
                pcsv.ReadOptions(block_size=_BLOCK, use_threads=False, encoding="latin-1"),
                pcsv.ParseOptions(invalid_row_handler=skip),
                pcsv.ConvertOptions(
                    column_types={name: pa.string() for name in recording.columns},
                    include_columns=list(recording.columns),
                    strings_can_be_null=False,
                ),
            )
            for batch in reader:
                yield {name: batch.column(name) for name in recording.columns}
    except (OSError, pa.ArrowException) as error:
        why = str(error).partition("\n")[0].rstrip(".")
        raise TapeError(
            f"{path}: damaged after row {spill.read} ({why}); fetch the recording again"
        ) from error


def _stream(path: Path) -> pa.NativeFile:
    file = pa.OSFile(str(path), "rb")
    return pa.CompressedInputStream(file, "gzip") if _first_bytes(path)[:2] == _GZIP else file


def _count(spill: _Spill, why: Skip, rows: Mask) -> None:
    number = int(np.count_nonzero(rows))
    if number:
        spill.skipped[why.value] += number


def _rows_of(codes: Ints, bad: Mask, known: dict[int, int]) -> Ints:
    """int64[k] row of each code, -1 where `bad`; new codes join `known`."""
    rows = np.full(len(codes), -1, dtype=np.int64)
    distinct, which = np.unique(codes[~bad], return_inverse=True)
    numbers = [known.setdefault(code, len(known)) for code in distinct.tolist()]
    rows[~bad] = np.array(numbers, dtype=np.int64)[which]
    return rows


def _write(spill: _Spill, recording: Recording, scratch: IO[bytes], path: Path, out: Path) -> None:
    """The waiting updates into a tape, by receipt, then stock as the recording has it."""
    times = np.concatenate(spill.times) if spill.times else np.zeros(0, dtype=np.int64)
    if not len(times):
        reasons = ", ".join(f"{why}: {n}" for why, n in sorted(spill.skipped.items()))
        raise TapeError(f"{path}: no usable row ({reasons or 'it has none'}); no tape was made")
    order = np.argsort(times, kind="stable")
    codes = sorted(spill.rows)
    new_row = np.zeros(len(codes), dtype=np.int64)
    new_row[[spill.rows[code] for code in codes]] = np.arange(len(codes))
    universe = Universe(recording.venue, [recording.instrument(code) for code in codes])
    view = mmap.mmap(scratch.fileno(), 0, access=mmap.ACCESS_READ)
    lines = np.frombuffer(view, dtype=np.int64).reshape(-1, _WIDTH)
    with TapeWriter(out, universe, source=path.name, sha256=_digest(path)) as writer:
        for start in range(0, len(order), _WRITE):
            block = lines[order[start : start + _WRITE]]
            writer.write(new_row[block[:, _ROW]], block[:, :_ROW])
            # Pages read once would otherwise stay in our memory until it holds the whole file.
            view.madvise(mmap.MADV_DONTNEED)
        writer.close(sorted(spill.skipped.items()))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
