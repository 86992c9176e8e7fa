"""Where every panel stands for a terminal of a given size.

Four bands: too small (under 80x24), narrow (one ladder, signals beside it), medium
(three ladders; the reference is 120x36) and wide (four ladders, lists side by side).
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
DAY_LINES: Final = 4
MOST_LADDERS: Final = 4


class Panel(StrEnum):
    """The panels by name; the value is the widget id."""

    BANNER = "banner"
    SIGNALS = "signals"
    POSITIONS = "positions"
    STRIP = "strip"
    LOG = "log"
    DAY = "day"
    FOOTER = "footer"
    HELP = "help"


LISTS: Final = (Panel.SIGNALS, Panel.POSITIONS, Panel.LOG)
"""Panels the cursor can walk, in the order of Tab."""


@dataclass(frozen=True)
class Layout:
    """Regions of the panels shown (others are hidden) and of the ladders, left to right."""

    too_small: bool
    panels: Mapping[Panel, Region]
    ladders: tuple[Region, ...]

    @property
    def signal_lines(self) -> int:
        """Stocks the signals panel can show."""
        region = self.panels.get(Panel.SIGNALS)
        return max(region.height - 1, 0) if region else 0


def arrange(width: int, height: int, zoom: Panel | None) -> Layout:
    """The layout of a terminal of `width` x `height` cells; `zoom` takes all the lists' room."""
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return _too_small(width, height)
    narrow = width < 120 or height < 32
    banner = 1 if narrow else 2
    ladders = _ladders(width, banner, narrow=narrow)
    strip_y = banner + LADDER_LINES
    lists_y = strip_y + STRIP_LINES
    free = Region(0, lists_y, width, height - lists_y - 1)
    panels = {
        Panel.BANNER: Region(0, 0, width, banner),
        Panel.STRIP: Region(0, strip_y, width, STRIP_LINES),
        Panel.FOOTER: Region(0, height - 1, width, 1),
        Panel.HELP: Region(0, banner, width, height - banner - 1),
    }
    beside = Region(ladders[-1].right, banner, width - ladders[-1].right, LADDER_LINES)
    panels |= _lists(free, beside if narrow else None, zoom)
    return Layout(False, panels, ladders)


def _ladders(width: int, top: int, *, narrow: bool) -> tuple[Region, ...]:
    count = 1 if narrow else 3 if width < 160 else MOST_LADDERS
    each = min(max(width * 45 // 100, 36), 44) if narrow else width // count
    return tuple(Region(at * each, top, each, LADDER_LINES) for at in range(count))


def _lists(free: Region, beside: Region | None, zoom: Panel | None) -> dict[Panel, Region]:
    """Regions of signals, positions and log."""
    if zoom is not None:
        kept = {Panel.SIGNALS: beside} if beside and zoom is not Panel.SIGNALS else {}
        return {**kept, zoom: free}
    x, y, width, height = free
    if beside is not None:
        positions = 4 if height < 10 else height // 2
        return {
            Panel.SIGNALS: beside,
            Panel.POSITIONS: Region(x, y, width, positions),
            Panel.LOG: Region(x, y + positions, width, height - positions),
        }
    if width < 160:
        signals, positions = height * 8 // 18, height * 5 // 18
        return {
            Panel.SIGNALS: Region(x, y, width, signals),
            Panel.POSITIONS: Region(x, y + signals, width, positions),
            Panel.LOG: Region(x, y + signals + positions, width, height - signals - positions),
        }
    left = width // 2
    positions = height * 2 // 5
    day_y = y + positions
    log_y = day_y + DAY_LINES
    return {
        Panel.SIGNALS: Region(x, y, left - 1, height),
        Panel.POSITIONS: Region(left, y, width - left, positions),
        Panel.DAY: Region(left, day_y, width - left, DAY_LINES),
        Panel.LOG: Region(left, log_y, width - left, y + height - log_y),
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
