"""A panel drawn line by line: only the lines whose content changed are sent to the terminal.

A line is a tuple of spans, a span a text and the role it plays. Lines are values: equal
lines draw the same strip, so strips are built once and kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui_scalper.widgets.drawn import Drawn
from tui_scalper.widgets.palette import Palette, Role

Span = tuple[str, Role]
Line = tuple[Span, ...]

EMPTY: Final[Line] = ()
MORE: Final = "…"
"""Stands where words were cut."""
STRIPS_KEPT: Final = 128
"""Strips a panel keeps before it forgets them all."""


def harmless(text: str) -> str:
    """`text` without characters that could move the terminal's cursor or change its state."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " for char in text)


def width_of(line: Line) -> int:
    """Cells a line takes; every glyph of the console is one cell wide."""
    return sum(len(text) for text, _ in line)


def fit(line: Line, width: int, fill: Role) -> Line:
    """`line` cut or padded with `fill` to exactly `width` cells; words that are cut say so."""
    room = width
    kept: list[Span] = []
    for at, (text, role) in enumerate(line):
        if len(text) > room:
            return _cut(kept, ((text, role), *line[at + 1 :]), room)
        _append(kept, text, role)
        room -= len(text)
    if room > 0:
        _append(kept, " " * room, fill)
    return tuple(kept)


def _cut(kept: list[Span], rest: Line, room: int) -> Line:
    """`kept` and the first `room` cells of `rest`, an ellipsis last where more than blanks go."""
    text, role = rest[0]
    lost = text[room:] + "".join(words for words, _ in rest[1:])
    _append(kept, text[:room], role)
    if kept and not lost.isspace():
        last, role = kept[-1]
        kept[-1] = (f"{last[:-1]}{MORE}", role)
    return tuple(kept)


def _append(spans: list[Span], text: str, role: Role) -> None:
    """Add a span, to the last one where the role is the same: fewer spans, fewer bytes."""
    if not text:
        return
    if spans and spans[-1][1] is role:
        spans[-1] = (spans[-1][0] + text, role)
    else:
        spans.append((text, role))


def spread(left: Line, right: Line, width: int, fill: Role) -> Line:
    """`left` and `right` pushed to the two ends of `width` cells; `left` is cut if need be."""
    room = width - width_of(right)
    return (*fit(left, max(room, 0), fill), *right) if room > 0 else fit(left, width, fill)


def _same_letters(text: str, word: str) -> int:
    """Length of the prefix both share."""
    pairs = enumerate(zip(text, word, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(text), len(word)))


def _same_from_left(one: Line, other: Line) -> int:
    """Cells at the left edge that look the same in both lines."""
    same = 0
    for (text, role), (word, part) in zip(one, other, strict=False):
        if text != word or role is not part:
            return same + (_same_letters(text, word) if role is part else 0)
        same += len(text)
    return same


def changed_cells(before: Line, after: Line, width: int) -> tuple[int, int]:
    """First changed cell and the one after the last, for lines of the same `width`."""
    left = _same_from_left(before, after)
    if left >= width:
        return width, width
    mirrored = [tuple((text[::-1], role) for text, role in line[::-1]) for line in (before, after)]
    return left, width - min(_same_from_left(*mirrored), width - left)


class LinePanel(Widget, can_focus=False):
    """Shows the lines it is given, padded with blank ones, and redraws the difference."""

    DEFAULT_CSS = "LinePanel { position: absolute; }"
    GROUND: ClassVar[Role] = Role.TEXT
    """The role whose background lies under every text that has none of its own."""

    def __init__(self, palette: Palette, *, panel_id: str) -> None:
        super().__init__(id=panel_id)
        self._palette = palette
        self._faded = False
        self._styles_by_role = self._grounded(palette)
        self.extent = Size(0, 0)
        self._lines: tuple[Line, ...] = ()
        self._strips: dict[Line, Strip] = {}

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown now."""
        return self._lines

    def recolor(self, palette: Palette) -> None:
        """Draw everything anew in `palette`."""
        self._palette = palette
        self._styles_by_role = self._grounded(palette)
        self._strips.clear()
        self.refresh()

    def fade(self, *, faded: bool) -> None:
        """Draw everything dimmed while what is shown is old, or as it is again."""
        if faded is not self._faded:
            self._faded = faded
            self.recolor(self._palette)

    def _grounded(self, palette: Palette) -> Mapping[Role, Style]:
        """The palette's styles on the ground of this panel, resolved once a theme."""
        ground = Style(bgcolor=palette.ground(self.GROUND))
        if self._faded:
            return dict.fromkeys(palette.styles, ground + palette.styles[Role.DIM])
        return {role: ground + style for role, style in palette.styles.items()}

    def place(self, region: Region | None) -> None:
        """Stand at `region` of the screen, or be hidden.

        The extent is known at once, not only after the next layout: the frame that follows
        draws for the right size.
        """
        if region is None or not region.area:
            self.display = False
            return
        if region.size != self.extent:
            self._strips.clear()
            self.extent = region.size
        self.styles.offset = (region.x, region.y)
        self.styles.width = region.width
        self.styles.height = region.height
        self.display = True

    def show(self, lines: Sequence[Line]) -> None:
        """Show `lines` from the top; only rows that differ from the shown ones are redrawn."""
        width, height = self.extent
        before, after = self._lines, tuple(lines[:height])
        if before == after:
            return
        self._lines = after
        changed = [
            Region(left, y, right - left, 1)
            for y, (old, new) in enumerate(zip_longest(before, after, fillvalue=EMPTY))
            if old is not new and old != new
            for left, right in (self._changed(old, new, width),)
            if right > left
        ]
        if changed:
            self.refresh(*changed)

    def _changed(self, old: Line, new: Line, width: int) -> tuple[int, int]:
        ground = self.GROUND
        return changed_cells(fit(old, width, ground), fit(new, width, ground), width)

    def render_line(self, y: int) -> Strip:
        """The strip of row `y`."""
        line = self._lines[y] if y < len(self._lines) else EMPTY
        strip = self._strips.get(line)
        if strip is None:
            if len(self._strips) >= STRIPS_KEPT:
                self._strips.clear()
            styles = self._styles_by_role
            whole = fit(line, self.extent.width, self.GROUND)
            strip = Strip([Segment(harmless(text), styles[role]) for text, role in whole])
            self._strips[line] = strip
        return strip

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips of a region of the panel."""
        return [Drawn(strip, strip.cell_length) for strip in super().render_lines(crop)]
