"""What the terminal shows, cell by cell, so that only cells that look different are sent.

Textual sends every line of a panel from its left edge to its last change, blanks and all. The
shadow is right as long as nobody else writes to the terminal; whatever it does not understand
makes it forget, and what is forgotten is sent.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rich.cells import cell_len

from tui_scalper.styles import PLAIN, Style, blank, change, layered

TOKEN: Final = re.compile(
    r"\x1b\[(?P<row>\d+);(?P<column>\d+)H"
    r"|\x1b\[(?P<codes>[0-9;]*)m"
    r"|(?P<lines>\n+)"
    r"|(?P<harmless>\x1b\[\?(?:2026|25)[hl]|\x1b\[6n|\x1b\[2[23];2t|\x1b\]2;[^\x07\x1b]*\x07|\x07)"
    r"|(?P<other>\x1b(?:\[[0-9;?<>=!\"' ]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)|[\x00-\x1f])"
)
JUMP: Final = 4
"""Letters of the shortest jump: fewer cells that did not change are sent again instead."""
WIDEST: Final = 1_000
"""Cells of a line that are remembered; no terminal is so wide."""
UNKNOWN: Final = ("", PLAIN)
Cell = tuple[str, Style]


@lru_cache(maxsize=4_096)
def cell_of(letter: str, style: Style) -> Cell:
    """One cell, the same object wherever it looks the same; a blank has no ink."""
    return (letter, blank(style) if letter == " " else style)


@lru_cache(maxsize=2_048)
def cells_of(text: str, style: Style) -> tuple[Cell, ...]:
    """What `text` looks like in each of its cells."""
    return tuple(cell_of(letter, style) for letter in text)


class Shadow:
    """The cells of one terminal."""

    def __init__(self) -> None:
        self._lines: dict[int, list[Cell]] = {}
        self._out: list[str] = []
        self._row, self._column = 0, 0
        """Where the next letter is meant to go; row 0: nobody knows."""
        self._at = (0, 0)
        """Where the terminal's cursor is."""
        self._style = PLAIN
        """What the terminal draws in now."""
        self._wanted = PLAIN

    def forget(self) -> None:
        """The terminal may show anything."""
        self._lines.clear()

    def sent(self, data: str) -> str:
        """What to send for `data`, after which the terminal looks as after `data` itself.

        The terminal is in its plain style before and after it.
        """
        self._out, self._style, self._wanted = [], PLAIN, PLAIN
        end, waiting = 0, ""
        for found in TOKEN.finditer(data):
            if found.start() > end:
                self._text(data[end : found.start()], waiting)
                waiting = ""
            end = found.end()
            kind = found.lastgroup
            if kind == "column":
                # A new line before a move is a move that goes nowhere.
                self._row, self._column = int(found["row"]), int(found["column"]) - 1
                waiting = ""
            elif kind == "codes":
                self._wanted = layered(self._wanted, found["codes"])
            elif kind == "lines":
                waiting += found["lines"]
            elif kind == "harmless":
                self._out.append(found["harmless"])
            else:
                self._pass(waiting + found["other"])
                waiting = ""
        if end < len(data) or waiting:
            self._text(data[end:], waiting)
        self._go_to_plain()
        return "".join(self._out)

    # -- the parts of it -----------------------------------------------------------------------

    def _text(self, text: str, lines: str) -> None:
        if not self._row or lines or cell_len(text) != len(text):
            self._pass(lines + text)
            return
        new = cells_of(text, self._wanted)
        column, end = self._column, min(self._column + len(text), WIDEST)
        line = self._lines.setdefault(self._row, [UNKNOWN] * WIDEST)
        if line[column:end] != list(new):
            self._differences(text, new, line[column:end])
            line[column:end] = new
        self._column += len(text)

    def _differences(self, text: str, new: tuple[Cell, ...], old: list[Cell]) -> None:
        changed = [at for at, cell in enumerate(old) if cell != new[at]]
        first = last = changed[0]
        for at in changed[1:]:
            if at - last > JUMP:
                self._draw(first, text[first : last + 1])
                first = at
            last = at
        self._draw(first, text[first : last + 1])

    def _draw(self, offset: int, text: str) -> None:
        """Send `text`, which begins `offset` cells from where letters are meant to go."""
        row, column = self._row, self._column + offset
        self._move(row, column)
        invisible = not text.strip(" ") and blank(self._style) == blank(self._wanted)
        if not invisible and self._style != self._wanted:
            self._out.append(change(self._style, self._wanted))
            self._style = self._wanted
        self._out.append(text)
        self._at = (row, column + len(text))

    def _move(self, row: int, column: int) -> None:
        if (row, column) == self._at:
            return
        ahead = column - self._at[1]
        if row == self._at[0] and ahead > 0:
            self._out.append(f"\x1b[{ahead}C")
        else:
            self._out.append(f"\x1b[{row};{column + 1}H")

    def _pass(self, data: str) -> None:
        """Send what is not understood as it is, at the place and in the style it was meant for."""
        if self._row:
            self._move(self._row, self._column)
        self._out.append(change(self._style, self._wanted))
        self._style = self._wanted
        self._out.append(data)
        self._at, self._row = (0, 0), 0
        self.forget()

    def _go_to_plain(self) -> None:
        if self._style != PLAIN:
            self._out.append(change(self._style, PLAIN))
            self._style = PLAIN
