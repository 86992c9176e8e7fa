"""Emergencies: every trigger with every policy, latches, and the way back."""

from __future__ import annotations

from itertools import product

import msgspec
import pytest
from engine_rig import START, Rig

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.config import EmergencyRules, EngineConfig, EntryRules
from tui_scalper.core.effects import (
    CancelOrder,
    ModifyOrder,
    NoteEmergency,
    NoteLatch,
    NotePause,
    PollFunds,
    SetLatch,
)
from tui_scalper.core.emergency_table import REDUCES, STEPS, Policy, Step, Trigger
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.journalled import Record
from tui_scalper.core.orders import OrderKind, ReportStatus
from tui_scalper.core.snapshot import Mode, OperatorState, Protection, Severity, TradingState
from tui_scalper.core.trading_table import TradingInput
from tui_scalper.core.units import NS

RULES = EmergencyRules()
REFUSED = "Incorrect access_token (TokenException)"


def rig_with(trigger: Trigger | None = None, policy: Policy = Policy.SAY) -> Rig:
    """A live market; `trigger` has `policy`, every other one is only said."""
    policies = dict.fromkeys((one.name.lower() for one in Trigger), Policy.SAY)
    if trigger is not None:
        policies[trigger.name.lower()] = policy
    config = EngineConfig(
        mode=Mode.SIM,
        run_id="T",
        entry=EntryRules(remainder_ns=600 * NS),
        emergency=EmergencyRules(**policies),
    )
    return Rig(config=config).open_market(lean=0)


def link(rig: Rig, state: ev.Link, why: str = "cut") -> None:
    rig.give(ev.LinkChanged(at_ns=rig.now, link=state, why=why))


def fail_poll(rig: Rig) -> None:
    rig.give(ev.PollFailed(at_ns=rig.now, what="funds", text="no answer in time"))


def answer(rig: Rig) -> None:
    rig.give(ev.FundsReported(at_ns=rig.now, available=10_00_000_00))


def begin(rig: Rig, trigger: Trigger) -> None:
    """Let `trigger` happen."""
    match trigger:
        case Trigger.SYSTEM_ERRORS:
            rig.engine.halt(TradingInput.ENGINE_ERROR)
            rig.wait(0)
        case Trigger.FEED_LOST:
            link(rig, ev.Link.DOWN)
            rig.wait(RULES.feed_lost_ns)
        case Trigger.SESSION_REFUSED:
            rig.give(ev.SessionRefused(at_ns=rig.now, text=REFUSED))
        case Trigger.PATH_LOST:
            fail_poll(rig)
            rig.wait(RULES.path_lost_ns)
        case Trigger.CLOCK_SKEW:
            rig.give(ev.ClockCompared(at_ns=rig.now, ahead_ns=RULES.clock_skew_ns + 1))
        case Trigger.UI_LOST:
            rig.press(cm.UiLost, why="the terminal closed")


def end(rig: Rig, trigger: Trigger) -> None:
    """Let it be over."""
    match trigger:
        case Trigger.FEED_LOST:
            link(rig, ev.Link.LIVE)
        case Trigger.SESSION_REFUSED | Trigger.PATH_LOST:
            answer(rig)
        case Trigger.CLOCK_SKEW:
            rig.give(ev.ClockCompared(at_ns=rig.now, ahead_ns=0))
        case Trigger.UI_LOST:
            rig.press(cm.UiBack)


def alarms(rig: Rig) -> list[str]:
    lines = rig.engine.chronicle.lines
    return [one.text for one in lines if one.severity is Severity.ALARM and "EMERGENCY" in one.text]


