"""Calendar files: what ships is complete and sourced, what is wrong is told in one line."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tui_scalper.calendars import SHIPPED, CalendarError, load_calendar
from tui_scalper.core.session_table import Group, SessionRules
from tui_scalper.core.venues import HOUR, Phase
from tui_scalper.exchange.master import load_master

TEXT = SHIPPED.read_text(encoding="utf-8")
MASTERS = Path(__file__).parents[2] / "shared" / "data" / "masters"


def test_every_source_is_cited():
    listed = tomllib.loads(TEXT)
    kinds = ("regime", "holiday", "special", "ordinary")
    cited = {entry["source"] for kind in kinds for entry in listed[kind]}
    assert cited == set(listed["sources"])


def test_the_shipped_universe_counts_as_closing_auction():
    calendar = load_calendar()
    groups = {calendar.group(one.symbol, 0) for one in load_master().universe}
    assert groups == {Group.CLOSING_AUCTION}


@pytest.mark.data
def test_the_holidays_of_2026_are_those_of_another_list():
    if not MASTERS.is_dir():
        pytest.skip("the recordings are not here: ../shared/data")
    lines = (MASTERS / "india_weekday_holidays_2019_2026_exchange_calendars_XBOM.csv").read_text()
    theirs = {line for line in lines.split() if line[:4] in {"2024", "2025", "2026"}}
    listed = tomllib.loads(TEXT)
    ours = {str(entry["day"]) for entry in listed["holiday"]}
    assert theirs - ours == {"2024-11-01", "2025-10-21"}, "Muhurat days, which trade in part"
    assert ours <= theirs


def changed(path: Path, old: str, new: str) -> Path:
    assert old in TEXT
    file = path / "own.toml"
    file.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    return file


def test_a_file_of_ones_own_is_named_in_what_it_says(tmp_path):
    file = changed(
        tmp_path, "ordinary = []", 'ordinary = [{symbol="A", since=2026-09-01, source="hours"}]'
    )
    calendar = load_calendar(file, SessionRules(square_off_lead=HOUR))
    far = 1 << 62
    assert calendar.group("A", far) is Group.ORDINARY
    assert calendar.phase(Group.ORDINARY, far) is Phase.CLOSED
    assert calendar.why(far) == f"calendar ends 2026-12-31: update {file}"


BROKEN = [
    ('venue = "NSE"', 'venue = "MOON"', "unknown venue 'MOON', known: NSE, SSE"),
    ('venue = "NSE"', "venue =", "Invalid value"),
    ("first = 2024-01-01", "first = 2023-01-01", "regimes must be in order of time"),
    ("since = 2026-08-03", "since = 2023-08-03", "regimes must be in order of time"),
    ("last = 2026-12-31", "last = 2026-06-30", "2026-09-14 is outside 2024-01-01 to 2026-06-30"),
    ("day = 2024-01-22", "day = 2024-01-26", "2024-01-26 is listed 2 times"),
    ("day = 2024-01-22", "day = 2024-01-21", "2024-01-21 is on a weekend"),
    ("day = 2024-01-22", 'day = "soon"', "$.holiday[0].day"),
    ("day = 2024-01-22", "date = 2024-01-22", "$.holiday[0]"),
    ('name = "Holi"', 'name = ""', "$.holiday[3].name"),
    ('source = "mandir"', 'source = "hearsay"', "'hearsay' is not in [sources]"),
    ("18:00-19:00 open", "18:00-19:00 lunch", "phase must be one of pre-open, open"),
    ("18:00-19:00 open", "18:00-19:00 square-off", "phase must be one of pre-open, open"),
    ("18:00-19:00 open", "18:00-25:00 open", "'18:00-25:00' is no time of day"),
    ("18:00-19:00 open", "17:50-19:00 open", "overlap or are out of order"),
    ('ordinary = ["09:00-09:15 pre-open", "09:15-15:30 open"]', "ordinary = []", "$.regime[0]"),
]


@pytest.mark.parametrize(("old", "new", "said"), BROKEN, ids=[entry[2] for entry in BROKEN])
def test_a_broken_file_is_refused_in_one_line_that_names_it(tmp_path, old, new, said):
    file = changed(tmp_path, old, new)
    with pytest.raises(CalendarError) as refused:
        load_calendar(file)
    text = str(refused.value)
    assert said in text
    assert text.startswith(f"calendar {file}: ")
    assert "\n" not in text


def test_a_missing_file_and_one_that_is_no_text_are_refused(tmp_path):
    with pytest.raises(CalendarError, match="No such file"):
        load_calendar(tmp_path / "none.toml")
    file = tmp_path / "binary.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CalendarError, match="can't decode"):
        load_calendar(file)
