"""The chart: the last price of the selected stock, with entry, stop and target at the edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui_scalper.core.gates import PRICE_GATES
from tui_scalper.core.snapshot import Ladder
from tui_scalper.core.units import NS
from tui_scalper.widgets import text
from tui_scalper.widgets.lines import Line, LinePanel, fit, spread
from tui_scalper.widgets.palette import Palette, Role
from tui_scalper.widgets.plot import plot, row_of
from tui_scalper.widgets.trace import Sample

EDGE: Final = 15
"""Cells right of the plot, for prices."""
LEAST_TICKS: Final = 8
"""The chart never magnifies fewer ticks than this to its height."""


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


def chart_lines(
    samples: Sequence[Sample], ladder: Ladder | None, *, width: int, height: int, focus: bool
) -> list[Line]:
    """Title, then the plot with its prices at the right edge."""
    role = Role.PANEL_FOCUS if focus else Role.PANEL
    if ladder is None or not samples:
        return [fit(((" CHART  no price seen yet", role),), width, role)]
    across = max(width - EDGE, 2)
    newest = list(samples)[-across:]
    values = [sample.price for sample in newest]
    seconds = (newest[-1].at_ns - newest[0].at_ns) // NS
    stale: Line = ((" ! STALE", Role.WARN),) if ladder.blockers & PRICE_GATES else ()
    title = spread(
        ((f" CHART {ladder.symbol}", role), *stale),
        ((f"{text.age(seconds * NS)}, {len(newest)} price{'s' * (newest[1:] != [])} ", role),),
        width,
        role,
    )
    rows = height - 1
    if rows < 1:
        return [title]
    low, high = scale(values, ladder)
    edge = _edge(ladder, values[-1], rows, low, high)
    lines = plot(values, across, rows, low, high)
    return [
        title,
        *(
            fit(((line, Role.DIM), *edge.get(at, ())), width, Role.TEXT)
            for at, line in enumerate(lines)
        ),
    ]


def _edge(ladder: Ladder, last: int, rows: int, low: int, high: int) -> dict[int, Line]:
    """What stands beside which line: bounds, then the position's levels, then the last price."""
    marks: list[tuple[int, str, Role]] = [(high, "", Role.DIM), (low, "", Role.DIM)]
    if ladder.position:
        levels = (("ENT", ladder.entry), ("STP", ladder.stop), ("TGT", ladder.target))
        marks += [(price, word, Role.MARK) for word, price in levels if price]
    marks.append((last, "•", Role.STRONG))
    found: dict[int, Line] = {}
    for price, word, role in marks:
        at = row_of(price, rows, low, high)
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
