"""Order forms of Kite's REST API, read strictly into the exchange's own types."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from tui_scalper.core.units import Side
from tui_scalper.exchange.orders import (
    AUTO_PROTECTION,
    Change,
    NewOrder,
    OrderRefused,
    OrderType,
    Product,
    Refusal,
    Validity,
)

Form = Mapping[str, str]
Word = TypeVar("Word", bound=StrEnum)


def read_new_order(variety: str, form: Form) -> NewOrder:
    """The order a placement form asks for. Raises OrderRefused naming the bad field."""
    return NewOrder(
        variety=variety,
        exchange=_text(form, "exchange"),
        symbol=_text(form, "tradingsymbol"),
        side=_side(_text(form, "transaction_type")),
        type=_word(OrderType, form, "order_type"),
        product=_word(Product, form, "product"),
        validity=_word(Validity, form, "validity") if form.get("validity") else Validity.DAY,
        quantity=_whole(form, "quantity"),
        price=_paise(form, "price") or 0,
        trigger=_paise(form, "trigger_price") or 0,
        disclosed=_whole(form, "disclosed_quantity") if form.get("disclosed_quantity") else 0,
        protection_bp=_protection(form),
        tag=form.get("tag", ""),
    )


def read_change(form: Form) -> Change:
    """The change a modification form asks for. Raises OrderRefused naming the bad field."""
    return Change(
        type=_word(OrderType, form, "order_type") if form.get("order_type") else None,
        quantity=_whole(form, "quantity") if form.get("quantity") else None,
        price=_paise(form, "price"),
        trigger=_paise(form, "trigger_price"),
        validity=_word(Validity, form, "validity") if form.get("validity") else None,
        protection_bp=_protection(form),
    )


def _bad(field: str, text: str) -> OrderRefused:
    return OrderRefused(Refusal.INPUT, f"Invalid `{field}`: {text[:40]!r}.")


def _text(form: Form, field: str) -> str:
    text = form.get(field, "")
    if not text:
        raise OrderRefused(Refusal.INPUT, f"Missing or empty field `{field}`.")
    return text


def _word(words: type[Word], form: Form, field: str) -> Word:
    text = _text(form, field)
    try:
        return words(text)
    except ValueError:
        raise _bad(field, text) from None


def _side(text: str) -> Side:
    try:
        return Side[text]
    except KeyError:
        raise _bad("transaction_type", text) from None


def _whole(form: Form, field: str) -> int:
    text = _text(form, field)
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise _bad(field, text)
    return int(text)


def _paise(form: Form, field: str) -> int | None:
    """Rupees as exact paise, None when the field is absent."""
    text = form.get(field, "")
    if not text:
        return None
    return _hundredths(field, text)


def _protection(form: Form) -> int:
    text = form.get("market_protection", "")
    hundredths = _hundredths("market_protection", text) if text else 0
    return AUTO_PROTECTION if hundredths == -100 else hundredths


def _hundredths(field: str, text: str) -> int:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise _bad(field, text) from None
    if not value.is_finite() or abs(value) > 100_000_000 or value * 100 % 1:
        raise _bad(field, text)
    return int(value * 100)
