"""Where every panel stands for a terminal of a given size.

Four bands: too small (under 80x24), narrow (one ladder, signals beside it), medium (three
ladders, lists on the left, risk and session on the right; the reference is 120x36) and wide
(four ladders and more, and a chart). From the top: banner, action strip, ladders, lists,
footer; a zoomed panel takes all between the strip and the positions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from textual.geometry import Region

from tui_scalper.widgets.ladder import LADDER_LINES
from tui_scalper.widgets.strip import STRIP_LINES

LEAST_WIDTH: Final = 80
LEAST_HEIGHT: Final = 24
MEDIUM: Final = (120, 32)
WIDE: Final = (160, 45)
LADDER_WIDTH: Final = 40
"""Cells a ladder likes; the wall of ladders makes do with fewer."""
WALL_WIDTH: Final = 36
MOST_LADDERS: Final = 12
MOST_IN_ROW: Final = 6
LIST_WIDTH: Final = 80
"""Cells the lists are made for."""
POSITION_LINES: Final = 8
"""Three positions, three orders and two headers."""
KEPT_LINES: Final = 5
"""Lines the positions keep while something else is zoomed."""
RISK_LINES: Final = 8
DAY_LINES: Final = 4
CHART_LINES: Final = 8
LOG_LINES: Final = 3
UNSEEN_LINES: Final = 12
"""Stocks of the ranked list that the cursor walks while something else has its place."""


class Panel(StrEnum):
    """The panels by name; the value is the widget id."""

    BANNER = "banner"
    STRIP = "strip"
    LADDERS = "ladders"
    POSITIONS = "positions"
    SIGNALS = "signals"
    EXPLAIN = "explain"
    RISK = "risk"
    SESSION = "session"
    CHART = "chart"
    LOG = "log"
    DAY = "day"
    FOOTER = "footer"
    HELP = "help"


LISTS: Final = (Panel.SIGNALS, Panel.POSITIONS, Panel.LOG)
"""Panels the cursor can walk, in the order of Tab."""


@dataclass(frozen=True)
class Wanted:
    """What the operator asked to see: a zoomed panel, the reasons of the selected stock."""

    zoom: Panel | None = None
    explain: bool = False


@dataclass(frozen=True)
class Layout:
    """Regions of the panels shown (others are hidden) and of the ladders, left to right."""

    too_small: bool
    panels: Mapping[Panel, Region]
    ladders: tuple[Region, ...]

    @property
    def watched(self) -> int:
        """Books the engine shows: the selected stock's always, for a chart lives on its prices."""
        return max(len(self.ladders), 1)

    @property
    def signal_lines(self) -> int:
        """Stocks of the ranked list the cursor walks: those shown, or the best."""
        region = self.panels.get(Panel.SIGNALS)
        unseen = 0 if self.too_small else UNSEEN_LINES
        return max(region.height - 1, 0) if region else unseen


