"""Lives of signals: by hand, against a slow reference on random and recorded tapes, bounded."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from market_rig import rules_of
from slow_lives import Lost, lives_of
from study_rig import DEPTH, recordings_folder
from test_core_kernels import signal_book
from test_readings_reference import made

from tui_scalper.core import columns as c
from tui_scalper.core import kernels as k
from tui_scalper.core import lives as v
from tui_scalper.core.config import EngineConfig, SignalRules
from tui_scalper.core.gates import Gate
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.market import MarketTable
from tui_scalper.core.signal_life import take_lives, take_the_rest
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import NS, Side
from tui_scalper.core.venues import NSE
from tui_scalper.lab.importers import import_file
from tui_scalper.lab.replay import Replay, ReplayPlan
from tui_scalper.lab.study.day import DEPTH_FILE
from tui_scalper.lab.tape import Tape
from tui_scalper.lab.tape_writer import TapeWriter

NOW = 1_795_408_200 * NS
LAG_NS = SignalRules().max_lag_ns
SYMBOLS = ("ALPHA", "BRAVO")
ASLEEP = np.array([[1 << 62, -1, -1, 1 << 62]] * 2, dtype=np.int64)
BOOKS = {
    "buy": {},
    "strong": {"TOTAL_BUY": 9_000, "TOTAL_SELL": 1_000},
    "sell": {"TOTAL_BUY": 2_000, "TOTAL_SELL": 8_000, "BID_QUANTITY": 100, "ASK_QUANTITY": 300},
    "none": {"TOTAL_BUY": 5_000, "TOTAL_SELL": 5_000},
    "bare": {"ASK_PRICE": 0},
}


class Kept:
    """A table of two stocks and what every update left behind."""

    def __init__(self):
        universe = [Instrument(symbol=one, token=256, tick=5) for one in SYMBOLS]
        universe[1] = Instrument(symbol=SYMBOLS[1], token=512, tick=5)
        self.table = MarketTable(Universe(NSE, universe))
        self.rules = rules_of()
        self.counters = np.zeros(k.COUNTERS, dtype=np.int64)
        self.updates = []

    def frame(self, at, *updates):
        """A frame of (row, what the book says, steps of the price)."""
        for row, what, steps in updates:
            book = signal_book(**BOOKS[what])
            cells = self.table.cells[row]
            cells[: c.MARKET_END] = book[: c.MARKET_END]
            for price in (c.BID_PRICE, c.ASK_PRICE, c.LTP):
                cells[price] += 5 * steps * (cells[price] > 0)
            cells[c.RECEIVED_NS] = cells[c.EXCHANGE_NS] = at
        rows = np.array([row for row, _, _ in updates], dtype=np.int64)
        k.evaluate(self.table.market, rows, self.rules, self.counters)
        self.updates += [
            (at, row, int(cell[c.LEAN]) if cell[c.BLOCKERS] == 0 else 0, *cell[WHAT].tolist())
            for row, cell in ((row, self.table.cells[row]) for row in rows)
        ]

    def lose(self, rows):
        """The books of `rows` are lost."""
        self.table.forget(rows)
        self.updates.append(Lost(tuple(rows)))

    def taken(self):
        return take_lives(self.table.market, self.table.universe)

    def rest(self):
        return take_the_rest(self.table.market, self.table.universe)


WHAT = [c.DOMINANCE, c.MID2]


def test_a_life_by_hand():
    kept = Kept()
    kept.frame(NOW - 6 * NS, (0, "none", 0))
    kept.frame(NOW - NS, (0, "none", 1))
    kept.frame(NOW, (0, "buy", 2))
    kept.frame(NOW + NS // 2, (0, "strong", 3))
    kept.frame(NOW + 2 * NS, (0, "buy", 4))
    kept.frame(NOW + 3 * NS, (0, "none", 5))
    kept.frame(NOW + 60 * NS, (0, "none", 6))
    assert kept.taken() == []
    kept.frame(NOW + 61 * NS, (1, "none", 0))
    (life,) = kept.taken()
    first = 2 * 100_000 + 5
    assert (life.symbol, life.side) == ("ALPHA", Side.BUY)
    assert (life.start_ns, life.peak_ns, life.end_ns) == (NOW, NOW + NS // 2, NOW + 3 * NS)
    assert (life.dominance, life.peak) == (600_000, 800_000)
    # 0.5, 1.5, 2.5 and 5.5 s before it, then nothing was known.
    assert life.before == (first + 10, first, first, first, 0, 0, 0)
    # 0.5, 1.5, 2.5, 5.5, 10.5, 30.5 and 60.5 s after it.
    steps = (3, 3, 4, 5, 5, 5, 6)
    assert life.after == tuple(first + 10 * step for step in steps)
    assert kept.taken() == kept.rest() == []


def test_a_signal_that_turns_round_is_two_lives_and_one_that_stands_has_no_end():
    kept = Kept()
    kept.frame(NOW, (0, "buy", 0))
    kept.frame(NOW + 7, (0, "sell", 0))
    first, second = kept.rest()
    assert (first.side, first.end_ns) == (Side.BUY, NOW + 7)
    assert (second.side, second.start_ns, second.end_ns) == (Side.SELL, NOW + 7, 0)
    assert not any(second.after)


def test_a_lost_connection_ends_the_life_and_no_mid_reaches_over_it():
    kept = Kept()
    kept.frame(NOW, (0, "buy", 0), (1, "buy", 0))
    kept.table.forget([0])
    kept.frame(NOW + 70 * NS, (0, "buy", 9))
    lost, begun, kept_on = sorted(kept.rest(), key=lambda one: (one.symbol, one.start_ns))
    assert (lost.symbol, lost.end_ns, lost.after) == ("ALPHA", NOW, (0,) * v.POINTS)
    assert (begun.start_ns, begun.before) == (NOW + 70 * NS, (0,) * v.POINTS)
    assert (kept_on.symbol, kept_on.end_ns) == ("BRAVO", NOW + LAG_NS)
    assert all(kept_on.after)


def test_what_was_known_after_a_beginning_stays_known_when_the_book_is_lost():
    kept = Kept()
    kept.frame(NOW, (0, "buy", 0), (1, "none", 0))
    kept.frame(NOW + 2 * NS, (0, "buy", 1), (1, "none", 0))
    kept.frame(NOW + 4 * NS, (1, "none", 0))
    kept.table.forget([0])
    kept.frame(NOW + 9 * NS, (0, "none", 7))
    kept.frame(NOW + 70 * NS, (1, "none", 0))
    (life,) = kept.taken()
    first = 2 * 100_000 + 5
    # 0.5, 1.5 and 2.5 s after it, then nobody knew at 5.5 s, then 10.5 s and more.
    assert life.after == (first, first, first + 10, 0, *(first + 70,) * 3)


def test_a_book_lost_in_the_frame_of_a_birth_leaves_the_mids_before_it_known():
    kept = Kept()
    kept.frame(NOW - NS, (0, "none", 1))
    kept.frame(NOW, (0, "buy", 0))
    kept.table.forget([0])
    (lost,) = kept.rest()
    assert lost.before == (2 * 100_000 + 5 + 10, *(0,) * (v.POINTS - 1))


def test_a_birth_is_told_of_the_mids_before_it_whatever_follows():
    """By the next frame, by one after it grew old or of a clock that was set back, or by none."""
    before = []
    for frames in ([], [1], [1, 1], [61 * NS], [1, 61 * NS], [-30 * NS]):
        kept = Kept()
        kept.frame(NOW - NS, (0, "none", 1), (1, "none", 2))
        kept.frame(NOW, (0, "buy", 0), (1, "sell", 0))
        for later in frames:
            kept.frame(NOW + later, (1, "none", 5))
        lives = sorted(kept.rest(), key=lambda one: one.symbol)
        before.append([one.before for one in lives])
    first = 2 * 100_000 + 5
    assert before[0] == [(first + steps, *(0,) * (v.POINTS - 1)) for steps in (10, 20)]
    assert all(one == before[0] for one in before)


def test_signals_beyond_the_room_are_counted_and_the_room_is_used_again():
    kept = Kept()
    slots = len(kept.table.market.lives.table)
    for turn in range(slots + 10):
        kept.frame(NOW + turn, (0, "sell" if turn % 2 else "buy", 0))
    assert kept.table.market.lives.head[v.MISSED] == 10
    kept.frame(NOW + 61 * NS, (0, "none", 0))
    assert len(kept.taken()) == slots
    kept.frame(NOW + 62 * NS, (0, "buy", 0))
    assert len(kept.rest()) == 1
    assert kept.table.market.lives.head[v.MISSED] == 10


def assert_done(found, wanted):
    """`found` are the lives of `wanted`, frame by frame; those of one frame in any order."""
    for together in wanted:
        several = sorted(found[: len(together)], key=lambda one: (one.start_ns, one.symbol))
        assert several == together
        found = found[len(together) :]
    assert found == []


frames = st.lists(
    st.tuples(
        st.sampled_from((1, NS // 2, NS, 3 * NS, 5 * NS, 5 * NS + 1, 20 * NS)),
        st.lists(
            st.tuples(st.sampled_from(sorted(BOOKS)), st.integers(-3, 3)), min_size=1, max_size=2
        ),
        st.booleans(),
        st.sampled_from(((), (), (), (0,), (1,), (0, 1))),
    ),
    min_size=1,
    max_size=60,
)


def assert_lives_of(course, often):
    """Lives are those of the reference, taken after every `often` of the frames of a course;
    books are lost between them, of one stock or both."""
    kept, at, found = Kept(), NOW, []
    for number, (wait, books, first, lost) in enumerate(course):
        at += wait
        rows = (0, 1) if first else (1, 0)
        kept.frame(at, *((row, *book) for row, book in zip(rows, books, strict=False)))
        if lost:
            kept.lose(lost)
        if number % often == 0:
            found += kept.taken()
    assert_done(found + kept.rest(), lives_of(kept.updates, SYMBOLS, LAG_NS))


@settings(max_examples=120)
@given(frames, st.integers(1, 10))
def test_lives_are_those_of_the_reference_however_often_they_are_taken(course, often):
    assert_lives_of(course, often)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_lives_with_pages_of_mids_on_both_sides_are_those_of_the_reference(seed, often):
    random, course = Random(seed), []
    for _ in range(200):
        books = [(random.choice(sorted(BOOKS)), random.randint(-3, 3)) for _ in range(2)]
        lost = (random.randrange(2),) if random.random() < 0.01 else ()
        wait = random.choice((NS // 2, NS, 2 * NS))
        course.append((wait, books, random.random() < 0.5, lost))
    assert_lives_of(course, often)


def cut(tape, size, path):
    """The first `size` updates of a tape, to the end of their frame, as a tape of its own."""
    batch = next(iter(tape.batches()))
    end = int(np.searchsorted(batch.received_ns, batch.received_ns[size - 1], side="right"))
    with TapeWriter(path, tape.universe) as writer:
        writer.write(batch.rows[:end], batch.cells[:end])
        writer.close()
    return Tape.open(path)


@pytest.fixture(scope="module")
def morning(tmp_path_factory):
    """The first 8,000 updates of the recorded day."""
    recordings_folder()
    folder = tmp_path_factory.mktemp("tapes")
    import_file(DEPTH / DEPTH_FILE, folder / "day.tape")
    return cut(Tape.open(folder / "day.tape"), 8_000, folder / "morning.tape")


def new_replay(tape):
    config = EngineConfig(mode=Mode.REPLAY, run_id="L")
    return Replay(tape, config, ReplayPlan(auto=False, opening_cash=0))


def replayed(tape):
    replay = new_replay(tape)
    replay.run()
    return replay


@pytest.mark.data
def test_lives_of_a_recorded_morning_are_those_of_the_reference(morning):
    lives = replayed(morning).lives
    other = new_replay(morning).engine
    asleep = np.tile(ASLEEP[:1], (len(morning.universe), 1))
    updates = []
    for batch in morning.batches():
        for i, row in enumerate(batch.rows.tolist()):
            at = int(batch.received_ns[i])
            while other.wake_ns <= at:
                other.after_frames(other.wake_ns, k.QUIET)
            one = (batch.rows[: i + 1], batch.cells, batch.received_ns, i)
            other.run_tape(*one, until_ns=at, exchange_wakes=asleep)
            cell = other.table.cells[row]
            side = int(cell[c.LEAN]) if cell[c.BLOCKERS] == 0 else 0
            updates.append((at, row, side, *cell[WHAT].tolist()))
    assert_done(lives, lives_of(updates, [one.symbol for one in morning.universe], LAG_NS))
    assert len(lives) > 30


def assert_cut_reads_as_whole(part, whole):
    """Nothing looks ahead: tables, lives and counts of a part are those of the whole so far."""
    ended, going_on = replayed(part), new_replay(whole)
    going_on.run_until(part.last_ns)
    market, other = ended.engine.table.market, going_on.engine.table.market
    for name in ("cells", "reals", "memory", "race", "regime"):
        assert getattr(market, name).tobytes() == getattr(other, name).tobytes(), name
    assert market.mids.ring.tobytes() == other.mids.ring.tobytes()
    assert ended.lives == take_the_rest(other, whole.universe)
    assert (ended.engine.counters == going_on.engine.counters).all()


@pytest.mark.data
@pytest.mark.parametrize("size", [1, 700, 5_000, 7_500])
def test_a_tape_cut_off_reads_as_the_whole_one_up_to_there(morning, tmp_path, size):
    assert_cut_reads_as_whole(cut(morning, size, tmp_path / "part.tape"), morning)


def random_tape(seed, size, path):
    """A tape of two stocks with odd books; a quarter of the frames holds both."""
    random = Random(seed)
    merged = [(row, one) for row in (0, 1) for one in made(seed + row, size, sane=False)]
    merged.sort(key=lambda pair: int(pair[1][c.RECEIVED_NS]))
    cells = np.array([one[: c.MARKET_END] for _, one in merged])
    cells[:, c.VOLUME] += 10**7
    cells[:, c.EXCHANGE_NS] = cells[:, c.RECEIVED_NS]
    for n in range(1, len(cells)):
        if merged[n][0] != merged[n - 1][0] and random.random() < 0.25:
            cells[n, c.RECEIVED_NS] = cells[n - 1, c.RECEIVED_NS]
        cells[n, c.RECEIVED_NS] = max(cells[n, c.RECEIVED_NS], cells[n - 1, c.RECEIVED_NS])
    with TapeWriter(path, Kept().table.universe) as writer:
        writer.write(np.array([row for row, _ in merged]), cells)
        writer.close()
    return Tape.open(path)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 2), st.integers(1, 80), st.data())
def test_any_tape_cut_off_anywhere_reads_as_the_whole_up_to_there(tmp_path, seed, size, data):
    whole = random_tape(seed, size, tmp_path / "whole.tape")
    until = data.draw(st.integers(1, 2 * size))
    assert_cut_reads_as_whole(cut(whole, until, tmp_path / "part.tape"), whole)


def test_a_life_that_outlasts_what_is_looked_ahead_is_taken_when_it_ends():
    kept = Kept()
    for seconds in range(0, 66, 4):
        kept.frame(NOW + seconds * NS, (0, "buy", 1), (1, "buy", 1))
    assert kept.taken() == []
    kept.frame(NOW + 68 * NS, (0, "none", 0))
    (life,) = kept.taken()
    assert (life.start_ns, life.end_ns) == (NOW, NOW + 68 * NS)
    (lasting,) = kept.rest()
    assert (lasting.symbol, lasting.end_ns, lasting.after) == ("BRAVO", 0, life.after)
    assert all(life.after)


def signal_of(kept, row):
    cells = kept.table.cells[row]
    return int(cells[c.SIGNAL_NS]), Gate(int(cells[c.BLOCKERS]))


def test_a_signal_of_which_nothing_is_heard_ends_when_its_book_grows_stale():
    kept = Kept()
    kept.frame(NOW, (0, "buy", 0))
    kept.frame(NOW + LAG_NS, (1, "none", 0))
    assert signal_of(kept, 0) == (NOW, Gate(0)), "as old as a book may be"
    kept.frame(NOW + 2 * LAG_NS, (1, "none", 0))
    assert signal_of(kept, 0) == (0, Gate.STALE)
    kept.frame(NOW + 3 * LAG_NS, (0, "buy", 0))
    assert signal_of(kept, 0) == (NOW + 3 * LAG_NS, Gate(0)), "another one"
    assert kept.counters[k.SIGNALS] == 2
    first, second = kept.rest()
    assert (first.start_ns, first.end_ns) == (NOW, NOW + LAG_NS)
    assert (second.start_ns, second.end_ns) == (NOW + 3 * LAG_NS, 0)


@pytest.mark.parametrize("late, lives", [(0, [(0, 0)]), (1, [(0, LAG_NS), (LAG_NS + 1, 0)])])
def test_a_silence_of_the_whole_market_ends_a_signal_as_well(late, lives):
    """Nothing is heard in between: the stock's own next update notices it."""
    kept = Kept()
    kept.frame(NOW, (0, "buy", 0))
    kept.frame(NOW + LAG_NS + late, (0, "buy", 0))
    ended = [(one.start_ns - NOW, one.end_ns and one.end_ns - NOW) for one in kept.rest()]
    assert ended == lives
    assert signal_of(kept, 0) == (NOW + lives[-1][0], Gate(0))


def test_a_silence_ends_a_signal_alike_whoever_notices_it():
    """By a frame of others in the silence or by its own next one: the same lives."""
    found = []
    for between in ((), (NOW + 6 * NS,), (NOW + 6 * NS, NOW + 9 * NS)):
        kept = Kept()
        kept.frame(NOW, (0, "buy", 0))
        for at in between:
            kept.frame(at, (1, "none", 0))
        kept.frame(NOW + 10 * NS, (0, "sell", 0))
        kept.frame(NOW + 71 * NS, (1, "none", 0))
        found.append(kept.rest())
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 2


def test_a_clock_set_back_ends_no_signal_before_it_was_heard_of_last():
    kept = Kept()
    kept.frame(NOW, (0, "buy", 0))
    kept.frame(NOW - 8 * NS, (0, "buy", 0))
    kept.frame(NOW + NS, (1, "none", 0))
    (life,) = kept.rest()
    assert (life.start_ns, life.peak_ns, life.end_ns) == (NOW, NOW, NOW)
