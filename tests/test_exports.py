"""Trades and log as files: the same in both forms."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from console_snapshots import NOON, snapshot, trade

from tui_scalper.core.snapshot import LogLine, Severity
from tui_scalper.exports import export, write_picture


def test_both_forms_of_a_table_hold_the_same(tmp_path: Path):
    line = LogLine(1, NOON, Severity.INFO, "entry, filled – 3/3\nat 1500.10")
    paths = export(tmp_path, snapshot(trades=(trade(1),)), [line], NOON)
    assert sorted(path.suffix for path in paths) == [".csv", ".csv", ".jsonl", ".jsonl"]
    for table, objects in (paths[:2], paths[2:]):
        with table.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        said = [json.loads(one) for one in objects.read_text(encoding="utf-8").splitlines()]
        assert [{name: str(value) for name, value in one.items()} for one in said] == rows
        assert len(rows) == 1


def test_files_are_named_by_mode_and_the_venues_time_and_none_is_overwritten(tmp_path: Path):
    now = snapshot()
    first, second = (write_picture(tmp_path, now, lambda: "<svg/>", NOON) for _ in range(2))
    assert [first.name, second.name] == [
        "console-sim-20261118-104217.svg",
        "console-sim-20261118-104217-2.svg",
    ]
    tables = [path.stem for _ in range(2) for path in export(tmp_path, now, [], NOON)]
    assert len(set(tables)) == 4
