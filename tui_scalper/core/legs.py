"""How an order is changed, by what it is to a stop that the broker holds.

A position has one exit order, whoever holds it. Held by the engine it becomes whatever is
wanted of it. Held by the broker (Kite's cover order, Noren's product H, a stop leg of Dhan's
super order) two things can be asked: another trigger, and to leave at the market now.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui_scalper.core.blotter import Order, same_terms
from tui_scalper.core.effects import ExitStop, ModifyOrder
from tui_scalper.core.orders import Leg, OrderKind, OrderTerms

Change = ModifyOrder | ExitStop


def _plain(order: Order, wanted: OrderTerms) -> Change | None:
    if same_terms(order.terms, wanted):
        return None
    return ModifyOrder(order_id=order.order_id, terms=wanted, leg=order.leg)


def _held(order: Order, wanted: OrderTerms) -> Change | None:
    """A stop of the broker's; one that is at the market already is only asked to go on."""
    at_market = order.terms.kind is OrderKind.LIMIT
    if wanted.kind is OrderKind.LIMIT:
        if at_market and reaches(order, wanted.price):
            return None
        return ExitStop(order_id=order.order_id, parent_id=order.parent_id, terms=wanted)
    if at_market or same_terms(order.terms, wanted, order.leg):
        return None
    return ModifyOrder(
        order_id=order.order_id, terms=wanted, leg=order.leg, parent_id=order.parent_id
    )


def reaches(order: Order, price: int) -> bool:
    """Whether a limit order trades at `price`."""
    return (order.terms.price - price) * order.side >= 0


CHANGES: Final[dict[Leg, Callable[[Order, OrderTerms], Change | None]]] = {
    Leg.PLAIN: _plain,
    Leg.GUARDED: _plain,
    Leg.STOP: _held,
}


def change_to(order: Order, wanted: OrderTerms) -> Change | None:
    """What to ask so that a settled `order` becomes what is wanted; None when it is that."""
    return CHANGES[order.leg](order, wanted)
