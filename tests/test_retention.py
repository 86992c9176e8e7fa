"""Old journals are packed, and removed where asked; nothing unverified is ever touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from live_run import live_run

from tui_scalper.core.venues import DAY
from tui_scalper.runtime import retention
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.journal_file import JournalError, scan
from tui_scalper.runtime.journals import folder_of, journal_files
from tui_scalper.runtime.retention import Keep, Tidied, tidy

NOW = 10_000 * DAY
PACK = Keep(pack_days=30, keep_days=0)
REMOVE = Keep(pack_days=30, keep_days=100)


def written(folder: Path, name: str, age: int) -> Path:
    path = folder / name
    journal = Journal(path)
    for number in range(20):
        journal.note(number, "the same words over and over")
    journal.close()
    when = NOW - age * DAY
    os.utime(path, ns=(when, when))
    return path


def test_old_journals_are_packed_and_read_as_before(tmp_path: Path):
    old, young = written(tmp_path, "a.journal", 30), written(tmp_path, "b.journal", 29)
    before, size = scan(old), old.stat().st_size
    done = tidy(tmp_path, PACK, NOW, tmp_path / "now.journal")
    assert done == Tidied(packed=1)
    assert done.text == "old journals: 1 packed"
    packed = tmp_path / "a.journal.gz"
    assert scan(packed) == before
    assert packed.stat().st_size < size
    assert packed.stat().st_mtime_ns == NOW - 30 * DAY
    assert journal_files(tmp_path) == [packed, young]
    assert tidy(tmp_path, PACK, NOW, tmp_path / "now.journal").text == ""


def test_nothing_is_removed_unless_asked(tmp_path: Path):
    written(tmp_path, "a.journal", 5_000)
    assert tidy(tmp_path, PACK, NOW, tmp_path / "now.journal").removed == 0
    done = tidy(tmp_path, REMOVE, NOW, tmp_path / "now.journal")
    assert done == Tidied(removed=1)
    assert journal_files(tmp_path) == []


def test_the_journal_in_use_is_left_alone_however_old(tmp_path: Path):
    path = written(tmp_path, "a.journal", 5_000)
    assert tidy(tmp_path, REMOVE, NOW, path) == Tidied()
    assert path.exists()


@pytest.mark.parametrize("keep", [PACK, REMOVE])
@pytest.mark.parametrize("harm", ["torn", "flipped", "set aside"])
def test_what_is_not_verified_is_never_touched(tmp_path: Path, keep: Keep, harm: str):
    path = written(tmp_path, "a.journal", 5_000)
    whole = bytearray(path.read_bytes())
    if harm == "set aside":
        path = path.rename(path.with_name("a.journal.damaged-1"))
    elif harm == "torn":
        whole += b"half a rec"
    else:
        whole[40] ^= 1
    path.write_bytes(whole)
    os.utime(path, ns=(0, 0))
    done = tidy(tmp_path, keep, NOW, tmp_path / "now.journal")
    assert (done.packed, done.removed) == (0, 0)
    assert ("kept as it is" in done.text) is (harm == "flipped")
    assert path.read_bytes() == bytes(whole)


def test_a_copy_that_does_not_read_back_replaces_nothing(tmp_path: Path, monkeypatch):
    path = written(tmp_path, "a.journal", 40)
    monkeypatch.setattr(retention, "read", lambda _path: b"other")
    done = tidy(tmp_path, PACK, NOW, tmp_path / "now.journal")
    assert "does not read back" in done.text
    assert journal_files(tmp_path) == [path]


def test_a_packed_journal_that_is_cut_is_refused(tmp_path: Path):
    written(tmp_path, "a.journal", 40)
    tidy(tmp_path, PACK, NOW, tmp_path / "now.journal")
    packed = tmp_path / "a.journal.gz"
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(JournalError, match="cannot read the journal"):
        scan(packed)


def test_a_start_does_not_wait_long(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(retention, "LONGEST_S", -1.0)
    path = written(tmp_path, "a.journal", 40)
    assert tidy(tmp_path, PACK, NOW, tmp_path / "now.journal") == Tidied()
    assert path.exists()


def test_a_run_packs_what_is_old_and_says_so(tmp_path: Path):
    folder = folder_of(tmp_path)
    written(folder, "sim-19970101-A.journal", 40)
    with live_run(tmp_path) as live:
        live.wait(lambda s: any("1 packed" in line.text for line in s.log), "said")
    assert (folder / "sim-19970101-A.journal.gz").exists()
