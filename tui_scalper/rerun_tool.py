"""`scalper-tui rerun`: a recorded live run once more, and whether it comes to the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from tui_scalper.calendars import load_calendar
from tui_scalper.cli_options import UsageError
from tui_scalper.core.engine import Engine
from tui_scalper.core.instruments import Universe
from tui_scalper.core.manifest import Manifest
from tui_scalper.core.sessions import Calendar, every_day
from tui_scalper.lab.day_text import clock
from tui_scalper.lab.recorded_run import Difference, RecordedRun, first_difference, run_at
from tui_scalper.lab.rerun import Rerun
from tui_scalper.lab.tape import Tape
from tui_scalper.manifest import build, config_of, settings_of
from tui_scalper.runtime.journal_file import JournalError, scan
from tui_scalper.runtime.journals import LOOKED_BACK, journal_files
from tui_scalper.runtime.warmup import warm_up
from tui_scalper.tapes import open_tape

SIMULATED = "sim"


def rerun_tape(folder: Path, path: Path, journal: Path | None) -> int:
    """Run the tape at `path` through an engine beside what its journal says happened.

    `journal` is that of the run that recorded it; None looks in `folder`. Prints whether
    readings, signals and orders are the same, returns 1 when they are not. Raises
    JournalError, UsageError, TapeError, SettingsError.
    """
    tape = Tape.open(path)
    if tape.updates == 0:
        raise UsageError(f"{path} is empty: there is nothing to run again")
    source, run = _run_of(journal, tape) if journal else _recorder_of(folder, tape)
    manifest = run.started.manifest
    if manifest is None:
        raise JournalError(f"{source} does not say by which settings that run decided")
    tape = open_tape(path, settings_of(manifest))
    warm_up()
    rerun = Rerun(_engine(run, manifest, tape.universe), tape, run.records)
    parting = first_difference(run, rerun, tape.last_ns)
    print(f"{path}: {tape.updates:,} updates, run {run.started.run_id} of {source}")
    if manifest.build.text != build().text:
        print(f"recorded by another program: {manifest.build.text}; this is {build().text}")
    if not run.ended:
        print("that run was killed: compared up to the end of its tape")
    if parting is not None:
        print(_different(parting))
        return 1
    print(f"same: {len(rerun.wanted)} requests and decisions, {len(rerun.lives)} lives of signals")
    return 0


def _engine(run: RecordedRun, manifest: Manifest, universe: Universe) -> Engine:
    """The engine as that run began with it."""
    config = msgspec.structs.replace(config_of(manifest), run_id=run.started.run_id)
    engine = Engine(config, universe, _calendar(manifest, universe))
    engine.begin(run.before, run.records[0].at_ns, latched=run.latched)
    return engine


def _calendar(manifest: Manifest, universe: Universe) -> Calendar:
    rules = settings_of(manifest).session.rules()
    if manifest.broker == SIMULATED:
        return every_day(universe.venue, rules)
    return load_calendar(rules=rules)


def _run_of(journal: Path, tape: Tape) -> tuple[Path, RecordedRun]:
    """The run of a journal that recorded `tape`. Raises JournalError where none can have."""
    run = run_at(scan(journal).records, tape.first_ns)
    if run is None:
        venue = tape.universe.venue
        began = clock(tape.first_ns, venue.utc_offset, date=True)
        raise JournalError(f"{journal}: no run was under way at {began}, when the tape begins")
    return journal, run


def _recorder_of(folder: Path, tape: Tape) -> tuple[Path, RecordedRun]:
    """Among the last journals of `folder` the one whose run recorded `tape`.

    Days of a simulation share their hours: a run that counted as many updates is the one.
    Raises JournalError naming the candidates where it cannot be told.
    """
    found = list(_candidates(folder, tape))
    exact = [one for one in found if one[1].updates == tape.updates]
    likely = exact or found
    if len(likely) == 1:
        return likely[0]
    among = f"one of {', '.join(str(path) for path, _ in likely)}" if likely else "none there"
    raise JournalError(f"{folder}: {among} is of this tape; name its journal with --journal FILE")


def _candidates(folder: Path, tape: Tape) -> Iterator[tuple[Path, RecordedRun]]:
    for path in journal_files(folder)[: -LOOKED_BACK - 1 : -1]:
        try:
            yield _run_of(path, tape)
        except JournalError:
            continue  # damaged, or of another time


def _different(parting: Difference) -> str:
    """Both sides of the first difference, to read."""
    sides = (("journal", parting.journal), ("rerun", parting.rerun))
    lines = [f"DIFFERENT from record {parting.number} on"]
    for name, body in sides:
        said = "nothing" if body is None else msgspec.json.encode(body).decode()
        lines.append(f"  {name:<7} {said}")
    return "\n".join(lines)
