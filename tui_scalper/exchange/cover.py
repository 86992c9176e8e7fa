"""Cover orders: the stop the broker holds for an entry, its second leg.

A cover order is a LIMIT or MARKET entry with a trigger price. With its first fill the broker
places the second leg, a stop for what is filled, and lets it grow with every further fill.
Of a second leg a client may move the trigger, or exit it: it becomes a market order with the
broker's own protection, which is a limit order at the exchange. (Kite Connect 3, "Orders" and
staff answers on exiting cover orders.) The broker prices the leg: its limit lies as far beyond
the trigger as a market order may reach. A leg that was rejected or cancelled is not replaced.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tui_scalper.core.units import BP, Side, ceil_to_tick, floor_to_tick
from tui_scalper.exchange.orders import (
    AUTO_PROTECTION,
    LIVE,
    Change,
    NewOrder,
    Order,
    OrderRefused,
    OrderType,
    Refusal,
    Status,
    Variety,
)
from tui_scalper.exchange.rules import Desk, covers, slab_bp

EXIT: Change = Change(type=OrderType.MARKET, protection_bp=AUTO_PROTECTION)
"""What the exit of a second leg does to it."""
FAILED = frozenset({Status.REJECTED, Status.CANCELLED})


def unguarded(parent: Order, legs: Sequence[Order]) -> int:
    """Shares of `parent` that no leg covers, or 0 where the broker gave up on covering them."""
    if not covers(parent.asked) or any(leg.status in FAILED for leg in legs):
        return 0
    return parent.filled - sum(leg.asked.quantity for leg in legs)


def live_leg(legs: Sequence[Order]) -> Order | None:
    """The leg that works at the exchange, None without one."""
    return next((leg for leg in legs if leg.status in LIVE), None)


def second_leg(parent: Order, quantity: int, desk: Desk) -> NewOrder:
    """The stop for `quantity` filled shares of `parent`; it bears the tag of its parent."""
    asked = parent.asked
    side = asked.side.opposite
    return msgspec.structs.replace(
        asked,
        side=side,
        quantity=quantity,
        type=OrderType.STOP_LIMIT,
        price=leg_limit(asked.trigger, side, desk),
        disclosed=0,
        variety=Variety.REGULAR.value,
    )


def leg_limit(trigger: int, side: Side, desk: Desk) -> int:
    """Limit price of a leg on `side` with `trigger`, inside the circuit limits."""
    reach, tick = trigger * slab_bp(trigger) // BP, desk.stock.tick
    if side is Side.BUY:
        return min(desk.high, max(trigger, floor_to_tick(trigger + reach, tick)))
    return max(desk.low, tick, min(trigger, ceil_to_tick(trigger - reach, tick)))


def moved_leg(leg: Order, change: Change, desk: Desk) -> Change:
    """The change a client may make of a second leg. Raises OrderRefused for any other."""
    kept = (
        (change.type, leg.asked.type),
        (change.quantity, leg.asked.quantity),
        (change.price, leg.asked.price),
    )
    if any(given is not None and given != stands for given, stands in kept):
        raise OrderRefused(
            Refusal.INPUT, "Only the trigger price of the second leg of a cover order can change."
        )
    if leg.triggered or leg.asked.type is not OrderType.STOP_LIMIT or change.trigger is None:
        raise OrderRefused(Refusal.ORDER, "The second leg has no trigger to change; exit it.")
    price = leg_limit(change.trigger, leg.asked.side, desk)
    return Change(trigger=change.trigger, price=price)
