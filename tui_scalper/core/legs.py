"""How an order is changed, by what it is to a stop that the broker holds.

A position has one exit order, whoever holds it. Held by the engine it becomes whatever is
wanted of it. Held by the broker two things can be asked of it: another trigger, and to leave
at the market now. A `PlaceOrder` with a `guard` and an `ExitStop` are all a broker must know:

| broker | the entry carries | the stop is known by | it is left by |
|---|---|---|---|
| Kite | cover order: the trigger | `parent_order_id` | cancelling it by the parent's number |
| Noren | product H: `blprc`, a distance | `snonum` of the entry, `snoordt` 1 | `/ExitSNOOrder` |

Dhan's super order fits as far as its stop leg can be moved; how it is left at the market is
not established. Of these only Kite has an adapter.
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
    """Whether a limit order trades at `price`; one shown without a price trades at any."""
    return order.terms.price == 0 or (order.terms.price - price) * order.side >= 0


CHANGES: Final[dict[Leg, Callable[[Order, OrderTerms], Change | None]]] = {
    Leg.PLAIN: _plain,
    Leg.GUARDED: _plain,
    Leg.STOP: _held,
}


def change_to(order: Order, wanted: OrderTerms) -> Change | None:
    """What to ask so that a settled `order` becomes what is wanted; None when it is that."""
    return CHANGES[order.leg](order, wanted)
