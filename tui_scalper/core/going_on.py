"""What a position wants after a restart: what it wanted before, as its exit order says."""

from __future__ import annotations

from tui_scalper.core.blotter import Order
from tui_scalper.core.config import ProtectionRules
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import OrderKind
from tui_scalper.core.positions import Position


def go_on(position: Position, rules: ProtectionRules, now_ns: int) -> None:
    """What `position` wanted when the last run ended it wants still, as its exit order says."""
    position.end_entry()
    newest = position.exit
    if newest is None:
        return
    if position.goal is Goal.PROTECT and newest.wanted.kind is OrderKind.LIMIT:
        taking = newest.live and newest.wanted.price == position.target(rules)
        position.goal = Goal.TAKE if taking else Goal.EXIT
        position.reason = GoalInput.TARGET_TOUCHED.value if taking else "exit before a restart"
    if position.goal is Goal.TAKE:
        position.deadline_ns = newest.asked_ns + rules.take_ns
    elif position.goal is Goal.EXIT:
        position.deadline_ns = now_ns  # its price is as old as the last run
    _keep_moved_stop(position, rules)
    if any(_refused_for_its_price(order) for order in position.exits):
        position.stay_at_best()


def _keep_moved_stop(position: Position, rules: ProtectionRules) -> None:
    """A stop that was trailed or moved to the entry never goes back."""
    live, stop = position.live_exit, position.stop(rules)
    if live is None or live.wanted.kind is not OrderKind.STOP_LIMIT or stop == 0:
        return
    if (live.wanted.trigger - stop) * position.side > 0:
        position.break_even = live.wanted.trigger


def _refused_for_its_price(order: Order) -> bool:
    return order.state is OrderState.REJECTED and order.wanted.kind is OrderKind.LIMIT
