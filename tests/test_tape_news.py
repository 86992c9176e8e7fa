"""What a feed said besides updates is on its tape: lost books, circuit limits."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import msgspec
import numpy as np
import pyarrow.parquet as pq
import pytest
from engine_rig import FUNDS, PRICES, START, STOCKS, fill_book
from hypothesis import given, settings
from hypothesis import strategies as st
from live_run import live_run
from market_rig import contents

from tui_scalper.core import columns as c
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.engine import Engine
from tui_scalper.core.explain import explain
from tui_scalper.core.instruments import Universe
from tui_scalper.core.sessions import every_day
from tui_scalper.core.signal_life import SignalLife, take_lives, take_the_rest
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import FOREVER, MS, NS
from tui_scalper.core.venues import NSE
from tui_scalper.lab import layout, recorder
from tui_scalper.lab.explain_text import explain_text
from tui_scalper.lab.news import KINDS, LIMITS, LOST, NewsLine, cells_of, lines_of
from tui_scalper.lab.recorder import Recorder
from tui_scalper.lab.replay import Replay, ReplayPlan
from tui_scalper.lab.tape import Tape, TapeError, TapePlayer
from tui_scalper.lab.tape_writer import TapeWriter
from tui_scalper.runtime.journal_file import scan

UNIVERSE = Universe(NSE, STOCKS)
RULES = {"signals__pressure_low": "55", "signals__depth_ratio": "1.05"}
NARROW = {"feed__sockets": "2", "feed__socket_cap": "12", "feed__depth": "20", "feed__visit": "1"}
"""Room for 24 of 30 stocks, for 20 of them in depth."""


@pytest.fixture(scope="module", name="recorded")
def recorded_run(tmp_path_factory: pytest.TempPathFactory):
    """A run that traded nothing, of more stocks than there is room for, one of whose sockets was
    lost: its folder, its engine and its plan."""
    folder = tmp_path_factory.mktemp("recorded")
    recording = partial(replace, record=folder / "run.tape")
    with live_run(
        folder, recording, sim__speed="2", sim__instruments="30", **RULES, **NARROW
    ) as live:
        live.wait(lambda s: s.tally.updates > 500, "a market")
        live.exchange.faults.cut_feeds = 1
        live.wait(lambda s: s.link is not ev.Link.LIVE, "a lost socket")
        back = live.wait(lambda s: s.link is ev.Link.LIVE, "the socket again").tally.updates
        live.wait(lambda s: s.tally.updates > back + 500, "a tape worth the name")
        plan = live.run.plan
    return folder, live.run.worker.session.loop.engine, plan


def records_of(folder: Path):
    (path,) = (folder / "journal").glob("*.journal")
    return [one.body for one in scan(path).records]


def replayed(tape: Tape, config: EngineConfig) -> Replay:
    """The tape alone, through an engine of these settings."""
    replay = Replay(tape, config, ReplayPlan(auto=False, opening_cash=FUNDS))
    replay.run()
    return replay


def differing(engine: Engine, other: Engine) -> set[str]:
    """Names of the tables that differ. Where a life stands in its own follows from when others
    were taken out of it."""
    then, now = contents(engine.table.market), contents(other.table.market)
    return {name for name in then if then[name] != now[name] and not name.startswith("lives.")}


def test_a_tape_alone_comes_to_the_same_tables_and_lives_of_signals(recorded):
    folder, engine, plan = recorded
    replay = replayed(Tape.open(folder / "run.tape"), plan.config)
    bodies = records_of(folder)
    assert any(isinstance(one, ev.BooksLost) for one in bodies)
    assert engine.table.cells[:, c.LIMIT_HIGH].any()
    assert differing(engine, replay.engine) == set()
    assert (engine.counters == replay.engine.counters).all()
    assert replay.lives == [one for one in bodies if isinstance(one, SignalLife)]
    assert replay.lives


class Fed:
    """An engine as a feed tells it of a market, and a recorder beside it."""

    def __init__(self, path: Path, config: EngineConfig) -> None:
        self.engine = Engine(config, UNIVERSE, every_day(NSE))
        self.lives: list[SignalLife] = []
        self._recorder = Recorder(path, UNIVERSE)

    def take(self, event: ev.Event) -> None:
        engine = self.engine
        while 0 < engine.wake_ns <= event.at_ns:
            engine.receive(ev.ClockTicked(at_ns=engine.wake_ns))
        engine.receive(event)
        self.lives += take_lives(engine.table.market, UNIVERSE)
        if isinstance(event, ev.Ticks):
            self._recorder.append(event.rows, engine.table.cells, event.at_ns)
        if isinstance(event, ev.FeedNews):
            self._recorder.tell(event)

    def books(self, rows: set[int], lean: int, steps: int, at_ns: int) -> None:
        for row in rows:
            bid, tick = PRICES[row] + steps * STOCKS[row].tick, STOCKS[row].tick
            fill_book(self.engine.table.cells[row], bid, bid + tick, lean=lean, at_ns=at_ns)
        self.take(ev.Ticks(at_ns=at_ns, rows=np.array(sorted(rows), dtype=np.int64)))

    def done(self) -> Tape:
        self.lives += take_the_rest(self.engine.table.market, UNIVERSE)
        tape = self._recorder.close()
        assert self._recorder.dropped == 0
        return tape


CONFIG = EngineConfig(mode=Mode.REPLAY, run_id="TEST")
some_rows = st.sets(st.integers(0, len(STOCKS) - 1), min_size=1)
happenings = st.lists(
    st.tuples(
        st.sampled_from(("books", "books", "books", "lost", "limits")),
        st.sampled_from((0, 1, 40 * MS, 300 * MS, 2 * NS, 6 * NS)),
        some_rows,
        st.sampled_from((-1, 0, 1, 1)),
        st.integers(-3, 3),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=80)
@given(happenings)
def test_a_tape_with_news_anywhere_is_played_as_it_was_told(happened):
    # Minutes pass in a moment here: handed over as they age, blocks would wait for the disk.
    with TemporaryDirectory() as folder, patch.object(recorder, "PATIENCE_NS", FOREVER):
        fed = Fed(Path(folder) / "day.tape", CONFIG)
        now, before = START, ""
        for what, later, rows, lean, steps in happened:
            # Two frames of one moment with nothing between them are one on a tape.
            now += max(later, int(what == before == "books"))
            if not before:
                fed.take(ev.LinkChanged(at_ns=now, link=ev.Link.LIVE))
                fed.take(ev.FundsReported(at_ns=now, available=FUNDS))
            before = what
            if what == "books":
                fed.books(rows, lean, steps, now)
            elif what == "lost":
                fed.take(ev.BooksLost(at_ns=now, rows=tuple(sorted(rows))))
            else:
                bands = tuple(ev.Band(row, PRICES[row] // 2, PRICES[row]) for row in sorted(rows))
                fed.take(ev.LimitsTold(at_ns=now, bands=bands))
        replay = replayed(fed.done(), CONFIG)
    assert differing(fed.engine, replay.engine) == set()
    assert (fed.engine.counters == replay.engine.counters).all()
    assert replay.lives == fed.lives


def test_a_stock_is_explained_as_unknown_from_when_its_book_was_lost(tmp_path):
    fed = Fed(tmp_path / "day.tape", CONFIG)
    fed.take(ev.LinkChanged(at_ns=START, link=ev.Link.LIVE))
    fed.take(ev.FundsReported(at_ns=START, available=FUNDS))
    for second in range(5):
        fed.books({0, 1}, 1, second % 2, START + second * NS)
    fed.take(ev.BooksLost(at_ns=START + 5 * NS, rows=(0,)))
    fed.take(ev.LimitsTold(at_ns=START + 6 * NS, bands=(ev.Band(1, 0, 2 * PRICES[1]),)))
    tape = fed.done()
    assert (tape.updates, tape.last_ns) == (10, START + 6 * NS)

    def said(row, at_ns):
        replay = Replay(tape, CONFIG, ReplayPlan(auto=False, opening_cash=FUNDS))
        replay.run_until(at_ns)
        return explain(replay.engine, row, at_ns)

    before, after = (said(0, START + 5 * NS - past) for past in (1, 0))
    assert before.blockers == () and before.side is not None
    assert [one.name for one in after.blockers] == ["no_data"]
    assert after.side is None
    assert "its book was lost" in explain_text(after, NSE.utc_offset)
    assert "no book yet, or lost" in explain_text(after, NSE.utc_offset)
    assert said(1, START + 5 * NS).blockers == ()


def test_a_replay_says_when_every_book_was_lost_and_a_live_run_says_it_of_the_link(tmp_path):
    fed = Fed(tmp_path / "day.tape", CONFIG)
    fed.take(ev.LinkChanged(at_ns=START, link=ev.Link.LIVE))
    for second in range(3):
        fed.books({0, 1}, 1, second % 2, START + second * NS)
    fed.take(ev.BooksLost(at_ns=START + 3 * NS, rows=(1,)))
    fed.take(ev.LinkChanged(at_ns=START + 4 * NS, link=ev.Link.DOWN, why="cut"))
    fed.take(ev.BooksLost(at_ns=START + 4 * NS, rows=(0,)))
    heard = [[one.text for one in fed.engine.chronicle.lines]]
    heard.append([one.text for one in replayed(fed.done(), CONFIG).engine.chronicle.lines])
    lost = [[text for text in texts if "book was lost" in text] for texts in heard]
    assert lost == [[], ["every book was lost, of 1 stocks, until it comes again"]]


def lines_of_batches(tape: Tape) -> list[tuple[int, int, int, list[int]]]:
    """Every line of a tape, as its batches have it: kind, receipt, row, and what it holds."""
    found = []
    for batch in tape.batches():
        for event in batch.news:
            for one in lines_of(event):
                found.append((one.kind, event.at_ns, one.row, [one.low, one.high]))
        for row, cells in zip(batch.rows, batch.cells, strict=True):
            found.append((0, int(cells[c.RECEIVED_NS]), int(row), cells.tolist()))
    return found


lines = st.lists(
    st.tuples(
        st.sampled_from((0, 0, 0, LOST, LIMITS)),
        st.integers(0, 1),
        st.integers(0, len(STOCKS) - 1),
        st.integers(0, 200),
    ),
    max_size=60,
)


@settings(max_examples=60)
@given(lines, st.integers(1, 9), st.integers(1, 9))
def test_updates_and_news_are_read_back_in_their_order(lines, group, piece):
    wanted, rows, cells, now = [], [], [], 1_000
    for kind, later, row, price in lines:
        now += later
        (one,) = cells_of([NewsLine(kind, row, price, price + 1)], now)
        if kind == 0:
            one[c.LTP] = price
        rows.append(row)
        cells.append(one)
        low, high = (0, 0) if kind == LOST else (price, price + 1)
        wanted.append((kind, now, row, one.tolist() if kind == 0 else [low, high]))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.tape"
        with TapeWriter(path, UNIVERSE, group=group) as writer:
            for start in range(0, len(rows), piece):
                some = slice(start, start + piece)
                writer.write(np.array(rows[some]), np.array(cells[some]))
            writer.close()
        tape = Tape.open(path)
        assert lines_of_batches(tape) == wanted
        assert tape.updates == sum(kind == 0 for kind, _, _, _ in lines)
        player = TapePlayer(tape)
        player.advance(now)
        assert player.done
        shown = player.cells[:, c.UPDATES]
        assert shown.tolist() == [
            sum(kind == 0 and row == one for kind, _, row, _ in lines) for one in range(len(STOCKS))
        ]


def with_last_prices(path: Path, ltp: list[int], span: layout.Span, version: int) -> Tape:
    """A tape of lines with these last prices, whose metadata says `span` and `version` of them."""
    with TapeWriter(path, UNIVERSE) as writer:
        writer.write(np.zeros(len(ltp), dtype=np.int64), cells_of([NewsLine(0, 0)] * len(ltp), 7))
        writer.close()
    meta = Tape.open(path).meta
    table = pq.read_table(path)
    place = table.schema.get_field_index("ltp")
    table = table.set_column(place, table.schema.field(place), [np.array(ltp)])
    kept = layout.encode_meta(msgspec.structs.replace(meta, version=version, spans=(span,)))
    pq.write_table(table.replace_schema_metadata(kept), path)
    return Tape.open(path)


def test_a_tape_of_the_format_before_reads_the_same(tmp_path):
    tape = with_last_prices(tmp_path / "t.tape", [5, 0, 6], layout.Span(7, 7, 3), 1)
    (batch,) = tape.batches()
    assert batch.cells[:, c.LTP].tolist() == [5, 0, 6]
    assert (tape.updates, batch.news) == (3, ())


@pytest.mark.parametrize(
    "ltp, span, words",
    [
        ([5, LOST], layout.Span(7, 7, 2), "not the updates"),
        ([5, min(KINDS) - 1], layout.Span(7, 7, 1, 1), "unknown kind -3"),
    ],
)
def test_news_nobody_wrote_is_damage(tmp_path, ltp, span, words):
    tape = with_last_prices(tmp_path / "t.tape", ltp, span, 2)
    with pytest.raises(TapeError, match=f"part 1 of 1 is damaged .*{words}"):
        list(tape.batches())
