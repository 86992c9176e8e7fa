"""Kite's answers to what is asked: the order book, the funds, what an account may trade."""

from __future__ import annotations

from typing import Final

import msgspec

from tui_scalper.brokers.kite.reports import OrderReader, UnreadableOrderError, paise
from tui_scalper.brokers.kite.rest import Answer
from tui_scalper.core.orders import OrderReport, UnreadableOrder

_LARGEST_BALANCE: Final = 1e13
"""Rupees; nobody has more."""


ABOUT_THE_ORDER: Final = frozenset({"OrderException", "InputException"})
DENYING: Final = {404: ABOUT_THE_ORDER | {"GeneralException"}, 400: ABOUT_THE_ORDER}
"""Names of exceptions, by HTTP status, with which Kite says that an order is none of its own."""


class UnansweredError(Exception):
    """A question was not answered in a usable way; the words say why."""


class _Book(msgspec.Struct, frozen=True):
    data: list[msgspec.Raw] | None


class _Profile(msgspec.Struct, frozen=True):
    products: list[str]


class _ProfileAnswer(msgspec.Struct, frozen=True):
    data: _Profile


_PROFILE: Final = msgspec.json.Decoder(_ProfileAnswer)


class _Available(msgspec.Struct, frozen=True):
    live_balance: float | None = None
    cash: float | None = None


class _Equity(msgspec.Struct, frozen=True):
    available: _Available


class _Segments(msgspec.Struct, frozen=True):
    equity: _Equity


class _Margins(msgspec.Struct, frozen=True):
    data: _Segments


_BOOK: Final = msgspec.json.Decoder(_Book)
_MARGINS: Final = msgspec.json.Decoder(_Margins)


class Book(msgspec.Struct, frozen=True):
    """An order book as far as it could be read: reports, and what is known of each other entry."""

    reports: tuple[OrderReport, ...]
    unreadable: tuple[UnreadableOrder, ...]


def read_book(answer: Answer, reader: OrderReader) -> Book:
    """The order book in `answer`. Raises UnansweredError when there is none."""
    try:
        entries = _BOOK.decode(answer.body).data or ()
    except msgspec.DecodeError as error:
        raise UnansweredError(f"unreadable answer: {error}") from error
    reports: list[OrderReport] = []
    unreadable: list[UnreadableOrder] = []
    for entry in entries:
        try:
            reports.append(reader.read(entry))
        except UnreadableOrderError as error:
            unreadable.append(reader.identify(entry, error))
    return Book(tuple(reports), tuple(unreadable))


def denies_order(answer: Answer) -> bool:
    """Whether the broker looked for an order by its number and has none.

    Kite says so in its own words with 404, or with 400 and the name of an exception about the
    order or the request.
    """
    allowed = DENYING.get(answer.status, frozenset())
    return answer.error.error_type in allowed


def read_order(answer: Answer, reader: OrderReader) -> OrderReport:
    """How an order stands by its history. Raises UnansweredError when it cannot be read."""
    book = read_book(answer, reader)
    if book.unreadable or not book.reports:
        why = ", ".join(one.text for one in book.unreadable)
        raise UnansweredError(f"unreadable history: {why or 'none'}")
    return book.reports[-1]


def read_funds(answer: Answer) -> int:
    """Paise available for equity orders. Raises UnansweredError when the answer has none."""
    try:
        available = _MARGINS.decode(answer.body).data.equity.available
    except msgspec.DecodeError as error:
        raise UnansweredError(f"unreadable answer: {error}") from error
    balance = available.cash if available.live_balance is None else available.live_balance
    if balance is None:
        raise UnansweredError("the answer names neither live_balance nor cash")
    if not abs(balance) < _LARGEST_BALANCE:
        raise UnansweredError(f"impossible balance {balance}")
    return paise(balance)


def read_products(answer: Answer) -> frozenset[str]:
    """The products an account may trade, as its profile says; none when it does not say."""
    try:
        return frozenset(_PROFILE.decode(answer.body).data.products)
    except msgspec.DecodeError:
        return frozenset()
