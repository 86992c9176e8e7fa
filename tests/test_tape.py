"""Tapes: what is written is read back, frames stay whole, damage is told in words."""

from __future__ import annotations

import json
import zlib
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.units import FOREVER
from tui_scalper.core.venues import NSE
from tui_scalper.lab import layout
from tui_scalper.lab.news import KINDS
from tui_scalper.lab.tape import Tape, TapeError, TapePlayer
from tui_scalper.lab.tape_writer import TapeWriter

UNIVERSE = Universe(
    NSE,
    [Instrument(symbol=f"S{row}", token=row * 256 + 1, tick=5, name="Ä & Co") for row in range(4)],
)
BIG = st.integers(-(2**63), 2**63 - 1)


@st.composite
def updates(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Rows and cells of a few frames, times rising by 0 (the same frame) to 3 ns."""
    size = draw(st.integers(0, 60))
    rows = draw(hnp.arrays(np.int64, size, elements=st.integers(0, 3)))
    cells = draw(hnp.arrays(np.int64, (size, c.MARKET_END), elements=BIG, fill=BIG))
    steps = draw(hnp.arrays(np.int64, size, elements=st.integers(0, 3)))
    cells[:, c.RECEIVED_NS] = 1_000 + np.cumsum(steps)
    cells[:, c.UPDATES] = 0
    cells[:, c.LTP] &= 2**63 - 1  # below zero it is no price
    return rows, cells


def write(path: Path, rows: np.ndarray, cells: np.ndarray, group: int, piece: int = 7) -> Tape:
    with TapeWriter(path, UNIVERSE, source="x.csv", sha256="ab", group=group) as writer:
        for start in range(0, len(rows), piece):
            writer.write(rows[start : start + piece], cells[start : start + piece])
        writer.close([("bad", 2)])
    return Tape.open(path)


def sample(path: Path) -> tuple[Tape, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(7)
    rows = generator.integers(0, 4, 300)
    cells = generator.integers(0, 10_000, (300, c.MARKET_END))
    cells[:, c.RECEIVED_NS] = 5_000 + np.arange(300) // 3
    cells[:, c.UPDATES] = 0
    return write(path, rows, cells, group=50), rows, cells


@settings(max_examples=60)
@given(updates(), st.integers(1, 20))
def test_what_is_written_is_read_back(content, group):
    rows, cells = content
    with TemporaryDirectory() as folder:
        tape = write(Path(folder) / "t.parquet", rows, cells, group)
        batches = list(tape.batches())
    assert tape.updates == len(rows)
    assert tape.universe.instruments == UNIVERSE.instruments
    assert tape.universe.venue == NSE
    assert tape.meta.notes == (("bad", 2),)
    assert sum(len(batch.rows) for batch in batches) == len(rows)
    if len(rows):
        assert np.array_equal(np.concatenate([b.rows for b in batches]), rows)
        assert np.array_equal(np.concatenate([b.cells for b in batches]), cells)
        assert (tape.first_ns, tape.last_ns) == (
            cells[0, c.RECEIVED_NS],
            cells[-1, c.RECEIVED_NS],
        )
    for batch in batches:
        assert batch.cells.flags.c_contiguous
        assert np.array_equal(batch.received_ns, batch.cells[:, c.RECEIVED_NS])


@settings(max_examples=60)
@given(updates(), st.integers(1, 9), st.integers(1, 9))
def test_a_frame_is_never_split(content, group, piece):
    rows, cells = content
    with TemporaryDirectory() as folder:
        tape = write(Path(folder) / "t.parquet", rows, cells, group, piece)
        ends = [(b.received_ns[0], b.received_ns[-1]) for b in tape.batches()]
    for (_, last), (first, _) in pairwise(ends):
        assert last < first


@settings(max_examples=30)
@given(updates(), st.integers(995, 1_200))
def test_reading_from_a_time_leaves_out_what_came_before(content, start_ns):
    rows, cells = content
    with TemporaryDirectory() as folder:
        tape = write(Path(folder) / "t.parquet", rows, cells, 8)
        got = [batch.rows for batch in tape.batches(start_ns)]
    expected = rows[cells[:, c.RECEIVED_NS] >= start_ns]
    assert np.concatenate([*got, rows[:0]]).tolist() == expected.tolist()


def played(rows: np.ndarray, cells: np.ndarray, until: int) -> np.ndarray:
    """The market cells a plain loop arrives at."""
    market = np.zeros((len(UNIVERSE), c.MARKET_END), dtype=np.int64)
    for row, update in zip(rows, cells, strict=True):
        if update[c.RECEIVED_NS] <= until:
            seen = market[row, c.UPDATES]
            market[row] = update
            market[row, c.UPDATES] = seen + 1
    return market


@settings(max_examples=60)
@given(updates(), st.lists(st.integers(990, 1_200), min_size=1, max_size=6))
def test_a_player_arrives_at_the_same_place_by_any_steps(content, stops):
    rows, cells = content
    stops = sorted(stops)
    with TemporaryDirectory() as folder:
        tape = write(Path(folder) / "t.parquet", rows, cells, 5)
        steps, leap = TapePlayer(tape), TapePlayer(tape)
        changed = [steps.advance(stop).tolist() for stop in stops]
        at_once = leap.advance(stops[-1]).tolist()
    assert all(len(set(some)) == len(some) for some in (*changed, at_once))
    assert {row for some in changed for row in some} == set(at_once)
    assert np.array_equal(steps.cells, leap.cells)
    assert np.array_equal(steps.cells[:, : c.MARKET_END], played(rows, cells, stops[-1]))
    later = cells[cells[:, c.RECEIVED_NS] > stops[-1], c.RECEIVED_NS]
    assert steps.next_ns == (later[0] if len(later) else FOREVER)
    assert steps.done is not bool(len(later))


@settings(max_examples=40)
@given(updates(), st.lists(st.integers(990, 1_200), min_size=1, max_size=4))
def test_seeking_to_and_fro_is_the_same_as_advancing(content, places):
    rows, cells = content
    with TemporaryDirectory() as folder:
        tape = write(Path(folder) / "t.parquet", rows, cells, 5)
        player = TapePlayer(tape)
        for place in places:
            player.seek(place)
            assert np.array_equal(player.cells[:, : c.MARKET_END], played(rows, cells, place)), (
                place
            )
            assert np.all(player.cells[:, c.TICK] == 5)


def test_the_same_updates_give_the_same_bytes(tmp_path):
    sample(tmp_path / "a.parquet")
    sample(tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_researcher_reads_a_tape_as_a_plain_table(tmp_path):
    _, rows, cells = sample(tmp_path / "t.parquet")
    table = pq.read_table(tmp_path / "t.parquet")
    assert table.column("symbol").to_pylist() == [f"S{row}" for row in rows]
    assert table.column("ask_price_5").to_pylist() == cells[:, c.ASK_PRICE + 4].tolist()
    assert table.column("bid_orders_1").to_pylist() == cells[:, c.BID_ORDERS].tolist()
    assert table.num_columns == 1 + len(layout.FIELDS)


def test_every_market_column_but_the_live_count_is_on_the_tape():
    assert sorted(column for _, column in layout.FIELDS) == [
        column for column in range(c.MARKET_END) if column != c.UPDATES
    ]


def test_the_writer_refuses_time_going_back_and_unknown_rows(tmp_path):
    cells = np.zeros((2, c.MARKET_END), dtype=np.int64)
    cells[:, c.RECEIVED_NS] = (2, 1)
    with TapeWriter(tmp_path / "t.parquet", UNIVERSE) as writer:
        with pytest.raises(ValueError, match="order of receipt"):
            writer.write(np.zeros(2, dtype=np.int64), cells)
        with pytest.raises(ValueError, match="outside the universe"):
            writer.write(np.array([4]), cells[:1])
        cells[0, c.LTP] = min(KINDS) - 1
        with pytest.raises(ValueError, match="last price is below zero"):
            writer.write(np.array([0]), cells[:1])
    assert list(tmp_path.iterdir()) == []


def test_a_writer_left_early_leaves_nothing_behind_and_keeps_the_old_tape(tmp_path):
    tape, _, _ = sample(tmp_path / "t.parquet")
    before = tape.path.read_bytes()
    with pytest.raises(KeyboardInterrupt), TapeWriter(tape.path, UNIVERSE):
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]
    assert tape.path.read_bytes() == before


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(TapeError, match="cannot write the tape"):
        TapeWriter(tmp_path / "absent" / "t.parquet", UNIVERSE)


def with_checksum(meta: dict[str, object]) -> dict[bytes, bytes]:
    text = json.dumps(meta).encode()
    return {layout.META_KEY: text, layout.CHECK_KEY: b"%08x" % zlib.crc32(text)}


def rewritten(path: Path, meta: dict[str, object] | None) -> Path:
    """The tape at `path` with other metadata."""
    table = pq.read_table(path)
    kept = {} if meta is None else with_checksum(meta)
    pq.write_table(table.replace_schema_metadata(kept), path)
    return path


def make_absent(path: Path) -> Path:
    return path.with_name("absent.parquet")


def make_folder(path: Path) -> Path:
    path.unlink()
    path.mkdir()
    return path


def make_empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def make_text(path: Path) -> Path:
    path.write_text("symbol,price\n" * 50)
    return path


def make_foreign(path: Path) -> Path:
    return rewritten(path, None)


def make_newer(path: Path) -> Path:
    return rewritten(path, {"version": 99, "venue": "NSE", "instruments": []})


def make_unknown_venue(path: Path) -> Path:
    return rewritten(path, {"version": 1, "venue": "MOON", "instruments": []})


def make_bad_instruments(path: Path) -> Path:
    one = {"symbol": "A", "token": 1, "tick": 0}
    return rewritten(path, {"version": 1, "venue": "NSE", "instruments": [one]})


def make_unreadable_metadata(path: Path) -> Path:
    return rewritten(path, {"version": "one"})


def make_other_columns(path: Path) -> Path:
    meta = {"version": 1, "venue": "NSE", "instruments": []}
    table = pa.table({"received_ns": [1]})
    kept = with_checksum(meta)
    pq.write_table(table.replace_schema_metadata(kept), path)
    return path


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (make_absent, "no such tape"),
        (make_folder, "cannot be read"),
        (make_empty, "not a readable tape"),
        (make_text, "not a readable tape"),
        (make_foreign, "not a tape"),
        (make_newer, "tape format 99"),
        (make_unknown_venue, "unknown venue 'MOON'"),
        (make_bad_instruments, "must be positive"),
        (make_unreadable_metadata, "metadata unreadable"),
        (make_other_columns, "columns are not those of a tape"),
    ],
)
def test_what_is_no_tape_is_refused_in_one_line(tmp_path, spoil, words):
    sample(tmp_path / "t.parquet")
    path = spoil(tmp_path / "t.parquet")
    with pytest.raises(TapeError, match=words) as caught:
        Tape.open(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@settings(max_examples=80)
@given(st.data())
def test_a_tape_cut_short_is_refused(data):
    with TemporaryDirectory() as folder:
        tape, _, _ = sample(Path(folder) / "t.parquet")
        content = tape.path.read_bytes()
        tape.path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
        with pytest.raises(TapeError):
            Tape.open(tape.path)


def flip(data: st.DataObject, path: Path, first: int, end: int) -> None:
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(first, end - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)


def footer_start(path: Path) -> int:
    content = path.read_bytes()
    return len(content) - 8 - int.from_bytes(content[-8:-4], "little")


@settings(max_examples=100)
@given(st.data())
def test_a_flipped_byte_in_the_data_is_found_or_harmless(data):
    with TemporaryDirectory() as folder:
        tape, _, cells = sample(Path(folder) / "t.parquet")
        flip(data, tape.path, 4, footer_start(tape.path))
        try:
            got = np.concatenate([batch.cells for batch in Tape.open(tape.path).batches()])
        except TapeError as error:
            assert "\n" not in str(error)
        else:
            assert np.array_equal(got, cells)


@settings(max_examples=100)
@given(st.data())
def test_a_flipped_byte_in_the_footer_never_changes_what_the_tape_says_of_itself(data):
    with TemporaryDirectory() as folder:
        tape, _, _ = sample(Path(folder) / "t.parquet")
        flip(data, tape.path, footer_start(tape.path), tape.path.stat().st_size)
        try:
            found = Tape.open(tape.path)
            assert sum(len(batch.rows) for batch in found.batches()) == 300
        except TapeError as error:
            assert "\n" not in str(error)
        else:
            assert found.meta == tape.meta
