"""The explanation of a stock on the screen: blocks, columns, depths."""

from __future__ import annotations

import msgspec
from console_rig import console, plain
from console_snapshots import explanation, snapshot
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core.commands import Watch
from tui_scalper.core.explanation import RefusalSaid
from tui_scalper.core.refusals import REFUSAL_TEXT, Refusal
from tui_scalper.widgets import text
from tui_scalper.widgets.explain import Depth, explain_pages, flow
from tui_scalper.widgets.lines import width_of
from tui_scalper.widgets.palette import Role


@given(st.lists(st.integers(0, 30), max_size=6), st.integers(1, 5), st.integers(1, 20))
def test_blocks_flow_into_columns_and_nothing_is_lost(sizes, count, rows):
    line = (("x", Role.TEXT),)
    columns = flow([("head", [line] * size) for size in sizes], count, rows)
    assert all(len(column) <= rows for column in columns)
    assert sum(map(len, columns)) == sum(sizes) + len(sizes)


@given(
    st.sampled_from([Depth.BESIDE, Depth.REASONS, Depth.READINGS]),
    st.integers(30, 200),
    st.integers(1, 60),
)
def test_an_explanation_fits_any_room_and_its_pages_leave_nothing_out(depth, width, height):
    said = explanation()
    pages = explain_pages(said, depth, width=width, height=height, currency="INR", more="i")
    assert all(len(page) <= height for page in pages)
    assert all(width_of(line) <= width for page in pages for line in page)
    whole = "\n".join(plain(line) for page in pages for line in page)
    if width >= 40:
        assert all(f"WHY {said.symbol}" in plain(page[0]) for page in pages)
        assert [" +" in plain(page[0]) for page in pages] == [True] * (len(pages) - 1) + [False]
    if width < 40 or height < 2:
        return
    if depth is Depth.READINGS:
        assert all(one.name[:8] in whole for one in said.readings)
        return
    assert "pressure below the band" in whole and "64.2, needs >= 70" in whole
    assert all(one.name[:8] in whole for one in said.witnesses)


@given(st.sampled_from(["INFY", "600536", "BHARTIARTL"]))
def test_a_title_beside_the_lists_names_side_and_confirmations_apart(symbol):
    said = msgspec.structs.replace(explanation(), symbol=symbol, needed=2, confirmed=1)
    pages = explain_pages(said, Depth.BESIDE, width=40, height=12, currency="INR", more="i")
    assert f" WHY {symbol} ▲ BUY " in plain(pages[0][0])
    assert " conf 1/2 " in plain(pages[0][0])


@given(st.floats(-1e12, 1e12) | st.just(float("inf")))
def test_a_reading_takes_six_cells(value):
    assert len(text.reading(value)) <= 6
    assert text.reading(None) == "-"


def test_a_small_reading_is_not_nothing():
    assert [text.reading(value) for value in (4.068e-05, -0.0004, 0.0005, -1e-12, 0.0)] == [
        "4e-05",
        "-4e-04",
        "0.001",
        "0",
        "0",
    ]


def test_words_that_do_not_fit_go_on_below_and_names_of_thresholds_are_whole():
    said = explanation()
    refusal = RefusalSaid("shallow_book", REFUSAL_TEXT[Refusal.SHALLOW_BOOK])
    long = msgspec.structs.replace(said, refusals=(refusal,))
    page = explain_pages(long, Depth.REASONS, width=40, height=60, currency="INR", more="i")[0]
    words = " ".join(" ".join(map(plain, page)).split())
    assert refusal.text in words
    assert all(one.name in words for one in said.bounds)


async def test_each_press_explains_more_and_the_last_one_nothing():
    async with console() as rig:
        await rig.press("i")
        assert "WHY INFY" in rig.text() and "RELIANCE   ▼ SELL" in rig.text()
        await rig.press("i")
        assert "WITNESSES" in rig.text() and "RELIANCE   ▼ SELL" not in rig.text()
        await rig.press("i")
        assert "micro-price" in rig.text()
        await rig.press("i")
        assert "WHY INFY" not in rig.text() and "RELIANCE   ▼ SELL" in rig.text()


async def test_on_a_small_screen_the_key_turns_through_every_witness_and_reading():
    async with console(size=(80, 24)) as rig:
        await rig.show(snapshot(2, explained=explanation()))
        await rig.press("i")
        seen = []
        while "WHY INFY" in rig.text():
            assert len(seen) < 12
            await rig.press("i")
            seen.append(rig.text())
        told = explanation()
        words = "\n".join(seen)
        assert all(f" {one.name[:8]}" in words for one in (*told.witnesses, *told.readings))


async def test_another_stock_is_not_explained_by_the_words_about_the_last():
    async with console() as rig:
        await rig.press("i", "j")
        assert "WHY SBIN  the engine is asked" in rig.text()
        told = explanation(4)
        await rig.show(snapshot(2, focus=4, explained=told))
        assert "WHY SBIN ▲ BUY" in rig.text()
        ready = msgspec.structs.replace(told, is_signal=True, signal_age_ns=12 * 10**9, blockers=())
        await rig.show(snapshot(3, focus=4, explained=ready))
        assert "✓ a signal for 12s" in rig.text()


async def test_the_engine_is_asked_to_explain_only_while_it_is_shown():
    async with console() as rig:
        asked = []
        for _ in range(4):
            await rig.press("i")
            asked += [one.explained for one in rig.queue.drain() if isinstance(one, Watch)]
        assert asked == [True, True, False]
