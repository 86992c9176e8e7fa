"""Every rule of an order's life. Nothing outside this file decides an order's next state.

An order is born SENT: its intent is journalled and the request is on its way. The broker's
answer and the broker's reports move it. UNKNOWN means that nobody can say: the order
blocks its stock and keeps its exposure until a report, or its proven absence from the
broker's book, says more. Terminal news can be overtaken: a cancelled order may turn out
filled (the fill crossed our cancellation), an absent one may turn up late, and so may one
whose refusal was not the broker's last word.
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
    SEEN_THOUGH_REFUSED = "seen though refused"
    """A report speaks of an order that was refused, and that nobody had numbered."""
    SEEN_STALE = "seen with old terms"
    """A report shows it working with other terms than those we asked for."""
    SEEN_FILLED = "seen filled"
    SEEN_CANCELLED = "seen cancelled"
    SEEN_REJECTED = "seen rejected"
    NOT_IN_BOOK = "not in book"
    UNLISTED = "not listed at a start"
    """The first order book of a run lacks an order that an earlier run saw working."""


TERMINAL: Final = frozenset(
    {OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED, OrderState.ABSENT}
)
"""States in which nothing rests at the broker, as far as anyone knows."""

IN_FLIGHT: Final = frozenset({OrderState.SENT, OrderState.MODIFYING, OrderState.CANCELLING})
"""States that wait for an answer."""

_S = OrderState
_I = OrderInput

_NEWS: Final = {
    _I.SEEN_FILLED: _S.FILLED,
    _I.SEEN_CANCELLED: _S.CANCELLED,
    _I.SEEN_REJECTED: _S.REJECTED,
}
"""What the broker says of an end is believed in every state that can still end."""

_LATE: Final = dict.fromkeys(
    (
        _I.PLACED,
        _I.REFUSED,
        _I.DOUBTED,
        _I.MODIFY_REFUSED,
        _I.CANCEL_REFUSED,
        _I.SEEN_WORKING,
        _I.SEEN_STALE,
        _I.NOT_IN_BOOK,
        _I.UNLISTED,
    ),
    IGNORED,
)
"""What may arrive after an end and changes nothing."""

_TURNED_UP: Final = {
    _I.PLACED: _S.WORKING,
    _I.REFUSED: _S.REJECTED,
    _I.SEEN_WORKING: _S.WORKING,
    _I.SEEN_STALE: _S.WORKING,
    **_NEWS,
}
"""What settles an order of which nobody could say anything."""

ORDER_TABLE: Final[Table[OrderState, OrderInput]] = {
    _S.SENT: {**_TURNED_UP, _I.DOUBTED: _S.UNKNOWN},
    _S.WORKING: {
        **_LATE,
        **_NEWS,
        _I.MODIFY_SENT: _S.MODIFYING,
        _I.CANCEL_SENT: _S.CANCELLING,
        _I.SEEN_WORKING: _S.WORKING,
        _I.SEEN_STALE: _S.WORKING,
        _I.UNLISTED: _S.UNKNOWN,
    },
    _S.MODIFYING: {
        _I.PLACED: IGNORED,
        _I.REFUSED: IGNORED,
        _I.DOUBTED: _S.UNKNOWN,
        _I.MODIFY_REFUSED: _S.WORKING,
        _I.CANCEL_REFUSED: IGNORED,
        _I.SEEN_WORKING: _S.WORKING,
        _I.SEEN_STALE: IGNORED,
        _I.NOT_IN_BOOK: IGNORED,
        **_NEWS,
    },
    _S.CANCELLING: {
        _I.PLACED: IGNORED,
        _I.REFUSED: IGNORED,
        _I.DOUBTED: _S.UNKNOWN,
        _I.MODIFY_REFUSED: IGNORED,
        _I.CANCEL_REFUSED: _S.UNKNOWN,
        _I.SEEN_WORKING: IGNORED,
        _I.SEEN_STALE: IGNORED,
        _I.NOT_IN_BOOK: IGNORED,
        **_NEWS,
    },
    _S.UNKNOWN: {**_LATE, **_TURNED_UP, _I.NOT_IN_BOOK: _S.ABSENT},
    _S.FILLED: {**_LATE, _I.SEEN_FILLED: IGNORED, _I.SEEN_CANCELLED: IGNORED},
    _S.CANCELLED: {
        **_LATE,
        _I.SEEN_FILLED: _S.FILLED,
        _I.SEEN_CANCELLED: IGNORED,
        _I.SEEN_REJECTED: IGNORED,
    },
    _S.REJECTED: {**_LATE, _I.SEEN_REJECTED: IGNORED, _I.SEEN_THOUGH_REFUSED: _S.WORKING},
    _S.ABSENT: {**_LATE, **_TURNED_UP},
}
