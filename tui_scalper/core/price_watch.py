"""Prices a position waits for: what they mean when they come, and what wakes the engine."""

from __future__ import annotations

from tui_scalper.core import columns as c
from tui_scalper.core.config import ProtectionRules
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.market import MarketTable
from tui_scalper.core.positions import Position, Row
from tui_scalper.core.units import FOREVER, Side


def judge_price(
    position: Position, cells: Row, rules: ProtectionRules, now_ns: int
) -> GoalInput | None:
    """What the present book means to the goal of `position`, None when nothing.

    A stop the market jumped over gets `jump_ns` to fill; a trailing stop makes its steps.
    """
    if position.goal is Goal.PROTECT and position.stop_is_jumped(cells):
        position.deadline_ns = min(position.deadline_ns, now_ns + rules.jump_ns)
        return None
    if position.goal is Goal.TAKE and position.stop_is_passed(cells, rules):
        return GoalInput.STOP_PASSED
    if position.manual:
        return None
    target = position.target(rules)
    best = int(cells[c.BID_PRICE if position.side is Side.BUY else c.ASK_PRICE])
    if best > 0 and (best - target) * position.side >= 0:
        return GoalInput.TARGET_LEFT if position.broker_holds else GoalInput.TARGET_TOUCHED
    position.steps = max(position.steps_at(best, rules), position.steps)
    return None


def judge_deadline(position: Position, cells: Row, rules: ProtectionRules) -> GoalInput | None:
    """What it means that the deadline of the goal of `position` passed, None when nothing."""
    if position.goal is Goal.PROTECT and position.stop_is_jumped(cells):
        return GoalInput.STOP_JUMPED
    if position.goal is Goal.TAKE:
        passed = position.stop_is_passed(cells, rules)
        return GoalInput.STOP_PASSED if passed else GoalInput.TAKE_EXPIRED
    return None


def watch(position: Position, table: MarketTable, rules: ProtectionRules) -> None:
    """Set the prices at which the market table wakes the engine for this position."""
    table.clear_wake(position.row)
    cells = table.cells[position.row]
    live = position.live_exit
    if position.held <= 0 or position.goal is Goal.EXIT or live is None:
        return
    taking = position.goal is Goal.TAKE
    against = position.stop(rules) if taking else position.jump_price(live)
    towards = [FOREVER if position.side is Side.BUY else -1]
    if not position.manual:
        towards = [position.target(rules)]
    if rules.trail_bp and not position.manual:
        towards.append(position.next_step(rules))
    if position.side is Side.BUY:
        cells[c.WAKE_BID_HIGH] = FOREVER if taking else min(towards)
        cells[c.WAKE_LTP_LOW] = against
    else:
        cells[c.WAKE_ASK_LOW] = -1 if taking else max(towards)
        cells[c.WAKE_LTP_HIGH] = against
