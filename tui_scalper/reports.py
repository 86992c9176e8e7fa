"""Reports of days: made of journals, written to the state directory."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from tui_scalper.lab.day_figures import DayReport
from tui_scalper.lab.day_report import day_report
from tui_scalper.lab.day_text import to_json, to_text
from tui_scalper.runtime.journal_file import JournalError, scan
from tui_scalper.runtime.journals import SUFFIXES

FOLDER = "reports"


def report_of(journal: Path) -> DayReport:
    """The report of one journal. Raises JournalError when it cannot be read."""
    return day_report(scan(journal).records, journal.name)


def write_report(state: Path, journal: Path) -> Path:
    """Write the report of `journal`, to read and as JSON; returns the one to read.

    Each file is replaced as a whole. Raises JournalError, or OSError naming the file.
    """
    report = report_of(journal)
    folder = state / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = journal.name
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    _replace(folder / f"{name}.json", to_json(report) + b"\n")
    text = folder / f"{name}.txt"
    _replace(text, to_text(report).encode())
    return text


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)


class Reporter:
    """Writes the report of a run's journal when its day ends, and when the run does."""

    def __init__(self, state: Path, journal: Path) -> None:
        self._state = state
        self._journal = journal
        self._thread: threading.Thread | None = None
        self.written: Path | None = None
        self.trouble = ""
        """Why the last report could not be written; empty when it was."""

    def write_soon(self) -> None:
        """Write it on a thread of its own, unless that is under way."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._write, name="report", daemon=True)
            self._thread.start()

    def write_last(self) -> None:
        """Write it now, the run being over; nothing where no journal was begun."""
        if self._thread is not None:
            self._thread.join()
        if self._journal.exists():
            self._write()

    def _write(self) -> None:
        try:
            self.written = write_report(self._state, self._journal)
            self.trouble = ""
        except (JournalError, OSError) as error:
            self.trouble = f"no report of the day: {error}"
