"""A live run over real sockets, recorded, and once more from its tape and its journal."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec
import pytest
from live_run import live_run
from market_rig import contents

from tui_scalper.cli import main
from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core.effects import Effect, PlaceOrder
from tui_scalper.core.engine import Engine
from tui_scalper.core.events import BooksLost, LimitsTold, Link
from tui_scalper.core.journalled import Record
from tui_scalper.core.signal_life import SignalLife
from tui_scalper.lab.recorded_run import first_difference, run_at
from tui_scalper.lab.rerun import Rerun
from tui_scalper.lab.tape import Tape
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.journal_file import scan

RULES = {"signals__pressure_low": "55", "signals__depth_ratio": "1.05"}
NARROW = {"feed__sockets": "2", "feed__socket_cap": "12", "feed__depth": "20", "feed__visit": "1"}
"""Room for 24 of 30 stocks, for 20 of them in depth."""


@pytest.fixture(scope="module", name="recorded")
def recorded_run(tmp_path_factory: pytest.TempPathFactory):
    """A run that traded by itself, of more stocks than there is room for, one of whose sockets
    was lost: its folder, its engine and its plan."""
    folder = tmp_path_factory.mktemp("recorded")
    recording = partial(replace, record=folder / "run.tape")
    with live_run(
        folder, recording, sim__speed="2", sim__instruments="30", **RULES, **NARROW
    ) as live:
        live.give(cm.Arm)
        live.give(cm.AutoOn)
        live.wait(lambda s: s.tally.wins + s.tally.losses >= 1 or s.positions, "a trade")
        live.exchange.faults.cut_feeds = 1
        live.wait(lambda s: s.link is not Link.LIVE, "a lost socket")
        back = live.wait(lambda s: s.link is Link.LIVE, "the socket again").tally.updates
        live.wait(lambda s: s.tally.updates > back + 1_500, "a tape worth the name")
        plan = live.run.plan
    return folder, live.run.worker.session.loop.engine, plan


def journal_of(folder: Path) -> Path:
    (path,) = (folder / "journal").glob("*.journal")
    return path


def written(path: Path, records: list[Record]) -> Path:
    """A journal that holds the bodies of `records`."""
    path.parent.mkdir()
    journal = Journal(path)
    for one in records:
        journal.beside(one.at_ns, (one.body,))
    journal.close()
    return path


def rerun(folder: Path, *more: str) -> int:
    return main(["rerun", str(folder / "run.tape"), "--set", f"state_dir={folder}", *more])


def test_a_recorded_run_comes_to_the_same_readings_signals_and_orders(recorded):
    folder, engine, plan = recorded
    tape, records = Tape.open(folder / "run.tape"), scan(journal_of(folder)).records
    again = Engine(plan.config, engine.universe, plan.calendar)
    again.begin((), records[0].at_ns, latched=False)
    rerun = Rerun(again, tape, records)
    run = run_at(records, tape.first_ns)
    assert run is not None and run.ended and not run.latched
    assert first_difference(run, rerun, tape.last_ns) is None
    assert again.table.cells[:, c.LIMIT_HIGH].any()

    bodies = [record.body for record in records]
    wanted = [body for body in bodies if isinstance(body, Effect)]
    assert [one.body for one in rerun.wanted if isinstance(one.body, Effect)] == wanted
    assert any(isinstance(effect, PlaceOrder) for effect in wanted)
    assert rerun.lives == [body for body in bodies if isinstance(body, SignalLife)]
    assert rerun.lives
    assert tape.updates == engine.updates == again.updates
    then, now = contents(engine.table.market), contents(again.table.market)
    assert {name for name in then if then[name] != now[name]} == set()
    assert (engine.counters == again.counters).all()
    assert engine.desk.trades == again.desk.trades


def test_what_the_feed_said_besides_updates_is_the_same_on_the_tape_and_in_the_journal(recorded):
    folder, _, _ = recorded
    said = [one.body for one in scan(journal_of(folder)).records]
    tape = Tape.open(folder / "run.tape")
    told = [one for batch in tape.batches() for one in batch.news]
    assert told == [one for one in said if isinstance(one, BooksLost | LimitsTold)]
    assert {type(one) for one in told} == {BooksLost, LimitsTold}


def test_the_command_finds_the_journal_and_says_that_all_is_the_same(recorded, capsys):
    assert rerun(recorded[0]) == 0
    said = capsys.readouterr().out
    assert f"of {journal_of(recorded[0])}\n" in said and "\nsame: " in said


def changed(body):
    """The same with another thing in it, where it is one that a rerun answers for."""
    if isinstance(body, PlaceOrder):
        return msgspec.structs.replace(body, terms=msgspec.structs.replace(body.terms, price=5))
    if isinstance(body, SignalLife):
        return msgspec.structs.replace(body, peak=body.peak + 1)
    return body


@pytest.mark.parametrize("kind", [PlaceOrder, SignalLife])
def test_the_first_record_that_differs_is_named(recorded, tmp_path, capsys, kind):
    records = list(scan(journal_of(recorded[0])).records)
    at = next(n for n, one in enumerate(records) if isinstance(one.body, kind))
    records[at] = msgspec.structs.replace(records[at], body=changed(records[at].body))
    path = written(tmp_path / "journal" / "other.journal", records)
    assert rerun(recorded[0], "--journal", str(path)) == 1
    assert f"DIFFERENT from record {at} on\n  journal {{" in capsys.readouterr().out


def test_a_killed_run_is_compared_up_to_where_it_was_killed(recorded, tmp_path, capsys):
    records = list(scan(journal_of(recorded[0])).records)
    path = written(tmp_path / "journal" / "killed.journal", records[: -len(records) // 3])
    assert rerun(recorded[0], "--journal", str(path)) == 0
    assert "that run was killed" in capsys.readouterr().out


def test_other_settings_come_to_something_else(recorded, tmp_path, capsys):
    records = list(scan(journal_of(recorded[0])).records)
    started = records[0].body
    lines = tuple(
        msgspec.structs.replace(one, value="80") if one.key == "signals.pressure_low" else one
        for one in started.manifest.settings
    )
    manifest = msgspec.structs.replace(started.manifest, settings=lines)
    other = msgspec.structs.replace(started, manifest=manifest)
    records[0] = msgspec.structs.replace(records[0], body=other)
    path = written(tmp_path / "journal" / "other.journal", records)
    assert rerun(recorded[0], "--journal", str(path)) == 1
    assert "DIFFERENT" in capsys.readouterr().out


def test_a_tape_without_its_journal_says_what_to_name(recorded, tmp_path, capsys):
    shutil.copy(recorded[0] / "run.tape", tmp_path / "run.tape")
    assert rerun(tmp_path) == 1
    assert "name its journal with --journal FILE" in capsys.readouterr().err


def test_a_pause_for_want_of_attendance_comes_again(tmp_path, capsys):
    recording = partial(replace, record=tmp_path / "run.tape")
    rules = {"sim__speed": "20", "operator__attended": "2"}
    with live_run(tmp_path, recording, **rules) as live:
        live.give(cm.Attend)
        live.wait(lambda s: s.paused, "a pause, as nobody attends")
    assert rerun(tmp_path) == 0
    assert "same: " in capsys.readouterr().out
