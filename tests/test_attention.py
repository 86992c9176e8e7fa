"""Sharing the broker's room out: laws that hold whatever the market does."""

from __future__ import annotations

from random import Random

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.core.attention import NO_SOCKET, Attention, Change, Place, Stream, difference
from tui_scalper.core.config import AttentionRules
from tui_scalper.core.units import NS

RULES = AttentionRules(
    sockets=2,
    socket_cap=20,
    depth=16,
    visit_ns=2 * NS,
    round_ns=40 * NS,
    dwell_ns=10 * NS,
    margin_pct=20,
    review_ns=NS,
)


FIELDS = Change.__struct_fields__
"""In the order in which a socket is told."""


@st.composite
def rules_and_count(draw):
    sockets = draw(st.integers(1, 3))
    socket_cap = draw(st.integers(1, 12))
    return (
        msgspec.structs.replace(
            RULES,
            sockets=sockets,
            socket_cap=socket_cap,
            depth=draw(st.integers(1, sockets * socket_cap + 3)),
            round_ns=draw(st.sampled_from((5, 40, 1_000))) * NS,
        ),
        draw(st.integers(1, 60)),
    )


class Market:
    """Merits that wander, stocks that must be seen now and then."""

    def __init__(self, count, seed):
        self.random = Random(seed)
        self.merit = np.zeros(count, dtype=np.int64)
        self.liquidity = np.zeros(count, dtype=np.int64)
        self.must = []

    def move(self, most):
        count = len(self.merit)
        for _ in range(self.random.randrange(4)):
            row = self.random.randrange(count)
            self.merit[row] = self.random.choice((0, 1, 900_000, self.random.randrange(10**6)))
            self.liquidity[row] = self.random.randrange(10**12)
        if self.random.random() < 0.2:
            self.must = [self.random.randrange(count) for _ in range(self.random.randint(0, most))]


def reviews(attention, seed, number, most=3, breaks=0.0):
    """Review `number` times; yields the time and what must be seen each time. A socket breaks,
    or works again, with the chance `breaks` each time."""
    market = Market(attention.count, seed)
    for turn in range(number):
        market.move(most)
        for socket in range(attention.sockets_needed):
            if breaks and market.random.random() < breaks:
                attention.broken[socket] = not attention.broken[socket]
        attention.review(
            turn * attention.rules.review_ns, market.must, market.merit, market.liquidity
        )
        yield turn * attention.rules.review_ns, market


@given(rules_and_count(), st.integers(0, 10**6))
def test_never_above_a_cap_and_no_room_is_wasted(drawn, seed):
    rules, count = drawn
    attention = Attention(rules, count)
    for _ in reviews(attention, seed, 25, breaks=0.2):
        deep = np.count_nonzero(attention.streams == Stream.DEPTH)
        streamed = np.count_nonzero(attention.streams != Stream.NOTHING)
        assert deep == min(count, rules.depth, rules.sockets * rules.socket_cap)
        assert streamed == min(count, rules.sockets * rules.socket_cap)
        assert ((attention.sockets == NO_SOCKET) == (attention.streams == Stream.NOTHING)).all()
        for socket in range(rules.sockets):
            assert np.count_nonzero(attention.sockets == socket) <= rules.socket_cap
        assert attention.sockets.max() < attention.sockets_needed <= rules.sockets


def crowded(drawn, seed):
    """Reviews of which most must be seen; yields the attention, and who has a right to depth."""
    attention = Attention(*drawn)
    for _, market in reviews(attention, seed, 25, most=attention.count, breaks=0.2):
        yield attention, list(dict.fromkeys(market.must))[: attention.depth_room]


@given(rules_and_count(), st.integers(0, 10**6))
def test_what_must_be_seen_has_depth_the_most_important_first(drawn, seed):
    for attention, wanted in crowded(drawn, seed):
        assert (attention.streams[wanted] == Stream.DEPTH).all()


