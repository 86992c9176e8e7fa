"""Every pair of every state table, and what no sequence of news can do to an order."""

from __future__ import annotations

from collections import deque

import pytest
from engine_rig import START
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.core.blotter import SEEN, Blotter, Order
from tui_scalper.core.events import Link
from tui_scalper.core.feed_table import FEED_TABLE, REPORTED, FeedInput
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
from tui_scalper.core.path_table import PATH_TABLE, Path, PathInput
from tui_scalper.core.phase_table import BEGINS, PHASE_TABLE, PhaseInput
from tui_scalper.core.snapshot import OperatorState, TradingState
from tui_scalper.core.tables import ERROR, IGNORED, step
from tui_scalper.core.tags import TagMaker, base36
from tui_scalper.core.trading_table import TRADING_TABLE, TradingInput
from tui_scalper.core.units import Side
from tui_scalper.core.venues import Phase

TABLES = (
    (ORDER_TABLE, OrderState, OrderInput),
    (OPERATOR_TABLE, OperatorState, OperatorInput),
    (GOAL_TABLE, Goal, GoalInput),
    (TRADING_TABLE, TradingState, TradingInput),
    (FEED_TABLE, Link, FeedInput),
    (PATH_TABLE, Path, PathInput),
    (PHASE_TABLE, Phase, PhaseInput),
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
        (TRADING_TABLE, TradingState, TradingState.STARTING),
        (FEED_TABLE, Link, Link.DOWN),
        (PATH_TABLE, Path, Path.OPEN),
        (PHASE_TABLE, Phase, Phase.CLOSED),
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
        (OrderState.REJECTED, OrderState.WORKING),
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


# -- feed, order path, session ---------------------------------------------------------------


def test_books_are_current_only_after_a_connection_that_gave_a_frame():
    for link in Link:
        for given_input in FeedInput:
            outcome = step(FEED_TABLE, link, given_input)
            assert outcome is not Link.LIVE or given_input is FeedInput.OPENED
    assert step(FEED_TABLE, Link.REFUSED, FeedInput.OPENED) is ERROR


def test_a_lost_feed_stays_lost_until_it_is_live():
    for given_input in FeedInput:
        outcome = step(FEED_TABLE, Link.LOST, given_input)
        assert outcome in (IGNORED, ERROR, Link.LIVE)
    assert step(FEED_TABLE, Link.LIVE, FeedInput.LOST) is ERROR


def test_only_an_answer_opens_the_order_path():
    for path in Path:
        for given_input in PathInput:
            outcome = step(PATH_TABLE, path, given_input)
            assert outcome is not Path.OPEN or given_input is PathInput.ANSWERED
        answered = step(PATH_TABLE, path, PathInput.ANSWERED)
        assert (path if answered is IGNORED else answered) is Path.OPEN


def test_trading_ends_in_a_square_off_and_in_nothing_else():
    trading = {Phase.OPEN, Phase.HOLD, Phase.BREAK}
    for phase in trading:
        for given_input in PhaseInput:
            outcome = step(PHASE_TABLE, phase, given_input)
            assert outcome in trading | {Phase.SQUARE_OFF, IGNORED, ERROR}
    for phase in (Phase.SQUARE_OFF, Phase.AUCTION):
        assert step(PHASE_TABLE, phase, PhaseInput.OPENS) is ERROR


def test_every_phase_has_its_input_and_its_table_leads_there():
    assert set(BEGINS) == set(Phase)
    assert set(BEGINS.values()) == set(PhaseInput)
    for phase, row in PHASE_TABLE.items():
        for given_input, outcome in row.items():
            entered = phase if outcome is IGNORED else outcome
            assert BEGINS[entered] is given_input


def test_what_an_adapter_says_of_a_feed_leads_there_or_nowhere():
    assert set(REPORTED) == set(Link) - {Link.LOST}
    for link in Link:
        for said, given_input in REPORTED.items():
            assert step(FEED_TABLE, link, given_input) in (said, IGNORED, ERROR)


def test_only_a_reset_ends_what_is_latched():
    for state in (TradingState.REDUCING, TradingState.HALTED):
        for given_input in TradingInput:
            outcome = step(TRADING_TABLE, state, given_input)
            assert outcome is not TradingState.ACTIVE or given_input is TradingInput.RESET


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


@settings(max_examples=300)
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
