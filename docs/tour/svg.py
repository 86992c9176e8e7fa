"""A terminal's screen as SVG: a still, or several in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Final, NamedTuple

import pyte

CELL: Final = (8.4, 18.0)
"""Width and height of a cell."""
FONT: Final = 14
GROUND: Final = "0f1419"
INK: Final = "c9d1d9"
NAMED: Final = {
    "black": "000000", "red": "cd3131", "green": "0dbc79", "brown": "e5e510",
    "blue": "2472c8", "magenta": "bc3fbc", "cyan": "11a8cd", "white": "e5e5e5",
}  # fmt: skip
HARD: Final = "\u00a0"
"""A space that no viewer swallows."""
SECONDS: Final = 3.0
"""How long each still of a turn is shown."""


class Look(NamedTuple):
    """Colours of a cell, as six digits, and whether it is bold."""

    ink: str
    ground: str
    bold: bool


Run = tuple[int, str, Look]
"""First column, text and look of neighbours that look alike."""
Still = tuple[tuple[Run, ...], ...]
"""The runs of each line."""


def still(screen: pyte.Screen) -> Still:
    """What the screen shows now."""
    return tuple(tuple(_runs(screen, row)) for row in range(screen.lines))


def _runs(screen: pyte.Screen, row: int) -> Iterator[Run]:
    line = [screen.buffer[row][column] for column in range(screen.columns)]
    for look, cells in groupby(enumerate(line), key=lambda cell: _look(cell[1])):
        members = list(cells)
        yield members[0][0], "".join(char.data for _, char in members), look


def _look(char: pyte.screens.Char) -> Look:
    ink, ground = _colour(char.fg, INK), _colour(char.bg, GROUND)
    return Look(ground, ink, char.bold) if char.reverse else Look(ink, ground, char.bold)


def _colour(name: str, default: str) -> str:
    return default if name == "default" else NAMED.get(name.removeprefix("bright"), name)


def picture(stills: Sequence[Still], columns: int) -> str:
    """An SVG of one still, or of several that take turns."""
    width, height = columns * CELL[0], max(map(len, stills)) * CELL[1] + 8
    shown = "".join(_group(one, at, len(stills)) for at, one in enumerate(stills))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{FONT}">'
        f"<style>{_turns(len(stills))}</style>"
        f'<rect width="100%" height="100%" fill="#{GROUND}"/>{shown}</svg>\n'
    )


def _turns(number: int) -> str:
    if number == 1:
        return ""
    part = 100 / number
    return (
        f".still{{animation:turn {number * SECONDS:g}s step-end infinite}}"
        f"@keyframes turn{{0%{{opacity:1}}{part:.3f}%,100%{{opacity:0}}}}"
    )


def _group(one: Still, at: int, number: int) -> str:
    lines = "".join(_line(runs, row) for row, runs in enumerate(one))
    if number == 1:
        return lines
    hidden = ' opacity="0"' if at else ""
    delay = f"animation-delay:{at * SECONDS:g}s"
    return f'<g class="still" style="{delay}"{hidden}>{lines}</g>'


def _line(runs: Sequence[Run], row: int) -> str:
    top = row * CELL[1] + 4
    return "".join(_run(column, text, look, top) for column, text, look in runs)


def _run(column: int, text: str, look: Look, top: float) -> str:
    left, width = column * CELL[0], len(text) * CELL[0]
    drawn = ""
    if look.ground != GROUND:
        drawn = f'<rect x="{left:.1f}" y="{top:.0f}" width="{width:.1f}" height="{CELL[1]:.0f}" '
        drawn += f'fill="#{look.ground}"/>'
    words = text.strip(" ")
    if not words:
        return drawn
    # Some viewers swallow blanks at the edges, whatever they are made of.
    left += (len(text) - len(text.lstrip(" "))) * CELL[0]
    width = len(words) * CELL[0]
    bold = ' font-weight="bold"' if look.bold else ""
    words = escape(words.replace(" ", HARD))
    return (
        f'{drawn}<text x="{left:.1f}" y="{top + FONT:.0f}" textLength="{width:.1f}" '
        f'lengthAdjust="spacingAndGlyphs" fill="#{look.ink}"{bold}>{words}</text>'
    )
