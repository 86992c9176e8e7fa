"""The help page and the first-run hint: which keys there are, those valid now bright."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import Final

from tui_scalper.widgets.lines import EMPTY, Line, LinePanel, fit
from tui_scalper.widgets.palette import Role

KEYS_WIDTH: Final = 9
COLUMN_WIDTH: Final = 40


@dataclass(frozen=True)
class KeyHelp:
    """One action on the help page."""

    group: str
    keys: str
    text: str
    valid: bool


def help_pages(entries: Sequence[KeyHelp], width: int, height: int) -> list[list[Line]]:
    """Pages of `height` lines: a title, then columns of grouped keys."""
    across = max(width // COLUMN_WIDTH, 1)
    each, room = width // across, max(height - 1, 1)
    columns = _columns([_block(name, members, each) for name, members in _groups(entries)], room)
    pages = [columns[at : at + across] for at in range(0, len(columns), across)]
    blank = fit(EMPTY, each, Role.TEXT)
    return [
        [
            _title(number, len(pages), width),
            *(
                fit(tuple(span for cell in cells for span in cell or blank), width, Role.TEXT)
                for cells in zip_longest(*page)
            ),
        ]
        for number, page in enumerate(pages, 1)
    ]


def _title(number: int, pages: int, width: int) -> Line:
    turn = f"page {number}/{pages}, same key turns; " if pages > 1 else ""
    words = f" KEYS  the bright ones act now; {turn}any other closes"
    return fit(((words, Role.PANEL_FOCUS),), width, Role.PANEL_FOCUS)


def _columns(blocks: Sequence[list[Line]], room: int) -> list[list[Line]]:
    """The blocks one below the other; one that does not fit begins the next column."""
    columns: list[list[Line]] = [[]]
    for block in blocks:
        if columns[-1] and len(columns[-1]) + len(block) > room:
            columns.append([])
        columns[-1].extend(block[:room])
    return columns


def _groups(entries: Sequence[KeyHelp]) -> list[tuple[str, list[KeyHelp]]]:
    return [(name, list(members)) for name, members in groupby(entries, key=lambda one: one.group)]


def _block(name: str, members: Sequence[KeyHelp], width: int) -> list[Line]:
    lines = [fit(((f" {name.upper()}", Role.INFO),), width, Role.TEXT)]
    for one in members:
        key, words = (Role.KEY, Role.STRONG) if one.valid else (Role.DIM, Role.DIM)
        lines.append(
            fit(
                ((f" {one.keys[:KEYS_WIDTH]:>{KEYS_WIDTH}} ", key), (one.text, words)),
                width,
                Role.TEXT,
            )
        )
    return lines


class HelpPanel(LinePanel):
    """The page over everything but banner, strip and last line."""

    def draw(self, entries: Sequence[KeyHelp], number: int) -> int:
        """Show page `number`, counted from 0; returns how many there are."""
        width, height = self.extent
        pages = help_pages(entries, width, height)
        lines = pages[min(number, len(pages) - 1)]
        blank = fit(EMPTY, width, Role.TEXT)
        self.show([*lines, *[blank] * (height - len(lines))])
        return len(pages)


class HintPanel(LinePanel):
    """Four lines for the first minute; gone with the first key."""

    def draw(self, lines: Sequence[str]) -> None:
        """Show `lines` in a box of the strip's colour."""
        width = self.extent.width
        self.show([fit(((f"  {line}", Role.STRIP),), width, Role.STRIP) for line in lines])
