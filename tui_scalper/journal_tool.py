"""`scalper-tui journal`: show journals, verify them, list what changed, rebuild the state."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from tui_scalper.core.decisions import Decided, judged_again
from tui_scalper.core.journalled import Record, RunStarted
from tui_scalper.core.refusals import REFUSAL_TEXT
from tui_scalper.core.risk import Refused
from tui_scalper.core.units import NS
from tui_scalper.core.venues import DAY
from tui_scalper.lab.incident import Verdict, record_at, screen
from tui_scalper.lab.past import universe_of
from tui_scalper.manifest import config_of
from tui_scalper.runtime.journal_file import JournalError, scan
from tui_scalper.runtime.journals import journal_files, manifests_of
from tui_scalper.settings import SettingsError


def show(path: Path) -> int:
    """Print every record as a line of JSON."""
    for record in scan(path).records:
        print(msgspec.json.encode(record).decode())
    return 0


def verify(path: Path) -> int:
    """Print whether a journal, or every journal of a folder, is whole.

    Raises JournalError when one is not.
    """
    return verify_all(path) if path.is_dir() else verify_one(path)


def verify_all(folder: Path) -> int:
    """Judge every journal of `folder`, whatever the others are like."""
    files = journal_files(folder)
    if not files:
        raise JournalError(f"no journal in {folder}")
    damaged = 0
    for path in files:
        try:
            verify_one(path)
        except JournalError as error:
            damaged += 1
            print(f"DAMAGED: {error}")
    if damaged:
        raise JournalError(f"{damaged} of {len(files)} journals in {folder} are damaged")
    return 0


def verify_one(path: Path) -> int:
    """Print whether the file is whole; JournalDamagedError when it is damaged further in."""
    found = scan(path)
    if found.torn_bytes and not found.records:
        raise JournalError(f"{path} is no journal: not one whole record in it")
    torn = f"; a torn tail of {found.torn_bytes} bytes would be cut" if found.torn_bytes else ""
    print(f"{path}: {len(found.records)} records, chain {found.chain.hex()}{torn}")
    return 0


def changes(folder: Path, days: int | None) -> int:
    """Print every change of settings and build between runs: when, who, what.

    Only those of the last `days` days by the machine's clock, all when None.
    """
    since = 0 if days is None else time.time_ns() - days * DAY
    manifests = [one for path in journal_files(folder) for one in manifests_of(path)]
    asked = [one for one in manifests if one.wall_ns >= since]
    if not any(one.changed for one in asked):
        print(f"nothing changed: {len(asked)} runs in {folder}", file=sys.stderr)
    for one in sorted(asked, key=lambda one: one.wall_ns):
        when = datetime.fromtimestamp(one.wall_ns / NS).astimezone()
        for change in one.changed:
            print(
                f"{when:%Y-%m-%d %H:%M:%S%z} {one.user}@{one.host} {one.mode} {change.key}: "
                f"{change.old or '-'} -> {change.new or '-'} ({change.origin or 'gone'})"
            )
    return 0


def replay(path: Path, at: int | None, of_day: int | None) -> int:
    """Draw the state as of record `at`, or of a time of day (ns); of the last when both None.

    Raises JournalError where there is no such record.
    """
    records = scan(path).records
    last = len(records) - 1
    if of_day is not None:
        venue = universe_of(records).venue
        at = record_at(records, of_day, venue.midnight)
    elif at is None:
        at = last
    if not 0 <= at <= last:
        raise JournalError(f"{path} has no record there: its records are 0 to {last}")
    chosen = records[: at + 1]
    print(screen(chosen, len(records), verdict_by(chosen)), end="")
    return 0


def verdict_by(records: Sequence[Record]) -> Verdict:
    """Judges decisions again by the rules of the last run in `records`."""
    runs = [one.body for one in records if isinstance(one.body, RunStarted)]
    manifest = runs[-1].manifest if runs else None

    def verdict(decided: Decided) -> str:
        if manifest is None:
            return "its rules were not kept"
        try:
            found = judged_again(config_of(manifest), decided)
        except (SettingsError, ValueError) as error:
            return f"not possible ({error})"
        if isinstance(found, Refused):
            return f"REFUSED: {REFUSAL_TEXT[found.reason]}"
        same = found.expected_value == decided.expected_value
        return "approved" if same else "approved, at another expected price"

    return verdict
