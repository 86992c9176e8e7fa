"""Why, or why not: what the engine knows and thinks of the selected stock.

Beside the lists it shows the verdict, the thresholds and the witnesses that count; on a
page of its own all of them; on a second page every reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import zip_longest
from typing import Final

from tui_scalper.core.explanation import Explanation, LearningSaid
from tui_scalper.widgets import text
from tui_scalper.widgets.lines import EMPTY, Line, LinePanel, fit, spread
from tui_scalper.widgets.palette import Palette, Role
from tui_scalper.widgets.reasons import readings, thresholds, verdict, witnesses

COLUMN: Final = 38
"""Cells a column likes at least."""
GAP: Final = 2


class Depth(StrEnum):
    """How much is explained; each key press goes one deeper, and then away."""

    NOTHING = "nothing"
    BESIDE = "beside the lists"
    REASONS = "reasons"
    READINGS = "readings"

    @property
    def next(self) -> Depth:
        """What a key press turns to."""
        every = tuple(Depth)
        return every[(every.index(self) + 1) % len(every)]

    @property
    def is_page(self) -> bool:
        """Whether it takes the room of all lists."""
        return self in (Depth.REASONS, Depth.READINGS)


def explain_lines(
    said: Explanation, depth: Depth, *, width: int, height: int, currency: str, more: str
) -> list[Line]:
    """A title and the blocks in as many columns as fit; `more` is the key that goes deeper.

    Lines that found no room are counted in the title.
    """
    count = max(width // (COLUMN + GAP), 1)
    each = (width - GAP * count) // count
    blocks = _blocks(said, depth, each, currency)
    rows = max(height - 1, 0)
    columns, hidden = flow(blocks, count, rows)
    title = _title(said, width, f"+{hidden}" if hidden else "", more)
    return [title, *_side_by_side(columns, each, rows)]


def _title(said: Explanation, width: int, hidden: str, more: str) -> Line:
    role = Role.PANEL_FOCUS
    lean = text.SIDE_TEXT[said.side] if said.side is not None else "· even"
    need = f"conf {said.confirmed}/{said.needed}" if said.needed else ""
    words = "  ".join(one for one in (need, hidden, f"{more} more ") if one)
    return spread(((f" WHY {said.symbol} {lean}", role),), ((words, role),), width, role)


Block = tuple[str, list[Line]]


def _blocks(said: Explanation, depth: Depth, width: int, currency: str) -> list[Block]:
    if depth is Depth.READINGS:
        return [("", readings(said, width))]
    legend = "WITNESSES i inform c confirm b block"
    return [
        ("", [fit(line, width, Role.TEXT) for line in verdict(said, currency, width)]),
        (f"THRESHOLDS {_learning(said.learning)}".rstrip(), thresholds(said, width)),
        (legend, witnesses(said, width)),
    ]


def _learning(said: LearningSaid | None) -> str:
    """Whose they are, where they follow the stock's own past."""
    if said is None:
        return ""
    if said.learnt:
        return "of this stock"
    return f"of the settings, {said.samples}/{said.needed} samples"


def flow(blocks: Sequence[Block], count: int, rows: int) -> tuple[list[list[Line]], int]:
    """Blocks poured into `count` columns of `rows` lines, and how many lines found no room.

    A block that would be torn begins in a new column where there is one.
    """
    columns: list[list[Line]] = [[] for _ in range(count)]
    at = hidden = 0
    for heading, lines in blocks:
        block = [((heading, Role.INFO),), *lines] if heading else list(lines)
        if columns[at] and len(columns[at]) + len(block) > rows and at + 1 < count:
            at += 1
        for line in block:
            if len(columns[at]) >= rows and at + 1 < count:
                at += 1
            if len(columns[at]) < rows:
                columns[at].append(line)
            else:
                hidden += 1
    return columns, hidden


def _side_by_side(columns: Sequence[Sequence[Line]], each: int, rows: int) -> list[Line]:
    edge: Line = ((" ", Role.TEXT),)
    gap: Line = ((" " * GAP, Role.TEXT),)
    drawn = []
    for cells in zip_longest(*columns, fillvalue=EMPTY):
        line: Line = ()
        for at, cell in enumerate(cells):
            line = (*line, *(gap if at else edge), *fit(cell, each, Role.TEXT))
        drawn.append(line)
    return drawn[:rows]


class ExplainPanel(LinePanel):
    """The explanation on the screen."""

    def __init__(self, palette: Palette, *, panel_id: str) -> None:
        super().__init__(palette, panel_id=panel_id)
        self._drawn: tuple[object, ...] = ()

    def draw(
        self,
        said: Explanation | None,
        depth: Depth,
        *,
        symbol: str,
        row: int,
        currency: str,
        more: str,
    ) -> None:
        """Explain the selected stock; until the engine has turned to it, say so."""
        width, height = self.extent
        drawn = (said, depth, self.extent, row)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        if said is None or said.row != row:
            role = Role.PANEL_FOCUS
            self.show([fit(((f" WHY {symbol}  the engine is asked", role),), width, role)])
            return
        self.show(
            explain_lines(said, depth, width=width, height=height, currency=currency, more=more)
        )
