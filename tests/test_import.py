"""Importers: recordings recognised by content, streamed, ordered; what is bad is counted."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.core import columns as c
from tui_scalper.core.units import NS
from tui_scalper.core.venues import SSE, Phase
from tui_scalper.lab.importers import import_file
from tui_scalper.lab.recordings import RECORDINGS
from tui_scalper.lab.tape import Tape, TapeError

DEPTH = Path(__file__).parents[2] / "shared" / "data" / "depth"
FIVE = DEPTH / "sse5_depth5_20230711.csv.gz"
TWENTY = DEPTH / "sse20_snapshots_20211201.csv.gz"
SHANGHAI = timezone(timedelta(hours=8))
HEADER = (
    "ms_since_midnight_cst,security,ltp_fen,ltq,volume,tbq,tsq,"
    + ",".join(f"b{what}{level}" for level in range(1, 6) for what in "pqo")
    + ","
    + ",".join(f"a{what}{level}" for level in range(1, 6) for what in "pqo")
)


def line(at_ms: int, stock: str, ltp: int = 1000, volume: int = 0, **changes: object) -> str:
    """One row of the 5-level recording around `ltp`; `changes` replaces columns by name."""
    values: dict[str, object] = dict(
        zip(HEADER.split(","), (at_ms, stock, ltp, 300, volume, 5000, 4000), strict=False)
    )
    for level in range(1, 6):
        values |= {f"bp{level}": ltp - level, f"bq{level}": 100 * level, f"bo{level}": level}
        values |= {f"ap{level}": ltp + level, f"aq{level}": 10 * level, f"ao{level}": level + 1}
    values |= changes
    return ",".join(str(values[name]) for name in HEADER.split(","))


def recording(folder: Path, *lines: str, name: str = "some_20230711.csv") -> Path:
    path = folder / name
    path.write_text("\n".join((HEADER, *lines)) + "\n")
    return path


def cells_of(path: Path) -> tuple[np.ndarray, np.ndarray]:
    batches = list(Tape.open(path).batches())
    return np.concatenate([b.rows for b in batches]), np.concatenate([b.cells for b in batches])


def nanoseconds(text: str) -> int:
    """UTC nanoseconds of a Shanghai time to the millisecond."""
    moment = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * NS + since.microseconds * 1_000


def test_every_column_of_the_five_level_recording_finds_its_place(tmp_path):
    source = recording(tmp_path, line(34_200_010, "600536.SH", ltp=5121, volume=700))
    summary = import_file(source, tmp_path / "t.parquet")
    tape = Tape.open(tmp_path / "t.parquet")
    (one,) = tape.universe.instruments
    assert (one.symbol, one.token, one.tick, one.lot, one.exchange) == (
        "600536",
        600536 * 256 + 1,
        1,
        100,
        "SSE",
    )
    assert tape.universe.venue == SSE
    _, (cells,) = cells_of(tape.path)
    at_ns = nanoseconds("2023-07-11T09:30:00.010")
    expected = {
        c.LTP: 5121,
        c.LTQ: 300,
        c.VOLUME: 700,
        c.TOTAL_BUY: 5000,
        c.TOTAL_SELL: 4000,
        c.OPEN: 5121,
        c.HIGH: 5121,
        c.LOW: 5121,
        c.TRADED_NS: at_ns,
        c.EXCHANGE_NS: at_ns,
        c.RECEIVED_NS: at_ns,
    }
    for level in range(5):
        expected |= {
            c.BID_PRICE + level: 5120 - level,
            c.BID_QUANTITY + level: 100 * (level + 1),
            c.BID_ORDERS + level: level + 1,
            c.ASK_PRICE + level: 5122 + level,
            c.ASK_QUANTITY + level: 10 * (level + 1),
            c.ASK_ORDERS + level: level + 2,
        }
    assert {i: v for i, v in enumerate(cells.tolist()) if v} == expected
    assert (summary.rows, summary.updates, summary.skipped) == (1, 1, ())
    assert summary.first_ns == summary.last_ns == at_ns


def test_the_days_range_runs_with_the_price_and_a_rise_of_volume_is_a_trade(tmp_path):
    steps = [(1, 0, 0), (2, 1000, 10), (3, 1010, 10), (4, 990, 20), (5, 1005, 20)]
    source = recording(
        tmp_path, *(line(ms, "600000", volume=volume, ltp_fen=ltp) for ms, ltp, volume in steps)
    )
    import_file(source, tmp_path / "t.parquet")
    _, cells = cells_of(tmp_path / "t.parquet")
    assert cells[:, c.OPEN].tolist() == [0, 1000, 1000, 1000, 1000]
    assert cells[:, c.HIGH].tolist() == [0, 1000, 1010, 1010, 1010]
    assert cells[:, c.LOW].tolist() == [0, 1000, 1000, 990, 990]
    assert cells[:, c.CLOSE].tolist() == [0] * 5
    midnight = nanoseconds("2023-07-11T00:00:00")
    traded = [(ns - midnight) // 1_000_000 if ns else 0 for ns in cells[:, c.TRADED_NS].tolist()]
    assert traded == [0, 2, 2, 4, 4]


def test_a_level_that_is_empty_stays_zero_and_a_locked_book_stays_locked(tmp_path):
    row = line(9, "600000", bp5=0, bq5=0, bo5=0, bp1=1000, ap1=1000)
    import_file(recording(tmp_path, row), tmp_path / "t.parquet")
    _, (cells,) = cells_of(tmp_path / "t.parquet")
    assert cells[c.BID_PRICE + 4] == 0
    assert cells[c.BID_PRICE] == cells[c.ASK_PRICE] == 1000


def test_stocks_stand_in_the_order_of_their_codes_with_the_lots_of_their_boards(tmp_path):
    source = recording(tmp_path, line(5, "688339.SH"), line(6, "600133"), line(7, "688339.SH"))
    import_file(source, tmp_path / "t.parquet")
    tape = Tape.open(tmp_path / "t.parquet")
    assert [(one.symbol, one.lot) for one in tape.universe] == [("600133", 100), ("688339", 200)]
    rows, _ = cells_of(tape.path)
    assert rows.tolist() == [1, 0, 1]


def test_bad_rows_are_counted_by_reason_and_the_rest_is_kept(tmp_path):
    source = recording(
        tmp_path,
        line(100, "600000"),
        line(101, "600000", ltp_fen="abc"),
        line(102, "600000", bq3=""),
        line(103, "60000x"),
        line(86_400_000, "600000"),
        line(104, "600000", ap5=9 * 10**30),
        "1,2,3",
        line(105, "600000") + ",7",
        line(106, "600000", tbq=-1),
        line(99, "600000"),
        line(99, "600001"),
        line(107, "600000"),
    )
    summary = import_file(source, tmp_path / "t.parquet")
    assert dict(summary.skipped) == {
        "unreadable value": 5,
        "wrong number of columns": 2,
        "negative value": 1,
        "time went back": 1,
    }
    assert (summary.rows, summary.updates) == (12, 3)
    assert Tape.open(summary.path).meta.notes == summary.skipped


GOOD = line(100, "600000").encode()


@settings(max_examples=80)
@given(st.lists(st.one_of(st.just(GOOD), st.binary(max_size=40)), max_size=12))
def test_no_content_of_the_rows_crashes_the_import(lines):
    with TemporaryDirectory() as folder:
        source = Path(folder) / "x_20230711.csv"
        source.write_bytes(b"\n".join((HEADER.encode(), GOOD, *lines)) + b"\n")
        out = Path(folder) / "t.parquet"
        try:
            summary = import_file(source, out)
        except TapeError as error:
            assert "\n" not in str(error)
            assert not out.exists()
        else:
            assert summary.updates + sum(n for _, n in summary.skipped) == summary.rows
            assert Tape.open(out).updates == summary.updates >= 1


@settings(max_examples=60)
@given(st.data())
def test_a_spoilt_value_spoils_its_row_only(data):
    values = line(100, "600000").split(",")
    values[data.draw(st.integers(0, len(values) - 1))] = data.draw(
        st.text(st.characters(blacklist_characters=',"\r\n', blacklist_categories=("Cs",)))
    )
    with TemporaryDirectory() as folder:
        source = Path(folder) / "x_20230711.csv"
        rows = (HEADER, line(99, "600000"), ",".join(values), line(86_399_999, "600000"))
        source.write_text("\n".join(rows) + "\n", encoding="utf-8")
        summary = import_file(source, Path(folder) / "t.parquet")
    assert summary.rows == 3
    assert summary.updates + sum(n for _, n in summary.skipped) == 3
    assert summary.updates >= 2


def test_the_date_is_taken_from_the_name_or_given(tmp_path):
    named = recording(tmp_path, line(0, "600000"), name="a_20230711_b.csv")
    plain = recording(tmp_path, line(0, "600000"), name="depth.csv")
    import_file(named, tmp_path / "a.parquet")
    import_file(plain, tmp_path / "b.parquet", day=date(2024, 2, 29))
    assert Tape.open(tmp_path / "a.parquet").first_ns == nanoseconds("2023-07-11T00:00:00")
    assert Tape.open(tmp_path / "b.parquet").first_ns == nanoseconds("2024-02-29T00:00:00")
    with pytest.raises(TapeError, match="write it into the name, _YYYYMMDD"):
        import_file(plain, tmp_path / "c.parquet")


def test_a_recording_is_known_by_its_content_packed_or_not(tmp_path):
    plain = recording(tmp_path, line(0, "600000"), name="x_20230711.dat")
    packed = tmp_path / "y_20230711.bin"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    import_file(plain, tmp_path / "a.parquet")
    import_file(packed, tmp_path / "b.parquet")
    for one, other in zip(
        cells_of(tmp_path / "a.parquet"), cells_of(tmp_path / "b.parquet"), strict=True
    ):
        assert np.array_equal(one, other)


def test_the_same_recording_gives_the_same_bytes(tmp_path):
    source = recording(tmp_path, *(line(i, f"60000{i % 3}") for i in range(50)))
    import_file(source, tmp_path / "a.parquet")
    import_file(source, tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_progress_is_told(tmp_path):
    told: list[tuple[int, float]] = []
    source = recording(tmp_path, line(0, "600000"), line(1, "600000"))
    import_file(source, tmp_path / "t.parquet", progress=lambda *now: told.append(now))
    assert told[-1][0] == 2


def test_a_file_that_is_no_recording_is_refused_with_what_is_understood(tmp_path):
    other = tmp_path / "x.csv"
    for content in (b"", b"a,b,c\n1,2,3\n", bytes(range(256)), b"PAR1 and so on"):
        other.write_bytes(content)
        with pytest.raises(TapeError) as caught:
            import_file(other, tmp_path / "t.parquet")
        assert "\n" not in str(caught.value)
        assert all(one.name in str(caught.value) for one in RECORDINGS)
    with pytest.raises(TapeError, match="cannot be read"):
        import_file(tmp_path / "absent.csv", tmp_path / "t.parquet")


def test_a_damaged_gzip_file_makes_no_tape(tmp_path):
    source = recording(tmp_path, *(line(i, "600000", ltp=1000 + i % 97) for i in range(5_000)))
    packed = gzip.compress(source.read_bytes())
    broken = tmp_path / "z_20230711.csv.gz"
    for content in (packed[: len(packed) // 2], packed[:12], b"\x1f\x8bnot really"):
        broken.write_bytes(content)
        with pytest.raises(TapeError, match="damaged") as caught:
            import_file(broken, tmp_path / "t.parquet")
        assert "fetch the recording again" in str(caught.value)
    assert not (tmp_path / "t.parquet").exists()


def test_a_recording_without_a_usable_row_makes_no_tape(tmp_path):
    source = recording(tmp_path, line(0, "nobody"))
    with pytest.raises(TapeError, match="unreadable value: 1"):
        import_file(source, tmp_path / "t.parquet")
    with pytest.raises(TapeError, match="it has none"):
        import_file(recording(tmp_path), tmp_path / "t.parquet")
    assert not (tmp_path / "t.parquet").exists()


def test_the_tape_never_replaces_its_recording(tmp_path):
    source = recording(tmp_path, line(0, "600000"))
    before = source.read_bytes()
    with pytest.raises(TapeError, match="would replace its recording"):
        import_file(source, source)
    assert source.read_bytes() == before
    with pytest.raises(TapeError, match="check the folder"):
        import_file(source, tmp_path / "absent" / "t.parquet")


def snapshot_file(folder: Path, *rows: dict[str, object]) -> Path:
    names = RECORDINGS[1].columns
    text = [",".join(names)]
    text += [",".join(str(row.get(name, 0)) for name in names) for row in rows]
    path = folder / "snapshots.csv"
    path.write_text("\n".join(text) + "\n")
    return path


def test_snapshots_are_rounded_to_the_fen_and_ordered_by_time(tmp_path):
    def row(code: str, time: str, **more: object) -> dict[str, object]:
        return {"SecurityID": code, "DateTime": f"2021.12.01T{time}", **more}

    source = snapshot_file(
        tmp_path,
        row("600133", "09:15:02.000", PreClosePx="5.160000000000001"),
        row(
            "600133",
            "09:30:03.250",
            LastPx="5.11",
            OpenPx="5.1",
            HighPx="5.2",
            LowPx="5.05",
            TotalVolumeTrade=1000,
            TotalValueTrade="5.1254E3",
            BidPrice0="5.109999999999999",
            OfferPrice4="1.0E1",
            BidOrderQty4=7,
            OfferNumOrders0=3,
            TotalBidQty=11,
            TotalOfferQty=12,
        ),
        row("600000", "09:20:00.000"),
        row("600000", "09:61:00.000"),
        row("600000", "09:20:01.000", LastPx="nan"),
        row("600000", "09:20:02.000", LastPx="-0.01"),
    )
    summary = import_file(source, tmp_path / "t.parquet")
    assert dict(summary.skipped) == {"unreadable value": 2, "negative value": 1}
    rows, cells = cells_of(summary.path)
    assert rows.tolist() == [1, 0, 1]
    assert cells[0, c.CLOSE] == 516
    last = cells[2]
    assert last[c.RECEIVED_NS] == nanoseconds("2021-12-01T09:30:03.250")
    assert [int(last[i]) for i in (c.LTP, c.OPEN, c.HIGH, c.LOW)] == [511, 510, 520, 505]
    assert last[c.AVERAGE] == 513
    assert last[c.BID_PRICE] == 511
    assert last[c.ASK_PRICE + 4] == 1000
    assert (last[c.BID_QUANTITY + 4], last[c.ASK_ORDERS]) == (7, 3)
    assert (last[c.TOTAL_BUY], last[c.TOTAL_SELL]) == (11, 12)


def phases(received_ns: np.ndarray) -> np.ndarray:
    return np.array([SSE.phase(at_ns) for at_ns in received_ns.tolist()])


@pytest.mark.data
@pytest.mark.skipif(not FIVE.exists(), reason="the recordings in ../shared/data are absent")
def test_the_five_stock_day_is_whole(tmp_path):
    summary = import_file(FIVE, tmp_path / "t.parquet")
    assert (summary.rows, summary.updates, summary.instruments) == (75_450, 75_450, 5)
    assert summary.skipped == ()
    assert summary.first_ns == nanoseconds("2023-07-11T09:30:00.010")
    assert summary.last_ns == nanoseconds("2023-07-11T14:56:59.810")
    tape = Tape.open(summary.path)
    assert [one.symbol for one in tape.universe] == [
        "600536",
        "600761",
        "600961",
        "601825",
        "605580",
    ]
    rows, cells = cells_of(summary.path)
    assert np.bincount(rows).tolist() == [21_179, 17_466, 16_965, 5_156, 14_684]
    bid, ask = cells[:, c.BID_PRICE], cells[:, c.ASK_PRICE]
    assert not np.any((bid >= ask) & (bid > 0) & (ask > 0))
    assert not np.any(phases(cells[:, c.RECEIVED_NS]) == Phase.BREAK)
    for row in range(5):
        own = cells[rows == row]
        assert np.all(np.diff(own[:, c.VOLUME]) >= 0)
        assert np.all((own[:, c.LOW] <= own[:, c.LTP]) & (own[:, c.LTP] <= own[:, c.HIGH]))


@pytest.mark.data
@pytest.mark.skipif(not TWENTY.exists(), reason="the recordings in ../shared/data are absent")
def test_the_twenty_stock_morning_is_whole(tmp_path):
    summary = import_file(TWENTY, tmp_path / "t.parquet")
    assert (summary.rows, summary.updates, summary.instruments) == (21_709, 21_709, 20)
    assert summary.skipped == ()
    assert summary.first_ns == nanoseconds("2021-12-01T09:15:01")
    assert summary.last_ns == nanoseconds("2021-12-01T10:30:00")
    _, cells = cells_of(summary.path)
    bid, ask = cells[:, c.BID_PRICE], cells[:, c.ASK_PRICE]
    both = (bid > 0) & (ask > 0)
    locked = both & (bid >= ask)
    in_auction = phases(cells[:, c.RECEIVED_NS]) == Phase.PRE_OPEN
    assert not np.any(locked & ~in_auction)
    assert np.count_nonzero(locked) > 0
    assert np.all(bid[locked] == ask[locked])
    traded = cells[:, c.VOLUME] > 0
    assert np.all(cells[traded, c.AVERAGE] >= cells[traded, c.LOW])
    assert np.all(cells[traded, c.AVERAGE] <= cells[traded, c.HIGH])
