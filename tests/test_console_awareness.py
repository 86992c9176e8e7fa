"""What keeps an operator aware: alarms, the state of the link, files to look at later."""

from __future__ import annotations

import csv
from itertools import count

import pytest
from console_rig import console
from console_snapshots import LIMITS, LOG, NOON, killed, position, snapshot, stage, trade
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.alarms import GRACE_NS, MOST, SHELF_NS, AlarmBook, Priority, conditions
from tui_scalper.core.commands import CancelEntries, Confirm, Disarm, DropStage, Stage
from tui_scalper.core.snapshot import (
    Limit,
    LimitUnit,
    LogLine,
    Mode,
    OperatorState,
    Protection,
    Severity,
)
from tui_scalper.core.units import NS
from tui_scalper.risings import CHATTER, CHATTER_NS, FLOOD, FLOOD_NS
from tui_scalper.vitals import LAG_HZ, QUERY_SECONDS, SLOW_HZ, STEADY, Vitals

NAKED = position(1, protection=Protection.UNPROTECTED, since_ns=NOON - GRACE_NS)


def alarm(number: int, text: str) -> LogLine:
    return LogLine(number, NOON + number, Severity.ALARM, text)


def texts(book: AlarmBook, at_ns: int = NOON) -> list[str]:
    return [one.words for one in book.open(at_ns)]


def test_an_alarm_is_shown_once_and_counted_until_it_is_known():
    book = AlarmBook()
    book.hear([*LOG, alarm(5, "feed: 12 bad frames"), alarm(6, "feed: 15 bad frames")])
    assert texts(book) == ["LOOK feed: 15 bad frames (×2)"]
    book.acknowledge()
    assert texts(book) == []
    book.hear([alarm(7, "feed: 19 bad frames")])
    assert texts(book) == ["LOOK feed: 19 bad frames"]


async def test_an_alarm_of_a_kill_is_over_when_its_latch_is_released():
    lines = (*LOG, alarm(5, "KILL: entries blocked, cancelling and flattening all"))
    lines = (*lines, alarm(6, "KILL not done: 120 INFY held"), alarm(7, "feed: silent"))
    async with console(killed(log=lines)) as rig:
        assert len(rig.app.hands.gaze.alarms.open(NOON)) == 3
        await rig.show(snapshot(log=lines))
        assert texts(rig.app.hands.gaze.alarms) == ["LOOK feed: silent"]
        assert "LOOK KILL" not in rig.text()


def test_a_naked_position_rings_once_and_goes_when_it_is_over():
    book = AlarmBook()
    wrong = list(conditions(snapshot(positions=(NAKED,)), lag=False))
    assert book.stand(wrong, NOON) and not book.stand(wrong, NOON)
    assert book.open(NOON)[0].priority is Priority.ACT
    book.stand([], NOON)
    assert texts(book) == ["ACT INFY: 120 held without a stop at the broker (over)"]
    book.acknowledge()
    assert texts(book) == []
    assert book.stand(wrong, NOON), "the next time is another alarm"


def test_a_known_condition_is_quiet_while_it_stands_and_rings_when_it_comes_again():
    book = AlarmBook()
    wrong = list(conditions(snapshot(positions=(NAKED,)), lag=False))
    book.stand(wrong, NOON)
    book.acknowledge()
    assert not book.stand(wrong, NOON + NS) and texts(book) == []
    book.stand([], NOON + 2 * NS)
    assert book.stand(wrong, NOON + 3 * NS)
    assert len(texts(book)) == 1


def test_what_chatters_on_after_it_is_known_stays_quiet_until_it_was_calm_for_a_minute():
    book = AlarmBook()
    lag = list(conditions(snapshot(), lag=True))
    for second in range(CHATTER):
        book.stand(lag, NOON + second * NS)
        book.stand([], NOON + second * NS)
    book.stand(lag, NOON + CHATTER * NS)
    assert len(texts(book)) == 1
    book.acknowledge()
    book.stand([], NOON + CHATTER * NS)
    book.stand(lag, NOON + (CHATTER + 1) * NS)
    assert texts(book) == []
    book.stand([], NOON + (CHATTER + 1) * NS)
    book.stand(lag, NOON + 2 * CHATTER_NS)
    assert len(texts(book)) == 1
    naked = list(conditions(snapshot(positions=(NAKED,)), lag=False))
    for second in range(2 * CHATTER):
        book.stand(naked, NOON + second * NS)
        assert any("without a stop" in text for text in texts(book)), "money is at risk"
        book.acknowledge()
        book.stand([], NOON + second * NS)


