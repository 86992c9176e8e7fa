"""Recordings end to end: import, replay without a screen, and what the report says."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cli_rig import call, one_line, state

from tui_scalper.cli import main
from tui_scalper.lab.tape import Tape

DEPTH = Path(__file__).parents[2] / "shared" / "data" / "depth"
REPORT = {
    "updates",
    "instruments",
    "seconds",
    "signals",
    "blocked",
    "refused",
    "controls",
    "signal_quality",
    "orders",
    "trades",
    "pnl",
    "open_positions",
    "errors",
}
TRADE = {
    "symbol",
    "side",
    "qty",
    "entry_price",
    "exit_price",
    "entry_ns",
    "exit_ns",
    "exit_reason",
    "pnl",
    "costs",
}
SIDES = {"BUY": 1, "SELL": -1}
SHANGHAI = timedelta(hours=8)
CONTINUOUS = ((time(9, 30), time(11, 30)), (time(13, 0), time(14, 57)))
"""Hours of continuous trading in Shanghai, the closing call from 14:57 left out."""
TICK = Decimal("0.01")
STOP, STOP_GAP, TARGET = Decimal("0.0025"), Decimal("0.0020"), Decimal("0.0100")
"""The defaults, as parts of the price."""
ROUNDED = Decimal("0.00005")
"""Half a unit of the last place of a printed average price."""


@dataclass
class Played:
    """A recording, its tape, and the same replay twice."""

    rows: int
    stocks: int
    source: Path
    tape: Path
    bytes: tuple[str, str]

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.bytes[0], parse_float=Decimal)

    @property
    def trades(self) -> list[dict[str, Any]]:
        return self.report["trades"]


def succeeded(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(
    scope="module",
    params=[
        ("sse5_depth5_20230711.csv.gz", 75_450, 5),
        ("sse20_snapshots_20211201.csv.gz", 21_709, 20),
    ],
    ids=["five stocks, a day", "twenty stocks, a morning"],
)
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    name, rows, stocks = request.param
    if not (DEPTH / name).exists():
        pytest.skip(f"the recording {name} is not there")
    folder = tmp_path_factory.mktemp("replay")
    tape = folder / "recording.tape"
    said = succeeded(call("import", str(DEPTH / name), "-o", str(tape))).stderr
    assert f"{rows:,} updates of {stocks} instruments" in said
    replay = ("replay", str(tape), "--headless", "--auto", "--json", *state(folder))
    outputs = [
        succeeded(call(*replay, extra={"PYTHONHASHSEED": seed})).stdout for seed in ("1", "2")
    ]
    yield Played(rows, stocks, DEPTH / name, tape, (outputs[0], outputs[1]))


def at_venue(ns: int) -> datetime:
    return datetime.fromtimestamp(ns / 1e9, UTC) + SHANGHAI


@pytest.mark.data
def test_a_replay_reports_every_field_and_trades_more_than_once(played: Played):
    report = played.report
    assert set(report) == REPORT
    assert (report["updates"], report["instruments"]) == (played.rows, played.stocks)
    assert report["signals"] == report["signal_quality"]["lives"] > 0
    assert all(count > 0 for count in (*report["blocked"].values(), *report["refused"].values()))
    assert len(report["trades"]) > 1
    assert all(set(trade) == TRADE for trade in report["trades"])
    assert report["orders"] >= 2 * len(report["trades"])
    assert (report["open_positions"], report["errors"]) == (0, 0)


@pytest.mark.data
def test_without_json_the_same_figures_of_the_signals_are_read(played: Played, tmp_path: Path):
    replay = ("replay", str(played.tape), "--headless", "--auto", *state(tmp_path))
    said, quality = succeeded(call(*replay)).stdout, played.report["signal_quality"]
    assert f"lives {quality['lives']}, ended {quality['ended']}, not kept 0" in said
    for name in ("after", "before"):
        ends = [line.split()[-1] for line in said.splitlines() if line.startswith(f"  {name}")]
        assert ends == [str(one["known"]) for one in quality[name]]


def test_a_replay_is_the_same_to_the_byte_whatever_the_hash_seed(played: Played):
    first, second = played.bytes
    assert first == second
    assert first.count("\n") == 1


@pytest.mark.data
def test_the_recording_keeps_its_venue_and_its_time(played: Played):
    tape = Tape.open(played.tape)
    assert (tape.universe.venue.code, tape.universe.venue.currency) == ("SSE", "CNY")
    seconds = Decimal(tape.last_ns - tape.first_ns) / 10**9
    assert abs(played.report["seconds"] - seconds) <= Decimal("0.001")


@pytest.mark.data
def test_profit_follows_from_the_printed_prices(played: Played):
    for trade in played.trades:
        move = SIDES[trade["side"]] * (trade["exit_price"] - trade["entry_price"])
        doubt = 2 * ROUNDED * trade["qty"] + Decimal("0.005")
        assert abs(move * trade["qty"] - trade["pnl"]) <= doubt, trade
        assert trade["costs"] > 0
        assert trade["qty"] > 0
    total = sum(trade["pnl"] - trade["costs"] for trade in played.trades)
    assert played.report["pnl"] == total


@pytest.mark.data
def test_nothing_is_traded_in_an_auction_or_at_lunch(played: Played):
    assert played.report["blocked"]["session"] > 0
    for trade in played.trades:
        assert trade["entry_ns"] < trade["exit_ns"]
        for ns in (trade["entry_ns"], trade["exit_ns"]):
            moment = at_venue(ns).time()
            assert any(start <= moment < end for start, end in CONTINUOUS), (moment, trade)


@pytest.mark.data
def test_a_stock_is_held_once_at_a_time(played: Played):
    for symbol in {trade["symbol"] for trade in played.trades}:
        times = sorted(
            (one["entry_ns"], one["exit_ns"]) for one in played.trades if one["symbol"] == symbol
        )
        assert all(out <= back for (_, out), (back, _) in pairwise(times)), symbol


@pytest.mark.data
def test_exit_prices_are_where_their_reasons_put_them(played: Played):
    for trade in played.trades:
        entry = trade["entry_price"]
        gain = SIDES[trade["side"]] * (trade["exit_price"] - entry)
        if trade["exit_reason"] == "target":
            assert gain >= entry * TARGET - TICK, trade
        elif trade["exit_reason"] == "stop":
            assert -entry * (STOP + STOP_GAP) - 2 * TICK <= gain < 0, trade
        elif trade["exit_reason"] in ("stop jumped", "stop passed"):
            assert gain < 0, trade


@pytest.mark.data
def test_a_cut_or_changed_tape_is_refused_in_one_line(
    played: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    whole = played.tape.read_bytes()
    middle = len(whole) // 2
    changed = whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :]
    for damaged in (*(whole[:size] for size in (0, 3, 100, middle, len(whole) - 1)), changed):
        bad = tmp_path / "bad.tape"
        bad.write_bytes(damaged)
        assert main(("replay", str(bad), "--headless", "--json", *state(tmp_path))) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert str(bad) in one_line(said.err)


@pytest.mark.data
def test_an_output_that_cannot_be_written_is_refused_in_one_line(
    played: Played, capsys: pytest.CaptureFixture[str]
):
    below = played.tape / "x.tape"
    assert main(("import", str(played.source), "-o", str(below))) == 1
    assert str(below) in one_line(capsys.readouterr().err)


def test_a_recorded_simulation_replays_what_the_run_saw(tmp_path: Path):
    tape = tmp_path / "run.tape"
    options = ("--headless", "--auto", "--json", *state(tmp_path))
    live = succeeded(call("run", *options, "--seconds", "3", "--record", str(tape)))
    again = succeeded(call("replay", str(tape), *options))
    seen, replayed = json.loads(live.stdout), json.loads(again.stdout)
    assert seen["updates"] == replayed["updates"] > 0
    assert seen["instruments"] == replayed["instruments"] == 50
    assert set(seen) == set(replayed) == REPORT
    assert seen["errors"] == replayed["errors"] == 0
