"""What a kill reports: how far it came, and its end only when the broker confirms it."""

from __future__ import annotations

from engine_rig import MS, NS, PRICES, Rig

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.effects import PollOrderBook, PollPositions
from tui_scalper.core.orders import Holding, ReportStatus
from tui_scalper.core.picture import take_picture
from tui_scalper.core.snapshot import Latency, Severity

S = ReportStatus


def lines(rig: Rig, severity: Severity) -> list[str]:
    """What was said of the kill."""
    said = [one for one in rig.engine.chronicle.lines if one.severity is severity]
    return [one.text for one in said if one.text.startswith("KILL")]


def answer(rig: Rig, *reports, held: int = 0) -> list:
    """The broker answers for orders and holdings, asked for now."""
    sent = rig.poll_answer(reports)
    shares = Holding(row=0, symbol="ALPHA", quantity=held, value=abs(held) * PRICES[0])
    event = ev.PositionsReported(
        at_ns=rig.now, holdings=(shares,) if held else (), asked_ns=rig.now
    )
    return sent + rig.give(event)


def killed() -> tuple[Rig, object]:
    rig = Rig().open_market()
    rig.poll_answer([])
    position = rig.hold()
    rig.press(cm.Kill)
    return rig, position


def test_each_step_is_said_and_the_end_only_when_the_broker_confirms_it():
    rig, position = killed()
    assert f"still {position.held} ALPHA held" in lines(rig, Severity.WARN)[-1]
    rig.now += 100 * MS
    sent = rig.report(position.exit, S.COMPLETE, price=PRICES[0])
    assert PollOrderBook() in sent
    assert PollPositions() in sent
    assert not lines(rig, Severity.GOOD), "our own books are no confirmation"
    rig.now += 50 * MS
    rig.poll_answer([rig.describe(position.exit, S.COMPLETE)], asked_ns=rig.now - 100 * MS)
    answer(rig, rig.describe(position.exit, S.COMPLETE), held=position.bought)
    assert not lines(rig, Severity.GOOD), "it still holds what we do not"
    answer(rig, rig.describe(position.exit, S.COMPLETE))
    assert "done after 0.1 s" in lines(rig, Severity.GOOD)[0]
    answer(rig)
    assert len(lines(rig, Severity.GOOD)) == 1


def test_what_stands_is_an_alarm_again_and_again():
    rig, position = killed()
    rig.give(ev.ChangeUnknown(at_ns=rig.now, order_id=position.exit.order_id, text="cut"))
    rig.wait(11 * NS)
    said = [one for one in lines(rig, Severity.ALARM) if "not done" in one]
    assert said
    assert "exit ALPHA unknown" in said[-1]


def test_a_broker_that_does_not_answer_has_confirmed_nothing():
    rig, position = killed()
    rig.report(position.exit, S.COMPLETE, price=PRICES[0])
    rig.wait(6 * NS)
    assert "has not confirmed yet" in lines(rig, Severity.ALARM)[-1]


def test_answers_to_what_was_asked_before_the_end_confirm_nothing():
    rig, position = killed()
    asked_ns = rig.now
    rig.now += 100 * MS
    rig.report(position.exit, S.COMPLETE, price=PRICES[0])
    rig.poll_answer([rig.describe(position.exit, S.COMPLETE)], asked_ns=asked_ns)
    rig.give(ev.PositionsReported(at_ns=rig.now, holdings=(), asked_ns=asked_ns))
    assert not lines(rig, Severity.GOOD)
    answer(rig, rig.describe(position.exit, S.COMPLETE))
    assert len(lines(rig, Severity.GOOD)) == 1


def test_an_order_book_that_shows_something_of_ours_confirms_nothing():
    rig = Rig().open_market()
    rig.poll_answer([])
    entry = rig.enter()
    rig.place(entry)
    rig.press(cm.Kill)
    rig.report(entry, S.CANCELLED)
    rig.give(ev.PositionsReported(at_ns=rig.now, holdings=(), asked_ns=rig.now))
    rig.poll_answer([rig.describe(entry, S.COMPLETE)])
    assert rig.desk.positions
    assert not lines(rig, Severity.GOOD)


def test_a_kill_that_is_reset_is_followed_no_more_and_the_next_one_is():
    rig = Rig().open_market()
    rig.poll_answer([])
    rig.press(cm.Kill)
    answer(rig)
    assert len(lines(rig, Severity.GOOD)) == 1
    rig.press(cm.ResetKill, word=rig.config.operator.reset_word)
    rig.wait(20 * NS)
    rig.press(cm.Kill)
    rig.now += NS
    answer(rig)
    assert len(lines(rig, Severity.GOOD)) == 2
    assert not [one for one in lines(rig, Severity.ALARM) if "not done" in one]


def test_the_checklist_ends_with_the_brokers_own_word_and_begins_anew_with_the_next_kill():
    rig, position = killed()
    assert [done for _, done in steps(rig)] == [True, True, False, False, False]
    rig.report(position.exit, S.COMPLETE, price=PRICES[0])
    assert [done for _, done in steps(rig)] == [True, True, True, True, False]
    answer(rig, rig.describe(position.exit, S.COMPLETE))
    assert all(done for _, done in steps(rig))
    # A narrow screen shows all of them: a mark and blanks beside each.
    assert sum(len(name) + 4 for name, _ in steps(rig)) <= 80
    rig.press(cm.ResetKill, word="RESET")
    assert steps(rig) == ()
    rig.press(cm.Kill)
    assert steps(rig)[-1] == ("broker confirms", False)


def steps(rig: Rig) -> tuple[tuple[str, bool], ...]:
    return take_picture(rig.engine, 1, rig.now, Latency()).kill_steps


def test_what_turns_up_after_the_end_is_followed_to_an_end_of_its_own():
    rig = Rig().open_market()
    rig.poll_answer([])
    entry = rig.enter()
    rig.place(entry)
    rig.press(cm.Kill)
    rig.report(entry, S.CANCELLED)
    answer(rig, rig.describe(entry, S.CANCELLED))
    assert len(lines(rig, Severity.GOOD)) == 1
    rig.now += NS
    warned = len(lines(rig, Severity.WARN))
    rig.report(entry, S.COMPLETE, price=PRICES[0])
    assert f"still {entry.filled} ALPHA held" in lines(rig, Severity.WARN)[warned]
    position = rig.desk.positions[0]
    rig.wait(6 * NS)
    assert "not done" in lines(rig, Severity.ALARM)[-1]
    rig.report(position.exit, S.COMPLETE, price=PRICES[0])
    rig.now += NS
    answer(rig, rig.describe(entry, S.COMPLETE), rig.describe(position.exit, S.COMPLETE))
    assert len(lines(rig, Severity.GOOD)) == 2
