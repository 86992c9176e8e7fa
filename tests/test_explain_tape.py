"""`scalper-tui explain`: a stock at a time of a tape, in lines and in JSON, and what it refuses."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from cli_rig import one_line, state
from engine_rig import PRICES, START, STOCKS, Rig, fill_book
from test_witnesses import rig_with

from tui_scalper.cli import main
from tui_scalper.core import columns as c
from tui_scalper.core.explain import explain
from tui_scalper.core.instruments import Universe
from tui_scalper.core.reading_table import READINGS
from tui_scalper.core.units import MS, NS
from tui_scalper.core.venues import NSE
from tui_scalper.core.witnesses import STATEMENTS, Role
from tui_scalper.lab.explain_text import explain_text, number, table
from tui_scalper.lab.tape import Tape
from tui_scalper.lab.tape_writer import TapeWriter

DEPTH = Path(__file__).parents[2] / "shared" / "data" / "depth"
SECONDS = 40


def made_tape(path, seconds=SECONDS, stocks=STOCKS):
    """Every stock once a half second from 10:00 on, its price and its lean drawn by a seed."""
    generator = np.random.default_rng(11)
    rows, cells = [], []
    row = np.zeros(c.COLUMNS, dtype=np.int64)
    for step in range(2 * seconds):
        for index, one in enumerate(stocks):
            row[c.TICK] = one.tick
            bid = PRICES[index] + int(generator.integers(0, 4)) * one.tick
            lean = int(generator.choice((-1, 0, 1), p=(0.2, 0.2, 0.6)))
            at_ns = START + step * 500 * MS
            fill_book(row, bid, bid + one.tick, lean=lean, at_ns=at_ns)
            row[c.VOLUME] = 10_000_000 + 100 * step
            row[c.UPDATES] = 0
            rows.append(index)
            cells.append(row[: c.MARKET_END].copy())
    with TapeWriter(path, Universe(NSE, stocks)) as writer:
        writer.write(np.array(rows), np.array(cells).reshape(-1, c.MARKET_END))
        writer.close()
    return path


@pytest.fixture(scope="module")
def tape(tmp_path_factory):
    return made_tape(tmp_path_factory.mktemp("explain") / "made.tape")


def explained(capsys, tmp_path, *arguments):
    code = main(["explain", *map(str, arguments), *state(tmp_path)])
    told = capsys.readouterr()
    return code, told.out, told.err


def as_json(capsys, tmp_path, *arguments):
    code, out, _ = explained(capsys, tmp_path, *arguments, "--json")
    assert code == 0
    return json.loads(out)


def test_every_reading_and_witness_is_printed_under_its_title(tape, capsys, tmp_path):
    code, out, err = explained(capsys, tmp_path, tape, "--at", "10:00:30", "--symbol", "alpha")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("ALPHA at 2026-11-23 10:00:30.000: last 1000.")
    titles = {"around it", "thresholds", "witnesses", "readings"}
    assert titles <= set(lines)
    readings = lines[lines.index("readings") + 1 :]
    assert [one.split("  ")[1] for one in readings] == [one.name for one in READINGS]
    witnesses = lines[lines.index("witnesses") + 1 :][: len(STATEMENTS)]
    assert [one.split()[0] for one in witnesses] == [one.name for one in STATEMENTS.values()]
    assert all(line == line.rstrip() and len(line) <= 120 for line in lines)


def test_a_tape_cut_at_a_time_explains_itself_as_the_whole_one_does_there(tmp_path, tape, capsys):
    short = made_tape(tmp_path / "cut.tape", seconds=25)
    last = Tape.open(short).last_ns
    assert last == START + 24 * NS + 500 * MS
    for symbol in ("ALPHA", "BRAVO", "CANDOR"):
        for auto in ((), ("--auto",)):
            asked = ("--symbol", symbol, *auto)
            whole = as_json(capsys, tmp_path, tape, "--at", "10:00:24.500", *asked)
            assert as_json(capsys, tmp_path, short, *asked) == whole
            assert whole["at_ns"] == last
            assert whole["updates"] == 50


def test_the_json_says_what_the_engine_says(tape, capsys, tmp_path):
    said = as_json(capsys, tmp_path, tape, "--at", "10:00:20.2", "--symbol", "BRAVO")
    assert said["age_ns"] == 200 * MS
    assert len(said["readings"]) == len(READINGS)
    assert bool(said["side"]) == bool(said["entry"]) == bool(said["refusals"])


@pytest.mark.parametrize(
    "asked, words",
    [
        (("--symbol", "ALFA"), ("no stock 'ALFA'", "ALPHA and 2 more")),
        (("--symbol", "zzz"), ("no stock 'zzz'", "ALPHA, BRAVO, CANDOR")),
        (("--symbol", "ALPHA", "--at", "09:59:59"), ("outside", "from 2026-11-23 10:00:00 to")),
        (("--symbol", "ALPHA", "--at", "10:01:00"), ("--at 10:01:00", "10:00:39")),
    ],
)
def test_a_wrong_stock_or_time_says_what_the_tape_has(tape, capsys, tmp_path, asked, words):
    code, out, err = explained(capsys, tmp_path, tape, *asked)
    assert (code, out) == (1, "")
    for word in words:
        assert word in one_line(err)


def test_the_seconds_in_which_the_tape_begins_and_ends_belong_to_it(tape, capsys, tmp_path):
    first = as_json(capsys, tmp_path, tape, "--symbol", "ALPHA", "--at", "10:00")
    assert (first["updates"], first["age_ns"]) == (1, 0)
    last = as_json(capsys, tmp_path, tape, "--symbol", "ALPHA", "--at", "10:00:40")
    assert last["updates"] == 2 * SECONDS


def test_a_time_that_is_none_says_how_to_write_one(tape, capsys, tmp_path):
    with pytest.raises(SystemExit):
        explained(capsys, tmp_path, tape, "--symbol", "ALPHA", "--at", "25:00")
    assert "25:00: write HH:MM" in capsys.readouterr().err


def test_an_empty_tape_has_nothing_to_explain(capsys, tmp_path):
    empty = tmp_path / "empty.tape"
    with TapeWriter(empty, Universe(NSE, STOCKS)) as writer:
        writer.close()
    code, _, err = explained(capsys, tmp_path, empty, "--symbol", "ALPHA")
    assert code == 1
    assert "nothing to explain" in one_line(err)


@pytest.mark.data
@pytest.mark.parametrize(
    "name, at, symbol",
    [
        ("sse5_depth5_20230711.csv.gz", "10:15:03", "600536"),
        ("sse20_snapshots_20211201.csv.gz", "09:45", "688339"),
    ],
)
def test_recordings_explain_themselves(capsys, tmp_path, name, at, symbol):
    if not (DEPTH / name).exists():
        pytest.skip(f"the recording {name} is not there")
    recorded = tmp_path / "recorded.tape"
    assert main(["import", str(DEPTH / name), "-o", str(recorded)]) == 0
    capsys.readouterr()
    said = as_json(capsys, tmp_path, recorded, "--at", at, "--symbol", symbol)
    assert (said["symbol"], said["stream"]["stream"]) == (symbol, "depth")
    known = {one["name"] for one in said["readings"] if one["value"] is not None}
    assert {"pressure t", "flow rate middle", "footprint bid", "volatility"} <= known


# -- the lines ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, text",
    [
        (None, "-"),
        (math.inf, "endless"),
        (0.0, "0"),
        (-12_345.0, "-12,345"),
        (0.000123456, "0.0001235"),
        (-1_234.5, "-1,234.5"),
        (1.23456, "1.235"),
    ],
)
def test_numbers_are_short_and_lose_no_sign(value, text):
    assert number(value) == text


def test_columns_of_numbers_stand_to_the_right():
    assert table([("a", "1", "x"), ("bcd", "-20", ""), ("e", "-", "yz")]) == [
        "  a      1  x",
        "  bcd  -20",
        "  e      -  yz",
    ]
    assert table([]) == []


def test_only_a_witness_that_may_confirm_is_said_to_confirm():
    rig = rig_with(levels=Role.CONFIRM, confirmations=1).open_market(lean=1)
    text = explain_text(explain(rig.engine, 0, rig.now), NSE.utc_offset)
    assert "; 1 confirmations, 1 needed" in text
    said = [line.split()[-1] for line in text.splitlines() if line.split()[1:2] == ["inform"]]
    assert "confirms" not in said and "agrees" in said
    (levels,) = (line for line in text.splitlines() if line.split()[1:2] == ["confirm"])
    assert levels.endswith("confirms")


def test_a_stock_that_leads_rests_or_is_held_says_so():
    rig = Rig().open_market(lean=1)
    offset = NSE.utc_offset
    text = explain_text(explain(rig.engine, 0, rig.now), offset)
    assert "this one leads; place" in text
    assert "the entry would be BUY 99 at 1003.05 or better" in text
    rig.hold(0)
    rig.engine.table.cells[0, c.CALM_NS] = rig.engine.table.regime[3] = rig.now + 2 * NS
    text = explain_text(explain(rig.engine, 0, rig.now), offset)
    assert "rests 2.0 s more after a jump" in text
    assert "all rest 2.0 s more" in text
    assert "position held" in text
    nothing = explain_text(explain(Rig().engine, 0, START), offset)
    assert "no book yet" in nothing
    assert "nobody leads; 0 signals" in nothing
    assert "the book leans nowhere" in nothing
