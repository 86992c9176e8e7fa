"""A disk that fails under a whole run: entries stop, exits go on, the next start agrees."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from live_run import LiveRun, live_run
from test_live_loop import enter, tradable

from tui_scalper.core import commands as cm
from tui_scalper.core.snapshot import Mode, Protection, TradingState
from tui_scalper.core.tags import run_id
from tui_scalper.core.units import NS, Side
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.journal_file import JournalError


def journal_of(live: LiveRun) -> Journal:
    session = live.run.worker.session
    assert session is not None
    return session.journal


def fill_disk(live: LiveRun, _) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this machine has no /dev/full")
    os.dup2(os.open(full, os.O_WRONLY), journal_of(live)._file)
    live.give(cm.Watch, ladders=3, signals=30)  # something to write down


def fail_sync(live: LiveRun, monkeypatch) -> None:
    def fdatasync(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    live.give(cm.Watch, ladders=3, signals=30)


@pytest.mark.parametrize("spoil", [fill_disk, fail_sync])
def test_a_failing_disk_ends_entries_and_exits_go_on(tmp_path: Path, monkeypatch, spoil):
    with live_run(tmp_path) as live:
        row = enter(live)
        spoil(live, monkeypatch)
        seen = live.wait(lambda s: s.trading is TradingState.HALTED, "halted")
        assert any("takes no more records" in line.text for line in seen.log)
        assert any(p.protection is Protection.PROTECTED for p in seen.positions)
        live.give(cm.Stage, row=(row + 1) % 8, side=Side.BUY)
        live.wait(lambda s: dict(s.tally.refused).get("halted"), "entry refused")
        live.give(cm.Flatten)
        live.wait(lambda s: not s.positions, "flat")
        assert all(held.quantity == 0 for held in live.exchange.positions())
    monkeypatch.undo()
    with live_run(tmp_path) as live:
        live.wait(lambda s: s.trading is TradingState.ACTIVE and not s.positions, "a fresh start")


def test_a_start_on_a_full_disk_guards_what_is_open_and_exits_go_on(tmp_path: Path, monkeypatch):
    with live_run(tmp_path) as live:
        enter(live)
    start = Journal.start

    def full(journal: Journal, *run: object) -> None:
        os.dup2(os.open("/dev/full", os.O_WRONLY), journal._file)
        start(journal, *run)

    monkeypatch.setattr(Journal, "start", full)
    tape = tmp_path / "day.tape"
    with live_run(tmp_path, lambda plan: replace(plan, record=tape)) as live:
        seen = live.wait(lambda s: s.trading is TradingState.HALTED, "halted")
        assert any("takes no more records" in line.text for line in seen.log)
        live.wait(lambda s: any(p.protection is Protection.PROTECTED for p in s.positions), "held")
        live.give(cm.Flatten)
        live.wait(lambda s: not s.positions, "flat")
        assert all(held.quantity == 0 for held in live.exchange.positions())
    assert tape.exists(), "the recording was not finished"
    monkeypatch.undo()
    with live_run(tmp_path) as live:
        live.wait(lambda s: s.trading is TradingState.ACTIVE and not s.positions, "a fresh start")


def test_an_entry_that_cannot_be_written_down_is_not_sent(tmp_path: Path, monkeypatch):
    with live_run(tmp_path) as live:
        seen = live.wait(lambda s: tradable(s) >= 0, "a tradable book")
        live.give(cm.Arm)
        live.give(cm.Stage, row=tradable(seen), side=Side.BUY)
        seen = live.wait(lambda s: s.stage, "staged")

        def effects(*_) -> None:
            raise JournalError("no space")

        monkeypatch.setattr(journal_of(live), "effects", effects)
        live.give(cm.Confirm, stage_id=seen.stage.stage_id)
        seen = live.wait(lambda s: s.trading is TradingState.HALTED, "halted")
        live.wait(lambda s: not s.positions, "the entry given up")
        assert live.exchange.orders() == []


def test_runs_begun_in_one_second_have_names_of_their_own():
    names = {run_id(Mode.TEST, 1_795_408_200 * NS + tenth * NS // 10) for tenth in range(20)}
    assert len(names) == 20
    assert all(len(name) == 8 and name[0] == "T" and name.isalnum() for name in names)
