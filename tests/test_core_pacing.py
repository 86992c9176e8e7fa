"""The order rate: never more in any sliding window, whatever is asked; the log is bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core.chronicle import KEPT, Chronicle
from tui_scalper.core.config import RiskLimits
from tui_scalper.core.pacing import SendWindow, Span, Window, windows_of
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.units import MS, NS

windows = st.tuples(
    st.builds(Window, st.just(Span.SECOND), st.integers(1, 6), st.integers(-2, 6)),
    st.builds(Window, st.just(Span.MINUTE), st.integers(1, 12), st.integers(-2, 12)),
    st.builds(Window, st.just(Span.DAY), st.integers(1, 30), st.integers(-2, 30)),
)
waits = st.one_of(st.integers(0, 400 * MS), st.integers(0, 30 * NS), st.integers(0, 10**15))


@given(windows, st.lists(st.tuples(waits, st.booleans()), max_size=80))
def test_no_sliding_window_holds_more_than_its_limit(rules, asks):
    rules = [Window(one.span, one.limit, min(one.entries, one.limit)) for one in rules]
    window, now, sent = SendWindow(rules), NS, []
    for wait, entry in asks:
        now += wait
        recent = {one: sum(now - at < one.span for at in sent) for one in rules}
        full = [one.span for one in rules if recent[one] >= one.entries]
        assert window.entry_waits(now) == (full[0] if full else None)
        fits = all(recent[one] < one.limit for one in rules)
        assert window.exit_fits(now) == fits
        if fits and not (entry and full):
            window.record(now)
            sent.append(now)
    for at in sent:
        for one in rules:
            assert sum(at - one.span < other <= at for other in sent) <= one.limit


@given(windows, st.lists(waits, min_size=1, max_size=60))
def test_the_next_free_moment_is_the_first_one(rules, pauses):
    window, now = SendWindow(rules), NS
    for pause in pauses:
        now += pause
        free = window.next_free(now)
        assert free >= now
        assert (free == now) == window.exit_fits(now)
        if free > now:
            assert not window.exit_fits(free - 1)
            now = free
        window.record(now)


def test_the_defaults_are_the_law_and_the_brokers_bounds():
    assert windows_of(RiskLimits()) == (
        Window(Span.SECOND, 10, 6),
        Window(Span.MINUTE, 400, 200),
        Window(Span.DAY, 5_000, 3_000),
    )


@pytest.mark.parametrize("one", windows_of(RiskLimits()), ids=lambda one: one.span.name)
def test_entries_stop_first_and_only_exits_use_the_rest(one):
    window = SendWindow([one])
    for sent in range(one.limit):
        assert window.entry_waits(NS + sent) == (one.span if sent >= one.entries else None)
        window.record(NS + sent)
    assert not window.exit_fits(NS + one.span - 1)
    assert window.next_free(NS + one.span - 1) == NS + one.span


def test_requests_of_an_earlier_run_count():
    window = SendWindow(windows_of(RiskLimits()))
    for _ in range(6):
        window.remember(NS)
    assert window.entry_waits(NS) is Span.SECOND
    assert window.exit_fits(NS)
    assert window.entry_waits(2 * NS) is None


def test_a_limit_below_the_entries_binds_them_too():
    limits = RiskLimits(minute_limit=50, day_limit=60)
    assert [one.entries for one in windows_of(limits)] == [6, 50, 60]


def test_the_log_is_bounded_and_numbered():
    chronicle = Chronicle()
    for number in range(KEPT + 20):
        chronicle.say(number, Severity.INFO, f"line {number}")
    chronicle.refuse(1, Refusal.HELD, "stage")
    assert len(chronicle.lines) == KEPT
    numbers = [line.number for line in chronicle.lines]
    assert numbers == list(range(numbers[0], numbers[0] + KEPT))
    assert chronicle.lines[-1].text.startswith("stage: ")
    assert chronicle.refused == {"held": 1}


def test_a_text_that_repeats_is_said_once_and_counted():
    chronicle = Chronicle()
    for number in range(1_000):
        chronicle.say(number, Severity.WARN, "again")
    chronicle.say(0, Severity.ALARM, "something else")
    assert [line.text for line in chronicle.lines] == ["again", "something else"]
    chronicle.say(3 * NS, Severity.WARN, "again")
    assert chronicle.lines[-1].text == "again (999 times more meanwhile)"
    chronicle.say(4 * NS, Severity.WARN, "again")
    chronicle.say(9 * NS, Severity.WARN, "again")
    assert chronicle.lines[-1].text == "again (once more meanwhile)"
