"""Old journals: packed after a while, removed only where somebody asked for that.

A journal is touched only when all of it is verified, and its packed copy is read back before
the plain one goes. Never the one in use, never one that is damaged, torn or set aside.
"""

from __future__ import annotations

import gzip
import os
import time
from pathlib import Path
from typing import Final

import msgspec

from tui_scalper.core.venues import DAY
from tui_scalper.runtime.journal_file import PACKED, JournalError, read, scan
from tui_scalper.runtime.journals import journal_files

LONGEST_S: Final = 0.5
"""Longest a start waits for this; what is left is done by the next one."""


class Keep(msgspec.Struct, frozen=True, kw_only=True):
    """How long journals are kept, in days since they were written last."""

    pack_days: int
    """Packed after so many."""
    keep_days: int
    """Removed after so many; 0: never."""


KEEP_ALL: Final = Keep(pack_days=36_500, keep_days=0)


class Tidied(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, and what could not be."""

    packed: int = 0
    removed: int = 0
    trouble: str = ""

    @property
    def text(self) -> str:
        """One line; empty when nothing was done."""
        counts = ((self.packed, "packed"), (self.removed, "removed"))
        done = ", ".join(f"{count} {what}" for count, what in counts if count)
        return "; ".join(part for part in (done and f"old journals: {done}", self.trouble) if part)


def tidy(folder: Path, keep: Keep, now_ns: int, current: Path) -> Tidied:
    """Pack and remove what is old in `folder`, the oldest first, for a moment at most."""
    deadline = time.monotonic() + LONGEST_S
    packed = removed = 0
    trouble = ""
    for path in journal_files(folder):
        if path == current or time.monotonic() > deadline:
            continue
        try:
            age = (now_ns - path.stat().st_mtime_ns) // DAY
            if keep.keep_days and age >= keep.keep_days:
                removed += _removed(path)
            elif age >= keep.pack_days and path.suffix != PACKED:
                packed += _packed(path)
        except (JournalError, OSError) as error:
            trouble = f"kept as it is: {error}"
    return Tidied(packed=packed, removed=removed, trouble=trouble)


def _whole(path: Path) -> bool:
    """Whether every byte of `path` is a verified record. Raises JournalError when damaged."""
    return scan(path).torn_bytes == 0


def _removed(path: Path) -> bool:
    if not _whole(path):
        return False
    path.unlink()
    return True


def _packed(path: Path) -> bool:
    """Replace `path` by a packed copy that was read back; its times stay."""
    if not _whole(path):
        return False
    whole, stat = path.read_bytes(), path.stat()
    packed = path.with_name(path.name + PACKED)
    draft = path.with_name(f".{packed.name}")
    with draft.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(gzip.compress(whole, mtime=0))
        file.flush()
        os.fsync(file.fileno())
    if read(draft) != whole:
        draft.unlink()
        raise JournalError(f"the packed copy of {path} does not read back")
    os.utime(draft, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    draft.replace(packed)
    path.unlink()
    return True
