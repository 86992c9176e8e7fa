"""The journal: every event and every effect, in order, in a file that only grows.

One file a day and mode. A record is a header (length u32, CRC-32 u32, chain 16 bytes, all
big-endian) and a msgpack body. The chain is BLAKE2b of the chain before and the body, so
that a record changed, lost or moved breaks every later one. Market frames are not
journalled (the tape recorder keeps them); what was decided on them is, as effects.

An effect is written before it is carried out. Written means handed to the operating
system: a killed process loses nothing. Against a power cut a second thread syncs in groups
(`Sync.GROUP`), or every record that sends an order is synced before it leaves
(`Sync.STRICT`).
"""

from __future__ import annotations

import gzip
import os
import struct
import threading
import zlib
from collections.abc import Iterator, Sequence
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.journalled import Body, Note, Record, RunStarted
from tui_scalper.core.manifest import Manifest
from tui_scalper.runtime.order_books import BookMemory

HEADER: Final = struct.Struct(">II16s")
LONGEST: Final = 1 << 24
"""Bytes of a body; an order book of thousands of orders fits."""
GROUP_S: Final = 0.02
"""Longest a written record waits for its sync in group mode."""
PACKED: Final = ".gz"
"""Ends the name of a journal that is kept compressed."""
CHECK_AT: Final = 4
CHAIN_AT: Final = 8
"""Where in a header the checksum and the chain stand."""
NO_CHAIN: Final = bytes(16)

ENCODER: Final = msgspec.msgpack.Encoder()
DECODER: Final = msgspec.msgpack.Decoder(Record)
OPENING: Final = b"\x93"
"""First byte of every body: msgpack's word for a list of three."""


class JournalError(Exception):
    """The journal cannot be written or read: what, where, why, what to do."""


class JournalDamagedError(JournalError):
    """A record in the middle is damaged: good records follow it, so it is no torn tail."""


class Sync(StrEnum):
    """When the disk must have a record."""

    GROUP = "group"
    STRICT = "strict"


class Scan(msgspec.Struct, frozen=True):
    """What a file holds: good records, where they end, and the chain to go on with."""

    records: tuple[Record, ...]
    good_bytes: int
    total_bytes: int
    chain: bytes

    @property
    def torn_bytes(self) -> int:
        """Bytes after the last good record."""
        return self.total_bytes - self.good_bytes


def link(chain: bytes, body: bytes) -> bytes:
    """The chain after `body`."""
    return blake2b(chain + body, digest_size=16).digest()


def frames(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Offset, body and chain of each good record from the start of `data`."""
    at, chain = 0, NO_CHAIN
    while at + HEADER.size <= len(data):
        size, check, said = HEADER.unpack_from(data, at)
        body = data[at + HEADER.size : at + HEADER.size + size]
        chain = link(chain, body)
        if size > LONGEST or len(body) != size or zlib.crc32(body) != check or said != chain:
            return
        yield at, body, chain
        at += HEADER.size + size


def read(path: Path) -> bytes:
    """The bytes of a journal, unpacked when it is kept packed. Raises JournalError."""
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == PACKED else data
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise JournalError(f"cannot read the journal {path}: {why}") from None


def scan(path: Path) -> Scan:
    """Verify the whole of `path`.

    A damaged tail is left out (see `torn_bytes`). Raises JournalDamagedError when a good
    record stands behind the damage, JournalError when the file cannot be read.
    """
    data = read(path)
    records: list[Record] = []
    books = BookMemory()
    end, chain = 0, NO_CHAIN
    for at, body, linked in frames(data):
        try:
            record = DECODER.decode(body)
        except msgspec.DecodeError as error:
            raise JournalDamagedError(
                f"{path}: record {len(records)} at byte {at} is whole but not understood "
                f"({error}); it was written by another version"
            ) from None
        records.append(Record(seq=record.seq, at_ns=record.at_ns, body=books.whole(record.body)))
        end, chain = at + HEADER.size + len(body), linked
    following = next(whole_bodies(data, end + 1), None)
    if following is not None:
        raise JournalDamagedError(damage_text(path, data, len(records), end, following[0]))
    return Scan(tuple(records), end, len(data), chain)


def damage_text(path: Path, data: bytes, good: int, end: int, next_at: int) -> str:
    """Where `path` is damaged, as near as its checks tell, and what to do about it."""
    body_at = end + HEADER.size
    size, check, _ = HEADER.unpack_from(data, end)
    first, last = end, next_at - 1
    if next_at == body_at + size:  # the length is right
        whole = zlib.crc32(data[body_at:next_at]) == check
        # A whole body under a wrong chain: the chain itself, or a record is missing before it.
        first, last = (end + CHAIN_AT, body_at - 1) if whole else (end + CHECK_AT, next_at - 1)
    return (
        f"{path} is damaged in record {good}, between byte {first} and byte {last}: the records "
        f"before it are good ({good}), more follow. Leave the file to the next run: it sets it "
        "aside and takes what is open from the broker. A whole copy, if there is one, may take "
        "its place while nothing runs"
    )


def whole_bodies(data: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Offset and body of the whole records, chain aside, that stand at or after `start`."""
    at = start + HEADER.size
    while (at := data.find(OPENING, at)) >= 0:
        size, check, _ = HEADER.unpack_from(data, at - HEADER.size)
        end = at + size
        if 0 < size <= LONGEST and end <= len(data) and zlib.crc32(data[at:end]) == check:
            yield at - HEADER.size, data[at:end]
            at = end + HEADER.size
        else:
            at += 1


def runs_of(data: bytes) -> list[Record]:
    """What a damaged journal still says of runs that began: their names begin our order tags."""
    found: dict[str, Record] = {}
    for _, body in whole_bodies(data, 0):
        try:
            record = DECODER.decode(body)
        except msgspec.DecodeError:
            continue
        if isinstance(record.body, RunStarted):
            found.setdefault(record.body.run_id, record)
    return list(found.values())


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
