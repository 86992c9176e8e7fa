"""The chart of a stock: a line of dots over time, its levels, and how long ago it was."""

from __future__ import annotations

import unicodedata

import msgspec
from console_snapshots import NOON, SYMBOLS, ladder
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core.units import NS
from tui_scalper.letters import in_ascii
from tui_scalper.widgets.chart import EDGE, HELD_NS, SPANS, chart_lines, reaches, spanned
from tui_scalper.widgets.dots import ACROSS, BLANK, DOWN, dot_of, drawn
from tui_scalper.widgets.lines import Line, width_of
from tui_scalper.widgets.trace import Sample

LOW, HIGH = 156_600, 156_800
WIDTH, HEIGHT = 60, 12


def plain(line: Line) -> str:
    return "".join(text for text, _ in line)


def prices(*pairs: tuple[int, int]) -> list[Sample]:
    return [Sample(NOON + second * NS, price, 0) for second, price in pairs]


def chart(samples: list[Sample], height: int = HEIGHT, **fields: int) -> list[str]:
    shown = msgspec.structs.replace(ladder(1), **fields)
    lines = chart_lines(samples, shown, width=WIDTH, height=height, focus=False)
    assert all(width_of(line) == WIDTH for line in lines)
    assert len(lines) == height
    return [plain(line) for line in lines]


def is_on(cell: str, column: int, dot: int) -> bool:
    """Whether a braille glyph has a dot, by the name Unicode gives it."""
    number = (("7", "3", "2", "1"), ("8", "6", "5", "4"))[column][dot]
    return cell != BLANK and number in unicodedata.name(cell).removeprefix("BRAILLE PATTERN DOTS-")


@given(
    st.lists(
        st.none() | st.tuples(st.integers(-3, 20), st.integers(-3, 20)), min_size=1, max_size=20
    ),
    st.integers(1, 4),
)
def test_every_dot_stands_where_a_column_reaches_and_nowhere_else(columns, height):
    lines = drawn(columns, height)
    assert len(lines) == height
    for at, reach in enumerate(columns):
        for dot in range(height * DOWN):
            cell = lines[height - 1 - dot // DOWN][at // ACROSS]
            wanted = reach is not None and reach[0] <= dot <= reach[1]
            assert is_on(cell, at % ACROSS, dot % DOWN) == wanted


@given(st.integers(LOW, HIGH), st.integers(1, 40))
def test_the_bounds_stand_on_the_outermost_dots_and_higher_is_never_lower(price, height):
    assert dot_of(LOW, height, LOW, HIGH) == 0
    assert dot_of(HIGH, height, LOW, HIGH) == height * DOWN - 1
    assert dot_of(price, height, LOW, HIGH) <= dot_of(price + 5, height, LOW, HIGH)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(LOW, HIGH)), min_size=1, max_size=60),
    st.integers(2, 60),
)
def test_every_price_is_reached_in_its_column_and_the_line_breaks_only_where_nobody_looked(
    steps, columns
):
    second, samples = 0, []
    for after, price in steps:
        second += after
        samples += prices((second, price))
    span = spanned(samples)
    found = reaches(samples, columns, span, 6, LOW, HIGH)
    end_ns = samples[-1].at_ns
    place = [columns - 1 - (end_ns - one.at_ns) * (columns - 1) // (span * NS) for one in samples]
    for sample, at in zip(samples, place, strict=True):
        if at >= 0:
            dot = dot_of(sample.price, 6, LOW, HIGH)
            assert found[at][0] <= dot <= found[at][1]
    for (before, start), (after, stop) in zip(
        zip(samples, place, strict=True), zip(samples[1:], place[1:], strict=True), strict=False
    ):
        between = found[max(start, 0) + 1 : max(stop, 0)]
        looked = after.at_ns - before.at_ns <= HELD_NS
        assert all((one is not None) == looked for one in between)
        if looked and start >= 0:
            left, right = found[start : stop + 1][-2:] if stop > start else (found[stop],) * 2
            assert left[0] <= right[1] + 1 and right[0] <= left[1] + 1, "no step is left open"


def test_the_newest_price_is_at_the_right_edge_and_time_stands_below():
    lines = chart(prices(*((second, LOW + 5 * (second % 7)) for second in range(0, 100, 2))))
    assert lines[0].startswith(f" CHART {SYMBOLS[1]} ")
    assert "50 prices in 2m" in lines[0]
    across = WIDTH - EDGE
    assert any(line[across - 1] not in f" {BLANK}" for line in lines[1:-1])
    assert lines[-1].startswith("-2m")
    assert "-60s" in lines[-1] or "-1m" in lines[-1]
    assert lines[-1][:across].endswith("now")
    assert not any(BLANK in line for line in lines)


def test_the_levels_of_a_position_run_through_where_the_price_does_not():
    samples = prices((0, LOW), (30, LOW + 40))
    held = chart(samples, position=10, entry=LOW + 20, stop=LOW - 20, target=HIGH * 2)
    flat = chart(samples)
    for word in ("ENT", "STP"):
        (line,) = [line for line in held if word in line]
        assert line.startswith("╌╌╌")
    assert not any("TGT" in line for line in held), "far away"
    assert not any("╌" in line for line in flat)
    at_entry = chart(samples, position=10, entry=LOW + 40, stop=LOW - 20, target=HIGH * 2)
    assert any("ENT•" in line for line in at_entry)


def test_a_low_chart_tells_no_time_and_the_lowest_is_a_title():
    assert "now" not in chart(prices((0, LOW)), height=4)[-1]
    assert len(chart(prices((0, LOW)), height=1)) == 1


def test_plain_letters_draw_it_too():
    for line in chart(prices(*((second, LOW + 5 * second) for second in range(50)))):
        assert "?" not in in_ascii(line)


def test_what_is_kept_fits_the_longest_chart():
    samples = prices((0, LOW), (SPANS[-1], LOW))
    assert spanned(samples) == SPANS[-1]
    assert spanned(samples[:1]) == SPANS[0]
