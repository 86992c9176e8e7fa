"""What takes the arming away when no hand does: it is announced, and auto is no hand's."""

from __future__ import annotations

import pytest
from engine_rig import Rig, last_line

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig, OperatorRules
from tui_scalper.core.picture import take_picture
from tui_scalper.core.snapshot import Latency, Mode, OperatorState, Severity
from tui_scalper.core.units import NS, Side


def rig_in(state: OperatorState, **rules: int) -> Rig:
    config = EngineConfig(mode=Mode.SIM, run_id="T", operator=OperatorRules(**rules))
    rig = Rig(config=config).open_market(lean=0)
    if state is OperatorState.KILLED:
        rig.press(cm.Kill)
    elif state is not OperatorState.DISARMED:
        rig.press(cm.Arm)
    if state is OperatorState.STAGED:
        rig.press(cm.Stage, row=0, side=Side.BUY)
    return rig


def feed_lost(rig: Rig) -> None:
    rig.give(ev.LinkChanged(at_ns=rig.now, link=ev.Link.STALLED, why="no frame"))


def clock_wrong(rig: Rig) -> None:
    rig.give(ev.ClockCompared(at_ns=rig.now, ahead_ns=60 * NS))


CAUSES = {
    "time": (lambda rig: rig.wait(300 * NS), "the arming time is over"),
    "feed": (feed_lost, "market data stalled"),
    "clock": (clock_wrong, "machine's clock"),
    "screen": (lambda rig: rig.press(cm.Disarm, why="the terminal is too small"), "too small"),
}


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("state", [OperatorState.ARMED, OperatorState.STAGED])
def test_each_disarms_and_says_why_until_somebody_arms(cause, state):
    happens, words = CAUSES[cause]
    rig = rig_in(state)
    happens(rig)
    view = take_picture(rig.engine, 1, rig.now, Latency())
    assert (view.operator, view.stage) == (OperatorState.DISARMED, None)
    assert words in view.disarmed_why
    assert any(
        line.severity is Severity.WARN and line.text.startswith("disarmed: ")
        for line in rig.engine.chronicle.lines
    )
    rig.press(cm.Arm)
    assert rig.engine.operator.disarmed_why == ""


def test_a_kill_ends_what_was_announced_before_it():
    rig = rig_in(OperatorState.ARMED)
    CAUSES["time"][0](rig)
    rig.press(cm.Kill)
    rig.press(cm.ResetKill, word=rig.config.operator.reset_word)
    operator = rig.engine.operator
    assert (operator.state, operator.disarmed_why) == (OperatorState.DISARMED, "")


@pytest.mark.parametrize("cause", ["time", "feed", "clock"])
@pytest.mark.parametrize("state", [OperatorState.DISARMED, OperatorState.KILLED])
def test_where_nothing_is_armed_nothing_is_announced(cause, state):
    rig = rig_in(state)
    CAUSES[cause][0](rig)
    assert rig.engine.operator.state is state
    assert rig.engine.operator.disarmed_why == ""


@pytest.mark.parametrize("cause", ["time", "feed"])
def test_auto_is_no_hand_and_goes_on(cause):
    rig = rig_in(OperatorState.ARMED)
    rig.press(cm.AutoOn)
    CAUSES[cause][0](rig)
    assert rig.engine.operator.auto
    assert rig.engine.operator.state is OperatorState.ARMED


def test_a_hand_that_disarms_needs_no_reason_and_leaves_none():
    rig = rig_in(OperatorState.ARMED)
    feed_lost(rig)
    rig.press(cm.Arm)
    rig.press(cm.Disarm)
    assert last_line(rig.engine) == "disarmed"
    assert rig.engine.operator.disarmed_why == ""
    rig.press(cm.Disarm, why="again")
    assert rig.engine.operator.disarmed_why == ""


def test_a_screen_that_goes_turns_auto_off_with_an_alarm():
    rig = rig_in(OperatorState.ARMED)
    rig.press(cm.AutoOn)
    rig.press(cm.Disarm, why="the tape is over")
    line = rig.engine.chronicle.lines[-1]
    assert line.severity is Severity.ALARM
    assert line.text == "auto is off: disarmed: the tape is over"


def test_a_staged_entry_that_ran_out_says_so_and_leaves_the_hand_armed():
    rig = rig_in(OperatorState.STAGED)
    rig.wait(8 * NS)
    assert rig.engine.operator.state is OperatorState.ARMED
    assert last_line(rig.engine) == "the staged entry ran out"


# -- attendance ----------------------------------------------------------------------------------


def test_entries_pause_once_when_no_sign_of_the_screen_comes():
    rig = rig_in(OperatorState.ARMED, attended_ns=5 * NS)
    rig.wait(60 * NS)
    assert not rig.engine.operator.paused, "nobody was there yet, so nobody is missed"
    for _ in range(3):
        rig.press(cm.Attend)
        rig.wait(4 * NS)
    assert not rig.engine.operator.paused
    rig.wait(1 * NS)
    assert rig.engine.operator.paused
    assert "nobody attends" in last_line(rig.engine)
    rig.press(cm.Resume)
    rig.wait(60 * NS)
    assert not rig.engine.operator.paused


def test_nobody_need_attend_by_default():
    rig = rig_in(OperatorState.ARMED)
    rig.press(cm.Attend)
    rig.wait(3_600 * NS)
    assert not rig.engine.operator.paused