def arrange(width: int, height: int, wanted: Wanted) -> Layout:
    """The layout of a terminal of `width` x `height` cells."""
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return _too_small(width, height)
    medium = width >= MEDIUM[0] and height >= MEDIUM[1]
    banner = 2 if medium else 1
    top = banner + STRIP_LINES
    frame = {
        Panel.BANNER: Region(0, 0, width, banner),
        Panel.STRIP: Region(0, banner, width, STRIP_LINES),
        Panel.FOOTER: Region(0, height - 1, width, 1),
        Panel.HELP: Region(0, top, width, height - top - 1),
    }
    body = Region(0, top, width, height - top - 1)
    if wanted.zoom is not None:
        return _zoomed(frame, body, wanted.zoom)
    if not medium:
        return _narrow(frame, body, explain=wanted.explain)
    wide = width >= WIDE[0] and height >= WIDE[1]
    ladders = _row_of_ladders(body, min(width // LADDER_WIDTH, MOST_IN_ROW) if wide else 3)
    lists = Region(0, top + LADDER_LINES, width, body.height - LADDER_LINES)
    panels = _wide(lists) if wide else _medium(lists)
    if wanted.explain:
        panels = _explained(panels)
    return Layout(False, {**frame, **panels}, ladders)


def _row_of_ladders(body: Region, count: int) -> tuple[Region, ...]:
    each = body.width // count
    return tuple(Region(at * each, body.y, each, LADDER_LINES) for at in range(count))


def _narrow(frame: Mapping[Panel, Region], body: Region, *, explain: bool) -> Layout:
    x, y, width, height = body
    ladder = Region(x, y, min(max(width * 45 // 100, WALL_WIDTH), 44), LADDER_LINES)
    lists_y, free = y + LADDER_LINES, height - LADDER_LINES
    positions = 4 if free < 10 else free // 2
    beside = Panel.EXPLAIN if explain else Panel.SIGNALS
    return Layout(
        False,
        {
            **frame,
            beside: Region(ladder.right, y, width - ladder.width, LADDER_LINES),
            Panel.POSITIONS: Region(x, lists_y, width, positions),
            Panel.LOG: Region(x, lists_y + positions, width, free - positions),
        },
        (ladder,),
    )


def _medium(lists: Region) -> dict[Panel, Region]:
    """Positions and signals left, risk and session right, the log below."""
    x, y, width, height = lists
    left = max(width * 2 // 3, LIST_WIDTH)
    log = max(LOG_LINES, height // 6)
    room = height - log
    positions = max(min(POSITION_LINES, room // 2 + 1) + (room - 15) // 3, 4)
    risk = min(RISK_LINES, room // 2 + 1) + max(room - 15, 0) // 2
    return {
        Panel.POSITIONS: Region(x, y, left - 1, positions),
        Panel.SIGNALS: Region(x, y + positions, left - 1, room - positions),
        Panel.RISK: Region(left, y, width - left, risk),
        Panel.SESSION: Region(left, y + risk, width - left, room - risk),
        Panel.LOG: Region(x, y + room, width, log),
    }


def _wide(lists: Region) -> dict[Panel, Region]:
    """Positions and signals left; risk beside session, chart, day and log right."""
    x, y, width, height = lists
    left, spare = width // 2, max(height - 27, 0)
    positions = POSITION_LINES + 1 + spare // 4
    half = (width - left) // 2
    risk = RISK_LINES + 2
    chart = CHART_LINES + spare // 2
    chart_y = y + risk
    day_y = chart_y + chart
    log_y = day_y + DAY_LINES
    return {
        Panel.POSITIONS: Region(x, y, left - 1, positions),
        Panel.SIGNALS: Region(x, y + positions, left - 1, height - positions),
        Panel.RISK: Region(left, y, half - 1, risk),
        Panel.SESSION: Region(left + half, y, width - left - half, risk),
        Panel.CHART: Region(left, chart_y, width - left, chart),
        Panel.DAY: Region(left, day_y, width - left, DAY_LINES),
        Panel.LOG: Region(left, log_y, width - left, y + height - log_y),
    }


COVERED: Final = ((Panel.CHART, Panel.DAY), (Panel.RISK, Panel.SESSION))
"""Which neighbours give their room to the reasons of a stock, the first pair that is shown."""


def _explained(panels: dict[Panel, Region]) -> dict[Panel, Region]:
    upper, lower = next(pair for pair in COVERED if pair[0] in panels)
    room = panels.pop(upper)
    below = panels.pop(lower)
    return {
        **panels,
        Panel.EXPLAIN: Region(room.x, room.y, room.width, below.bottom - room.y),
    }


def _zoomed(frame: Mapping[Panel, Region], body: Region, zoom: Panel) -> Layout:
    """`zoom` over the whole body; below it the positions keep a few lines."""
    kept = Region(body.x, body.bottom - KEPT_LINES, body.width, KEPT_LINES)
    room = Region(body.x, body.y, body.width, body.height - KEPT_LINES)
    if zoom is Panel.POSITIONS:
        return Layout(False, {**frame, zoom: body}, ())
    if zoom is Panel.LADDERS:
        wall = _wall(room)
        floor = wall[-1].bottom
        below = Region(body.x, floor, body.width, body.bottom - floor)
        return Layout(False, {**frame, Panel.POSITIONS: below}, wall)
    if zoom in (Panel.RISK, Panel.SESSION):
        return Layout(False, {**frame, Panel.POSITIONS: kept, **_risk_page(room)}, ())
    return Layout(False, {**frame, Panel.POSITIONS: kept, zoom: room}, ())


def _wall(room: Region) -> tuple[Region, ...]:
    """As many ladders as fit, row by row."""
    across = min(max(room.width // WALL_WIDTH, 1), MOST_IN_ROW)
    down = max(room.height // LADDER_LINES, 1)
    each = room.width // across
    places = [(column, line) for line in range(down) for column in range(across)]
    return tuple(
        Region(room.x + column * each, room.y + line * LADDER_LINES, each, LADDER_LINES)
        for column, line in places[:MOST_LADDERS]
    )


def _risk_page(room: Region) -> dict[Panel, Region]:
    """Every meter left; the session, and below it the counts of the day, right."""
    x, y, width, height = room
    half = width // 2
    session = height - DAY_LINES
    return {
        Panel.RISK: Region(x, y, half - 1, height),
        Panel.SESSION: Region(x + half, y, width - half, session),
        Panel.DAY: Region(x + half, y + session, width - half, DAY_LINES),
    }


def _too_small(width: int, height: int) -> Layout:
    """Banner, what is asked, what is at stake, and the keys that reduce it."""
    heights = {
        Panel.BANNER: min(2, height),
        Panel.STRIP: STRIP_LINES if height >= 8 else min(1, max(height - 2, 0)),
        Panel.FOOTER: 1 if height > 4 else 0,
    }
    lists_y = heights[Panel.BANNER] + heights[Panel.STRIP]
    free = max(height - lists_y - heights[Panel.FOOTER], 0)
    return Layout(
        True,
        {
            Panel.BANNER: Region(0, 0, width, heights[Panel.BANNER]),
            Panel.STRIP: Region(0, heights[Panel.BANNER], width, heights[Panel.STRIP]),
            Panel.POSITIONS: Region(0, lists_y, width, free),
            Panel.FOOTER: Region(0, lists_y + free, width, heights[Panel.FOOTER]),
        },
        (),
    )
