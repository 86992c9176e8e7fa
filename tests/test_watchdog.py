"""The watchdog: told of a dead run, it acts once, by the way every start goes; never of a live."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from cli_rig import start
from hypothesis import given
from hypothesis import strategies as st
from live_run import LiveRun, WatchedStore, live_run
from test_day_report import Paper, by_hand, entered
from test_killed_console import account, held, orders
from test_live_loop import enter

from tui_scalper.assembly import Run
from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.events import Link
from tui_scalper.core.snapshot import Protection
from tui_scalper.core.steering import NEVER_RESTED
from tui_scalper.exchange.orders import LIVE
from tui_scalper.lab.daybook import Daybook
from tui_scalper.lab.open_risk import may_be_open
from tui_scalper.plans import plan_for
from tui_scalper.runtime.deadman import Deadman, Pulse
from tui_scalper.runtime.heartbeat import NAME, Beat, Heartbeat, read_beat
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.journal_file import scan
from tui_scalper.runtime.journals import folder_of
from tui_scalper.runtime.lock import StateLock
from tui_scalper.settings import Settings, SettingsError, load_settings
from tui_scalper.watchdog import LOG, Watchdog
from tui_scalper.watchdog_act import GUARDED, act

BEAT = Beat(count=1, pid=os.getpid(), run_id="R", mode="SIM", journal="a.journal")
PATIENCE_S = 60.0


def beat(count: int, **fields: object) -> Beat:
    return msgspec.structs.replace(BEAT, count=count, **fields)


def until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.05)


# -- the heartbeat and its judge -------------------------------------------------------------


def test_a_heartbeat_counts_on_and_says_when_it_ended(tmp_path: Path):
    now = [0.0]
    heart = Heartbeat(tmp_path, BEAT, lambda: now[0])
    seen = []
    for now[0] in (0.0, 0.2, 0.5, 0.9, 1.0):
        heart.beat()
        seen.append(read_beat(tmp_path).count)
    assert seen == [2, 2, 3, 3, 4], "twice a second, however often the loop turns"
    heart.end()
    assert read_beat(tmp_path) == beat(5, ended=True)


def test_what_is_no_heartbeat_is_none(tmp_path: Path):
    assert read_beat(tmp_path) is None
    (tmp_path / NAME).write_bytes(b"half a be")
    assert read_beat(tmp_path) is None


def test_only_a_run_seen_alive_can_be_lost():
    judge = Deadman(5.0)
    assert judge.look(beat(1), 0) is Pulse.NONE
    assert judge.look(beat(1), 100) is Pulse.NONE, "left over from before"
    assert judge.look(beat(2), 101) is Pulse.ALIVE
    assert judge.look(beat(2), 106) is Pulse.ALIVE
    assert judge.look(None, 106.1) is Pulse.LOST
    judge.settle()
    assert judge.look(beat(2), 200) is Pulse.NONE, "dealt with once"
    assert judge.look(beat(3, run_id="S"), 201) is Pulse.ALIVE


def test_the_run_that_is_expected_counts_as_alive_from_its_first_beat():
    judge = Deadman(5.0, "R")
    assert judge.look(beat(1), 0) is Pulse.ALIVE
    assert judge.look(beat(1), 5.1) is Pulse.LOST
    assert Deadman(5.0, "R").look(beat(1, ended=True), 0) is Pulse.ENDED
    assert Deadman(5.0, "S").look(beat(1), 0) is Pulse.NONE


def test_a_run_that_ended_in_order_is_never_lost():
    judge = Deadman(5.0)
    judge.look(beat(1), 0)
    judge.look(beat(2), 1)
    assert judge.look(beat(3, ended=True), 2) is Pulse.ENDED
    assert judge.look(beat(3, ended=True), 100) is Pulse.NONE


@given(st.lists(st.floats(0.01, 4.9), min_size=2, max_size=30))
def test_a_heart_that_beats_in_time_is_never_lost(waits: list[float]):
    judge, now = Deadman(5.0), 0.0
    for count, wait in enumerate(waits, 1):
        now += wait
        assert judge.look(beat(count), now) is not Pulse.LOST
        assert judge.look(beat(count), now + 4.9) is not Pulse.LOST


# -- what may be open ------------------------------------------------------------------------


def test_what_may_be_open_by_the_journal():
    assert not may_be_open([])
    assert not may_be_open(by_hand())
    for count in range(2, 9):
        assert may_be_open(by_hand()[:count]), "from the entry's record until its stop filled"
    paper = Paper()
    entered(paper, 0, "1", 1_003_00, 1_000_05, 1_000_05)
    assert may_be_open(paper.records)


# -- acting ----------------------------------------------------------------------------------


def settings(state: Path, policy: str, **more: str) -> Settings:
    given = {"state_dir": str(state), "deadman.policy": policy, "deadman.after": "3"}
    given["sim.instruments"] = "8"
    return load_settings(overrides=given | more, environment={})


def lost(state: Path, policy: str, **more: str) -> tuple[Watchdog, str]:
    """A watchdog that just took the run of the heartbeat in `state` for lost; what it said."""
    last = read_beat(state)
    assert last is not None
    dog = Watchdog(settings(state, policy, **more), state, last.run_id)
    assert dog.step(0) is Pulse.ALIVE
    pulse = dog.step(10)
    log = state / LOG
    said = log.read_text() if log.exists() else ""
    assert pulse in (Pulse.LOST, Pulse.ALIVE)
    return dog, said


@contextmanager
def dead_with_a_position(state: Path) -> Iterator[None]:
    """A state directory as a killed run leaves it: position, resting stop, heartbeat stopped."""
    with live_run(state) as live:
        enter(live)
        stopped = read_beat(state)
        assert stopped is not None
    Heartbeat(state, stopped)._write(ended=False)
    assert len(held(account(state))) == 1
    yield


def flat_with_one_exit_a_position(state: Path) -> None:
    """By the journal, which every start believes: all closed, each by one order, none twice.

    An exit that a kill overtook between its record and the broker never rested.
    """
    (journal,) = folder_of(state).glob("*.journal")
    records = scan(journal).records
    assert not may_be_open(records)
    placed = [one.body for one in records if isinstance(one.body, PlaceOrder)]
    assert len({order.tag for order in placed}) == len(placed)
    for position in Daybook(records).desk.owned():
        rested = [one for one in position.exits if one.state not in NEVER_RESTED]
        assert len(rested) == (1 if position.bought else 0)


def test_a_broker_that_lived_on_is_left_flat_over_real_sockets(tmp_path: Path):
    """The exchange is nobody's child here: it keeps its orders while engines come and go."""
    plan = plan_for(settings(tmp_path, "flatten"))
    outside = plan.exchange
    assert outside is not None
    outside.start()
    try:
        plan = replace(plan, exchange=None)
        run = Run(plan, tmp_path)
        run.store = store = WatchedStore()
        run.start()
        live = LiveRun(run, store)
        live.wait(lambda s: s.link is Link.LIVE and s.tally.capital > 0, "live and funded")
        enter(live)
        run.stop()
        before = outside.exchange.orders()
        config = msgspec.structs.replace(plan.config, run_id="NEXT")
        said = act(replace(plan, config=config), tmp_path, flatten=True)
        assert said == "every position is flat, no entry rests"
        assert all(one.quantity == 0 for one in outside.exchange.positions())
        after = outside.exchange.orders()
        assert [one.order_id for one in after] == [one.order_id for one in before]
        assert not [one for one in after if one.status in LIVE]
    finally:
        outside.stop()


