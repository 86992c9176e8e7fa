"""Whether the tick of a stock leaves prices for all that an entry leads to."""

from __future__ import annotations

from tui_scalper.core.config import ProtectionRules
from tui_scalper.core.prices import stop_limit, stop_trigger, target_price
from tui_scalper.core.units import BP, Side


def has_room(entry: int, side: Side, rules: ProtectionRules, tick: int) -> bool:
    """Whether stop, limit of the stop and target of an entry at `entry` have prices of their own.

    And whether the tick is fine enough for the stop: where one tick is more than it may risk,
    no stop risks as little as the settings say.
    """
    trigger = stop_trigger(entry, 1, side, rules.stop_bp, tick)
    limit = stop_limit(trigger, side, rules.stop_gap_bp, tick)
    target = target_price(entry, 1, side, rules.target_bp, tick)
    in_order = min((entry - trigger) * side, (trigger - limit) * side, (target - entry) * side) > 0
    return in_order and tick * BP <= rules.stop_bp * entry
