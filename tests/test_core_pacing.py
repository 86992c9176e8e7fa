"""The order rate: never more in any sliding second, whatever is asked; the log is bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core.chronicle import KEPT, Chronicle
from tui_scalper.core.pacing import SendWindow
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.units import MS, NS


@given(
    st.integers(1, 10),
    st.integers(0, 12),
    st.lists(st.tuples(st.integers(0, 400 * MS), st.booleans()), max_size=80),
)
def test_no_sliding_second_holds_more_than_the_limit(limit, reserve, asks):
    window = SendWindow(limit, reserve)
    now, sent = NS, []
    for wait, entry in asks:
        now += wait
        fits = window.entry_fits(now) if entry else window.exit_fits(now)
        recent = [at for at in sent if now - at < NS]
        bound = limit - min(reserve, limit) if entry else limit
        assert fits == (len(recent) < bound)
        if fits:
            window.record(now)
            sent.append(now)
    for at in sent:
        assert sum(at - NS < other <= at for other in sent) <= limit


@given(st.integers(1, 10), st.lists(st.integers(0, 300 * MS), min_size=1, max_size=60))
def test_the_next_free_moment_is_the_first_one(limit, waits):
    window = SendWindow(limit, 0)
    now = NS
    for wait in waits:
        now += wait
        free = window.next_free(now)
        assert free >= now
        assert (free == now) == window.exit_fits(now)
        if free > now:
            assert not window.exit_fits(free - 1)
            now = free
        window.record(now)


def test_the_log_is_bounded_and_numbered():
    chronicle = Chronicle()
    for number in range(KEPT + 20):
        chronicle.say(number, Severity.INFO, "line")
    chronicle.refuse(1, Refusal.HELD, "stage")
    assert len(chronicle.lines) == KEPT
    numbers = [line.number for line in chronicle.lines]
    assert numbers == list(range(numbers[0], numbers[0] + KEPT))
    assert chronicle.lines[-1].text.startswith("stage: ")
    assert chronicle.refused == {"held": 1}
