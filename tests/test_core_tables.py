"""Every pair of every state table, and what no sequence of news can do to an order."""

from __future__ import annotations

from collections import deque

import pytest
from engine_rig import START
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.core.blotter import SEEN, Blotter, Order
from tui_scalper.core.goal_table import GOAL_TABLE, Goal, GoalInput
from tui_scalper.core.operator_table import OPERATOR_TABLE, OperatorInput
from tui_scalper.core.order_table import (
    IN_FLIGHT,
    ORDER_TABLE,
    TERMINAL,
    OrderInput,
    OrderState,
)
from tui_scalper.core.orders import OrderKind, OrderReport, OrderTerms, Purpose, ReportStatus
from tui_scalper.core.snapshot import OperatorState
from tui_scalper.core.tables import ERROR, IGNORED, step
from tui_scalper.core.tags import TagMaker, base36
from tui_scalper.core.units import Side

TABLES = (
    (ORDER_TABLE, OrderState, OrderInput),
    (OPERATOR_TABLE, OperatorState, OperatorInput),
    (GOAL_TABLE, Goal, GoalInput),
)


@pytest.mark.parametrize("table, states, inputs", TABLES)
def test_every_pair_is_a_state_ignored_or_an_error(table, states, inputs):
    assert set(table) == set(states)
    for state in states:
        assert set(table[state]) <= set(inputs)
        for given_input in inputs:
            outcome = step(table, state, given_input)
            assert outcome in (IGNORED, ERROR) or isinstance(outcome, states)


@pytest.mark.parametrize(
    "table, states, start",
    [
        (ORDER_TABLE, OrderState, OrderState.SENT),
        (OPERATOR_TABLE, OperatorState, OperatorState.DISARMED),
        (GOAL_TABLE, Goal, Goal.PROTECT),
    ],
)
def test_every_state_can_be_reached(table, states, start):
    seen, front = {start}, deque([start])
    while front:
        for outcome in table[front.popleft()].values():
            if isinstance(outcome, states) and outcome not in seen:
                seen.add(outcome)
                front.append(outcome)
    assert seen == set(states)


def test_what_is_over_stays_over_but_for_the_named_returns():
    returns = {
        (state, outcome)
        for state in TERMINAL
        for outcome in ORDER_TABLE[state].values()
        if isinstance(outcome, OrderState) and outcome is not state
    }
    assert returns == {
        (OrderState.CANCELLED, OrderState.FILLED),
        (OrderState.ABSENT, OrderState.WORKING),
        (OrderState.ABSENT, OrderState.FILLED),
        (OrderState.ABSENT, OrderState.CANCELLED),
        (OrderState.ABSENT, OrderState.REJECTED),
    }


def test_requests_leave_only_from_a_working_order():
    for state in OrderState:
        for request in (OrderInput.MODIFY_SENT, OrderInput.CANCEL_SENT):
            outcome = step(ORDER_TABLE, state, request)
            assert (outcome is not ERROR) == (state is OrderState.WORKING)


def test_a_doubt_is_held_by_every_order_in_flight_and_only_ended_by_news():
    for state in IN_FLIGHT:
        assert step(ORDER_TABLE, state, OrderInput.DOUBTED) is OrderState.UNKNOWN
    own = (OrderInput.DOUBTED, OrderInput.MODIFY_SENT, OrderInput.CANCEL_SENT)
    for given_input in own:
        assert step(ORDER_TABLE, OrderState.UNKNOWN, given_input) in (IGNORED, ERROR)


def test_only_doubted_orders_can_be_absent():
    for state in OrderState:
        outcome = step(ORDER_TABLE, state, OrderInput.NOT_IN_BOOK)
        assert (outcome is OrderState.ABSENT) == (state is OrderState.UNKNOWN)


def test_a_fill_is_accepted_from_every_state_but_rejected():
    for state in OrderState:
        outcome = step(ORDER_TABLE, state, OrderInput.SEEN_FILLED)
        if state is OrderState.REJECTED:
            assert outcome is ERROR
        else:
            assert outcome is OrderState.FILLED or state is OrderState.FILLED


def test_kill_latches_from_everywhere_and_only_reset_releases_it():
    for state in OperatorState:
        outcome = step(OPERATOR_TABLE, state, OperatorInput.KILL)
        assert outcome is OperatorState.KILLED or state is OperatorState.KILLED
    for given_input in OperatorInput:
        outcome = step(OPERATOR_TABLE, OperatorState.KILLED, given_input)
        if given_input is OperatorInput.RESET:
            assert outcome is OperatorState.DISARMED
        else:
            assert outcome in (IGNORED, ERROR)


def test_nothing_can_be_staged_or_sent_unarmed():
    for state in (OperatorState.DISARMED, OperatorState.KILLED):
        for given_input in (OperatorInput.STAGE, OperatorInput.SENT):
            assert step(OPERATOR_TABLE, state, given_input) is ERROR


def test_an_exit_is_for_good():
    for given_input in GoalInput:
        assert step(GOAL_TABLE, Goal.EXIT, given_input) is IGNORED


# -- orders under any sequence of news -------------------------------------------------------

TERMS = OrderTerms(kind=OrderKind.LIMIT, quantity=100, price=1_000)
reports = st.builds(
    OrderReport,
    order_id=st.sampled_from(("", "N1", "N2")),
    tag=st.sampled_from(("T1", "", "T2")),
    row=st.just(0),
    symbol=st.just("ALPHA"),
    side=st.just(Side.BUY),
    terms=st.builds(
        OrderTerms,
        kind=st.sampled_from(list(OrderKind)),
        quantity=st.integers(0, 200),
        price=st.sampled_from((0, 995, 1_000)),
        trigger=st.sampled_from((0, 990)),
    ),
    status=st.sampled_from(list(ReportStatus)),
    filled=st.integers(0, 120),
    filled_value=st.integers(0, 200_000),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(reports, st.sampled_from(list(OrderInput))), max_size=25))
def test_no_news_shrinks_a_fill_or_breaks_the_books(news):
    blotter = Blotter()
    order = Order("T1", 0, "ALPHA", Side.BUY, Purpose.ENTRY, TERMS, START)
    blotter.add(order)
    for at_ns, one in enumerate(news, START):
        filled, name = order.filled, order.order_id
        if isinstance(one, OrderInput):
            blotter.apply(order, one, at_ns)
        elif blotter.find(one) is order:
            blotter.report(order, one, at_ns)
        assert order.filled >= filled
        assert name in ("", order.order_id)
        assert order.live == (order in blotter.live())
        assert (order.doubted_ns > 0) == (order.state is OrderState.UNKNOWN)
        assert order.open_quantity >= 0


def test_every_report_status_has_its_input():
    assert set(SEEN) == set(ReportStatus)


# -- tags ------------------------------------------------------------------------------------


def test_tags_are_short_plain_and_never_the_same():
    maker = TagMaker("RUN12345")
    tags = [maker.next("EX"[n % 2]) for n in range(50_000)]
    assert len(set(tags)) == len(tags)
    assert max(map(len, tags)) <= 20
    assert all(tag.isalnum() and tag.isascii() for tag in tags)


@pytest.mark.parametrize("run_id", ["", "ABCDEFGHI", "A-1", "A B"])
def test_run_ids_a_broker_would_refuse_are_refused(run_id):
    with pytest.raises(ValueError, match="run id"):
        TagMaker(run_id)


@given(st.integers(0, 10**15))
def test_base36_can_be_read_back(number):
    assert int(base36(number), 36) == number
