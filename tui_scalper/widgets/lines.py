"""A panel drawn line by line: only the lines whose content changed are sent to the terminal.

A line is a tuple of spans, a span a text and the role it plays. Lines are values: equal
lines draw the same strip, so strips are built once and kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui_scalper.widgets.palette import Palette, Role

Span = tuple[str, Role]
Line = tuple[Span, ...]

EMPTY: Final[Line] = ()
STRIPS_KEPT: Final = 2048
"""Strips a panel keeps before it forgets them all."""


def width_of(line: Line) -> int:
    """Cells a line takes; every glyph of the console is one cell wide."""
    return sum(len(text) for text, _ in line)


def fit(line: Line, width: int, fill: Role) -> Line:
    """`line` cut or padded with `fill` to exactly `width` cells."""
    room = width
    kept: list[Span] = []
    for text, role in line:
        if room <= 0:
            break
        kept.append((text[:room], role))
        room -= len(text)
    if room > 0:
        kept.append((" " * room, fill))
    return tuple(kept)


def spread(left: Line, right: Line, width: int, fill: Role) -> Line:
    """`left` and `right` pushed to the two ends of `width` cells; `left` is cut if need be."""
    room = width - width_of(right)
    return (*fit(left, max(room, 0), fill), *right) if room > 0 else fit(left, width, fill)


class LinePanel(Widget, can_focus=False):
    """Shows the lines it is given, padded with blank ones, and redraws the difference."""

    DEFAULT_CSS = "LinePanel { position: absolute; }"
    GROUND: ClassVar[Role] = Role.TEXT
    """The role whose background lies under every text that has none of its own."""

    def __init__(self, palette: Palette, *, panel_id: str) -> None:
        super().__init__(id=panel_id)
        self._styles_by_role = self._grounded(palette)
        self._lines: tuple[Line, ...] = ()
        self._strips: dict[Line, Strip] = {}

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown now."""
        return self._lines

    def recolor(self, palette: Palette) -> None:
        """Draw everything anew in `palette`."""
        self._styles_by_role = self._grounded(palette)
        self._strips.clear()
        self.refresh()

    def _grounded(self, palette: Palette) -> Mapping[Role, Style]:
        """The palette's styles on the ground of this panel, resolved once a theme."""
        ground = Style(bgcolor=palette.ground(self.GROUND))
        return {role: ground + style for role, style in palette.styles.items()}

    def on_resize(self) -> None:
        """Strips are as wide as the panel: another width needs new ones."""
        self._strips.clear()

    def show(self, lines: Sequence[Line]) -> None:
        """Show `lines` from the top; only rows that differ from the shown ones are redrawn."""
        width, height = self.size
        before, after = self._lines, tuple(lines[:height])
        if before == after:
            return
        self._lines = after
        rows = max(len(before), len(after))
        changed = [
            Region(0, y, width, 1)
            for y in range(rows)
            if (before[y] if y < len(before) else EMPTY) != (after[y] if y < len(after) else EMPTY)
        ]
        if changed and width:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        """The strip of row `y`."""
        line = self._lines[y] if y < len(self._lines) else EMPTY
        strip = self._strips.get(line)
        if strip is None:
            if len(self._strips) >= STRIPS_KEPT:
                self._strips.clear()
            styles = self._styles_by_role
            whole = fit(line, self.size.width, self.GROUND)
            strip = Strip([Segment(text, styles[role]) for text, role in whole])
            self._strips[line] = strip
        return strip
