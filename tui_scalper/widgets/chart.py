"""The chart: the last price of the selected stock, with entry, stop and target at the edge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from tui_scalper.core.gates import PRICE_GATES
from tui_scalper.core.snapshot import Ladder
from tui_scalper.core.units import NS
from tui_scalper.widgets import text
from tui_scalper.widgets.dots import ACROSS, BLANK, DOWN, Reach, dot_of, drawn
from tui_scalper.widgets.lines import Line, LinePanel, Span, fit, spread
from tui_scalper.widgets.palette import Palette, Role
from tui_scalper.widgets.trace import Sample

EDGE: Final = 15
"""Cells right of the plot, for prices."""
LEAST_TICKS: Final = 8
"""The chart never magnifies fewer ticks than this to its height."""
SPANS: Final = (60, 120, 240, 600, 1_200)
"""Seconds a chart may show; the last is all that is kept of a stock."""
HELD_NS: Final = 5 * NS
"""A price is drawn until the next one, but not over more than this: nobody looked meanwhile."""
LEVEL: Final = "╌"
LEAST_WITH_AGES: Final = 6
"""Lines of a chart from which on one of them tells the time."""


def scale(values: Sequence[int], ladder: Ladder) -> tuple[int, int]:
    """Lowest and highest price of the chart: what it shows, and the position's levels near it."""
    low, high = min(values), max(values)
    room = max(high - low, LEAST_TICKS * ladder.tick)
    near = [
        level
        for level in (ladder.entry, ladder.stop, ladder.target)
        if ladder.position and low - room <= level <= high + room
    ]
    low, high = min([low, *near]), max([high, *near])
    if short := LEAST_TICKS * ladder.tick - (high - low):
        low, high = (low - short // 2, high + short - short // 2) if short > 0 else (low, high)
    return low, high


def spanned(samples: Sequence[Sample]) -> int:
    """How many seconds the chart shows: the least of SPANS that holds every sample."""
    age = (samples[-1].at_ns - samples[0].at_ns) / NS
    return next((span for span in SPANS if age <= span), SPANS[-1])


def reaches(
    samples: Sequence[Sample], columns: int, span: int, height: int, low: int, high: int
) -> list[Reach | None]:
    """What each column of dots covers of the last `span` seconds: the last price, held until
    there is another one, and nothing where the stock was not looked at."""
    end_ns = samples[-1].at_ns
    found: list[Reach | None] = [None] * columns

    def column(at_ns: int) -> int:
        return columns - 1 - (end_ns - at_ns) * (columns - 1) // (span * NS)

    def cover(at: int, one: int, other: int) -> None:
        if 0 <= at < columns:
            lower, upper = found[at] or (one, one)
            found[at] = (min(lower, one, other), max(upper, one, other))

    before = samples[0]
    for sample in samples:
        dots = [dot_of(price, height, low, high) for price in (before.price, sample.price)]
        if sample.at_ns - before.at_ns <= HELD_NS:
            for at in range(column(before.at_ns), column(sample.at_ns)):
                cover(at, dots[0], dots[0])
            cover(column(sample.at_ns), dots[0], dots[1])
        cover(column(sample.at_ns), dots[1], dots[1])
        before = sample
    return found


def chart_lines(
    samples: Sequence[Sample], ladder: Ladder | None, *, width: int, height: int, focus: bool
) -> list[Line]:
    """Title, the price over time with its levels at the right edge, and how long ago it was."""
    role = Role.PANEL_FOCUS if focus else Role.PANEL
    if ladder is None or not samples:
        return [fit(((" CHART  no price seen yet", role),), width, role)]
    across = max(width - EDGE, 2)
    span = spanned(samples)
    shown = [one for one in samples if samples[-1].at_ns - one.at_ns <= span * NS]
    stale: Line = ((" ! STALE", Role.WARN),) if ladder.blockers & PRICE_GATES else ()
    title = spread(
        ((f" CHART {ladder.symbol}", role), *stale),
        ((f"{len(shown)} price{'s' * (len(shown) != 1)} in {text.age(span * NS)} ", role),),
        width,
        role,
    )
    foot = _ages(across, span) if height >= LEAST_WITH_AGES else ()
    rows = height - 1 - bool(foot)
    if rows < 1:
        return [title]
    low, high = scale([one.price for one in shown], ladder)
    levels = _levels(ladder, rows, low, high)
    edge = _edge(ladder, shown[-1].price, rows, low, high)
    lines = drawn(reaches(shown, across * ACROSS, span, rows, low, high), rows)
    return [
        title,
        *(
            fit((*_with_level(line, at in levels), *edge.get(at, ())), width, Role.TEXT)
            for at, line in enumerate(lines)
        ),
        *((fit(foot, width, Role.DIM),) if foot else ()),
    ]


def _ages(across: int, span: int) -> Line:
    """Under the plot, how long ago its left edge and its middle were."""
    left, middle = (f"-{text.age(age * NS)}" for age in (span, span // 2))
    line = f"{left}{middle:>{max(across // 2 + len(middle) // 2 - len(left), 0)}}"
    return ((f"{line[:across]:<{across - 3}}now", Role.DIM),)


def _with_level(line: str, level: bool) -> Iterator[Span]:
    """A line of dots; where it has none, the level of a position that stands there."""
    for bare, cells in groupby(line, key=BLANK.__eq__):
        words = "".join(cells)
        if bare and level:
            yield LEVEL * len(words), Role.MARK
        else:
            yield words.replace(BLANK, " "), Role.TEXT


def _line_of(price: int, rows: int, low: int, high: int) -> int | None:
    """The line `price` stands on; None when it is outside the range."""
    if not low <= price <= high:
        return None
    return rows - 1 - dot_of(price, rows, low, high) // DOWN


def _levels(ladder: Ladder, rows: int, low: int, high: int) -> set[int | None]:
    """Lines on which entry, stop and target of the position stand."""
    if not ladder.position:
        return set()
    prices = (ladder.entry, ladder.stop, ladder.target)
    return {_line_of(price, rows, low, high) for price in prices if price}


def _edge(ladder: Ladder, last: int, rows: int, low: int, high: int) -> dict[int, Line]:
    """What stands beside which line: bounds, then the position's levels, then the last price."""
    marks: list[tuple[int, str, Role]] = [(high, "", Role.DIM), (low, "", Role.DIM)]
    if ladder.position:
        levels = (("ENT", ladder.entry), ("STP", ladder.stop), ("TGT", ladder.target))
        marks += [(price, word, Role.MARK) for word, price in levels if price]
    here = "".join(word for price, word, _ in marks if price == last)
    marks.append((last, f"{here}•", Role.STRONG))
    found: dict[int, Line] = {}
    for price, word, role in marks:
        at = _line_of(price, rows, low, high)
        if at is not None:
            found[at] = ((f" {text.price(price):>9} {word}", role),)
    return found


class ChartPanel(LinePanel):
    """The chart on the screen."""

    def __init__(self, palette: Palette, *, panel_id: str) -> None:
        super().__init__(palette, panel_id=panel_id)
        self._drawn: tuple[object, ...] = ()

    def draw(self, samples: Sequence[Sample], ladder: Ladder | None, *, focus: bool) -> None:
        """Show the newest samples of the stock of `ladder`."""
        newest = samples[-1].at_ns if samples else -1
        levels = ladder and (ladder.row, ladder.position, ladder.entry, ladder.stop, ladder.target)
        stale = ladder is not None and bool(ladder.blockers & PRICE_GATES)
        drawn = (newest, len(samples), levels, stale, self.extent, focus)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        width, height = self.extent
        self.show(chart_lines(samples, ladder, width=width, height=height, focus=focus))
