"""Orders as the form fields of Kite's order requests."""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from urllib.parse import quote

from tui_scalper.core.effects import ExitStop, ModifyOrder, PlaceOrder
from tui_scalper.core.orders import Leg, OrderKind, OrderTerms
from tui_scalper.core.units import Side, rupees

VARIETY: Final = {Leg.PLAIN: "regular", Leg.GUARDED: "co", Leg.STOP: "co"}
"""Kite's cover order is the entry that carries its stop, and that stop."""

_DIRECTION: Final = {Side.BUY: "BUY", Side.SELL: "SELL"}


class Product(StrEnum):
    """Kite's margin products."""

    INTRADAY = "MIS"
    DELIVERY = "CNC"
    COVER = "CO"
    """Never asked for: what books show of a cover order, which is sent as MIS."""


BOOKED: Final = {
    Product.INTRADAY: frozenset({Product.INTRADAY.value, Product.COVER.value}),
    Product.DELIVERY: frozenset({Product.DELIVERY.value}),
}
"""What the books may call the product of orders and shares that were sent as one."""


def orders_path(leg: Leg) -> str:
    """Path of the orders of a variety."""
    return f"/orders/{VARIETY[leg]}"


def order_path(order_id: str, leg: Leg) -> str:
    """Path of one live order."""
    return f"{orders_path(leg)}/{quote(order_id, safe='')}"


def exit_path(stop: ExitStop) -> str:
    """Path of the exit of a cover order: its second leg, taken back by the number of the first.

    Without that number Kite takes the leg back like any order, and leaves the shares.
    """
    parent = quote(stop.parent_id, safe="")
    return f"{order_path(stop.order_id, Leg.STOP)}?parent_order_id={parent}"


def change_form(change: ModifyOrder) -> dict[str, str]:
    """Fields of a change; of a stop the broker holds only the trigger can be asked."""
    if change.leg is Leg.STOP:
        return {
            "parent_order_id": change.parent_id,
            "trigger_price": rupees(change.terms.trigger),
        }
    return terms_form(change.terms)


def history_path(order_id: str) -> str:
    """Path of everything an order went through."""
    return f"/orders/{quote(order_id, safe='')}"


def terms_form(terms: OrderTerms) -> dict[str, str]:
    """Fields of terms: kind, quantity, prices in rupees with two decimals."""
    form = {
        "order_type": terms.kind.value,
        "quantity": str(terms.quantity),
        "price": rupees(terms.price),
        "validity": "DAY",
    }
    if terms.kind is OrderKind.STOP_LIMIT:
        form["trigger_price"] = rupees(terms.trigger)
    return form


def place_form(order: PlaceOrder, product: Product, algo_id: str = "") -> dict[str, str]:
    """Fields of a new order; `algo_id` is the exchange's number of the algorithm, if it has one."""
    return {
        **({"algo_id": algo_id} if algo_id else {}),
        "exchange": order.exchange,
        "tradingsymbol": order.symbol,
        "transaction_type": _DIRECTION[order.side],
        "product": product.value,
        "tag": order.tag,
        **terms_form(order.terms),
        **({"trigger_price": rupees(order.guard)} if order.guard else {}),
    }
