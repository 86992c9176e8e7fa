"""Why, or why not: what the engine knows and thinks of the selected stock.

Beside the lists it shows the verdict, the thresholds and the witnesses that count; on pages
of its own all of them, then every reading.
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


def explain_pages(
    said: Explanation, depth: Depth, *, width: int, height: int, currency: str, more: str
) -> list[list[Line]]:
    """Pages of a title and the blocks in as many columns as fit; `more` is the key that turns.

    A title counts the lines that only later pages show.
    """
    count = max(width // (COLUMN + GAP), 1)
    each = (width - GAP * count) // count
    room = height - 1
    columns = flow(_blocks(said, depth, each, currency), count, max(room, 1))
    pages = [columns[at : at + count] for at in range(0, len(columns), count)]
    left = [sum(map(len, columns[at + count :])) for at in range(0, len(columns), count)]
    return [
        [
            _title(said, width, f"+{later}" if later else "", more),
            *_side_by_side(page, each)[:room],
        ]
        for page, later in zip(pages, left, strict=True)
    ]


def _title(said: Explanation, width: int, hidden: str, more: str) -> Line:
    role = Role.PANEL_FOCUS
    lean = text.SIDE_TEXT[said.side] if said.side is not None else "· even"
    title = f" WHY {said.symbol} {lean}"
    need = f"conf {said.confirmed}/{said.needed}" if said.needed else ""
    words = [f" {'  '.join(filter(None, (need, hidden, key)))} " for key in (f"{more} more", more)]
    fitting = next((one for one in words if len(title) + len(one) <= width), words[-1])
    return spread(((title, role),), ((fitting, role),), width, role)


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


def flow(blocks: Sequence[Block], count: int, rows: int) -> list[list[Line]]:
    """Blocks poured into columns of `rows` lines, at least one; `count` columns are a page.

    A block that would be torn begins in the next column, where the page has one.
    """
    columns: list[list[Line]] = [[]]
    for heading, lines in blocks:
        block = [((heading, Role.INFO),), *lines] if heading else list(lines)
        torn = len(columns[-1]) + len(block) > rows
        if columns[-1] and torn and len(columns) % count:
            columns.append([])
        for line in block:
            if len(columns[-1]) == rows:
                columns.append([])
            columns[-1].append(line)
    return columns


def _side_by_side(columns: Sequence[Sequence[Line]], each: int) -> list[Line]:
    edge: Line = ((" ", Role.TEXT),)
    gap: Line = ((" " * GAP, Role.TEXT),)
    drawn = []
    for cells in zip_longest(*columns, fillvalue=EMPTY):
        line: Line = ()
        for at, cell in enumerate(cells):
            line = (*line, *(gap if at else edge), *fit(cell, each, Role.TEXT))
        drawn.append(line)
    return drawn


class ExplainPanel(LinePanel):
    """The explanation on the screen."""

    def __init__(self, palette: Palette, *, panel_id: str) -> None:
        super().__init__(palette, panel_id=panel_id)
        self._drawn: tuple[object, ...] = ()
        self._pages = 1

    def draw(
        self,
        said: Explanation | None,
        depth: Depth,
        page: int,
        *,
        symbol: str,
        row: int,
        currency: str,
        more: str,
    ) -> int:
        """Explain the selected stock; until the engine has turned to it, say so.

        Shows `page`, counted from 0, or the last one; returns how many there are.
        """
        width, height = self.extent
        drawn = (said, depth, page, self.extent, row)
        if drawn == self._drawn:
            return self._pages
        self._drawn, self._pages = drawn, 1
        if said is None or said.row != row:
            role = Role.PANEL_FOCUS
            self.show([fit(((f" WHY {symbol}  the engine is asked", role),), width, role)])
            return self._pages
        pages = explain_pages(said, depth, width=width, height=height, currency=currency, more=more)
        self._pages = len(pages)
        self.show(pages[min(page, self._pages - 1)])
        return self._pages
