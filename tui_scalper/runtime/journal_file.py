"""A journal as it lies in a file: how records are framed and chained, and reading them back.

A record is a header (length u32, CRC-32 u32, chain 16 bytes, all big-endian) and a msgpack
body. The chain is BLAKE2b of the chain before and the body, so that a record changed, lost or
moved breaks every later one.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from tui_scalper.core.journalled import Record, RunStarted
from tui_scalper.runtime.order_books import BookMemory

HEADER: Final = struct.Struct(">II16s")
LONGEST: Final = 1 << 24
"""Bytes of a body; an order book of thousands of orders fits."""
PACKED: Final = ".gz"
"""Ends the name of a journal that is kept compressed."""
CHECK_AT: Final = 4
CHAIN_AT: Final = 8
"""Where in a header the checksum and the chain stand."""
NO_CHAIN: Final = bytes(16)

DECODER: Final = msgspec.msgpack.Decoder(Record)
OPENING: Final = b"\x93"
"""First byte of every body: msgpack's word for a list of three."""


class JournalError(Exception):
    """The journal cannot be written or read: what, where, why, what to do."""


class JournalDamagedError(JournalError):
    """A record in the middle is damaged: good records follow it, so it is no torn tail."""


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
