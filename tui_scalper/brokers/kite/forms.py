"""Orders as the form fields of Kite's order requests."""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from urllib.parse import quote

from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.orders import OrderKind, OrderTerms
from tui_scalper.core.units import Side, rupees

ORDERS_PATH: Final = "/orders/regular"

_DIRECTION: Final = {Side.BUY: "BUY", Side.SELL: "SELL"}


class Product(StrEnum):
    """Kite's margin products."""

    INTRADAY = "MIS"
    DELIVERY = "CNC"


def order_path(order_id: str) -> str:
    """Path of one live order."""
    return f"{ORDERS_PATH}/{quote(order_id, safe='')}"


def terms_form(terms: OrderTerms) -> dict[str, str]:
    """Fields of a change: kind, quantity, prices in rupees with two decimals."""
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
    }