def test_nothing_open_is_nothing_to_do(tmp_path: Path):
    with live_run(tmp_path) as live:
        stopped = read_beat(tmp_path)
        live.wait(lambda s: s.log, "anything")
    Heartbeat(tmp_path, stopped)._write(ended=False)
    _, said = lost(tmp_path, "flatten")
    assert "is gone" in said
    assert "nothing was open: nothing to do" in said


def test_alarm_only_tells(tmp_path: Path):
    with dead_with_a_position(tmp_path):
        before = account(tmp_path)
        _, said = lost(tmp_path, "alarm")
        assert "may be open" in said
        assert orders(account(tmp_path)) == orders(before)


def test_cancel_entries_leaves_the_position_with_its_one_stop(tmp_path: Path):
    with dead_with_a_position(tmp_path):
        before = account(tmp_path)
        _, said = lost(tmp_path, "cancel_entries")
        assert "every position has its exit order" in said
        after = account(tmp_path)
        assert held(after) == held(before)
        assert [one.order_id for one in orders(after)] == [one.order_id for one in orders(before)]
        assert len([one for one in orders(after) if one.status in LIVE]) == 1


def test_flatten_closes_by_the_one_exit_order_and_never_acts_again(tmp_path: Path):
    with dead_with_a_position(tmp_path):
        dog, said = lost(tmp_path, "flatten")
        assert "every position is flat" in said
        flat_with_one_exit_a_position(tmp_path)
        assert dog.step(20) in (Pulse.ENDED, Pulse.NONE)
        assert dog.step(40) is Pulse.NONE
        assert (tmp_path / LOG).read_text() == said, "nothing more was said or done"
    with live_run(tmp_path) as live:
        assert not live.wait(lambda s: s.tally.capital > 0, "live").positions


