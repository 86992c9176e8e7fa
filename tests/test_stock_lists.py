"""Files about stocks: industries and restrictions, read, dated, and obeyed by a run."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_run import live_run
from tape_rig import synthetic_tape

from tui_scalper.core import commands as cm
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.units import NS, Side
from tui_scalper.core.venues import NSE
from tui_scalper.exchange.master import load_master
from tui_scalper.explain_tool import explain_tape
from tui_scalper.settings import SettingsError, load_settings
from tui_scalper.stock_lists import (
    NO_LISTS,
    Restriction,
    day_at,
    load_lists,
    read_industries,
    read_restrictions,
    restricted_text,
)
from tui_scalper.tapes import open_tape

CONSTITUENTS = """Company Name,Industry,Symbol,Series,ISIN Code
Alpha Bank Ltd.,Financial Services,ALPHA,EQ,INE000A01010
Mills & Co,Textiles,M&M,EQ,INE000A01028
"""
TODAY_NS = 1_795_408_200 * NS
"""23 November 2026 at the venue."""
TODAY = date(2026, 11, 23)
UNIVERSE = Universe(
    NSE, [Instrument(symbol=name, token=256 * n, tick=5) for n, name in ((1, "ALPHA"), (2, "M&M"))]
)
RECORDED = Path(__file__).parents[2] / "shared" / "data" / "masters" / "ind_nifty500list_2026.csv"


def written(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_constituents_of_an_index_name_industries(tmp_path):
    lists = load_lists(str(written(tmp_path, CONSTITUENTS)), "")
    described = lists.described(UNIVERSE, TODAY_NS)
    assert [one.industry for one in described] == ["Financial Services", "Textiles"]
    assert [one.token for one in described] == [one.token for one in UNIVERSE]


@pytest.mark.data
@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded master")
def test_the_published_file_of_2026_is_read():
    industries = read_industries(RECORDED)
    assert len(industries) == 500
    assert industries["360ONE"] == "Financial Services"


def test_without_files_a_universe_is_as_it_was():
    assert load_lists("", "") == NO_LISTS
    assert NO_LISTS.described(UNIVERSE, TODAY_NS) is UNIVERSE
    assert restricted_text(UNIVERSE) == ""


def test_restrictions_are_read_with_their_days_and_reasons_add_up(tmp_path):
    text = (
        "# exported by the back office\n"
        "Symbol, Reason ,From,Until,Note\n"
        "ALPHA,ASM stage 4,2026-11-20,,seen\n"
        "ALPHA,ban on derivatives,2026-11-23,2026-11-23,\n"
        "M&M,trade for trade,,2026-11-22,\n"
    )
    lists = load_lists("", str(written(tmp_path, text)))
    assert lists.reasons(TODAY) == {"ALPHA": "ASM stage 4; ban on derivatives"}
    assert lists.reasons(date(2026, 11, 22)) == {"ALPHA": "ASM stage 4", "M&M": "trade for trade"}
    described = lists.described(UNIVERSE, TODAY_NS)
    assert restricted_text(described) == (
        "restricted today, no entries: ALPHA (ASM stage 4; ban on derivatives)"
    )


@given(
    first=st.none() | st.integers(-3, 3),
    last=st.none() | st.integers(-3, 3),
    day=st.integers(-4, 4),
)
def test_a_restriction_holds_on_its_days(first, last, day):
    def on(offset):
        return None if offset is None else TODAY + timedelta(days=offset)

    one = Restriction(symbol="A", reason="r", first=on(first), last=on(last))
    lowest, highest = (-99 if first is None else first), (99 if last is None else last)
    assert one.holds(TODAY + timedelta(days=day)) == (lowest <= day <= highest)


def test_a_symbol_in_small_letters_restricts_all_the_same(tmp_path):
    path = tmp_path / "restricted.csv"
    path.write_text("symbol,reason\nalpha,ban\n", encoding="utf-8")
    lists = load_lists("", str(path))
    assert [one.restricted for one in lists.described(UNIVERSE, TODAY_NS)] == ["ban", ""]


def test_many_restricted_stocks_are_named_in_part():
    many = Universe(
        NSE,
        [
            Instrument(symbol=f"S{n}", token=256 * (n + 1), tick=5, restricted="ban")
            for n in range(20)
        ],
    )
    assert restricted_text(many).endswith("S7 (ban) and 12 more")


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (read_industries, "Symbol,Name\nA,b\n", "no column industry"),
        (read_industries, "", "no column symbol, industry"),
        (read_industries, "symbol,industry\nA,\n", "line 2: symbol or industry is empty"),
        (read_restrictions, "symbol,reason\n,ban\n", "line 2: symbol or reason is empty"),
        (read_restrictions, "symbol,reason\nA,\n", "line 2: symbol or reason is empty"),
        (read_restrictions, "symbol,reason,from\nA,b,soon\n", "from 'soon' is no date"),
        (
            read_restrictions,
            "symbol,reason,from,until\nA,b,2026-11-23,2026-11-22\n",
            "until 2026-11-22 is before from 2026-11-23",
        ),
        (read_restrictions, "symbol,reason\nA," + "x" * 200_000, "cannot be read"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path, read, text, words):
    path = written(tmp_path, text)
    with pytest.raises(SettingsError, match=words) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"lists.restricted: .*none.csv cannot be read"):
        load_lists("", str(tmp_path / "none.csv"))


def test_a_run_says_what_is_restricted_and_refuses_it(tmp_path):
    first = load_master().universe[0].symbol
    path = written(tmp_path, f"symbol,reason\n{first},surveillance stage 3\n")
    with live_run(tmp_path / "state", lists__restricted=str(path)) as live:
        said = live.wait(
            lambda seen: any("surveillance stage 3" in line.text for line in seen.log), "the line"
        )
        assert any(line.text.startswith("restricted today") for line in said.log)
        live.give(cm.Arm)
        live.give(cm.Stage, row=0, side=Side.BUY)
        live.wait(
            lambda seen: any(
                "restricted today" in x.text and "stage BUY" in x.text for x in seen.log
            ),
            "the refusal",
        )


def test_a_tape_is_replayed_with_what_the_files_say_of_its_day(tmp_path, capsys):
    tape = synthetic_tape(tmp_path / "day.tape", 60)
    first, second = [one.symbol for one in tape.universe][:2]
    day = day_at(tape.universe, tape.first_ns)
    listed = tmp_path / "restricted.csv"
    listed.write_text(
        f"symbol,reason,from,until\n{first},ASM stage 4,{day},{day}\n"
        f"{second},ended,,{day - timedelta(days=1)}\n"
    )
    industries = tmp_path / "industries.csv"
    industries.write_text(f"Symbol,Industry\n{second},Textiles\n")
    settings = load_settings(
        overrides={"lists.restricted": str(listed), "lists.industries": str(industries)},
        environment={},
    )
    universe = open_tape(tape.path, settings).universe
    assert [(one.industry, one.restricted) for one in universe][:2] == [
        ("", "ASM stage 4"),
        ("Textiles", ""),
    ]
    explain_tape(settings, tape.path, first, None, auto=False, json=False)
    assert "restricted" in capsys.readouterr().out
