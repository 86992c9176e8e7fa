"""The journal: what is written is read back, and no damage goes unseen."""

from __future__ import annotations

import os
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.core import commands as cm
from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.journalled import Note, RunStarted
from tui_scalper.core.orders import OrderKind, OrderReport, OrderTerms, Purpose, ReportStatus
from tui_scalper.core.units import Side
from tui_scalper.runtime import journal as journal_module
from tui_scalper.runtime.journal import Journal, Sync
from tui_scalper.runtime.journal_file import HEADER, JournalDamagedError, JournalError, frames, scan
from tui_scalper.runtime.order_books import BookMemory
from tui_scalper.soak.flips import FLIPS, flip_bits

FLIPS_HERE = 2_000
TERMS = OrderTerms(kind=OrderKind.LIMIT, quantity=10, price=100_05)


def entry(tag: str) -> ef.PlaceOrder:
    return ef.PlaceOrder(tag=tag, row=3, symbol="INFY", exchange="NSE", side=Side.BUY, terms=TERMS)


def told(tag: str, filled: int) -> ev.OrderReported:
    report = OrderReport(
        order_id="1",
        tag=tag,
        row=3,
        symbol="INFY",
        side=Side.BUY,
        terms=TERMS,
        status=ReportStatus.OPEN,
        filled=filled,
        filled_value=filled * 100_05,
    )
    return ev.OrderReported(at_ns=7, report=report)


def write_some(path: Path, count: int) -> None:
    journal = Journal(path)
    journal.start(1, "SIM", "RUN")
    for number in range(count):
        journal.effects(number, (entry(f"RUNE{number}"), ef.PollFunds()))
        journal.event(told(f"RUNE{number}", number % 10))
        journal.event(ev.Commanded(at_ns=number, command=cm.Stage(key_ns=5, row=2)))
    journal.close()


def test_what_is_written_is_read_back_in_order(tmp_path: Path):
    path = tmp_path / "a.journal"
    write_some(path, 3)
    records = scan(path).records
    assert [record.seq for record in records] == list(range(len(records)))
    assert records[0].body == RunStarted(mode="SIM", run_id="RUN")
    assert records[1].body == entry("RUNE0")
    assert records[3].body == told("RUNE0", 0)
    assert records[4].body == ev.Commanded(at_ns=0, command=cm.Stage(key_ns=5, row=2))


def test_a_second_run_goes_on_with_the_chain(tmp_path: Path):
    path = tmp_path / "a.journal"
    write_some(path, 2)
    again = Journal(path)
    assert len(again.records) == 1 + 2 * 4
    again.note(9, "second run")
    again.close()
    assert scan(path).records[-1].body == Note(text="second run")


def test_a_torn_tail_is_cut_and_said_at_every_byte_of_the_last_record(tmp_path: Path):
    path = tmp_path / "a.journal"
    write_some(path, 1)
    whole = path.read_bytes()
    records = scan(path).records
    last = len(whole) - records_bytes(whole)[-1]
    for cut in range(last + 1, len(whole)):
        path.write_bytes(whole[:cut])
        journal = Journal(path)
        assert journal.records == records[:-1]
        assert journal.cut_bytes == cut - last
        assert journal.set_aside is None
        journal.close()
        assert path.read_bytes() == whole[:last]


def records_bytes(data: bytes) -> list[int]:
    sizes, at = [], 0
    while at < len(data):
        size = HEADER.size + HEADER.unpack_from(data, at)[0]
        sizes.append(size)
        at += size
    return sizes


def test_every_flipped_bit_is_seen(proved):
    """R6: a journal with one flipped bit never reads as whole, and its good start is kept."""
    seed = random.randrange(1 << 32)
    progress = flip_bits(seed, FLIPS_HERE)
    proved(FLIPS.result(progress))
    assert progress.violations == 0, f"seed {seed}: {progress.failures}"
    assert set(progress.sums) == {"halted", "tail cut"}


def test_damage_further_in_sets_the_file_aside_and_begins_a_new_one(tmp_path: Path):
    path = tmp_path / "a.journal"
    write_some(path, 3)
    data = bytearray(path.read_bytes())
    data[HEADER.size + 3] ^= 1
    path.write_bytes(data)
    journal = Journal(path)
    assert journal.records == ()
    assert journal.set_aside is not None
    assert journal.set_aside.read_bytes() == bytes(data)
    journal.close()


@pytest.mark.parametrize(("damaged", "known"), [(1, ["RUN1", "RUN2"]), (2, ["RUN1"])])
def test_the_runs_a_damaged_journal_names_are_known_to_the_new_one(tmp_path: Path, damaged, known):
    path = tmp_path / "a.journal"
    journal = Journal(path)
    for run in ("RUN1", "RUN2"):
        journal.start(1, "SIM", run)
        journal.effects(2, (entry(f"{run}E1"),))
    journal.note(3, "the last")
    journal.close()
    data = bytearray(path.read_bytes())
    starts = [at for at, _, _ in frames(bytes(data))]
    data[starts[damaged] + HEADER.size + 3] ^= 1
    path.write_bytes(data)
    for _ in range(2):
        journal = Journal(path)
        assert [one.body.run_id for one in journal.records] == known
        journal.close()
    assert [one.body for one in scan(path).records] == [one.body for one in journal.records]