def test_a_run_that_is_alive_and_stands_still_is_told_and_left_alone(tmp_path: Path):
    lock = StateLock(tmp_path)
    try:
        Heartbeat(tmp_path, BEAT)._write(ended=False)
        dog, said = lost(tmp_path, "flatten")
        assert "is alive but its loop stands still: not acting" in said
        dog.step(20)
        assert (tmp_path / LOG).read_text() == said, "told once"
    finally:
        lock.release()


def test_another_run_that_is_starting_takes_over_by_itself(tmp_path: Path):
    Heartbeat(tmp_path, beat(1, pid=1))._write(ended=False)
    lock = StateLock(tmp_path)
    try:
        dog, said = lost(tmp_path, "flatten")
        assert said == ""
        assert dog.step(30) is Pulse.NONE
    finally:
        lock.release()


def write_open(state: Path) -> None:
    paper = Paper()
    entered(paper, 0, "1", 1_003_00, 1_000_05, 1_000_05)
    journal = Journal(folder_of(state) / BEAT.journal)
    for record in paper.records:
        journal.beside(record.at_ns, (record.body,))
    journal.close()


def test_settings_that_lead_elsewhere_act_on_nothing(tmp_path: Path):
    write_open(tmp_path)
    Heartbeat(tmp_path, beat(1, pid=1))._write(ended=False)
    _, said = lost(tmp_path, "flatten")
    assert "not acting: these settings lead to sim-" in said


def test_a_broker_that_cannot_be_used_is_told(tmp_path: Path):
    write_open(tmp_path)
    Heartbeat(tmp_path, beat(1, pid=1, mode="TEST"))._write(ended=False)
    _, said = lost(tmp_path, "flatten", broker="kite", mode="test")
    assert "could not act (SettingsError: kite.api_key is not set" in said


def test_a_watchdog_without_its_log_still_acts(tmp_path: Path, capsys):
    (tmp_path / LOG).mkdir()
    Watchdog(settings(tmp_path, "alarm"), tmp_path).say("hear me")
    said = capsys.readouterr().err
    assert "hear me" in said
    assert "cannot write" in said


def test_the_settings_of_a_run_reach_its_watchdog():
    given_then = load_settings(
        overrides={"kite.api_secret": "s3cr3t", "lists.deny": "A,B", "deadman.on": "true"},
        environment={},
    )
    again = load_settings(environment=given_then.environment())
    assert again.kite.api_secret == given_then.kite.api_secret
    assert [one.value for one in again.in_force()] == [one.value for one in given_then.in_force()]


def test_a_killed_run_is_flattened_by_the_watchdog_it_started(tmp_path: Path):
    """The whole way: a real SIGKILL, a real watchdog process, real sockets to the exchange."""
    words = ["run", "--headless", "--seconds", "3600", "--auto"]
    for one in ("deadman.on=true", "deadman.after=3", "deadman.policy=flatten"):
        words += ["--set", one]
    words += ["--set", f"state_dir={tmp_path}", "--set", "sim.instruments=30"]
    with start(*words) as running:
        try:
            until(lambda: (tmp_path / "sim.msgpack").exists() and held(account(tmp_path)), "held")
        finally:
            running.send_signal(signal.SIGKILL)
        running.communicate()
    log = tmp_path / LOG
    until(lambda: log.exists() and "every position is flat" in log.read_text(), "acted")
    assert log.read_text().count("is gone") == 1
    until(lambda: not StateLock.owner(tmp_path), "the watchdog has let go")
    flat_with_one_exit_a_position(tmp_path)


def test_a_run_that_ends_in_order_takes_its_watchdog_with_it(tmp_path: Path):
    words = ["run", "--headless", "--seconds", "1", "--set", f"state_dir={tmp_path}"]
    words += ["--set", "deadman.on=true", "--set", "sim.instruments=8"]
    with start(*words) as running:
        _, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    last = read_beat(tmp_path)
    assert last is not None and last.ended
    listed = ["pgrep", "-f", f"watchdog --run {last.run_id}"]
    until(lambda: subprocess.run(listed, check=False, capture_output=True).returncode, "ended")
    assert not (tmp_path / LOG).exists()


@pytest.mark.parametrize("after", ["2", "0"])
def test_a_heartbeat_needs_some_patience(after: str):
    with pytest.raises(SettingsError, match=r"deadman\.after"):
        load_settings(overrides={"deadman.after": after}, environment={})


def test_what_counts_as_guarded_is_what_a_person_would():
    assert Protection.UNPROTECTED not in GUARDED
    assert Protection.UNKNOWN not in GUARDED
