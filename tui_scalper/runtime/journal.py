"""The journal: every event and every effect, in order, in a file that only grows.

One file a day and mode, of chained records (runtime/journal_file.py). Market frames are not
journalled (the tape recorder keeps them); what was decided on them is, as effects.

An effect is written before it is carried out. Written means handed to the operating
system: a killed process loses nothing. Against a power cut a second thread syncs in groups
(`Sync.GROUP`), or every record that sends an order is synced before it leaves
(`Sync.STRICT`).
"""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.journalled import Body, Note, Record, RunStarted
from tui_scalper.core.manifest import Manifest
from tui_scalper.runtime.journal_file import (
    HEADER,
    NO_CHAIN,
    JournalDamagedError,
    JournalError,
    link,
    read,
    runs_of,
    scan,
)
from tui_scalper.runtime.order_books import BookMemory

GROUP_S: Final = 0.02
"""Longest a written record waits for its sync in group mode."""

ENCODER: Final = msgspec.msgpack.Encoder()


class Sync(StrEnum):
    """When the disk must have a record."""

    GROUP = "group"
    STRICT = "strict"


class Journal:
    """Appends to one file. The engine's thread owns it; a second thread syncs.

    Opening verifies what is there; a damaged tail is cut (`cut_bytes`). A file damaged
    further in is set aside under another name (`set_aside`) and a new one begun with the names
    of its runs: what else it says is not trusted, the broker is. `records` are the good ones.
    """

    def __init__(self, path: Path, sync: Sync = Sync.GROUP) -> None:
        self.path = path
        self.records: tuple[Record, ...] = ()
        self.cut_bytes = 0
        self.set_aside: Path | None = None
        self.fault = ""
        """Why the disk no longer takes records, empty while it does."""
        self._sync = sync
        self._books = BookMemory()
        self._chain = NO_CHAIN
        self._count = 0
        self._dirty = False
        self._closing = threading.Event()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._take_over()
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            self._sync_folder()
        except OSError as error:
            raise JournalError(
                f"cannot write the journal {path}: {error.strerror}; set state_dir to a "
                "directory this user may write"
            ) from None
        self._begin_with_runs()
        self._syncer = threading.Thread(target=self._sync_in_groups, name="journal", daemon=True)
        self._syncer.start()

    def _take_over(self) -> None:
        if not self.path.exists():
            return
        try:
            found = scan(self.path)
        except JournalDamagedError:
            self.records = tuple(runs_of(read(self.path)))
            self.set_aside = free_name(self.path)
            self.path.rename(self.set_aside)
            return
        self.records = found.records
        self.cut_bytes = found.torn_bytes
        self._chain = found.chain
        self._count = len(found.records)
        if found.torn_bytes:
            os.truncate(self.path, found.good_bytes)

    def _begin_with_runs(self) -> None:
        """A file in place of a damaged one names the runs of that one."""
        if self.set_aside is None:
            return
        for record in self.records:
            self._append(record.at_ns, (record.body,))

    def _sync_folder(self) -> None:
        """A file that is new must be found after a power cut, too."""
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @property
    def count(self) -> int:
        """Records in the file."""
        return self._count

    def start(self, at_ns: int, mode: str, run_id: str, manifest: Manifest | None = None) -> None:
        """Write that a run begins, and what it is."""
        self._append(at_ns, (RunStarted(mode=mode, run_id=run_id, manifest=manifest),))

    def event(self, event: ev.Event) -> None:
        """Write an event (any but Ticks). Raises JournalError."""
        self._append(event.at_ns, (self._books.shortened(event),))  # type: ignore[arg-type]

    def effects(self, at_ns: int, effects: tuple[ef.Effect, ...]) -> None:
        """Write what is about to be carried out, in one piece. Raises JournalError."""
        self._append(at_ns, effects)  # type: ignore[arg-type]
        if self._sync is Sync.STRICT and any(isinstance(one, ef.OrderRequest) for one in effects):
            self._sync_now()

    def beside(self, at_ns: int, bodies: Sequence[Body]) -> None:
        """Write what only looking back needs, in one piece. Raises JournalError."""
        self._append(at_ns, bodies)

    def note(self, at_ns: int, text: str) -> None:
        """Write a line of the runtime's own. Raises JournalError."""
        self._append(at_ns, (Note(text=text),))

    def _append(self, at_ns: int, bodies: Sequence[Body]) -> None:
        # An order waits for this, mostly with cold caches: every further call costs it 2 us.
        if self.fault:
            raise JournalError(self.fault)
        chain, count, data = self._chain, self._count, b""
        for body in bodies:
            encoded = ENCODER.encode(Record(seq=count, at_ns=at_ns, body=body))
            chain = link(chain, encoded)
            data += HEADER.pack(len(encoded), zlib.crc32(encoded), chain) + encoded
            count += 1
        try:
            written = os.write(self._file, data)
        except OSError as error:
            raise self._failed(error.strerror or str(error)) from None
        if written != len(data):
            raise self._failed("only part of a record was written")
        self._chain = chain
        self._count = count
        self._dirty = True  # no event: waking the other thread would cost the order path

    def _failed(self, why: str) -> JournalError:
        self.fault = f"the journal {self.path} takes no more records: {why}; free some space"
        return JournalError(self.fault)

    def _sync_now(self) -> None:
        try:
            os.fdatasync(self._file)
        except OSError as error:
            raise self._failed(f"sync: {error.strerror}") from None

    def _sync_in_groups(self) -> None:
        while not self._closing.wait(GROUP_S):
            if not self._dirty:
                continue
            self._dirty = False
            try:
                self._sync_now()
            except JournalError:
                return  # `fault` says it; the engine's thread reads it

    def move_to(self, path: Path) -> None:
        """Take the name `path`, in place of what has it. Raises JournalError."""
        try:
            self.path.replace(path)
        except OSError as error:
            raise JournalError(
                f"cannot replace the journal {path}: {error.strerror}; see who else writes there"
            ) from None
        self.path = path

    def close(self) -> None:
        """Sync and close."""
        self._closing.set()
        self._syncer.join()
        if not self.fault:
            self._sync_now()
        os.close(self._file)


def free_name(path: Path) -> Path:
    """A name beside `path` that is free: path.damaged-1, -2, ..."""
    number = 1
    while (name := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    return name
