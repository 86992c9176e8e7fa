"""The hand on a tape: held, stepped, paced, turned back, and what the screen says of it."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from console_rig import Rig, console
from console_snapshots import NOON, snapshot
from live_run import WatchedStore
from tape_rig import synthetic_tape
from terminal_rig import Terminal, known, program

from tui_scalper.core import commands as cm
from tui_scalper.core.snapshot import Mode, OperatorState, Snapshot
from tui_scalper.core.units import NS
from tui_scalper.core.venues import NSE
from tui_scalper.lab.marks import MarkKind
from tui_scalper.lab.tape import Tape, TapeError
from tui_scalper.playback import (
    PACES,
    STEP_NS,
    GoTo,
    Jump,
    Playback,
    Stay,
    TapeSpan,
    TapeTimeError,
)
from tui_scalper.replaying import AFTER_NS, ReplayRun
from tui_scalper.runtime.clocks import MarketClock
from tui_scalper.runtime.journal_file import frames, scan
from tui_scalper.runtime.journals import folder_of, newest
from tui_scalper.settings import load_settings
from tui_scalper.tape_mover import TapeMover

SPAN = TapeSpan(NSE, NOON - 3600 * NS, NOON + 3600 * NS)
SECONDS = 240


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Tape:
    return synthetic_tape(tmp_path_factory.mktemp("tape") / "day.tape", SECONDS)


def test_a_held_clock_stands_and_a_stepped_one_moves_by_the_step_alone():
    clock = MarketClock(NOON, 50.0)
    clock.hold()
    held = clock.now()
    assert clock.held and held >= NOON
    assert clock.now() == held
    clock.step(NS)
    clock.step(-5 * NS)
    assert clock.now() == held + NS


def test_a_clock_that_goes_on_begins_where_it_stood_and_never_runs_back(monkeypatch):
    machine = [0]
    monkeypatch.setattr(time, "perf_counter_ns", lambda: machine[0])
    clock = MarketClock(NOON, 20.0)
    machine[0] = NS
    clock.hold()
    machine[0] = 100 * NS
    assert clock.now() == NOON + 20 * NS
    clock.go_on()
    assert not clock.held and clock.now() == NOON + 20 * NS
    machine[0] += NS
    assert clock.now() == NOON + 40 * NS
    clock.run_at(1.0)
    machine[0] += NS
    assert clock.now() == NOON + 41 * NS
    clock.move(NOON)
    machine[0] += NS
    assert clock.now() == NOON + NS


# -- what the hand asks ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "12", "12:60", "24:00", "1:2:3:4", "noon", "12:-5", "１２:00"]
)
def test_what_is_no_time_of_day_is_said(text: str):
    with pytest.raises(TapeTimeError, match="write HH:MM"):
        SPAN.moment(text, NOON)


def test_a_time_that_is_not_on_the_tape_is_said_with_what_is():
    first, last = SPAN.clock(SPAN.first_ns), SPAN.clock(SPAN.last_ns)
    with pytest.raises(TapeTimeError, match=f"from {first} to {last}; 03:00 is outside"):
        SPAN.moment("03:00", NOON)


def test_a_time_of_day_is_that_of_the_tapes_day():
    assert SPAN.moment(SPAN.clock(NOON), NOON) == NOON // NS * NS
    assert SPAN.clock(SPAN.moment(f"{SPAN.clock(NOON)[:5]}", NOON))[-2:] == "00"


def test_the_pace_goes_up_and_down_through_its_steps_and_stays_in_them():
    tape = Playback(MarketClock(NOON, 3.0), SPAN)
    assert "5 times" in tape.faster()
    assert "2 times" in tape.slower()
    for _ in PACES:
        tape.faster()
    assert tape.clock.speed == PACES[-1]
    for _ in PACES:
        tape.slower()
    assert tape.clock.speed == PACES[0]


# -- keys ------------------------------------------------------------------------------------


@contextmanager
def playing(rig: Rig, speed: float = 20.0) -> Iterator[Playback]:
    rig.app._playback = tape = Playback(MarketClock(NOON, speed), SPAN)
    yield tape


async def test_the_tape_is_held_and_stepped_by_keys_and_the_banner_says_so():
    async with console(snapshot(mode=Mode.REPLAY)) as rig:
        with playing(rig) as tape:
            await rig.press("j")
            assert "REPLAY 20x" in rig.line(0)
            await rig.press("P")
            assert "REPLAY ‖ HELD 20x" in rig.line(0) and "the tape is held" in rig.line(-1)
            held = tape.clock.now()
            await rig.press(".")
            assert tape.clock.now() == held + STEP_NS
            await rig.press(">")
            assert "REPLAY ‖ HELD 50x" in rig.line(0)
            await rig.press("<", "<", "P")
            assert "REPLAY 10x" in rig.line(0) and not tape.clock.held


async def test_keys_ask_for_signals_trades_and_times():
    async with console(snapshot(mode=Mode.REPLAY)) as rig:
        with playing(rig) as tape:
            for key, move in (
                ("}", Jump(MarkKind.SIGNAL, 1)),
                ("{", Jump(MarkKind.SIGNAL, -1)),
                (")", Jump(MarkKind.TRADE, 1)),
                ("(", Jump(MarkKind.TRADE, -1)),
            ):
                await rig.press(key)
                assert tape.take() == move
            wanted = SPAN.clock(NOON + 60 * NS)
            await rig.press("@", *wanted)
            assert "go to time" in rig.text() and tape.take() is None
            await rig.press("enter")
            assert tape.take() == GoTo((NOON + 60 * NS) // NS * NS)
            await rig.press("@", *"25:00", "enter")
            assert tape.take() is None and "is no time of day" in rig.line(-1)
            await rig.press("@", *"12", "escape")
            assert tape.take() is None and rig.commands() == []


async def test_while_the_tape_is_moved_the_banner_says_how_far_and_a_key_stops_it():
    async with console(snapshot(mode=Mode.REPLAY)) as rig:
        with playing(rig) as tape:
            tape.moving = "▸▸ 12:00:00 40%"
            await rig.press("P")
            assert "▸▸ 12:00:00 40%" in rig.line(0)
            assert tape.take() == Stay()


async def test_a_tape_turned_back_takes_what_was_seen_of_later_away():
    async with console(snapshot(mode=Mode.REPLAY)) as rig:
        with playing(rig) as tape:
            rig.app.hands.gaze.alarms.hear(())
            before = rig.app.hands.gaze.book
            tape.turns += 1
            tape.tell("at 11:00:00")
            await rig.show(snapshot(2, mode=Mode.REPLAY))
            assert rig.app.hands.gaze.book is not before
            assert "at 11:00:00" in rig.line(-1)


async def test_without_a_tape_there_is_nothing_to_move():
    async with console() as rig:
        for key in ("P", ".", "<", ">", "@", "{", "}", "(", ")"):
            await rig.press("j", key)
            assert "only a replay" in rig.line(-1), key


# -- the whole run ---------------------------------------------------------------------------


def run_of(tape: Tape, folder: Path, **how: object) -> ReplayRun:
    overrides = {
        "state_dir": str(folder),
        "risk.daily_trades": "500",
        "protection.time_exit": "15",
    }
    wanted = {"speed": 20.0, "at": None, "auto": True, **how}
    run = ReplayRun(load_settings(environment={}, overrides=overrides), tape.path, **wanted)  # type: ignore[arg-type]
    run.store = WatchedStore()
    return run


def arrive(run: ReplayRun, what: str) -> Snapshot:
    """The first picture after `what` was said and the tape stands."""
    heard: list[str] = []

    def there(_seen: Snapshot) -> bool:
        while news := run.playback.news():
            heard.append(news.text)
        said = any(what in one for one in heard)
        return said and not run.playback.moving and not run.playback.asked

    before = run.store.wait(there, f"{what}; heard {heard}")  # type: ignore[attr-defined]
    return run.store.wait(lambda seen: seen.seq > before.seq + 1, "a picture more")  # type: ignore[attr-defined]


def test_a_run_that_wandered_has_the_journal_of_one_that_did_not(tape: Tape, tmp_path: Path):
    run = run_of(tape, tmp_path)
    run.start()
    tape_hand = run.playback
    tape_hand.jump(MarkKind.TRADE, 1)
    first = arrive(run, "trade of")
    assert first.positions and tape_hand.clock.held
    tape_hand.jump(MarkKind.TRADE, 1)
    second = arrive(run, "trade of")
    run.commands.put(cm.Flatten(key_ns=tape_hand.clock.now()))
    run.store.wait(lambda seen: seen.paused, "entries paused")  # type: ignore[attr-defined]
    tape_hand.jump(MarkKind.TRADE, -1)
    back = arrive(run, "at ")
    assert (back.at_ns, back.positions, back.log) == (first.at_ns, first.positions, first.log)
    assert not back.paused and back.at_ns < second.at_ns
    tape_hand.seek(tape_hand.span.clock(tape.first_ns + 120 * NS))
    arrive(run, "at ")
    tape_hand.jump(MarkKind.SIGNAL, -1)
    here = arrive(run, "at ")
    history = list(run._mover.timeline.loop.history)
    run.stop()

    straight = run._playing(tmp_path / "straight.journal", history)
    straight.play(here.at_ns)
    straight.loop.pulse(0)
    straight.close()
    assert newest(folder_of(tmp_path)).read_bytes() == (tmp_path / "straight.journal").read_bytes()


def test_where_nothing_follows_the_tape_stays_where_it_was(tape: Tape, tmp_path: Path):
    run = run_of(tape, tmp_path, auto=False)
    run.start()
    run.playback.clock.hold()
    run.playback.jump(MarkKind.TRADE, 1)
    seen = arrive(run, "no trade follows on this tape")
    assert seen.at_ns < tape.last_ns
    run.playback.jump(MarkKind.TRADE, -1)
    arrive(run, "no trade before this moment")
    run.stop()


def test_a_tape_that_is_over_is_held_at_its_end_and_goes_no_further(tape: Tape, tmp_path: Path):
    run = run_of(tape, tmp_path, speed=1000.0)
    run.start()
    over = arrive(run, "the tape is over: it is held at its end")
    assert run.clock.held and over.at_ns == tape.last_ns + AFTER_NS
    for go_on in (run.playback.toggle, run.playback.step):
        go_on()
        again = arrive(run, "the tape is over: it is held at its end")
        assert again.at_ns == over.at_ns and again.tally == over.tally
    run.playback.seek(run.playback.span.clock(tape.first_ns + 30 * NS))
    assert arrive(run, "at ").at_ns < tape.last_ns
    run.stop()


def test_a_key_that_adds_risk_is_dropped_while_the_tape_is_moved(tape: Tape, tmp_path: Path):
    run = run_of(tape, tmp_path, auto=False)
    run.playback.seek(run.playback.span.clock(tape.last_ns))
    for command in (cm.Arm(key_ns=tape.last_ns), cm.Pause(key_ns=tape.last_ns)):
        run.commands.put(command)
    run.start()
    seen = arrive(run, "keys that add risk were dropped")
    assert seen.operator is OperatorState.DISARMED and seen.paused
    run.stop()


def test_it_begins_where_it_is_told_and_refuses_a_time_that_is_not_there(
    tape: Tape, tmp_path: Path
):
    at = TapeSpan.of(tape).clock(tape.first_ns + 60 * NS)
    run = run_of(tape, tmp_path, at=at)
    run.start()
    seen = arrive(run, "at ")
    assert seen.at_ns >= tape.first_ns + 60 * NS - NS and seen.auto
    run.stop()
    with pytest.raises(TapeTimeError, match="outside"):
        run_of(tape, tmp_path, at="03:00")


def test_a_tape_that_breaks_half_way_is_held_and_said(tape: Tape, tmp_path: Path):
    run = run_of(tape, tmp_path, auto=False)
    run.start()
    broken = run._mover.timeline.replay

    def damaged(*_: object) -> None:
        raise TapeError("part 2 of 3 is damaged")

    broken._play_frames = damaged  # type: ignore[method-assign]
    seen = arrive(run, "part 2 of 3 is damaged")
    assert run.clock.held and seen.mode is Mode.REPLAY
    run.stop()


def test_a_kill_on_the_way_back_to_where_a_replay_was_killed_loses_nothing(
    tape: Tape, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    settings = load_settings(environment={}, overrides={"state_dir": str(tmp_path)})
    first = ReplayRun(settings, tape.path, speed=50, at=None, auto=True)
    first.store = WatchedStore()
    first.start()
    first.store.wait(lambda seen: seen.positions, "a position")
    first.stop()
    killed = newest(folder_of(tmp_path))
    data = killed.read_bytes()
    *_, (last, _, _) = frames(data)
    killed.write_bytes(data[:last])  # a killed run wrote no word of its end
    before = scan(killed).records

    counted: list[Path] = []
    move = TapeMover.move

    def watched(mover: TapeMover, to: GoTo) -> None:
        move(mover, to)
        counted.append(newest(folder_of(tmp_path)))

    monkeypatch.setattr(TapeMover, "move", watched)
    stale = killed.with_name(f".{killed.name[:-9]}X.journal")
    stale.touch()
    again = ReplayRun(settings, tape.path, speed=50, at=None, auto=False)
    again.store = WatchedStore()
    again.start()
    arrive(again, "held where the run before was killed")
    again.stop()
    assert counted == [killed], "the journal of a run that has not come as far counted"
    records = scan(newest(folder_of(tmp_path))).records
    assert [one.body for one in records[1 : len(before)]] == [one.body for one in before[1:]]
    assert [path.name for path in folder_of(tmp_path).glob(".*")] == []


async def test_the_banner_says_that_the_tape_is_over_and_not_that_the_feed_is_ok():
    clock = MarketClock(SPAN.last_ns, 2.0)
    clock.hold()
    tape = Playback(clock, SPAN)
    async with console(snapshot(mode=Mode.REPLAY)) as rig:
        rig.app._playback = tape
        rig.app.frame()
        assert "AT ITS END 2x" in rig.text() and "TAPE OVER" in rig.text()
        assert "feed ok" not in rig.text()
        clock.move(SPAN.last_ns - NS)
        rig.app.frame()
        assert "HELD 2x" in rig.text() and "feed ok" in rig.text()
        assert "TAPE OVER" not in rig.text()


# -- in a terminal ---------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "why"), [("03:00", "is outside"), ("9:99", "is no time of day")])
def test_a_time_that_is_not_on_the_tape_is_refused_in_one_line(
    tape: Tape, tmp_path: Path, at: str, why: str
):
    command = program("replay", str(tape.path), "--at", at, "--set", f"state_dir={tmp_path}")
    with Terminal(command, (120, 36)) as terminal:
        assert terminal.ended() == 1
        assert terminal.text.startswith("scalper-tui: ") and why in terminal.text
        assert "Traceback" not in terminal.text


def test_a_replay_in_a_terminal_goes_where_it_is_told_and_comes_back_after_a_kill(
    tape: Tape, tmp_path: Path
):
    path = tmp_path / "day.tape"
    shutil.copy(tape.path, path)
    command = program("replay", str(path), "--auto", "--speed", "20", "--set", known(tmp_path))
    clock = TapeSpan.of(tape).clock
    with Terminal(command, (120, 36)) as terminal:
        terminal.wait("REPLAY 20x")
        terminal.press(")")
        terminal.wait("trade of ")
        symbol = terminal.text.rpartition("trade of ")[2].split()[0]
        terminal.wait(f"▶{symbol}")
        terminal.wait(lambda text: "REPLAY ‖ HELD 20x" in text and "protected" in text)
        at = clock(tape.first_ns + 100 * NS)
        terminal.press(f"@{at}")
        terminal.wait(f"go to time HH:MM[:SS]: {at}")
        terminal.press("\r")
        terminal.wait(f"at {at}")
        terminal.press(">")
        terminal.wait("HELD 50x")
        terminal.press("(")
        terminal.wait(lambda text: f"at {at}" not in text and " at " in text)
        terminal.kill(signal.SIGKILL)
        terminal.ended()
    killed = scan(newest(folder_of(tmp_path))).records
    again_at = [*(one for one in command if one != "--auto"), "--at", clock(tape.last_ns)]
    with Terminal(again_at, (120, 36)) as terminal:
        terminal.wait("HELD 20x")
        terminal.wait(f"held where the run before was killed, not at --at {clock(tape.last_ns)}")
        terminal.press("q")
        terminal.wait("Stay?")
        terminal.press("y")
        assert terminal.ended() == 0
    again = scan(newest(folder_of(tmp_path))).records
    assert [one.body for one in again[1 : len(killed)]] == [one.body for one in killed[1:]]
