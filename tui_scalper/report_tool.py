"""`scalper-tui report`: what a day came to, from its journal."""

from __future__ import annotations

import re
from pathlib import Path

from tui_scalper.cli_options import UsageError
from tui_scalper.lab.day_text import to_csv, to_json, to_text
from tui_scalper.reports import report_of
from tui_scalper.runtime.journal_file import JournalError
from tui_scalper.runtime.journals import journal_files, newest

DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")


def journals_of(folder: Path, date: str | None) -> list[Path]:
    """The journals of a date, YYYY-MM-DD, or the one written last.

    Raises JournalError when there is none, UsageError for what is no date.
    """
    if date is None:
        return [newest(folder)]
    found = DATE.fullmatch(date)
    if found is None:
        raise UsageError(f"{date}: write a date as YYYY-MM-DD")
    day = "".join(found.groups())
    files = [path for path in journal_files(folder) if day in re.split(r"[-.]", path.name)]
    if not files:
        raise JournalError(f"no journal of {date} in {folder}")
    return files


def report(files: list[Path], *, json: bool, table: Path | None) -> int:
    """Print the report of each journal; `table` takes their trades as CSV."""
    reports = [report_of(path) for path in files]
    if table is not None:
        try:
            table.write_text(to_csv(reports), encoding="utf-8")
        except OSError as error:
            raise JournalError(f"cannot write {table}: {error.strerror}") from None
    for number, one in enumerate(reports):
        if json:
            print(to_json(one).decode())
        elif table is None:
            print(("\n" if number else "") + to_text(one), end="")
    return 0
