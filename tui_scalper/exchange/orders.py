"""Orders, trades and refusals in the broker's words. Prices are paise, times ns UTC."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from tui_scalper.core.units import Side

AUTO_PROTECTION: Final = -1
"""Market protection left to the broker."""


class OrderType(StrEnum):
    """Order types of Kite Connect."""

    LIMIT = "LIMIT"
    MARKET = "MARKET"
    STOP_LIMIT = "SL"
    STOP_MARKET = "SL-M"


class Product(StrEnum):
    """Margin products: intraday, delivery, carry-forward."""

    MIS = "MIS"
    CNC = "CNC"
    NRML = "NRML"


class Validity(StrEnum):
    """How long what is not filled stays."""

    DAY = "DAY"
    IOC = "IOC"


class Status(StrEnum):
    """Order states of Kite Connect."""

    RECEIVED = "PUT ORDER REQ RECEIVED"
    VALIDATING = "VALIDATION PENDING"
    OPEN_PENDING = "OPEN PENDING"
    OPEN = "OPEN"
    TRIGGER_PENDING = "TRIGGER PENDING"
    MODIFY_VALIDATING = "MODIFY VALIDATION PENDING"
    MODIFY_PENDING = "MODIFY PENDING"
    CANCEL_PENDING = "CANCEL PENDING"
    COMPLETE = "COMPLETE"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"


class Variety(StrEnum):
    """Order varieties taken here."""

    REGULAR = "regular"
    COVER = "co"
    """An entry that carries the trigger of a stop; the broker places that stop when it fills."""


LIVE: Final = frozenset({Status.OPEN, Status.TRIGGER_PENDING})
"""States in which an order works at the exchange."""


class News(StrEnum):
    """Why an order update was made."""

    ACCEPTED = "accepted"
    """It came to rest. Kite sends nothing for that."""
    CHANGED = "changed"
    """Modified, triggered or partly filled; Kite calls it UPDATE."""
    DONE = "done"
    """Complete, cancelled or rejected."""


class Refusal(StrEnum):
    """Kite's names for what an API call can raise."""

    INPUT = "InputException"
    ORDER = "OrderException"
    MARGIN = "MarginException"
    TOKEN = "TokenException"
    NETWORK = "NetworkException"
    GENERAL = "GeneralException"


class OrderRefused(Exception):  # noqa: N818 - the desk's own word for it
    """A request was refused and changed nothing: Kite's name for it, and the text."""

    def __init__(self, kind: Refusal, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks for. `protection_bp` is market protection in basis points."""

    symbol: str
    side: Side
    quantity: int
    type: OrderType = OrderType.LIMIT
    price: int = 0
    trigger: int = 0
    product: Product = Product.MIS
    validity: Validity = Validity.DAY
    protection_bp: int = 0
    disclosed: int = 0
    tag: str = ""
    exchange: str = "NSE"
    variety: str = Variety.REGULAR.value
    """A word of Variety, or anything a client came up with."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a client wants different of a live order; None leaves it as it is."""

    type: OrderType | None = None
    quantity: int | None = None
    price: int | None = None
    trigger: int | None = None
    validity: Validity | None = None
    protection_bp: int = 0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One order at one moment. `filled_value` is the sum of price x quantity of its trades."""

    number: int
    order_id: str
    exchange_order_id: str
    row: int
    token: int
    asked: NewOrder
    """The terms now in force; a protected market order has become a limit order here."""
    status: Status
    filled: int = 0
    filled_value: int = 0
    cancelled: int = 0
    triggered: bool = False
    modifications: int = 0
    text: str = ""
    raw_text: str = ""
    placed_ns: int = 0
    updated_ns: int = 0
    exchange_ns: int = 0
    """When the exchange itself took the order; 0 when it never did."""
    parent_id: str = ""
    """The cover order whose fills this one guards; "" for an order a client asked for."""

    @property
    def variety(self) -> str:
        """The variety this order counts as; a second leg is asked for by nobody."""
        return Variety.COVER.value if self.parent_id else self.asked.variety

    @property
    def pending(self) -> int:
        """Shares that still work at the exchange."""
        return self.asked.quantity - self.filled if self.status in LIVE else 0


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """One fill."""

    trade_id: str
    order_id: str
    exchange_order_id: str
    row: int
    token: int
    symbol: str
    exchange: str
    product: Product
    side: Side
    quantity: int
    price: int
    at_ns: int


class OrderUpdate(msgspec.Struct, frozen=True):
    """An order as it stands after something happened to it."""

    order: Order
    news: News