@given(st.lists(st.integers(0, 2 * FLOOD_NS), max_size=60))
def test_more_than_ten_alarms_in_ten_minutes_are_a_flood(times):
    book = AlarmBook()
    for number, at in enumerate(sorted(times)):
        book.hear([LogLine(number, NOON + at, Severity.ALARM, f"{'x' * number} broke")])
    now = NOON + 2 * FLOOD_NS
    late = sum(2 * FLOOD_NS - at < FLOOD_NS for at in times)
    assert book.flood(now) == (late if late > FLOOD else 0)


def test_a_fill_has_a_moment_to_get_its_stop():
    fresh = position(1, protection=Protection.UNPROTECTED, since_ns=NOON - GRACE_NS + 1)
    assert list(conditions(snapshot(positions=(fresh,)), lag=False)) == []
    unknown = position(1, protection=Protection.UNKNOWN, since_ns=NOON)
    assert len(list(conditions(snapshot(positions=(unknown,)), lag=False))) == 1


def test_the_most_urgent_stands_in_front_and_a_shelved_one_stays_away_for_its_time():
    book = AlarmBook()
    book.hear([alarm(1, "journal lost")])
    near = (Limit("day loss", 85, 100, LimitUnit.MONEY), *LIMITS[1:])
    book.stand(conditions(snapshot(limits=near, positions=(NAKED,)), lag=True), NOON)
    assert [one.priority for one in book.open(NOON)] == [
        Priority.ACT,
        Priority.LOOK,
        Priority.KNOW,
        Priority.KNOW,
    ]
    shelved = book.shelve(NOON)
    assert shelved is not None and shelved.priority is Priority.ACT
    assert book.open(NOON)[0].priority is Priority.LOOK
    book.hear([alarm(2, "journal lost")])
    assert book.shelve(NOON) is not None
    book.hear([alarm(3, "journal lost")])
    assert all("journal" not in text for text in texts(book))
    book.hear([alarm(4, "journal lost")])
    assert any("journal" in text for text in texts(book, NOON + SHELF_NS))


@given(st.lists(st.text("abcd", min_size=1, max_size=4), max_size=400))
def test_alarms_are_bounded_and_the_newest_is_never_lost(words):
    book, number = AlarmBook(), count(1)
    for word in words:
        book.hear([alarm(next(number), word)])
        assert any(word in text for text in texts(book))
    assert len(book.open(NOON)) <= MOST


async def test_u_knows_and_n_shelves_the_alarm_on_the_strip():
    lines = (alarm(8, "journal lost"), alarm(9, "token expired"))
    async with console(snapshot(log=lines)) as rig:
        assert "LOOK journal lost" in rig.line(2) and "+1 more" in rig.line(2)
        await rig.press("n")
        assert "LOOK token expired" in rig.line(2)
        assert rig.line(-1).startswith(" · shelved for ten minutes")
        await rig.press("u")
        assert "token" not in rig.line(2)


# -- the link --------------------------------------------------------------------------------


def trips(vitals: Vitals, seconds: float, times: int = STEADY, now: float = 100.0) -> float:
    """So many round trips of this length; returns the time after them."""
    for _ in range(times):
        now += QUERY_SECONDS
        assert vitals.should_ask(now)
        vitals.asked(now)
        assert not vitals.should_ask(now)
        assert vitals.answered(now + seconds)
    return now


@pytest.mark.parametrize(
    ("seconds", "hz", "lag"),
    [(0.002, 10.0, False), (0.12, SLOW_HZ, False), (0.4, LAG_HZ, True)],
)
def test_the_cadence_follows_the_link(seconds, hz, lag):
    vitals = Vitals(10.0)
    now = trips(vitals, seconds)
    view = vitals.view(now)
    assert (view.hz, view.lag) == (hz, lag)
    assert view.slowed == (hz < 10)
    said = f"drawn {hz:g} times a second: the link takes {seconds * 1000:.0f}ms there and back"
    assert (said in vitals.news()) == (hz < 10)
    assert not vitals.news()
    now = trips(vitals, 0.01, now=now)
    assert vitals.hz == 10.0
    assert ("drawn 10 times a second again" in vitals.news()) == (hz < 10)


def test_one_slow_packet_is_no_slow_link():
    vitals = Vitals(10.0)
    now = trips(vitals, 0.01)
    trips(vitals, 0.9, times=1, now=now)
    assert vitals.hz == 10.0


def test_an_answer_nobody_asked_for_is_a_key_and_no_measurement():
    assert not Vitals(10.0).answered(1.0)


