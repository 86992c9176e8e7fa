"""The race for the lead: hysteresis as laws, against the plainest choice there is."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from market_rig import rules_of

from tui_scalper.core import columns as c
from tui_scalper.core import kernels as k
from tui_scalper.core import race as r
from tui_scalper.core.config import SignalRules
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.market import MarketTable
from tui_scalper.core.units import FOREVER, NS
from tui_scalper.core.venues import NSE

NOW = 1_795_408_200 * NS
ROWS = 4
RULES = SignalRules(lead_ppm=50_000, lead_ns=3 * NS, max_lag_ns=5 * NS)


def book(buy, dearer=0):
    """A book that leans to buyers with `buy` of 1,000 in total; 700 to 950 is a signal. Of two
    such the one with dearer prices has the tighter spread."""
    row = [0] * c.COLUMNS
    row[c.TICK], row[c.LTP], row[c.UPDATES] = 5, 10_000, 1
    row[c.TOTAL_BUY], row[c.TOTAL_SELL] = buy, 1_000 - buy
    row[c.VOLUME] = 10_000_000
    for level in range(c.LEVELS):
        row[c.BID_PRICE + level] = 10_000 + dearer - 5 * level
        row[c.ASK_PRICE + level] = 10_005 + dearer + 5 * level
        row[c.BID_QUANTITY + level], row[c.ASK_QUANTITY + level] = 300, 100
        row[c.BID_ORDERS + level] = row[c.ASK_ORDERS + level] = 2
    row[c.WAKE_BID_HIGH] = row[c.WAKE_LTP_HIGH] = FOREVER
    row[c.WAKE_ASK_LOW] = row[c.WAKE_LTP_LOW] = -1
    return row


UNIVERSE = Universe(
    NSE, [Instrument(symbol=f"S{row}", token=256 * row + 256, tick=5) for row in range(ROWS)]
)


class Course:
    """A market of four stocks; `frame` gives some of them new books."""

    def __init__(self, rules=RULES):
        self.table = MarketTable(UNIVERSE)
        self.market = self.table.market
        self.rules = rules_of(rules)
        self.counters = np.zeros(k.COUNTERS, dtype=np.int64)
        self.now = NOW

    def frame(self, books, later=NS, holds=()):
        self.now += later
        for row, until in holds:
            self.table.hold(row, self.now + until)
        for row, said in books.items():
            cells = self.market.cells[row]
            what = said if isinstance(said, tuple) else (said,)
            cells[: c.MARKET_END] = book(*what)[: c.MARKET_END]
            cells[c.RECEIVED_NS] = self.now
        rows = np.array(sorted(books), dtype=np.int64)
        k.evaluate(self.market, rows, self.rules, self.counters)
        return self.leader

    @property
    def leader(self):
        return int(self.market.race[r.LEADER]) - 1

    def may_lead(self, row):
        return bool(r.may_lead(self.market.cells[row], self.now, RULES.max_lag_ns))

    def strongest(self):
        """The strongest that may be proposed, by the plainest way there is."""
        able = [row for row in range(ROWS) if self.may_lead(row)]
        return min(able, key=lambda row: (*weakness(self.market.cells[row]), row), default=-1)


def weakness(row):
    """Least for the strongest signal: little dominance, then much spread for its price."""
    bid, ask = int(row[c.BID_PRICE]), int(row[c.ASK_PRICE])
    return -int(row[c.DOMINANCE]), Fraction(ask - bid, ask)


def listed(race):
    """The rows that are signals, as the race lists them."""
    return race[r.HEAD : r.HEAD + race[r.RUNNERS]].tolist()


shares = st.sampled_from((500, 700, 720, 740, 760, 800, 900, 950, 960))
frames = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, ROWS - 1), shares, min_size=1, max_size=ROWS),
        st.sampled_from((1, NS // 2, NS, 2 * NS, 6 * NS)),
        st.lists(st.tuples(st.integers(0, ROWS - 1), st.sampled_from((0, 4 * NS))), max_size=1),
    ),
    max_size=30,
)


@settings(max_examples=200)
@given(frames)
def test_the_list_of_signals_is_the_signals(steps):
    course = Course()
    for books, later, holds in steps:
        course.frame(books, later, holds)
        signals = np.flatnonzero(course.market.cells[:, c.BLOCKERS] == 0).tolist()
        assert sorted(listed(course.market.race)) == signals


@settings(max_examples=300)
@given(frames)
def test_a_lead_changes_only_for_a_reason(steps):
    """By margin at once; for having been behind long enough; or because the leader fell out."""
    course = Course()
    behind_since = None
    for books, later, holds in steps:
        before = course.leader
        changes = int(course.market.race[r.CHANGES])
        leader = course.frame(books, later, holds)
        cells = course.market.cells
        best = course.strongest()
        touched = any(cells[row, c.BLOCKERS] == 0 for row in books)
        if leader >= 0 and (touched or leader != before):
            assert course.may_lead(leader)
        if before < 0 or not course.may_lead(before):
            behind_since = None
            if touched:
                assert leader == best
            continue
        if leader != before:
            assert leader == best
            assert int(course.market.race[r.CHANGES]) == changes + 1
            lead = int(cells[best, c.DOMINANCE] - cells[before, c.DOMINANCE])
            waited = 0 if behind_since is None else course.now - behind_since
            assert lead >= RULES.lead_ppm or waited >= RULES.lead_ns
            behind_since = None
        elif best == before:
            behind_since = None
        elif behind_since is None:
            behind_since = course.now
        else:
            assert course.now - behind_since < RULES.lead_ns or not touched


@settings(max_examples=100)
@given(frames)
def test_without_hysteresis_the_strongest_leads(steps):
    course = Course(msgspec.structs.replace(RULES, lead_ppm=0, lead_ns=0))
    for books, later, holds in steps:
        leader = course.frame(books, later, holds)
        if any(course.market.cells[row, c.BLOCKERS] == 0 for row in books):
            assert leader == course.strongest()


class PlainRace:
    """The race as its words say, run at every frame over all stocks, nothing saved."""

    def __init__(self):
        self.leader, self.behind_ns, self.changes = -1, 0, 0

    def run(self, course):
        able = [row for row in range(ROWS) if course.may_lead(row)]
        best = course.strongest()
        dominance = course.market.cells[:, c.DOMINANCE].tolist()
        if self.leader not in able:
            self.changes += self.leader >= 0 and best >= 0
            self.leader, self.behind_ns = best, 0
        elif best == self.leader:
            self.behind_ns = 0
        else:
            self.behind_ns = self.behind_ns or course.now
            late = course.now - self.behind_ns >= RULES.lead_ns
            if late or dominance[best] - dominance[self.leader] >= RULES.lead_ppm:
                self.leader, self.behind_ns = best, 0
                self.changes += 1


AWAY = (-30 * NS, -4 * NS, -1)
"""Clocks are set back, by less and by more than what is known lasts."""
some_rows = st.sets(st.integers(0, ROWS - 1), max_size=ROWS)
turns = st.lists(
    st.tuples(
        st.dictionaries(
            st.integers(0, ROWS - 1),
            st.tuples(shares, st.sampled_from((0, 5, 50))),
            min_size=1,
            max_size=2,
        ),
        st.sampled_from((1, NS // 2, NS, 2 * NS, 3 * NS, 5 * NS, 5 * NS + 1, 6 * NS, *AWAY)),
        st.lists(
            st.tuples(st.integers(0, ROWS - 1), st.sampled_from((0, 1, NS, 4 * NS, FOREVER >> 1))),
            max_size=2,
        ),
        some_rows,
        some_rows,
    ),
    max_size=40,
)


@settings(max_examples=600)
@given(turns)
def test_the_race_is_the_plain_one_run_at_every_frame(turns):
    """Holds, lost connections and ends of sessions between the frames; quiet frames as well, and
    clocks set back."""
    course, plain = Course(), PlainRace()
    for books, later, holds, lost, ended in turns:
        course.frame(books, later, holds)
        plain.run(course)
        race = course.market.race
        assert course.leader == plain.leader
        assert int(race[r.BEHIND_NS]) == plain.behind_ns
        assert int(race[r.CHANGES]) == plain.changes
        assert r.noted_foremost(course.market.cells, race) == course.strongest()
        ages = course.now - course.market.cells[list(listed(race)), c.RECEIVED_NS]
        assert not (ages > RULES.max_lag_ns).any()
        course.table.forget(sorted(lost))
        course.table.end_signals(np.isin(np.arange(ROWS), list(ended)))
        assert sorted(listed(race)) == np.flatnonzero(course.market.cells[:, c.SIGNAL_NS]).tolist()


def test_a_break_of_which_no_frame_of_a_signal_tells_begins_the_wait_anew():
    """The one in front grew stale and came back: the leader was in front in between."""
    course = Course()
    course.frame({0: 760})
    course.frame({1: 770}, later=NS)
    course.frame({0: 760}, later=2 * NS)
    assert course.leader == 0
    course = Course(msgspec.structs.replace(RULES, lead_ns=9 * NS))
    course.frame({0: 760})
    course.frame({1: 770})
    course.frame({0: 760}, later=4 * NS)
    course.frame({2: 500}, later=2 * NS)
    assert course.market.race[r.BEHIND_NS] == 0, "1 is silent for 6 s, 0 for 2"
    course.frame({1: 770}, later=NS)
    assert course.frame({0: 760, 1: 770}, later=3 * NS) == 0, "behind for 3 s, not for 10"


paise = st.one_of(st.integers(1, 1_000), st.integers(1, (1 << 31) - 1))
signals = st.tuples(st.sampled_from((0, 1, 400_000, 1_000_000)), paise, paise)


@given(signals, signals)
def test_of_two_strengths_the_greater_is_the_stronger_signal(one, other):
    rows = np.zeros((2, c.COLUMNS), dtype=np.int64)
    for row, (dominance, bid, ask) in zip(rows, (one, other), strict=True):
        row[c.DOMINANCE], row[c.BID_PRICE], row[c.ASK_PRICE] = dominance, bid, max(bid + 1, ask)
    first, second = (int(r.strength_of(row)) for row in rows)
    assert min(first, second) > 0
    if first > second:
        assert weakness(rows[0]) < weakness(rows[1])
        assert r.stronger(rows[0], rows[1])
    if first == second:
        assert rows[0, c.DOMINANCE] == rows[1, c.DOMINANCE]


@settings(max_examples=150)
@given(st.integers(0, 2**32 - 1), st.integers(0, 3 * r.SPAN), st.integers(0, 30))
def test_of_many_signals_the_foremost_is_that_of_their_rows(seed, running, few):
    """Signals that are alike, rest or are not stale, in spans of which the last is not full."""
    random = np.random.default_rng(seed)
    rows = 4 * r.SPAN
    race, cells = r.empty_race(rows), np.zeros((rows, c.COLUMNS), dtype=np.int64)
    for row in random.permutation(rows)[:running]:
        cells[row] = book(900, dearer=5 * int(random.integers(0, 2)))
        cells[row, c.DOMINANCE] = random.integers(0, 1 + few)
        cells[row, c.SIGNAL_NS] = cells[row, c.RECEIVED_NS] = NOW
        cells[row, c.HOLD_UNTIL_NS] = NOW + int(random.integers(0, 2))
        r.keep_list(race, row, True)
        r.note_strength(race, row, cells[row], NOW, NS)
    assert r.noted_foremost(cells, race) == r.foremost(cells, race, NOW, NS)


def test_two_equal_leaders_do_not_alternate():
    course = Course()
    assert course.frame({0: 800, 1: 800}) == 0
    for _ in range(20):
        course.frame({1: 801}, later=NS)
        course.frame({0: 801}, later=NS)
        course.frame({0: 800, 1: 800}, later=NS)
    assert (course.leader, course.market.race[r.CHANGES]) == (0, 0)


def test_of_equal_signals_the_lower_row_is_in_front_whichever_began_first():
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        course = Course(msgspec.structs.replace(RULES, lead_ppm=0, lead_ns=0))
        for row in order:
            course.frame({row: 800}, later=1)
        assert course.leader == 0
        assert course.frame({2: (800, 50)}) == 2, "the same spread of a dearer share is tighter"


def test_a_clock_set_back_before_the_end_of_a_rest_is_in_the_rest_again():
    course = Course()
    course.frame({0: 900, 1: 760}, holds=[(0, 4 * NS)])
    assert course.frame({1: 760}, later=4 * NS) == 0, "at the end of the rest"
    assert course.frame({2: 500}, later=-1) == 1
    assert course.frame({2: 500}, later=1) == 0


def test_a_little_ahead_must_last_and_much_ahead_need_not():
    course = Course()
    assert course.frame({0: 760, 1: 700}) == 0
    assert course.frame({1: 770}) == 0
    assert course.frame({1: 770}, later=2 * NS) == 0
    assert course.frame({1: 770}) == 1
    assert course.frame({0: 900}) == 0


def test_a_break_in_the_lead_begins_the_wait_anew():
    course = Course()
    course.frame({0: 760, 1: 770})
    assert course.leader == 1
    course.frame({0: 780})
    course.frame({0: 760, 1: 770}, later=2 * NS)
    course.frame({0: 780, 1: 770}, later=NS)
    assert course.frame({0: 780, 1: 770}, later=2 * NS) == 1
    assert course.frame({0: 780, 1: 770}, later=NS) == 0


def test_a_leader_on_hold_or_grown_old_makes_room():
    course = Course()
    course.frame({0: 900, 1: 760})
    assert course.frame({1: 760}, holds=[(0, 60 * NS)]) == 1
    course = Course()
    course.frame({0: 900, 1: 760})
    assert course.frame({1: 760}, later=4 * NS) == 0
    assert course.frame({2: 500}, later=2 * NS) == 1


def test_what_is_proposed_is_the_leader_while_it_may_be_then_the_foremost_then_nobody():
    course = Course()
    course.frame({0: 900})
    course.frame({1: 901})
    lag = RULES.max_lag_ns

    def proposed():
        return int(r.leading(course.market.cells, course.market.race, course.now, lag))

    assert (course.leader, proposed()) == (0, 0), "in front still, though the other is stronger"
    course.market.cells[0, c.HOLD_UNTIL_NS] = course.now + NS
    assert proposed() == 1
    course.market.cells[1, c.HOLD_UNTIL_NS] = course.now + NS
    assert proposed() == -1


def test_a_place_counts_those_in_front_that_may_be_proposed():
    course = Course()
    course.frame({0: 800, 1: 900, 2: 850, 3: 500})

    def places():
        market = course.market
        return [
            int(r.place_of(market.cells, market.race, row, course.now, RULES.max_lag_ns))
            for row in range(ROWS)
        ]

    assert places() == [3, 1, 2, 0]
    course.market.cells[1, c.HOLD_UNTIL_NS] = course.now + NS
    assert places() == [2, 0, 1, 0]
