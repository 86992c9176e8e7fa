"""The folder of journals: one file a day and mode, or a simulated session, newest last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from tui_scalper.core.journalled import RunStarted
from tui_scalper.core.manifest import Manifest
from tui_scalper.runtime.journal_file import DECODER, JournalError, frames, read

SUFFIXES = (".journal", ".journal.gz")
LOOKED_BACK = 20
"""How many journals are searched for the run before this one."""
RUN = RunStarted.__name__.encode()
"""Stands in the bytes of every record of a run's begin: all others need no decoding."""


def folder_of(state: Path) -> Path:
    """Where the journals of a state directory are."""
    return state / "journal"


def journal_files(folder: Path) -> list[Path]:
    """Every journal in `folder`, the one written last at the end."""
    if not folder.is_dir():
        return []
    names = (path for path in folder.iterdir() if path.name.endswith(SUFFIXES))
    found = [path for path in names if not path.name.startswith(".")]
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


def name_of_session(folder: Path, session: str, name: str) -> str:
    """What the journal of a simulated session is called: as it began, else `name`."""
    found = (path.name for path in journal_files(folder))
    return next((one for one in found if one.endswith(f"-{session}{SUFFIXES[0]}")), name)


def runs_of(path: Path) -> Iterator[RunStarted]:
    """The begin of every run in a journal, as far as the file is good.

    Raises JournalError when it cannot be read.
    """
    for _, body, _ in frames(read(path)):
        if RUN not in body:
            continue
        try:
            record = DECODER.decode(body)
        except msgspec.DecodeError:
            continue  # of another version; `scan` is the one to judge a file
        if isinstance(record.body, RunStarted):
            yield record.body


def manifests_of(path: Path) -> list[Manifest]:
    """The manifests in a journal, oldest first. Raises JournalError when it cannot be read."""
    return [run.manifest for run in runs_of(path) if run.manifest is not None]


def last_manifest(state: Path) -> Manifest | None:
    """What the run before this one was; None when there was none."""
    for path in journal_files(folder_of(state))[: -LOOKED_BACK - 1 : -1]:
        try:
            found = manifests_of(path)
        except JournalError:
            continue  # opening a journal that cannot be read is what says so
        if found:
            return found[-1]
    return None


def newest(folder: Path) -> Path:
    """The journal written last. Raises JournalError when there is none."""
    found = journal_files(folder)
    if not found:
        raise JournalError(f"no journal in {folder}; run the console first, or name a file")
    return found[-1]
