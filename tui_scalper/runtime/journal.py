"""The journal: every event and every effect, in order, in a file that only grows.

A record is a length and a CRC-32 (both u32, big-endian) and then msgpack. Market frames are
not journalled (the tape recorder keeps them); what was decided on them is, as effects.
An effect is written before it is carried out.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import msgspec

from tui_scalper.core.effects import Effect
from tui_scalper.core.events import Event

HEADER = struct.Struct(">II")
LONGEST = 1 << 24
"""Bytes; an order book of thousands of orders fits."""


class JournalError(Exception):
    """The journal cannot be written or read: what, where, why, what to do."""


class Journal:
    """Appends records to one file. Not thread-safe: the engine's thread owns it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file: IO[bytes] = path.open("ab", buffering=0)
        except OSError as error:
            raise JournalError(
                f"cannot write the journal {path}: {error.strerror}; set state_dir to a "
                "directory this user may write"
            ) from None

    def event(self, event: Event) -> None:
        """Write an event."""
        self._write("event", event)

    def effects(self, at_ns: int, effects: tuple[Effect, ...]) -> None:
        """Write what is about to be carried out."""
        for effect in effects:
            self._write("effect", effect, at_ns)

    def note(self, at_ns: int, text: str) -> None:
        """Write a line of the runtime's own (start, stop, error)."""
        self._write("note", text, at_ns)

    def _write(self, kind: str, value: object, at_ns: int = 0) -> None:
        body = msgspec.msgpack.encode([kind, at_ns, value])
        try:
            self._file.write(HEADER.pack(len(body), zlib.crc32(body)) + body)
        except OSError as error:
            raise JournalError(
                f"cannot write the journal {self.path}: {error.strerror}; free some space"
            ) from None
        self.records += 1

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_journal(path: Path) -> Iterator[Any]:
    """The records of `path` as plain values ``[kind, at_ns, value]``.

    Stops before a damaged or cut record, raising JournalError that says where.
    """
    with path.open("rb") as file:
        at = 0
        while head := file.read(HEADER.size):
            size, check = HEADER.unpack(head) if len(head) == HEADER.size else (LONGEST + 1, 0)
            body = file.read(size) if size <= LONGEST else b""
            if len(body) != size or zlib.crc32(body) != check:
                raise JournalError(f"{path} is damaged at byte {at}; records before it are good")
            yield msgspec.msgpack.decode(body)
            at += HEADER.size + size