@pytest.mark.parametrize("trigger, policy", list(product(Trigger, Policy)))
def test_every_policy_does_what_it_says_for_every_trigger(trigger: Trigger, policy: Policy):
    rig = rig_with(trigger, policy)
    position = rig.hold(0)
    entry = rig.enter(1)
    rig.place(entry)
    rig.report(entry, ReportStatus.OPEN)
    rig.engine.operator.auto = True
    rig.effects.clear()

    begin(rig, trigger)

    steps, operator = STEPS[policy], rig.engine.operator
    (noted,) = rig.sent(NoteEmergency)
    assert (noted.trigger, noted.policy) == (trigger, policy)
    (alarm,) = alarms(rig)
    assert trigger.value in alarm
    assert trigger.value in rig.engine.emergency_text
    assert operator.paused == (Step.PAUSE in steps)
    assert operator.auto == (not steps and trigger is not Trigger.SYSTEM_ERRORS)
    takes_back = Step.CANCEL in steps or Step.KILL in steps
    assert (CancelOrder(order_id=entry.order_id) in rig.effects) == takes_back
    halted = TradingState.HALTED if trigger is Trigger.SYSTEM_ERRORS else TradingState.ACTIVE
    reduced = {Step.REDUCE: TradingState.REDUCING}.get(Step.REDUCE if Step.REDUCE in steps else "")
    assert rig.engine.trading is (halted if halted is TradingState.HALTED else reduced or halted)
    assert (operator.state is OperatorState.KILLED) == (Step.KILL in steps)
    assert (SetLatch(killed=True) in rig.effects) == (Step.KILL in steps)
    unreachable = trigger in (Trigger.SESSION_REFUSED, Trigger.PATH_LOST)
    leaves = (Step.LEAVE in steps and not unreachable) or Step.KILL in steps
    assert (position.goal is Goal.EXIT) == leaves


@pytest.mark.parametrize("trigger", [Trigger.SESSION_REFUSED, Trigger.PATH_LOST])
def test_without_a_way_to_the_broker_stops_rest_and_it_flattens_when_there_is_one(trigger):
    rig = rig_with(trigger, Policy.FLATTEN)
    position = rig.hold(0)
    begin(rig, trigger)
    rig.wait(60 * NS)
    assert position.protection() is Protection.PROTECTED
    assert not rig.sent(ModifyOrder)
    assert not rig.sent(CancelOrder)
    answer(rig)
    assert position.goal is Goal.EXIT
    assert position.reason == GoalInput.EMERGENCY.value
    rig.wait(0)
    (exit_,) = rig.sent(ModifyOrder)
    assert exit_.terms.kind is OrderKind.LIMIT
    assert rig.engine.trading is TradingState.REDUCING


def test_a_lost_feed_is_no_reason_not_to_flatten():
    rig = rig_with(Trigger.FEED_LOST, Policy.FLATTEN)
    rig.hold(0)
    begin(rig, Trigger.FEED_LOST)
    assert [one.terms.kind for one in rig.sent(ModifyOrder)] == [OrderKind.LIMIT]


def test_what_fills_after_a_flattening_leaves_at_once():
    rig = rig_with(Trigger.CLOCK_SKEW, Policy.FLATTEN)
    entry = rig.enter(0)
    begin(rig, Trigger.CLOCK_SKEW)
    rig.place(entry)
    rig.report(entry, ReportStatus.COMPLETE, price=entry.terms.price)
    assert rig.desk.positions[0].goal is Goal.EXIT


def test_what_turns_up_filled_after_a_flattening_leaves_at_once():
    rig = rig_with(Trigger.CLOCK_SKEW, Policy.FLATTEN)
    entry = rig.enter(0)
    rig.place(entry)
    rig.report(entry, ReportStatus.CANCELLED)
    assert rig.desk.positions == {}
    begin(rig, Trigger.CLOCK_SKEW)
    rig.report(entry, ReportStatus.COMPLETE, price=entry.terms.price)
    position = rig.desk.positions[0]
    assert (position.goal, position.reason) == (Goal.EXIT, GoalInput.EMERGENCY.value)


def test_after_a_reset_the_next_emergency_flattens_again():
    rig = rig_with(Trigger.CLOCK_SKEW, Policy.FLATTEN)
    begin(rig, Trigger.CLOCK_SKEW)
    end(rig, Trigger.CLOCK_SKEW)
    rig.press(cm.ResetKill, word="RESET")
    rig.press(cm.Resume)
    position = rig.hold(0)
    begin(rig, Trigger.CLOCK_SKEW)
    assert position.goal is Goal.EXIT


def test_a_pause_somebody_resumed_is_none_after_a_restart():
    noted = NoteEmergency(trigger=Trigger.CLOCK_SKEW, policy=Policy.PAUSE, why="wrong")
    past = (noted, NotePause(paused=True), NotePause(paused=False))
    rig = Rig()
    records = [Record(seq=seq, at_ns=START - NS, body=one) for seq, one in enumerate(past)]
    rig.engine.begin(records, START, latched=False)
    assert not rig.engine.operator.paused


RECURRING = [one for one in Trigger if one is not Trigger.SYSTEM_ERRORS]