@given(garbage=st.binary(max_size=400))
@settings(max_examples=60)
def test_garbage_is_never_taken_for_records(tmp_path_factory, garbage: bytes):
    path = tmp_path_factory.mktemp("garbage") / "a.journal"
    path.write_bytes(garbage)
    try:
        assert scan(path).records == ()
    except JournalDamagedError:
        assert len(garbage) > HEADER.size


def test_a_disk_that_takes_no_more_is_said_once_and_for_all(tmp_path: Path):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this machine has no /dev/full")
    journal = Journal(tmp_path / "a.journal")
    os.dup2(os.open(full, os.O_WRONLY), journal._file)
    with pytest.raises(JournalError, match="free some space"):
        journal.effects(1, (entry("RUNE1"),))
    assert "takes no more records" in journal.fault
    with pytest.raises(JournalError):
        journal.note(2, "still")
    journal.close()


def test_strict_mode_syncs_before_an_order_leaves(tmp_path: Path, monkeypatch):
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    journal = Journal(tmp_path / "a.journal", Sync.STRICT)
    before = len(synced)
    journal.effects(1, (entry("RUNE1"),))
    assert len(synced) > before
    journal.close()


def test_an_unwritable_place_is_named(tmp_path: Path):
    blocker = tmp_path / "file"
    blocker.write_text("no directory")
    with pytest.raises(JournalError, match="state_dir"):
        Journal(blocker / "journal" / "a.journal")


def test_purposes_survive(tmp_path: Path):
    path = tmp_path / "a.journal"
    journal = Journal(path)
    exit_order = ef.PlaceOrder(
        tag="X",
        row=1,
        symbol="INFY",
        exchange="NSE",
        side=Side.SELL,
        terms=TERMS,
        purpose=Purpose.EXIT,
    )
    journal.effects(1, (exit_order,))
    journal.close()
    assert scan(path).records[0].body == exit_order


REPORTS = st.builds(
    lambda number, filled, text: OrderReport(
        order_id=number,
        tag="T",
        row=0,
        symbol="INFY",
        side=Side.BUY,
        terms=TERMS,
        status=ReportStatus.OPEN,
        filled=filled,
        filled_value=0,
        text=text,
    ),
    st.sampled_from(["", "1", "2", "3", "4"]),
    st.integers(0, 2),
    st.sampled_from(["", "why"]),
)
BOOKS = st.lists(st.lists(REPORTS, max_size=5), max_size=8)


@given(books=BOOKS)
def test_an_order_book_is_read_back_whole_whatever_it_repeats(books):
    writer, reader = BookMemory(), BookMemory()
    for number, reports in enumerate(books):
        book = ev.OrderBookReported(at_ns=number, asked_ns=number, reports=tuple(reports))
        assert reader.whole(writer.shortened(book)) == book


def test_a_day_of_order_books_grows_with_its_orders_not_with_their_square(tmp_path: Path):
    path = tmp_path / "a.journal"
    journal = Journal(path)
    reports: list[OrderReport] = []
    sizes = []
    for number in range(200):
        report = told(f"RUNE{number}", 10).report
        reports.append(msgspec.structs.replace(report, order_id=str(number)))
        before = path.stat().st_size
        journal.event(ev.OrderBookReported(at_ns=1, asked_ns=1, reports=tuple(reports)))
        sizes.append(path.stat().st_size - before)
    journal.close()
    assert max(sizes) < 2 * min(sizes)
    assert scan(path).records[-1].body.reports == tuple(reports)
    again = Journal(path)
    again.event(ev.OrderBookReported(at_ns=2, asked_ns=2, reports=tuple(reports)))
    again.close()
    assert scan(path).records[-1].body.reports == tuple(reports)


def test_little_of_a_megabyte_of_noise_is_taken_for_a_record(tmp_path, monkeypatch):
    path = tmp_path / "noise.journal"
    write_some(path, 3)
    whole = path.read_bytes()
    path.write_bytes(whole + random.Random(3).randbytes(1 << 20) + whole[-300:])
    read = []
    crc32 = journal_module.zlib.crc32

    def counted(data):
        read.append(len(data))
        return crc32(data)

    monkeypatch.setattr(journal_module.zlib, "crc32", counted)
    with pytest.raises(JournalDamagedError):
        scan(path)
    assert len(read) < 40


@pytest.mark.parametrize(("part", "first", "last"), [(2, 0, None), (5, 4, None), (12, 8, 23)])
def test_damage_is_found_where_it_is_and_the_text_says_what_to_do(
    tmp_path: Path, part: int, first: int, last: int | None
):
    path = tmp_path / "damaged.journal"
    write_some(path, 3)
    data = bytearray(path.read_bytes())
    starts = [at for at, _, _ in frames(bytes(data))]
    for number in (0, 2):  # the very first record, and one further in
        hurt = bytearray(data)
        hurt[starts[number] + part] ^= 0x10
        path.write_bytes(hurt)
        end = starts[number + 1] - 1 if last is None else starts[number] + last
        with pytest.raises(JournalDamagedError) as told:
            scan(path)
        said = str(told.value)
        assert f"in record {number}, between byte {starts[number] + first} and byte {end}:" in said
        assert "sets it aside" in said
