"""Books rebuilt from orders: against a plain book, and the recorded day's own counts."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from study_rig import OPENING, events_from, recordings_folder

from tui_scalper.lab.importers import import_file
from tui_scalper.lab.study.day import DEPTH_FILE, stock_day, tape_books
from tui_scalper.lab.study.hours import STRETCHES, continuous, last_before
from tui_scalper.lab.study.orders import ADD, CANCEL, TRADE, read_day
from tui_scalper.lab.study.rebuild import LEVELS, rebuild
from tui_scalper.lab.tape import Tape


@st.composite
def order_flows(draw):
    """Adds, cancels (of known and unknown orders) and trades; the market may cross."""
    lines, known = [], []
    for number in range(1, draw(st.integers(1, 25)) + 1):
        kind = draw(st.sampled_from((ADD, ADD, CANCEL, TRADE)))
        side = draw(st.sampled_from((1, -1)))
        price, size = draw(st.integers(95, 105)), draw(st.integers(1, 30))
        orders = [0, 0]
        if kind == ADD or not known:
            kind = ADD
            orders[0 if side > 0 else 1] = number
            known.append((number, side))
        elif kind == CANCEL:
            which, side = draw(st.sampled_from([*known, (99, 1)]))
            orders[0 if side > 0 else 1] = which
        else:
            for which, of in draw(st.lists(st.sampled_from(known), min_size=1, max_size=2)):
                orders[0 if of > 0 else 1] = which
        lines.append((OPENING + number, kind, side, *orders, price, size))
    return lines


def plain_books(lines, marked):
    """The same by dictionaries, one order at a time."""
    resting = {}
    for _, kind, side, buy, sell, price, size in lines:
        if kind == ADD:
            resting[(side, buy or sell)] = [price, size]
        else:
            touched = [(1, buy), (-1, sell)] if kind == TRADE else [(side, buy or sell)]
            for one in touched:
                if one in resting:
                    resting[one][1] -= size
                    if resting[one][1] <= 0:
                        del resting[one]
        book = []
        for of in (1, -1):
            levels = defaultdict(lambda: [0, 0, 0])
            for (s, number), (at, held) in resting.items():
                if s == of:
                    levels[at][0] += held
                    levels[at][1] += 1
                    levels[at][2] += number in marked
            book.append([(at, *levels[at]) for at in sorted(levels, reverse=of > 0)])
        yield book


@given(order_flows(), st.sets(st.integers(1, 25)))
def test_the_rebuilt_book_is_the_plain_one(lines, marked):
    events = events_from(lines)
    made = rebuild(events, continuous(events.ms), np.array(sorted(marked), dtype=np.int64))
    books = made.books
    for i, book in enumerate(plain_books(lines, marked)):
        for side, levels in enumerate(book):
            assert books.total[i, side] == sum(one[1] for one in levels)
            for level in range(LEVELS):
                shown = (
                    books.price[i, side, level],
                    books.quantity[i, side, level],
                    books.orders[i, side, level],
                    made.marks[i, side, level],
                )
                assert shown == (levels[level] if level < len(levels) else (0, 0, 0, 0))
    traded = [line for line in lines if line[1] == TRADE]
    assert books.volume[-1] == sum(line[6] for line in traded)
    assert books.last[-1] == (traded[-1][5] if traded else 0)


def test_a_cancel_of_nothing_and_a_crossed_book_are_counted():
    lines = [
        (OPENING, ADD, 1, 1, 0, 101, 5),
        (OPENING, ADD, -1, 0, 2, 100, 5),
        (OPENING, CANCEL, 1, 9, 0, 100, 5),
        (OPENING, CANCEL, 1, 1, 0, 101, 5),
    ]
    made = rebuild(events_from(lines), np.ones(4, dtype=np.bool_))
    assert (made.unknown_cancels, made.crossed) == (1, 2)


@pytest.mark.data
def test_the_recorded_day_rebuilds_to_its_known_counts():
    stocks = [stock_day(events) for events in read_day(recordings_folder())]
    assert [stock.events.code for stock in stocks] == [
        "600536",
        "600761",
        "600961",
        "601825",
        "605580",
    ]
    events = [stock.events for stock in stocks]
    assert sum(int((one.kind == TRADE).sum()) for one in events) == 109_616
    assert sum(int((one.kind != TRADE).sum()) for one in events) == 149_359
    assert sum(int(stock.continuous.sum()) for stock in stocks) == 251_344
    assert sum(stock.rebuilt.unknown_cancels for stock in stocks) == 0
    assert sum(stock.rebuilt.crossed for stock in stocks) == 0


@pytest.mark.data
def test_the_rebuilt_books_are_those_of_the_depth_recording(tmp_path):
    folder = recordings_folder()
    import_file(folder / DEPTH_FILE, tmp_path / "day.parquet")
    recorded = {books.code: books for books in tape_books(Tape.open(tmp_path / "day.parquet"))}
    events = min(read_day(folder), key=len)
    mine, theirs = stock_day(events).books, recorded[events.code]
    matched = 0
    for i in range(len(theirs)):
        # Several events carry one stamp; the recording shows the book after one of them.
        last = int(last_before(mine.ms, theirs.ms[i : i + 1])[0])
        first = int(np.searchsorted(mine.ms, theirs.ms[i]))
        same = (mine.price[first : last + 1] == theirs.price[i]).all(axis=(1, 2))
        same &= (mine.quantity[first : last + 1] == theirs.quantity[i]).all(axis=(1, 2))
        same &= (mine.orders[first : last + 1] == theirs.orders[i]).all(axis=(1, 2))
        same &= (mine.total[first : last + 1] == theirs.total[i]).all(axis=1)
        matched += bool(same.any())
    assert matched == len(theirs) > 1_000


def test_hours_of_continuous_trading_are_those_of_shanghai():
    assert STRETCHES == ((34_200_000, 41_400_000), (46_800_000, 53_820_000))