@given(rules_and_count(), st.integers(0, 10**6))
@settings(max_examples=40)
def test_every_stock_is_seen_within_the_bound(drawn, seed):
    rules, count = drawn
    attention = Attention(rules, count)
    most = min(3, max(attention.depth_room - 1, 0))
    bound = attention.round_bound_ns(most)
    if bound < 0:
        return
    turns = min(2 * bound // rules.review_ns + 5, 2_000)
    seen = np.full(count, -rules.review_ns)
    for now, _ in reviews(attention, seed, turns, most):
        seen[attention.streams == Stream.DEPTH] = now
        assert (now - seen <= bound).all()


def pinned_against_it(attention, seen, random, most):
    """What must be seen, chosen by somebody who wants a stock to wait for ever."""
    visiting = np.flatnonzero(attention.places == Place.ROUND).tolist()
    meriting = np.flatnonzero(attention.places == Place.MERIT).tolist()
    next_ones = np.argsort(seen, kind="stable")[1 : most + 1].tolist()
    return random.choice(([], visiting, meriting, visiting + meriting, next_ones))[:most]


@given(rules_and_count(), st.integers(0, 10**6))
@settings(max_examples=40)
def test_every_stock_is_seen_within_the_bound_whoever_plays_against_it(drawn, seed):
    """Visits are cut short, merit comes and goes with the visitors, the next in turn is taken."""
    rules, count = drawn
    attention, random = Attention(rules, count), Random(seed)
    most = random.randint(0, max(attention.depth_room - 1, 0))
    bound = attention.round_bound_ns(most)
    if bound < 0:
        return
    seen = np.full(count, -rules.review_ns)
    merit, none = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    for turn in range(min(2 * bound // rules.review_ns + 5, 600)):
        must = pinned_against_it(attention, seen, random, most)
        for row in np.flatnonzero(attention.places >= Place.MERIT):
            if random.random() < 0.5:
                merit[row] = random.choice((0, 10**6, 10**9))
        attention.review(turn * rules.review_ns, must, merit, none)
        seen[attention.streams == Stream.DEPTH] = turn * rules.review_ns
        assert (turn * rules.review_ns - seen <= bound).all()


@given(rules_and_count(), st.integers(0, 10**6))
def test_depth_by_merit_is_kept_for_a_while_and_not_given_back_at_once(drawn, seed):
    rules, count = drawn
    attention = Attention(rules, count)
    gained, lost = {}, {}
    before = attention.places.copy()
    for now, market in reviews(attention, seed, 40, most=0):
        assert not market.must
        for row in np.flatnonzero(attention.places != before):
            if attention.places[row] == Place.MERIT:
                assert now - lost.get(row, -rules.dwell_ns) >= rules.dwell_ns
                gained[row] = now
            elif before[row] == Place.MERIT:
                assert now - gained[row] >= rules.dwell_ns
                lost[row] = now
        before = attention.places.copy()


@given(rules_and_count(), st.integers(0, 10**6))
@settings(max_examples=20)
def test_the_same_market_gets_the_same_places(drawn, seed):
    runs = []
    for _ in range(2):
        attention = Attention(*drawn)
        runs.append([attention.streams.tolist() for _ in reviews(attention, seed, 15)])
    assert runs[0] == runs[1]


@given(rules_and_count(), st.integers(0, 10**6))
@settings(max_examples=50)
def test_differences_alone_keep_a_socket_right_and_within_its_cap(drawn, seed):
    """Told only differences, in their order, a broker carries what is wanted and never more."""
    rules, count = drawn
    attention = Attention(rules, count)
    told = [np.zeros(count, dtype=np.int64) for _ in range(attention.sockets_needed)]
    for _ in reviews(attention, seed, 15, breaks=0.2):
        for socket, carried in enumerate(told):
            wanted = attention.wanted(socket)
            change = difference(carried, wanted)
            most = max(np.count_nonzero(one == Stream.DEPTH) for one in (carried, wanted))
            moves = (
                (change.drop, Stream.NOTHING),
                (change.flatten, Stream.QUOTE),
                (change.add_quote, Stream.QUOTE),
                (change.add_deep, Stream.DEPTH),
                (change.deepen, Stream.DEPTH),
            )
            assert [rows for rows, _ in moves] == [getattr(change, name) for name in FIELDS]
            for rows, stream in moves:
                carried[list(rows)] = stream
                assert np.count_nonzero(carried) <= rules.socket_cap
                assert np.count_nonzero(carried == Stream.DEPTH) <= most
            assert (carried == wanted).all()


@given(rules_and_count(), st.integers(0, 10**6))
def test_what_must_be_seen_is_not_left_on_a_broken_socket_while_there_is_another(drawn, seed):
    """Unless those who must be seen fill all that works."""
    for attention, wanted in crowded(drawn, seed):
        saved = [not attention.broken[attention.sockets[row]] for row in wanted]
        works = np.count_nonzero(~attention.broken) * attention.rules.socket_cap
        assert sum(saved) == min(len(wanted), works)


def test_nobody_moves_while_no_socket_breaks_or_all_do():
    attention = Attention(RULES, 40)
    zero = np.zeros(40, dtype=np.int64)
    attention.review(0, (3, 4), zero, zero)
    before = attention.sockets.copy()
    for broken in (False, True):
        attention.broken[:] = broken
        attention.review(NS, (3, 4), zero, zero)
        assert (attention.sockets == before).all()


def test_who_moves_from_a_broken_socket_stays_and_the_least_takes_its_place():
    attention = Attention(msgspec.structs.replace(RULES, socket_cap=4, depth=4), 8)
    zero = np.zeros(8, dtype=np.int64)
    attention.review(0, (0, 1), zero, zero)
    assert attention.sockets.tolist() == [0, 1, 0, 1, 0, 1, 0, 1]
    attention.broken[0] = True
    attention.review(NS, (0, 1), zero, zero)
    assert attention.streams[5] == Stream.QUOTE, "the first that has no depth"
    assert attention.sockets.tolist() == [1, 1, 0, 1, 0, 0, 0, 1]
    attention.broken[0] = False
    attention.review(2 * NS, (0, 1), zero, zero)
    assert attention.sockets.tolist() == [1, 1, 0, 1, 0, 0, 0, 1]


def test_where_there_is_room_nobody_gives_way_and_where_all_must_be_seen_nobody_can():
    zero = np.zeros(8, dtype=np.int64)
    for cap, depth, must, wanted in (
        (6, 4, (0, 1), [1, 1, 0, 1, 0, 1, 0, 1]),
        (4, 8, tuple(range(8)), [0, 1, 0, 1, 0, 1, 0, 1]),
    ):
        attention = Attention(msgspec.structs.replace(RULES, socket_cap=cap, depth=depth), 8)
        attention.review(0, must, zero, zero)
        attention.broken[0] = True
        attention.review(NS, must, zero, zero)
        assert attention.sockets.tolist() == wanted


def test_a_stock_far_better_is_promoted_and_one_hardly_better_is_not():
    attention = Attention(msgspec.structs.replace(RULES, depth=4, socket_cap=6), 20)
    places = attention.round_places(0)
    assert places == 2
    merit = np.zeros(20, dtype=np.int64)
    liquidity = np.ones(20, dtype=np.int64)
    merit[[3, 4]] = 1_000
    attention.review(0, (), merit, liquidity)
    assert (attention.places[[3, 4]] == Place.MERIT).all()
    merit[7] = 1_100
    attention.review(60 * NS, (), merit, liquidity)
    assert attention.places[7] != Place.MERIT
    merit[7] = 1_300
    attention.review(61 * NS, (), merit, liquidity)
    assert attention.places[7] == Place.MERIT
    assert attention.places[4] != Place.MERIT


def test_room_beyond_depth_goes_to_the_most_liquid():
    attention = Attention(msgspec.structs.replace(RULES, sockets=1, socket_cap=10, depth=4), 30)
    liquidity = np.arange(30, dtype=np.int64)
    attention.review(0, (), np.zeros(30, dtype=np.int64), liquidity)
    assert np.flatnonzero(attention.streams == Stream.DEPTH).tolist() == [0, 1, 2, 3]
    assert np.flatnonzero(attention.streams == Stream.QUOTE).tolist() == list(range(24, 30))


def test_a_universe_that_fits_is_streamed_whole_and_left_alone():
    attention = Attention(AttentionRules(), 50)
    assert attention.sockets_needed == 1
    for now, _ in reviews(attention, 1, 5):
        assert (attention.streams == Stream.DEPTH).all(), now


def test_nine_thousand_stocks_take_three_sockets():
    attention = Attention(AttentionRules(), 9_000)
    assert attention.sockets_needed == 3
    zero = np.zeros(9_000, dtype=np.int64)
    attention.review(0, (), zero, zero)
    assert np.bincount(attention.sockets).tolist() == [3_000] * 3


def test_how_long_a_round_takes_by_hand():
    """40 s in turns of 3 s are 13; 100 stocks take 8 places of the 16, 4 when 8 must be seen."""
    attention = Attention(RULES, 100)
    turn = RULES.visit_ns + RULES.review_ns
    assert [attention.round_places(must) for must in (0, 8, 15, 16)] == [8, 4, 1, 0]
    assert attention.round_bound_ns(0) == (13 + 1) * turn
    assert attention.round_bound_ns(8) == (25 + 1) * turn
    assert attention.round_bound_ns(16) == -1
    assert Attention(RULES, 16).round_bound_ns(16) == RULES.review_ns, "all of them at once"
