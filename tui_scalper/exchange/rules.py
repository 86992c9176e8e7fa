"""What the broker and the exchange refuse, as tables of checks with their texts.

A check returns the text of the refusal, or "" when it has nothing against the order.
FORM is checked before an order gets a number and is raised at once; DESK is checked after
and rejects the numbered order, as the broker's risk desk does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

from tui_scalper.core.instruments import Instrument
from tui_scalper.core.units import BP, Side, ceil_to_tick, floor_to_tick, rupees
from tui_scalper.exchange.orders import (
    AUTO_PROTECTION,
    NewOrder,
    OrderType,
    Product,
    Refusal,
    Variety,
)

TAG: Final = re.compile(r"[A-Za-z0-9]{0,20}\Z")
MAX_QUANTITY: Final = 10_000_000
MAX_PRICE: Final = 100_000_000
VARIETIES: Final = frozenset(one.value for one in Variety)
STOPS: Final = frozenset({OrderType.STOP_LIMIT, OrderType.STOP_MARKET})


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What the risk desk sees of a stock and the account."""

    stock: Instrument
    ltp: int
    low: int
    """Lower circuit limit, `high` the upper one."""
    high: int
    held: int
    """Shares held under the order's product."""


def _quantity(order: NewOrder, _: Instrument) -> str:
    if not 0 < order.quantity <= MAX_QUANTITY:
        return f"Invalid quantity {order.quantity}; give 1 to {MAX_QUANTITY}."
    if not 0 <= order.disclosed <= order.quantity:
        return "Disclosed quantity cannot exceed the quantity."
    return ""


def _tag(order: NewOrder, _: Instrument) -> str:
    return "" if TAG.match(order.tag) else "Invalid tag: up to 20 letters and digits."


def _variety(order: NewOrder, _: Instrument) -> str:
    return "" if order.variety in VARIETIES else f"Order variety {order.variety} is not supported."


def covers(order: NewOrder) -> bool:
    """Is it an entry that carries the trigger of its stop?"""
    return order.variety == Variety.COVER.value


def _cover(order: NewOrder, _: Instrument) -> str:
    if not covers(order):
        return ""
    if order.product is not Product.MIS:
        return "Cover orders are intraday orders; give product MIS."
    if order.type in STOPS:
        return "The first leg of a cover order is a LIMIT or MARKET order."
    if not 0 < order.trigger <= MAX_PRICE:
        return "Invalid trigger_price: a cover order needs one above zero."
    if order.price and (order.price - order.trigger) * order.side <= 0:
        where = "below" if order.side is Side.BUY else "above"
        return f"Trigger price of a cover order must be {where} its price."
    return ""


def _naked_market(order: NewOrder, _: Instrument) -> str:
    if order.type is OrderType.STOP_MARKET:
        return "SL-M orders are not allowed via API. Use an SL order with a limit price."
    if order.type is OrderType.MARKET and order.protection_bp == 0:
        return (
            "Market orders without market protection are not allowed via API. "
            "Set market_protection or place a limit order."
        )
    if not AUTO_PROTECTION <= order.protection_bp <= BP:
        return "Invalid market_protection: give -1, or a percentage above 0 and up to 100."
    return ""


def _price(order: NewOrder, _: Instrument) -> str:
    if order.type is not OrderType.MARKET and not 0 < order.price <= MAX_PRICE:
        return "Invalid price: a limit price above zero is needed."
    return ""


def _trigger(order: NewOrder, _: Instrument) -> str:
    if order.type not in STOPS:
        return ""
    if not 0 < order.trigger <= MAX_PRICE:
        return "Invalid trigger_price: an SL order needs one above zero."
    if (order.price - order.trigger) * order.side < 0:
        where = "below" if order.side is Side.BUY else "above"
        word = "buy" if order.side is Side.BUY else "sell"
        return f"Limit price of an SL {word} order cannot be {where} its trigger price."
    return ""


FORM: Final[tuple[Callable[[NewOrder, Instrument], str], ...]] = (
    _variety,
    _cover,
    _quantity,
    _tag,
    _naked_market,
    _price,
    _trigger,
)