def test_a_terminal_that_never_answers_is_asked_seldom_and_counts_as_unknown():
    vitals = Vitals(10.0)
    asked = [now for now in range(100) if vitals.should_ask(now) and not vitals.asked(now)]
    assert 5 < len(asked) < 15
    assert vitals.view(100.0).round_trip < 0 and vitals.hz == 10.0


def test_no_frame_is_drawn_into_a_backlog_and_none_before_its_time():
    vitals = Vitals(10.0)
    assert vitals.due(1.0, 0)
    vitals.drew(1.0, 0.004)
    assert not vitals.due(1.05, 0)
    assert vitals.due(1.1, 0)
    assert not vitals.due(1.2, 3)
    assert vitals.behind(1.7) == pytest.approx(0.5)
    assert not vitals.stalled(1.7) and vitals.stalled(2.2)
    assert not vitals.should_ask(50.0), "a question would only wait as well"
    assert vitals.due(3.0, 0) and vitals.behind(3.0) == 0


def test_the_cost_of_a_frame_is_a_mean_that_does_not_flicker():
    vitals = Vitals(10.0)
    vitals.drew(0.0, 0.003)
    for at in range(1, 10):
        vitals.drew(at / 10, 0.006)
        assert vitals.view(0.0).frame == 0.003
    vitals.drew(1.05, 0.006)
    assert vitals.view(0.0).frame == pytest.approx(0.006)


async def test_on_a_slow_link_the_console_disarms_and_says_so():
    async with console(snapshot(operator=OperatorState.ARMED)) as rig:
        rig.app._vitals.answered(rig.seconds)
        rig.seconds = trips(rig.app._vitals, 0.4, now=rig.seconds)
        rig.app._tick()
        assert [type(one) for one in rig.commands()] == [Disarm]
        rig.seconds += 10
        await rig.show(snapshot(2, operator=OperatorState.DISARMED))
        assert "LAG 400ms 2Hz" in rig.line(0)
        assert "link to this screen is slow" in rig.line(2)


async def test_by_a_screen_that_is_behind_nobody_adds_risk():
    staged = snapshot(operator=OperatorState.STAGED, stage=stage())
    async with console(staged) as rig:
        rig.backlog = 4
        rig.app._tick()
        await rig.press("enter", gap=0.4)
        assert [type(one) for one in rig.commands()] == [DropStage]
        await rig.show(snapshot(2, operator=OperatorState.ARMED))
        await rig.press("b", "X")
        kinds = [type(one) for one in rig.commands()]
        assert Stage not in kinds and Confirm not in kinds and kinds[-1] is CancelEntries
        rig.backlog = 0
        rig.app._tick()
        await rig.press("b")
        assert [type(one) for one in rig.commands()] == [Stage]


# -- files -----------------------------------------------------------------------------------


async def test_trades_and_log_are_written_for_a_spreadsheet(tmp_path):
    async with console(snapshot(trades=(trade(1),)), exports=tmp_path) as rig:
        await rig.press("E")
        assert "written" in rig.line(-1)
    (trades,), (log,) = tmp_path.glob("trades-sim-*.csv"), tmp_path.glob("log-sim-*.csv")
    (row,) = csv.DictReader(trades.open(encoding="utf-8"))
    assert row["symbol"] == "INFY" and row["side"] == "BUY"
    assert row["entered"].endswith("T10:35:37.000") and row["left"].endswith("T10:37:07.000")
    assert (row["entry_price"], row["exit_price"]) == ("1567.20", "1582.87")
    assert (row["profit"], row["costs"]) == ("1880.64", "98.00")
    assert len(list(csv.DictReader(log.open(encoding="utf-8")))) == len(LOG)


async def test_an_export_that_fails_is_told(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    async with console(exports=blocked) as rig:
        await rig.press("E")
        assert rig.line(-1).startswith(" ! nothing exported")


# -- the operator's own seconds --------------------------------------------------------------


async def test_arming_counts_the_operators_seconds_however_fast_the_market_runs():
    view = snapshot(
        operator=OperatorState.STAGED,
        armed_until_ns=NOON + 20 * 252 * NS,
        stage=stage(expires_ns=NOON + 20 * 4 * NS),
    )
    async with console(view, speed=20.0) as rig:
        assert "STAGED 04:12" in rig.line(0)
        assert "4.0s left" in rig.line(3)


async def test_the_terminals_title_says_the_mode():
    async with console(snapshot()) as rig:
        written = []
        rig.app._write = written.append
        await rig.show(snapshot(2, mode=Mode.LIVE, operator=OperatorState.ARMED, auto=True))
        await rig.show(snapshot(3, mode=Mode.LIVE, operator=OperatorState.ARMED, auto=True))
        assert "".join(written) == "\x1b]2;LIVE armed AUTO - scalper-tui\x07"
