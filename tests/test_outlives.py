"""Whatever breaks around it, the engine's thread goes on and says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_rig import Rig
from live_run import live_run

from tui_scalper.core import commands as cm
from tui_scalper.core.effects import NotePause, PollOrderBook
from tui_scalper.core.events import Link
from tui_scalper.core.orders import OrderTerms, ReportStatus
from tui_scalper.core.snapshot import Mode, TradingState
from tui_scalper.core.units import Side
from tui_scalper.runtime.journal_file import scan
from tui_scalper.runtime.journals import folder_of, newest
from tui_scalper.runtime.lock import LockedError, StateLock


def told(live, text: str):
    return live.wait(lambda seen: any(text in line.text for line in seen.log), text)


def test_a_feed_that_breaks_runs_again(tmp_path: Path, monkeypatch):
    with live_run(tmp_path) as live:
        feed = live.run.worker.session.feed
        broken = iter([RuntimeError("a bug nobody thought of")])
        take = feed.frame

        def fragile(number, frame):
            for error in broken:
                raise error
            take(number, frame)

        monkeypatch.setattr(feed, "frame", fragile)
        told(live, "a bug nobody thought of")
        seen = live.wait(lambda seen: seen.link is Link.LIVE, "live again")
        assert seen.paused


def test_a_picture_that_cannot_be_taken_does_not_end_the_engine(tmp_path: Path, monkeypatch):
    with live_run(tmp_path) as live:
        loop = live.run.worker.session.loop
        broken = iter([ValueError("no picture")])
        publish = loop.publish

        def fragile(now):
            for error in broken:
                raise error
            publish(now)

        monkeypatch.setattr(loop, "publish", fragile)
        told(live, "no picture")
        live.give(cm.Kill)
        live.wait(lambda seen: seen.kill_steps, "kill still works")


def test_the_pause_after_an_error_is_in_the_journal_so_that_a_restart_keeps_it(tmp_path: Path):
    with live_run(tmp_path) as live:
        live.run.worker.session.loop.carrier.broke("test", RuntimeError("once"))
        live.wait(lambda seen: seen.paused, "paused")
    records = scan(newest(folder_of(tmp_path))).records
    assert [one.body.paused for one in records if isinstance(one.body, NotePause)] == [True]


def test_after_a_few_errors_entries_halt(tmp_path: Path):
    with live_run(tmp_path) as live:
        loop = live.run.worker.session.loop
        for number in range(3):
            loop.carrier.broke("test", RuntimeError(f"number {number}"))
        live.wait(lambda seen: seen.trading is TradingState.HALTED, "halted")


def test_deeply_nested_text_is_bad_text(tmp_path: Path):
    with live_run(tmp_path) as live:
        session = live.run.worker.session
        event = session.feed._texts.read(
            '{"type":"order","data":' + "[" * 3_000 + "]" * 3_000 + "}", 1
        )
        assert event.fault.value == "unreadable text frame"


def test_one_run_a_state_directory(tmp_path: Path):
    lock = StateLock(tmp_path)
    with pytest.raises(LockedError, match="another run"):
        StateLock(tmp_path)
    lock.release()
    StateLock(tmp_path).release()


def test_a_simulated_account_that_cannot_be_saved_is_said(tmp_path: Path):
    (tmp_path / "sim.msgpack").mkdir()
    with live_run(tmp_path) as live:
        seen = live.wait(lambda seen: seen.ladders and seen.ladders[0].asks, "a book")
        live.give(cm.Arm)
        live.give(cm.Stage, row=seen.ladders[0].row, side=Side.BUY)
        seen = live.wait(lambda seen: seen.stage, "staged")
        live.give(cm.Confirm, stage_id=seen.stage.stage_id)
        told(live, "cannot be saved")


def test_an_update_larger_than_asked_is_not_acted_on_but_asked_about():
    rig = Rig(Mode.TEST).open_market()
    position = rig.hold()
    stop = position.exit
    huge = OrderTerms(kind=stop.terms.kind, quantity=1_000, price=1, trigger=1)
    entry = position.entry
    effects = rig.report(entry, ReportStatus.COMPLETE, 1_000, terms=huge)
    assert effects == [PollOrderBook()]
    assert position.bought == 1
    assert rig.engine.chronicle.faults["order update larger than asked"] == 1
