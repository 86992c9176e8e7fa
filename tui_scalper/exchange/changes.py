"""What a live order would be after a change, and whether the broker takes the change."""

from __future__ import annotations

import msgspec

from tui_scalper.exchange.orders import (
    Change,
    NewOrder,
    Order,
    OrderRefused,
    OrderType,
    Refusal,
)
from tui_scalper.exchange.rules import Desk, check_desk, check_form, covers, protected_price


def protected(new: NewOrder, desk: Desk) -> NewOrder:
    """A market order becomes the limit order its protection allows; others stay as they are."""
    if new.type is not OrderType.MARKET:
        return new
    return msgspec.structs.replace(
        new, type=OrderType.LIMIT, price=protected_price(new, desk), protection_bp=0
    )


def changed_terms(order: Order, change: Change, desk: Desk) -> NewOrder:
    """The terms of `order` after `change`. Raises OrderRefused; margin is not looked at."""
    old = order.asked
    asked = msgspec.structs.replace(
        old,
        type=change.type or old.type,
        quantity=old.quantity if change.quantity is None else change.quantity,
        price=old.price if change.price is None else change.price,
        trigger=old.trigger if change.trigger is None else change.trigger,
        validity=change.validity or old.validity,
        protection_bp=change.protection_bp,
    )
    objection = check_form(asked, desk.stock)
    if objection is not None:
        raise OrderRefused(*objection)
    if asked.quantity <= order.filled:
        raise OrderRefused(
            Refusal.ORDER, f"Quantity must exceed the {order.filled} shares already filled."
        )
    asked = protected(asked, desk)
    if asked.type is OrderType.LIMIT and not covers(order.asked):
        asked = msgspec.structs.replace(asked, trigger=0)
    text = check_desk(_judged(order, asked), desk)
    if text:
        raise OrderRefused(Refusal.ORDER, text)
    return asked


def _judged(order: Order, asked: NewOrder) -> NewOrder:
    """A stop that triggered, or keeps its trigger, is not judged by the trigger again."""
    old = order.asked
    if order.triggered or (asked.type, asked.trigger) == (old.type, old.trigger):
        return msgspec.structs.replace(asked, type=OrderType.LIMIT)
    return asked
