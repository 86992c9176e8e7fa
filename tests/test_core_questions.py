"""How often the broker is asked the same: at once where it is rare, never without a bound."""

from __future__ import annotations

from collections import Counter, deque

from engine_rig import MS, NS, Rig
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core import events as ev
from tui_scalper.core.config import PollRules
from tui_scalper.core.effects import PollOrder, PollOrderBook, PollPositions
from tui_scalper.core.questions import Questions
from tui_scalper.core.units import FOREVER
from tui_scalper.lab.faultsim.runner import play_seed

MOST, WITHIN = 3, 100
ASKED = st.sampled_from([PollOrderBook(), PollPositions(), PollOrder(order_id="1")])


@given(st.lists(st.tuples(st.integers(0, 60), ASKED), max_size=60))
def test_no_question_leaves_too_often_and_none_is_forgotten(wanted):
    questions = Questions(MOST, WITHIN)
    left = {one: [] for _, one in wanted}
    asked = dict.fromkeys(left, -1)
    now = 0
    for after, question in [*wanted, *[(WITHIN, PollOrder(order_id="last"))] * (MOST + 1)]:
        until = now + after
        while questions.next_ns <= until:
            now = questions.next_ns
            for due in questions.due(now):
                assert questions.leaves(due, now)
                left[due].append(now)
        now = until
        if question in left:
            asked[question] = now
            if questions.leaves(question, now):
                left[question].append(now)
        assert len(questions._left_ns) <= len(left) + 1, "what is long ago is forgotten"
    assert questions.next_ns == FOREVER
    for question, times in left.items():
        assert times[-1] >= asked[question], "what was asked last left then or later"
        assert times[-1] <= asked[question] + WITHIN
        assert all(b - a >= WITHIN for a, b in zip(times, times[MOST:], strict=False))


def test_books_that_disagree_are_not_asked_for_as_fast_as_the_broker_answers():
    rig = Rig().open_market()
    rig.hold(0)
    rig.wait(2 * NS)
    began = rig.now
    asked: Counter = Counter()
    waiting = deque([PollPositions()])
    while rig.now < began + NS:
        sent = rig.wait(MS)
        if waiting and waiting.popleft() == PollPositions():
            sent += rig.give(ev.PositionsReported(at_ns=rig.now, holdings=(), asked_ns=rig.now))
        else:
            sent += rig.poll_answer(())  # lacks our stop, so what is held is asked for
        questions = [one for one in sent if one in (PollOrderBook(), PollPositions())]
        asked.update(questions)
        waiting.extend(questions)
    rules = PollRules()
    assert rules.within_ns == NS
    assert asked[PollPositions()] == rules.most
    assert 0 < asked[PollOrderBook()] <= rules.most


def test_the_same_question_twice_in_one_answer_leaves_once():
    floor = Rig().engine.floor
    floor.taken()
    for _ in range(2):
        floor.send(PollPositions())
        floor.send(PollOrderBook())
    assert floor.taken() == (PollPositions(), PollOrderBook())


def test_a_schedule_of_questions_that_beget_questions_comes_to_its_end():
    """Of a soak: each round of answers asked for twice as many, and time stood still."""
    outcome = play_seed(12002357)
    assert not outcome.rule, outcome.text
    assert outcome.trades
