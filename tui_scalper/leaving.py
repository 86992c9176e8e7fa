"""What quitting would leave behind, and what each answer to the question leads to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui_scalper.core.snapshot import Mode, OrderRow, PositionRow, Snapshot
from tui_scalper.gaze import is_open, is_working
from tui_scalper.widgets import text

MOST: Final = 5
"""Lines of positions, and of orders; the rest is counted."""
OUTCOMES: Final = (
    "",
    "Enter, Esc   stay",
    "F            flatten everything and stay; quit again once it is flat",
    "Y            quit: {left}",
)
LEFT_AT_BROKER: Final = "stops stay at the broker; no target, trail or square-off"
LEFT_HERE: Final = "the simulated account waits for the next start"
LEFT_NOWHERE: Final = "the replay ends; the next one begins without it"
LEFT: Final = {Mode.SIM: LEFT_HERE, Mode.PAPER: LEFT_HERE, Mode.REPLAY: LEFT_NOWHERE}
"""What becomes of it, where nothing of ours is at a broker."""


def leaving_lines(now: Snapshot) -> list[str]:
    """The lines of the box that stands over the ladders while quitting is asked about."""
    positions = [_position(one) for one in now.positions if is_open(one)]
    orders = [_order(one) for one in now.orders if is_working(one)]
    left = LEFT.get(now.mode, LEFT_AT_BROKER)
    outcomes = [line.format(left=left) for line in OUTCOMES]
    return ["", "OPEN NOW", *_some(positions), *_some(orders), *outcomes, ""]


def _some(lines: Sequence[str]) -> list[str]:
    more = len(lines) - MOST
    return [*lines[:MOST], *([f"... and {more} more"] if more > 0 else [])]


def _position(one: PositionRow) -> str:
    held = f"{text.SIDE_TEXT[one.side]} {one.quantity} {one.symbol}"
    return (
        f"position  {held:<24} {one.protection.value}, stop {text.price(one.stop)}, "
        f"P&L {text.signed(one.pnl)}"
    )


def _order(one: OrderRow) -> str:
    asked = f"{text.SIDE_TEXT[one.side]} {one.quantity - one.filled} {one.symbol}"
    return (
        f"order     {asked:<24} {one.purpose}, {one.kind} at {text.price(one.price)}, {one.state}"
    )