@pytest.mark.parametrize("trigger", RECURRING)
def test_it_sounds_once_while_it_lasts_and_again_when_it_comes_again(trigger: Trigger):
    rig = rig_with()
    begin(rig, trigger)
    begin(rig, trigger)
    assert len(rig.sent(NoteEmergency)) == 1
    end(rig, trigger)
    assert rig.engine.emergency_text == ""
    begin(rig, trigger)
    assert len(rig.sent(NoteEmergency)) == 2


@pytest.mark.parametrize("trigger", RECURRING)
def test_what_is_latched_outlasts_its_reason_and_ends_with_the_word(trigger: Trigger):
    rig = rig_with(trigger, Policy.FLATTEN)
    begin(rig, trigger)
    end(rig, trigger)
    assert rig.engine.trading is TradingState.REDUCING
    assert rig.engine.trading_text == REDUCES[trigger].value
    rig.press(cm.ResetKill, word="wrong")
    assert rig.engine.trading is TradingState.REDUCING
    rig.press(cm.ResetKill, word="RESET")
    assert rig.engine.trading is TradingState.ACTIVE
    rig.press(cm.Resume)
    rig.book(0, 1_000_00)
    assert rig.hold(0).goal is Goal.PROTECT


def test_a_pause_ends_with_a_resume():
    rig = rig_with(Trigger.CLOCK_SKEW, Policy.PAUSE)
    rig.press(cm.Arm)
    begin(rig, Trigger.CLOCK_SKEW)
    assert rig.engine.operator.paused
    rig.press(cm.Resume)
    assert not rig.engine.operator.paused


def test_errors_sound_again_after_a_person_reset_them():
    rig = rig_with(Trigger.SYSTEM_ERRORS, Policy.REDUCE)
    begin(rig, Trigger.SYSTEM_ERRORS)
    rig.press(cm.ResetKill, word="RESET")
    assert rig.engine.trading is TradingState.ACTIVE
    begin(rig, Trigger.SYSTEM_ERRORS)
    assert rig.engine.trading is TradingState.HALTED
    assert len(rig.sent(NoteEmergency)) == 2


# -- when it counts --------------------------------------------------------------------------


def test_a_feed_is_lost_at_its_limit_and_not_before():
    rig = rig_with()
    link(rig, ev.Link.DOWN)
    rig.wait(10 * NS)
    link(rig, ev.Link.CONNECTING)
    link(rig, ev.Link.DOWN)
    rig.wait(RULES.feed_lost_ns - 10 * NS - 1)
    assert rig.engine.link is ev.Link.DOWN
    rig.wait(1)
    assert rig.engine.link is ev.Link.LOST
    link(rig, ev.Link.CONNECTING)
    link(rig, ev.Link.DOWN)
    assert rig.engine.link is ev.Link.LOST
    link(rig, ev.Link.LIVE)
    assert rig.engine.link is ev.Link.LIVE


