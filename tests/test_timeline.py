"""A tape in the hand: however it was cut, and however often turned back, it stands the same."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tape_rig import synthetic_tape

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core.events import Commanded
from tui_scalper.core.picture import take_picture
from tui_scalper.core.signal_life import SignalLife
from tui_scalper.core.snapshot import Latency, Mode, OperatorState, Snapshot
from tui_scalper.core.units import NS
from tui_scalper.lab.marks import MarkKind
from tui_scalper.lab.replay import Replay, ReplayPlan
from tui_scalper.lab.report import run_report, to_json
from tui_scalper.lab.tape import Tape
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.journal_file import scan
from tui_scalper.runtime.latch import KillLatch, ReplayLatch
from tui_scalper.runtime.store import CommandQueue, SnapshotStore
from tui_scalper.settings import load_settings
from tui_scalper.timeline import OVER, Timeline

SECONDS = 240
SETTINGS = load_settings(
    environment={},
    overrides={"risk.daily_trades": "500", "protection.time_exit": "15"},
)
"""Positions last a quarter of a minute, so that a few minutes hold whole trades."""
PLAN = ReplayPlan(auto=False, opening_cash=10**9)


class Stood(NamedTuple):
    """All that shows where a timeline stands."""

    picture: Snapshot
    journal: bytes
    report: bytes


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Tape:
    return synthetic_tape(tmp_path_factory.mktemp("tape") / "day.tape", SECONDS, lost_every=113)


def timeline(tape: Tape, folder: Path, history: Sequence[Commanded] = ()) -> Timeline:
    journal = Journal(folder / "a.journal")
    journal.start(tape.first_ns, Mode.REPLAY, "TEST")
    return Timeline(
        tape,
        SETTINGS.engine_config(Mode.REPLAY, "TEST"),
        PLAN,
        journal=journal,
        latch=ReplayLatch(folder),
        store=SnapshotStore(),
        commands=CommandQueue(),
        history=history,
    )


def press(line: Timeline, command: cm.AnyCommand) -> None:
    line.loop.sink(Commanded(at_ns=line.at_ns, command=command))


def stood(line: Timeline) -> Stood:
    engine = line.replay.engine
    stands = Stood(
        take_picture(engine, 1, line.at_ns, Latency()),
        line.journal.path.read_bytes(),
        to_json(run_report(engine, 0, line.replay.lives)),
    )
    line.journal.close()
    return stands


def commands(at_ns: int) -> list[cm.AnyCommand]:
    return [
        cm.Arm(key_ns=at_ns),
        cm.AutoOn(key_ns=at_ns),
        cm.AutoOff(key_ns=at_ns),
        cm.StageBest(key_ns=at_ns),
        cm.Flatten(key_ns=at_ns),
        cm.Resume(key_ns=at_ns),
        cm.Pace(key_ns=at_ns, percent=2_000),
        cm.Kill(key_ns=at_ns),
        cm.ResetKill(key_ns=at_ns, word="RESET"),
    ]


moments = st.integers(0, SECONDS * 1_000)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    goal=moments,
    keys=st.lists(st.tuples(moments, st.integers(0, 8)), max_size=8),
    cuts=st.lists(moments, max_size=12),
)
def test_a_tape_turned_back_stands_as_it_stood(
    tape: Tape, tmp_path: Path, goal: int, keys: list[tuple[int, int]], cuts: list[int]
):
    start = tape.first_ns
    goal_ns = start + goal * NS // 1_000
    asked = [(start, 0), (start, 1), *((start + at * NS // 1_000, key) for at, key in keys)]
    asked.sort()
    folders = [tmp_path / name for name in ("straight", "wandering", "again")]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)

    straight = timeline(tape, folders[0])
    for at_ns, key in asked:
        if at_ns <= goal_ns:
            straight.play(at_ns)
            press(straight, commands(at_ns)[key])
    straight.play(goal_ns)
    straight.loop.pulse(0)

    wandering = timeline(tape, folders[1])
    stops = [(start + at * NS // 1_000, -1) for at in cuts]
    for at_ns, key in sorted([*asked, *stops, (tape.last_ns, -1)]):
        wandering.play(at_ns)
        if key >= 0:
            press(wandering, commands(at_ns)[key])
        else:
            press(wandering, cm.Focus(key_ns=at_ns, row=3))
            wandering.loop.pulse(0)
    before = [one for one in wandering.known if one.at_ns <= goal_ns]
    wandering.journal.close()

    again = timeline(tape, folders[2], before)
    for at_ns in sorted({at for at, _ in stops if at < goal_ns}):
        again.play(at_ns)
        again.loop.pulse(0)
    again.play(goal_ns)
    again.loop.pulse(0)
    assert stood(again) == stood(straight)


def test_in_pieces_with_keys_it_trades_as_the_headless_replay_does(tape: Tape, tmp_path: Path):
    config = SETTINGS.engine_config(Mode.REPLAY, "TEST")
    headless = Replay(tape, config, msgspec.structs.replace(PLAN, auto=True))
    headless.begin()
    headless.play(tape.last_ns - 1)
    line = timeline(tape, tmp_path)
    press(line, cm.Arm(key_ns=tape.first_ns))
    press(line, cm.AutoOn(key_ns=tape.first_ns))
    for at_ns in range(tape.first_ns, tape.last_ns, 777_777_777):
        line.play(at_ns)
        line.loop.pulse(0)
    line.play(tape.last_ns - 1)
    assert headless.engine.desk.trades
    expected = to_json(run_report(headless.engine, 0, headless.lives))
    assert to_json(run_report(line.replay.engine, 0, line.replay.lives)) == expected
    line.journal.close()


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(moments, max_size=12), turned_at=moments)
def test_every_life_of_a_signal_is_journalled_once_however_a_tape_is_moved(
    tape: Tape, tmp_path: Path, cuts: list[int], turned_at: int
):
    shutil.rmtree(tmp_path / "wandering", ignore_errors=True)
    shutil.rmtree(tmp_path / "again", ignore_errors=True)
    headless = Replay(tape, SETTINGS.engine_config(Mode.REPLAY, "TEST"), PLAN)
    headless.run()
    assert headless.lives
    wandering = timeline(tape, tmp_path / "wandering")
    wandering.play(tape.first_ns + turned_at * NS // 1_000)
    wandering.loop.pulse(0)
    again = timeline(tape, tmp_path / "again", wandering.known)
    wandering.close()
    for number, at in enumerate(sorted(cuts)):
        again.play(tape.first_ns + at * NS // 1_000)
        again.loop.pulse(number)
    again.play(tape.last_ns + 5 * NS)
    again.close()
    bodies = [one.body for one in scan(again.journal.path).records]
    assert [one for one in bodies if isinstance(one, SignalLife)] == headless.lives


def test_marks_are_where_signals_begin_and_trades_open_and_close(tape: Tape, tmp_path: Path):
    line = timeline(tape, tmp_path)
    press(line, cm.Arm(key_ns=tape.first_ns))
    press(line, cm.AutoOn(key_ns=tape.first_ns))
    line.play(tape.last_ns + 5 * NS)
    engine, marks = line.replay.engine, line.marks
    assert marks.count(MarkKind.SIGNAL) > 0
    trades = engine.desk.trades
    assert trades
    for trade in trades:
        assert marks.before(MarkKind.TRADE, trade.exit_ns + 1) == trade.exit_ns
        assert marks.before(MarkKind.TRADE, trade.exit_ns) is not None
    line.journal.close()


def test_a_stop_at_a_mark_is_at_the_very_frame(tape: Tape, tmp_path: Path):
    whole = timeline(tape, tmp_path / "whole")
    whole.play(tape.last_ns)
    first = timeline(tape, tmp_path / "first")
    marks = first.marks
    assert not first.play(tape.last_ns, lambda: not marks.count(MarkKind.SIGNAL))
    rows, cells = first.marked(MarkKind.SIGNAL), first.replay.engine.table.cells
    assert rows and all(cells[row, c.SIGNAL_NS] == first.at_ns for row in rows)
    assert first.marked(MarkKind.TRADE) == []
    last = whole.marks.before(MarkKind.SIGNAL, tape.last_ns + 1)
    assert last is not None
    earlier = whole.marks.before(MarkKind.SIGNAL, first.at_ns + 1)
    assert earlier == first.at_ns < last
    assert whole.marks.before(MarkKind.SIGNAL, first.at_ns) is None
    whole.journal.close()
    first.journal.close()


def test_a_command_at_a_mark_comes_after_all_that_happened_there(tape: Tape, tmp_path: Path):
    line = timeline(tape, tmp_path / "first")
    press(line, cm.Arm(key_ns=tape.first_ns))
    press(line, cm.AutoOn(key_ns=tape.first_ns))
    while line.at_ns < tape.last_ns:
        known = line.marks.count(MarkKind.TRADE)
        line.play(tape.last_ns, lambda known=known: line.marks.count(MarkKind.TRADE) == known)
        press(line, cm.Pace(key_ns=line.at_ns, percent=200))
    again = timeline(tape, tmp_path / "again", line.known)
    again.play(line.at_ns)
    assert stood(again) == stood(line)


def test_the_end_of_the_tape_is_said_and_disarms(tape: Tape, tmp_path: Path):
    line = timeline(tape, tmp_path)
    press(line, cm.Arm(key_ns=tape.first_ns))
    line.play(tape.last_ns + NS)
    assert line.replay.engine.operator.state is OperatorState.DISARMED
    assert OVER in [one.text for one in line.replay.engine.chronicle.lines]
    line.close()
    assert not scan(line.journal.path).torn_bytes


def test_a_killed_replay_latches_nothing_for_other_runs(tape: Tape, tmp_path: Path):
    line = timeline(tape, tmp_path)
    press(line, cm.Kill(key_ns=tape.first_ns))
    assert line.replay.engine.operator.state is OperatorState.KILLED
    line.loop.pulse(0)
    assert not KillLatch(tmp_path).is_set()
    line.journal.close()


def test_a_kill_from_another_shell_reaches_a_replay(tape: Tape, tmp_path: Path):
    line = timeline(tape, tmp_path)
    line.loop.pulse(0)
    KillLatch(tmp_path).set()
    line.loop.pulse(1)
    assert line.replay.engine.operator.state is OperatorState.KILLED
    line.journal.close()
    other = timeline(tape, tmp_path / "other")
    assert other.replay.engine.operator.state is OperatorState.DISARMED
    other.journal.close()


def test_what_a_person_has_left_is_the_same_at_any_pace(tape: Tape, tmp_path: Path):
    line = timeline(tape, tmp_path)
    at = tape.first_ns
    press(line, cm.Arm(key_ns=at))
    operator = line.replay.engine.operator
    left = operator.armed_until_ns - at
    press(line, cm.Pace(key_ns=at, percent=1_000))
    assert operator.armed_until_ns - at == 10 * left
    assert operator.key_age_ns == 10 * SETTINGS.engine_config(Mode.REPLAY, "A").operator.key_age_ns
    press(line, cm.Pace(key_ns=at, percent=50))
    assert operator.armed_until_ns - at == left // 2
    line.journal.close()
