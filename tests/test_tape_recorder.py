"""Recording live: nothing waits for the disk, a crash loses only what was not handed over."""

from __future__ import annotations

import errno
import shutil
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.core import columns as c
from tui_scalper.core import events as ev
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.market import MarketTable
from tui_scalper.core.units import NS
from tui_scalper.core.venues import NSE
from tui_scalper.lab.finishing import finish_recording
from tui_scalper.lab.importers import import_file
from tui_scalper.lab.layout import part_of
from tui_scalper.lab.recorder import BLOCKS, Recorder
from tui_scalper.lab.tape import Tape, TapeError

UNIVERSE = Universe(
    NSE, [Instrument(symbol=f"S{row}", token=row * 256 + 1, tick=5) for row in range(3)]
)


def feed(recorder: Recorder, frames: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Append frames of random cells, 1 ms apart; rows and cells as they should be kept."""
    generator = np.random.default_rng(seed)
    market = MarketTable(UNIVERSE)
    rows, cells = [], []
    for frame in range(frames):
        changed = generator.permutation(3)[: 1 + frame % 3]
        market.cells[changed, : c.MARKET_END] = generator.integers(
            0, 9_999, (len(changed), c.MARKET_END)
        )
        at_ns = NS + frame * 1_000_000
        recorder.append(changed, market.cells, at_ns)
        kept = market.cells[changed, : c.MARKET_END].copy()
        kept[:, c.RECEIVED_NS] = at_ns
        kept[:, c.UPDATES] = 0
        rows.append(changed)
        cells.append(kept)
    return np.concatenate(rows), np.concatenate(cells)


def content(tape: Tape) -> tuple[np.ndarray, np.ndarray]:
    batches = list(tape.batches())
    if not batches:
        return np.zeros(0, dtype=np.int64), np.zeros((0, c.MARKET_END), dtype=np.int64)
    return np.concatenate([b.rows for b in batches]), np.concatenate([b.cells for b in batches])


def wait_until_stored(recorder: Recorder, updates: int) -> None:
    deadline = time.monotonic() + 30
    while recorder.stored < updates:
        assert time.monotonic() < deadline, f"{recorder.stored} of {updates} stored"
        threading.Event().wait(0.005)


def test_what_was_appended_is_on_the_tape(tmp_path):
    recorder = Recorder(tmp_path / "day.parquet", UNIVERSE, block=16)
    rows, cells = feed(recorder, 200)
    # A short block fills faster than any disk may take it; what the count admits is all there is.
    tape = recorder.close()
    got_rows, got_cells = content(tape)
    assert len(got_rows) + recorder.dropped == len(rows)
    if not recorder.dropped:
        assert np.array_equal(got_rows, rows)
        assert np.array_equal(got_cells, cells)
    assert not part_of(tape.path).exists()


def test_a_whole_recording_is_read_back_exactly(tmp_path):
    recorder = Recorder(tmp_path / "day.parquet", UNIVERSE)
    rows, cells = feed(recorder, 500)
    tape = recorder.close()
    assert recorder.dropped == 0
    assert tape.universe.instruments == UNIVERSE.instruments
    got_rows, got_cells = content(tape)
    assert np.array_equal(got_rows, rows)
    assert np.array_equal(got_cells, cells)
    assert tape.meta.notes == ()


def test_what_was_handed_over_survives_a_kill_at_any_moment(tmp_path):
    recorder = Recorder(tmp_path / "day.parquet", UNIVERSE)
    rows, cells = feed(recorder, 40)
    recorder.flush()
    wait_until_stored(recorder, len(rows))
    # What a killed process leaves is the file as it is now.
    left = tmp_path / "left.part"
    shutil.copy(part_of(recorder.path), left)
    with pytest.raises(TapeError, match=r"never closed; `scalper-tui import .*left.part -o"):
        Tape.open(left)
    with pytest.raises(TapeError, match=r"no such tape; .*left.part is a recording never closed"):
        Tape.open(tmp_path / "left")
    summary = import_file(left, tmp_path / "left.parquet")
    assert summary.updates == len(rows)
    got_rows, got_cells = content(Tape.open(tmp_path / "left.parquet"))
    assert np.array_equal(got_rows, rows)
    assert np.array_equal(got_cells, cells)
    recorder.close()


@pytest.fixture(scope="module")
def torn(tmp_path_factory) -> tuple[bytes, np.ndarray]:
    """A recording of ten batches, and the rows in it."""
    recorder = Recorder(tmp_path_factory.mktemp("torn") / "day.parquet", UNIVERSE)
    rows = []
    for seed in range(10):
        rows.append(feed(recorder, 4, seed)[0])
        recorder.flush()
        wait_until_stored(recorder, sum(map(len, rows)))
    whole = part_of(recorder.path).read_bytes()
    recorder.close()
    return whole, np.concatenate(rows)


@settings(max_examples=60)
@given(data=st.data())
def test_a_recording_torn_at_any_byte_keeps_its_whole_batches(torn, data):
    whole, rows = torn
    cut = data.draw(st.integers(0, len(whole)))
    with TemporaryDirectory() as folder:
        part = Path(folder) / "torn.part"
        part.write_bytes(whole[:cut])
        try:
            tape = finish_recording(part, Path(folder) / "torn.parquet")
        except TapeError as error:
            assert "\n" not in str(error)
            assert cut < 10_000, "only a file without a whole start is refused"
            return
        got, _ = content(tape)
    assert len(got) % 7 == 0  # 4 frames of 1, 2, 3, 1 rows a batch
    assert got.tolist() == rows[: len(got)].tolist()


class Disk:
    """Stands in for the stream: holds back every write until let go, or fails."""

    def __init__(self, recorder: Recorder, error: OSError | None = None) -> None:
        self.entered = threading.Event()
        self.go = threading.Event()
        self._write = recorder._sink.write
        self._error = error
        recorder._sink.write = self.write

    def write(self, batch) -> None:
        self.entered.set()
        assert self.go.wait(30)
        if self._error is not None:
            raise self._error
        self._write(batch)


def test_a_slow_disk_drops_and_counts_but_never_blocks_the_caller(tmp_path):
    recorder = Recorder(tmp_path / "day.parquet", UNIVERSE, block=8)
    disk = Disk(recorder)
    rows, _ = feed(recorder, 100)
    assert disk.entered.wait(30)
    assert recorder.dropped > 0
    assert len(rows) - recorder.dropped <= BLOCKS * 8
    disk.go.set()
    tape = recorder.close()
    assert tape.updates + recorder.dropped == len(rows)
    assert tape.meta.notes == (("dropped, disk too slow", recorder.dropped),)


def told(tape: Tape) -> list[tuple[ev.Event, int]]:
    """The news of a tape, each with the number of updates before it."""
    found, updates = [], 0
    for batch in tape.batches():
        found += [(one, updates) for one in batch.news]
        updates += len(batch.rows)
    return found


def test_news_stands_between_the_frames_it_was_told_between(tmp_path):
    recorder = Recorder(tmp_path / "day.parquet", UNIVERSE)
    market = MarketTable(UNIVERSE)
    lost = ev.BooksLost(at_ns=100, rows=(0, 2))
    limits = ev.LimitsTold(at_ns=100, bands=(ev.Band(1, 90, 110), ev.Band(2, 0, 0)))
    late = ev.BooksLost(at_ns=90, rows=(1,))
    recorder.append(np.array([0, 1]), market.cells, 100)
    recorder.tell(lost)
    recorder.tell(limits)
    recorder.append(np.array([2]), market.cells, 100)
    recorder.tell(late)
    tape = recorder.close()
    assert told(tape) == [(lost, 2), (limits, 2), (ev.BooksLost(at_ns=100, rows=(1,)), 3)]
    assert (tape.updates, tape.first_ns, tape.last_ns) == (3, 100, 100)
    assert tape.meta.notes == (("clock set back", 1),)


@pytest.mark.parametrize("more", [True, False], ids=["before the next frame", "at the end"])
def test_news_is_not_dropped_when_the_disk_is_slow(tmp_path, more):
    recorder = Recorder(tmp_path / "day.parquet", UNIVERSE, block=8)
    disk, cells = Disk(recorder), MarketTable(UNIVERSE).cells
    rows, _ = feed(recorder, 100)
    assert disk.entered.wait(30)
    kept, at_ns = len(rows) - recorder.dropped, NS + 100_000_000
    assert kept < len(rows)
    recorder.tell(ev.BooksLost(at_ns=at_ns, rows=(2, 0)))
    recorder.tell(ev.LimitsTold(at_ns=at_ns, bands=(ev.Band(1, 90, 110),)))
    recorder.tell(ev.LimitsTold(at_ns=at_ns, bands=(ev.Band(1, 80, 120),)))
    recorder.append(np.array([0]), cells, at_ns)
    disk.go.set()
    if more:
        at_ns += 1
        wait_until_stored(recorder, kept)
        recorder.append(np.array([0]), cells, at_ns)
    tape = recorder.close()
    limits = ev.LimitsTold(at_ns=at_ns, bands=(ev.Band(1, 80, 120),))
    assert told(tape) == [(limits, kept), (ev.BooksLost(at_ns=at_ns, rows=(0, 2)), kept)]
    assert tape.updates == kept + more
    assert tape.meta.notes == (("dropped, disk too slow", len(rows) + 1 - kept),)


def test_a_full_disk_stops_the_recording_and_keeps_what_was_stored(tmp_path):
    recorder = Recorder(tmp_path / "day.parquet", UNIVERSE)
    rows, _ = feed(recorder, 10)
    recorder.flush()
    wait_until_stored(recorder, len(rows))
    disk = Disk(recorder, OSError(errno.ENOSPC, "No space left on device"))
    disk.go.set()
    lost, _ = feed(recorder, 10, seed=4)
    with pytest.raises(TapeError, match="No space left on device"):
        recorder.close()
    assert recorder.dropped == len(lost)
    tape = finish_recording(part_of(recorder.path), tmp_path / "saved.parquet")
    assert tape.updates == len(rows)


def test_a_clock_set_back_does_not_turn_the_tape_back(tmp_path):
    recorder = Recorder(tmp_path / "day.parquet", UNIVERSE)
    market = MarketTable(UNIVERSE)
    for at_ns in (100, 300, 200, 400):
        recorder.append(np.array([0]), market.cells, at_ns)
    tape = recorder.close()
    received = [ns for batch in tape.batches() for ns in batch.received_ns.tolist()]
    assert received == [100, 300, 300, 400]
    assert tape.meta.notes == (("clock set back", 1),)


def test_a_block_is_handed_over_when_it_grows_old(tmp_path):
    recorder = Recorder(tmp_path / "day.parquet", UNIVERSE)
    market = MarketTable(UNIVERSE)
    recorder.append(np.array([0]), market.cells, 0)
    recorder.append(np.array([0]), market.cells, 4 * NS)
    recorder.append(np.array([0]), market.cells, 5 * NS)
    wait_until_stored(recorder, 2)
    recorder.close()


def test_a_recording_never_writes_over_another(tmp_path):
    recorder = Recorder(tmp_path / "day.parquet", UNIVERSE)
    with pytest.raises(TapeError, match="an unfinished recording is there"):
        Recorder(tmp_path / "day.parquet", UNIVERSE)
    recorder.close()
    with pytest.raises(TapeError, match="already there"):
        Recorder(tmp_path / "day.parquet", UNIVERSE)
    with pytest.raises(TapeError, match="cannot record there"):
        Recorder(tmp_path / "absent" / "day.parquet", UNIVERSE)


def test_an_empty_recording_makes_an_empty_tape(tmp_path):
    tape = Recorder(tmp_path / "day.parquet", UNIVERSE).close()
    assert (tape.updates, tape.first_ns, tape.last_ns) == (0, 0, 0)
    assert list(tape.batches()) == []