def test_a_path_is_lost_only_when_nothing_at_all_is_answered():
    rig = rig_with()
    for _ in range(10):
        fail_poll(rig)
        rig.wait(RULES.path_lost_ns // 2)
        answer(rig)
    assert not rig.sent(NoteEmergency)
    fail_poll(rig)
    rig.wait(RULES.path_lost_ns - 1)
    assert not rig.sent(NoteEmergency)
    rig.wait(1)
    assert rig.sent(NoteEmergency)


def test_an_unanswered_broker_is_asked_again_soon():
    rig = rig_with()
    rig.wait(20 * NS)
    rig.effects.clear()
    fail_poll(rig)
    rig.wait(rig.config.polls.orders_ns)
    assert rig.sent(PollFunds)


@pytest.mark.parametrize("hours", [-2, 8])
def test_outside_trading_neither_feed_nor_path_is_missed(hours: int):
    rig = Rig()
    rig.now = START + hours * 3_600 * NS
    rig.wait(0)
    link(rig, ev.Link.DOWN)
    fail_poll(rig)
    rig.wait(600 * NS)
    assert not rig.sent(NoteEmergency)


def test_a_feed_missing_at_the_opening_is_missed_from_then_on():
    rig = Rig()
    opens = START - 45 * 60 * NS
    rig.now = opens - 600 * NS
    rig.wait(0)
    link(rig, ev.Link.DOWN)
    rig.wait(600 * NS + RULES.feed_lost_ns - 1)
    assert rig.engine.link is ev.Link.DOWN
    rig.wait(1)
    assert rig.engine.link is ev.Link.LOST


# -- refused sessions ------------------------------------------------------------------------


def test_a_token_the_feed_refuses_again_and_again_is_one_emergency_until_it_is_live():
    rig = rig_with(Trigger.SESSION_REFUSED, Policy.REDUCE)
    for _ in range(5):
        link(rig, ev.Link.REFUSED, "token refused")
        link(rig, ev.Link.CONNECTING)
        answer(rig)
        assert "token refused" in rig.engine.emergency_text
    assert len(rig.sent(NoteEmergency)) == 1
    link(rig, ev.Link.LIVE)
    assert rig.engine.emergency_text == ""


def test_answers_take_the_refusal_of_orders_back():
    rig = rig_with()
    begin(rig, Trigger.SESSION_REFUSED)
    fail_poll(rig)
    assert REFUSED in rig.engine.emergency_text
    answer(rig)
    assert rig.engine.emergency_text == ""


# -- clocks ----------------------------------------------------------------------------------


def books(rig: Rig, *ahead_ns: int) -> None:
    """A frame of each stock, received now, stamped so far before now."""
    for row, ahead in enumerate(ahead_ns):
        cells = rig.engine.table.cells[row]
        rig.book(row, int(cells[14]) or 1_000_00)
        cells[11] = rig.now - ahead


def looks(rig: Rig, count: int, *ahead_ns: int) -> None:
    for _ in range(count):
        rig.wait(10 * NS)
        books(rig, *ahead_ns)
        rig.wait(9 * NS)


def test_stamps_of_all_stocks_far_away_are_a_wrong_clock_and_one_odd_stock_is_not():
    rig = rig_with()
    looks(rig, 5, 0, 3_600 * NS, 0)
    assert not rig.sent(NoteEmergency)
    looks(rig, 1, 4 * NS, 4 * NS, 0)
    assert not rig.sent(NoteEmergency), "one look proves nothing"
    looks(rig, 2, 4 * NS, 4 * NS, 0)
    assert "4.0 s ahead of the exchange's stamps" in rig.engine.emergency_text
    looks(rig, 2, 0, 0, 0)
    assert rig.engine.emergency_text == ""


def test_a_clock_behind_the_exchange_is_wrong_as_well():
    rig = rig_with()
    looks(rig, 3, -4 * NS, -4 * NS, -4 * NS)
    assert "behind the exchange's stamps" in rig.engine.emergency_text


def test_a_machine_clock_that_was_set_back_is_wrong_as_well():
    rig = rig_with()
    rig.give(ev.ClockCompared(at_ns=rig.now, ahead_ns=-RULES.clock_skew_ns - 1))
    assert "behind the engine's" in rig.engine.emergency_text


def test_a_quiet_market_says_nothing_of_the_clock():
    rig = rig_with()
    looks(rig, 3, 4 * NS)
    assert not rig.sent(NoteEmergency)


def test_a_replay_has_no_clock_to_be_wrong():
    config = EngineConfig(mode=Mode.REPLAY, run_id="T")
    rig = Rig(config=config).open_market()
    looks(rig, 5, 4 * NS, 4 * NS, 4 * NS)
    assert not rig.sent(NoteEmergency)


# -- across a restart ------------------------------------------------------------------------


def restarted(rig: Rig, *past: msgspec.Struct) -> Rig:
    """A new run over a journal that holds `past`."""
    new = Rig(config=msgspec.structs.replace(rig.config, run_id="U"))
    records = tuple(Record(seq=n, at_ns=START, body=one) for n, one in enumerate(past))
    new.engine.begin(records, START, latched=False)
    return new


def noted(policy: Policy) -> NoteEmergency:
    return NoteEmergency(trigger=Trigger.FEED_LOST, policy=policy, why="cut")


def test_what_was_latched_is_latched_after_a_restart():
    rig = rig_with()
    assert restarted(rig, noted(Policy.FLATTEN)).engine.trading is TradingState.REDUCING
    assert restarted(rig, noted(Policy.REDUCE)).engine.trading_text == "market data lost"


def test_a_pause_that_an_emergency_began_outlives_the_process():
    rig = rig_with(Trigger.FEED_LOST, Policy.PAUSE)
    link(rig, ev.Link.DOWN)
    rig.wait(RULES.feed_lost_ns)
    assert rig.engine.operator.paused
    assert restarted(rig, *rig.effects).engine.operator.paused


@pytest.mark.parametrize(
    "past",
    [
        (noted(Policy.PAUSE),),
        (noted(Policy.REDUCE), NoteLatch(given=TradingInput.RESET)),
        (),
    ],
)
def test_what_was_not_or_was_reset_is_not(past):
    assert restarted(rig_with(), *past).engine.trading is TradingState.STARTING
