"""Every rule of an order's life. Nothing outside this file decides an order's next state.

An order is born SENT: its intent is journalled and the request is on its way. The broker's
answer and the broker's reports move it. UNKNOWN means that nobody can say: the order
blocks its stock and keeps its exposure until a report, or its proven absence from the
broker's book, says more. Terminal news can be overtaken: a cancelled order may turn out
filled (the fill crossed our cancellation), an absent one may turn up late.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from tui_scalper.core.tables import IGNORED, Table


class OrderState(StrEnum):
    """Where we believe an order stands."""

    SENT = "sent"
    WORKING = "working"
    MODIFYING = "modifying"
    CANCELLING = "cancelling"
    UNKNOWN = "unknown"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    ABSENT = "absent"
    """Doubted, asked for, and proven not to be in the broker's book."""


class OrderInput(StrEnum):
    """What can happen to an order."""

    PLACED = "placed"
    REFUSED = "refused"
    DOUBTED = "doubted"
    """An answer is missing: time-out, cut connection, 5xx."""
    MODIFY_SENT = "modify sent"
    MODIFY_REFUSED = "modify refused"
    CANCEL_SENT = "cancel sent"
    CANCEL_REFUSED = "cancel refused"
    SEEN_WORKING = "seen working"
    """A report shows it pending, open or waiting for its trigger, with the terms we know."""
    SEEN_STALE = "seen with old terms"
    """A report shows it working with other terms than those we asked for."""
    SEEN_FILLED = "seen filled"
    SEEN_CANCELLED = "seen cancelled"
    SEEN_REJECTED = "seen rejected"
    NOT_IN_BOOK = "not in book"


TERMINAL: Final = frozenset(
    {OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED, OrderState.ABSENT}
)
"""States in which nothing rests at the broker, as far as anyone knows."""

IN_FLIGHT: Final = frozenset({OrderState.SENT, OrderState.MODIFYING, OrderState.CANCELLING})
"""States that wait for an answer."""

_S = OrderState
_I = OrderInput

ORDER_TABLE: Final[Table[OrderState, OrderInput]] = {
    _S.SENT: {
        _I.PLACED: _S.WORKING,
        _I.REFUSED: _S.REJECTED,
        _I.DOUBTED: _S.UNKNOWN,
        _I.SEEN_WORKING: _S.WORKING,
        _I.SEEN_STALE: _S.WORKING,
        _I.SEEN_FILLED: _S.FILLED,
        _I.SEEN_CANCELLED: _S.CANCELLED,
        _I.SEEN_REJECTED: _S.REJECTED,
    },
    _S.WORKING: {
        _I.PLACED: IGNORED,
        _I.REFUSED: IGNORED,
        _I.DOUBTED: IGNORED,
        _I.MODIFY_SENT: _S.MODIFYING,
        _I.MODIFY_REFUSED: IGNORED,
        _I.CANCEL_SENT: _S.CANCELLING,
        _I.CANCEL_REFUSED: IGNORED,
        _I.SEEN_WORKING: _S.WORKING,
        _I.SEEN_STALE: _S.WORKING,
        _I.SEEN_FILLED: _S.FILLED,
        _I.SEEN_CANCELLED: _S.CANCELLED,
        _I.SEEN_REJECTED: _S.REJECTED,
        _I.NOT_IN_BOOK: IGNORED,
    },
    _S.MODIFYING: {
        _I.PLACED: IGNORED,
        _I.REFUSED: IGNORED,
        _I.DOUBTED: _S.UNKNOWN,
        _I.MODIFY_REFUSED: _S.WORKING,
        _I.CANCEL_REFUSED: IGNORED,
        _I.SEEN_WORKING: _S.WORKING,
        _I.SEEN_STALE: IGNORED,
        _I.SEEN_FILLED: _S.FILLED,
        _I.SEEN_CANCELLED: _S.CANCELLED,
        _I.SEEN_REJECTED: _S.REJECTED,
        _I.NOT_IN_BOOK: IGNORED,
    },
    _S.CANCELLING: {
        _I.PLACED: IGNORED,
        _I.REFUSED: IGNORED,
        _I.DOUBTED: _S.UNKNOWN,
        _I.MODIFY_REFUSED: IGNORED,
        _I.CANCEL_REFUSED: _S.UNKNOWN,
        _I.SEEN_WORKING: IGNORED,
        _I.SEEN_STALE: IGNORED,
        _I.SEEN_FILLED: _S.FILLED,
        _I.SEEN_CANCELLED: _S.CANCELLED,
        _I.SEEN_REJECTED: _S.REJECTED,
        _I.NOT_IN_BOOK: IGNORED,
    },
    _S.UNKNOWN: {
        _I.PLACED: _S.WORKING,
        _I.REFUSED: _S.REJECTED,
        _I.DOUBTED: IGNORED,
        _I.MODIFY_REFUSED: IGNORED,
        _I.CANCEL_REFUSED: IGNORED,
        _I.SEEN_WORKING: _S.WORKING,
        _I.SEEN_STALE: _S.WORKING,
        _I.SEEN_FILLED: _S.FILLED,
        _I.SEEN_CANCELLED: _S.CANCELLED,
        _I.SEEN_REJECTED: _S.REJECTED,
        _I.NOT_IN_BOOK: _S.ABSENT,
    },
    _S.FILLED: dict.fromkeys(
        (
            _I.PLACED,
            _I.REFUSED,
            _I.DOUBTED,
            _I.MODIFY_REFUSED,
            _I.CANCEL_REFUSED,
            _I.SEEN_WORKING,
            _I.SEEN_STALE,
            _I.SEEN_FILLED,
            _I.SEEN_CANCELLED,
            _I.NOT_IN_BOOK,
        ),
        IGNORED,
    ),
    _S.CANCELLED: {
        _I.PLACED: IGNORED,
        _I.REFUSED: IGNORED,
        _I.DOUBTED: IGNORED,
        _I.MODIFY_REFUSED: IGNORED,
        _I.CANCEL_REFUSED: IGNORED,
        _I.SEEN_WORKING: IGNORED,
        _I.SEEN_STALE: IGNORED,
        _I.SEEN_FILLED: _S.FILLED,
        _I.SEEN_CANCELLED: IGNORED,
        _I.SEEN_REJECTED: IGNORED,
        _I.NOT_IN_BOOK: IGNORED,
    },
    _S.REJECTED: {
        _I.PLACED: IGNORED,
        _I.REFUSED: IGNORED,
        _I.DOUBTED: IGNORED,
        _I.MODIFY_REFUSED: IGNORED,
        _I.CANCEL_REFUSED: IGNORED,
        _I.SEEN_WORKING: IGNORED,
        _I.SEEN_STALE: IGNORED,
        _I.SEEN_REJECTED: IGNORED,
        _I.NOT_IN_BOOK: IGNORED,
    },
    _S.ABSENT: {
        _I.PLACED: _S.WORKING,
        _I.REFUSED: _S.REJECTED,
        _I.DOUBTED: IGNORED,
        _I.MODIFY_REFUSED: IGNORED,
        _I.CANCEL_REFUSED: IGNORED,
        _I.SEEN_WORKING: _S.WORKING,
        _I.SEEN_STALE: _S.WORKING,
        _I.SEEN_FILLED: _S.FILLED,
        _I.SEEN_CANCELLED: _S.CANCELLED,
        _I.SEEN_REJECTED: _S.REJECTED,
        _I.NOT_IN_BOOK: IGNORED,
    },
}