def check_form(order: NewOrder, stock: Instrument) -> tuple[Refusal, str] | None:
    """The first objection to the request itself, None when it is well formed."""
    texts = (check(order, stock) for check in FORM)
    return next(((Refusal.INPUT, text) for text in texts if text), None)


def _priced(order: NewOrder, _: Desk) -> str:
    if order.price:
        return ""
    return "No last traded price to protect a market order with; place a limit order."


def _triggers(order: NewOrder) -> bool:
    return order.type in STOPS or covers(order)


def _tick(order: NewOrder, desk: Desk) -> str:
    tick = desk.stock.tick
    if order.price % tick or (_triggers(order) and order.trigger % tick):
        return (
            f"Tick size for this script is {rupees(tick)}. "
            f"Kindly enter price in the multiple of tick size for this script."
        )
    return ""


def _circuit(order: NewOrder, desk: Desk) -> str:
    for price in (order.price, order.trigger if _triggers(order) else order.price):
        if not desk.low <= price <= desk.high:
            return (
                f"Price {rupees(price)} is outside the circuit limits "
                f"{rupees(desk.low)} to {rupees(desk.high)}."
            )
    return ""


def _stop_side(order: NewOrder, desk: Desk) -> str:
    if order.type not in STOPS or not desk.ltp:
        return ""
    if (desk.ltp - order.trigger) * order.side >= 0:
        word, where = ("buy", "below") if order.side is Side.BUY else ("sell", "above")
        return (
            f"Trigger price for stoploss {word} orders cannot be at or {where} the last "
            f"traded price ({rupees(desk.ltp)})."
        )
    return ""


def _cover_side(order: NewOrder, desk: Desk) -> str:
    if not covers(order) or not desk.ltp or (desk.ltp - order.trigger) * order.side > 0:
        return ""
    where = "below" if order.side is Side.BUY else "above"
    return (
        f"Trigger price of the cover order must be {where} the last traded price "
        f"({rupees(desk.ltp)})."
    )


def _lot(order: NewOrder, desk: Desk) -> str:
    """Whole lots only, but for what closes a holding: partial fills leave odd ones."""
    closes = desk.held * order.side < 0
    if closes or order.quantity % desk.stock.lot == 0:
        return ""
    return f"Quantity must be a multiple of the lot size {desk.stock.lot}."


def _delivery(order: NewOrder, desk: Desk) -> str:
    if order.product is Product.CNC and order.side is Side.SELL and order.quantity > desk.held:
        return f"Insufficient stock holding: {max(0, desk.held)} available to sell under CNC."
    return ""


DESK: Final[tuple[Callable[[NewOrder, Desk], str], ...]] = (
    _priced,
    _tick,
    _circuit,
    _stop_side,
    _cover_side,
    _lot,
    _delivery,
)


def check_desk(order: NewOrder, desk: Desk) -> str:
    """The first objection of the risk desk, "" when there is none."""
    return next((text for check in DESK if (text := check(order, desk))), "")


def insufficient(required: int, available: int) -> str:
    """Text of a margin refusal; both figures in paise."""
    return (
        f"Insufficient funds. Required margin is {rupees(required)} "
        f"but available margin is {rupees(available)}."
    )


PROTECTION_SLABS: Final = ((10_000, 200), (50_000, 100), (MAX_PRICE, 50))
"""(prices up to, protection in basis points) when the broker chooses: 2 %, 1 %, 0.5 %."""


def slab_bp(price: int) -> int:
    """How far the broker itself lets an order reach at `price` (paise), basis points."""
    return next(bp for upto, bp in PROTECTION_SLABS if price < upto)


def protected_price(order: NewOrder, desk: Desk) -> int:
    """Limit price a protected market order becomes: last price and the protection beyond it.

    0 when the stock has no last price yet.
    """
    if not desk.ltp:
        return 0
    slab = slab_bp(desk.ltp)
    bp = slab if order.protection_bp == AUTO_PROTECTION else order.protection_bp
    reach = desk.ltp * bp // BP
    tick = desk.stock.tick
    if order.side is Side.BUY:
        return min(desk.high, max(tick, floor_to_tick(desk.ltp + reach, tick)))
    return max(desk.low, ceil_to_tick(desk.ltp - reach, tick), tick)
