"""The screen drawn again from a journal, at any record and time of the day."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_run import live_run
from test_day_report import by_hand, write_journal
from test_live_loop import enter

from tui_scalper.cli import main
from tui_scalper.core import commands as cm
from tui_scalper.core.journalled import Record
from tui_scalper.core.units import NS
from tui_scalper.core.venues import HOUR, NSE
from tui_scalper.journal_tool import verdict_by
from tui_scalper.lab.incident import record_at, screen


def drawn(records: list[Record], count: int) -> str:
    return screen(records[:count], len(records), lambda _decided: "approved")


def test_the_screen_of_any_record_is_drawn():
    records = by_hand()
    for count in range(len(records) + 1):
        said = drawn(records, count)
        assert "positions" in said and "last decisions" in said
    assert drawn(records, 0).startswith(f"before the first of {len(records)} records")


def test_a_position_stands_with_its_stop_and_leaves_with_its_reason():
    records = by_hand()
    reports = [place for place, one in enumerate(records) if type(one.body).__name__ == "Steered"]
    held = drawn(records, reports[0] + 3)
    assert "ALPHA BUY held 100 of 100 at 1000.10, protected, SL 995.60 trigger 997.60" in held
    assert "X1 stop: protect, expected 997.60" in held
    assert "limit 1003.00 by person; judged again: approved" in held
    assert "1000.00 | 1000.05" in held
    taking = drawn(records, reports[2] + 1)
    assert "ALPHA BUY held 100 of 100 at 1000.05, target touched" in taking
    over = drawn(records, len(records))
    assert "trades 2, gross 745.00" in over
    assert "mind the gap" in over
    assert "E3 entry BUY ALPHA 0/100 LIMIT 1003.00 rejected - no margin" in over


def test_a_time_of_day_finds_the_last_record_before_it():
    records = by_hand()
    ten = 10 * HOUR
    assert record_at(records, ten - 1, NSE.midnight) == -1
    assert record_at(records, ten, NSE.midnight) == 0
    assert record_at(records, ten + HOUR, NSE.midnight) == len(records) - 1
    at = record_at(records, ten + 9 * NS, NSE.midnight)
    assert records[at].at_ns <= records[0].at_ns + 9 * NS < records[at + 1].at_ns
    assert record_at([], 0, NSE.midnight) == -1


def test_decisions_without_rules_are_not_judged():
    records = by_hand()
    (decided, *_) = [one.body for one in records if type(one.body).__name__ == "Decided"]
    assert verdict_by(records[1:])(decided) == "its rules were not kept"


def test_the_screen_shows_what_a_live_run_showed(tmp_path: Path, capsys):
    with live_run(tmp_path) as live:
        row = enter(live)
        held = live.wait(lambda s: s.positions and s.positions[0].quantity, "held").positions[0]
        live.give(cm.Flatten, row=row)
        seen = live.wait(lambda s: s.trades and not s.positions, "flat")
    state = ("--set", f"state_dir={tmp_path}")
    assert main(("journal", "replay", *state)) == 0
    out = capsys.readouterr().out
    assert "operator armed" in out
    assert "trading active" in out
    assert "judged again: approved\n" in out
    assert f"{held.symbol}" in out
    assert f"trades {len(seen.trades)}, " in out
    shown = {line.text for line in seen.log}
    drawn_lines = {line.split(maxsplit=2)[2] for line in out.split("log\n")[1].splitlines()}
    assert drawn_lines & shown


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--at", "999"), "its records are 0 to"),
        (("--time", "09:00:00"), "has no record there"),
    ],
)
def test_what_is_not_there_is_said(tmp_path: Path, capsys, words: tuple[str, ...], why: str):
    write_journal(tmp_path, "sim-20261123-A.journal")
    assert main(("journal", "replay", *words, "--set", f"state_dir={tmp_path}")) == 1
    assert why in capsys.readouterr().err


def test_a_time_is_drawn_by_the_clock_of_the_venue(tmp_path: Path, capsys):
    write_journal(tmp_path, "sim-20261123-A.journal")
    assert main(("journal", "replay", "--time", "10:00:09", "--set", f"state_dir={tmp_path}")) == 0
    assert ", 2026-11-23 10:00:09, SIM run R" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(("journal", "replay", "--time", "noon"))
    assert "write HH:MM:SS" in capsys.readouterr().err
